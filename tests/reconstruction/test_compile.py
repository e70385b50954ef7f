"""Compiling: the same network for any workers and chunks, and nothing half-made."""

from __future__ import annotations

import copy
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from attrs import evolve, frozen

from bouton.errors import NetworkError, ResultsError, StudyError
from bouton.model.draws import Draws
from bouton.model.wiring import Contacts
from bouton.model.wiring import Side as Seen
from bouton_plugins.reconstruction import (
    Tissue,
    compile_network,
    read_configuration,
    read_tissue,
    verify,
)
from bouton_plugins.reconstruction.command import find_configuration
from bouton_plugins.reconstruction.connecting import points_at
from bouton_plugins.reconstruction.reading import Configuration, from_document, simulations_of
from bouton_plugins.reconstruction.statistics import degrees


def compiled(document: dict[str, Any], path: Path, **options: Any) -> Tissue:
    done = compile_network(from_document(document), path, **options)
    tissue = verify(path)
    assert tissue.digest == done.digest
    return tissue


def with_rule(document: dict[str, Any], rule: dict[str, Any], **sides: Any) -> dict[str, Any]:
    own = {"cell_types": ["cells"]}
    found = {"pre": {**own, **sides.get("pre", {})}, "post": {**own, **sides.get("post", {})}}
    return {**document, "connectivity": {"some": {**found, "rule": rule}}}


def test_workers_and_chunks_change_nothing(layer: dict[str, Any], tmp_path: Path) -> None:
    sides = layer["connectivity"]["touch"]
    for name, rule in (
        ("voxels", {"use": "voxel-intersection", "affinity": 0.5, "allow_self": True}),
        ("degree", {"use": "fixed-in-degree", "number": 4}),
        ("out", {"use": "fixed-out-degree", "number": 2}),
    ):
        layer["connectivity"][name] = {**sides, "rule": rule}
    first = compiled(layer, tmp_path / "one.h5")
    assert min(len(one) for one in first.connections) > 20
    assert compiled(layer, tmp_path / "two.h5", workers=2).digest == first.digest
    for chunk_um in (33.0, [120.0, 50.0, 7.0], 1000.0):
        layer["network"]["chunk_um"] = chunk_um
        assert compiled(layer, tmp_path / f"{chunk_um}.h5").digest == first.digest
    layer["seed"] = 6
    assert compiled(layer, tmp_path / "six.h5").digest != first.digest


def test_contacts_are_in_order_and_stored_with_places(
    layer: dict[str, Any], tmp_path: Path
) -> None:
    tissue = compiled(layer, tmp_path / "network.h5")
    one = tissue.connection("touch")
    assert np.array_equal(np.lexsort((one.source, one.target)), np.arange(len(one)))
    shape = tissue.morphologies["small"]
    assert {shape.sections[i].label for i in one.source_section} == {"axon"}
    assert {shape.sections[i].label for i in one.target_section} == {"dendrites"}
    cells = tissue.population("cells")
    places = [
        np.einsum("nij,nj->ni", cells.rotations[ids], points_at(shape, section, x))
        + cells.positions[ids]
        for ids, section, x in (
            (one.source, one.source_section, one.source_x),
            (one.target, one.target_section, one.target_x),
        )
    ]
    apart = np.linalg.norm(places[0] - places[1], axis=1)
    # The distance of this rule is between surfaces; radii are 0.5 um at most.
    assert (apart <= 5.0 + 2 * 0.5).all()
    assert (one.distance_um <= np.minimum(apart, 5.0) + 1e-6).all()


