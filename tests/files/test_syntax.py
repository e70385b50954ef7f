"""What a study may say, in three formats."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bouton.files import dump, load_document, study_hash
from bouton.model.inline import InlineProtocol
from bouton.model.locations import (
    At,
    EverySegment,
    OnLabel,
    PathDistance,
    RandomSample,
    SpikeSource,
    TrunkDistance,
)

DESIGN = """\
cell:
  template: ball
  morphology: {loader: hoc, file: 89_C2.hoc}
  parameters: {file: models.csv, row: 0}          # or inline values
protocols:
  bAP: {use: hay-bap, recording_distances_um: [294.82, 474.82]}
  BAC: {use: hay-bac, n_pulses: 3}
objectives: {use: hay-objectives}
fit:
  optimizer: {use: ibea, offspring: 10}
  generations: 5
  seed: 42
"""


def test_the_study_of_the_design_page(load: Any, parts: ModuleType, folder: Path) -> None:
    study = load(DESIGN)
    assert study.name == "study"
    assert study.cell.template == parts.Ball()
    assert study.cell.morphology.file == folder / "89_C2.hoc"
    assert study.cell.parameters["ephys.none.soma.g_pas"] == 3e-5
    assert study.cell.parameters["zone"] == (1, 2)
    assert list(study.protocols) == ["bAP", "BAC"]
    assert study.protocols["bAP"] == parts.Bap((294.82, 474.82))
    assert study.jobs["fit"] == parts.Fit(parts.Evolve(10), generations=5, seed=42)


def test_three_formats_say_the_same(load: Any) -> None:
    document = {
        "name": "one",
        "cell": {
            "template": {"use": "ball", "version": 1},
            "morphology": "89_C2.hoc",
            "parameters": {"ephys.none.soma.g_pas": 3e-5, "zone": [1, 2], "rule": "flat"},
        },
        "protocols": {"p": {"duration_ms": 5, "stimuli": [{"use": "step", "amplitude_nA": 1}]}},
    }
    toml = """
        name = "one"
        [cell]
        template = {use = "ball", version = 1}
        morphology = "89_C2.hoc"
        [cell.parameters]
        "ephys.none.soma.g_pas" = 3e-5
        zone = [1, 2]
        rule = 'flat'
        [protocols.p]
        duration_ms = 5
        [[protocols.p.stimuli]]
        use = "step"
        amplitude_nA = 1
    """
    yaml = """
        name: one
        cell:
          template: {use: ball, version: 1}
          morphology: 89_C2.hoc
          parameters: {ephys.none.soma.g_pas: 3e-5, zone: [1, 2], rule: flat}
        protocols:
          p:
            duration_ms: 5
            stimuli:
            - {use: step, amplitude_nA: 1}
    """
    studies = [
        load(json.dumps(document), name="a.json"),
        load(toml, name="b.toml"),
        load(yaml, name="c.yml"),
    ]
    assert studies[0] == studies[1] == studies[2]
    assert studies[0].cell.parameters["zone"] == (1, 2)


def test_a_study_may_be_empty(load: Any) -> None:
    assert load("name: nothing\n").name == "nothing"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3e-5", 3e-5),
        ("1e-3", 1e-3),
        ("1E+3", 1000.0),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("007", 7),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("2024-01-01", "2024-01-01"),
        ("1:30", "1:30"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("~", None),
        ("null", None),
        ("'1'", "1"),
        ('"true"', "true"),
    ],
)
def test_yaml_scalars(load: Any, text: str, value: Any) -> None:
    found = load(f"fit:\n  rates: {text}\n").jobs["fit"].rates
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("soma(0.5)", At("soma", 0.5)),
        ("dend[3](0.25)", At("dend[3]", 0.25)),
        ("{section: soma, x: 1}", At("soma", 1.0)),
        ("{section: soma}", At("soma", 0.5)),
        ("{label: apic, x: 0.5, index: 3}", OnLabel("apic", 0.5, 3)),
        ("{label: apic}", OnLabel("apic")),
        ("{trunk_distance_um: 294.82}", TrunkDistance(294.82)),
        ("{trunk_distance_um: 2, label: dend, reach_um: 9}", TrunkDistance(2.0, "dend", 9.0)),
        ("{path_distance_um: 100, label: dend}", PathDistance(100.0, "dend")),
        ("{sample: 5, label: dend, seed: 1}", RandomSample("dend", 5, 1)),
        ("{every_segment: true}", EverySegment()),
        ("{every_segment: apic}", EverySegment("apic")),
        ("{spike_source: true}", SpikeSource()),
    ],
)
def test_locations(load: Any, registry: Any, text: str, location: Any) -> None:
    study = load(
        "protocols:\n  p:\n    duration_ms: 1\n    recordings:\n    - use: voltage\n"
        f"      location: {text}\n"
    )
    protocol = study.protocols["p"]
    assert isinstance(protocol, InlineProtocol)
    assert protocol.recordings[0].location == location
    assert load_document(study.document, registry=registry) == study


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("{file: models.csv, row: 1}", {"ephys.none.soma.g_pas": 4e-5, "model": "second"}),
        ("{file: models.csv, index: model, row: first}", {"ephys.none.soma.g_pas": 3e-5}),
        ("{file: models.csv, row: 0, columns: [zone]}", {"zone": (1, 2)}),
        ("{file: model.json, key: parameters}", {"scale": 2.0}),
        (
            "{file: model.json, keys: [parameters, fixed_parameters]}",
            {"BAC.stim.dist": 294.8, "scale": 3.0, "ephys.none.soma.g_pas": 1e-5},
        ),
        (
            "{file: model.json, key: parameters, values: {scale: 9}}",
            {"scale": 9.0, "ephys.none.soma.g_pas": 1e-5},
        ),
        ("{scale: 1, zone: [4], rule: flat}", {"scale": 1.0, "zone": (4,), "rule": "flat"}),
    ],
)
def test_parameters(load: Any, parameters: str, expected: dict[str, Any]) -> None:
    study = load(f"cell:\n  template: ball\n  parameters: {parameters}\n")
    found = study.cell.parameters
    assert {name: found[name] for name in expected} == expected
    assert "index" not in parameters or "model" not in found
    assert "columns" not in parameters or found == expected


def test_a_job_may_be_empty(load: Any, parts: ModuleType) -> None:
    assert load("fit:\n").jobs["fit"] == parts.Fit()


def test_nested_plugins_unions_and_paths(load: Any, parts: ModuleType, folder: Path) -> None:
    text = """\
