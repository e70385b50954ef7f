"""NSGA-II, NSGA-III and SMS-EMOA of pymoo, behind our contract.

pymoo is an optional dependency: importing this module without it fails, and the entries say what
to install. Its algorithm objects are never stored; a search is recovered by telling it its past.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import field, frozen, validators
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.algorithms.moo.sms import SMSEMOA
from pymoo.core.population import Population
from pymoo.core.problem import Problem as PymooProblem
from pymoo.core.termination import NoTermination

from bouton.errors import Problem, StudyError
from bouton.model.morphology import FloatArray
from bouton.model.search import Proposal, SearchProblem, Verdict
from bouton.model.turns import BatchSearch, checked_seed, need_objectives, with_seeds
from bouton_plugins.optimizers.directions import reference_directions
from bouton_plugins.optimizers.streams import initial_units, stream

_SMS_MAX_OBJECTIVES = 5


@frozen
class Nsga2:
    """NSGA-II: fronts, then distances to neighbours. Good with two or three objectives.

    Source: Deb, Pratap, Agarwal and Meyarivan (2002), IEEE Trans. Evol. Comput. 6.

    Attributes:
        offspring: Size of the population and of each generation.
    """

    offspring: int = field(default=100, validator=validators.ge(2))

    def start(self, problem: SearchProblem, seed: int) -> PymooSearch:
        """Return a search."""
        need_objectives(problem, "nsga2")
        return PymooSearch(problem, checked_seed(seed), self.offspring, NSGA2)


@frozen
class Nsga3:
    """NSGA-III: fronts, then directions spread over the objectives. Made for many objectives.

    Source: Deb and Jain (2014), IEEE Trans. Evol. Comput. 18.

    Attributes:
        offspring: Size of the population and of each generation; directions are as many as fit.
    """

    offspring: int = field(default=100, validator=validators.ge(2))

    def start(self, problem: SearchProblem, seed: int) -> PymooSearch:
        """Return a search.

        Raises:
            StudyError: If there are more objectives than individuals.
        """
        need_objectives(problem, "nsga3")
        m = len(problem.objectives)
        if m > self.offspring:
            message = f"nsga3 needs at least one individual per objective, got {self.offspring}"
            hint = f"set offspring to {m} or more"
            raise StudyError([Problem(message, path="offspring", hint=hint)])
        directions = reference_directions(m, self.offspring)
        return PymooSearch(
            problem,
            checked_seed(seed),
            self.offspring,
            lambda **settings: NSGA3(ref_dirs=directions, **settings),
        )


@frozen
class SmsEmoa:
    """SMS-EMOA: fronts, then the share of hypervolume. Exact, hence slow with many objectives.

    Source: Beume, Naujoks and Emmerich (2007), Eur. J. Oper. Res. 181.

    Attributes:
        offspring: Size of the population and of each generation.
    """

    offspring: int = field(default=100, validator=validators.ge(2))

    def start(self, problem: SearchProblem, seed: int) -> PymooSearch:
        """Return a search.

        Raises:
            StudyError: If hypervolumes of that many objectives would take too long.
        """
        need_objectives(problem, "sms-emoa")
        m = len(problem.objectives)
        if m > _SMS_MAX_OBJECTIVES:
            message = (
                f"sms-emoa computes exact hypervolumes, too slow beyond {_SMS_MAX_OBJECTIVES}"
                f" objectives; the problem has {m}"
            )
            raise StudyError([Problem(message, hint="use ibea or nsga3")])
        return PymooSearch(problem, checked_seed(seed), self.offspring, SMSEMOA)


class PymooSearch(BatchSearch):
    """A pymoo algorithm in the unit cube.

    Args:
        problem: What is searched.
        seed: For the first population and for pymoo's own generator.
        size: Population size.
        algorithm: Makes the algorithm from pymoo's keyword arguments.
    """

    def __init__(
        self, problem: SearchProblem, seed: int, size: int, algorithm: Callable[..., Any]
    ) -> None:
        super().__init__(problem)
        first = with_seeds(problem, initial_units(problem.space, size, seed))
        # pymoo drops duplicates of its own accord, so seed vectors given twice leave here.
        _, rows = np.unique(problem.space.to_unit(first), axis=0, return_index=True)
        self._first: FloatArray | None = first[np.sort(rows)]
        self._spare = stream(seed, "spare")
        self._algorithm = algorithm(
            pop_size=size, sampling=problem.space.to_unit(self._first), n_offsprings=size
        )
        shape = PymooProblem(
            n_var=problem.space.dimensions, n_obj=len(problem.objectives), xl=0.0, xu=1.0
        )
        self._algorithm.setup(shape, termination=NoTermination(), seed=seed, verbose=False)
        self._infills: Any = None

    def propose(self) -> Proposal:
        """Return the next batch."""
        self._infills = self._algorithm.ask()
        if self._infills is None or len(self._infills) == 0:
            # pymoo drops duplicates; when nothing new is left, one random vector keeps it going.
            units = self._spare.random((1, self.problem.space.dimensions))
            self._infills = Population.new("X", units)
        if self._first is None:
            return Proposal(self.problem.space.from_unit(self._infills.get("X")))
        # The seed vectors go out as they came in, without the rounding of the unit cube.
        first, self._first = self._first, None
        return Proposal(first)

    def learn(self, verdict: Verdict) -> None:
        """Learn from the batch proposed last."""
        self._infills.set("F", np.array(verdict.objectives, dtype=np.float64))
        self._algorithm.tell(infills=self._infills)
