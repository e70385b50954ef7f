"""Suites for what becomes of traces: feature extractors and objectives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, ClassVar

import numpy as np
from attrs import evolve

from bouton.errors import BoutonError
from bouton.model.scores import Feature, Scores, Target
from bouton.model.traces import Response, Trace
from bouton.testing.suite import OptionsSuite, fail, require, require_equal, unique
from bouton.testing.tiny import tiny_responses


def degraded(responses: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield versions of responses that have less and less in them, each with a word for it.

    A silent cell, a trace that stops within the stimulus, and one of two samples. Responses that
    are not of one cell, such as a network's, stay as they are.
    """
    for word, change in (("silent", _silent), ("cut off", _cut), ("two samples long", _two)):
        yield word, {name: _changed(response, change) for name, response in responses.items()}


def _changed(response: Any, change: Any) -> Any:  # noqa: ANN401
    if not isinstance(response, Response):
        return response
    return evolve(response, traces=tuple(change(response, trace) for trace in response))


def _silent(response: Response, trace: Trace) -> Trace:
    del response
    first = trace.values[:1]
    return evolve(trace, values=np.repeat(first, len(trace.values), axis=0))


def _cut(response: Response, trace: Trace) -> Trace:
    told = response.description
    end = told.onset_ms + (told.stimulus_ms or told.duration_ms - told.onset_ms) / 3
    keep = max(2, int(np.searchsorted(trace.t_ms, end)))
    return evolve(trace, t_ms=trace.t_ms[:keep], values=trace.values[:keep])


def _two(response: Response, trace: Trace) -> Trace:
    del response
    return evolve(trace, t_ms=trace.t_ms[:2], values=trace.values[:2])


def _numbers(feature: Feature) -> tuple[float, ...]:
    return feature.value if isinstance(feature.value, tuple) else (feature.value,)


class FeatureExtractorSuite(OptionsSuite):
    """An extractor gives the same features every time; what it cannot take is nan.

    Attributes:
        responses: Traces to take features from; a regular spiker under a current step if empty,
            see `bouton.testing.tiny_responses`.
        may_be_zero: Features for which 0 is a true answer where there is nothing, such as the
            number of spikes.
        may_be_nan: Features that the example traces do not have.
    """

    kind = "feature_extractors"
    responses: ClassVar[Mapping[str, Any]] = {}
    may_be_zero: ClassVar[tuple[str, ...]] = ()
    may_be_nan: ClassVar[tuple[str, ...]] = ()

    @property
    def example(self) -> Mapping[str, Any]:
        """The traces to read."""
        return self.responses or tiny_responses()

    def features(self, responses: Mapping[str, Any]) -> dict[str, Feature]:
        """Return the features by name, each checked to be one."""
        found = list(self.make().extract(responses))
        for feature in found:
            require(isinstance(feature, Feature), f"extract gives {feature!r:.60}, no Feature")
            for number in _numbers(feature):
                is_float = isinstance(number, float | np.floating)
                require(is_float, f"feature {feature.name!r} is {number!r:.60}, no float")
                infinite = f"feature {feature.name!r} is infinite; give nan"
                require(not np.isinf(number), infinite)
        unique((feature.name for feature in found), "features")
        return {feature.name: feature for feature in found}

    def test_takes_features(self) -> None:
        """At least one, finite on the example."""
        found = self.features(self.example)
        require(found, "extract gives nothing for the example")
        for name, feature in found.items():
            whole = all(np.isfinite(_numbers(feature)))
            message = f"feature {name!r} is nan on the example; list it in `may_be_nan` if that"
            require(whole or name in self.may_be_nan, f"{message} is right")

    def test_takes_the_same_features_every_time(self) -> None:
        """Equal traces, equal features, to the last bit; and the traces are left alone."""
        first = self.features(self.example)
        require_equal(self.features(self.example), first, "equal traces, different features")

    def test_what_cannot_be_taken_is_nan(self) -> None:
        """Silent, cut off and tiny traces give the same names, never a made-up 0, never a crash."""
        whole = self.features(self.example)
        for word, responses in degraded(self.example):
            try:
                found = self.features(responses)
            except BoutonError:
                continue  # a clear refusal is an answer too
            except AssertionError as error:
                raise AssertionError(f"traces that are {word}: {error}") from error
            except Exception as error:
                message = f"traces that are {word}: extract raises {type(error).__name__}: {error}"
                raise AssertionError(f"{message}; give nan") from error
            same = list(found) == list(whole)
            require(same, f"traces that are {word}: features {list(found)}, not {list(whole)}")
            for name in found:
                made_up = 0.0 in _numbers(found[name]) and 0.0 not in _numbers(whole[name])
                message = f"traces that are {word}: feature {name!r} is 0; give nan where it cannot"
                hint = f"{message} be taken, or list it in `may_be_zero` if 0 is true"
                require(not made_up or name in self.may_be_zero, hint)

    def test_a_protocol_that_did_not_run_is_refused_by_name(self) -> None:
        """No traces at all are a Bouton error or nan, never another exception."""
        try:
            found = self.features({})
        except BoutonError:
            return
        except Exception as error:
            message = f"without traces extract raises {type(error).__name__}: {error}"
            raise AssertionError(f"{message}; raise ProtocolError, or give nan") from error
        numbers = chain.from_iterable(_numbers(feature) for feature in found.values())
        require(all(np.isnan(n) for n in numbers), "without traces, features must be nan")