fit:
  optimizer: ibea:quick
  extra: [{use: step, amplitude_nA: 1}]
  region: {radius_um: 1, beyond_um: 2}
  seeds_from: models.csv
  folder: .
  later: not/yet.csv
  pairs: {a: [1, 2]}
  where: soma(0.1)
"""
    fit = load(text).jobs["fit"]
    assert fit == parts.Fit(
        optimizer=parts.Evolve(name="quick"),
        extra=(parts.Step(1.0),),
        region=parts.Far(1.0, 2.0),
        seeds_from=folder / "models.csv",
        folder=folder,
        later=folder / "not/yet.csv",
        pairs={"a": (1, 2)},
        where=At("soma", 0.1),
    )


def test_a_loader_may_be_called_use_and_take_options(load: Any, parts: ModuleType) -> None:
    study = load("cell: {template: ball, morphology: {use: hoc, file: 89_C2.hoc, scale_um: 2}}\n")
    assert study.cell.morphology.loader == parts.Hoc(2.0)


def test_documents_are_complete_and_load_again(
    load: Any, registry: Any, folder: Path, tmp_path_factory: Any
) -> None:
    study = load(DESIGN)
    document = json.loads(json.dumps(study.document))
    assert document["cell"]["morphology"]["file"] == str(folder / "89_C2.hoc")
    assert document["fit"]["optimizer"] == {"use": "ibea", "offspring": 10, "name": ""}
    assert document["cell"]["parameters"]["zone"] == [1, 2]
    again = load_document(document, base=tmp_path_factory.mktemp("else"), registry=registry)
    assert again == study
    assert dump(study, registry=registry)["protocols"] == document["protocols"]
    assert study_hash(again.document) == study_hash(study.document)


def test_studies_made_in_python_have_documents(registry: Any, parts: ModuleType) -> None:
    from bouton.model.study import Cell, Study

    protocol = InlineProtocol(5.0, stimuli=(parts.Step(1.0, location=OnLabel("apic")),))
    study = Study("made", Cell(parts.Ball(), parameters={"zone": (1, 2)}), {"p": protocol})
    document = dump(study, registry=registry)
    again = load_document(document, registry=registry)
    assert again.document == document
    assert (again.cell, again.protocols) == (study.cell, study.protocols)
