"""Artificial spike sources whose rate follows a profile: Poisson, or gamma renewal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from attrs import field, frozen, validators

from bouton.model.morphology import FloatArray, IntArray

Profile = Callable[[FloatArray], FloatArray]

_GRID_MS = 1.0


def _fraction(instance: object, attribute: object, value: float) -> None:
    del instance, attribute
    if not 0 <= value <= 1:
        raise ValueError(f"probability must be within 0 to 1, got {value!r}")


@frozen
class Synapses:
    """Sources that project onto the excitatory or inhibitory synapses of a pool.

    Every source reaches every cell with the same probability, over one synapse per dendrite that
    the source draws. Cells that share sources share their fluctuations.

    Attributes:
        sources: Number of sources.
        kind: `poisson`, or `gamma` for more regular ones.
        shape: Shape of the gamma distribution of intervals; their CV is 1/sqrt(shape).
        rate_Hz: Rate of each source at the top of the profile.
        probability: That a source reaches a cell.
        weight_uS: Peak conductance of one event.
        delay_ms: From source to synapse.
        synapse: `exc` or `inh`.

    Source: time rescaling as in Brown, Barbieri, Ventura, Kass & Frank (2002) Neural Comput
    14:325.
    """

    sources: int = field(default=200, validator=validators.ge(1))
    kind: Literal["poisson", "gamma"] = "poisson"
    shape: float = field(default=3.0, validator=validators.gt(0.0))
    rate_Hz: float = field(default=60.0, validator=validators.gt(0.0))
    probability: float = field(default=0.5, validator=_fraction)
    weight_uS: float = field(default=0.1, validator=validators.gt(0.0))
    delay_ms: float = field(default=1.0, validator=validators.ge(0.0))
    synapse: Literal["exc", "inh"] = "exc"

    def train(self, source: int, profile: Profile, duration_ms: float, seed: int) -> FloatArray:
        """Return the spike times of one source, ms, shape (n,).

        Intervals with mean 1 are drawn in the integral of the rate and mapped back to time.

        Args:
            source: Its number.
            profile: Part of the largest rate by time, 0 to 1.
            duration_ms: How long it is active.
            seed: Seed of the run.
        """
        grid = np.arange(0.0, duration_ms + _GRID_MS, _GRID_MS)
        rate = self.rate_Hz * np.clip(profile(grid), 0.0, None) / 1e3
        expected = np.concatenate(([0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * _GRID_MS)))
        stream = np.random.default_rng((seed, 0, source))
        shape = self.shape if self.kind == "gamma" else 1.0
        count = int(expected[-1] + 10 * np.sqrt(expected[-1] + 1) + 10)
        intervals = stream.gamma(shape, 1 / shape, count)
        intervals[0] *= stream.random()  # no source begins with a spike that others share
        arrivals = np.cumsum(intervals)
        arrivals = arrivals[arrivals < expected[-1]]
        return np.asarray(np.interp(arrivals, expected, grid), dtype=np.float64)

    def targets(self, cell: int, dendrites: int, seed: int) -> IntArray:
        """Return the dendrite that each source reaches on a cell, -1 for none, shape (sources,)."""
        stream = np.random.default_rng((seed, 1, cell))
        reached = stream.random(self.sources) < self.probability
        chosen = stream.integers(0, dendrites, self.sources)
        return np.where(reached, chosen, -1)

    def events(
        self, cell: int, dendrites: int, profile: Profile, duration_ms: float, seed: int
    ) -> list[FloatArray]:
        """Return the times at which events reach a cell, one rising array per dendrite, ms."""
        targets = self.targets(cell, dendrites, seed)
        arriving = []
        for dendrite in range(dendrites):
            chosen = np.flatnonzero(targets == dendrite)
            trains = [self.train(int(i), profile, duration_ms, seed) for i in chosen]
            times = np.sort(np.concatenate([np.zeros(0), *trains])) + self.delay_ms
            arriving.append(times[times <= duration_ms])
        return arriving
