"""Checks of points that every text loader makes: finite, in um, with a thickness."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bouton.model.morphology import FloatArray, IntArray
from bouton_plugins.morphologies.source import SourceText

# One metre: larger numbers are no positions in um, and would overflow NEURON's float32 points.
MAX_UM = 1e6
# Smaller diameters vanish beside a place in float32.
MIN_DIAMETER_UM = 1e-6


def check_points(
    source: SourceText, points: FloatArray, lines: IntArray, minimum_um: float, thickness: str
) -> int:
    """Check points; raise thin ones in place if a minimum is given, and return how many.

    Args:
        source: The file, for errors.
        points: x, y, z, diameter, um, shape (n, 4).
        lines: Line of each point, shape (n,).
        minimum_um: Smallest diameter, um; 0 makes a zero diameter an error.
        thickness: What the file gives, `radius` or `diameter`, for messages.

    Raises:
        MorphologyError: Naming the line of the first point that is impossible.
    """
    finite = np.isfinite(points)
    if not finite.all():
        _fail(source, lines, np.any(~finite, axis=1), "a number is not finite (nan, inf)")
    if (np.abs(points) > MAX_UM).any():
        far = np.any(np.abs(points) > MAX_UM, axis=1)
        problem = f"a position or {thickness} is beyond {MAX_UM:g} um"
        _fail(source, lines, far, problem, "are the units um?")
    diameter = points[:, 3]
    if (diameter < 0).any():
        _fail(source, lines, diameter < 0, f"the {thickness} is negative")
    thin = diameter < max(minimum_um, MIN_DIAMETER_UM)
    if not thin.any():
        return 0
    if minimum_um <= 0:
        remedy = "mend it, or set minimum_diameter_um to have thin points raised to it"
        _fail(source, lines, thin, f"the {thickness} is zero", remedy)
    diameter[thin] = minimum_um
    return int(thin.sum())


def raised(count: int, minimum_um: float) -> list[str]:
    """Return the note about raised diameters, if there were any."""
    return [f"{count} diameters raised to the minimum of {minimum_um:g} um"] if count else []


def same_place(points: FloatArray) -> bool:
    """Return whether all points lie at one place, as float32 stores them."""
    place = points[:, :3].astype(np.float32)
    return bool(np.all(place == place[0]))


def _fail(
    source: SourceText,
    lines: IntArray,
    bad: npt.NDArray[np.bool_],
    problem: str,
    remedy: str = "",
) -> None:
    raise source.error(int(lines[int(np.flatnonzero(bad)[0])]), problem, remedy)
