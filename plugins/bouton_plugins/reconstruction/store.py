"""One HDF5 file per network: nodes and edges in SONATA's layout, everything of ours beside them.

SONATA's part is not compressed, because libsonata is built without any of HDF5's filters. A file
appears under its name when it is whole, with a checksum behind its end.

Source: Dai et al. (2020), "The SONATA data format for efficient description of large-scale network
models", PLoS Comput Biol 16:e1007696.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import attrs
import numpy as np

from bouton.errors import ResultsError
from bouton.model.morphology import Morphology
from bouton.results.hdf5_nodes import (
    child_group,
    listed,
    node_name,
    original_name,
    read_array,
    read_json,
    read_strings,
    read_text,
    write_json,
)
from bouton.results.safe_tables import guarded_tables, new_tables, open_tables
from bouton.results.seal import check_seal
from bouton_plugins.reconstruction.digest import Digest
from bouton_plugins.reconstruction.edges import ROW, Rows
from bouton_plugins.reconstruction.indices import write_indices
from bouton_plugins.reconstruction.shapes import read_shape, write_shape
from bouton_plugins.reconstruction.tissue import PlacedPopulation, StoredConnections, Tissue

FORMAT = "bouton-network"
VERSION = 1

_AXES = ("x", "y", "z")
_TURNS = ("orientation_w", "orientation_x", "orientation_y", "orientation_z")
_PLACES = {
    "source_section": "efferent_section_id",
    "source_x": "efferent_section_pos",
    "target_section": "afferent_section_id",
    "target_x": "afferent_section_pos",
    "distance_um": "distance_um",
}


class EdgeRows(Protocol):
    """Rows of one connection set, wherever they are kept."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def blocks(self, targets: int) -> Iterator[Rows]:
        """Yield all rows in order."""


@attrs.frozen(eq=False)
class EdgeSet:
    """A connection set that is to be written.

    Attributes:
        name: Unique in the network.
        pre: Population that sends.
        post: Population that receives.
        rows: Its contacts.
    """

    name: str
    pre: str
    post: str
    rows: EdgeRows


def write_network(
    path: Path,
    populations: Sequence[PlacedPopulation],
    morphologies: Mapping[str, Morphology],
    edges: Iterable[EdgeSet],
    *,
    config: Mapping[str, Any],
    seed: int,
    provenance: Mapping[str, Any],
) -> str:
    """Write a network and return its digest; what had the name before is replaced at the end.

    Raises:
        ResultsError: If the file cannot be written.
    """
    digest = Digest()
    with new_tables(path) as file:
        attributes = file.root._v_attrs
        attributes["magic"] = np.uint32(0x0A7A)
        attributes["version"] = np.array([0, 1], dtype=np.uint32)
        ours = file.create_group(file.root, "bouton")
        shapes = file.create_group(ours, "morphologies")
        for name in sorted(morphologies):
            write_shape(file, shapes, name, morphologies[name])
            digest.morphology(name, morphologies[name])
        nodes = file.create_group(file.root, "nodes")
        for population in populations:
            _write_nodes(file, nodes, population)
            digest.population(population)
        sizes = {population.name: len(population) for population in populations}
        root = file.create_group(file.root, "edges")
        for one in edges:
            _write_edges(file, root, one, sizes, digest)
        write_json(file, ours, "description", dict(config))
        write_json(file, ours, "provenance", dict(provenance))
        write_json(
            file,
            ours,
            "order",
            {
                "populations": [[p.name, p.radius_um] for p in populations],
                "connections": digest.sets,
            },
        )
        marks = ours._v_attrs
        marks["format"], marks["version"] = FORMAT, VERSION
        marks["seed"], marks["digest"] = str(seed), digest.hex()
    return digest.hex()


