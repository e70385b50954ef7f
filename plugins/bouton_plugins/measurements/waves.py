"""Numbers taken from voltage traces, each in two ways.

Names that start with `plain_` are the procedure of the motor-pool tutorial, to the digit: single
samples, whole traces, the clock as it is. The others are what they should be: crossings by
interpolation, late decays, settled rates, each with an uncertainty.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen

from bouton.model.morphology import FloatArray

_NAN = math.nan


@frozen
class Estimate:
    """A number and how far off it may be.

    Attributes:
        value: The number; nan if it could not be taken.
        uncertainty: Half width of the interval that holds it; nan if unknown.
        reason: Why there is no number.
    """

    value: float
    uncertainty: float = _NAN
    reason: str = ""


@frozen
class SpikeShape:
    """A spike and what follows it.

    Attributes:
        height_mV: Peak above rest.
        depth_mV: Slow after-hyperpolarisation below rest, positive.
        duration_ms: From the peak until the potential is back near rest; nan if it never is.
        undershoot_mV: Fast undershoot right after the spike, positive; nan where not told apart.
        half_ms: From the trough of the slow after-hyperpolarisation to half its depth.
    """

    height_mV: float
    depth_mV: float
    duration_ms: float
    undershoot_mV: float = _NAN
    half_ms: float = _NAN


def line_slope(x: FloatArray, y: FloatArray) -> float:
    """Return the slope of the least-squares line; nan for fewer than two different x."""
    if len(x) < 2 or not np.ptp(x) > 0:
        return _NAN
    centred = x - x.mean()
    return float(centred @ (y - y.mean()) / (centred @ centred))


def slope_error(x: FloatArray, y: FloatArray, y_errors: FloatArray) -> float:
    """Return the error of that slope: of the scatter about the line, or of y if that is larger."""
    if len(x) < 2:
        return _NAN
    centred = x - x.mean()
    carried = float(np.sqrt(((centred * y_errors) ** 2).sum()) / (centred @ centred))
    if len(x) < 3:
        return carried
    rest = y - y.mean() - line_slope(x, y) * centred
    return max(carried, float(np.sqrt(rest @ rest / (len(x) - 2) / (centred @ centred))))


def count_crossings(v_mV: FloatArray, level_mV: float) -> int:
    """Return how often the potential rises from below a level to or above it."""
    above = v_mV >= level_mV
    return int(np.count_nonzero(above[1:] & ~above[:-1]))


def crossing_times(t_ms: FloatArray, v_mV: FloatArray, level_mV: float) -> FloatArray:
    """Return the times of upward crossings by linear interpolation, ms."""
    above = v_mV >= level_mV
    before = np.flatnonzero(above[1:] & ~above[:-1])
    part = (level_mV - v_mV[before]) / (v_mV[before + 1] - v_mV[before])
    return np.asarray(t_ms[before] + part * (t_ms[before + 1] - t_ms[before]), dtype=np.float64)


def plain_decay_ms(t_ms: FloatArray, v_mV: FloatArray, rest_mV: float, margin_mV: float) -> float:
    """Return the time constant of the way back from the minimum to `margin_mV` below rest.

    A line is fitted to the logarithm of all samples between, early ones included.
    """
    first = int(np.argmin(v_mV))
    back = np.flatnonzero(v_mV[first:] > rest_mV - margin_mV)
    last = first + int(back[0]) if len(back) else len(v_mV) - 1
    away = np.abs(v_mV[first:last] - rest_mV)
    if len(away) < 2 or not (away > 0).all():
        return _NAN
    return -1 / line_slope(t_ms[first:last], np.log(away))


def plain_spike_shape(
    t_ms: FloatArray, v_mV: FloatArray, rest_mV: float, margin_mV: float
) -> SpikeShape:
    """Return height and after-hyperpolarisation from the extremes of the whole trace."""
    low = int(np.argmin(v_mV))
    back = np.flatnonzero(v_mV[low:] > rest_mV - margin_mV)
    peak = int(np.argmax(v_mV))
    recovered = float(t_ms[low + int(back[0])] - t_ms[peak]) if len(back) else _NAN
    return SpikeShape(float(v_mV[peak] - rest_mV), float(rest_mV - v_mV[low]), recovered)


def late_decay(t_ms: FloatArray, away_mV: FloatArray, start_ms: float) -> Estimate:
    """Return the time constant of a decay from the part after faster components are gone.

    The line is fitted to the logarithm between one and three time constants after `start_ms`:
    later than equalising currents, earlier than slow gates. The window follows the result. The
    uncertainty is half the difference between the two halves of the window.

    Args:
        t_ms: Times, shape (n,).
        away_mV: Distance from rest, same shape.
        start_ms: When the decay begins.
    """
    after = t_ms >= start_ms
    t, away = t_ms[after] - start_ms, np.abs(away_mV[after])
    if len(t) < 10 or not away[0] > 0:
        return Estimate(_NAN, reason="no decay to fit")
    tau = _first_guess(t, away)
    for _ in range(8):
        inside = (t >= tau) & (t <= 3 * tau) & (away > 1e-9 * away[0])
        if not math.isfinite(tau) or tau <= 0 or np.count_nonzero(inside) < 10:
            return Estimate(_NAN, reason="the way back is no exponential decay")
        t_in, log_in = t[inside], np.log(away[inside])
        tau = -1 / line_slope(t_in, log_in)
    middle = len(t_in) // 2
    halves = (
        -1 / line_slope(t_in[:middle], log_in[:middle]),
        -1 / line_slope(t_in[middle:], log_in[middle:]),
    )
    return Estimate(tau, abs(halves[1] - halves[0]) / 2)


def _first_guess(t: FloatArray, away: FloatArray) -> float:
    """Return the time between a tenth and a hundredth of the start, as a time constant."""
    tenth = int(np.argmax(away < 0.1 * away[0]))
    hundredth = int(np.argmax(away < 0.01 * away[0]))
    return float(t[hundredth] - t[tenth]) / math.log(10) if hundredth > tenth else _NAN


def spike_shape(
    t_ms: FloatArray,
    v_mV: FloatArray,
    rest_mV: float,
    *,
    margin_mV: float,
    fast_ms: float,
) -> SpikeShape:
    """Return height, fast undershoot and slow after-hyperpolarisation of the first spike.

    The fast undershoot is where repolarisation ends: the first minimum after the peak, or where
    the potential falls slower than a hundredth of its fastest fall. The slow part is the minimum
    from `fast_ms` after the peak on. Crossings are interpolated.
    """
    peak = int(np.argmax(v_mV))
    later = t_ms >= t_ms[peak] + fast_ms
    if not later.any():
        return SpikeShape(float(v_mV[peak] - rest_mV), _NAN, _NAN)
    trough = int(np.argmax(later)) + int(np.argmin(v_mV[later]))
    depth = float(rest_mV - v_mV[trough])
    return SpikeShape(
        float(v_mV[peak] - rest_mV),
        depth,
        _time_above(t_ms, v_mV, trough, rest_mV - margin_mV) - float(t_ms[peak]),
        float(rest_mV - v_mV[_end_of_fall(t_ms, v_mV, peak)]),
        _time_above(t_ms, v_mV, trough, rest_mV - depth / 2) - float(t_ms[trough]),
    )


def _end_of_fall(t_ms: FloatArray, v_mV: FloatArray, peak: int) -> int:
    slope = np.diff(v_mV[peak:]) / np.diff(t_ms[peak:])
    fastest = int(np.argmin(slope))
    slow = np.flatnonzero(slope[fastest:] > 0.01 * slope[fastest])
    return peak + fastest + int(slow[0]) if len(slow) else len(v_mV) - 1


def _time_above(t_ms: FloatArray, v_mV: FloatArray, start: int, level_mV: float) -> float:
    """Return when the potential first rises above a level from a sample on; nan if never."""
    above = np.flatnonzero(v_mV[start:] > level_mV)
    if not len(above):
        return _NAN
    at = start + int(above[0])
    if at == 0 or at == start:
        return float(t_ms[at])
    part = (level_mV - v_mV[at - 1]) / (v_mV[at] - v_mV[at - 1])
    return float(t_ms[at - 1] + part * (t_ms[at] - t_ms[at - 1]))


def settled_rate(spikes_ms: FloatArray, start_ms: float) -> Estimate:
    """Return the firing rate from the intervals after `start_ms`, Hz.

    The uncertainty is the largest deviation of the two halves of the train from the whole, or, for
    a train of two intervals or fewer, the whole spread.
    """
    late = spikes_ms[spikes_ms >= start_ms]
    if len(late) < 2:
        return Estimate(_NAN, reason="fewer than two settled spikes")
    intervals = np.diff(late)
    rate = 1e3 / float(intervals.mean())
    if len(intervals) < 4:
        return Estimate(rate, float(np.ptp(1e3 / intervals)))
    middle = len(intervals) // 2
    halves = [1e3 / float(part.mean()) for part in (intervals[:middle], intervals[middle:])]
    return Estimate(rate, max(abs(half - rate) for half in halves))
