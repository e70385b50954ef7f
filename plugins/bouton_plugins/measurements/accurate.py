"""Measurements as they should be: bracketed, settled, with uncertainties, and no needless run.

Source: the definitions in docs/concepts/measurements.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from attrs import field, frozen, validators

from bouton.errors import SimulationError
from bouton.model.morphology import FloatArray
from bouton_plugins.measurements import columns
from bouton_plugins.measurements.bench import Bench
from bouton_plugins.measurements.waves import (
    Estimate,
    crossing_times,
    late_decay,
    line_slope,
    settled_rate,
    slope_error,
    spike_shape,
)

_LONGEST_MS = 4000.0
_TAU_DELAY_MS, _TAU_PULSE_MS = 5.0, 1.0
_PULSE_DELAY_MS, _PULSE_MS = 5.0, 0.5
_positive = validators.gt(0.0)


@frozen
class Accurate:
    """How to measure well.

    Attributes:
        start_mV: Starting potential of the first run.
        settled_mV: The potential at rest may still change by this much per tenth of a run.
        probe_mV: Largest deflection for input resistance and time constant.
        settled_fraction: Part by which a deflection or a rate may still change.
        spike_rise_mV: Rise above rest that may be a spike; it must also be twice the rise that the
            current alone would make.
        rheobase_pulse_ms: How long the current for the rheobase is on.
        rheobase_within_nA: Largest width of the bracket.
        largest_nA: No current is larger.
        pulse_excess: The pulse for the spike shape is above its own threshold by this part.
        fast_ms: What comes later than this after the peak belongs to the slow
            after-hyperpolarisation.
        recovery_mV: The after-hyperpolarisation ends this much below rest.
        shape_ms: How long the spike is followed.
        method: Integrator, unless the electrode names one: `crank-nicolson`, whose error falls with
            the square of the step, or `fixed`.
        gain_levels_nA: Currents for the firing rates; those below rheobase are not run. None, or
            fewer than two that fire: multiples of the rheobase are taken.
        gain_multiples: These multiples.
        gain_ms: How long a current is on at first; twice as long if the rate is not settled.
    """

    start_mV: float = -67.0
    settled_mV: float = field(default=1e-3, validator=_positive)
    probe_mV: float = field(default=0.1, validator=_positive)
    settled_fraction: float = field(default=0.01, validator=_positive)
    spike_rise_mV: float = field(default=40.0, validator=_positive)
    rheobase_pulse_ms: float = field(default=50.0, validator=_positive)
    rheobase_within_nA: float = field(default=0.01, validator=_positive)
    largest_nA: float = field(default=500.0, validator=_positive)
    pulse_excess: float = field(default=0.1, validator=_positive)
    fast_ms: float = field(default=5.0, validator=_positive)
    recovery_mV: float = field(default=0.15, validator=_positive)
    shape_ms: float = field(default=400.0, validator=_positive)
    method: Literal["crank-nicolson", "fixed"] = "crank-nicolson"
    gain_levels_nA: tuple[float, ...] = ()
    gain_multiples: tuple[float, ...] = (1.2, 1.5, 2.0, 2.5, 3.0)
    gain_ms: float = field(default=500.0, validator=_positive)

    def measure(self, bench: Bench) -> None:
        """Measure a cell; what fails is left out, with the reason noted."""
        _Measurement(self, bench).measure()


class _Measurement:
    """One cell being measured."""

    def __init__(self, settings: Accurate, bench: Bench) -> None:
        self.settings = settings
        self.bench = bench
        self.rest = settings.start_mV
        self.resistance = math.nan
        self.lower_nA = math.nan
        self.upper_nA = math.nan

    def measure(self) -> None:
        bench = self.bench
        with bench.stage("vhold"):
            if not self.find_rest():
                return
            for name, stage in (
                ("Rin", self.find_resistance),
                ("tau", self.find_time_constant),
                ("Ir", self.find_rheobase),
                ("AP", self.find_spike_shape),
                ("FI_gain", self.find_gain),
            ):
                with bench.stage(name):
                    stage()
            return
        bench.miss("all", "without a resting potential nothing else can be measured")

    def give(self, column: str, found: Estimate, stage: str) -> None:
        """Note a number with its uncertainty, or why there is none."""
        self.bench.give(column, found.value, columns.UNITS[column])
        self.bench.give(columns.uncertainty(column), found.uncertainty, columns.UNITS[column])
        if math.isnan(found.value):
            self.bench.miss(stage, found.reason or "it could not be taken")

    def find_rest(self) -> bool:
        """Follow the cell until it is at rest, each run starting where the last one ended."""
        start, duration, drift = self.settings.start_mV, 500.0, math.inf
        while True:
            t, v = self.bench.step(start, duration)
            if len(crossing_times(t, v, self.bench.spike_level_mV)):
                self.bench.miss("vhold", "it fires without any current")
                return False
            drift = abs(float(v[-1] - v[int(0.9 * len(v))]))
            if drift <= self.settings.settled_mV or duration >= _LONGEST_MS:
                break
            start, duration = float(v[-1]), 2 * duration
        self.rest = float(v[-1])
        self.give(columns.REST, Estimate(self.rest, drift), "vhold")
        return True

    def find_resistance(self) -> None:
        """Take half the difference of the deflections by equal currents of both signs."""
        amplitude, duration = 0.01, 300.0
        down = self._deflection(-amplitude, duration)
        if not down[-1] < 0:
            raise SimulationError(
                "no deflection", "a hyperpolarising current does not hyperpolarise"
            )
        amplitude *= self.settings.probe_mV / abs(float(down[-1]))
        while True:
            down = self._deflection(-amplitude, duration)
            late = abs(float(down[-1] / down[int(0.8 * len(down))]) - 1)
            if late <= 1e-4 or duration >= _LONGEST_MS:
                break
            duration *= 2
        up = self._deflection(amplitude, duration)
        self.resistance = float(up[-1] - down[-1]) / (2 * amplitude)
        bend = abs(float(up[-1] + down[-1])) / (2 * amplitude)
        spread = max(bend, late * self.resistance)
        self.give(columns.RESISTANCE, Estimate(self.resistance, spread), "Rin")

    def _deflection(self, amplitude: float, duration: float) -> FloatArray:
        v = self.bench.step(self.rest, duration, amplitude, pulse_ms=duration)[1]
        return np.asarray(v - self.rest, dtype=np.float64)

    def find_time_constant(self) -> None:
        """Fit the late part of the way back from two small pulses of opposite sign."""
        if math.isnan(self.resistance):
            raise SimulationError("no input resistance", "so no small pulse can be chosen")
        amplitude, duration = self.settings.probe_mV / self.resistance, 200.0
        while True:
            pulses = {"delay_ms": _TAU_DELAY_MS, "pulse_ms": _TAU_PULSE_MS}
            t, down = self.bench.step(self.rest, duration, -amplitude, **pulses)
            up = self.bench.step(self.rest, duration, amplitude, **pulses)[1]
            end = _TAU_DELAY_MS + _TAU_PULSE_MS
            found = late_decay(t, (up - down) / 2, end)
            is_covered = 4 * found.value + end <= duration
            if is_covered or duration >= _LONGEST_MS:
                break
            duration *= 3
        self.give(columns.TAU, found, "tau")

    def find_rheobase(self) -> None:
        """Bracket the smallest current that makes a spike, then halve the bracket."""
        pulse = self.settings.rheobase_pulse_ms

        def spikes(amplitude: float) -> bool:
            v = self.bench.step(self.rest, 2 * pulse, amplitude, pulse_ms=pulse)[1]
            passive = amplitude * self.resistance if self.resistance > 0 else 0.0
            return self._is_spike(float(v.max()), passive)

        guess = 10.0 / self.resistance if self.resistance > 0 else 1.0
        bracket = self._bracket(spikes, min(guess, self.settings.largest_nA))
        if bracket is None:
            self.bench.miss("Ir", f"no spike with up to {self.settings.largest_nA:g} nA")
            return
        low, high = _halved(spikes, bracket, self.settings.rheobase_within_nA)
        self.lower_nA, self.upper_nA = low, high
        self.give(columns.RHEOBASE, Estimate((low + high) / 2, (high - low) / 2), "Ir")
        self.bench.give(columns.LOWER, low, "nA")
        self.bench.give(columns.UPPER, high, "nA")

    def _is_spike(self, peak: float, passive: float) -> bool:
        """Return whether a peak is one of a spike, given the rise that the current alone makes."""
        rise = peak - self.rest
        return rise >= self.settings.spike_rise_mV and rise >= 2 * passive

    def _bracket(self, spikes: Callable[[float], bool], guess: float) -> tuple[float, float] | None:
        low, high = 0.0, guess
        if spikes(high):
            smallest = self.settings.rheobase_within_nA
            while high > smallest and spikes(high / 2):
                high /= 2
            return (high / 2 if high > smallest else 0.0), high
        while high < self.settings.largest_nA:
            low, high = high, min(2 * high, self.settings.largest_nA)
            if spikes(high):
                return low, high
        return None

    def find_spike_shape(self) -> None:
        """Make one spike with a brief pulse a little above threshold, and follow it."""
        weak = 0.1
        passive = (float(self._pulse(weak, 30.0)[1].max()) - self.rest) / weak

        def spikes(amplitude: float) -> bool:
            peak = float(self._pulse(amplitude, 30.0)[1].max())
            return self._is_spike(peak, amplitude * passive)

        known = math.isfinite(self.upper_nA)
        guess = 4 * self.upper_nA if known else 10.0
        bracket = self._bracket(spikes, min(guess, self.settings.largest_nA))
        if bracket is None:
            self.bench.miss("AP", f"no spike with pulses up to {self.settings.largest_nA:g} nA")
            return
        excess = self.settings.pulse_excess
        _, high = _halved(spikes, bracket, excess * bracket[1] / 10)
        t, v = self._pulse(high * (1 + excess), self.settings.shape_ms)
        shape = spike_shape(
            t,
            v,
            self.rest,
            margin_mV=self.settings.recovery_mV,
            fast_ms=self.settings.fast_ms,
        )
        weaker = float(self._pulse(high, 30.0)[1].max()) - self.rest
        half_step = self.bench.electrode.dt_ms / 2
        height = Estimate(shape.height_mV, abs(shape.height_mV - weaker))
        self.give(columns.HEIGHT, height, "AP")
        self.give(columns.DEPTH, Estimate(shape.depth_mV, self._rest_error()), "AHP")
        why = "the potential does not come back to rest"
        if shape.depth_mV < self.settings.recovery_mV:
            why = "there is no after-hyperpolarisation"
        late = Estimate(shape.duration_ms, half_step, why)
        self.give(columns.DURATION, late, "AHPdur")
        self.bench.give(columns.UNDERSHOOT, shape.undershoot_mV, "mV")
        self.bench.give(columns.HALF, shape.half_ms, "ms")

    def _pulse(self, amplitude: float, duration: float) -> tuple[FloatArray, FloatArray]:
        return self.bench.step(
            self.rest, duration, amplitude, delay_ms=_PULSE_DELAY_MS, pulse_ms=_PULSE_MS
        )

    def _rest_error(self) -> float:
        return self.bench.value(columns.uncertainty(columns.REST))

    def find_gain(self) -> None:
        """Fit a line through settled firing rates at currents above rheobase."""
        if not math.isfinite(self.upper_nA):
            self.bench.miss("FI_gain", "no rheobase")
            return
        levels = [level for level in self.settings.gain_levels_nA if level >= self.upper_nA]
        if len(levels) < 2:
            levels = [multiple * self.upper_nA for multiple in self.settings.gain_multiples]
        rates = [self._rate(level) for level in levels]
        good = [i for i, rate in enumerate(rates) if math.isfinite(rate.value)]
        x = np.array([levels[i] for i in good])
        y = np.array([rates[i].value for i in good])
        self.bench.give(columns.LEVELS, tuple(levels), "nA")
        self.bench.give(columns.RATES, tuple(rate.value for rate in rates), "Hz")
        errors = np.array([rates[i].uncertainty for i in good])
        why = "fewer than two currents make it fire regularly"
        self.give(
            columns.GAIN, Estimate(line_slope(x, y), slope_error(x, y, errors), why), "FI_gain"
        )

    def _rate(self, level: float) -> Estimate:
        duration = self.settings.gain_ms
        while True:
            t, v = self.bench.step(self.rest, duration, level, pulse_ms=duration)
            spikes = crossing_times(t, v, self.bench.spike_level_mV)
            found = settled_rate(spikes, duration / 2)
            allowed = self.settings.settled_fraction * found.value
            is_regular = math.isfinite(found.value) and found.uncertainty <= allowed
            is_over = not (spikes > duration / 2).any()
            if is_regular or is_over or duration >= _LONGEST_MS:
                return found
            duration *= 2


def _halved(
    spikes: Callable[[float], bool], bracket: tuple[float, float], within: float
) -> tuple[float, float]:
    low, high = bracket
    while high - low > within:
        middle = (low + high) / 2
        low, high = (low, middle) if spikes(middle) else (middle, high)
    return low, high
