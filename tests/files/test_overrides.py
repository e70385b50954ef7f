"""`--set path=value`."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import bouton

STUDY = """\
cell:
  template: ball
  morphology: 89_C2.hoc
  parameters: {ephys.none.soma.g_pas: 1e-5, ephys.none: 2}
protocols:
  p:
    duration_ms: 5
    stimuli:
    - {use: step, amplitude_nA: 1}
    recordings:
    - {use: voltage, location: soma(0.5)}
  q.r: {use: hay-bap}
"""


def test_values_by_path(load: Any, parts: ModuleType) -> None:
    study = load(
        STUDY,
        "cell.parameters.ephys.none.soma.g_pas=3e-5",
        'cell.parameters."ephys.none"=7',
        "cell.parameters.ephys.new.soma.g=8",
        "protocols.p.stimuli.0.amplitude_nA=-1e-3",
        "protocols.p.stimuli.0.location={label: apic}",
        "protocols.q.r.n_pulses=4",
        "protocols.q.r.recording_distances_um=[1, 2]",
        "fit.optimizer=ibea",
        "fit.optimizer.offspring=20",
        "fit.generations=3",
        "cell.template.version=1",
        "description=a=b",
    )
    assert study.cell.parameters == {
        "ephys.none.soma.g_pas": 3e-5,
        "ephys.none": 7.0,
        "ephys.new.soma.g": 8.0,
    }
    assert study.protocols["p"].stimuli[0].amplitude_nA == -1e-3
    assert study.protocols["q.r"] == parts.Bap((1.0, 2.0), 4)
    assert study.jobs["fit"] == parts.Fit(parts.Evolve(20), 3)
    assert study.cell.template.version == 1
    assert study.description == "a=b"


def test_parameters_that_come_from_a_file(load: Any) -> None:
    text = "cell:\n  template: ball\n  parameters: {file: models.csv, row: 0}\n"
    study = load(text, "cell.parameters.row=1", "cell.parameters.ephys.none.soma.g_pas=9e-5")
    assert study.cell.parameters["ephys.none.soma.g_pas"] == 9e-5
    assert study.cell.parameters["model"] == "second"
    study = load(text, "cell.parameters.values.scale=2", "cell.parameters.values.a.b=3")
    assert (study.cell.parameters["scale"], study.cell.parameters["a.b"]) == (2.0, 3.0)


def test_parameters_may_be_added_where_there_are_none(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # paths of --set start where the command is typed
    study = load("cell: {template: ball}\n", "cell.parameters.a.b=1")
    assert study.cell.parameters == {"a.b": 1.0}
    study = load(
        "cell: {template: ball}\n",
        "cell.parameters.file=models.csv",
        "cell.parameters.row=1",
        "cell.parameters.a.b=1",
    )
    assert study.cell.parameters["a.b"] == 1.0
    assert study.cell.parameters["model"] == "second"


def test_short_forms_open_up(load: Any, parts: ModuleType) -> None:
    study = load(STUDY, "cell.morphology.scale_um=3")
    assert study.cell.morphology.loader == parts.Hoc(3.0)


@pytest.mark.parametrize(
    ("override", "path", "message"),
    [
        ("fit.generations", "", "expected path=value, got 'fit.generations'"),
        ("=3", "", "expected path=value"),
        ("", "", "expected path=value"),
        ("fit..generations=3", "", "expected path=value"),
        ("fit.generations = 3", "", "expected path=value"),
        (".=1", "", "expected path=value"),
        ("fit.generations=2.0", "fit.generations", "expected a whole number"),
        ("fit.generations=", "fit.generations", "got nothing"),
        ("fit.genrations=2", "fit.genrations", "unknown key 'genrations'"),
        ("fut.generations=2", "fut", "unknown key 'fut'"),
        ("protocols.p.stimuli.1.delay_ms=2", "protocols.p.stimuli.1", "no index of this list of 1"),
        ("protocols.p.stimuli.x=2", "protocols.p.stimuli.x", "no index of this list of 1"),
        ("protocols.p.stimuli.-1=2", "protocols.p.stimuli.-1", "no index of this list"),
        ("protocols.p.duration_ms.x=2", "protocols.p.duration_ms.x", "inside the number 5"),
        (
            "protocols.p.recordings.0.location.x=0.1",
            "protocols.p.recordings.0.location.x",
            "inside the text 'soma(0.5)'",
        ),
        ("fit.generations=[1", "", "not valid YAML"),
        ("fit.rates=!!python/object:os.system x", "", "tags such as"),
        ("cell.morphology=gone.hoc", "cell.morphology", "no such file"),
    ],
)
def test_mistakes_name_set(problems: Any, override: str, path: str, message: str) -> None:
    (found,) = problems(STUDY, override)
    assert found.file == "--set"
    assert found.path == path
    assert message in found.message
    assert str(found).startswith("--set")


def test_mistakes_of_set_and_file_come_together(problems: Any) -> None:
    found = problems("nmae: x\n", "fit.generations", "fit.seed=x")
    assert sorted(p.path for p in found) == ["", "fit.seed", "nmae"]


def test_keys_may_hold_blanks() -> None:
    bare = "network.connections.S to M.synapses.0.weight=0.001"
    quoted = 'network.connections."S to M".synapses.0.weight=0.001'
    one, other = (bouton.find_study("network-rate", [text]).document for text in (bare, quoted))
    assert one == other
    assert one["network"]["connections"]["S to M"]["synapses"][0]["weight"] == 0.001
