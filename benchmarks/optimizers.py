"""Hypervolume of our optimizers and of pymoo's at equal evaluations, and time to select.

Run `python benchmarks/optimizers.py [--seeds N]`. Median over seeds, as a share of the better of
pymoo's NSGA-II and NSGA-III; every search spends the same number of evaluations.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.core.problem import Problem
from pymoo.indicators.hv import HV
from pymoo.optimize import minimize
from pymoo.util.ref_dirs import get_reference_directions

from bouton.contracts import Optimizer
from bouton.model.morphology import FloatArray
from bouton.model.search import SearchProblem, SearchSpace, Verdict
from bouton_plugins.optimizers.ibea import Ibea
from bouton_plugins.optimizers.indicator import losses, thin_out
from bouton_plugins.optimizers.samplers import RandomSampler

POPULATION = 100
# The finest Das-Dennis lattice that a population of 100 can fill, per number of objectives.
DIVISIONS = {2: 99, 3: 12, 5: 4}


@frozen(eq=False)
class Case:
    """A test problem in the unit cube; hypervolumes are taken from the reference 1.1, 1.1, ..."""

    name: str
    dimensions: int
    objectives: int
    evaluations: int
    function: Callable[[FloatArray], FloatArray]


def zdt(number: int) -> Callable[[FloatArray], FloatArray]:
    """Return ZDT1, 2 or 3. Source: Zitzler, Deb and Thiele (2000), Evol. Comput. 8."""

    def function(x: FloatArray) -> FloatArray:
        first, g = x[:, 0], 1.0 + 9.0 * x[:, 1:].mean(axis=1)
        ratio = first / g
        shape = {
            1: 1.0 - np.sqrt(ratio),
            2: 1.0 - ratio**2,
            3: 1.0 - np.sqrt(ratio) - ratio * np.sin(10.0 * np.pi * first),
        }[number]
        return np.column_stack([first, g * shape])

    return function


def dtlz2(m: int) -> Callable[[FloatArray], FloatArray]:
    """Return DTLZ2. Source: Deb, Thiele, Laumanns and Zitzler (2002), CEC."""

    def function(x: FloatArray) -> FloatArray:
        angles = x[:, : m - 1] * np.pi / 2.0
        result = np.ones((len(x), m)) * (1.0 + ((x[:, m - 1 :] - 0.5) ** 2).sum(axis=1))[:, None]
        for k in range(m):
            result[:, k] *= np.cos(angles[:, : m - 1 - k]).prod(axis=1)
            if k:
                result[:, k] *= np.sin(angles[:, m - 1 - k])
        return result

    return function


CASES = [
    *(Case(f"ZDT{k}", 30, 2, 25_000, zdt(k)) for k in (1, 2, 3)),
    Case("DTLZ2, 3 objectives", 12, 3, 10_000, dtlz2(3)),
    Case("DTLZ2, 5 objectives", 14, 5, 10_000, dtlz2(5)),
]


def of_pymoo(case: Case, name: str, seed: int) -> FloatArray:
    """Return the objectives of pymoo's last population, run by pymoo itself."""

    class Wrapped(Problem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(n_var=case.dimensions, n_obj=case.objectives, xl=0.0, xu=1.0)

        def _evaluate(self, x: FloatArray, out: dict[str, Any], *_: object, **__: object) -> None:
            out["F"] = case.function(x)

    if name == "nsga2":
        algorithm = NSGA2(pop_size=POPULATION)
    else:
        m = case.objectives
        directions = get_reference_directions("das-dennis", m, n_partitions=DIVISIONS[m])
        algorithm = NSGA3(directions, pop_size=POPULATION)
    budget = ("n_eval", case.evaluations)
    return np.asarray(minimize(Wrapped(), algorithm, budget, seed=seed).pop.get("F"))


def of_ours(case: Case, optimizer: Optimizer, seed: int) -> FloatArray:
    """Return the objectives of our last population, or of everything for plain sampling."""
    names = tuple(f"x{k}" for k in range(case.dimensions))
    space = SearchSpace(names, np.zeros(case.dimensions), np.ones(case.dimensions))
    problem = SearchProblem(space, tuple(f"f{k}" for k in range(case.objectives)))
    search = optimizer.start(problem, seed)
    seen, left = [], case.evaluations
    while len(vectors := search.ask().vectors) <= left:
        left -= len(vectors)
        seen.append(case.function(vectors))
        search.tell(Verdict(vectors, seen[-1], np.zeros(len(vectors), dtype=bool)))
    population = getattr(search, "population", None)
    return np.concatenate(seen) if population is None else population.objectives


SEARCHES: dict[str, Callable[[Case, int], FloatArray]] = {
    "nsga2": lambda case, seed: of_pymoo(case, "nsga2", seed),
    "nsga3": lambda case, seed: of_pymoo(case, "nsga3", seed),
    "ibea": lambda case, seed: of_ours(case, Ibea(POPULATION), seed),
    "ibea tutorial": lambda case, seed: of_ours(case, Ibea(POPULATION, "tutorial"), seed),
    "random": lambda case, seed: of_ours(case, RandomSampler(POPULATION), seed),
}


def compare(case: Case, n_seeds: int) -> dict[str, float]:
    """Return the median hypervolume of every search."""
    volume = HV(ref_point=np.full(case.objectives, 1.1))
    return {
        name: float(np.median([volume(search(case, seed)) for seed in range(n_seeds)]))
        for name, search in SEARCHES.items()
    }


def selection_seconds(n: int, m: int, repeats: int = 5) -> float:
    """Return the median CPU seconds to select half of n random candidates with m objectives."""
    objectives = np.random.default_rng(0).random((n, m))
    spent = []
    for _ in range(repeats):
        begin = time.process_time()
        thin_out(losses(objectives, 0.05, "front"), n // 2)
        spent.append(time.process_time() - begin)
    return float(np.median(spent))


def main(arguments: Sequence[str]) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=11)
    n_seeds = parser.parse_args(arguments).seeds
    write = sys.stdout.write
    write(f"Hypervolume, median of {n_seeds} seeds, population {POPULATION}\n")
    write(f"{'problem':21}{'evaluations':>12}" + "".join(f"{n:>15}" for n in SEARCHES))
    write(f"{'ibea / best':>15}\n")
    for case in CASES:
        found = compare(case, n_seeds)
        share = found["ibea"] / max(found["nsga2"], found["nsga3"])
        write(f"{case.name:21}{case.evaluations:12d}")
        write("".join(f"{value:15.4f}" for value in found.values()) + f"{share:15.1%}\n")
        sys.stdout.flush()
    write("\nSelection of half the candidates, CPU seconds\n")
    for n, m in ((200, 5), (1000, 5), (2000, 13)):
        write(f"{n:6d} candidates {m:3d} objectives {selection_seconds(n, m):8.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
