"""Indicator-based evolution: fitness, selection, breeding, progress."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bouton.errors import StudyError
from bouton.model.search import SearchProblem, SearchSpace, Verdict
from bouton_plugins.optimizers.ibea import Ibea, IbeaSearch, Population
from bouton_plugins.optimizers.indicator import ibea_fitness, losses, thin_out
from bouton_plugins.optimizers.pareto import hypervolume

# The 35 free parameters of the L5 pyramidal tract neuron in sorted order: minimum, maximum.
L5PT = [
    (20, 200), (0.0005, 0.05), (20, 1000), (0.0005, 0.05), (20, 1000), (0.0005, 0.05),
    (0, 0.005), (0, 0.001), (0, 0.001), (0, 0.2), (0, 0.01), (0, 0.01), (0, 0.001), (0, 1),
    (0, 1), (0, 0.1), (0, 0.1), (0, 0.04), (0, 4), (0, 4), (0, 0.01), (0, 0.01), (0, 0.01),
    (0, 0.1), (0, 0.1), (0, 0.04), (0, 1), (-3, 0), (0, 2), (0, 2), (3e-5, 1e-4), (2e-5, 5e-5),
    (3e-5, 1e-4), (2e-5, 5.02e-5), (0.333, 3),
]  # fmt: skip


def unit_problem(d: int, m: int, **more: Any) -> SearchProblem:
    space = SearchSpace(tuple(f"x{k}" for k in range(d)), np.zeros(d), np.ones(d))
    return SearchProblem(space, tuple(f"f{k}" for k in range(m)), **more)


def evolved(
    optimizer: Ibea, problem: SearchProblem, f: Callable[[np.ndarray], np.ndarray], batches: int
) -> IbeaSearch:
    search = optimizer.start(problem, 1)
    for _ in range(batches):
        vectors = search.ask().vectors
        search.tell(Verdict(vectors, f(vectors), np.zeros(len(vectors), dtype=bool)))
    return search


@pytest.mark.parametrize("variant", ["elitist", "tutorial"])
def test_seed_42_gives_the_initial_population_of_the_tutorial(variant: Any) -> None:
    low, high = np.array(L5PT, dtype=float).T
    space = SearchSpace(tuple(f"p{k:02d}" for k in range(35)), low, high)
    random.seed(42)
    expected = [[random.uniform(a, b) for a, b in L5PT] for _ in range(10)]
    search = Ibea(offspring=10, variant=variant).start(SearchProblem(space, ("f",)), 42)
    assert search.ask().vectors.tolist() == expected


def literal_fitness(objectives: np.ndarray, kappa: float) -> list[float]:
    """The definition, one pair at a time."""
    n, m = objectives.shape
    ranges = [objectives[:, k].max() - objectives[:, k].min() or 1.0 for k in range(m)]
    indicator = [
        [max((objectives[j, k] - objectives[i, k]) / ranges[k] for k in range(m)) for j in range(n)]
        for i in range(n)
    ]
    c = max(abs(value) for row in indicator for value in row)
    if c == 0.0:
        return [0.0] * n
    return [
        sum(math.exp(-indicator[i][j] / (kappa * c)) for j in range(n) if j != i) for i in range(n)
    ]


@given(
    objectives=st.integers(1, 5).flatmap(
        lambda m: arrays(
            float,
            st.tuples(st.integers(1, 8), st.just(m)),
            elements=st.one_of(st.integers(0, 3).map(float), st.floats(0.0, 250.0, width=32)),
        )
    ),
    kappa=st.sampled_from([0.05, 0.5]),
)
def test_fitness_is_the_published_one(objectives: np.ndarray, kappa: float) -> None:
    expected = literal_fitness(objectives, kappa)
    assert ibea_fitness(objectives, kappa) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_dominated_individuals_have_worse_fitness() -> None:
    objectives = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.6, 0.6], [2.0, 2.0]])
    for scaling in ("pool", "front"):
        fitness = ibea_fitness(objectives, 0.05, scaling)
        assert fitness[:3].max() < fitness[3] < fitness[4]


@given(loss=arrays(float, (7, 7), elements=st.integers(0, 50).map(float)), keep=st.integers(1, 7))
def test_thinning_removes_the_worst_again_and_again(loss: np.ndarray, keep: int) -> None:
    np.fill_diagonal(loss, 0.0)
    left = list(range(7))
    while len(left) > keep:
        left.remove(max(left, key=lambda i: (sum(loss[i, j] for j in left), -i)))
    assert thin_out(loss, keep).tolist() == left


def test_large_penalties_do_not_blur_what_counts() -> None:
    good = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [2.05, 2.05]])
    objectives = np.vstack([good, [[250.0, 250.0]] * 4])
    kept = thin_out(losses(objectives, 0.05, "front"), 3)
    assert kept.tolist() == [0, 1, 2]
    assert ibea_fitness(objectives, 0.05, "front")[3] > 1.0


def test_tournaments_draw_with_replacement_and_equals_go_to_the_first_drawn() -> None:
    search = Ibea(offspring=4, variant="tutorial").start(unit_problem(2, 1), 0)
    people = Population(np.zeros((3, 2)), np.array([[1.0], [1.0], [5.0]]))

    class Scripted:
        def random(self, shape: tuple[int, int]) -> np.ndarray:
            assert shape == (3, 4)
            return np.array([[0.4, 0.1, 0.9, 0.9], [0.1, 0.4, 0.4, 0.4], [0.99, 0.99, 0.7, 0.67]])

    assert search._winners(people, 3, Scripted()).tolist() == [1, 0, 2]  # type: ignore[arg-type]


def test_tutorial_evaluates_only_who_changed_and_does_not_truncate() -> None:
    search = Ibea(offspring=200, variant="tutorial").start(unit_problem(35, 2), 1)
    first = search.ask().vectors
    judge = lambda v: Verdict(v, v[:, :2], np.zeros(len(v), dtype=bool))  # noqa: E731
    search.tell(judge(first))
    second = search.ask().vectors
    # crossed with probability 0.7 or mutated with 0.3: about 79 of 100 change
    assert 130 < len(second) < 185
    unchanged = (second[:, None, :] == first[None, :, :]).all(axis=2).any(axis=1)
    assert not unchanged.any()
    search.tell(judge(second))
    assert search.population is not None
    assert len(search.population.units) == 400


def test_elitist_keeps_the_best_and_its_size() -> None:
    search = evolved(Ibea(offspring=10), unit_problem(3, 2), lambda v: v[:, :2], 8)
    assert search.population is not None
    assert search.population.objectives.shape == (10, 2)
    worst = search.population.objectives.max(axis=0)
    assert (worst < 0.5).all()


@pytest.mark.parametrize(
    "options",
    [{"offspring": 1}, {"kappa": 0.0}, {"eta": -1.0}, {"crossover_probability": 1.5},
     {"variant": "old"}, {"tournament": 0}, {"selection": "best"}],
)  # fmt: skip
def test_refuses_nonsense_options(options: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Ibea(**options)


def test_refuses_to_breed_only_copies() -> None:
    with pytest.raises(StudyError, match="nothing new"):
        Ibea(crossover_probability=0.0, mutation_probability=0.0).start(unit_problem(2, 1), 0)


@pytest.mark.parametrize("variant", ["elitist", "tutorial"])
def test_says_so_when_everybody_has_become_the_same(variant: Any) -> None:
    problem = unit_problem(2, 1, seeds=np.full((4, 2), 0.5))
    search = Ibea(offspring=4, variant=variant, mutation_probability=0.0).start(problem, 0)
    vectors = search.ask().vectors
    search.tell(Verdict(vectors, np.ones((4, 1)), np.zeros(4, dtype=bool)))
    with pytest.raises(StudyError, match="breeds copies"):
        search.ask()


def test_one_at_a_time_waits_for_the_first_verdict() -> None:
    search = Ibea(offspring=2).start(unit_problem(2, 1), 0)
    asked = [search.ask_one().vectors for _ in range(3)]
    assert [len(vectors) for vectors in asked] == [1, 1, 0]
    search.tell_one(Verdict(asked[1], np.ones((1, 1)), np.zeros(1, dtype=bool)))
    assert search.ask_one().vectors.shape == (1, 2)


def zdt1(x: np.ndarray) -> np.ndarray:
    g = 1.0 + 9.0 * x[:, 1:].mean(axis=1)
    return np.column_stack([x[:, 0], g * (1.0 - np.sqrt(x[:, 0] / g))])


def test_converges_on_zdt1() -> None:
    search = evolved(Ibea(offspring=40), unit_problem(10, 2), zdt1, 100)
    assert search.population is not None
    # the front itself has 0.8746 with this reference
    assert hypervolume(search.population.objectives, np.full(2, 1.1)) > 0.85


def test_converges_on_dtlz2_with_three_objectives() -> None:
    def dtlz2(x: np.ndarray) -> np.ndarray:
        a, b = x[:, 0] * np.pi / 2, x[:, 1] * np.pi / 2
        g = 1.0 + ((x[:, 2:] - 0.5) ** 2).sum(axis=1)
        return (
            np.column_stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)]) * g[:, None]
        )

    search = evolved(Ibea(offspring=40), unit_problem(7, 3), dtlz2, 60)
    assert search.population is not None
    # NSGA-III reaches about 0.68 with 40 individuals and as many evaluations
    assert hypervolume(search.population.objectives, np.full(3, 1.1)) > 0.69


def test_selects_among_a_thousand_quickly(cpu_units: Any) -> None:
    objectives = np.random.default_rng(0).random((1000, 5))
    assert len(thin_out(losses(objectives, 0.05, "front"), 500)) == 500
    # measured: 2 to 9
    assert cpu_units(lambda: thin_out(losses(objectives, 0.05, "front"), 500)) < 50
