"""A feature extractor: the largest potential of a trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from bouton.model.scores import Feature
from bouton.model.traces import Response


@frozen
class Peak:
    """Height and time of the largest value of one trace of one protocol.

    Attributes:
        protocol: Name of the protocol in the study.
        trace: Name of the trace.
        from_ms: Earlier samples are left out.
    """

    protocol: str
    trace: str = "soma"
    from_ms: float = 0.0

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return `peak` and `peak_time`; both nan if the trace ends before `from_ms`.

        Raises:
            ProtocolError: If the protocol recorded no such trace.
        """
        trace = responses[self.protocol][self.trace]
        late = trace.t_ms >= self.from_ms
        values, times = trace.values[late], trace.t_ms[late]
        height, time_ms = float("nan"), float("nan")
        if len(values):
            height, time_ms = float(values.max()), float(times[values.argmax()])
        return (Feature("peak", height, trace.unit), Feature("peak_time", time_ms, "ms"))
