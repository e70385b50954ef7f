"""The extractor: chosen features of one trace of one protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.scores import Feature
from bouton.model.traces import Response, Trace
from bouton_plugins.features.voltage import FEATURES, Sweep


def _known(instance: object, attribute: object, names: tuple[str, ...]) -> None:
    del instance, attribute
    for name in names:
        if name not in FEATURES:
            raise ValueError(f"no feature is called {name!r}; {did_you_mean(name, FEATURES)}")


@frozen
class TraceFeatures:
    """Features of a voltage trace.

    Attributes:
        features: Names, such as `Spikecount`; default: all.
        protocol: Protocol to read; empty for the only one.
        trace: Trace to read; empty for the first voltage of the protocol.
        threshold_mV: Upward crossing that counts as a spike.
        onset_ms: Start of the stimulus; below 0 for the protocol's own.
        stimulus_ms: Duration of the stimulus; below 0 for the protocol's own.
    """

    features: tuple[str, ...] = field(default=tuple(FEATURES), validator=_known)
    protocol: str = ""
    trace: str = ""
    threshold_mV: float = -20.0
    onset_ms: float = -1.0
    stimulus_ms: float = -1.0

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return the features; one that the trace does not have is nan.

        Raises:
            ProtocolError: If there is no such protocol or trace.
        """
        response = self._response(responses)
        told = response.description
        onset = self.onset_ms if self.onset_ms >= 0 else told.onset_ms
        length = self.stimulus_ms if self.stimulus_ms >= 0 else told.stimulus_ms
        end = onset + length if length > 0 else told.duration_ms
        trace = self._trace(response)
        sweep = Sweep(trace.t_ms, trace.values, self.threshold_mV, onset, end)
        return [
            Feature(name, FEATURES[name].take(sweep), FEATURES[name].unit) for name in self.features
        ]

    def _response(self, responses: Mapping[str, Response]) -> Response:
        if not self.protocol and len(responses) == 1:
            return next(iter(responses.values()))
        if self.protocol not in responses:
            hint = did_you_mean(self.protocol, responses)
            raise ProtocolError(f"features are asked of protocol {self.protocol!r}; {hint}")
        return responses[self.protocol]

    def _trace(self, response: Response) -> Trace:
        if self.trace:
            return response[self.trace]
        for trace in response:
            if trace.variable == "v" and trace.values.ndim == 1:
                return trace
        raise ProtocolError(f"protocol {response.protocol!r} records no voltage at one place")
