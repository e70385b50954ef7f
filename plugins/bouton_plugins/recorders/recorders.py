"""What can be recorded from one cell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from bouton.model.locations import At, EverySegment, Location, SpikeSource
from bouton.model.protocol import SPIKES, STIMULUS, Signal


def _interval(instance: object, attribute: Any, value: float) -> None:  # noqa: ANN401
    del instance
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(
            f"{attribute.name} must be 0 (every step of the integrator) or above, got {value!r}"
        )


def _filled(instance: object, attribute: Any, value: str) -> None:  # noqa: ANN401
    del instance
    if not value.strip():
        raise ValueError(f"{attribute.name} must not be empty")


@frozen
class Voltage:
    """The membrane potential.

    Attributes:
        name: Name of the trace, unique within the protocol.
        location: Where; several places make one trace with several columns.
        interval_ms: Sampling interval; 0 records every step of the integrator.
    """

    name: str = field(default="soma", validator=_filled)
    location: Location = At("soma", 0.5)
    interval_ms: float = field(default=0.0, validator=_interval)

    def signals(self) -> Iterable[Signal]:
        """Return one signal."""
        return (Signal(self.name, "v", self.location, self.interval_ms),)


@frozen
class Variable:
    """Any variable of the membrane, of a mechanism or of a named point process.

    Attributes:
        variable: Such as `cai`, `ica`, `Ca_HVA.ica`, `hh.m` or, for a point process that the cell
            calls `syn`, `syn.g`.
        name: Name of the trace; the variable itself if empty.
        location: Where; several places make one trace with several columns.
        interval_ms: Sampling interval; 0 records every step of the integrator.
    """

    variable: str = field(validator=_filled)
    name: str = ""
    location: Location = At("soma", 0.5)
    interval_ms: float = field(default=0.0, validator=_interval)

    def signals(self) -> Iterable[Signal]:
        """Return one signal."""
        name = self.name or self.variable
        return (Signal(name, self.variable, self.location, self.interval_ms),)


@frozen
class Movie:
    """One variable in every segment of the cell, or of one label.

    Attributes:
        name: Name of the trace.
        variable: As for the recorder `variable`; every segment needs it.
        label: Only sections with this label; all if empty.
        interval_ms: Time between frames; 0 records every step of the integrator.
    """

    name: str = field(default="movie", validator=_filled)
    variable: str = field(default="v", validator=_filled)
    label: str = ""
    interval_ms: float = field(default=1.0, validator=_interval)

    def signals(self) -> Iterable[Signal]:
        """Return one signal with a column per segment."""
        return (Signal(self.name, self.variable, EverySegment(self.label), self.interval_ms),)


@frozen
class Spikes:
    """Times of upward crossings of a level, found by the simulator at every step.

    Attributes:
        name: Name of the trace; its times are the spikes, its samples are 1.
        location: Where; the place that the cell itself names if None.
        threshold_mV: The level; the cell's own if None.
    """

    name: str = field(default="spikes", validator=_filled)
    location: Location | None = None
    threshold_mV: float | None = None

    def signals(self) -> Iterable[Signal]:
        """Return one signal."""
        where = SpikeSource() if self.location is None else self.location
        return (Signal(self.name, SPIKES, where, threshold_mV=self.threshold_mV),)


@frozen
class StimulusCurrent:
    """The current that all drives together really inject at a place, nA; positive depolarises.

    Attributes:
        name: Name of the trace.
        location: Where; drives elsewhere do not count.
        interval_ms: Sampling interval; 0 records every step of the integrator.
    """

    name: str = field(default="stimulus", validator=_filled)
    location: Location = At("soma", 0.5)
    interval_ms: float = field(default=0.0, validator=_interval)

    def signals(self) -> Iterable[Signal]:
        """Return one signal."""
        return (Signal(self.name, STIMULUS, self.location, self.interval_ms),)
