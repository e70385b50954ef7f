"""A protocol: drives, signals and integration settings, as plain data.

Stimuli and recorders of any plug-in end up as the few kinds of data here, so that the simulator
needs to know no plug-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from attrs import Factory, evolve, field, frozen

from bouton.errors import ProtocolError
from bouton.model.locations import Location
from bouton.model.morphology import FloatArray, read_only


@frozen
class PointDrive:
    """A point process that drives the cell, one per place of the location.

    Attributes:
        mechanism: NEURON name: `IClamp`, `SEClamp`, or one of a catalogue, such as `epsp`.
        location: Where.
        values: Parameters by NEURON name.
        catalogues: Catalogues that define the mechanism.
        current: Variable to record as the stimulus actually applied, nA; empty for none.
        sign: +1 if a positive `current` depolarises (electrode current), -1 if it is a membrane
            current.
    """

    mechanism: str
    location: Location
    values: Mapping[str, float] = Factory(dict)
    catalogues: tuple[str, ...] = ()
    current: str = "i"
    sign: int = 1


@frozen(eq=False)
class WaveformDrive:
    """A current that follows an array, injected at every place of the location.

    Attributes:
        location: Where.
        t_ms: Times that never decrease, shape (n,), ms; equal neighbours make a jump. The current
            is 0 before the first, and keeps the last value after the last.
        current_nA: Current at these times, shape (n,), nA; positive depolarises.
        interpolate: Straight lines between the points if true, steps if false.
    """

    location: Location
    t_ms: FloatArray = field(converter=read_only)
    current_nA: FloatArray = field(converter=read_only)
    interpolate: bool = True

    def __attrs_post_init__(self) -> None:
        if self.t_ms.shape != self.current_nA.shape or self.t_ms.ndim != 1 or not len(self.t_ms):
            raise ProtocolError(
                "a waveform needs t_ms and current_nA of one shape (n,), got "
                f"{self.t_ms.shape} and {self.current_nA.shape}"
            )
        if not (np.isfinite(self.t_ms).all() and np.isfinite(self.current_nA).all()):
            raise ProtocolError("a waveform needs finite times and currents")
        if self.t_ms[0] < 0 or (np.diff(self.t_ms) < 0).any():
            raise ProtocolError("the times of a waveform start at 0 or later and never decrease")


Drive = PointDrive | WaveformDrive


@frozen(eq=False)
class EventTrain:
    """Events that reach a point process of the cell, such as spikes that reach a synapse.

    Attributes:
        point: Name that the cell gives the point process.
        times_ms: When they arrive, never decreasing, shape (n,), ms.
        weight: Weight of each, in the unit of the point process (uS for `Exp2Syn`).
    """

    point: str
    times_ms: FloatArray = field(converter=read_only)
    weight: float

    def __attrs_post_init__(self) -> None:
        if self.times_ms.ndim != 1 or not np.isfinite(self.times_ms).all():
            raise ProtocolError(f"events at {self.point!r} need finite times of shape (n,)")
        if len(self.times_ms) and (self.times_ms[0] < 0 or (np.diff(self.times_ms) < 0).any()):
            raise ProtocolError(
                f"the times of events at {self.point!r} start at 0 or later and never decrease"
            )
        if not np.isfinite(self.weight):
            raise ProtocolError(f"the weight of events at {self.point!r} must be finite")


SPIKES = "spikes"
STIMULUS = "stimulus"
MEMBRANE_CURRENT = "i_membrane_"


@frozen
class Signal:
    """One variable to record at one or more places.

    Attributes:
        name: Name of the trace, unique within the protocol.
        variable: `v`, `cai`, `ica`, `Mechanism.variable` such as `Ca_HVA.ica` (or NEURON's own
            `ica_Ca_HVA`), `point.variable` for a point process that the cell names,
            `i_membrane_` for the total membrane current of a segment, `spikes` for the times of
            upward crossings (samples are 1), or `stimulus` for the current that the drives really
            inject into the segment of each place.
        location: Where; several places make one trace with several columns.
        interval_ms: Sampling interval; 0 records every step that the integrator takes.
        threshold_mV: Level of `spikes`; the cell's own if None.
    """

    name: str
    variable: str
    location: Location
    interval_ms: float = 0.0
    threshold_mV: float | None = None

    def __attrs_post_init__(self) -> None:
        if not (np.isfinite(self.interval_ms) and self.interval_ms >= 0):
            raise ProtocolError(
                f"signal {self.name!r}: interval_ms must be 0 (every step) or above, got "
                f"{self.interval_ms!r}"
            )


@frozen
class Integration:
    """Every process-wide setting of a run. The protocol owns them; nothing else sets them.

    Attributes:
        method: `fixed` (backward Euler), `crank-nicolson` (second order, `secondorder=2`) or
            `cvode` (variable step).
        dt_ms: Step of the fixed methods.
        absolute_tolerance: CVODE's.
        relative_tolerance: CVODE's.
        celsius: Temperature.
        v_init_mV: Starting potential.
        seed: Seed of the random streams of mechanisms, for those that have any.
    """

    method: Literal["fixed", "crank-nicolson", "cvode"] = "fixed"
    dt_ms: float = 0.025
    absolute_tolerance: float = 1e-3
    relative_tolerance: float = 0.0
    celsius: float = 6.3
    v_init_mV: float = -65.0
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        if self.method not in ("fixed", "crank-nicolson", "cvode"):
            raise ValueError(f"method must be fixed, crank-nicolson or cvode, got {self.method!r}")
        for name in ("dt_ms", "absolute_tolerance"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)!r}")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed must be within 0 to 2**32 - 1, got {self.seed!r}")


@frozen
class Validity:
    """What every voltage trace must satisfy before any feature sees it.

    Attributes:
        lower_mV: No sample lower.
        upper_mV: No sample higher.
    """

    lower_mV: float = -200.0
    upper_mV: float = 200.0


@frozen
class Protocol:
    """One experiment on a cell.

    Attributes:
        drives: What drives the cell.
        signals: What is recorded; the first voltage signal is the one figures show first.
        duration_ms: The run goes on until this time is reached.
        integration: Process-wide settings.
        validity: What makes a trace acceptable.
        onset_ms: Start of the stimulus, for features and figures.
        stimulus_ms: Duration of the stimulus, for features and figures.
        events: Events that reach point processes of the cell.
    """

    drives: tuple[Drive, ...]
    signals: tuple[Signal, ...]
    duration_ms: float
    integration: Integration = Integration()
    validity: Validity = Validity()
    onset_ms: float = 0.0
    stimulus_ms: float = 0.0
    events: tuple[EventTrain, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not self.duration_ms > 0:
            raise ProtocolError(f"duration_ms must be above 0, got {self.duration_ms!r}")
        names = [signal.name for signal in self.signals]
        if len(set(names)) != len(names):
            raise ProtocolError(f"two signals share one name: {', '.join(sorted(names))}")

    def with_signals(self, *signals: Signal) -> Protocol:
        """Return the protocol with further signals recorded."""
        return evolve(self, signals=(*self.signals, *signals))

    @property
    def catalogues(self) -> tuple[str, ...]:
        """Catalogues that its drives need."""
        points = (drive for drive in self.drives if isinstance(drive, PointDrive))
        return tuple(dict.fromkeys(name for drive in points for name in drive.catalogues))
