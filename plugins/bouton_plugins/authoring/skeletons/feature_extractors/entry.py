"""A feature extractor: the largest potential of a trace, and when it is reached."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from attrs import frozen

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.scores import Feature
from bouton.model.traces import Response


@frozen
class Skeleton:
    """Height and time of the largest sample of one trace.

    Attributes:
        protocol: Protocol to read, by its name in the study.
        trace: Trace to read.
        from_ms: Earlier samples are left out.
        features: Which of `peak` and `peak_time` are wanted; default: both.
    """

    protocol: str = "step"
    trace: str = "soma"
    from_ms: float = 0.0
    features: tuple[str, ...] = ("peak", "peak_time")

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return the features; nan if the trace ends before `from_ms`.

        Raises:
            ProtocolError: If the protocol or the trace is missing.
        """
        if self.protocol not in responses:
            hint = did_you_mean(self.protocol, responses)
            raise ProtocolError(f"features are asked of protocol {self.protocol!r}; {hint}")
        trace = responses[self.protocol][self.trace]
        late = trace.t_ms >= self.from_ms
        t_ms, values = trace.t_ms[late], trace.values[late]
        top = int(values.argmax()) if len(values) else -1
        found = {
            "peak": Feature("peak", float(values[top]) if top >= 0 else math.nan, trace.unit),
            "peak_time": Feature("peak_time", float(t_ms[top]) if top >= 0 else math.nan, "ms"),
        }
        return [found[name] for name in self.features]
