"""An optimizer: mutants of the best candidate so far."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen, validators

from bouton.model.search import Proposal, SearchProblem, Verdict
from bouton.model.turns import BatchSearch, checked_seed, need_objectives, with_seeds


@frozen
class Skeleton:
    """Mutates the best candidate so far; the best has the smallest sum of objectives.

    Attributes:
        batch: Candidates per batch.
        width: Standard deviation of a mutation, as a fraction of the scaled range.
    """

    batch: int = field(default=10, validator=validators.ge(2))
    width: float = field(default=0.1, validator=validators.gt(0.0))

    def start(self, problem: SearchProblem, seed: int) -> SkeletonSearch:
        """Return a search.

        Raises:
            StudyError: If there is nothing to minimise, or the seed is no whole number.
        """
        need_objectives(problem, "skeleton-entry")
        return SkeletonSearch(problem, self, checked_seed(seed))


class SkeletonSearch(BatchSearch):
    """One search. `BatchSearch` checks whose turn it is and what it is told."""

    def __init__(self, problem: SearchProblem, options: Skeleton, seed: int) -> None:
        super().__init__(problem)
        self._options = options
        self._random = np.random.default_rng(seed)
        self._best: np.ndarray | None = None
        self._least = np.inf

    def propose(self) -> Proposal:
        """Return random vectors first, with the seeds; then mutants of the best."""
        space, shape = self.problem.space, (self._options.batch, self.problem.space.dimensions)
        if self._best is None:
            shape = (max(shape[0], len(self.problem.seeds)), shape[1])
            return Proposal(with_seeds(self.problem, self._random.random(shape)))
        steps = self._options.width * self._random.normal(size=shape)
        return Proposal(space.from_unit(np.clip(space.to_unit(self._best) + steps, 0.0, 1.0)))

    def learn(self, verdict: Verdict) -> None:
        """Keep the best candidate."""
        sums = verdict.objectives.sum(axis=1)
        if sums.min() < self._least:
            self._best, self._least = verdict.vectors[sums.argmin()], sums.min()
