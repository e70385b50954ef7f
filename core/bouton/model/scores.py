"""Features, scores and evaluations: what becomes of traces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import Factory, field, frozen

from bouton.model.traces import Response

FeatureValue = float | tuple[float, ...]


@frozen
class Feature:
    """One named number, or list of numbers, taken from traces.

    Attributes:
        name: Name, such as `bAP_APheight`.
        value: A number (nan when it could not be taken) or several.
        unit: Unit text.
    """

    name: str
    value: FeatureValue
    unit: str = ""


@frozen
class Target:
    """What data say of one objective.

    Attributes:
        objective: Name of the objective.
        mean: Target mean.
        std: Target standard deviation.
        unit: Unit of both.
        protocol: Protocol that it is read from.
        feature: Name of the feature in the field's terms.
    """

    objective: str
    mean: float
    std: float
    unit: str = ""
    protocol: str = ""
    feature: str = ""


@frozen
class Scores:
    """What objectives make of one or more protocols.

    Attributes:
        features: Raw features by name.
        scores: Distance to the target mean in standard deviations, or a penalty, by objective.
        checks: Named conditions; None where a condition could not be judged.
    """

    features: Mapping[str, Feature] = Factory(dict)
    scores: Mapping[str, float] = Factory(dict)
    checks: Mapping[str, bool | None] = Factory(dict)

    def merged(self, other: Scores) -> Scores:
        """Return these and the other's, the other's winning."""
        return Scores(
            {**self.features, **other.features},
            {**self.scores, **other.scores},
            {**self.checks, **other.checks},
        )


Status = Literal["ok", "stopped", "failed"]


@frozen(eq=False)
class Evaluation:
    """One parameter set run through protocols.

    Attributes:
        parameters: Complete values by name.
        scores: Raw features, single scores and checks.
        combined: Combined objectives that an optimizer sees.
        status: `ok`, `stopped` (a cut-off was exceeded, later protocols not run) or `failed`.
        reason: Why it stopped or failed; empty when ok.
        timings: CPU seconds by stage: build, set, run, features, and `run.<protocol>`.
        responses: Traces by protocol, when they were asked for.
    """

    parameters: Mapping[str, Any]
    scores: Scores = Scores()
    combined: Mapping[str, float] = Factory(dict)
    status: Status = "ok"
    reason: str = ""
    timings: Mapping[str, float] = Factory(dict)
    responses: Mapping[str, Response] = field(factory=dict, repr=False)

    def _repr_html_(self) -> str:
        from bouton.model.views import evaluation_html

        return evaluation_html(self)
