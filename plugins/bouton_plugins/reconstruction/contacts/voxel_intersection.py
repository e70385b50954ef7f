"""Contacts between cells whose branches have points in voxels that meet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import field, frozen, validators

from bouton.model.draws import Draws
from bouton.model.expressions import parsed
from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton.model.wiring import PAIR_NAMES, Branches, Contacts, PairVariables, Side
from bouton_plugins.networks.checks import chance
from bouton_plugins.reconstruction.contacts.candidates import thinned_candidates
from bouton_plugins.reconstruction.contacts.meeting import Meeting, View
from bouton_plugins.reconstruction.contacts.near import runs
from bouton_plugins.reconstruction.contacts.places import (
    Columns,
    Points,
    checked_branches,
    collected,
    labelled_points,
)
from bouton_plugins.reconstruction.contacts.voxels import VoxelTable, voxel_size

_POINTS_AT_ONCE = 2**18


def _contact_number(instance: object, attribute: Any, value: float | str) -> None:  # noqa: ANN401
    """Refuse a number below 1, or a formula that cannot be used."""
    del instance
    parsed(value, PAIR_NAMES)
    if not isinstance(value, str) and value < 1:
        raise ValueError(f"{attribute.name} must be 1 or above, got {value!r}")


_voxels = validators.and_(validators.ge(1), validators.le(1_000_000))


@frozen
class VoxelIntersection:
    """Cells connect where labelled points lie in voxels that meet; coarse, by design.

    Each cell is divided into voxels. Two cells connect if a voxel with points of one meets, on a
    common lattice, a voxel with points of the other. Each contact then joins a random point of
    one to a random point of the other, among those whose voxels meet: the two may lie tens of
    micrometres apart. Use `touch-distance` where places matter.

    Attributes:
        affinity: Share of the candidates (cells whose boxes meet) that each sending cell keeps,
            before it is known whether branches meet.
        contacts_per_pair: Contacts of each pair that connects: a number, or a formula of the pair
            such as `normal(3, 1)`, cut to a whole number; none if that is below 1.
        voxels_pre: Voxels that the box of a sending cell is divided into, about.
        voxels_post: The same for receiving cells.
        allow_self: Whether a cell may connect to itself.
    """

    affinity: float = field(default=1.0, validator=chance)
    contacts_per_pair: int | str = field(default=1, validator=_contact_number)
    voxels_pre: int = field(default=50, validator=_voxels)
    voxels_post: int = field(default=50, validator=_voxels)
    allow_self: bool = False

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the contacts.

        Raises:
            NetworkError: If a population has no branches, or a label is on none of them.
        """
        name = "voxel-intersection"
        shapes = checked_branches(pre, name), checked_branches(post, name)
        found = []
        for source, target in thinned_candidates(
            pre, post, shapes, draws, affinity=self.affinity, allow_self=self.allow_self
        ):
            for kinds, members in _alike(shapes, source, target):
                points = _points(shapes[0], kinds[0]), _points(shapes[1], kinds[1])
                table = _table(
                    points[0],
                    shapes[0].morphologies[kinds[0]],
                    shapes[1].morphologies[kinds[1]],
                    (self.voxels_pre, self.voxels_post),
                )
                sizes = np.full(len(members), len(points[1].x))
                for run in runs(sizes, _POINTS_AT_ONCE):
                    cells = source[members[run]], target[members[run]]
                    found.append(self._contacts(pre, post, shapes, cells, points, table, draws))
        return collected(found)

    def _contacts(
        self,
        pre: Side,
        post: Side,
        shapes: tuple[Branches, Branches],
        cells: tuple[IntArray, IntArray],
        points: tuple[Points, Points],
        table: VoxelTable,
        draws: Draws,
    ) -> Columns:
        """Return the contacts of pairs of cells that all have the same two morphologies."""
        source, target = cells
        apart = post.positions[target] - pre.positions[source]
        view = View.of(apart, shapes[0].rotations[source], shapes[1].rotations[target])
        meeting = Meeting.of(view, points[1].xyz, table)
        pair = np.flatnonzero(meeting.total)
        numbers = self._numbers(pre, post, source[pair], target[pair], draws)
        pair = np.repeat(pair, numbers)
        nth = np.arange(len(pair)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
        first, second = (
            draws.of(side).uniform(source[pair], target[pair], nth) for side in ("post", "pre")
        )
        one, other = meeting.picked(pair, first, second)
        steps = view.points(points[1].xyz[other], pair) - points[0].xyz[one]
        return (
            target[pair],
            source[pair],
            points[1].section[other],
            points[0].section[one],
            points[1].x[other],
            points[0].x[one],
            np.sqrt((steps * steps).sum(axis=1)),
        )

    def _numbers(
        self, pre: Side, post: Side, source: IntArray, target: IntArray, draws: Draws
    ) -> IntArray:
        value = parsed(self.contacts_per_pair, PAIR_NAMES)
        if isinstance(value, float):
            return np.full(len(source), int(value))
        names = PairVariables(pre, post, source, target)
        made = value.values(names, draws.of("number"), (source, target))
        return np.maximum(np.broadcast_to(made, source.shape), 0.0).astype(np.int64)


def _alike(
    shapes: tuple[Branches, Branches], source: IntArray, target: IntArray
) -> Iterator[tuple[tuple[int, int], IntArray]]:
    """Yield every combination of morphologies with the numbers of its pairs of cells."""
    one, other = shapes[0].morphology_of[source], shapes[1].morphology_of[target]
    kind = one * len(shapes[1].morphologies) + other
    order = np.argsort(kind, kind="stable")
    cuts = np.flatnonzero(np.diff(kind[order])) + 1
    for members in np.split(order, cuts) if len(order) else ():
        yield (int(one[members[0]]), int(other[members[0]])), members


def _points(branches: Branches, kind: int) -> Points:
    sections = tuple(branches.sections(kind).tolist())
    return labelled_points(branches.morphologies[kind], sections)


@lru_cache(maxsize=256)
def _table(
    points: Points, one: Morphology, other: Morphology, wished: tuple[int, int]
) -> VoxelTable:
    """Return the voxels of sending points: made once for two morphologies, not for every pair."""
    sizes: tuple[FloatArray, FloatArray] = voxel_size(one, wished[0]), voxel_size(other, wished[1])
    return VoxelTable.of(points.xyz, *sizes)
