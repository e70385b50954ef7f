"""Contacts where branches come within a distance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from attrs import field, frozen

from bouton.model.draws import Draws, threshold
from bouton.model.morphology import IntArray
from bouton.model.wiring import Branches, Contacts, Side
from bouton_plugins.networks.checks import chance, not_below_zero
from bouton_plugins.networks.connectors import keeps_self
from bouton_plugins.reconstruction.contacts.near import near_pairs, runs
from bouton_plugins.reconstruction.contacts.pieces import Cells, boxes
from bouton_plugins.reconstruction.contacts.places import (
    Columns,
    checked_branches,
    collected,
    joined,
    point_count,
)
from bouton_plugins.reconstruction.contacts.segments import closest

_POINTS_AT_ONCE = 2**19
_SEGMENTS_AT_ONCE = 2**17
_ROUNDING_UM = 1e-9  # what just touches counts, whatever the last digits of turned cells are


@frozen
class TouchDistance:
    """Cells connect where the surfaces of their branches come within a distance.

    The contact lies where they are closest, and its distance is what is left between the
    surfaces, 0 where they meet. Nothing is random unless `affinity` is below 1.

    Attributes:
        distance_um: Largest distance between the surfaces of two branches that touch.
        per: One contact for each two branches (sections) that touch, or only the closest of each
            two cells.
        affinity: Share of the contacts that is kept, each by its own draw.
        allow_self: Whether a cell may connect to itself.
    """

    distance_um: float = field(validator=not_below_zero)
    per: Literal["branch-pair", "cell-pair"] = "branch-pair"
    affinity: float = field(default=1.0, validator=chance)
    allow_self: bool = False

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the contacts.

        Raises:
            NetworkError: If a population has no branches, or a label is on none of them.
        """
        shapes = checked_branches(pre, "touch-distance"), checked_branches(post, "touch-distance")
        drops_self = not keeps_self(pre, post, allow_self=self.allow_self)
        found = []
        for cells, near in _neighbourhoods(pre, post, shapes, self.distance_um + _ROUNDING_UM):
            senders, receivers = Cells.of(pre, shapes[0], near), Cells.of(post, shapes[1], cells)
            parts = self._near(senders, receivers, drops_self=drops_self)
            found += [self._closest(touches) for touches in parts]
        target, source, section, source_section, x, source_x, gap = self._closest(joined(found))
        bits = draws.of("affinity").bits(source, target, source_section, section)
        keep = bits < threshold(self.affinity)
        kept = (target, source, section, source_section, x, source_x, np.maximum(gap, 0.0))
        return collected([tuple(column[keep] for column in kept)])

    def _near(self, senders: Cells, receivers: Cells, *, drops_self: bool) -> Iterator[Columns]:
        """Yield the touches of cells, a bounded number of segments at a time."""
        pres, posts = senders.pieces(), receivers.pieces()
        reach = self.distance_um + posts.reach.max() + pres.reach.max() + _ROUNDING_UM
        for row, column in near_pairs(posts.ball, pres.ball, reach):
            apart = posts.ball[row] - pres.ball[column]
            far = posts.reach[row] + pres.reach[column] + self.distance_um + _ROUNDING_UM
            keep = (apart * apart).sum(axis=1) <= far * far
            if drops_self:
                keep &= posts.cell[row] != pres.cell[column]
            row, column = row[keep], column[keep]
            one, other = pres.number[column], posts.number[row]
            sizes = senders.segments.count[one] * receivers.segments.count[other]
            for run in runs(sizes, _SEGMENTS_AT_ONCE):
                pair, first, second = _every_two(senders, receivers, one[run], other[run])
                cells = pres.cell[column[run]][pair], posts.cell[row[run]][pair]
                yield self._touches(senders, receivers, *cells, first, second)

    def _touches(
        self,
        senders: Cells,
        receivers: Cells,
        source: IntArray,
        target: IntArray,
        one: IntArray,
        other: IntArray,
    ) -> Columns:
        """Return which of many pairs of segments touch, and where."""
        shapes = senders.segments, receivers.segments
        shift = receivers.positions[target] - senders.positions[source]
        apart = receivers.turned(target, shapes[1].middle[other]) + shift
        apart -= senders.turned(source, shapes[0].middle[one])
        far = shapes[0].around[one] + shapes[1].around[other] + self.distance_um + _ROUNDING_UM
        near = np.flatnonzero((apart * apart).sum(axis=1) <= far * far)
        source, target, one, other = (cells[near] for cells in (source, target, one, other))
        s, t, between = closest(
            senders.turned(source, shapes[0].start[one]),
            senders.turned(source, shapes[0].step[one]),
            receivers.turned(target, shapes[1].start[other]) + shift[near],
            receivers.turned(target, shapes[1].step[other]),
        )
        gap = between - shapes[0].radius[one] - shapes[1].radius[other]
        columns = (
            target,
            source,
            shapes[1].section[other],
            shapes[0].section[one],
            np.minimum(shapes[1].x[other] + t * shapes[1].length[other], 1.0),
            np.minimum(shapes[0].x[one] + s * shapes[0].length[one], 1.0),
            gap,
        )
        keep = gap <= self.distance_um + _ROUNDING_UM
        return tuple(column[keep] for column in columns)

    def _closest(self, touches: Columns) -> Columns:
        """Return the closest touch of each two branches, or cells."""
        target, source, section, source_section, x, source_x, gap = touches
        keys = [target, source]
        if self.per == "branch-pair":
            keys += [section, source_section]
        order = np.lexsort((source_x, x, source_section, section, gap, *reversed(keys)))
        sorted_keys = np.array(keys)[:, order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(axis=0)
        return tuple(column[order[first]] for column in touches)


def _neighbourhoods(
    pre: Side, post: Side, shapes: tuple[Branches, Branches], distance_um: float
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield wanted cells in slabs, each with the sending cells in reach, if there are any."""
    if not len(post.wanted) or not len(pre):
        return
    low, high = boxes(pre, shapes[0])
    post_low, post_high = boxes(post, shapes[1])
    longest = int(np.argmax(np.ptp(post.positions[post.wanted], axis=0)))
    cells = post.wanted[np.argsort(post.positions[post.wanted, longest], kind="stable")]
    sizes = np.array([point_count(shape) for shape in shapes[1].morphologies])
    for run in runs(sizes[shapes[1].morphology_of[cells]], _POINTS_AT_ONCE):
        bottom = post_low[cells[run]].min(axis=0) - distance_um
        top = post_high[cells[run]].max(axis=0) + distance_um
        near = np.flatnonzero(((high >= bottom) & (low <= top)).all(axis=1))
        if len(near):
            yield cells[run], near


def _every_two(
    senders: Cells, receivers: Cells, one: IntArray, other: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Return the pair of pieces, and the segments, of every two segments of pairs of pieces."""
    width = senders.segments.count[one]
    sizes = width * receivers.segments.count[other]
    pair = np.repeat(np.arange(len(one)), sizes)
    nth = np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    row, column = nth // width[pair], nth % width[pair]
    return (
        pair,
        senders.segments.first[one][pair] + column,
        receivers.segments.first[other][pair] + row,
    )
