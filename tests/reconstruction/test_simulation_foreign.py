"""Simulations as the Brain Scaffold Builder writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bouton.errors import StudyError
from bouton_plugins.reconstruction.reading import Configuration, from_document, read_configuration
from bouton_plugins.reconstruction.simulation.generators import SpikeGenerator
from bouton_plugins.reconstruction.simulation.places import OnBranches
from bouton_plugins.reconstruction.simulation.recorders import SynapseRecorder, VoltageRecorder
from bouton_plugins.reconstruction.simulation.targets import Sample, Sphere

SPHERE = {"strategy": "sphere", "radius": 90, "origin": [60, 60, 60], "cell_models": ["cells"]}
STIM = {
    "device": "spike_generator",
    "start": 40,
    "number": 5,
    "weight": 0.004,
    "delay": 1,
    "synapses": ["AMPA", "NMDA"],
    "targetting": SPHERE,
    "locations": {"strategy": "branch", "labels": ["dendrites"]},
}


def tutorial(**changes: Any) -> dict[str, Any]:
    return {
        "simulator": "neuron",
        "duration": 100,
        "resolution": 0.025,
        "temperature": 32,
        "cell_models": {"cells": {"model": "Stellate.definitionStellate"}},
        "connection_models": {
            "voxels": {"synapses": [{"synapse": "GABA", "weight": 0.004, "delay": 1}]}
        },
        "devices": {},
        **changes,
    }


def read(foreign: dict[str, Any], **changes: Any) -> Configuration:
    return from_document({**foreign, "simulations": {"basal": tutorial(**changes)}})


def test_what_it_says_is_kept_and_what_it_would_not_do_is_told(foreign: dict[str, Any]) -> None:
    recorder = {"device": "voltage_recorder", "locations": {"strategy": "soma"}}
    found = read(foreign, initial=-70, devices={"stim": STIM, "v": recorder})
    rule = found.tissue.simulations["basal"]
    assert (rule.duration_ms, rule.dt_ms, rule.celsius, rule.v_init_mV) == (100, 0.025, 32, -65)
    (synapse,) = rule.connection_models["voxels"].each
    assert (synapse.synapse, synapse.weight, synapse.delay_ms) == ("GABA", 1.0, 1.0)
    stim = rule.devices["stim"]
    assert isinstance(stim, SpikeGenerator)
    assert (stim.start_ms, stim.number, stim.interval_ms, stim.existing) == (40, 5, 10, False)
    assert stim.target == Sphere((60.0, 60.0, 60.0), 90.0, ("cells",))
    assert stim.location == OnBranches(("dendrites",))
    told = "\n".join(found.notices)
    for text in (
        "simulations.basal.cell_models.cells.model: Stellate.definitionStellate is Python code",
        "simulations.basal.connection_models.voxels.synapses.0.weight: 0.004 has no effect",
        "simulations.basal.devices.stim: the original reaches only synapses that connections made, "
        "and none of them is of type AMPA or NMDA, so it does nothing",
        "simulations.basal.devices.v: the original records every point of a soma",
        "simulations.basal.initial: has no effect",
    ):
        assert text in told


def test_a_generator_of_synapses_that_connections_make_reaches_those(
    foreign: dict[str, Any],
) -> None:
    for synapses in (["GABA"], []):
        found = read(foreign, devices={"stim": {**STIM, "synapses": synapses}})
        stim = found.tissue.simulations["basal"].devices["stim"]
        assert isinstance(stim, SpikeGenerator)
        assert (stim.synapses, stim.existing) == (("GABA",), True)
        assert "does nothing" not in "\n".join(found.notices)


def test_subsets_clamps_and_recorders(foreign: dict[str, Any]) -> None:
    some = {"strategy": "cell_model", "cell_models": ["cells"], "fraction": 0.5}
    found = read(
        foreign,
        devices={
            "v": {"device": "voltage_recorder", "targetting": some},
            "s": {"device": "synapse_recorder", "synapse_types": ["GABA"], "locations": {}},
            "i": {"device": "current_clamp", "amplitude": 0.1, "before": 5, "duration": 10},
            "h": {"device": "vclamp", "voltage": -60, "before": 1, "duration": 2, "after": 3},
        },
    )
    devices = found.tissue.simulations["basal"].devices
    recorder = devices["v"]
    assert isinstance(recorder, VoltageRecorder)
    assert isinstance(recorder.target, Sample)
    assert recorder.target.fraction == 0.5
    synapses = devices["s"]
    assert isinstance(synapses, SynapseRecorder)
    assert synapses.synapses == ("GABA",)
    written = found.document["simulations"]["basal"]["devices"]
    assert (written["i"]["amplitude_nA"], written["i"]["delay_ms"]) == (0.1, 5)
    assert written["h"]["levels_mV"] == [-65.0, -60, -65.0]
    assert written["h"]["durations_ms"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"simulator": "nest"}, "only neuron simulates here"),
        ({"durations": 5}, "unknown key 'durations'"),
        ({"devices": {"d": {"device": "vclamp", "voltage": -60}}}, "one of them must be above 0"),
        ({"after_simulation": {"a": {}}}, "hooks are Python code"),
        ({"cell_models": {"cells": {"model": "my.module.cell"}}}, "name a cell template instead"),
        ({"cell_models": {"cell": {"model": "stellate"}}}, "no cell type 'cell'"),
        ({"devices": {"d": {"device": "spike_genrator"}}}, "spike_generator"),
        ({"devices": {"d": {**STIM, "synapse": 3}}}, "unknown key 'synapse'"),
        ({"devices": {"d": {**STIM, "targetting": {"strategy": "spere"}}}}, "sphere"),
        ({"devices": {"d": {**STIM, "targetting": {"strategy": "by_label"}}}}, "no such targets"),
        ({"devices": {"d": {**STIM, "locations": {"strategy": "dend"}}}}, "no such locations"),
        ({"connection_models": {"voxels": {"source": "v", "synapses": ["GABA"]}}}, "coupling by"),
    ],
)
def test_what_cannot_be_translated_is_named(
    foreign: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        read(foreign, **changes)


def test_what_is_missing_has_the_name_that_the_file_would_give_it(
    foreign: dict[str, Any],
) -> None:
    told = tutorial()
    del told["duration"], told["temperature"]
    with pytest.raises(StudyError) as caught:
        from_document({**foreign, "simulations": {"basal": told}})
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["simulations.basal.duration", "simulations.basal.temperature"]


def test_problems_and_notices_know_their_line(foreign: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "tutorial.json"
    devices = {"stim": {**STIM, "nmber": 3}}
    path.write_text(
        json.dumps({**foreign, "simulations": {"b": tutorial(devices=devices)}}, indent=1)
    )
    lines = path.read_text().splitlines()
    (line,) = (n for n, text in enumerate(lines, start=1) if "nmber" in text)
    with pytest.raises(StudyError) as caught:
        read_configuration(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (line, "simulations.b.devices.stim.nmber")