def test_rules_without_places_get_some_on_the_labels(layer: dict[str, Any], tmp_path: Path) -> None:
    document = with_rule(
        layer,
        {"use": "all-to-all"},
        pre={"labels": ["axon_initial_segment"]},
        post={"labels": ["dendrites"]},
    )
    tissue = compiled(document, tmp_path / "network.h5")
    one = tissue.connection("some")
    assert len(one) == one.pairs == 40 * 39
    shape = tissue.morphologies["small"]
    assert {shape.sections[i].labels for i in one.source_section} == {
        ("axon", "axon_initial_segment")
    }
    dendrites = shape.indices("dendrites")
    lengths = np.array([shape.sections[i].length_um for i in dendrites])
    found = np.bincount(one.target_section, minlength=len(shape))[dendrites] / len(one)
    np.testing.assert_allclose(found, lengths / lengths.sum(), atol=0.04)
    assert abs(one.target_x.mean() - 0.5) < 0.03
    assert (one.distance_um > 0).all()


def test_without_labels_contacts_are_on_the_soma(layer: dict[str, Any], tmp_path: Path) -> None:
    tissue = compiled(with_rule(layer, {"use": "one-to-one"}), tmp_path / "network.h5")
    one = tissue.connection("some")
    assert set(one.target_section) == {0}
    assert set(one.target_x) == {0.5}
    assert (one.distance_um == 0).all()


def test_cells_without_shapes_connect_without_places(layer: dict[str, Any], tmp_path: Path) -> None:
    layer["cell_types"]["points"] = {"amount": {"count": 9}}
    layer["placement"]["cells"]["cell_types"].append("points")
    document = with_rule(
        layer, {"use": "fixed-in-degree", "number": 3}, pre={"cell_types": ["points"]}
    )
    tissue = compiled(document, tmp_path / "network.h5")
    one = tissue.connection("some")
    assert (one.pre, one.post, len(one)) == ("points", "cells", 120)
    assert set(one.source_section) == {-1}
    assert np.isnan(one.source_x).all()
    assert np.isnan(one.distance_um).all()
    assert degrees(tissue, one)[0].tolist() == [3] * 40


def test_several_types_on_a_side_make_several_sets(layer: dict[str, Any], tmp_path: Path) -> None:
    layer["cell_types"]["others"] = {**layer["cell_types"]["cells"], "amount": {"count": 5}}
    layer["placement"]["cells"]["cell_types"].append("others")
    document = with_rule(layer, {"use": "all-to-all"}, post={"cell_types": ["cells", "others"]})
    tissue = compiled(document, tmp_path / "network.h5")
    sizes = {one.name: len(one) for one in tissue.connections}
    assert sizes == {"some_cells_to_cells": 40 * 39, "some_cells_to_others": 200}


