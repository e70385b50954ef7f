"""Near pairs by spatial tree, in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.spatial import KDTree

from bouton.model.morphology import FloatArray, IntArray

PAIRS_AT_ONCE = 2**18
_SLACK = 1.0 + 1e-6  # trees only preselect; what decides is computed the same way for any tree


def near_pairs(
    points: FloatArray, others: FloatArray, radius: float, p: float = 2.0
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield all pairs of points and others within a radius, in the norm `p`.

    All pairs of one point come at once. Pairs slightly beyond the radius may be among them.
    """
    if not len(points) or not len(others):
        return
    tree, reach = KDTree(others), radius * _SLACK
    counts = tree.query_ball_point(points, reach, p=p, return_length=True)
    for rows in runs(counts, PAIRS_AT_ONCE):
        near = KDTree(points[rows]).sparse_distance_matrix(tree, reach, p, output_type="ndarray")
        yield near["i"] + rows.start, near["j"]


def runs(sizes: IntArray, most: int) -> list[slice]:
    """Return runs of neighbours whose sizes add up to `most` and part of one more, at the most."""
    if not len(sizes):
        return []
    start = np.cumsum(sizes) - sizes
    cuts = np.flatnonzero(np.diff(start // most)) + 1
    return [slice(a, b) for a, b in pairwise([0, *cuts.tolist(), len(sizes)])]


def rotated(rotations: FloatArray, points: FloatArray) -> FloatArray:
    """Return points turned each by its own matrix, to the same digits in a block of any size."""
    return np.asarray(
        rotations[..., 0] * points[..., 0, None]
        + rotations[..., 1] * points[..., 1, None]
        + rotations[..., 2] * points[..., 2, None]
    )