def read_tissue(path: Path | str) -> Tissue:
    """Return a compiled network, after checking that the file is whole.

    Raises:
        ResultsError: If the file is missing, cut short, damaged or something else.
    """
    path = Path(path)
    _check_whole(path)
    with open_tables(path) as file:
        ours = _ours(file, path)
        order = read_json(ours, "order")
        shapes = child_group(ours, "morphologies")
        morphologies = {
            name: read_shape(shapes, name) for name in sorted(map(original_name, listed(shapes)))
        }
        nodes, edges = child_group(file.root, "nodes"), child_group(file.root, "edges")
        return Tissue(
            tuple(_read_nodes(nodes, name, radius) for name, radius in order["populations"]),
            tuple(_read_edges(edges, *names) for names in order["connections"]),
            morphologies,
            read_json(ours, "description"),
            int(read_text(ours, "seed")),
            read_text(ours, "digest"),
            read_json(ours, "provenance"),
        )


def read_origin(path: Path) -> tuple[int, str]:
    """Return the seed and the digest of a file without reading its network.

    Raises:
        ResultsError: If it is no compiled network.
    """
    with open_tables(path) as file:
        ours = _ours(file, path)
        return int(read_text(ours, "seed")), read_text(ours, "digest")


def verify(path: Path | str) -> Tissue:
    """Return the network of a file after checking everything about it.

    Raises:
        ResultsError: If anything does not fit: the checksum, the digest, a cell or a place that
            does not exist.
    """
    tissue = read_tissue(path)
    digest = Digest()
    for name in sorted(tissue.morphologies):
        digest.morphology(name, tissue.morphologies[name])
    for population in tissue.populations:
        digest.population(population)
    for one in tissue.connections:
        rows = rows_of(one)
        digest.connections(one.name, one.pre, one.post)
        digest.rows(rows)
        _check_rows(tissue, one)
    if digest.hex() != tissue.digest:
        raise ResultsError(
            f"{path}: its cells and contacts do not give the digest that it states; "
            "it was changed by something else, compile the network again"
        )
    return tissue


def replace_simulations(path: Path | str, simulations: Mapping[str, Any]) -> None:
    """Put other simulations into the description of a file; the tissue stays as it is, bit for bit.

    Args:
        path: The file; it is replaced at once, or not at all.
        simulations: Section `simulations` as a JSON-ready document.

    Raises:
        ResultsError: If the file is no whole network, or cannot be written.
    """
    path = Path(path)
    _check_whole(path)
    with open_tables(path) as old:
        ours = _ours(old, path)
        config = {**read_json(ours, "description"), "simulations": dict(simulations)}
        with new_tables(path) as file:
            old.root._v_attrs._f_copy(file.root)
            for group in old.root._f_iter_nodes("Group"):
                group._f_copy(file.root, recursive=True)
            file.remove_node(file.root.bouton, "description")
            write_json(file, file.root.bouton, "description", config)


def rows_of(one: StoredConnections) -> Rows:
    """Return the contacts of a set as rows."""
    rows = np.empty(len(one), dtype=ROW)
    for name in ROW.names or ():
        rows[name] = getattr(one, name)
    return rows


def _check_whole(path: Path) -> None:
    if not path.is_file():
        raise ResultsError(f"{path}: no such file")
    check_seal(path)


def _ours(file: Any, path: Path) -> Any:  # noqa: ANN401
    try:
        ours = child_group(file.root, "bouton")
        found = read_text(ours, "format")
    except ResultsError as error:
        raise ResultsError(f"{path} is no network that `bouton network compile` made") from error
    version = int(ours._v_attrs["version"])
    if found != FORMAT or version > VERSION:
        raise ResultsError(f"{path} is {found} of version {version}; this Bouton reads {VERSION}")
    return ours


def _write_plain(file: Any, group: Any, name: str, array: Any) -> None:  # noqa: ANN401
    array = np.ascontiguousarray(array)
    if array.size:
        file.create_array(group, name, obj=array)
    else:
        file.create_earray(group, name, obj=array)


def _write_nodes(file: Any, root: Any, population: PlacedPopulation) -> None:  # noqa: ANN401
    n = len(population)
    group = file.create_group(root, node_name(population.name))
    _write_plain(file, group, "node_type_id", np.zeros(n, dtype=np.int64))
    _write_plain(file, group, "node_group_id", np.zeros(n, dtype=np.uint32))
    _write_plain(file, group, "node_group_index", np.arange(n, dtype=np.uint64))
    values = file.create_group(group, "0")
    for axis, column in zip(_AXES, population.positions.T, strict=True):
        _write_plain(file, values, axis, column)
    for turn, column in zip(_TURNS, population.quaternions.T, strict=True):
        _write_plain(file, values, turn, column)
    if population.morphologies:
        _write_plain(file, values, "morphology", population.morphology_of.astype(np.uint32))
        library = file.create_group(values, "@library")
        names = [name.encode() for name in population.morphologies]
        _write_plain(file, library, "morphology", np.array(names))


