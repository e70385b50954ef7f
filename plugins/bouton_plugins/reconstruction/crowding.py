"""Which points are close to each other: a lattice of bins instead of all pairs."""

from __future__ import annotations

import itertools

import numpy as np

from bouton.model.morphology import FloatArray, IntArray


def close_pairs(first: FloatArray, second: FloatArray, reach_um: float) -> tuple[IntArray, ...]:
    """Return all pairs of points within a distance: index in `first`, index in `second`.

    Args:
        first: Shape (n, 3), um.
        second: Shape (m, 3), um.
        reach_um: The distance, above 0.
    """
    if not len(first) or not len(second):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    low = np.minimum(first.min(axis=0), second.min(axis=0))
    bins = np.floor((first - low) / reach_um).astype(np.int64) + 1
    others = np.floor((second - low) / reach_um).astype(np.int64) + 1
    sides = np.maximum(bins.max(axis=0), others.max(axis=0)) + 2
    keys = _number(others, sides)
    order = np.argsort(keys, kind="stable")
    found = []
    for step in itertools.product((-1, 0, 1), repeat=3):
        wanted = _number(bins + np.array(step), sides)
        start = np.searchsorted(keys[order], wanted)
        counts = np.searchsorted(keys[order], wanted, side="right") - start
        rows = np.repeat(np.arange(len(first)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        found.append((rows, order[np.repeat(start, counts) + within]))
    rows, columns = (np.concatenate(parts) for parts in zip(*found, strict=True))
    steps = first[rows] - second[columns]
    keep = np.einsum("ij,ij->i", steps, steps) <= reach_um**2
    return rows[keep], columns[keep]


def _number(bins: IntArray, sides: IntArray) -> IntArray:
    return np.asarray((bins[:, 0] * sides[1] + bins[:, 1]) * sides[2] + bins[:, 2])
