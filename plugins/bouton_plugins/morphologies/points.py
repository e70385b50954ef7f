"""Checks of points that every text loader makes: finite, in um, with a thickness."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bouton.model.morphology import FloatArray, IntArray
from bouton_plugins.morphologies.source import SourceText, counted

# One metre: larger numbers are no positions in um, and would overflow NEURON's float32 points.
MAX_UM = 1e6
# Smaller diameters vanish beside a place in float32.
MIN_DIAMETER_UM = 1e-6


# makes the error about one point: its row, the problem, what to do
Fail = Callable[[int, str, str], Exception]


def check_points(points: FloatArray, minimum_um: float, thickness: str, fail: Fail) -> int:
    """Check points; raise thin ones in place if a minimum is given, and return how many.

    Args:
        points: x, y, z, diameter, um, shape (n, 4).
        minimum_um: Smallest diameter, um; 0 makes a zero diameter an error.
        thickness: What the file gives, `radius` or `diameter`, for messages.
        fail: Makes the error for a row.

    Raises:
        MorphologyError: What `fail` made for the first point that is impossible.
    """
    finite = np.isfinite(points)
    if not finite.all():
        raise fail(_first(~finite.all(axis=1)), "a number is not finite (nan, inf)", "")
    far = np.abs(points) > MAX_UM
    if far.any():
        problem = f"a position or {thickness} is beyond {MAX_UM:g} um"
        raise fail(_first(far.any(axis=1)), problem, "are the units um?")
    diameter = points[:, 3]
    if (diameter < 0).any():
        raise fail(_first(diameter < 0), f"the {thickness} is negative", "")
    thin = diameter < max(minimum_um, MIN_DIAMETER_UM)
    if not thin.any():
        return 0
    if minimum_um <= 0:
        remedy = "mend it, or set minimum_diameter_um to have thin points raised to it"
        raise fail(_first(thin), f"the {thickness} is zero", remedy)
    diameter[thin] = minimum_um
    return int(thin.sum())


def fail_on_line(source: SourceText, lines: IntArray) -> Fail:
    """Return what makes errors about points that each have a line of their own."""
    return lambda row, problem, remedy: source.error(int(lines[row]), problem, remedy)


def raised(count: int, minimum_um: float) -> list[str]:
    """Return the note about raised diameters, if there were any."""
    if not count:
        return []
    return [f"{counted(count, 'diameter')} raised to the minimum of {minimum_um:g} um"]


def same_place(points: FloatArray) -> bool:
    """Return whether all points lie at one place, as float32 stores them."""
    place = points[:, :3].astype(np.float32)
    return bool(np.all(place == place[0]))


def _first(bad: npt.NDArray[np.bool_] | np.bool_) -> int:
    return int(np.flatnonzero(bad)[0])
