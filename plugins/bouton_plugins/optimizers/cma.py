"""Covariance matrix adaptation: learns how parameters hang together, for one number to minimise.

Source: Hansen and Ostermeier (2001), Completely derandomized self-adaptation in evolution
strategies, Evol. Comput. 9; restarts with growing populations as Auger and Hansen (2005). The
algorithm is the library pycma, which every installation has because nevergrad needs it.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from attrs import field, frozen, validators

from bouton.model.morphology import FloatArray
from bouton.model.search import Proposal, SearchProblem, Verdict
from bouton.model.turns import BatchSearch, checked_seed, need_objectives
from bouton_plugins.optimizers.streams import stream

_FEWEST = 4
_QUIET = {"verbose": -9, "verb_log": 0, "verb_disp": 0, "verb_filenameprefix": ""}


@frozen
class Cma:
    """CMA-ES over the sum, or the largest, of the objectives.

    It starts at the first seed vector, or at a random place. When it has converged, it starts again
    at a random place with a population twice as large.

    Attributes:
        step: First step, in lengths of the unit cube of the bounds; a small one refines a seed.
        offspring: Candidates per batch; 0 for 4 + 3 ln(number of parameters).
        scalarise: What is minimised: the `sum` of all objectives, or the `largest`.
        restart: Whether to start again once converged; otherwise it goes on where it is.
    """

    step: float = field(default=0.2, validator=validators.gt(0.0))
    offspring: int = field(default=0)
    scalarise: Literal["sum", "largest"] = field(
        default="sum", validator=validators.in_(("sum", "largest"))
    )
    restart: bool = True

    @offspring.validator
    def _enough(self, _attribute: object, value: int) -> None:
        if value and value < _FEWEST:
            raise ValueError(f"offspring is 0 or at least {_FEWEST}, got {value}")

    def start(self, problem: SearchProblem, seed: int) -> CmaSearch:
        """Return a search."""
        need_objectives(problem, "cma")
        return CmaSearch(problem, self, checked_seed(seed))


class CmaSearch(BatchSearch):
    """One CMA-ES run, with its restarts."""

    def __init__(self, problem: SearchProblem, options: Cma, seed: int) -> None:
        super().__init__(problem)
        self._options = options
        self._random = stream(seed, "cma")
        self._size = options.offspring or 4 + int(3 * math.log(problem.space.dimensions))
        units = problem.space.to_unit(problem.seeds) if problem.seeds.size else None
        self._strategy = self._fresh(self._anywhere() if units is None else units[0])
        self._seeds: FloatArray | None = units
        self._asked_units = np.empty((0, problem.space.dimensions))

    def propose(self) -> Proposal:
        """Return the next batch; the first one holds the seed vectors besides."""
        if self._options.restart and self._strategy.stop():
            self._size *= 2
            self._strategy = self._fresh(self._anywhere())
        self._asked_units = np.array(self._strategy.ask())
        vectors = self.problem.space.from_unit(self._asked_units)
        if self._seeds is not None:
            vectors = np.concatenate([self.problem.seeds, vectors])
        return Proposal(vectors)

    def learn(self, verdict: Verdict) -> None:
        """Learn from the batch proposed last."""
        values = np.asarray(verdict.objectives)
        losses = values.sum(axis=1) if self._options.scalarise == "sum" else values.max(axis=1)
        self._seeds = None
        own = losses[-len(self._asked_units) :]  # the strategy did not draw the seed vectors
        self._strategy.tell(list(self._asked_units), own.tolist())

    def _anywhere(self) -> FloatArray:
        return np.asarray(self._random.random(self.problem.space.dimensions))

    def _fresh(self, centre: FloatArray) -> Any:  # noqa: ANN401
        import cma

        options = {
            "bounds": [0.0, 1.0],
            "popsize": self._size,
            "seed": np.nan,  # no seeding of numpy's global generator
            "randn": lambda *shape: self._random.standard_normal(shape),
            **_QUIET,
        }
        return cma.CMAEvolutionStrategy(np.clip(centre, 0.01, 0.99), self._options.step, options)
