"""Rotations as unit quaternions (w, x, y, z): stored, drawn, and turned into matrices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, IntArray


def matrices(quaternions: FloatArray) -> FloatArray:
    """Return the rotation matrices, shape (n, 3, 3), of unit quaternions, shape (n, 4)."""
    w, x, y, z = np.asarray(quaternions, dtype=np.float64).reshape(-1, 4).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0).copy()


def unrotated(count: int) -> FloatArray:
    """Return quaternions that change nothing, shape (count, 4)."""
    return np.tile([1.0, 0.0, 0.0, 0.0], (count, 1))


def uniform(draws: Draws, cells: IntArray) -> FloatArray:
    """Return random rotations, each equally likely, shape (n, 4).

    Source: Shoemake (1992), "Uniform random rotations", Graphics Gems III.
    """
    first, second, third = (draws.uniform(cells, axis) for axis in range(3))
    low, high = np.sqrt(1.0 - first), np.sqrt(first)
    second, third = 2.0 * np.pi * second, 2.0 * np.pi * third
    return np.stack(
        [high * np.cos(third), low * np.sin(second), low * np.cos(second), high * np.sin(third)],
        axis=1,
    )


def about(axis: str, angles: npt.ArrayLike) -> FloatArray:
    """Return rotations by angles in radians about one of the axes x, y, z, shape (n, 4)."""
    half = np.atleast_1d(np.asarray(angles, dtype=np.float64)) / 2.0
    found = np.zeros((len(half), 4))
    found[:, 0] = np.cos(half)
    found[:, 1 + "xyz".index(axis)] = np.sin(half)
    return found


def product(second: FloatArray, first: FloatArray) -> FloatArray:
    """Return the rotations that do `first`, then `second`, shape (n, 4)."""
    w, x, y, z = second.T
    a, b, c, d = first.T
    return np.stack(
        [
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        ],
        axis=1,
    )


def from_euler(angles_deg: npt.ArrayLike) -> FloatArray:
    """Return rotations about the fixed axes x, then y, then z, by angles in degrees, (n, 4)."""
    x, y, z = np.radians(np.asarray(angles_deg, dtype=np.float64).reshape(-1, 3)).T
    return product(about("z", z), product(about("y", y), about("x", x)))
