"""Deliberately wrong extractors, objectives, optimizers and executors: what suites say of them."""
# ruff: noqa: ARG001, ARG002, ARG005 (contracts say which arguments there are)

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import numpy as np
import pytest
from attrs import frozen

from bouton import Feature
from bouton.errors import ProtocolError, SearchError
from bouton.execution.pools import Serial
from bouton.model.scores import Scores, Target
from bouton.model.search import Proposal
from bouton.model.tasks import Outcome, PoolReport

# ---- features, objectives -----------------------------------------------------------------------


@frozen
class Peak:
    """A good one.

    Attributes:
        protocol: Protocol.
    """

    protocol: str = "step"

    def extract(self, responses: Any) -> list[Feature]:
        if self.protocol not in responses:
            raise ProtocolError(f"no protocol {self.protocol!r}")
        trace = responses[self.protocol]["soma"]
        return [Feature("first_spike", self.first(trace), "ms")]

    def first(self, trace: Any) -> float:
        late = trace.t_ms[trace.values > 0]
        return float(late[0]) if len(late) else float("nan")


class ZeroForNothing(Peak):
    def first(self, trace: Any) -> float:
        value = super().first(trace)
        return 0.0 if np.isnan(value) else value


class CrashesOnNothing(Peak):
    def first(self, trace: Any) -> float:
        return float(trace.t_ms[trace.values > 0][0])


class KeyErrorOnNothing(Peak):
    def extract(self, responses: Any) -> list[Feature]:
        return [Feature("first_spike", self.first(responses["step"]["soma"]), "ms")]


class ForgetsAName(Peak):
    def extract(self, responses: Any) -> list[Feature]:
        return [f for f in super().extract(responses) if not np.isnan(f.value)]


@frozen
class Aim:
    """A good one: one objective."""

    @property
    def targets(self) -> tuple[Target, ...]:
        return (Target("height", 30.0, 5.0, "mV", "step", "maximum"),)

    def protocols(self) -> tuple[str, ...]:
        return ("step",)

    def score(self, protocol: str, responses: Any) -> Scores:
        return Scores(scores={"height": abs(responses["step"]["soma"].values.max() - 30.0) / 5.0})

    def combine(self, scores: Any) -> Any:
        return dict(scores)

    def penalty(self, protocol: str) -> Any:
        return {"height": 250.0}


class InfinitePenalty(Aim):
    def penalty(self, protocol: str) -> Any:
        return {"height": float("inf")}


class NoPenalty(Aim):
    def penalty(self, protocol: str) -> Any:
        return {}


class RewardsFailure(Aim):
    def combine(self, scores: Any) -> Any:
        return {name: -value for name, value in scores.items()}


# ---- optimizers ---------------------------------------------------------------------------------


@frozen
class Sampler:
    """A good one.

    Attributes:
        batch: Candidates per batch.
    """

    batch: int = 4

    def start(self, problem: Any, seed: int) -> Any:
        return self.search()(problem, seed, self.batch)

    def search(self) -> type:
        return Sampling


class Sampling:
    def __init__(self, problem: Any, seed: int, batch: int) -> None:
        self.problem, self.batch, self.asked = problem, batch, None
        self.generator = np.random.default_rng(seed)
        self.first = True

    def draw(self, n: int) -> Any:
        return self.generator.random((n, self.problem.space.dimensions))

    def ask(self) -> Proposal:
        if self.asked is not None:
            raise SearchError("the last batch was not told yet")
        self.asked = self.problem.space.from_unit(self.draw(self.batch))
        if self.first:
            self.asked = np.concatenate([self.problem.seeds, self.asked])
        self.first = False
        return Proposal(self.asked)

    def tell(self, verdict: Any) -> None:
        self.check(verdict)
        self.asked = None

    def check(self, verdict: Any) -> None:
        shape = (len(verdict.vectors), len(self.problem.objectives))
        if self.asked is None or not np.array_equal(verdict.vectors, self.asked):
            raise SearchError("not the batch that was proposed")
        if verdict.objectives.shape != shape or not np.isfinite(verdict.objectives).all():
            raise SearchError("objectives are not finite, or too many")

    def ask_one(self) -> Proposal:
        from bouton.errors import Problem, StudyError

        raise StudyError([Problem("whole batches only")])


