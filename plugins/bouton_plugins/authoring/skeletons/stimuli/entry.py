"""A stimulus: a current that rises and falls."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen, validators

from bouton.model.locations import At, Location
from bouton.model.protocol import Drive, WaveformDrive


@frozen
class Skeleton:
    """A current that rises along a straight line and falls along another.

    Attributes:
        peak_nA: Current at the peak; positive depolarises.
        delay_ms: Start.
        rise_ms: Time from start to peak.
        fall_ms: Time from peak to end.
        location: Where it is injected.
    """

    peak_nA: float
    delay_ms: float = field(default=0.0, validator=validators.ge(0.0))
    rise_ms: float = field(default=10.0, validator=validators.gt(0.0))
    fall_ms: float = field(default=10.0, validator=validators.gt(0.0))
    location: Location = At("soma", 0.5)

    def drives(self) -> Iterable[Drive]:
        """Return one waveform."""
        peak_ms = self.delay_ms + self.rise_ms
        times_ms = [self.delay_ms, peak_ms, peak_ms + self.fall_ms]
        return [WaveformDrive(self.location, times_ms, [0.0, self.peak_nA, 0.0])]
