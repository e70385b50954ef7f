"""Pieces of branches of many cells at once, where the cells are."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import fields, frozen

from bouton.model.morphology import FloatArray, IntArray
from bouton.model.wiring import Branches, Side
from bouton_plugins.reconstruction.contacts.candidates import CellBoxes
from bouton_plugins.reconstruction.contacts.near import rotated
from bouton_plugins.reconstruction.contacts.places import thickest
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


def boxes(side: Side, branches: Branches) -> tuple[FloatArray, FloatArray]:
    """Return the corners of boxes around cells, surfaces included, shape (n, 3) each, um."""
    around = CellBoxes.of(branches)
    thick = np.array([thickest(shape) for shape in branches.morphologies])
    half = around.half + thick[branches.morphology_of, None] / 2
    middle = side.positions + around.offset
    return middle - half, middle + half


@frozen(eq=False)
class Cells:
    """Some cells of a population, with the segments of all their shapes.

    Attributes:
        positions: Of each cell of the population, shape (n, 3), um.
        rotations: Matrix of each cell, shape (n, 3, 3).
        chosen: The cells.
        kind: Shape of each cell that is chosen, among their shapes, shape (n,).
        segments: Of all their shapes, one after another.
        first: First piece of each shape, and the end, shape (k + 1,).
    """

    positions: FloatArray
    rotations: FloatArray
    chosen: IntArray
    kind: IntArray
    segments: Segments
    first: IntArray

    @classmethod
    def of(cls, side: Side, branches: Branches, chosen: IntArray) -> Cells:
        """Return cells of a population, at least one."""
        kinds = np.unique(branches.morphology_of[chosen])
        order = np.zeros(len(branches.morphologies), dtype=np.int64)
        order[kinds] = np.arange(len(kinds))
        shapes = [
            labelled_segments(branches.morphologies[kind], tuple(branches.sections(kind).tolist()))
            for kind in kinds.tolist()
        ]
        first = np.cumsum([0, *(len(shape.ball) for shape in shapes)])
        before = np.cumsum([0, *(len(shape.start) for shape in shapes)])
        columns = {
            one.name: np.concatenate([getattr(shape, one.name) for shape in shapes])
            for one in fields(Segments)
        }
        columns["first"] += np.repeat(before[:-1], np.diff(first))
        kind = order[branches.morphology_of]
        return cls(side.positions, branches.rotations, chosen, kind, Segments(**columns), first)

    def pieces(self) -> Pieces:
        """Return all pieces of the cells."""
        kind = self.kind[self.chosen]
        counts = np.diff(self.first)[kind]
        cell = np.repeat(self.chosen, counts)
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
        """Whether none of them is turned: turning then changes no digit, and is left out."""
        return bool((self.rotations[self.chosen] == np.eye(3)).all())
