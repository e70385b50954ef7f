"""A stimulus: a sine whose frequency rises."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from attrs import field, frozen, validators

from bouton.model.locations import At, Location
from bouton.model.protocol import Drive, WaveformDrive


@frozen
class Chirp:
    """A sine current whose frequency rises linearly in time; 0 before and after.

    Attributes:
        amplitude_nA: Amplitude; positive depolarises.
        delay_ms: Start.
        duration_ms: How long it lasts.
        start_Hz: Frequency at the start.
        end_Hz: Frequency at the end.
        interval_ms: Time between two points of the waveform.
        location: Where it is injected.
    """

    amplitude_nA: float
    delay_ms: float = field(default=0.0, validator=validators.ge(0.0))
    duration_ms: float = field(default=1000.0, validator=validators.gt(0.0))
    start_Hz: float = field(default=0.0, validator=validators.ge(0.0))
    end_Hz: float = field(default=20.0, validator=validators.ge(0.0))
    interval_ms: float = field(default=0.1, validator=validators.gt(0.0))
    location: Location = At("soma", 0.5)

    def drives(self) -> Iterable[Drive]:
        """Return one waveform."""
        t_ms = np.append(np.arange(0.0, self.duration_ms, self.interval_ms), self.duration_ms)
        rise = (self.end_Hz - self.start_Hz) / (2 * self.duration_ms)
        cycles = 1e-3 * t_ms * (self.start_Hz + rise * t_ms)
        current_nA = self.amplitude_nA * np.sin(2 * np.pi * cycles)
        current_nA[-1] = 0.0
        return (WaveformDrive(self.location, self.delay_ms + t_ms, current_nA),)
