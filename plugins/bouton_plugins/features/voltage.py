"""What each feature is: a name, a unit and a small function of one sweep."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise

import numpy as np
from attrs import frozen

from bouton.model.morphology import FloatArray
from bouton.model.scores import FeatureValue

_NAN = float("nan")


@frozen(eq=False)
class Sweep:
    """One voltage trace with its stimulus.

    Attributes:
        t_ms: Times, shape (n,).
        v_mV: Potential, shape (n,).
        threshold_mV: Upward crossing that counts as a spike.
        onset_ms: Start of the stimulus.
        end_ms: End of the stimulus.
    """

    t_ms: FloatArray
    v_mV: FloatArray
    threshold_mV: float
    onset_ms: float
    end_ms: float

    @cached_property
    def crossings(self) -> tuple[FloatArray, FloatArray]:
        """Times of upward crossings, and of the downward ones after them, by interpolation."""
        above = self.v_mV > self.threshold_mV
        change = np.flatnonzero(above[1:] != above[:-1])
        up, down = change[above[change + 1]], change[~above[change + 1]]
        down = down[down > up[0]] if len(up) else down[:0]
        return self._times(up), self._times(down)

    @property
    def spikes_ms(self) -> FloatArray:
        """Spike times within the stimulus."""
        up = self.crossings[0]
        return up[(up >= self.onset_ms) & (up <= self.end_ms)]

    @property
    def intervals_ms(self) -> FloatArray:
        """Intervals between spikes."""
        return np.diff(self.spikes_ms)

    @cached_property
    def base_mV(self) -> float:
        """Mean potential over the last tenth of the time before the stimulus."""
        return self.mean(0.9 * self.onset_ms, self.onset_ms)

    @cached_property
    def peaks_mV(self) -> FloatArray:
        """Largest potential of every spike within the stimulus."""
        up, down = self.crossings
        ends = np.append(down, self.t_ms[-1])
        pairs = ((a, ends[ends > a][0]) for a in up if self.onset_ms <= a <= self.end_ms)
        return np.array([self.extreme(np.max, start, stop) for start, stop in pairs])

    @cached_property
    def troughs_mV(self) -> FloatArray:
        """Smallest potential between consecutive spikes."""
        return np.array([self.extreme(np.min, a, b) for a, b in pairwise(self.spikes_ms)])

    def extreme(self, choose: Callable[[FloatArray], float], start: float, stop: float) -> float:
        """Return the largest or smallest sample between two times, nan if there is none."""
        inside = self.v_mV[(self.t_ms >= start) & (self.t_ms <= stop)]
        return float(choose(inside)) if len(inside) else _NAN

    def mean(self, start: float, stop: float) -> float:
        """Return the time-weighted mean potential between two times, nan if they are equal."""
        if not stop > start:
            return _NAN
        inner = self.t_ms[(self.t_ms > start) & (self.t_ms < stop)]
        t = np.concatenate(([start], inner, [stop]))
        v = np.interp(t, self.t_ms, self.v_mV)
        return float(((v[1:] + v[:-1]) / 2 * np.diff(t)).sum() / (stop - start))

    def _times(self, before: np.ndarray[tuple[int], np.dtype[np.int64]]) -> FloatArray:
        t, v = self.t_ms, self.v_mV
        part = (self.threshold_mV - v[before]) / (v[before + 1] - v[before])
        return np.asarray(t[before] + part * (t[before + 1] - t[before]), dtype=np.float64)


@frozen
class Definition:
    """One feature.

    Attributes:
        unit: Its unit.
        take: Takes it from a sweep; nan, or no numbers, where the trace does not have it.
        summary: What it is.
    """

    unit: str
    take: Callable[[Sweep], FeatureValue]
    summary: str


def _many(values: FloatArray) -> FeatureValue:
    return tuple(float(value) for value in values)


def _rate(sweep: Sweep) -> float:
    length = sweep.end_ms - sweep.onset_ms
    return 1000.0 * len(sweep.spikes_ms) / length if length > 0 else _NAN


def _mean_frequency(sweep: Sweep) -> float:
    spikes = sweep.spikes_ms
    return 1000.0 * len(spikes) / float(spikes[-1] - sweep.onset_ms) if len(spikes) else _NAN


def _first(values: FloatArray) -> float:
    return float(values[0]) if len(values) else _NAN


def _isi_cv(sweep: Sweep) -> float:
    intervals = sweep.intervals_ms
    return float(intervals.std(ddof=1) / intervals.mean()) if len(intervals) > 1 else _NAN


def _adaptation(sweep: Sweep) -> float:
    i = sweep.intervals_ms
    return float(((i[1:] - i[:-1]) / (i[1:] + i[:-1])).mean()) if len(i) > 1 else _NAN


def _widths(sweep: Sweep) -> FeatureValue:
    up, down = sweep.crossings
    n = min(len(up), len(down))
    inside = (up[:n] >= sweep.onset_ms) & (up[:n] <= sweep.end_ms)
    return _many((down[:n] - up[:n])[inside])


FEATURES: dict[str, Definition] = {
    "Spikecount": Definition("", lambda s: float(len(s.spikes_ms)), "spikes in the stimulus"),
    "peak_time": Definition("ms", lambda s: _many(s.spikes_ms), "times of upward crossings"),
    "time_to_first_spike": Definition(
        "ms", lambda s: _first(s.spikes_ms) - s.onset_ms, "first crossing after the onset"
    ),
    "ISI_values": Definition("ms", lambda s: _many(s.intervals_ms), "intervals between spikes"),
    "ISI_CV": Definition("", _isi_cv, "their coefficient of variation"),
    "adaptation_index": Definition("", _adaptation, "mean relative change of intervals"),
    "mean_frequency": Definition("Hz", _mean_frequency, "spikes over the time to the last one"),
    "rate": Definition("Hz", _rate, "spikes over the duration of the stimulus"),
    "AP_height": Definition("mV", lambda s: _many(s.peaks_mV), "peak potential of each spike"),
    "AP_amplitude": Definition(
        "mV", lambda s: _many(s.peaks_mV - s.base_mV), "peaks above the base"
    ),
    "AP_width": Definition("ms", _widths, "time above the threshold of each spike"),
    "AHP_depth_abs": Definition("mV", lambda s: _many(s.troughs_mV), "minima between spikes"),
    "voltage_base": Definition("mV", lambda s: s.base_mV, "mean before the stimulus"),
    "steady_state_voltage_stimend": Definition(
        "mV",
        lambda s: s.mean(s.end_ms - 0.1 * (s.end_ms - s.onset_ms), s.end_ms),
        "mean over the last tenth of the stimulus",
    ),
    "maximum_voltage": Definition(
        "mV", lambda s: s.extreme(np.max, s.onset_ms, s.end_ms), "largest in the stimulus"
    ),
    "minimum_voltage": Definition(
        "mV", lambda s: s.extreme(np.min, s.onset_ms, s.end_ms), "smallest in the stimulus"
    ),
}
