"""A small search problem and ways to carry searches on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen

import bouton
from bouton.contracts import Search
from bouton.model.search import Proposal, SearchProblem, SearchSpace, Verdict


@frozen(eq=False)
class Bench:
    """A box with a log and several linear parameters, and spheres as objectives."""

    problem: SearchProblem

    @classmethod
    def of(cls, n_objectives: int = 3, dimensions: int = 5, n_seeds: int = 2) -> Bench:
        lower = np.array([1e-5, -3.0, 0.0, 20.0, 0.3, *[0.0] * dimensions])[:dimensions]
        upper = np.array([1e-1, 0.0, 0.005, 1000.0, 3.0, *[1.0] * dimensions])[:dimensions]
        names = tuple(f"p{k}" for k in range(dimensions))
        space = SearchSpace(names, lower, upper, ("log",) + ("linear",) * (dimensions - 1))
        seeds = np.linspace(0.3, 0.6, n_seeds * dimensions).reshape(n_seeds, dimensions)
        objectives = tuple(f"f{k}" for k in range(n_objectives))
        return cls(SearchProblem(space, objectives, space.from_unit(seeds)))

    def with_(self, **changes: Any) -> Bench:
        return Bench(evolve(self.problem, **changes))

    def judge(self, vectors: np.ndarray) -> Verdict:
        units = self.problem.space.to_unit(vectors)
        centres = np.linspace(0.2, 0.8, len(self.problem.objectives))
        objectives = ((units[:, None, :] - centres[:, None]) ** 2).sum(axis=2)
        return Verdict(vectors, objectives, np.zeros(len(vectors), dtype=bool))

    def carry(self, search: Search, batches: int) -> list[Proposal]:
        proposals = []
        for _ in range(batches):
            proposals.append(search.ask())
            search.tell(self.judge(proposals[-1].vectors))
        return proposals


def _made(name: str, **options: Any) -> Any:
    target, implied = bouton.registry.optimizers.resolve(name)
    return target(**{**implied, **options})


@pytest.fixture
def bench() -> Callable[..., Bench]:
    return Bench.of


@pytest.fixture
def made() -> Callable[..., Any]:
    """Make an optimizer by the name that a study would use."""
    return _made
