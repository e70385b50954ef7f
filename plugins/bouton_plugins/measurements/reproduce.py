"""The procedure of the motor-pool tutorial, to the digit, without its needless runs.

What is saved changes no number: one cell is built once, the rheobase is bracketed on the same grid
instead of scanned, and currents below rheobase, which the fit leaves out, are not run.

Source: measuring procedure in docs/concepts/measurements.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from attrs import field, frozen, validators

from bouton_plugins.measurements import columns
from bouton_plugins.measurements.bench import Bench
from bouton_plugins.measurements.waves import (
    count_crossings,
    line_slope,
    plain_decay_ms,
    plain_spike_shape,
)


@frozen
class Reproduce:
    """How the tutorial measures; its numbers are the defaults.

    Attributes:
        start_mV: Starting potential of the first run, and of all if that fails.
        rest_ms: How long the cell is left alone.
        resistance_levels_nA: Currents for the input resistance.
        resistance_ms: How long each is on.
        tau_amplitude_nA: Pulse for the time constant.
        spike_rise_mV: Rise above rest that counts as a spike for rheobase and spike shape.
        rheobase_step_nA: Step of the grid.
        rheobase_steps: Number of steps after which the search ends.
        exhaustive: Run every step of the grid below the rheobase, as the tutorial does.
        pulse_first_nA: First pulse for the spike shape.
        pulse_step_nA: Each further one is larger by this.
        pulse_last_nA: No pulse is larger.
        gain_levels_nA: Currents for the firing rates.
        gain_ms: How long each is on; spikes are counted from its start.
        gain_divisor_ms: The count is divided by this time, not by `gain_ms`.
    """

    start_mV: float = -67.0
    rest_ms: float = 500.0
    resistance_levels_nA: tuple[float, ...] = (-5.0, -4.0, -3.0, -2.0, -1.0)
    resistance_ms: float = 1000.0
    tau_amplitude_nA: float = -20.0
    spike_rise_mV: float = 40.0
    rheobase_step_nA: float = field(default=0.1, validator=validators.gt(0.0))
    rheobase_steps: int = field(default=500, validator=validators.ge(1))
    exhaustive: bool = False
    pulse_first_nA: float = 45.0
    pulse_step_nA: float = field(default=10.0, validator=validators.gt(0.0))
    pulse_last_nA: float = 500.0
    gain_levels_nA: tuple[float, ...] = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
    gain_ms: float = 3000.0
    gain_divisor_ms: float = 2500.0

    def measure(self, bench: Bench) -> None:
        """Measure a cell; what fails is left out, with the reason noted."""
        rest = self.start_mV
        with bench.stage("vhold"):
            rest = float(bench.step(self.start_mV, self.rest_ms)[1][-1])
            bench.give(columns.REST, rest, "mV")
        with bench.stage("Rin"):
            self._resistance(bench, rest)
        with bench.stage("tau"):
            self._time_constant(bench, rest)
        with bench.stage("Ir"):
            self._rheobase(bench, rest)
        with bench.stage("AP"):
            self._spike_shape(bench, rest)
        with bench.stage("FI_gain"):
            self._gain(bench, rest)

    def _resistance(self, bench: Bench, rest: float) -> None:
        levels = self.resistance_levels_nA
        shifts = [
            float(
                bench.step(rest, self.resistance_ms, level, pulse_ms=self.resistance_ms)[1][-1]
                - rest
            )
            for level in levels
        ]
        slope = line_slope(np.array(levels), np.array(shifts))
        bench.give(columns.RESISTANCE, slope, "MOhm")

    def _time_constant(self, bench: Bench, rest: float) -> None:
        t, v = bench.step(rest, 200.0, self.tau_amplitude_nA, delay_ms=5.0, pulse_ms=1.0)
        tau = plain_decay_ms(t, v, rest, 0.1)
        bench.give(columns.TAU, tau, "ms")
        if math.isnan(tau):
            bench.miss("tau", "no decay to fit")

    def _rheobase(self, bench: Bench, rest: float) -> None:
        grid = self._grid()
        peaks: dict[int, float] = {}

        def spikes(step: int) -> bool:
            if step not in peaks:
                v = bench.step(rest, 100.0, grid[step], pulse_ms=50.0)[1]
                peaks[step] = float(v.max() - rest)
            return peaks[step] >= self.spike_rise_mV

        last = len(grid) - 1
        first = None if self.exhaustive else _bracketed(spikes, last, peaks, self.spike_rise_mV)
        if first is None:
            first = next((step for step in range(last + 1) if spikes(step)), -1)
        if first < 0:
            bench.miss("Ir", f"no spike with up to {grid[-1]:g} nA")
            return
        bench.give(columns.RHEOBASE, grid[first], "nA")

    def _grid(self) -> list[float]:
        # Added up, not multiplied: published values carry the rounding of repeated addition.
        grid, amplitude = [], 0.0
        for _ in range(self.rheobase_steps):
            amplitude += self.rheobase_step_nA
            grid.append(amplitude)
        return grid

    def _spike_shape(self, bench: Bench, rest: float) -> None:
        amplitude = self.pulse_first_nA
        while amplitude <= self.pulse_last_nA:
            t, v = bench.step(rest, 900.0, amplitude, delay_ms=5.0, pulse_ms=0.5)
            if v.max() >= rest + self.spike_rise_mV:
                shape = plain_spike_shape(t, v, rest, 0.15)
                bench.give(columns.HEIGHT, shape.height_mV, "mV")
                bench.give(columns.DEPTH, shape.depth_mV, "mV")
                bench.give(columns.DURATION, shape.duration_ms, "ms")
                if math.isnan(shape.duration_ms):
                    bench.miss("AHPdur", "the potential does not come back to rest")
                return
            amplitude += self.pulse_step_nA
        bench.miss("AP", f"no spike with pulses up to {self.pulse_last_nA:g} nA")

    def _gain(self, bench: Bench, rest: float) -> None:
        rheobase = bench.value(columns.RHEOBASE)
        levels = [level for level in self.gain_levels_nA if level >= rheobase]
        if len(levels) < 2:
            why = "no rheobase" if math.isnan(rheobase) else "fewer than two currents reach it"
            bench.miss("FI_gain", why)
            return
        counts = [
            count_crossings(
                bench.step(rest, self.gain_ms, level, pulse_ms=self.gain_ms)[1],
                bench.spike_level_mV,
            )
            for level in levels
        ]
        rates = [count / self.gain_divisor_ms * 1000.0 for count in counts]
        bench.give(columns.LEVELS, tuple(levels), "nA")
        bench.give(columns.COUNTS, tuple(float(count) for count in counts))
        bench.give(columns.RATES, tuple(rates), "Hz")
        bench.give(columns.GAIN, line_slope(np.array(levels), np.array(rates)), "Hz/nA")


def _bracketed(
    spikes: Callable[[int], bool], last: int, peaks: Mapping[int, float], rise_mV: float
) -> int | None:
    """Return the first step that spikes by bisection; -1 for none, None if that is not sure.

    The bracket is looked for from the smallest current upwards, doubling it. The result is sure as
    long as, of all steps run, none below a silent one spikes, and the peaks of the silent ones
    rise with the current.
    """
    low, high = -1, 0
    while not spikes(high):
        if high == last:
            return -1 if _is_monotone(peaks, rise_mV) else None
        low, high = high, min(2 * high + 1, last)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if spikes(middle) else (middle, high)
    return high if _is_monotone(peaks, rise_mV) else None


def _is_monotone(peaks: Mapping[int, float], rise_mV: float) -> bool:
    ordered = [peaks[step] for step in sorted(peaks)]
    silent = [peak for peak in ordered if peak < rise_mV]
    return ordered[: len(silent)] == silent == sorted(silent)
