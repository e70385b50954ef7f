"""What every optimizer must do, by the suite of the kit; and what ours promise besides."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bouton
from bouton.errors import SearchError, StudyError
from bouton.model.search import Proposal, Verdict
from bouton.testing import OptimizerSuite


class TestIbea(OptimizerSuite):
    entry = "ibea"
    options = {"offspring": 8}
    is_steady = True


class TestTutorial(TestIbea):
    options = {"offspring": 12, "variant": "tutorial"}


class TestCma(OptimizerSuite):
    entry = "cma"
    options = {"offspring": 6}


class TestNsga2(OptimizerSuite):
    entry = "nsga2"
    options = {"offspring": 8}


class TestNsga3(OptimizerSuite):
    entry = "nsga3"
    options = {"offspring": 8}


class TestSmsEmoa(OptimizerSuite):
    entry = "sms-emoa"
    options = {"offspring": 8}


class TestNevergrad(OptimizerSuite):
    entry = "nevergrad:DE"
    options = {"batch": 6}
    is_steady = True
    accepts_non_finite = True


class TestNevergradCma(TestNevergrad):
    entry = "nevergrad:CMA"


class TestNevergradThatDrawsFromTheProcess(TestNevergrad):
    entry = "nevergrad:LognormalDiscreteOnePlusOne"


class TestRandom(OptimizerSuite):
    entry = "random"
    options = {"batch": 6}
    is_steady = True


class TestSobol(OptimizerSuite):
    entry = "sobol"
    options = {"batch": 8}
    is_steady = True


class TestRandomWalk(OptimizerSuite):
    entry = "random-walk"
    options = {"particles": 2}
    is_steady = True


class TestRandomWalkPcg64(TestRandomWalk):
    options = {"particles": 2, "generator": "pcg64"}


SUITES = {
    name: suite
    for name, suite in dict(globals()).items()
    if isinstance(suite, type)
    and issubclass(suite, OptimizerSuite)
    and suite.__module__ == __name__
}
every = pytest.mark.parametrize("name", SUITES)
steady = pytest.mark.parametrize("name", [name for name in SUITES if SUITES[name].is_steady])
ROUNDS = 6


@pytest.fixture
def optimizer(name: str, made: Callable[..., Any]) -> Any:
    suite = SUITES.get(name)
    return made(suite.entry, **suite.options) if suite else made(name)


def test_every_entry_is_tested() -> None:
    ours = {
        name
        for name in bouton.registry.optimizers.names()
        if bouton.registry.optimizers.resolve(name)[0].__module__.startswith("bouton_plugins.opt")
    }
    assert {suite.entry.split(":")[0] for suite in SUITES.values()} == ours


def vectors(proposals: list[Proposal]) -> np.ndarray:
    return np.concatenate([proposal.vectors for proposal in proposals])


@every
@pytest.mark.parametrize("n_objectives", [1, 4])
def test_takes_any_number_of_objectives(optimizer: Any, bench: Any, n_objectives: int) -> None:
    case = bench(n_objectives)
    proposed = vectors(case.carry(optimizer.start(case.problem, 7), ROUNDS))
    space = case.problem.space
    assert proposed.shape[1] == space.dimensions
    assert (proposed >= space.lower).all()
    assert (proposed <= space.upper).all()
    assert len(np.unique(proposed, axis=0)) > len(proposed) // 2


@every
@pytest.mark.parametrize("seed", [-1, 1.5, True, "7"])
def test_refuses_nonsense_seeds(optimizer: Any, bench: Any, seed: Any) -> None:
    with pytest.raises(StudyError, match="whole number"):
        optimizer.start(bench().problem, seed)


def _steady(case: Any, search: Any, n: int, workers: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Keep `workers` busy, arrivals shuffled the same way each time; return asked and told."""
    shuffle = random.Random(4)
    under_way: list[np.ndarray] = []
    told: list[np.ndarray] = []
    asked: list[np.ndarray] = []
    while len(told) < n:
        while len(under_way) < workers and len(asked) < n:
            proposal = search.ask_one()
            if not len(proposal.vectors):
                break
            asked.append(proposal.vectors[0])
            under_way.append(proposal.vectors[0])
        arrived = under_way.pop(shuffle.randrange(len(under_way)))
        search.tell_one(case.judge(arrived[None, :]))
        told.append(arrived)
    return np.array(asked), np.array(told)


@steady
def test_one_at_a_time_is_repeatable_and_bounded(optimizer: Any, bench: Any) -> None:
    case = bench()
    runs = [_steady(case, optimizer.start(case.problem, 9), 40) for _ in range(2)]
    asked, told = runs[0]
    assert len(asked) == len(told) == 40
    assert np.array_equal(asked, runs[1][0])
    assert np.array_equal(told, runs[1][1])
    assert np.array_equal(asked[: len(case.problem.seeds)], case.problem.seeds)
    assert (asked >= case.problem.space.lower).all()
    assert (asked <= case.problem.space.upper).all()


@steady
def test_one_at_a_time_refuses_strangers_and_mixing(optimizer: Any, bench: Any) -> None:
    case = bench()
    search = optimizer.start(case.problem, 9)
    one = search.ask_one().vectors
    with pytest.raises(SearchError, match="not under way"):
        search.tell_one(case.judge(case.problem.space.from_unit(np.full((1, 5), 0.123))))
    with pytest.raises(SearchError, match="mix"):
        search.ask()
    search.tell_one(case.judge(one))
    with pytest.raises(SearchError, match="not under way"):
        search.tell_one(case.judge(one))


@steady
def test_one_at_a_time_refuses_numbers_that_are_not_finite(
    name: str, optimizer: Any, bench: Any
) -> None:
    case = bench()
    search = optimizer.start(case.problem, 9)
    one = search.ask_one().vectors
    bad = Verdict(one, np.full((1, 3), np.nan), np.zeros(1, dtype=bool))
    if SUITES[name].accepts_non_finite:
        search.tell_one(bad)
        return
    with pytest.raises(SearchError, match="nan"):
        search.tell_one(bad)


@pytest.mark.parametrize("name", ["ibea", "nsga2", "nsga3", "sms-emoa", "nevergrad:DE"])
def test_needs_something_to_minimise(optimizer: Any, bench: Any) -> None:
    with pytest.raises(StudyError, match="nothing to minimise"):
        optimizer.start(bench().with_(objectives=()).problem, 1)


@pytest.mark.parametrize("name", ["random", "sobol", "random-walk"])
def test_samplers_need_no_objectives(optimizer: Any, bench: Any) -> None:
    case = bench().with_(objectives=())
    assert len(case.carry(optimizer.start(case.problem, 1), 3)) == 3
