"""SONATA's indices of edges: which contacts leave or reach a cell, without reading all of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from bouton.model.morphology import IntArray
from bouton.results.safe_tables import guarded_tables

_ROWS_AT_ONCE = 1 << 18


def write_indices(file: Any, edges: Any, sources: int, targets: int) -> None:  # noqa: ANN401
    """Write both indices of a group of edges, which are sorted by target.

    A cell has ranges of edges: contacts that follow each other between the same two cells.

    Args:
        file: The file.
        edges: Group with `source_node_id` and `target_node_id`.
        sources: Number of cells that may send.
        targets: Number of cells that may receive.
    """
    indices = file.create_group(edges, "indices")
    for name, side, cells in (
        ("source_to_target", "source_node_id", sources),
        ("target_to_source", "target_node_id", targets),
    ):
        _write_index(file, file.create_group(indices, name), edges[side], cells)


def _write_index(file: Any, table: Any, column: Any, cells: int) -> None:  # noqa: ANN401
    counts = np.zeros(cells, dtype=np.int64)
    for owners, _ in _ranges(column):
        counts += np.bincount(owners, minlength=cells)
    ends = np.concatenate([[0], np.cumsum(counts)])
    _create(file, table, "node_id_to_ranges", cells)[:] = np.stack([ends[:-1], ends[1:]], axis=1)
    stored = _create(file, table, "range_to_edge_id", int(ends[-1]))
    # As many cells at once as keeps the number of ranges in memory bounded.
    steps = np.searchsorted(ends, np.arange(0, ends[-1] + _ROWS_AT_ONCE, _ROWS_AT_ONCE))
    for low, high in pairwise(np.unique(np.append(steps.clip(max=cells), cells)).tolist()):
        found = [
            (owners[own], ranges[own])
            for owners, ranges in _ranges(column)
            for own in [(owners >= low) & (owners < high)]
        ]
        if found:
            order = np.argsort(np.concatenate([owners for owners, _ in found]), kind="stable")
            ranges = np.concatenate([ranges for _, ranges in found])
            stored[ends[low] : ends[high]] = ranges[order]


def _ranges(column: Any) -> Iterator[tuple[IntArray, IntArray]]:  # noqa: ANN401
    """Yield cells and the first and last edge, exclusive, of their ranges, in order of edges."""
    for first in range(0, len(column), _ROWS_AT_ONCE):
        cells = column[first : first + _ROWS_AT_ONCE].astype(np.int64)
        starts = np.concatenate([[0], np.flatnonzero(np.diff(cells)) + 1])
        ends = np.append(starts[1:], len(cells))
        yield cells[starts], np.stack([starts, ends], axis=1) + first


def _create(file: Any, group: Any, name: str, rows: int) -> Any:  # noqa: ANN401
    atom = guarded_tables().UInt64Atom()
    if rows:
        return file.create_array(group, name, atom=atom, shape=(rows, 2))
    return file.create_earray(group, name, atom=atom, shape=(0, 2))
