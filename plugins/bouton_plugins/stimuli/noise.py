"""Noise currents that are the same in every process, by seed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from math import exp, sqrt

import numpy as np
import numpy.typing as npt
from attrs import field, frozen, validators

from bouton.model.locations import At, Location
from bouton.model.protocol import Drive, WaveformDrive
from bouton_plugins.stimuli.checks import finite, not_negative, positive, seed

_MOST_POINTS = 10_000_000


@frozen
class Noise:
    """A Gaussian current: white (held over each interval), or with a time constant.

    With a time constant it is an Ornstein-Uhlenbeck process, started in its steady state and drawn
    exactly at the interval; lines join the points. Every place of the location gets the same
    current.

    Attributes:
        mean_nA: Mean.
        std_nA: Standard deviation at any one time.
        tau_ms: Correlation time; 0 for independent values.
        interval_ms: Time between two values.
        delay_ms: Start; the current is 0 before.
        duration_ms: How long it lasts; the current is 0 after.
        seed: Seed; equal seeds give equal currents.
        location: Where it is injected.

    Source: Uhlenbeck & Ornstein (1930); exact update of Gillespie (1996), Phys Rev E 54:2084.
    """

    std_nA: float = field(validator=not_negative)
    duration_ms: float = field(validator=positive)
    mean_nA: float = field(default=0.0, validator=finite)
    tau_ms: float = field(default=0.0, validator=not_negative)
    interval_ms: float = field(default=0.1, validator=positive)
    delay_ms: float = field(default=0.0, validator=not_negative)
    seed: int = field(default=0, validator=[validators.instance_of(int), seed])
    location: Location = At("soma", 0.5)

    def __attrs_post_init__(self) -> None:
        if self.duration_ms / self.interval_ms > _MOST_POINTS:
            raise ValueError(
                f"duration_ms / interval_ms would make over {_MOST_POINTS:,} values; use a longer "
                "interval_ms"
            )

    def drives(self) -> Iterable[Drive]:
        """Return one waveform."""
        n = max(round(self.duration_ms / self.interval_ms), 1)
        t_ms = self.delay_ms + self.interval_ms * np.arange(n)
        end_ms = self.delay_ms + self.duration_ms
        current = self.mean_nA + self.std_nA * self._unit_noise(n)
        if self.tau_ms == 0:
            return (self._drive([*t_ms, end_ms], [*current, 0.0], interpolate=False),)
        return (
            self._drive([*t_ms, end_ms, end_ms], [*current, current[-1], 0.0], interpolate=True),
        )

    def _drive(self, t_ms: list[float], current: list[float], *, interpolate: bool) -> Drive:
        return WaveformDrive(self.location, t_ms, current, interpolate=interpolate)

    def _unit_noise(self, n: int) -> npt.NDArray[np.float64]:
        """Return noise of standard deviation 1, shape (n,)."""
        drawn = np.random.default_rng(self.seed).standard_normal(n)
        if self.tau_ms == 0:
            return drawn
        kept = exp(-self.interval_ms / self.tau_ms)
        fresh = sqrt(1.0 - kept**2)
        walk = accumulate(drawn[1:], lambda x, z: kept * x + fresh * z, initial=drawn[0])
        return np.fromiter(walk, dtype=np.float64, count=n)
