"""Recruitment thresholds of a motor pool: how hard it must be driven before each unit joins in."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import numpy as np
from attrs import field, frozen

from bouton.errors import BoutonError, did_you_mean
from bouton.model.morphology import FloatArray

Mode = Literal["fuglevand", "deluca", "konstantin", "combined"]
MODES: tuple[str, ...] = get_args(Mode)

# Rounding alone may leave 0 to 1: fuglevand with a ratio of 100 ends at 1 + 2e-16.
ROUNDING = 1e-9


class ThresholdError(BoutonError, ValueError):
    """Thresholds cannot be made from what was asked."""


class RecruitmentThresholds(NamedTuple):
    """Thresholds of all units, from the first recruited to the last.

    Attributes:
        rt: Thresholds, shape (n,).
        rtz: The same shape of rise, from 0 to the largest threshold, shape (n,).
    """

    rt: FloatArray
    rtz: FloatArray


def recruitment_thresholds(
    n: int,
    range_ratio: float,
    *,
    mode: str = "konstantin",
    slope: float | None = None,
    maximum: float | None = None,
) -> RecruitmentThresholds:
    """Return the recruitment thresholds of `n` units.

    With i = 1...n, RR the range ratio, b the slope and M the maximum:

    - `fuglevand`: exp(i ln(RR)/n)/100
    - `deluca`: (b i/n) exp(i ln(RR/b)/n)/100
    - `konstantin`: (M/RR) exp((i - 1) ln(RR)/(n - 1))
    - `combined`: the curve S of `deluca`, stretched to run from M/RR to M

    Args:
        n: Number of units, at least 2.
        range_ratio: Largest over smallest threshold, above 1. The first two modes end at RR/100
            and reach the ratio in the limit of many units only; the others reach it exactly.
        mode: One of the four.
        slope: b of `deluca` and `combined`, which need it.
        maximum: M of `konstantin` and `combined`; default 1.

    Raises:
        ThresholdError: Naming the argument that is wrong.

    Source: Fuglevand, Winter & Patla (1993) J Neurophysiol 70:2470; De Luca & Contessa (2012) J
    Neurophysiol 107:178; equations and scaling in docs/reference/motor.md.
    """
    _check_mode(mode)
    _check_count(n)
    _check_number("range_ratio", range_ratio, above=1.0)
    b = _slope(mode, slope, range_ratio)
    top = 1.0 if maximum is None else maximum
    _check_number("maximum", top, above=0.0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        rt, raw = _CURVES[mode](np.arange(1.0, n + 1.0), float(range_ratio), b, float(top))
        rtz = raw * (rt.max() / raw.max())
    _check_rise(rt, rtz, mode, n, range_ratio)
    return RecruitmentThresholds(rt, rtz)


def _fuglevand(i: FloatArray, ratio: float, b: float, top: float) -> tuple[FloatArray, FloatArray]:
    del b, top
    rt = np.exp(i * np.log(ratio) / len(i)) / 100
    return rt, rt - rt[0]


def _deluca(i: FloatArray, ratio: float, b: float, top: float) -> tuple[FloatArray, FloatArray]:
    del top
    rt = _curve(i, ratio, b) / 100
    return rt, rt - rt[0]


def _konstantin(i: FloatArray, ratio: float, b: float, top: float) -> tuple[FloatArray, FloatArray]:
    del b
    n = len(i)
    rt = top / ratio * np.exp((i - 1) * np.log(ratio) / (n - 1))
    return rt, top / ratio * (np.exp((i - 1) * np.log(ratio + 1) / n) - 1)


def _combined(i: FloatArray, ratio: float, b: float, top: float) -> tuple[FloatArray, FloatArray]:
    s = _curve(i, ratio, b)
    low = top / ratio
    rt = low + (s - s[0]) * (top - low) / (s[-1] - s[0])
    return rt, rt - rt[0]


def _curve(i: FloatArray, ratio: float, b: float) -> FloatArray:
    return np.asarray(b * i / len(i) * np.exp(i * np.log(ratio / b) / len(i)), dtype=np.float64)


_Curve = Callable[[FloatArray, float, float, float], tuple[FloatArray, FloatArray]]
_CURVES: dict[str, _Curve] = {
    "fuglevand": _fuglevand,
    "deluca": _deluca,
    "konstantin": _konstantin,
    "combined": _combined,
}


def _check_mode(mode: object) -> None:
    if mode not in MODES:
        hint = did_you_mean(str(mode), MODES)
        raise ThresholdError(f"no threshold mode {mode!r}; {hint}")


def _check_count(n: object) -> None:
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise ThresholdError(f"n, the number of units, must be a whole number, got {n!r}")
    if n < 2:
        raise ThresholdError(
            f"thresholds rise from unit to unit, so n must be at least 2, got {n}; for a single "
            "unit, state its threshold"
        )


def _check_number(name: str, value: object, *, above: float) -> None:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not value > above:  # type: ignore[arg-type,operator]
        raise ThresholdError(f"{name} must be a finite number above {above:g}, got {value!r}")


def _slope(mode: str, slope: float | None, ratio: float) -> float:
    if mode not in ("deluca", "combined"):
        if slope is not None:
            raise ThresholdError(f"mode {mode!r} has no slope; leave it out, got {slope!r}")
        return math.nan
    if slope is None:
        raise ThresholdError(f"mode {mode!r} needs a slope (b), such as slope=5")
    _check_number("slope", slope, above=0.0)
    if slope >= math.e * ratio:
        raise ThresholdError(
            f"slope must be below e times the range ratio ({math.e * ratio:g}), or thresholds fall "
            f"towards the last unit; got {slope!r}"
        )
    return float(slope)


def _check_rise(rt: FloatArray, rtz: FloatArray, mode: str, n: int, ratio: float) -> None:
    is_good = np.isfinite(rt).all() and np.isfinite(rtz).all()
    if not (is_good and (np.diff(rt) > 0).all() and (np.diff(rtz) > 0).all()):
        raise ThresholdError(
            f"mode {mode!r} with n = {n} and range_ratio = {ratio!r} gives thresholds that are too "
            "close together, or too large, for floating point numbers"
        )


@frozen
class Thresholds:
    """Recruitment thresholds in a study: a rule, or the values themselves.

    Attributes:
        mode: Rule; see `recruitment_thresholds`.
        range_ratio: Largest over smallest threshold.
        slope: b of `deluca` and `combined`.
        maximum: M of `konstantin` and `combined`; default 1.
        values: Thresholds given one by one; the rule is then left out.
        outside: What to do about thresholds outside 0 to 1, where cell properties are
            extrapolated: `refuse`, or `warn`.
    """

    mode: Mode = "fuglevand"
    range_ratio: float = 100.0
    slope: float | None = None
    maximum: float | None = None
    values: tuple[float, ...] = field(default=(), converter=tuple)
    outside: Literal["refuse", "warn"] = "refuse"

    def of(self, n: int | None) -> FloatArray:
        """Return the thresholds, shape (n,).

        Args:
            n: Number of units; None for that of the values.

        Raises:
            ThresholdError: If they cannot be made, or leave 0 to 1 and that is refused.
        """
        found = self._values(n)
        far = outside(found)
        if len(far) and self.outside == "refuse":
            shown = ", ".join(f"unit {i + 1}: {found[i]:.6g}" for i in far[:3])
            raise ThresholdError(
                f"{len(far)} of {len(found)} thresholds lie outside 0 to 1 ({shown}), where the "
                "properties of cells are extrapolated beyond their range; change range_ratio or "
                "maximum, or set outside: warn"
            )
        return found

    def _values(self, n: int | None) -> FloatArray:
        if not self.values:
            if n is None:
                raise ThresholdError("n, the number of cells, is missing")
            return recruitment_thresholds(
                n, self.range_ratio, mode=self.mode, slope=self.slope, maximum=self.maximum
            ).rt
        if n is not None and n != len(self.values):
            raise ThresholdError(
                f"n is {n} and {len(self.values)} thresholds are given; leave one of them out"
            )
        found = np.array(self.values, dtype=np.float64)
        if not np.isfinite(found).all():
            raise ThresholdError("thresholds must be finite numbers")
        return found


def outside(thresholds: FloatArray) -> list[int]:
    """Return the indices of thresholds outside 0 to 1, by more than rounding."""
    far = (thresholds < -ROUNDING) | (thresholds > 1 + ROUNDING)
    return [int(index) for index in np.flatnonzero(far)]
