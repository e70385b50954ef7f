"""How the samples of a soma become one section, and in which words that is reported."""

from __future__ import annotations

import numpy as np

from bouton.model.morphology import FloatArray

Soma = tuple[FloatArray, str]


def of_sphere(point: FloatArray) -> Soma:
    """Return a cylinder along y with the area of the sphere that one sample stands for.

    Args:
        point: x, y, z, diameter, um, shape (4,).

    Source: NeuroMorpho.org, "SWC soma format": length = diameter gives 4 pi r^2.
    """
    points = _cylinder(point[:3], float(point[3]))
    return points, f"1 sample: cylinder of length and diameter {point[3]:g} um (area of the sphere)"


def of_path(points: FloatArray, centre_first: bool = False) -> Soma:
    """Return a soma whose samples lie along one path, taken as a stack of truncated cones.

    A closed outline (see `is_outline`) becomes a cylinder instead.

    Args:
        points: x, y, z, diameter, um, shape (n, 4), n >= 2, in order along the path.
        centre_first: Whether the file put a middle sample first, with an arm on either side.
    """
    if is_outline(points):
        return of_outline(points)
    if centre_first and len(points) == 3:
        return points, "3 samples, centre first: cylinder through them (NeuroMorpho convention)"
    return points, f"{len(points)} samples along a path: stack of truncated cones, as in the file"


def is_outline(points: FloatArray) -> bool:
    """Return whether samples are an outline: they close up, and are thin against their extent."""
    if len(points) < 4:
        return False
    steps = np.linalg.norm(np.diff(points[:, :3], axis=0), axis=1)
    gap = float(np.linalg.norm(points[-1, :3] - points[0, :3]))
    closes = gap <= 2 * float(steps.max()) and gap < 0.5 * float(steps.sum())
    return closes and float(points[:, 3].max()) / 2 < 0.25 * _mean_radius(points)


def of_outline(points: FloatArray) -> Soma:
    """Return a cylinder along y with the area of a sphere of the outline's mean radius."""
    diameter = 2 * _mean_radius(points)
    text = (
        f"outline of {len(points)} samples: cylinder of length and diameter {diameter:.4g} um "
        "(sphere of the mean distance from the outline to its centre)"
    )
    return _cylinder(points[:, :3].mean(axis=0), diameter), text


def of_area(points: FloatArray, area_um2: float) -> Soma:
    """Return a cylinder along y of a given lateral area at the middle of the samples."""
    diameter = float(np.sqrt(area_um2 / np.pi))
    text = (
        f"{len(points)} samples: cylinder of length and diameter {diameter:.4g} um "
        f"(their lateral area of {area_um2:.4g} um2)"
    )
    return _cylinder(points[:, :3].mean(axis=0), diameter), text


def _mean_radius(points: FloatArray) -> float:
    centre = points[:, :3].mean(axis=0)
    return float(np.linalg.norm(points[:, :3] - centre, axis=1).mean())


def _cylinder(centre: FloatArray, diameter: float) -> FloatArray:
    points = np.empty((3, 4))
    points[:, :3] = centre
    points[:, 1] += np.array([-0.5, 0.0, 0.5]) * diameter
    points[:, 3] = diameter
    return points
