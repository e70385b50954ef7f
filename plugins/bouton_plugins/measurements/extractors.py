"""The measurements as feature extractors: for protocols that a study runs itself.

Each works in two modes: `reproduce` as the motor-pool tutorial does, `accurate` as it should be.
Currents are read from the protocols, which need one current clamp each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
from attrs import field, frozen

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.morphology import FloatArray
from bouton.model.protocol import PointDrive, Protocol
from bouton.model.scores import Feature
from bouton.model.traces import Response, Trace
from bouton_plugins.measurements import columns
from bouton_plugins.measurements.waves import (
    count_crossings,
    crossing_times,
    late_decay,
    line_slope,
    plain_decay_ms,
    plain_spike_shape,
    settled_rate,
    spike_shape,
)

Mode = Literal["reproduce", "accurate"]


@frozen(kw_only=True)
class _OfTraces:
    """What all of them share.

    Attributes:
        protocols: Protocols to read; default: all.
        trace: Trace to read; default: the first potential at one place.
        rest_mV: Resting potential; default: the starting potential of each protocol.
        mode: `reproduce` or `accurate`.
    """

    protocols: tuple[str, ...] = field(default=(), converter=tuple)
    trace: str = ""
    rest_mV: float | None = None
    mode: Mode = "accurate"

    def chosen(self, responses: Mapping[str, Response]) -> list[Response]:
        """Return the responses to read.

        Raises:
            ProtocolError: If one is missing.
        """
        for name in self.protocols:
            if name not in responses:
                hint = did_you_mean(name, responses)
                raise ProtocolError(f"features are asked of protocol {name!r}; {hint}")
        if not responses:
            raise ProtocolError("features are asked of traces, and no protocol has run")
        return [responses[name] for name in self.protocols or responses]

    def voltage(self, response: Response) -> Trace:
        """Return the trace to read.

        Raises:
            ProtocolError: If there is none.
        """
        if self.trace:
            return response[self.trace]
        for trace in response:
            if trace.variable == "v" and trace.values.ndim == 1:
                return trace
        raise ProtocolError(f"protocol {response.protocol!r} records no voltage at one place")

    def rest(self, response: Response) -> float:
        """Return the resting potential that counts for a response, mV."""
        return response.integration.v_init_mV if self.rest_mV is None else self.rest_mV


def clamp(protocol: Protocol) -> tuple[float, float, float]:
    """Return amplitude, start and end of the one current clamp of a protocol, nA and ms.

    Raises:
        ProtocolError: If it has several, or other drives.
    """
    if not protocol.drives:
        return 0.0, 0.0, 0.0
    drive = protocol.drives[0]
    if len(protocol.drives) > 1 or not isinstance(drive, PointDrive) or drive.mechanism != "IClamp":
        raise ProtocolError(
            "this feature needs a protocol with one current clamp, such as current-step"
        )
    start = float(drive.values.get("delay", 0.0))
    return float(drive.values["amp"]), start, start + float(drive.values["dur"])


@frozen(kw_only=True)
class RestingPotential(_OfTraces):
    """Potential at the end of the first protocol."""

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return it."""
        values = self.voltage(self.chosen(responses)[0]).values
        yield Feature(columns.REST, float(values[-1]), "mV")


@frozen(kw_only=True)
class InputResistance(_OfTraces):
    """Slope of the deflection over current, at the end of each step."""

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return it; nan for fewer than two currents."""
        currents, shifts = [], []
        for response in self.chosen(responses):
            trace = self.voltage(response)
            amplitude, _, end = clamp(response.description)
            inside = trace.t_ms <= end + 0.5 * response.integration.dt_ms
            last = -1 if self.mode == "reproduce" or not amplitude else np.flatnonzero(inside)[-1]
            currents.append(amplitude)
            shifts.append(float(trace.values[last]) - self.rest(response))
        slope = line_slope(np.array(currents), np.array(shifts))
        yield Feature(columns.RESISTANCE, slope, "MOhm")


@frozen(kw_only=True)
class TimeConstant(_OfTraces):
    """Time constant of the way back after a pulse, from the first protocol.

    Attributes:
        margin_mV: In mode `reproduce`, the way back ends this much below rest.
    """

    margin_mV: float = 0.1

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return it, in mode `accurate` with its uncertainty."""
        response = self.chosen(responses)[0]
        trace, rest = self.voltage(response), self.rest(response)
        if self.mode == "reproduce":
            tau = plain_decay_ms(trace.t_ms, trace.values, rest, self.margin_mV)
            yield Feature(columns.TAU, tau, "ms")
            return
        found = late_decay(trace.t_ms, trace.values - rest, clamp(response.description)[2])
        yield Feature(columns.TAU, found.value, "ms")
        yield Feature(columns.uncertainty(columns.TAU), found.uncertainty, "ms")


