"""Currents made of straight pieces. Positive currents depolarise."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from attrs import field, frozen, validators

from bouton.model.locations import At, Location
from bouton.model.protocol import Drive, PointDrive, WaveformDrive
from bouton_plugins.stimuli.checks import count, finite, not_negative, positive


@frozen
class Step:
    """A constant current that starts and ends at once.

    Attributes:
        amplitude_nA: Current while it is on.
        delay_ms: Start.
        duration_ms: How long it is on.
        location: Where it is injected.
    """

    amplitude_nA: float = field(validator=finite)
    delay_ms: float = field(default=0.0, validator=not_negative)
    duration_ms: float = field(default=100.0, validator=not_negative)
    location: Location = At("soma", 0.5)

    def drives(self) -> Iterable[Drive]:
        """Return one current clamp."""
        values = {"delay": self.delay_ms, "dur": self.duration_ms, "amp": self.amplitude_nA}
        return (PointDrive("IClamp", self.location, values),)


@frozen
class Ramp:
    """A current along a straight line; it is 0 before and after.

    Attributes:
        start_nA: Current at the start.
        end_nA: Current at the end.
        delay_ms: Start.
        duration_ms: Time from start to end.
        location: Where it is injected.
    """

    start_nA: float = field(validator=finite)
    end_nA: float = field(validator=finite)
    delay_ms: float = field(default=0.0, validator=not_negative)
    duration_ms: float = field(default=100.0, validator=positive)
    location: Location = At("soma", 0.5)

    def drives(self) -> Iterable[Drive]:
        """Return one waveform."""
        end_ms = self.delay_ms + self.duration_ms
        t_ms = [self.delay_ms, end_ms, end_ms]
        return (WaveformDrive(self.location, t_ms, [self.start_nA, self.end_nA, 0.0]),)


def _levels(instance: object, attribute: object, value: tuple[float, ...]) -> None:
    del instance, attribute
    if not value or not np.isfinite(value).all():
        raise ValueError(f"levels_nA must hold one or more finite numbers, got {value!r}")


@frozen
class Staircase:
    """Constant currents one after another; the current is 0 before and after.

    Attributes:
        levels_nA: The currents, in order.
        step_ms: How long each one lasts.
        delay_ms: Start of the first.
        location: Where it is injected.
    """

    levels_nA: tuple[float, ...] = field(converter=tuple, validator=_levels)
    step_ms: float = field(default=100.0, validator=positive)
    delay_ms: float = field(default=0.0, validator=not_negative)
    location: Location = At("soma", 0.5)

    def drives(self) -> Iterable[Drive]:
        """Return one waveform of steps."""
        t_ms = self.delay_ms + self.step_ms * np.arange(len(self.levels_nA) + 1)
        return (WaveformDrive(self.location, t_ms, [*self.levels_nA, 0.0], interpolate=False),)


@frozen
class PulseTrain:
    """Equal pulses at equal intervals.

    Attributes:
        amplitude_nA: Current of a pulse.
        pulse_ms: Duration of one pulse.
        interval_ms: From the start of one pulse to the start of the next.
        n_pulses: Number of pulses.
        delay_ms: Start of the first.
        location: Where it is injected.
    """

    amplitude_nA: float = field(validator=finite)
    pulse_ms: float = field(validator=positive)
    interval_ms: float = field(validator=positive)
    n_pulses: int = field(default=1, validator=[validators.instance_of(int), count])
    delay_ms: float = field(default=0.0, validator=not_negative)
    location: Location = At("soma", 0.5)

    def __attrs_post_init__(self) -> None:
        if self.n_pulses > 1 and self.pulse_ms >= self.interval_ms:
            raise ValueError(
                f"pulse_ms must be below interval_ms, or the pulses merge: {self.pulse_ms!r} and "
                f"{self.interval_ms!r}"
            )

    def drives(self) -> Iterable[Drive]:
        """Return one waveform of steps."""
        starts = self.delay_ms + self.interval_ms * np.arange(self.n_pulses)
        t_ms = np.stack([starts, starts + self.pulse_ms], axis=1).ravel()
        current = np.tile([self.amplitude_nA, 0.0], self.n_pulses)
        return (WaveformDrive(self.location, t_ms, current, interpolate=False),)
