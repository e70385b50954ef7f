"""What devices add to a network, found out without a simulator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import BoutonError, NetworkError, StudyError
from bouton.jobs.recordable import check_membrane, check_synapse
from bouton.model.network import Network
from bouton.model.protocol import PointDrive
from bouton_plugins.morphologies.swc import Swc
from bouton_plugins.reconstruction import Tissue, read_tissue
from bouton_plugins.reconstruction.reading import simulations_of
from bouton_plugins.reconstruction.simulation.building import network_of
from bouton_plugins.stellate.studies import morphology
from bouton_plugins.stellate.synapses import SYNAPSES
from bouton_plugins.stellate.template import Stellate

TAGS = {
    "16": ("dendrites", "proximal_dendrites"),
    "17": ("dendrites", "distal_dendrites"),
    "18": ("axon", "axon_initial_segment"),
}
STIM = {"use": "spike-generator", "synapses": ["exc"], "location": {"labels": ["dendrites"]}}


ONE = {"use": "by-id", "ids": {"E": [1]}}


@pytest.fixture
def made(pair_file: Path, simulation: dict[str, Any]) -> Callable[..., Network]:
    """Return the network with devices."""
    tissue = read_tissue(pair_file)
    return lambda **devices: network(tissue, simulation, devices)


def network(tissue: Tissue, simulation: dict[str, Any], devices: Any, **changes: Any) -> Network:
    told = {"simulations": {"it": {**simulation, "devices": devices, **changes}}}
    return network_of(tissue, simulations_of(told)["it"])


def test_connections_are_the_stored_ones(pair_file: Path, made: Callable[..., Network]) -> None:
    tissue, found = read_tissue(pair_file), made()
    touch, chance = found.connection_set("EI"), found.connection_set("IE")
    stored = tissue.connection("EI")
    for ours, theirs in (
        ("source", "source"),
        ("target", "target"),
        ("section", "target_section"),
        ("x", "target_x"),
        ("source_section", "source_section"),
        ("source_x", "source_x"),
    ):
        assert np.array_equal(getattr(touch, ours), getattr(stored, theirs)), ours
    assert set(touch.weight) == {0.01}
    assert set(chance.delay_ms) == {2.0}


def test_cells_of_one_shape_share_what_is_built(made: Callable[..., Network]) -> None:
    population = made().population("E")
    assert len(population.models) == 1
    assert population.v_init_offset_mV is None


def test_starting_potentials_may_differ_by_cell(
    pair_file: Path, simulation: dict[str, Any]
) -> None:
    tissue = read_tissue(pair_file)
    offsets = [
        network(tissue, simulation, {}, v_init_jitter_mV=2.0, seed=seed).population("E")
        for seed in (1, 1, 2)
    ]
    first, same, other = (one.v_init_offset_mV for one in offsets)
    assert first is not None
    assert other is not None
    assert np.array_equal(first, same)
    assert len(set(first.tolist()) | set(other.tolist())) == 12
    assert 0.1 < np.abs(first).mean() < 6.0


def test_a_generator_makes_synapses_where_it_aims(made: Callable[..., Network]) -> None:
    target = {"use": "by-id", "ids": {"E": [1, 4]}}
    found = made(stim={**STIM, "target": target, "weight": 0.3, "delay_ms": 1.5, "number": 3})
    (added,) = (one for one in found.connections if one.pre == "stim")
    labels = [s.labels for s in found.population("E").models[0].structure.morphology.sections]
    dendrites = [i for i, names in enumerate(labels) if "dendrites" in names]
    assert added.target.tolist() == [1] * len(dendrites) + [4] * len(dendrites)
    assert added.section.tolist() == dendrites * 2
    assert set(added.x) == {0.5}
    assert (set(added.weight), set(added.delay_ms)) == ({0.3}, {1.5})
    trains = found.population("stim").trains
    assert trains is not None
    assert trains.times_ms.tolist() == [0.0, 10.0, 20.0]  # equal trains are one source
    assert found.first_ids["stim"] == 10  # devices do not renumber cells


@pytest.mark.parametrize(("trains", "count"), [("place", 6), ("cell", 2), ("device", 1)])
def test_random_trains_belong_to_places_cells_or_the_device(
    made: Callable[..., Network], trains: str, count: int
) -> None:
    noise = {
        **STIM,
        "use": "poisson-generator",
        "rate_Hz": 200.0,
        "trains": trains,
        "target": {"use": "by-id", "ids": {"I": [0, 1]}},
        "location": {"n_places": 3},
    }
    found = made(noise=noise)
    (added,) = (one for one in found.connections if one.pre == "noise")
    assert len(found.population("noise")) == count
    assert len(set(added.source)) == count
    assert len(added) == 6


def test_sampled_places_are_those_of_a_cell_whoever_else_is_meant(
    made: Callable[..., Network],
) -> None:
    def places(*cells: int) -> dict[int, list[tuple[int, float]]]:
        target = {"use": "by-id", "ids": {"E": [*cells]}}
        found = made(stim={**STIM, "target": target, "location": {"n_places": 4}})
        (one,) = (one for one in found.connections if one.pre == "stim")
        ends = zip(one.target.tolist(), one.section.tolist(), one.x.tolist(), strict=True)
        by_cell: dict[int, list[tuple[int, float]]] = {}
        for cell, section, x in ends:
            by_cell.setdefault(cell, []).append((section, x))
        return by_cell

    few, many = places(3), places(0, 3, 5)
    assert few[3] == many[3]
    assert many[0] != many[3]


def test_sampled_places_are_spread_by_length(made: Callable[..., Network]) -> None:
    location = {"n_places": 4000, "labels": ["dendrites"]}
    found = made(stim={**STIM, "target": {"use": "by-id", "ids": {"E": [0]}}, "location": location})
    (one,) = (one for one in found.connections if one.pre == "stim")
    model = found.population("E").models[0]
    lengths = model.structure.compartments.lengths_um
    used = sorted(set(one.section.tolist()))
    share = np.bincount(one.section)[used] / len(one)
    assert share == pytest.approx(lengths[used] / lengths[used].sum(), abs=0.05)
    assert abs(one.x.mean() - 0.5) < 0.03


def test_a_generator_can_reach_synapses_that_exist(made: Callable[..., Network]) -> None:
    found = made(
        stim={**STIM, "existing": True, "target": "all", "location": {"every_segment": True}}
    )
    (added,) = (one for one in found.connections if one.pre == "stim")
    touch = found.connection_set("EI")
    assert added.onto == "EI"
    ends = sorted(zip(added.target, added.section, added.x, strict=True))
    assert ends == sorted(zip(touch.target, touch.section, touch.x, strict=True))


def test_clamps_and_recorders(made: Callable[..., Network]) -> None:
    found = made(
        clamp={"use": "current-clamp", "amplitude_nA": 0.2, "delay_ms": 5.0},
        hold={"use": "voltage-clamp", "levels_mV": [-70, -20], "durations_ms": [5, 10]},
        v={"use": "voltage-recorder", "target": "representatives", "interval_ms": 0.5},
        ca={"use": "ion-recorder", "variable": "ina", "location": {"every_segment": "axon"}},
        out={"use": "spike-recorder", "location": {"label": "axon", "index": 0}},
    )
    by_name = {(one.name, one.population): one for one in found.stimulation}
    assert set(by_name) == {(n, p) for n in ("clamp", "hold") for p in "EI"}
    (drive,) = by_name["clamp", "E"].drives
    assert isinstance(drive, PointDrive)
    assert (drive.mechanism, drive.values["amp"]) == ("IClamp", 0.2)
    assert drive.values["delay"] + drive.values["dur"] > found.duration_ms
    (hold,) = by_name["hold", "I"].drives
    assert isinstance(hold, PointDrive)
    assert hold.values == {"rs": 1.0, "amp1": -70, "amp2": -20, "dur1": 5, "dur2": 10}
    recordings = {(one.name, one.population): one for one in found.recordings}
    assert recordings["v", "E"].cells.tolist() == [0]
    assert recordings["ca", "I"].signals[0].variable == "ina"
    assert recordings["out", "I"].signals[0].variable == "spikes"


def test_synapses_of_devices_can_be_recorded_in_any_order(made: Callable[..., Network]) -> None:
    stim = {**STIM, "target": {"use": "cell-types", "cell_types": ["E"]}}
    found = made(s={"use": "synapse-recorder", "connections": ["stim"], "variable": "g"}, stim=stim)
    (told,) = found.synapse_recordings
    assert (told.connections, told.variable) == (("stim",), "g")
    found = made(s={"use": "synapse-recorder", "synapses": ["inh"]}, stim=stim)
    assert [one.connections for one in found.synapse_recordings] == [("IE",)]


WRONG = [
    (
        {**STIM, "target": {"use": "sphere", "center_um": [900, 0, 0], "radius_um": 5}},
        r"'d' aims at nothing: there is no cell in Sphere\(center_um=\(900.0, 0.0, 0.0\)",
    ),
    ({**STIM, "location": {"labels": ["dendrite"]}}, "labelled 'dendrite'; did you mean 'dendr"),
    ({**STIM, "location": {"labels": ["axon", "dendrites"]}}, "no branch has all of them"),
    ({**STIM, "location": "apic[0](0.5)"}, "'d': no place on 'E' cells.*no section 'apic"),
    ({**STIM, "location": {"n_places": 2, "labels": ["spine"]}}, "'d': no place.*labelled 'spine'"),
    ({**STIM, "synapses": ["AMPA"]}, "device 'd': 'E' cells know no synapse 'AMPA'; known: exc"),
    ({**STIM, "target": {"use": "by-id", "ids": {"E": [6]}}}, "'d': there is no 'E' cell 6"),
    ({**STIM, "target": {"use": "all", "cell_types": ["e"]}}, "'d': no cells of type 'e'"),
    ({**STIM, "existing": True, "location": "soma"}, "no connection made a synapse exc where it"),
    ({"use": "synapse-recorder", "connections": ["IEE"]}, "no connections 'IEE'; did you mean"),
    ({"use": "synapse-recorder", "synapses": ["ihn"]}, "no synapse 'ihn'; did you mean 'inh'"),
    (
        {"use": "synapse-recorder", "connections": ["IE"], "synapses": ["exc"]},
        "have no synapse of type exc",
    ),
    ({"use": "ion-recorder"}, "'d': nothing called 'cai' is on soma; did you mean"),
    ({"use": "ion-recorder", "variable": "ina", "location": "dendrites[0](0.5)"}, "'ina' is on d"),
    ({"use": "spike-recorder", "location": {"every_segment": True}}, "places .* are too many"),
    ({"use": "voltage-recorder", "location": {"label": "apic"}}, "'d': no place.*'apic'"),
]


@pytest.mark.parametrize(("device", "message"), WRONG)
def test_a_device_that_finds_nothing_is_named(
    made: Callable[..., Network], device: dict[str, Any], message: str
) -> None:
    with pytest.raises(NetworkError, match=f"(?s){message}"):
        made(d=device)


def test_variables_of_a_catalogue_are_known_without_a_simulator() -> None:
    cell = Stellate()
    shape = Swc(tags=TAGS).load(morphology())
    structure = cell.structure(shape, {p.name: p.default for p in cell.parameters})
    soma, distal = (
        [next(i for i, s in enumerate(shape.sections) if label in s.labels)]
        for label in ("soma", "distal_dendrites")
    )
    for variable in ("v", "cai", "eca", "ina", "Nav1_1.gbar", "C1_Nav1_1", "cdp5.pump", "i_Leak"):
        check_membrane(structure, soma, variable)
    for variable, message in (
        ("cai2", "'cai2' is on soma; did you mean 'cai'"),
        ("Nav1_1.gbarr", "did you mean 'Nav1_1.gbar'"),
        ("Nav1.gbar", "nothing called 'Nav1.gbar'"),
    ):
        with pytest.raises(NetworkError, match=message):
            check_membrane(structure, soma, variable)
    check_membrane(structure, distal, "cai")
    with pytest.raises(NetworkError, match="nothing called 'ina' is on dend"):
        check_membrane(structure, distal, "ina")
    check_synapse(SYNAPSES["GABA"], "OA1")
    with pytest.raises(NetworkError, match="synapses GABA have nothing called 'gmaxA'; did you"):
        check_synapse(SYNAPSES["GABA"], "gmaxA")


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ({"d": {"use": "poisson-spikes", "rate_Hz": 5.0}}, "'d' is a source of spikes for popul"),
        ({"d": {"use": "spike-generater"}}, "did you mean spike-gen|did you mean 'spike-gen"),
        ({"d": {"use": "spike-generator"}}, "synapses is required"),
        ({"d": {**STIM, "start": 5}}, "unknown key 'start'.*did you mean start_ms"),
        ({"d": {**STIM, "noise": 2}}, "noise must be within 0 to 1"),
        ({"d": {**STIM, "times_ms": [-1.0]}}, "times_ms must be 0 or above"),
        ({"d": {**STIM, "target": {"use": "spheer"}}}, "did you mean 'sphere'"),
        ({"d": {**STIM, "location": {"labels": []}}}, "labels needs at least one"),
        ({"d": {**STIM, "location": {"n_places": 0}}}, "n_places must be at least 1"),
        ({"d": {**STIM, "location": "somewhere"}}, "location"),
        ({"a/b": {"use": "voltage-recorder"}}, "'a/b' also names a file"),
        ({"d": {"use": "current-clamp"}}, "amplitude_nA is required"),
        ({"d": {"use": "voltage-clamp", "levels_mV": [1], "durations_ms": []}}, "durations_ms"),
        ({"E": STIM}, "cells of this name exist"),
        ({"EI": {**STIM, "target": ONE}}, "connections 'EI' exist"),
    ],
)
def test_impossible_devices_are_refused_with_their_place(
    made: Callable[..., Network], devices: Any, message: str
) -> None:
    with pytest.raises(BoutonError, match=f"(?s){message}"):
        made(**devices)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell_models": {}}, "it connects 'E' cells, and cell_models says nothing"),
        ({"connection_models": {"EE": {"synapses": ["exc"]}}}, "no connection set 'EE'"),
        ({"connection_models": {"EI": {"synapses": []}}}, "at least one entry"),
        ({"connection_models": {"EI": {"synapses": ["AMPA"]}}}, "know no synapse 'AMPA'"),
        ({"duration_ms": 0}, "duration_ms must be above 0"),
        ({"temperature": 30}, "unknown key 'temperature'"),
        ({"v_init_jitter_mV": -1}, "v_init_jitter_mV must"),
    ],
)
def test_impossible_simulations_are_refused(
    pair_file: Path, simulation: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(BoutonError, match=message):
        network(read_tissue(pair_file), {**simulation, **change}, {})


def test_cell_models_are_checked(pair_file: Path, simulation: dict[str, Any]) -> None:
    tissue = read_tissue(pair_file)
    models = {**simulation["cell_models"], "X": simulation["cell_models"]["E"]}
    with pytest.raises(StudyError, match="no cell type 'X'"):
        network(tissue, {**simulation, "cell_models": models}, {})
    models = {**models, "E": {**models["E"], "parameters": {"dendrites.pas.ee": 1.0}}}
    del models["X"]
    with pytest.raises(NetworkError, match=r"cell_models.E.*pas.ee.*pas.e'"):
        network(tissue, {**simulation, "cell_models": models}, {})
    bare = tuple(
        evolve(p, morphologies=(), morphology_of=np.empty(0, dtype=np.int64))
        for p in tissue.populations
    )
    with pytest.raises(NetworkError, match="'E' has no morphology"):
        network(evolve(tissue, populations=bare), simulation, {})


def test_ranks_share_the_connections(pair_file: Path, simulation: dict[str, Any]) -> None:
    tissue = read_tissue(pair_file)
    told = {**simulation, "devices": {"stim": {**STIM, "target": "all"}}}
    rule = simulations_of({"simulations": {"it": told}})["it"]
    whole = network_of(tissue, rule)
    halves = [network_of(tissue, rule, rank, 2) for rank in range(2)]
    for number, connections in enumerate(whole.connections):
        rows = [
            row
            for half in halves
            for row in zip(
                *(getattr(half.connections[number], n).tolist() for n in ("source", "target", "x")),
                strict=True,
            )
        ]
        columns = (getattr(connections, n).tolist() for n in ("source", "target", "x"))
        assert sorted(rows) == sorted(zip(*columns, strict=True))
    assert all(any(len(one) for one in half.connections) for half in halves)