@frozen(kw_only=True)
class Rheobase(_OfTraces):
    """Smallest current that makes a spike, and the largest one below it that does not.

    Attributes:
        spike_rise_mV: Rise above rest that counts as a spike.
    """

    spike_rise_mV: float = 40.0

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return both, nan where no protocol shows it."""
        silent: list[float] = []
        firing: list[float] = []
        for response in self.chosen(responses):
            rise = float(self.voltage(response).values.max()) - self.rest(response)
            group = firing if rise >= self.spike_rise_mV else silent
            group.append(clamp(response.description)[0])
        first = min(firing, default=math.nan)
        below = max((c for c in silent if not c >= first), default=math.nan)
        yield Feature(columns.RHEOBASE, first, "nA")
        yield Feature(columns.LOWER, below, "nA")


@frozen(kw_only=True)
class SpikeAndAfter(_OfTraces):
    """Height of a spike, depth and duration of what follows it, from the first protocol.

    Attributes:
        spike_rise_mV: Rise above rest that counts as a spike.
        recovery_mV: The after-hyperpolarisation ends this much below rest.
        fast_ms: In mode `accurate`, what comes later after the peak is slow.
    """

    spike_rise_mV: float = 40.0
    recovery_mV: float = 0.15
    fast_ms: float = 5.0

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return height, depth and duration, and in mode `accurate` the fast undershoot."""
        response = self.chosen(responses)[0]
        trace, rest = self.voltage(response), self.rest(response)
        names = [columns.HEIGHT, columns.DEPTH, columns.DURATION]
        if self.mode == "accurate":
            names += [columns.UNDERSHOOT, columns.HALF]
        units = {**columns.UNITS, columns.UNDERSHOOT: "mV", columns.HALF: "ms"}
        if trace.values.max() < rest + self.spike_rise_mV:
            yield from (Feature(name, math.nan, units[name]) for name in names)
            return
        shape = (
            plain_spike_shape(trace.t_ms, trace.values, rest, self.recovery_mV)
            if self.mode == "reproduce"
            else spike_shape(
                trace.t_ms, trace.values, rest, margin_mV=self.recovery_mV, fast_ms=self.fast_ms
            )
        )
        values = [shape.height_mV, shape.depth_mV, shape.duration_ms]
        if self.mode == "accurate":
            values += [shape.undershoot_mV, shape.half_ms]
        yield from (
            Feature(name, value, units[name]) for name, value in zip(names, values, strict=True)
        )


@frozen(kw_only=True)
class Gain(_OfTraces):
    """Slope of the firing rate over current.

    Attributes:
        spike_level_mV: Upward crossing that counts as a spike.
        divisor_ms: In mode `reproduce`, all spikes of the trace are divided by this time.
    """

    spike_level_mV: float = 50.0
    divisor_ms: float = 2500.0

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return the slope and the rates; in mode `accurate` the settled ones."""
        currents, rates = [], []
        for response in self.chosen(responses):
            rates.append(self._rate(response))
            currents.append(clamp(response.description)[0])
        x, y = np.array(currents), np.array(rates)
        good = np.isfinite(y)
        yield Feature(columns.GAIN, line_slope(x[good], y[good]), "Hz/nA")
        yield Feature(columns.LEVELS, tuple(currents), "nA")
        yield Feature(columns.RATES, tuple(rates), "Hz")

    def _rate(self, response: Response) -> float:
        trace = self.voltage(response)
        v: FloatArray = trace.values
        if self.mode == "reproduce":
            return count_crossings(v, self.spike_level_mV) / self.divisor_ms * 1000.0
        _, start, end = clamp(response.description)
        spikes = crossing_times(trace.t_ms, v, self.spike_level_mV)
        spikes = spikes[(spikes >= start) & (spikes <= end)]
        return settled_rate(spikes, (start + end) / 2).value
