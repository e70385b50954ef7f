"""A table of features with target means and standard deviations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from attrs import Factory, field, frozen

from bouton import registry
from bouton.contracts import FeatureExtractor
from bouton.errors import did_you_mean
from bouton.model.scores import Feature, FeatureValue, Scores, Target
from bouton.model.traces import Response


@frozen
class Row:
    """One objective.

    Attributes:
        protocol: Protocol that is read.
        feature: Feature, in the extractor's terms.
        mean: Target mean.
        std: Target standard deviation.
        trace: Trace that is read; empty for the extractor's own choice.
    """

    protocol: str
    feature: str
    mean: float
    std: float = field()
    trace: str = ""

    @std.validator
    def _above_zero(self, _attribute: object, value: float) -> None:
        if not value > 0:
            raise ValueError(f"std must be above 0, got {value!r}")


@frozen(eq=False)
class Targets:
    """Scores are |value - mean| / std, the mean of that over several values.

    Attributes:
        targets: Objective -> what data say of it.
        extractor: Feature extractor that takes `features`, `protocol` and `trace`.
        combine_by: Combined objective -> its members, of which the worst counts; default: every
            objective stands for itself.
        penalty_score: Score where a feature cannot be taken or a protocol gave no traces.
    """

    targets_by_name: Mapping[str, Row] = field(alias="targets")
    extractor: str = "trace-features"
    combine_by: Mapping[str, tuple[str, ...]] = Factory(dict)
    penalty_score: float = 250.0

    def __attrs_post_init__(self) -> None:
        if not self.targets_by_name:
            raise ValueError("give at least one target")
        for members in self.combine_by.values():
            for name in members:
                if name not in self.targets_by_name:
                    hint = did_you_mean(name, self.targets_by_name)
                    raise ValueError(f"combine_by names no objective {name!r}; {hint}")
        for row in self.targets_by_name.values():
            self._extractor(row)  # an unknown feature shows now, not after the first run

    @cached_property
    def targets(self) -> Sequence[Target]:
        """The table."""
        return tuple(
            Target(name, row.mean, row.std, "", row.protocol, row.feature)
            for name, row in self.targets_by_name.items()
        )

    def protocols(self) -> tuple[str, ...]:
        """Return the protocols that are read, in order of first appearance."""
        return tuple(dict.fromkeys(row.protocol for row in self.targets_by_name.values()))

    def score(self, protocol: str, responses: Mapping[str, Response]) -> Scores:
        """Return the scores of the objectives that read `protocol`."""
        features: dict[str, Feature] = {}
        scores: dict[str, float] = {}
        for name, row in self._rows(protocol):
            (taken,) = self._extractor(row).extract({protocol: responses[protocol]})
            features[name] = taken
            scores[name] = self._distance(taken.value, row)
        return Scores(features, scores)

    def combine(self, scores: Mapping[str, float]) -> Mapping[str, float]:
        """Return the worst member of every combined objective."""
        if not self.combine_by:
            return dict(scores)
        return {
            name: max(scores[member] for member in members)
            for name, members in self.combine_by.items()
        }

    def penalty(self, protocol: str) -> Mapping[str, float]:
        """Return the penalty for every objective that reads `protocol`."""
        return {name: self.penalty_score for name, _ in self._rows(protocol)}

    def _rows(self, protocol: str) -> Iterator[tuple[str, Row]]:
        return ((n, row) for n, row in self.targets_by_name.items() if row.protocol == protocol)

    def _extractor(self, row: Row) -> FeatureExtractor:
        cls = registry.feature_extractors[self.extractor]
        made: FeatureExtractor = cls(
            features=(row.feature,), protocol=row.protocol, trace=row.trace
        )
        return made

    def _distance(self, value: FeatureValue, row: Row) -> float:
        values = value if isinstance(value, tuple) else (value,)
        if not values or not all(math.isfinite(v) for v in values):
            return self.penalty_score
        distance = sum(abs(v - row.mean) for v in values) / len(values) / row.std
        return min(distance, self.penalty_score)
