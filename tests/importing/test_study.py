"""An imported cell in a study: it runs, and its code only if the study allows it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bouton.cli import bouton
from bouton.jobs.networks import required_network
from bouton.jobs.studies import find_study
from bouton.model.network import CellModel
from bouton.nrn.engine import h
from bouton.nrn.networks.core_checks import check_coreneuron
from bouton.nrn.settings import GlobalValues

STUDY = """
name: warm
cell: {template: {use: imported, file: cell.json}}
protocols:
  step:
    duration_ms: 20
    stimuli: [{use: step, amplitude_nA: 0.5, delay_ms: 2, duration_ms: 10}]
    recordings: [{use: voltage}]
    integration: {celsius: 34, v_init_mV: -71.5}
"""


@pytest.fixture
def folder(cells: Path, tmp_path: Path) -> Path:
    shutil.copy(cells / "warm.py", tmp_path)
    (tmp_path / "mods").mkdir()
    shutil.copy(cells / "mods" / "store.mod", tmp_path / "mods")
    done = CliRunner().invoke(
        bouton,
        [
            *("import", str(tmp_path / "warm.py"), "--name", "Warm"),
            *("--mods", str(tmp_path / "mods"), "--out", str(tmp_path / "cell.json")),
        ],
    )
    assert done.exit_code == 0, done.output
    assert (
        json.loads((tmp_path / "cell.json").read_text())["provenance"]["mods"]["folder"] == "mods"
    )
    return tmp_path


def run(folder: Path, text: str) -> Result:
    (folder / "study.yaml").write_text(text)
    given = ["run", str(folder / "study.yaml"), "--out", str(folder / "run"), "--force"]
    return CliRunner().invoke(bouton, [*given, "--no-figures", "--no-movie"])


def test_a_study_runs_an_imported_cell_if_it_allows_its_code(folder: Path) -> None:
    refused = run(folder, STUDY)
    assert refused.exit_code != 0
    assert "allow_code" in refused.output
    remedy = refused.output[refused.output.index("allow_code:") :].strip()
    allowed = run(folder, f"{STUDY}{remedy}\n")
    assert allowed.exit_code == 0, allowed.output
    moved = folder.parent / f"{folder.name} moved"
    shutil.move(folder, moved)
    again = run(moved, STUDY + "allow_code: [mods/store.mod]\n")
    assert again.exit_code == 0, again.output


def test_another_temperature_is_refused(folder: Path) -> None:
    text = STUDY.replace("celsius: 34", "celsius: 6.3") + "allow_code: [mods/store.mod]\n"
    told = run(folder, text)
    assert told.exit_code != 0
    assert "celsius 34" in told.output
    decided = text.replace("file: cell.json", "file: cell.json, celsius: protocol")
    assert run(folder, decided).exit_code == 0


NETWORK = """
name: pair
network:
  populations:
    warm: {count: 2, cells: {warm: {cell: {template: {use: imported, file: cell.json}}}}}
    input: {count: 2, source: {use: poisson-spikes, rate_Hz: 50}}
  synapses: {exc: {mechanism: ExpSyn}}
  connections:
    drive:
      pre: input
      post: warm
      rule: one-to-one
      synapses: [{synapse: exc, weight: 0.1, delay_ms: 1}]
  simulation: {duration_ms: 2, integration: {celsius: 34, v_init_mV: -71.5}}
objectives:
  use: targets
  extractor: network-features
  targets: {rate: {protocol: network, feature: rate, mean: 1, std: 1}}
fit:
  parameters: {connections.drive.synapses.0.weight: {lower: 0.1, upper: 0.2}}
  optimizer: {use: random, batch: 1}
  generations: 1
"""


@pytest.mark.parametrize("command", [["network", "simulate"], ["fit", "--executor", "serial"]])
def test_a_network_runs_code_only_if_the_study_allows_it(folder: Path, command: list[str]) -> None:
    study = folder / "network.yaml"
    given = [*command, str(study), "--out", str(folder / "run"), "--no-figures"]
    study.write_text(NETWORK)
    refused = CliRunner().invoke(bouton, given)
    assert refused.exit_code != 0
    assert "allow_code" in refused.output
    assert not (folder / "run").exists()
    study.write_text(NETWORK + "allow_code: [mods/store.mod]\n")
    allowed = CliRunner().invoke(bouton, given)
    assert allowed.exit_code == 0, allowed.output
    # what ran in this process has left it, with the globals that the cell brought
    assert list(h.allsec()) == []
    GlobalValues().check({"usetable_hh": 1.0 - h.usetable_hh})


@pytest.mark.skipif(sys.platform != "linux", reason="CoreNEURON is tested on Linux")
def test_coreneuron_takes_ions_of_an_imported_cell(
    imported: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "cell.json").write_text(json.dumps(imported("two_sections.py", "Cell", mods=False)))
    (tmp_path / "network.yaml").write_text(NETWORK)
    network = required_network(find_study(tmp_path / "network.yaml")).network({}, 0, 1, 0)
    (model,) = network.population("warm").models
    assert isinstance(model, CellModel)
    assert "na_ion" in model.structure.mechanisms
    assert {m.name for m in check_coreneuron(network)} >= {"hh", "pas", "ExpSyn"}
