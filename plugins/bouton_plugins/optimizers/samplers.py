"""Sampling without learning: uniform random vectors and Sobol points."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from attrs import field, frozen, validators

from bouton.errors import Problem, StudyError
from bouton.model.morphology import FloatArray
from bouton.model.search import Proposal, SearchProblem, Verdict
from bouton.model.turns import SteadySearch, checked_seed
from bouton_plugins.optimizers.streams import stream

_SOBOL_MAX_DIMENSIONS = 21201


@frozen
class RandomSampler:
    """Uniform random vectors; what any optimizer must beat.

    Attributes:
        batch: Candidates per batch. The sequence of candidates does not depend on it.
    """

    batch: int = field(default=10, validator=validators.ge(1))

    def start(self, problem: SearchProblem, seed: int) -> SamplerSearch:
        """Return a search."""
        generator = stream(checked_seed(seed), "random")
        d = problem.space.dimensions
        return SamplerSearch(problem, self.batch, lambda n: generator.random((n, d)))


@frozen
class SobolSampler:
    """Scrambled Sobol points: random, but evenly spread. Best read in powers of two.

    SciPy makes the points; it is present in every installation because nevergrad needs it.

    Attributes:
        batch: Candidates per batch. The sequence of candidates does not depend on it.
    """

    batch: int = field(default=16, validator=validators.ge(1))

    def start(self, problem: SearchProblem, seed: int) -> SamplerSearch:
        """Return a search."""
        d = problem.space.dimensions
        if d > _SOBOL_MAX_DIMENSIONS:
            message = f"sobol knows {_SOBOL_MAX_DIMENSIONS} dimensions, the space has {d}"
            raise StudyError([Problem(message, hint="use random")])
        return SamplerSearch(problem, self.batch, _sobol(d, checked_seed(seed)).random)


def _sobol(d: int, seed: int) -> Any:  # noqa: ANN401
    from scipy.stats import qmc

    # The name of the argument changed in SciPy 1.15; a generator means the same to both.
    name = "rng" if "rng" in inspect.signature(qmc.Sobol).parameters else "seed"
    return qmc.Sobol(d, scramble=True, **{name: stream(seed, "sobol")})


class SamplerSearch(SteadySearch):
    """Hands out one fixed sequence: first the seed vectors, then what `draw` gives."""

    def __init__(self, problem: SearchProblem, batch: int, draw: Any) -> None:  # noqa: ANN401
        super().__init__(problem)
        self._batch = batch
        self._draw = draw
        self._n_given = 0

    def _take(self, n: int) -> FloatArray:
        seeds = self.problem.seeds[self._n_given : self._n_given + n]
        # One at a time: SciPy warns when the first request is not a power of two.
        units = [self._draw(1) for _ in range(n - len(seeds))]
        drawn = self.problem.space.from_unit(np.concatenate(units)) if units else seeds[:0]
        self._n_given += n
        return np.concatenate([seeds, drawn]) if len(seeds) else drawn

    def propose(self) -> Proposal:
        """Return the next batch."""
        first = self._n_given == 0
        return Proposal(self._take(max(self._batch, len(self.problem.seeds) if first else 0)))

    def learn(self, verdict: Verdict) -> None:
        """Learn nothing."""

    def propose_one(self, number: int) -> Proposal:  # noqa: ARG002
        """Return the next candidate."""
        return Proposal(self._take(1))

    def learn_one(self, number: int, verdict: Verdict) -> None:
        """Learn nothing."""
