"""pymoo's algorithms behind our contract."""

from __future__ import annotations

import subprocess
import sys
from math import comb
from typing import Any

import numpy as np
import pytest

from bouton.errors import StudyError
from bouton.model.search import SearchProblem, SearchSpace, Verdict
from bouton_plugins.optimizers.directions import reference_directions, simplex_lattice
from bouton_plugins.optimizers.pareto import hypervolume

pytest.importorskip("pymoo")
NAMES = ["nsga2", "nsga3", "sms-emoa"]


def run(optimizer: Any, f: Any, d: int, m: int, batches: int) -> np.ndarray:
    space = SearchSpace(tuple(f"x{k}" for k in range(d)), np.zeros(d), np.ones(d))
    problem = SearchProblem(space, tuple(f"f{k}" for k in range(m)))
    search = optimizer.start(problem, 1)
    seen = []
    for _ in range(batches):
        vectors = search.ask().vectors
        seen.append(f(vectors))
        search.tell(Verdict(vectors, seen[-1], np.zeros(len(vectors), dtype=bool)))
    return np.concatenate(seen)


def zdt1(x: np.ndarray) -> np.ndarray:
    g = 1.0 + 9.0 * x[:, 1:].mean(axis=1)
    return np.column_stack([x[:, 0], g * (1.0 - np.sqrt(x[:, 0] / g))])


@pytest.mark.parametrize("name", NAMES)
def test_converges_on_zdt1(name: str, made: Any) -> None:
    seen = run(made(name, offspring=40), zdt1, 10, 2, 100)
    assert hypervolume(seen, np.full(2, 1.1)) > 0.84


@pytest.mark.parametrize("name", NAMES)
def test_same_algorithm_as_pymoo_itself(name: str, made: Any) -> None:
    """Our ask and tell must walk the same path as pymoo's own loop."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.algorithms.moo.nsga3 import NSGA3
    from pymoo.algorithms.moo.sms import SMSEMOA
    from pymoo.core.problem import Problem
    from pymoo.optimize import minimize

    from bouton_plugins.optimizers.streams import initial_units

    class Wrapped(Problem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(n_var=4, n_obj=2, xl=0.0, xu=1.0)

        def _evaluate(self, x: np.ndarray, out: dict[str, Any], *_: Any, **__: Any) -> None:
            out["F"] = zdt1(x)

    space = SearchSpace(tuple("abcd"), np.zeros(4), np.ones(4))
    first = initial_units(space, 20, 1)
    algorithm = {
        "nsga2": lambda: NSGA2(pop_size=20, sampling=first),
        "nsga3": lambda: NSGA3(reference_directions(2, 20), pop_size=20, sampling=first),
        "sms-emoa": lambda: SMSEMOA(pop_size=20, sampling=first, n_offsprings=20),
    }[name]()
    whole = minimize(Wrapped(), algorithm, ("n_gen", 6), seed=1, save_history=True)
    theirs = np.concatenate([entry.off.get("F") for entry in whole.history])
    ours = run(made(name, offspring=20), zdt1, 4, 2, 6)
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_seed_vectors_given_twice_are_tried_once(name: str, bench: Any, made: Any) -> None:
    case = bench(n_seeds=1)
    twice = case.with_(seeds=np.repeat(case.problem.seeds, 2, axis=0))
    first, second = twice.carry(made(name, offspring=8).start(twice.problem, 1), 2)
    assert len(first.vectors) == 7
    assert np.array_equal(first.vectors[0], case.problem.seeds[0])
    assert len(second.vectors) == 8


@pytest.mark.parametrize("name", NAMES)
def test_goes_on_when_nothing_new_is_left(name: str, bench: Any, made: Any) -> None:
    """One seed vector repeated, filling the population: pymoo has nobody to mate."""
    case = bench(n_seeds=1, n_objectives=1)
    same = case.with_(seeds=np.repeat(case.problem.seeds, 4, axis=0))
    proposals = same.carry(made(name, offspring=4).start(same.problem, 1), 4)
    assert all(len(proposal.vectors) for proposal in proposals)


def test_nsga3_refuses_more_objectives_than_individuals(bench: Any, made: Any) -> None:
    with pytest.raises(StudyError, match="set offspring to 13 or more"):
        made("nsga3", offspring=12).start(bench(13).problem, 1)


def test_nsga3_copes_with_thirteen_objectives(bench: Any, made: Any) -> None:
    case = bench(13)
    assert len(case.carry(made("nsga3", offspring=20).start(case.problem, 1), 4)) == 4


def test_sms_emoa_refuses_many_objectives(bench: Any, made: Any) -> None:
    with pytest.raises(StudyError, match="use ibea or nsga3"):
        made("sms-emoa").start(bench(6).problem, 1)


@pytest.mark.parametrize(("m", "n_most"), [(1, 5), (2, 100), (3, 91), (5, 100), (8, 100), (13, 40)])
def test_directions_fill_what_fits(m: int, n_most: int) -> None:
    directions = reference_directions(m, n_most)
    assert m <= len(directions) <= n_most
    assert directions.sum(axis=1) == pytest.approx(1.0)
    assert (directions >= 0.0).all()
    assert len(np.unique(directions.round(12), axis=0)) == len(directions)
    corners = (directions.max(axis=1) == 1.0).sum()
    assert corners == m


def test_lattice_is_that_of_das_and_dennis() -> None:
    lattice = simplex_lattice(3, 4)
    assert len(lattice) == comb(6, 2)
    expected = {(a, b, 4 - a - b) for a in range(5) for b in range(5 - a)}
    assert {tuple((4 * row).astype(int)) for row in lattice} == expected


def test_without_pymoo_the_entry_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pymoo'] = None\n"
        "import bouton\n"
        "from bouton.errors import MissingDependencyError\n"
        "try:\n    bouton.registry.optimizers['nsga2']\n"
        "except MissingDependencyError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "bouton[pymoo]" in done.stdout
