"""Dominance and hypervolume. All objectives are minimised."""

from __future__ import annotations

import numpy as np

from bouton.model.morphology import FloatArray, IntArray
from bouton.model.search import BoolArray


def non_dominated(objectives: FloatArray) -> BoolArray:
    """Return which points no other point dominates, shape (n,); equal points do not dominate.

    Args:
        objectives: Shape (n, m).
    """
    return np.asarray(~_dominance(objectives).any(axis=1))


def front_ranks(objectives: FloatArray) -> IntArray:
    """Return the front of each point, shape (n,): 0 for the non-dominated, 1 for the next, ..."""
    dominated_by = _dominance(objectives)
    ranks = np.full(len(dominated_by), -1)
    rank = 0
    while (ranks < 0).any():
        left = ranks < 0
        front = left & ~dominated_by[:, left].any(axis=1)
        ranks[front] = rank
        rank += 1
    return ranks


def _dominance(objectives: FloatArray) -> BoolArray:
    """Return D, shape (n, n): whether i is dominated by j."""
    points = np.asarray(objectives)
    no_worse = np.ones((len(points), len(points)), dtype=bool)
    for column in points.T:
        no_worse &= column[None, :] <= column[:, None]
    return np.asarray(no_worse & ~no_worse.T)


def hypervolume(objectives: FloatArray, reference: FloatArray) -> float:
    """Return the exact volume dominated by the points and bounded by the reference.

    Meant for up to about five objectives and a few hundred points; time grows steeply.

    Source: While, Bradstreet and Barone (2012), A fast way of calculating exact hypervolumes,
    IEEE Trans. Evol. Comput. 16.

    Args:
        objectives: Shape (n, m).
        reference: Shape (m,); points that are not better than it everywhere count for nothing.
    """
    points = np.asarray(objectives, dtype=np.float64)
    reference = np.asarray(reference, dtype=np.float64)
    points = np.unique(points[(points < reference).all(axis=1)], axis=0)
    return _volume(points[non_dominated(points)], reference)


def _volume(front: FloatArray, reference: FloatArray) -> float:
    if len(front) == 0:
        return 0.0
    if front.shape[1] == 1:
        return float(reference[0] - front.min())
    front = front[np.argsort(front[:, -1])[::-1]]
    if front.shape[1] == 2:
        # Sorted by falling second objective: of a front, the first objective rises.
        widths = reference[0] - front[:, 0]
        heights = np.append(reference[1], front[:-1, 1]) - front[:, 1]
        return float((widths * heights).sum())
    total = 0.0
    for row, point in enumerate(front):
        # What the later points share with this one is bounded by the worse of each pair. They are
        # all better in the last objective, so there this point decides: one dimension less.
        shared = np.unique(np.maximum(front[row + 1 :, :-1], point[:-1]), axis=0)
        inner = np.prod(reference[:-1] - point[:-1])
        inner -= _volume(shared[non_dominated(shared)], reference[:-1]) if len(shared) else 0.0
        total += inner * (reference[-1] - point[-1])
    return float(total)
