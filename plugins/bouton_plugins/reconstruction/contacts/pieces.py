"""Pieces of branches of many cells at once, where the cells are."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import fields, frozen

from bouton.model.morphology import FloatArray, IntArray
from bouton.model.wiring import Branches, Side
from bouton_plugins.reconstruction.contacts.near import rotated, runs
from bouton_plugins.reconstruction.contacts.segments import Segments, labelled_segments


@frozen(eq=False)
class Pieces:
    """Pieces of some cells.

    Attributes:
        cell: Cell of each, shape (n,).
        number: Number among the pieces of all shapes, shape (n,).
        ball: Middle of the ball around it, shape (n, 3), um.
        reach: Radius of the ball, shape (n,), um.
    """

    cell: IntArray
    number: IntArray
    ball: FloatArray
    reach: FloatArray


@frozen(eq=False)
class Cells:
    """The cells of a population with the segments of all their shapes.

    Attributes:
        positions: Of each cell, shape (n, 3), um.
        rotations: Matrix of each cell, shape (n, 3, 3).
        kind: Shape of each cell, shape (n,).
        segments: Of all shapes, one after another.
        first: First piece of each shape, and the end, shape (k + 1,).
    """

    positions: FloatArray
    rotations: FloatArray
    kind: IntArray
    segments: Segments
    first: IntArray

    @classmethod
    def of(cls, side: Side, branches: Branches) -> Cells:
        """Return the cells of a population."""
        shapes = [
            labelled_segments(shape, tuple(branches.sections(number).tolist()))
            for number, shape in enumerate(branches.morphologies)
        ]
        first = np.cumsum([0, *(len(shape.ball) for shape in shapes)])
        before = np.cumsum([0, *(len(shape.start) for shape in shapes)])
        columns = {
            one.name: np.concatenate([getattr(shape, one.name) for shape in shapes])
            for one in fields(Segments)
        }
        columns["first"] += np.repeat(before[:-1], np.diff(first))
        return cls(
            side.positions, branches.rotations, branches.morphology_of, Segments(**columns), first
        )

    def blocks(self, cells: IntArray, most: int) -> list[IntArray]:
        """Return cells in neighbourhoods with about so many pieces each."""
        place = self.positions[cells]
        if not len(cells):
            return []
        longest = int(np.argmax(np.ptp(place, axis=0)))
        cells = cells[np.argsort(place[:, longest], kind="stable")]
        return [cells[run] for run in runs(np.diff(self.first)[self.kind[cells]], most)]

    def near(self, points: FloatArray, reach: float) -> IntArray:
        """Return the cells with a piece that may be within `reach` of the box around points."""
        shape = self.segments
        out = np.sqrt((shape.ball * shape.ball).sum(axis=1)) + shape.reach
        own = np.maximum.reduceat(out, self.first[:-1])[self.kind][:, None] + reach
        low, high = points.min(axis=0) - own, points.max(axis=0) + own
        return np.flatnonzero(((self.positions >= low) & (self.positions <= high)).all(axis=1))

    def pieces(self, cells: IntArray) -> Pieces:
        """Return all pieces of some cells."""
        kind = self.kind[cells]
        counts = np.diff(self.first)[kind]
        cell = np.repeat(cells, counts)
        number = np.arange(len(cell)) + np.repeat(
            self.first[kind] - np.cumsum(counts) + counts, counts
        )
        ball = self.turned(cell, self.segments.ball[number]) + self.positions[cell]
        return Pieces(cell, number, ball, self.segments.reach[number])

    def turned(self, cell: IntArray, vectors: FloatArray) -> FloatArray:
        """Return vectors as the cells are turned, shape (n, 3)."""
        return vectors if self.is_upright else rotated(self.rotations[cell], vectors)

    @cached_property
    def is_upright(self) -> bool:
        """Whether no cell is turned: turning then changes no digit, and is left out."""
        return bool((self.rotations == np.eye(3)).all())
