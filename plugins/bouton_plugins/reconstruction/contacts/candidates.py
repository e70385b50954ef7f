"""Pairs of cells whose boxes meet, and how affinity thins them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from attrs import frozen

from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.wiring import Branches, Side
from bouton_plugins.networks.connectors import keeps_self
from bouton_plugins.reconstruction.contacts.near import near_pairs, rotated
from bouton_plugins.reconstruction.contacts.places import bounds

_THINNEST_UM = 1e-3  # the preselecting tree takes boxes thinner than this for this thick


@frozen(eq=False)
class CellBoxes:
    """Boxes along the axes around whole cells.

    Attributes:
        offset: From the position of each cell to the middle of its box, shape (n, 3), um.
        half: Half the sides, shape (n, 3), um.
    """

    offset: FloatArray
    half: FloatArray

    @classmethod
    def of(cls, branches: Branches) -> CellBoxes:
        """Return boxes around the turned corners of each cell's own box."""
        edges = np.array([bounds(shape) for shape in branches.morphologies]).reshape(-1, 2, 3)
        low, high = edges[branches.morphology_of, 0], edges[branches.morphology_of, 1]
        return cls(
            rotated(branches.rotations, (low + high) / 2),
            rotated(np.abs(branches.rotations), (high - low) / 2),
        )


def thinned_candidates(
    pre: Side,
    post: Side,
    shapes: tuple[Branches, Branches],
    draws: Draws,
    *,
    affinity: float,
    allow_self: bool,
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield pairs of sending and wanted receiving cells whose boxes meet, in bounded pieces.

    Of the k candidates of one sending cell floor(k affinity) are kept, and one more with
    probability frac(k affinity), whichever targets are wanted.
    """
    boxes = CellBoxes.of(shapes[0]), CellBoxes.of(shapes[1])
    half = boxes[0].half.max(axis=0, initial=0.0) + boxes[1].half.max(axis=0, initial=0.0)
    scale = np.maximum(half, _THINNEST_UM)
    senders = (pre.positions + boxes[0].offset) / scale
    receivers = (post.positions + boxes[1].offset) / scale
    wanted = np.zeros(len(post), dtype=bool)
    wanted[post.wanted] = True
    asked = np.arange(len(pre))
    others = post.wanted
    if affinity < 1.0:
        asked = _with_neighbours(senders, receivers[wanted])
        others = np.arange(len(post))
    for rows, columns in near_pairs(senders[asked], receivers[others], 1.0, np.inf):
        source, target = asked[rows], others[columns]
        apart = (post.positions[target] - pre.positions[source]) + (
            boxes[1].offset[target] - boxes[0].offset[source]
        )
        keep = (np.abs(apart) <= boxes[0].half[source] + boxes[1].half[target]).all(axis=1)
        if not keeps_self(pre, post, allow_self=allow_self):
            keep &= source != target
        source, target = source[keep], target[keep]
        if affinity < 1.0:
            keep = _thinned(source, target, affinity, draws) & wanted[target]
            source, target = source[keep], target[keep]
        yield source, target


def _with_neighbours(senders: FloatArray, receivers: FloatArray) -> IntArray:
    """Return the senders that may reach one of the receivers, rising."""
    found = [np.unique(rows) for rows, _ in near_pairs(senders, receivers, 1.0, np.inf)]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _thinned(
    source: IntArray, target: IntArray, affinity: float, draws: Draws
) -> npt.NDArray[np.bool_]:
    """Return which pairs are kept; a larger affinity only keeps more."""
    order = np.lexsort((target, draws.of("affinity").bits(source, target), source))
    cells, first, counts = np.unique(source[order], return_index=True, return_counts=True)
    rank = np.arange(len(source)) - np.repeat(first, counts)
    share = counts * affinity
    more = draws.of("affinity rest").uniform(cells) < share - np.floor(share)
    keep = np.empty(len(source), dtype=bool)
    keep[order] = rank < np.repeat(np.floor(share) + more, counts)
    return keep
