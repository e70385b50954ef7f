"""Files of networks: read by others, checked, changed only where they may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import tables

from bouton.errors import NetworkError, ResultsError
from bouton.results.seal import seal
from bouton_plugins.reconstruction import Tissue, compile_network, indices, read_tissue, verify
from bouton_plugins.reconstruction.edges import ROW, Runs
from bouton_plugins.reconstruction.reading import from_document
from bouton_plugins.reconstruction.store import read_origin, replace_simulations


@pytest.fixture
def network(layer: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "network.h5"
    compile_network(from_document(layer), path)
    return path


def test_everything_comes_back(network: Path, layer: dict[str, Any]) -> None:
    read = from_document(layer)
    tissue = verify(network)
    assert tissue.config == read.document
    assert read_origin(network) == (5, tissue.digest)
    assert tissue.provenance["versions"]["bouton"]
    mine, theirs = tissue.morphologies["small"], read.morphologies["small"]
    for one, other in zip(mine.sections, theirs.sections, strict=True):
        for field in attrs.fields(type(one)):
            np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))
    with pytest.raises(NetworkError, match="no population 'cell'; did you mean 'cells'"):
        tissue.population("cell")


def test_libsonata_reads_the_same(network: Path) -> None:
    libsonata = pytest.importorskip("libsonata", reason="libsonata is not installed")
    tissue = read_tissue(network)
    nodes = libsonata.NodeStorage(str(network)).open_population("cells")
    cells = tissue.population("cells")
    every = nodes.select_all()
    assert nodes.size == len(cells) == 40
    for column, axis in enumerate("xyz"):
        np.testing.assert_array_equal(nodes.get_attribute(axis, every), cells.positions[:, column])
    for column, axis in enumerate("wxyz"):
        turn = nodes.get_attribute(f"orientation_{axis}", every)
        np.testing.assert_array_equal(turn, cells.quaternions[:, column])
    assert set(nodes.get_attribute("morphology", every)) == {"small"}

    edges = libsonata.EdgeStorage(str(network)).open_population("touch")
    one = tissue.connection("touch")
    every = edges.select_all()
    assert (edges.source, edges.target, edges.size) == ("cells", "cells", len(one))
    np.testing.assert_array_equal(edges.source_nodes(every), one.source)
    np.testing.assert_array_equal(edges.target_nodes(every), one.target)
    for theirs, ours in (
        ("efferent_section_id", one.source_section),
        ("efferent_section_pos", one.source_x),
        ("afferent_section_id", one.target_section),
        ("afferent_section_pos", one.target_x),
        ("distance_um", one.distance_um),
    ):
        np.testing.assert_array_equal(edges.get_attribute(theirs, every), ours)


@pytest.mark.parametrize("at_once", [1 << 18, 7])
def test_libsonata_finds_the_contacts_of_a_cell(
    layer: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    libsonata = pytest.importorskip("libsonata", reason="libsonata is not installed")
    monkeypatch.setattr(indices, "_ROWS_AT_ONCE", at_once)
    layer["cell_types"]["more"] = {**layer["cell_types"]["cells"], "amount": {"count": 9}}
    layer["placement"]["cells"]["cell_types"].append("more")
    layer["connectivity"]["touch"]["post"]["cell_types"] = ["more"]
    path = tmp_path / "network.h5"
    compile_network(from_document(layer), path)
    one = read_tissue(path).connection("touch")
    edges = libsonata.EdgeStorage(str(path)).open_population("touch")
    for cells in ([3], [0, 39], range(40)):
        found = edges.efferent_edges(list(cells)).flatten()
        np.testing.assert_array_equal(found, np.flatnonzero(np.isin(one.source, cells)))
    for cells in ([4], [0, 8], range(9)):
        found = edges.afferent_edges(list(cells)).flatten()
        np.testing.assert_array_equal(found, np.flatnonzero(np.isin(one.target, cells)))
    assert edges.connecting_edges([0, 1, 2], list(range(9))).flat_size == (one.source < 3).sum()


def test_a_network_without_contacts(layer: dict[str, Any], tmp_path: Path) -> None:
    layer["connectivity"]["touch"]["rule"]["distance_um"] = 0.0
    layer["cell_types"]["cells"]["amount"]["count"] = 1
    path = tmp_path / "network.h5"
    done = compile_network(from_document(layer), path)
    assert done.connections == (("touch", 0),)
    assert done.notices == ("connectivity.touch: nothing connects",)
    assert len(verify(path).connection("touch")) == 0


def test_only_simulations_are_replaced(network: Path) -> None:
    before = verify(network)
    replace_simulations(network, {"run": {"duration_ms": 1.0}})
    after = verify(network)
    assert after.config == {**before.config, "simulations": {"run": {"duration_ms": 1.0}}}
    assert (after.digest, after.seed) == (before.digest, before.seed)
    assert after.provenance == before.provenance
    np.testing.assert_array_equal(after.connections[0].source_x, before.connections[0].source_x)
    assert [p.name for p in network.parent.iterdir()] == ["network.h5"]


@pytest.mark.parametrize("harm", ["cut", "flip", "longer", "empty"])
def test_damage_is_found(network: Path, harm: str) -> None:
    data = bytearray(network.read_bytes())
    if harm == "flip":
        data[len(data) // 2] ^= 1
    changed = {"cut": data[:-100], "flip": data, "longer": data + b"x", "empty": b""}[harm]
    network.write_bytes(changed)
    for use in (verify, read_tissue, lambda path: replace_simulations(path, {})):
        with pytest.raises(ResultsError):
            use(network)
    assert network.read_bytes() == changed


@pytest.mark.parametrize(
    ("node", "value", "message"),
    [
        ("/edges/touch/0/afferent_section_pos", 0.25, "digest"),
        ("/edges/touch/source_node_id", 40, "no cell of 'cells'"),
        ("/edges/touch/0/afferent_section_id", 500, "does not exist on its cell"),
        ("/nodes/cells/0/x", 1.0, "digest"),
    ],
)
def test_contents_that_others_changed_are_found(
    network: Path, node: str, value: float, message: str
) -> None:
    with tables.open_file(str(network), "a") as file:
        file.get_node(node)[0] = value
    seal(network)
    with pytest.raises(ResultsError, match=message):
        verify(network)


def test_files_of_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    with tables.open_file(str(path), "w") as file:
        file.create_group("/", "bouton")
    seal(path)
    with pytest.raises(ResultsError, match="no network that"):
        read_tissue(path)
    with pytest.raises(ResultsError, match="no such file"):
        read_tissue(tmp_path / "nothing.h5")


def test_runs_come_back_sorted_however_they_were_divided(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = np.zeros(5000, dtype=ROW)
    rows["source"], rows["target"] = rng.integers(0, 300, 5000), rng.integers(0, 70, 5000)
    rows["target_x"] = rng.uniform(size=5000)
    for number, cuts in enumerate(([2500], [1, 7, 4000], [])):
        runs = Runs(tmp_path / f"{number}.rows")
        for piece in np.split(rows, cuts):
            runs.append(piece)
        assert len(runs) == 5000
        found = np.concatenate(list(runs.blocks(70)))
        order = np.lexsort((rows["target_x"], rows["source"], rows["target"]))
        np.testing.assert_array_equal(found, rows[order])


def test_tissue_of_no_connection_set(layer: dict[str, Any], tmp_path: Path) -> None:
    layer["connectivity"] = {}
    compile_network(from_document(layer), tmp_path / "network.h5")
    tissue = verify(tmp_path / "network.h5")
    assert isinstance(tissue, Tissue)
    with pytest.raises(NetworkError, match="it has none at all"):
        tissue.connection("x")
