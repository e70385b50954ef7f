"""Vectors in space as tuples: plain arithmetic that gives the same digits everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable

Vector = tuple[float, float, float]


def vector(values: Iterable[float]) -> Vector:
    """Return three numbers as a vector."""
    x, y, z = values
    return x, y, z


def weighted(*terms: tuple[float, Vector]) -> Vector:
    """Return the sum of vectors, each times its factor."""
    return vector(sum(factor * part[axis] for factor, part in terms) for axis in range(3))


def unit(x: float, y: float, z: float) -> Vector:
    """Return a vector scaled to length 1."""
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def along(place: Vector, direction: Vector, distance: float) -> Vector:
    """Return the place at a distance in a direction."""
    return weighted((1.0, place), (distance, direction))


def across(direction: Vector, other: Vector) -> Vector:
    """Return the unit vector of the part of `other` that is perpendicular to a unit vector."""
    share = sum(a * b for a, b in zip(direction, other, strict=True))
    return unit(*weighted((1.0, other), (-share, direction)))


def turned(direction: Vector, side: Vector, angle_rad: float) -> Vector:
    """Return a unit vector turned by an angle towards another that is perpendicular to it."""
    return unit(*weighted((math.cos(angle_rad), direction), (math.sin(angle_rad), side)))
