"""What every optimizer must do, whichever it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve

import bouton
from bouton.contracts import Optimizer, Search
from bouton.errors import SearchError, StudyError
from bouton.model.search import Proposal, Verdict

OPTIONS: dict[str, dict[str, Any]] = {
    "ibea": {"offspring": 12},
    "ibea tutorial": {"offspring": 12, "variant": "tutorial"},
    "nsga2": {"offspring": 12},
    "nsga3": {"offspring": 12},
    "sms-emoa": {"offspring": 12},
    "nevergrad:DE": {"batch": 6},
    "nevergrad:CMA": {"batch": 6},
    # one of those that draw from the process-wide generators
    "nevergrad:LognormalDiscreteOnePlusOne": {"batch": 6},
    "cma": {"offspring": 6},
    "random": {"batch": 6},
    "sobol": {"batch": 8},
    "random-walk": {"particles": 2},
    "random-walk pcg64": {"particles": 2, "generator": "pcg64"},
}
ONE_AT_A_TIME = [name for name in OPTIONS if name not in {"nsga2", "nsga3", "sms-emoa", "cma"}]
ROUNDS = 6

every = pytest.mark.parametrize("name", OPTIONS)
steady = pytest.mark.parametrize("name", ONE_AT_A_TIME)


@pytest.fixture
def optimizer(name: str, made: Callable[..., Any]) -> Any:
    return made(name.split(" ")[0], **OPTIONS[name])


def vectors(proposals: list[Proposal]) -> np.ndarray:
    return np.concatenate([proposal.vectors for proposal in proposals])


def test_every_entry_is_tested() -> None:
    tested = {name.split(" ")[0].split(":")[0] for name in OPTIONS}
    assert set(bouton.registry.optimizers.names()) >= tested
    ours = {
        name
        for name in bouton.registry.optimizers.names()
        if bouton.registry.optimizers.resolve(name)[0].__module__.startswith("bouton_plugins.opt")
    }
    assert tested == ours


@every
def test_meets_the_contract(optimizer: Any, bench: Any) -> None:
    assert isinstance(optimizer, Optimizer)
    assert isinstance(optimizer.start(bench().problem, 1), Search)


@every
@pytest.mark.parametrize("n_objectives", [1, 2, 4])
def test_stays_within_bounds(optimizer: Any, bench: Any, n_objectives: int) -> None:
    case = bench(n_objectives)
    proposed = vectors(case.carry(optimizer.start(case.problem, 7), ROUNDS))
    space = case.problem.space
    assert proposed.shape[1] == space.dimensions
    assert (proposed >= space.lower).all()
    assert (proposed <= space.upper).all()
    assert len(np.unique(proposed, axis=0)) > len(proposed) // 2


@every
def test_places_seed_vectors_exactly_in_the_first_batch(optimizer: Any, bench: Any) -> None:
    case = bench(n_seeds=3)
    first = optimizer.start(case.problem, 3).ask().vectors
    assert np.array_equal(first[:3], case.problem.seeds)


@every
def test_first_batch_grows_to_hold_all_seed_vectors(optimizer: Any, bench: Any) -> None:
    case = bench(n_seeds=20)
    search = optimizer.start(case.problem, 3)
    (first, *_) = case.carry(search, 3)
    assert np.array_equal(first.vectors[:20], case.problem.seeds)


@every
def test_equal_seeds_give_equal_proposals_and_others_do_not(optimizer: Any, bench: Any) -> None:
    case = bench()
    runs = [vectors(case.carry(optimizer.start(case.problem, seed), ROUNDS)) for seed in (5, 5, 6)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


@every
def test_ignores_and_leaves_alone_the_process_wide_generators(optimizer: Any, bench: Any) -> None:
    case = bench()
    runs = []
    for outside in (1, 2):
        np.random.seed(outside)
        random.seed(outside)
        search = optimizer.start(case.problem, 5)
        runs.append(vectors(case.carry(search, ROUNDS)))
        assert np.random.random() == np.random.RandomState(outside).random_sample()
        assert random.random() == random.Random(outside).random()
    assert np.array_equal(*runs)


@every
def test_interrupted_at_any_batch_it_goes_on_as_if_nothing_happened(
    optimizer: Any, bench: Any
) -> None:
    case = bench()
    whole = case.carry(optimizer.start(case.problem, 11), ROUNDS)
    for stop in range(ROUNDS):
        again = optimizer.start(case.problem, 11)
        for recorded in whole[:stop]:
            again.ask()
            again.tell(case.judge(recorded.vectors))
        for expected in whole[stop:]:
            proposal = again.ask()
            assert np.array_equal(proposal.vectors, expected.vectors)
            assert proposal.notes == expected.notes
            again.tell(case.judge(proposal.vectors))


@every
def test_batches_are_told_once_and_in_turn(optimizer: Any, bench: Any) -> None:
    case = bench()
    search = optimizer.start(case.problem, 1)
    with pytest.raises(SearchError, match="ask for one first"):
        search.tell(case.judge(case.problem.seeds))
    proposal = search.ask()
    with pytest.raises(SearchError, match="was not told yet"):
        search.ask()
    search.tell(case.judge(proposal.vectors))
    with pytest.raises(SearchError, match="ask for one first"):
        search.tell(case.judge(proposal.vectors))


@every
def test_refuses_the_past_of_another_search(optimizer: Any, bench: Any) -> None:
    case = bench()
    search = optimizer.start(case.problem, 1)
    asked = search.ask().vectors
    other = np.array(asked)
    other[0, 0] = np.nextafter(other[0, 0], 1.0)
    with pytest.raises(SearchError, match="not the ones proposed"):
        search.tell(case.judge(other))
    with pytest.raises(SearchError, match="not the ones proposed"):
        search.tell(case.judge(asked[:1] if len(asked) > 1 else np.vstack([asked, asked])))
    good = case.judge(asked)
    with pytest.raises(SearchError, match="need objectives of shape"):
        search.tell(evolve(good, objectives=good.objectives[:, :1]))
    with pytest.raises(SearchError, match="flags"):
        search.tell(evolve(good, failed=good.failed[:-1]))
    search.tell(good)


@every
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_never_enter(
    name: str, optimizer: Any, bench: Any, value: float
) -> None:
    case = bench()
    search = optimizer.start(case.problem, 1)
    good = case.judge(search.ask().vectors)
    objectives = np.array(good.objectives)
    objectives[1, 2] = value
    bad = evolve(good, objectives=objectives)
    if name.startswith("nevergrad"):
        search.tell(bad)
        assert np.isfinite(vectors(case.carry(search, 2))).all()
        return
    with pytest.raises(SearchError, match="objective 'f2' of candidate 1"):
        search.tell(bad)
    search.tell(good)


@every
@pytest.mark.parametrize("seed", [-1, 1.5, True, "7"])
def test_refuses_nonsense_seeds(optimizer: Any, bench: Any, seed: Any) -> None:
    with pytest.raises(StudyError, match="whole number"):
        optimizer.start(bench().problem, seed)


@pytest.mark.parametrize("name", ["nsga2", "nsga3", "sms-emoa"])
def test_generational_searches_refuse_single_candidates(optimizer: Any, bench: Any) -> None:
    case = bench()
    search = optimizer.start(case.problem, 1)
    with pytest.raises(StudyError, match="whole generations"):
        search.ask_one()
    with pytest.raises(SearchError):
        search.tell_one(case.judge(case.problem.seeds[:1]))


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
    if name.startswith("nevergrad"):
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
