"""Which points of pairs of cells lie in voxels that meet, for many pairs at once."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from bouton.model.morphology import FloatArray, IntArray
from bouton_plugins.reconstruction.contacts.near import rotated, runs
from bouton_plugins.reconstruction.contacts.voxels import VoxelTable

_COMPARISONS_AT_ONCE = 2**18


@frozen(eq=False)
class View:
    """Receiving cells, as sending cells see them: on their own axes, from their own origin.

    Attributes:
        turn: Turns a point of the receiving morphology, one matrix per pair, shape (n, 3, 3).
        shift: Added after turning, shape (n, 3), um.
    """

    turn: FloatArray
    shift: FloatArray

    @classmethod
    def of(cls, apart: FloatArray, pre: FloatArray, post: FloatArray) -> View:
        """Return the view for differences of position, (n, 3), and rotations, (n, 3, 3)."""
        back = pre.transpose(0, 2, 1)
        turn = np.stack([rotated(back, post[:, :, axis]) for axis in range(3)], axis=2)
        return cls(turn, rotated(back, apart))

    def points(self, xyz: FloatArray, pair: IntArray) -> FloatArray:
        """Return points, one per entry of `pair`, as that pair sees them, shape (m, 3)."""
        return rotated(self.turn[pair], xyz) + self.shift[pair]

    def along(self, xyz: FloatArray, axis: int) -> FloatArray:
        """Return one coordinate of all points for all pairs, shape (n, k)."""
        return np.asarray(self._turned(xyz, axis) + self.shift[:, axis, None])

    def _turned(self, xyz: FloatArray, axis: int) -> FloatArray:
        unit = np.zeros(3)
        unit[axis] = 1.0
        if (self.turn[:, axis] == unit).all():  # not turned: gives the same digits, sooner
            return xyz[None, :, axis]
        return rotated(self.turn[:, None, axis, None, :], xyz[None])[..., 0]


@frozen(eq=False)
class Meeting:
    """Receiving points that meet sending ones, ordered by pair.

    Attributes:
        table: Voxels of the sending morphology.
        pair: Pair of each, shape (m,).
        point: Receiving point, shape (m,).
        voxel: Its voxel in the table, shape (3, m).
        upto: Sum of the numbers of sending points met, up to each and with it, shape (m,).
        start: The same sum before each pair, shape (n,).
        total: What each pair adds to it: its number of pairs of points that meet, shape (n,).
    """

    table: VoxelTable
    pair: IntArray
    point: IntArray
    voxel: IntArray
    upto: IntArray
    start: IntArray
    total: IntArray

    @classmethod
    def of(cls, view: View, xyz: FloatArray, table: VoxelTable) -> Meeting:
        """Look for receiving points, shape (k, 3), um, in a table of sending ones."""
        layers, inside = zip(
            *(table.layer(view.along(xyz, axis), axis) for axis in range(3)), strict=True
        )
        pair, point = np.nonzero(inside[0] & inside[1] & inside[2])
        voxel = np.array([layer[pair, point] for layer in layers]).astype(np.int64)
        upto = np.cumsum(table.weights(voxel))
        sums = np.concatenate(([0], upto))
        edges = sums[np.searchsorted(pair, np.arange(len(view.shift) + 1))]
        return cls(table, pair, point, voxel, upto, edges[:-1], np.diff(edges))

    def picked(
        self, pair: IntArray, first: FloatArray, second: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Return one sending and one receiving point for each entry of `pair`.

        Every pair of points that meet is equally likely: so a pair of voxels is as likely as the
        product of its numbers of points says.

        Args:
            pair: Pairs, each with points that meet, shape (m,).
            first: Numbers within 0 to 1 that decide the receiving point, shape (m,).
            second: The same for the sending point.
        """
        rank = np.floor(first * self.total[pair]).astype(np.int64)
        at = np.searchsorted(self.upto, self.start[pair] + rank, side="right")
        voxel = self.voxel[:, at]
        rank = np.floor(second * self.table.weights(voxel)).astype(np.int64)
        sizes = np.full(len(pair), len(self.table.voxel))
        members = [
            self.table.member(voxel[:, run], rank[run]) for run in runs(sizes, _COMPARISONS_AT_ONCE)
        ]
        return np.concatenate([np.empty(0, dtype=np.int64), *members]), self.point[at]