class ObjectivesSuite(OptionsSuite):
    """Every objective belongs to one protocol, has a finite penalty, and can be scored.

    Attributes:
        responses: Traces of all protocols that are needed; regular spikers if empty.
    """

    kind = "objectives"
    responses: ClassVar[Mapping[str, Response]] = {}

    @property
    def example(self) -> Mapping[str, Any]:
        """The traces to judge."""
        return self.responses or tiny_responses(*self.make().protocols())

    def test_targets_are_a_table(self) -> None:
        """Unique names, finite means, deviations above 0, protocols that it says it needs."""
        made = self.make()
        require(made.targets, "there are no targets")
        unique((target.objective for target in made.targets), "objectives")
        for target in made.targets:
            require(isinstance(target, Target), f"targets holds {target!r:.60}, no Target")
            fine = np.isfinite(target.mean) and np.isfinite(target.std) and target.std > 0
            require(fine, f"{target.objective}: mean {target.mean}, deviation {target.std}")
            known = target.protocol in made.protocols()
            require(known, f"{target.objective} reads {target.protocol!r}, not in protocols()")

    def test_every_objective_has_a_finite_penalty(self) -> None:
        """Together the penalties of all protocols name every objective once."""
        made = self.make()
        names = [name for protocol in made.protocols() for name in made.penalty(protocol)]
        unique(names, "penalties")
        wanted = {target.objective for target in made.targets}
        require(set(names) == wanted, f"penalties and targets differ in {set(names) ^ wanted}")
        bad = [n for p in made.protocols() for n, v in made.penalty(p).items() if not _finite(v)]
        require(not bad, f"penalties are not finite: {bad}")

    def test_scores_the_example(self) -> None:
        """Finite scores of known objectives, the same every time."""
        made, again = self.make(), self.make()
        first, second = self._scored(made, self.example), self._scored(again, self.example)
        require(first, "nothing is scored")
        require_equal(second, first, "equal traces, different scores")
        self._check(first)

    def test_scores_what_little_there_is(self) -> None:
        """Silent and cut off traces give finite scores too, none better than 0."""
        for word, responses in degraded(self.example):
            try:
                self._check(self._scored(self.make(), responses))
            except AssertionError as error:
                raise AssertionError(f"traces that are {word}: {error}") from error
            except Exception as error:
                message = f"traces that are {word}: score raises {type(error).__name__}: {error}"
                raise AssertionError(f"{message}; give the penalty") from error

    def test_combines_all_scores(self) -> None:
        """Finite numbers by name, from scores and from penalties alike; worse is never better."""
        made = self.make()
        all_penalties = {n: v for p in made.protocols() for n, v in made.penalty(p).items()}
        worst = made.combine(all_penalties)
        require(worst, "combine gives nothing")
        best = made.combine(dict.fromkeys(all_penalties, 0.0))
        require(list(best) == list(worst), f"combine names {list(best)} and {list(worst)}")
        for name in worst:
            fine = _finite(worst[name]) and _finite(best[name]) and best[name] <= worst[name]
            require(fine, f"combined {name}: {best[name]} at best, {worst[name]} with penalties")

    def _scored(self, made: Any, responses: Mapping[str, Any]) -> dict[str, float]:  # noqa: ANN401
        ran: dict[str, Any] = {}
        scores: dict[str, float] = {}
        for protocol in made.protocols():
            if protocol not in responses:
                fail(f"the example has no traces of {protocol!r}: give `responses`")
            ran[protocol] = responses[protocol]
            found = made.score(protocol, ran)
            require(isinstance(found, Scores), f"score returns {type(found).__name__}, no Scores")
            scores.update(found.scores)
        return scores

    def _check(self, scores: Mapping[str, float]) -> None:
        known = {target.objective for target in self.make().targets}
        for name, value in scores.items():
            require(name in known, f"score names {name!r}, which is no target")
            require(_finite(value) and value >= 0, f"the score of {name} is {value}")


def _finite(value: object) -> bool:
    return isinstance(value, int | float | np.floating) and bool(np.isfinite(value))
