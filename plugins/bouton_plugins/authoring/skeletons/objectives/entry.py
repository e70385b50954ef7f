"""A set of objectives: the peak of one trace against a mean and a standard deviation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from attrs import field, frozen, validators

from bouton.model.scores import Feature, Scores, Target
from bouton.model.traces import Response

_PENALTY = 250.0


@frozen
class Skeleton:
    """The distance of a trace's peak from a target, in standard deviations.

    Attributes:
        protocol: Protocol to read, by its name in the study.
        trace: Trace to read.
        mean_mV: Target mean.
        std_mV: Target standard deviation.
    """

    protocol: str = "step"
    trace: str = "soma"
    mean_mV: float = 30.0
    std_mV: float = field(default=5.0, validator=validators.gt(0.0))

    @property
    def targets(self) -> Sequence[Target]:
        """The one target."""
        return (Target("peak", self.mean_mV, self.std_mV, "mV", self.protocol, "peak"),)

    def protocols(self) -> tuple[str, ...]:
        """Return the protocol that is needed."""
        return (self.protocol,)

    def score(self, protocol: str, responses: Mapping[str, Response]) -> Scores:
        """Return the distance; the penalty if there is nothing to measure."""
        if protocol != self.protocol:
            return Scores()
        values = responses[protocol][self.trace].values
        peak = float(values.max()) if len(values) else math.nan
        distance = abs(peak - self.mean_mV) / self.std_mV
        score = distance if math.isfinite(distance) else _PENALTY
        return Scores({"peak": Feature("peak", peak, "mV")}, {"peak": score})

    def combine(self, scores: Mapping[str, float]) -> Mapping[str, float]:
        """Return what an optimizer sees: the score itself."""
        return {"peak": scores["peak"]}

    def penalty(self, protocol: str) -> Mapping[str, float]:
        """Return the score of a protocol that was not run, or failed."""
        return {"peak": _PENALTY} if protocol == self.protocol else {}