def sampler(**methods: Any) -> type:
    """The good sampler with some methods of its search replaced."""
    search = type("Search", (Sampling,), methods)
    return type("Sampler", (Sampler,), {"search": lambda self: search, "__doc__": Sampler.__doc__})


def out_of_bounds(self: Any) -> Proposal:
    made = Sampling.ask(self)
    self.asked = made.vectors * 1.5
    return Proposal(self.asked)


def forgets_seeds(self: Any) -> Proposal:
    self.first = False
    return Sampling.ask(self)


def listens_to_all(self: Any, n: int) -> Any:
    return np.random.random((n, self.problem.space.dimensions))


def stands_still(self: Any, n: int) -> Any:
    return np.full((n, self.problem.space.dimensions), 0.5)


def hidden_state(self: Any, n: int) -> Any:
    TICKS.append(1)  # proposals depend on how often anything was ever asked
    return np.random.default_rng(len(TICKS)).random((n, self.problem.space.dimensions))


TICKS: list[int] = []


def swallows(self: Any, verdict: Any) -> None:
    if self.asked is None:
        raise SearchError("nothing was asked")


# ---- executors ----------------------------------------------------------------------------------


class Loses:
    """A pool that loses what fails."""

    workers = 1

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    def submit(self, task: Any) -> None:
        self.pool.submit(task)

    def collect(self, timeout_s: float | None = None) -> list[Outcome]:
        return [self.changed(outcome) for outcome in self.pool.collect(timeout_s)]

    def changed(self, outcome: Outcome) -> Outcome:
        return attrs.evolve(outcome, status="ok", result={"value": None, "tag": "t", "pid": 1})

    def report(self) -> PoolReport:
        return PoolReport()


@frozen
class LosesErrors:
    """Says that all is well."""

    @contextmanager
    def open(self, spec: Any, workers: int) -> Iterator[Any]:
        with Serial().open(spec, workers) as pool:
            yield Loses(pool)


ALONE = {"is_isolated": False, "workers": 1}
# kind, target, attributes of the suite, the test that must fail, words of its message
WRONG: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("feature_extractors", ZeroForNothing, {}, "is_nan", "give nan"),
    ("feature_extractors", CrashesOnNothing, {}, "is_nan", "IndexError"),
    ("feature_extractors", KeyErrorOnNothing, {}, "did_not_run", "KeyError"),
    ("feature_extractors", ForgetsAName, {}, "is_nan", "features []"),
    ("objectives", InfinitePenalty, {}, "finite_penalty", "not finite"),
    ("objectives", NoPenalty, {}, "finite_penalty", "height"),
    ("objectives", RewardsFailure, {}, "combines_all", "-250"),
    ("optimizers", sampler(ask=out_of_bounds), {}, "within_bounds", "out of bounds"),
    ("optimizers", sampler(ask=forgets_seeds), {}, "seed_vectors", "2 of 2 seed vectors"),
    ("optimizers", sampler(draw=listens_to_all), {}, "repeats_itself", "different proposals"),
    ("optimizers", sampler(draw=listens_to_all), {}, "global_generators", "whole process"),
    ("optimizers", sampler(draw=stands_still), {}, "moves", "candidates differ"),
    ("optimizers", sampler(draw=hidden_state), {}, "interruption", "replayed, batch 0"),
    ("optimizers", sampler(check=swallows), {}, "not_finite", "an objective of nan"),
    ("optimizers", sampler(check=swallows), {}, "did_not_propose", "were not proposed"),
    ("optimizers", sampler(check=lambda self, verdict: None), {}, "takes_turns", "tell before ask"),
    ("executors", LosesErrors, ALONE, "own_result", "expected 0.1"),
    ("executors", LosesErrors, ALONE, "error_costs_one", "is 'ok', not error"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0]}-{case[3]}")
def test_a_mistake_is_found(case: Any, message: Callable[..., str]) -> None:
    *mistake, words = case
    assert words in message(*mistake)


@pytest.mark.parametrize(
    ("kind", "target", "attributes"),
    [
        ("feature_extractors", Peak, {}),
        ("objectives", Aim, {}),
        ("optimizers", sampler(), {}),
    ],
)
def test_without_the_mistake_nothing_is_found(
    kind: str, target: Any, attributes: dict[str, Any], mistakes: Callable[..., dict[str, str]]
) -> None:
    assert mistakes(kind, target, attributes) == {}
