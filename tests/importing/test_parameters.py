"""The numbers of an imported cell as parameters: changed by hand, and by a search."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from bouton import registry
from bouton.cli import bouton
from bouton.errors import CellError
from bouton.nrn.cells import LiveCell

Imported = Callable[..., dict[str, Any]]
MODS = Path(__file__).parent / "cells" / "mods"
STUDY = """
name: fitted
cell:
  template: {use: imported, file: cell.json}
protocols:
  step:
    duration_ms: 15
    stimuli: [{use: step, amplitude_nA: 2.0, delay_ms: 2, duration_ms: 10}]
    recordings: [{use: voltage}]
    integration: {celsius: 34, v_init_mV: -71.5}
objectives:
  use: targets
  targets:
    height: {protocol: step, feature: maximum_voltage, mean: 30, std: 5}
fit:
  parameters:
    gnabar_hh.soma: {lower: 0.05, upper: 0.5}
    gnabar_hh.dend.factor: {lower: 0.5, upper: 2}
    Ra.dend: {lower: 20, upper: 200, scale: log}
    tau.exc.near: {lower: 0.1, upper: 5}
  optimizer: {use: ibea, offspring: 2}
  generations: 2
  seed: 1
  workers: 1
"""


@pytest.fixture
def folder(imported: Imported, tmp_path: Path) -> Path:
    document = imported("warm.py", "Warm")
    document["provenance"]["mods"]["folder"] = str(MODS)
    (tmp_path / "cell.json").write_text(json.dumps(document))
    files = ", ".join(str(file) for file in sorted(MODS.glob("*.mod")))
    (tmp_path / "study.yaml").write_text(f"{STUDY}allow_code: [{files}]\n")
    return tmp_path


def template_in(folder: Path) -> Any:
    return registry.cell_templates["imported"](file=folder / "cell.json")


def command(folder: Path, job: str, *options: str) -> Result:
    out = folder / job
    given = [job, str(folder / "study.yaml"), "--out", str(out), "--force", *options]
    return CliRunner().invoke(bouton, given)


def test_parameters_tell_unit_and_value_of_the_file(folder: Path) -> None:
    known = {p.name: p for p in template_in(folder).parameters}
    soma = known["gnabar_hh.soma"]
    assert soma.unit == "S/cm2"
    assert soma.default == pytest.approx(0.12 * 1.05)
    assert known["gnabar_hh.dend.factor"].default == 1.0  # it rises along the dendrite
    assert "gnabar_hh.dend" not in known
    assert (known["Ra.dend"].unit, known["cm.soma"].unit) == ("ohm cm", "uF/cm2")
    assert known["tau2.exc.far"].default == 7.0
    assert known["tau2.exc.far"].unit == "ms"
    assert known["xraxial[1].dend"].default == 456.0
    assert not np.isfinite([soma.lower, soma.upper]).any()


def test_values_change_what_they_say_and_nothing_else(folder: Path) -> None:
    template = template_in(folder)
    values = {
        "gnabar_hh.soma": 0.3,
        "gnabar_hh.dend.factor": 2.0,
        "Ra.dend": 77.0,
        "kick_store[0].soma": 5.0,
        "tau2.exc.far": 9.0,
    }
    plain, other = template.structure(None, {}), template.structure(None, values)
    with LiveCell(plain, template.settings(plain, {})) as cell:
        dend = [segment.gnabar_hh for segment in cell.sections[1]]
        cell.apply(template.settings(plain, {**values, "tau2.exc.far": 7.0}))
        assert cell.sections[0].gnabar_hh == 0.3
        assert [segment.gnabar_hh for segment in cell.sections[1]] == [2 * one for one in dend]
        assert (cell.sections[0].Ra, cell.sections[1].Ra) == (35.4, 77.0)
        assert cell.sections[0](0.5).store.kick[0] == 5.0
        cell.apply(template.settings(plain, {}))
        assert [segment.gnabar_hh for segment in cell.sections[1]] == dend
        assert cell.sections[1].Ra == 35.4
    assert template.structural(values) != template.structural({})
    assert template.structural({"Ra.dend": 77.0}) == template.structural({})
    with LiveCell(other, template.settings(other, values)) as cell:
        assert cell.point_process("exc.far").tau2 == 9.0


def test_impossible_values_are_refused(folder: Path) -> None:
    template = template_in(folder)
    for values, says in (
        ({"gnabar_hh.soam": 1.0}, "gnabar_hh.soma"),
        ({"gnabar_hh.dend": 1.0}, "gnabar_hh.dend.factor"),
        ({"Ra.dend": float("nan")}, "finite"),
        ({"Ra.dend": True}, "finite"),
    ):
        with pytest.raises(CellError, match=says):
            template.structure(None, values)


def test_two_parameters_cannot_change_one_number(imported: Imported, tmp_path: Path) -> None:
    document = imported("ladder.hoc", "Ladder")
    document["provenance"]["mods"]["folder"] = str(MODS)
    (tmp_path / "cell.json").write_text(json.dumps(document))
    template = template_in(tmp_path)
    template.structure(None, {"gnabar_hh.near": 0.1, "g_pas.comp": 1e-4})
    with pytest.raises(CellError, match=r"g_pas\.near and g_pas\.comp"):
        template.structure(None, {"g_pas.near": 1e-5, "g_pas.comp": 1e-4})


def test_a_run_takes_values_from_the_command(folder: Path) -> None:
    heights = []
    for value in (0.126, 0.0):
        changes = ["--set", f"cell.parameters.gnabar_hh.soma={value}"]
        changes += ["--set", f"cell.parameters.gnabar_hh.dend.factor={value}"]
        told = command(folder, "run", *changes, "--no-figures", "--no-movie")
        assert told.exit_code == 0, told.output
        from bouton import Results

        (evaluation,) = Results.open(folder / "run").evaluations
        heights.append(evaluation.scores.features["height"].value)
    assert heights[0] > heights[1] + 10


def test_a_fit_varies_an_imported_cell(folder: Path) -> None:
    told = command(folder, "fit")
    assert told.exit_code == 0, told.output
    from bouton import Results

    found = Results.open(folder / "fit").evaluations
    assert len(found) == 4
    assert {one.status for one in found} == {"ok"}
    assert set(found[0].parameters) == {
        "gnabar_hh.soma",
        "gnabar_hh.dend.factor",
        "Ra.dend",
        "tau.exc.near",
    }
    assert len({one.parameters["tau.exc.near"] for one in found}) > 1


def test_a_search_without_bounds_says_what_is_missing(folder: Path) -> None:
    told = command(folder, "fit", "--set", "fit.parameters={}")
    assert told.exit_code == 2
    assert "gnabar_hh.soma" in told.output
    assert len(told.output.splitlines()) < 10
