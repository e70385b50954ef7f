"""Voxels: into how many a cell is divided, and which points of two lattices' voxels meet."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen

from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton_plugins.reconstruction.contacts.places import bounds

BoolArray = npt.NDArray[np.bool_]


def divisions(sides: FloatArray, wished: float) -> FloatArray:
    """Return whole numbers, at least 1, that divide a box into about `wished` voxels.

    The shortest side decides first: its share of the geometric mean, rounded down. The others
    share what is left in the same way; the last one takes the rest, rounded. A side without
    extent is not divided.
    """
    made = np.ones(len(sides))
    extended = np.flatnonzero(sides > 0)
    order = extended[np.argsort(sides[extended], kind="stable")]
    for done, axis in enumerate(order[:-1]):
        norm = sides[order[done:]] / sides[order[-1]]
        made[axis] = max(1.0, np.floor(norm[0] * (wished / norm.prod()) ** (1 / len(norm))))
        wished /= made[axis]
    made[order[-1:]] = max(1.0, np.rint(wished))
    return made


def voxel_size(morphology: Morphology, wished: int) -> FloatArray:
    """Return the sides of the voxels of a whole cell, um, shape (3,).

    An axis without extent has one layer, as thick as the thinnest of the other two sides.
    """
    low, high = bounds(morphology)
    size = (high - low) / divisions(high - low, wished)
    return np.where(size > 0, size, size[size > 0].min())


@frozen(eq=False)
class VoxelTable:
    """Points of a sending cell in voxels, and which of them a voxel of another lattice meets.

    Both lattices start at the origin of the sending cell's coordinates; voxels are closed boxes,
    so that neighbours of equal size meet.

    Attributes:
        size: Sides of the receiving cell's voxels, um, shape (3,).
        voxel: Voxel of each point, counted from the lowest one, shape (n, 3).
        first: Lowest receiving voxel in the table, per axis.
        low: First sending voxel that each receiving voxel meets, per axis.
        high: One after the last.
        below: Number of points in voxels below an index on all axes, shape (nx+1, ny+1, nz+1).
    """

    size: FloatArray
    voxel: IntArray
    first: IntArray
    low: tuple[IntArray, ...]
    high: tuple[IntArray, ...]
    below: IntArray

    @classmethod
    def of(cls, xyz: FloatArray, pre_size: FloatArray, post_size: FloatArray) -> VoxelTable:
        """Return the table of points, shape (n, 3), um, for two sizes of voxels."""
        voxel = np.floor(xyz / pre_size).astype(np.int64)
        lowest = voxel.min(axis=0)
        voxel -= lowest
        below = np.zeros(voxel.max(axis=0) + 2, dtype=np.int64)
        np.add.at(below, tuple((voxel + 1).T), 1)
        for axis in range(3):
            np.cumsum(below, axis=axis, out=below)
        ranges = [
            _meeting(lowest[axis] + np.arange(below.shape[axis] - 1), pre, post)
            for axis, (pre, post) in enumerate(zip(pre_size, post_size, strict=True))
        ]
        first, low, high = zip(*ranges, strict=True)
        return cls(post_size, voxel, np.array(first), low, high, below)

    def layer(self, along: FloatArray, axis: int) -> tuple[FloatArray, BoolArray]:
        """Return the layer of voxels of each coordinate, and whether it is in the table."""
        layer = np.floor(along / self.size[axis]) - self.first[axis]
        return layer, (layer >= 0) & (layer < len(self.low[axis]))

    def weights(self, voxel: IntArray) -> IntArray:
        """Return how many sending points meet each receiving voxel, shape (3, n) to (n,)."""
        low = [self.low[axis][voxel[axis]] for axis in range(3)]
        high = [self.high[axis][voxel[axis]] for axis in range(3)]
        return self._line(high[0], low, high) - self._line(low[0], low, high)

    def _line(self, x: IntArray, low: list[IntArray], high: list[IntArray]) -> IntArray:
        below = self.below
        upper = below[x, high[1], high[2]] - below[x, high[1], low[2]]
        lower = below[x, low[1], high[2]] - below[x, low[1], low[2]]
        return np.asarray(upper - lower)

    def member(self, voxel: IntArray, rank: IntArray) -> IntArray:
        """Return the sending point of a rank among those that meet a receiving voxel.

        Args:
            voxel: Receiving voxels, shape (3, n).
            rank: Rank among the sending points, below the weight of the voxel, shape (n,).
        """
        inside = np.ones((len(rank), len(self.voxel)), dtype=bool)
        for axis in range(3):
            at = self.voxel[None, :, axis]
            inside &= at >= self.low[axis][voxel[axis]][:, None]
            inside &= at < self.high[axis][voxel[axis]][:, None]
        return np.asarray((np.cumsum(inside, axis=1) > rank[:, None]).argmax(axis=1))


def _meeting(pre: IntArray, pre_side: float, post_side: float) -> tuple[int, IntArray, IntArray]:
    """Return the lowest receiving voxel that can meet, and the ranges of `pre` each meets."""
    lower, upper = pre * pre_side, (pre + 1) * pre_side
    first = int(np.floor(lower[0] / post_side)) - 2
    post = np.arange(first, int(np.floor(upper[-1] / post_side)) + 3)
    low = np.searchsorted(upper, post * post_side, side="left")
    high = np.searchsorted(lower, (post + 1) * post_side, side="right")
    return first, low, np.maximum(low, high)
