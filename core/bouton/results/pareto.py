"""Which evaluations no other evaluation beats in every objective."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bouton.model.morphology import FloatArray

_BLOCK = 256


def non_dominated(objectives: FloatArray) -> npt.NDArray[np.int64]:
    """Return the rows that no other row dominates, in ascending order.

    A row dominates another if it is nowhere larger and somewhere smaller; equal rows do not
    dominate each other. Rows with nan take no part.

    Args:
        objectives: All minimised, shape (n, m).

    Returns:
        Row indices, shape (k,).
    """
    rows = np.flatnonzero(~np.isnan(objectives).any(axis=1))
    if not len(rows) or not objectives.shape[1]:
        return rows
    # In lexicographic order a row can only be dominated by one that comes before it.
    order = rows[np.lexsort(objectives[rows].T[::-1])]
    front = np.empty((0, objectives.shape[1]))
    kept: list[npt.NDArray[np.int64]] = []
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        block = block[~_dominated(objectives[block], front)]
        block = block[~_dominated(objectives[block], objectives[block])]
        kept.append(block)
        front = np.concatenate((front, objectives[block]))
    return np.sort(np.concatenate(kept))


def _dominated(points: FloatArray, others: FloatArray) -> npt.NDArray[np.bool_]:
    """Return for each of `points` whether any of `others` dominates it, shape (n,)."""
    nowhere_larger = np.ones((len(others), len(points)), dtype=bool)
    somewhere_smaller = np.zeros_like(nowhere_larger)
    for theirs, ours in zip(others.T, points.T, strict=True):
        nowhere_larger &= theirs[:, None] <= ours[None, :]
        somewhere_smaller |= theirs[:, None] < ours[None, :]
    return np.asarray((nowhere_larger & somewhere_smaller).any(axis=0))