def _read_nodes(root: Any, name: str, radius_um: float) -> PlacedPopulation:  # noqa: ANN401
    values = child_group(child_group(root, node_name(name)), "0")
    morphology_of = np.empty(0, dtype=np.int64)
    names: tuple[str, ...] = ()
    if "morphology" in values._v_children:
        morphology_of = read_array(values, "morphology").astype(np.int64)
        names = tuple(read_strings(child_group(values, "@library"), "morphology"))
    return PlacedPopulation(
        name,
        np.stack([read_array(values, axis) for axis in _AXES], axis=1),
        np.stack([read_array(values, turn) for turn in _TURNS], axis=1),
        morphology_of,
        names,
        radius_um,
    )


def _write_edges(
    file: Any,  # noqa: ANN401
    root: Any,  # noqa: ANN401
    one: EdgeSet,
    sizes: Mapping[str, int],
    digest: Digest,
) -> None:
    group = file.create_group(root, node_name(one.name))
    values = file.create_group(group, "0")
    n = len(one.rows)
    digest.connections(one.name, one.pre, one.post)
    ids = {
        side: _column(file, group, f"{side}_node_id", np.uint64, n) for side in ("source", "target")
    }
    ids["source"]._v_attrs["node_population"] = node_name(one.pre)
    ids["target"]._v_attrs["node_population"] = node_name(one.post)
    index = _column(file, group, "edge_group_index", np.uint64, n)
    for name, kind in (("edge_type_id", np.int64), ("edge_group_id", np.uint32)):
        _column(file, group, name, kind, n)
    columns = {
        ours: _column(file, values, theirs, ROW[ours], n) for ours, theirs in _PLACES.items()
    }
    at = 0
    for rows in one.rows.blocks(sizes[one.post]):
        digest.rows(rows)
        piece = slice(at, at + len(rows))
        for name, column in {**ids, **columns}.items():
            column[piece] = rows[name]
        index[piece] = np.arange(at, at + len(rows), dtype=np.uint64)
        at += len(rows)
    write_indices(file, group, sizes[one.pre], sizes[one.post])


def _column(file: Any, group: Any, name: str, kind: Any, n: int) -> Any:  # noqa: ANN401
    atom = guarded_tables().Atom.from_dtype(np.dtype(kind))
    if n:
        return file.create_array(group, name, atom=atom, shape=(n,))
    return file.create_earray(group, name, atom=atom, shape=(0,))


def _read_edges(root: Any, name: str, pre: str, post: str) -> StoredConnections:  # noqa: ANN401
    group = child_group(root, node_name(name))
    values = child_group(group, "0")
    columns = {ours: read_array(values, theirs) for ours, theirs in _PLACES.items()}
    return StoredConnections(
        name,
        pre,
        post,
        read_array(group, "source_node_id").astype(np.int64),
        read_array(group, "target_node_id").astype(np.int64),
        columns["source_section"].astype(np.int64),
        columns["source_x"],
        columns["target_section"].astype(np.int64),
        columns["target_x"],
        columns["distance_um"],
    )


def _check_rows(tissue: Tissue, one: StoredConnections) -> None:
    for side, population in (("source", one.pre), ("target", one.post)):
        cells = getattr(one, side)
        placed = tissue.population(population)
        if len(cells) and not (cells.min() >= 0 and cells.max() < len(placed)):
            raise ResultsError(f"{one.name}: a {side} is no cell of {population!r}")
        if not placed.morphologies:
            continue
        sizes = np.array([len(tissue.morphologies[name]) for name in placed.morphologies])
        section, x = getattr(one, f"{side}_section"), getattr(one, f"{side}_x")
        fits = (section >= 0) & (section < sizes[placed.morphology_of[cells]])
        if not (fits & (x >= 0) & (x <= 1)).all():
            raise ResultsError(f"{one.name}: a {side} place does not exist on its cell")
