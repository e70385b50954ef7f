"""The stimulus protocols of the L5PT targets, with the names that model tables use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar, Literal, Self

from attrs import evolve, field, fields, frozen, validators

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.locations import Location, OnLabel, TrunkDistance
from bouton.model.protocol import Drive, Integration, PointDrive, Protocol, Signal

_SOMA_MIDDLE = OnLabel("soma", 0.5, index=0)
_SOMA_START = OnLabel("soma", 0.0, index=0)  # recorded in the first segment
_METHODS = ("fixed", "crank-nicolson", "cvode")
_POSITIVE = validators.gt(0.0)

# a name of model tables -> the option it sets, with its position where the option is a list
Route = tuple[str, int | None]
_RUN_ROUTES: Mapping[str, Route] = {
    "run.T": ("celsius", None),
    "run.Vinit": ("v_init_mV", None),
    "run.dt": ("dt_ms", None),
    "run.tStop": ("duration_ms", None),
    "run.vardt": ("method", None),
}


@frozen(kw_only=True)
class _HayProtocol:
    """Options that all three protocols share.

    Attributes:
        duration_ms: The run goes on until this time is reached.
        method: Integrator; `cvode` takes variable steps.
        dt_ms: Step of the fixed methods.
        absolute_tolerance: CVODE's; the targets were used with 1e-3, and 1e-6 is tight.
        celsius: Temperature.
        v_init_mV: Starting potential.
    """

    duration_ms: float = field(default=600.0, validator=_POSITIVE)
    method: Literal["fixed", "crank-nicolson", "cvode"] = field(
        default="cvode", validator=validators.in_(_METHODS)
    )
    dt_ms: float = field(default=0.025, validator=_POSITIVE)
    absolute_tolerance: float = field(default=1e-3, validator=_POSITIVE)
    celsius: float = 34.0
    v_init_mV: float = -75.0

    _routes: ClassVar[Mapping[str, Route]] = {}

    def _with_values(self, values: Mapping[str, Any]) -> Self:
        """Return the options with the values of a parameter set put in.

        Raises:
            ProtocolError: If a name is unknown or a value impossible.
        """
        options = {f.name: (f.name, None) for f in fields(type(self))}
        routes: dict[str, Route] = {**options, **_RUN_ROUTES, **self._routes}
        changed = self
        for name, value in values.items():
            if name not in routes:
                raise ProtocolError(
                    f"{type(self).__name__} takes no value {name!r}; {did_you_mean(name, routes)}"
                )
            route = routes[name]
            try:
                change: dict[str, Any] = {route[0]: changed._converted(name, route, value)}
                changed = evolve(changed, **change)
            except (TypeError, ValueError) as error:
                raise ProtocolError(f"{type(self).__name__}: {name}: {error}") from error
        return changed

    def _converted(self, name: str, route: Route, value: object) -> object:
        option, position = route
        old = getattr(self, option)
        if name == "run.vardt":
            return "cvode" if value else "fixed"
        if position is not None:
            return (*old[:position], _number(value), *old[position + 1 :])
        if isinstance(old, tuple):
            several = value if isinstance(value, list | tuple) else (value,)
            return tuple(_number(one) for one in several)
        return value if isinstance(old, str) else _number(value)

    def _protocol(
        self,
        drives: tuple[Drive, ...],
        signals: tuple[Signal, ...],
        onset_ms: float,
        stimulus_ms: float,
    ) -> Protocol:
        return Protocol(
            drives=drives,
            signals=signals,
            duration_ms=self.duration_ms,
            integration=Integration(
                method=self.method,
                dt_ms=self.dt_ms,
                absolute_tolerance=self.absolute_tolerance,
                celsius=self.celsius,
                v_init_mV=self.v_init_mV,
            ),
            onset_ms=onset_ms,
            stimulus_ms=stimulus_ms,
        )


@frozen(kw_only=True)
class BackPropagation(_HayProtocol):
    """A short somatic current: one spike, recorded at the soma and twice along the trunk.

    Signals are called `soma`, `dend1` and `dend2`.

    Attributes:
        recording_distances_um: Path distances of `dend1` and `dend2` from the start of the soma.
        amplitude_nA: Somatic current.
        delay_ms: Its start.
        pulse_ms: Its duration.

    Source: Hay et al. (2011), methods; distances after Larkum, Zhu & Sakmann (2001).
    """

    recording_distances_um: tuple[float, float] = (620.0, 800.0)
    amplitude_nA: float = 1.9
    delay_ms: float = field(default=295.0, validator=validators.ge(0.0))
    pulse_ms: float = field(default=5.0, validator=_POSITIVE)

    _routes: ClassVar[Mapping[str, Route]] = {
        "hay_measure.recSite1": ("recording_distances_um", 0),
        "hay_measure.recSite2": ("recording_distances_um", 1),
        "stim.delay": ("delay_ms", None),
    }

    def __attrs_post_init__(self) -> None:
        if len(self.recording_distances_um) != 2:
            raise ValueError(
                "recording_distances_um needs two distances, got "
                f"{len(self.recording_distances_um)}"
            )

    def protocol(self, values: Mapping[str, Any]) -> Protocol:
        """Return the protocol; `values` such as `hay_measure.recSite1` override the options.

        Raises:
            ProtocolError: If a value is unknown or impossible.
        """
        own = self._with_values(values)
        near, far = own.recording_distances_um
        signals = (
            _voltage("soma", _SOMA_START),
            _voltage("dend1", TrunkDistance(near)),
            _voltage("dend2", TrunkDistance(far)),
        )
        pulse = _soma_step(own.amplitude_nA, own.delay_ms, own.pulse_ms)
        return own._protocol((pulse,), signals, own.delay_ms, own.pulse_ms)


@frozen(kw_only=True)
class BacFiring(_HayProtocol):
    """A somatic spike and, 5 ms later, a current in the dendrite that only together make a burst.

    Signals are called `soma` and `dend1`.

    Attributes:
        stimulus_distance_um: Path distance of the dendritic current from the start of the soma.
        recording_distance_um: Path distance of `dend1`; None means where the current goes in.
        amplitude_nA: Somatic current.
        delays_ms: Start of each pair of somatic pulse and dendritic current.
        pulse_ms: Duration of the somatic pulse.
        dendritic_delay_ms: Start of the dendritic current after the somatic pulse's.
        dendritic_amplitude_nA: Peak of the dendritic current.
        rise_ms: Its rise time constant.
        decay_ms: Its decay time constant.
        window_ms: Stimulus duration that features assume.

    Source: Hay et al. (2011), methods; Larkum, Zhu & Sakmann (1999) Nature 398:338.
    """

    stimulus_distance_um: float = 970.0
    recording_distance_um: float | None = None
    amplitude_nA: float = 1.9
    delays_ms: tuple[float, ...] = (295.0,)
    pulse_ms: float = field(default=5.0, validator=_POSITIVE)
    dendritic_delay_ms: float = 5.0
    dendritic_amplitude_nA: float = 0.5
    rise_ms: float = field(default=1.0, validator=_POSITIVE)
    decay_ms: float = field(default=5.0, validator=_POSITIVE)
    window_ms: float = field(default=45.0, validator=_POSITIVE)

    _routes: ClassVar[Mapping[str, Route]] = {
        "stim.dist": ("stimulus_distance_um", None),
        "stim.delay": ("delays_ms", None),
        "hay_measure.recSite": ("recording_distance_um", None),
    }

    def __attrs_post_init__(self) -> None:
        if not self.delays_ms or min(self.delays_ms) < 0:
            raise ValueError(f"delays_ms needs one or more times from 0 on, got {self.delays_ms}")
        if self.rise_ms == self.decay_ms:
            raise ValueError("rise_ms and decay_ms must differ")

    def protocol(self, values: Mapping[str, Any]) -> Protocol:
        """Return the protocol; `values` such as `stim.dist` override the options.

        Raises:
            ProtocolError: If a value is unknown or impossible.
        """
        own = self._with_values(values)
        recording = own.recording_distance_um
        place = own.stimulus_distance_um if recording is None else recording
        signals = (_voltage("soma", _SOMA_START), _voltage("dend1", TrunkDistance(place)))
        drives = tuple(drive for delay in own.delays_ms for drive in own._pair(delay))
        return own._protocol(drives, signals, min(own.delays_ms), own.window_ms)

    def _pair(self, delay_ms: float) -> tuple[Drive, Drive]:
        current = PointDrive(
            "epsp",
            TrunkDistance(self.stimulus_distance_um),
            {
                "onset": delay_ms + self.dendritic_delay_ms,
                "imax": self.dendritic_amplitude_nA,
                "tau0": self.rise_ms,
                "tau1": self.decay_ms,
            },
            catalogues=("hay",),
            sign=-1,
        )
        return _soma_step(self.amplitude_nA, delay_ms, self.pulse_ms), current


_STEP_NA = {1: 0.619, 2: 0.793, 3: 1.507}


@frozen(kw_only=True)
class SomaticStep(_HayProtocol):
    """Two seconds of somatic current; the signal is called `soma`.

    Attributes:
        level: 1, 2 or 3: the three currents of the targets, 0.619, 0.793 and 1.507 nA.
        amplitude_nA: Another current; None means that of the level.
        delay_ms: Its start.
        step_ms: Its duration.

    Source: Hay et al. (2011), methods.
    """

    duration_ms: float = field(default=3000.0, validator=_POSITIVE)
    level: int = field(default=1, validator=validators.in_(tuple(_STEP_NA)))
    amplitude_nA: float | None = None
    delay_ms: float = field(default=700.0, validator=validators.ge(0.0))
    step_ms: float = field(default=2000.0, validator=_POSITIVE)

    _routes: ClassVar[Mapping[str, Route]] = {
        "stim.amplitude": ("amplitude_nA", None),
        "stim.delay": ("delay_ms", None),
        "stim.duration": ("step_ms", None),
    }

    def protocol(self, values: Mapping[str, Any]) -> Protocol:
        """Return the protocol; `values` such as `stim.amplitude` override the options.

        Raises:
            ProtocolError: If a value is unknown or impossible.
        """
        own = self._with_values(values)
        amplitude = _STEP_NA[own.level] if own.amplitude_nA is None else own.amplitude_nA
        step = _soma_step(amplitude, own.delay_ms, own.step_ms)
        signals = (_voltage("soma", _SOMA_START),)
        return own._protocol((step,), signals, own.delay_ms, own.step_ms)


def _soma_step(amplitude_nA: float, delay_ms: float, duration_ms: float) -> PointDrive:
    values = {"amp": amplitude_nA, "delay": delay_ms, "dur": duration_ms}
    return PointDrive("IClamp", _SOMA_MIDDLE, values)


def _voltage(name: str, location: Location) -> Signal:
    return Signal(name, "v", location)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"expected a number, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value!r}")
    return float(value)
