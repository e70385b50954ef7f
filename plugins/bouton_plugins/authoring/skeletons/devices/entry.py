"""A device: a source that fires bursts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import field, frozen, validators

from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray


@frozen
class Skeleton:
    """Every cell fires bursts at equal intervals; the first one comes at a random time.

    Attributes:
        interval_ms: Time from burst to burst.
        spikes: Spikes per burst.
        gap_ms: Time between the spikes of a burst.
    """

    interval_ms: float = field(default=200.0, validator=validators.gt(0.0))
    spikes: int = field(default=3, validator=validators.ge(1))
    gap_ms: float = field(default=4.0, validator=validators.gt(0.0))

    def trains(self, cells: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return the times of each cell's spikes, rising, within the duration, ms."""
        firsts = self.interval_ms * draws.uniform(np.arange(cells))
        return [self._train(float(first), duration_ms) for first in firsts]

    def _train(self, first_ms: float, duration_ms: float) -> FloatArray:
        bursts = np.arange(first_ms, duration_ms, self.interval_ms)
        times = np.sort((bursts[:, None] + self.gap_ms * np.arange(self.spikes)).ravel())
        return times[times <= duration_ms]