def test_impossible_rules_end_before_anything_is_connected(
    layer: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "network.h5"
    document = with_rule(layer, {"use": "fixed-in-degree", "number": 40})
    with pytest.raises(NetworkError, match=r"connectivity\.some: 40 connections per cell"):
        compiled(document, path)
    assert list(tmp_path.iterdir()) == []


@frozen
class Broken:
    """A rule that breaks its contract."""

    what: str

    def contacts(self, pre: Seen, post: Seen, draws: Draws) -> Contacts:
        del pre, draws
        n = len(post.wanted)
        zero, half = np.zeros(n, dtype=np.int64), np.full(n, 0.5)
        return {
            "source": Contacts(zero + 400, post.wanted),
            "target": Contacts(zero, post.wanted + 1000),
            "section": Contacts(zero, post.wanted, zero + 99, half),
            "x": Contacts(zero, post.wanted, zero, half + 1),
            "half": Contacts(zero, post.wanted, zero, None),
            "length": Contacts(zero, post.wanted[:-1]),
        }[self.what]


def test_simulations_that_cannot_run_end_a_compilation_before_cells_are_connected(
    pair: dict[str, Any], simulation: dict[str, Any], tmp_path: Path
) -> None:
    stim = {"use": "spike-generator", "synapses": ["exc"]}
    wrong = {
        "connection_models": {"EI": {"synapses": ["exd"]}},
        "devices": {
            "far": {**stim, "target": {"use": "by-id", "ids": {"E": [6]}}},
            "nowhere": {**stim, "location": {"labels": ["dend"]}},
        },
    }
    watching = {
        "ion": {"use": "ion-recorder", "variable": "cai"},
        "mechanism": {"use": "ion-recorder", "variable": "hhh.m"},
        "synapse": {"use": "synapse-recorder", "synapses": ["inn"]},
        "none": {"use": "synapse-recorder", "connections": ["EJ"]},
    }
    pair["simulations"] = {"a": {**simulation, **wrong}, "b": {**simulation, "devices": watching}}
    path = tmp_path / "pair.yaml"
    path.write_text(yaml.safe_dump(pair))
    with pytest.raises(StudyError) as caught:
        compile_network(read_configuration(path), tmp_path / "pair.h5")
    lines = path.read_text().splitlines()
    found = {p.path: p for p in caught.value.problems}
    assert list(found) == [
        *("simulations.a.connection_models.EI", "simulations.a.devices.far"),
        "simulations.a.devices.nowhere",
        *(f"simulations.b.devices.{name}" for name in sorted(watching)),
    ]
    for name, problem in found.items():
        assert problem.file == str(path)
        assert lines[problem.line - 1].strip() == f"{name.rpartition('.')[2]}:"
    assert "did you mean 'exc'" in found["simulations.a.connection_models.EI"].message
    assert [p.name for p in tmp_path.iterdir()] == ["pair.yaml"]


def test_what_only_contacts_decide_does_not_end_a_compilation(
    pair: dict[str, Any], simulation: dict[str, Any], tmp_path: Path
) -> None:
    devices = {
        "stim": {"use": "spike-generator", "synapses": ["inh"], "existing": True},
        "record": {"use": "synapse-recorder", "connections": ["IE"], "variable": "g"},
    }
    pair["simulations"] = {"it": {**simulation, "devices": devices}}
    compiled(pair, tmp_path / "pair.h5")
    devices["stim"]["synapses"] = ["exc"]
    devices["stim"]["target"] = {"use": "cell-types", "cell_types": ["E"]}
    with pytest.raises(StudyError, match="no connection made a synapse exc"):
        compiled(pair, tmp_path / "other.h5")


@pytest.mark.parametrize("what", ["source", "target", "section", "x", "half", "length"])
def test_rules_that_break_their_contract_are_found_out(
    layer: dict[str, Any], tmp_path: Path, what: str
) -> None:
    read = from_document(layer)
    rule = evolve(read.tissue.connectivity["touch"], rule=Broken(what))
    tissue = evolve(read.tissue, connectivity={"touch": rule})
    with pytest.raises(NetworkError, match=r"connectivity\.touch: the rule gave"):
        compile_network(
            Configuration(tissue, read.morphologies, read.document), tmp_path / "network.h5"
        )
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_replaced_without_being_told(
    layer: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "network.h5"
    first = compiled(layer, path)
    with pytest.raises(ResultsError, match=r"seed 5, and this one would have seed 8.*--force"):
        compiled(layer, path, seed=8)
    assert verify(path).digest == first.digest
    second = compiled(layer, path, seed=8, force=True)
    assert (second.seed, second.config["seed"]) == (8, 8)
    path.write_text("mine")
    for force in (False, True):
        with pytest.raises(ResultsError, match="not a whole network of ours"):
            compiled(layer, path, force=force)
    assert path.read_text() == "mine"
    folder = tmp_path / "other.h5.work"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ResultsError, match=r"holds 'notes\.txt'; move it away"):
        compiled(layer, tmp_path / "other.h5")
    assert (folder / "notes.txt").read_text() == "mine"
    with pytest.raises(ResultsError, match="does not exist"):
        compiled(layer, tmp_path / "nowhere" / "network.h5")


def test_a_killed_compilation_leaves_nothing_that_opens(
    layer: dict[str, Any], tmp_path: Path
) -> None:
    large = copy.deepcopy(layer)  # minutes of work, so that it is killed in the middle of it
    large["cell_types"]["cells"]["amount"]["count"] = 4000
    large["network"] = {"size_um": [300.0, 300.0, 300.0], "chunk_um": 2.0}
    large["partitions"]["all"]["thickness_um"] = 300.0
    config, path = tmp_path / "network.yaml", tmp_path / "network.h5"
    config.write_text(yaml.safe_dump(large))
    command = [sys.executable, "-m", "bouton", "network", "compile", str(config), "-o", str(path)]
    process = subprocess.Popen(command)
    work = tmp_path / "network.h5.work"
    while not list(work.glob("*.rows")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert work.exists()
    assert not path.exists()
    with pytest.raises(ResultsError):
        read_tissue(path)
    compiled(layer, path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["network.h5", "network.yaml"]


def test_two_compilations_of_one_file_do_not_mix(layer: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "network.h5"
    waits = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert waits.stdout is not None
        assert waits.stdout.readline() == "held\n"
        with pytest.raises(ResultsError, match=f"in use by process {waits.pid}"):
            compiled(layer, path)
    finally:
        waits.kill()
        waits.communicate()
    compiled(layer, path)


_HOLDER = """
import sys, time
from pathlib import Path
from bouton_plugins.reconstruction.compiling import _work_folder
with _work_folder(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("room", [2_000, 12_000])
def test_a_full_disk_is_said(layer: dict[str, Any], tmp_path: Path, room: int) -> None:
    script = (
        "import resource, signal, sys, yaml\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "from bouton_plugins.reconstruction.reading import from_document\n"
        "from bouton_plugins.reconstruction import compile_network\n"
        "from bouton.errors import ResultsError\n"
        "try:\n"
        "    compile_network(from_document(yaml.safe_load(sys.stdin)), sys.argv[1])\n"
        "except ResultsError as error:\n"
        "    print('refused:', error)\n"
    )
    path = tmp_path / "network.h5"
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, str(path), str(room)],
        input=yaml.safe_dump(layer),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "refused:" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_built_in_layer(tmp_path: Path) -> None:
    read = find_configuration("stellate-layer")
    path = tmp_path / "layer.h5"
    done = compile_network(read, path)
    assert done.populations == (("stellate", 30),)
    one = verify(path).connection("stellate_to_stellate")
    assert one.pairs > 15
    assert not (one.source == one.target).any()
    assert one.distance_um.max() <= 2.0
    assert simulations_of(read.document)
    assert path.stat().st_size < 30 * 10_000


def test_the_reference_network(shared_data: Path, tmp_path: Path) -> None:
    """30 cells in a cube of 200 um: 100 to 123 connections on average, these seeds 90 to 135.

    Over many seeds the mean is 111 and the standard deviation 12.
    """
    tags = {"16": ["dendrites", "proximal_dendrites"], "17": ["dendrites", "distal_dendrites"],
            "18": ["axon", "axon_initial_segment"]}  # fmt: skip
    file = shared_data / "morphologies" / "StellateCell.swc"
    document = {
        "network": {"x": 100, "y": 200, "z": 300},
        "partitions": {"layer": {"thickness": 300}},
        "morphologies": [{"file": str(file), "parser": {"tags": tags}}],
        "cell_types": {
            "stellate": {
                "spatial": {"radius": 4, "count": 30, "morphologies": [{"names": ["StellateCell"]}]}
            }
        },
        "placement": {
            "placement": {
                "strategy": "bsb.placement.RandomPlacement",
                "cell_types": ["stellate"],
                "partitions": ["layer"],
            }
        },
        "connectivity": {
            "stellate_to_stellate": {
                "strategy": "bsb.connectivity.VoxelIntersection",
                "presynaptic": {"cell_types": ["stellate"], "morphology_labels": ["axon"]},
                "postsynaptic": {"cell_types": ["stellate"], "morphology_labels": ["dendrites"]},
                "affinity": 0.5,
            }
        },
    }
    read = from_document(document)
    path = tmp_path / "network.h5"
    counts = []
    for seed in range(10):
        done = compile_network(read, path, seed=seed, force=True)
        assert done.populations == (("stellate", 30),)
        counts.append(done.connections[0][1])
        assert path.stat().st_size < 30 * 10_000
    assert 100 <= np.mean(counts) <= 123
    assert min(counts) >= 90
    assert max(counts) <= 135
