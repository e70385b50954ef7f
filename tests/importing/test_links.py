"""POINTER variables and played Vectors: kept exactly where they can be, else refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bouton import Protocol, Signal, registry
from bouton.model.locations import At
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol

Imported = Callable[..., dict[str, Any]]
Refused = Callable[..., str]
MODS = Path(__file__).parent / "cells" / "mods"


def linked(imported: Imported, case: str = "", *options: str) -> dict[str, Any]:
    return imported("linked.py", "Linked", "--args", json.dumps([case]), *options)


def test_pointers_lead_where_they_led(imported: Imported) -> None:
    document = linked(imported)
    assert document["fidelity"]["status"] == "equal"
    told = {
        (p["pointer"]["variable"], p["pointer"]["point"], p["pointer"]["section"]): p["target"]
        for p in document["pointers"]
    }
    assert told["other", "bridge", None] == {
        "variable": "v",
        "section": "soma",
        "x": 0.5,
        "point": "",
    }
    assert told["level_linked", "", "dend"]["variable"] == "m_hh"
    assert len(document["pointers"]) == 4  # three segments and the point process


@pytest.mark.parametrize(
    ("case", "variable", "times", "is_continuous"),
    [
        ("continuous", "g_pas", [2.0, 10.0, 20.0], True),
        ("step", "g", [2.0, 10.0, 20.0], False),
        ("interval", "g_pas", [0.0, 3.0, 6.0], False),
        ("owned", "g", [2.0, 10.0, 20.0], False),
        ("late", "g_pas", [1000002.0, 1000010.0, 1000020.0], False),
    ],
)
def test_what_python_plays_is_kept(
    imported: Imported, case: str, variable: str, times: list[float], is_continuous: bool
) -> None:
    document = linked(imported, case)
    (play,) = document["played"]
    assert document["fidelity"]["status"] == "equal"
    assert (play["target"]["variable"], play["times_ms"]) == (variable, times)
    assert (play["values"], play["is_continuous"]) == ([1e-4, 2e-3, 1e-5], is_continuous)


@pytest.mark.parametrize("case", ["forgotten", "removed", "clamped", "hoc_clamped", "statement"])
def test_what_does_not_reach_the_cell_is_no_part_of_it(imported: Imported, case: str) -> None:
    document = linked(imported, case)
    assert document["played"] == []
    told = any("is played into" in text for text in document["dropped"])
    assert told == (case in ("clamped", "hoc_clamped", "statement"))


def test_what_cannot_be_kept_is_refused(refused: Refused) -> None:
    for case in ("hoc", "statement_inside"):
        told = refused("linked.py", "Linked", "--args", json.dumps([case]))
        assert "hoc plays Vector[1] into a variable of the cell" in told
    assert "'other' of follow at bridge" in refused("linked.py", "Linked", "--args", '["nothing"]')
    stranger = refused("linked.py", "Linked", "--args", '["stranger"]', "--root", "soma")
    assert "out of the cell" in stranger


def test_a_played_cell_runs_twice_the_same(imported: Imported, tmp_path: Path) -> None:
    document = linked(imported, "step")
    file = tmp_path / "cell.json"
    file.write_text(json.dumps(document))
    template = registry.cell_templates["imported"](file=file, mods=MODS)
    signals = (Signal("v", "v", At("soma")), Signal("g", "bridge.g", At("dend", 0.9)))
    protocol = Protocol((), signals, 15.0)
    structure = template.structure(None, {})
    with LiveCell(structure, template.settings(structure, {})) as cell:
        first, second = (run_protocol(cell, protocol) for _ in range(2))
    for name in ("v", "g"):
        assert first[name].values.tolist() == second[name].values.tolist()
    assert sorted(set(first["g"].values.tolist())) == [1e-4, 2e-3]
    assert first["g"].values[0] == 2e-3
    assert not any(p.name == "g.bridge" for p in template.parameters)  # the play decides


def test_version_1_is_read_as_it_is(imported: Imported, tmp_path: Path) -> None:
    document = imported("two_sections.py", "Cell")
    for key in ("pointers", "played", "units"):
        del document[key]
    file = tmp_path / "old.json"
    file.write_text(json.dumps({**document, "version": 1}))
    template = registry.cell_templates["imported"](file=file)
    structure = template.structure(None, {})
    with LiveCell(structure, template.settings(structure, {})) as cell:
        assert cell.sections[0].gnabar_hh == 0.12
    assert {p.name for p in template.parameters} >= {"gnabar_hh.soma", "tau.synapses[0]"}
