"""Sources of spikes: every cell of a source has random numbers of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import field, frozen

from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray
from bouton.model.wiring import check_bounded
from bouton_plugins.networks.checks import above_zero, counted, not_below_zero


@frozen
class RegularSpikes:
    """Spikes at a rate, from regular (noise 0) to a Poisson process (noise 1).

    An interval is (1 - noise) m + noise m E, with m the mean interval and E an exponential number
    of mean 1; the first spike comes noise m E after the start.

    Attributes:
        rate_Hz: Mean rate.
        noise: 0 to 1.
        start_ms: When the source starts.
        stop_ms: When it stops; 0 for never.
        number: At most so many spikes per cell; 0 for any number.

    Source: the intervals of NEURON's NetStim.
    """

    rate_Hz: float = field(validator=above_zero)
    noise: float = field(default=0.0, validator=not_below_zero)
    start_ms: float = field(default=0.0, validator=not_below_zero)
    stop_ms: float = field(default=0.0, validator=not_below_zero)
    number: int = field(default=0, validator=counted)

    def __attrs_post_init__(self) -> None:
        if self.noise > 1:
            raise ValueError(f"noise must be within 0 to 1, got {self.noise!r}")

    def trains(self, cells: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return the spikes of every cell."""
        end = min(self.stop_ms or math.inf, duration_ms)
        check_bounded(cells * max(end - self.start_ms, 0.0) * self.rate_Hz * 1e-3, "spikes")
        return [self._train(end, draws.generator(cell)) for cell in range(cells)]

    def _train(self, end_ms: float, stream: np.random.Generator) -> FloatArray:
        mean = 1000.0 / self.rate_Hz
        expected = max(end_ms - self.start_ms, 0.0) / mean
        size = int(expected + 6 * math.sqrt(expected) + 10)
        times: FloatArray = np.empty(0)
        last = self.start_ms - (1.0 - self.noise) * mean
        while last <= end_ms:
            draws = stream.standard_exponential(size) if self.noise else np.ones(size)
            steps = mean * ((1.0 - self.noise) + self.noise * draws)
            more = last + np.cumsum(steps)
            times = np.concatenate([times, more])
            last = float(times[-1])
        times = times[times <= end_ms]
        return times[: self.number] if self.number else times


@frozen
class PoissonSpikes:
    """Independent Poisson processes.

    Attributes:
        rate_Hz: Rate.
        start_ms: When the source starts.
        stop_ms: When it stops; 0 for never.
    """

    rate_Hz: float = field(validator=above_zero)
    start_ms: float = field(default=0.0, validator=not_below_zero)
    stop_ms: float = field(default=0.0, validator=not_below_zero)

    def trains(self, cells: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return the spikes of every cell."""
        noisy = RegularSpikes(self.rate_Hz, 1.0, self.start_ms, self.stop_ms)
        return noisy.trains(cells, duration_ms, draws)


@frozen
class SpikeList:
    """Given spikes.

    Attributes:
        times_ms: Times of each cell; one list serves all cells.
    """

    times_ms: tuple[tuple[float, ...], ...]

    def __attrs_post_init__(self) -> None:
        for times in self.times_ms:
            if not all(math.isfinite(t) and t >= 0 for t in times):
                raise ValueError("times_ms must be 0 or above")
        if not self.times_ms:
            raise ValueError("times_ms needs at least one list")

    def trains(self, cells: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return the spikes of every cell, in order of time."""
        del draws
        if len(self.times_ms) not in (1, cells):
            raise NetworkError(f"{len(self.times_ms)} lists of spikes are given for {cells} cells")
        lists = self.times_ms * cells if len(self.times_ms) == 1 else self.times_ms
        sorted_lists = (np.sort(np.array(times, dtype=np.float64)) for times in lists)
        return [times[times <= duration_ms] for times in sorted_lists]


@frozen
class SpikePattern:
    """Volleys: each cell fires once per volley, at a time of its own around the common one.

    Attributes:
        start_ms: Time of the first volley.
        every_ms: Time between volleys; 0 for one volley only.
        number: How many volleys; 0 for as many as there is time for.
        jitter_ms: Standard deviation of a cell's time around the volley's.
        spikes: Spikes of a cell in one volley.
        gap_ms: Time between them.
    """

    start_ms: float = field(default=0.0, validator=not_below_zero)
    every_ms: float = field(default=0.0, validator=not_below_zero)
    number: int = field(default=0, validator=counted)
    jitter_ms: float = field(default=0.0, validator=not_below_zero)
    spikes: int = field(default=1, validator=above_zero)
    gap_ms: float = field(default=2.0, validator=not_below_zero)

    def trains(self, cells: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return the spikes of every cell."""
        volleys = self._volleys(duration_ms)
        check_bounded(cells * len(volleys) * self.spikes, "spikes")
        numbers = np.arange(len(volleys))
        shifts = draws.normal(np.arange(cells)[:, None], numbers[None, :]) * self.jitter_ms
        within = np.arange(self.spikes) * self.gap_ms
        times = (volleys[None, :] + shifts)[:, :, None] + within[None, None, :]
        rows = np.sort(times.reshape(cells, -1), axis=1)
        return [row[(row >= 0) & (row <= duration_ms)] for row in rows]

    def _volleys(self, duration_ms: float) -> FloatArray:
        if not self.every_ms:
            return np.array([self.start_ms])
        fitting = math.floor(max(duration_ms - self.start_ms, 0.0) / self.every_ms) + 1
        check_bounded(min(self.number or fitting, fitting), "spikes")
        numbers = np.arange(min(self.number or fitting, fitting), dtype=np.float64)
        return np.asarray(self.start_ms + self.every_ms * numbers)
