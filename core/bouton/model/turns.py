"""What every search shares, to build one on: taking turns, and checking what it is told."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from bouton.errors import Problem, SearchError, StudyError
from bouton.model.morphology import FloatArray
from bouton.model.search import Proposal, SearchProblem, Verdict


def checked_seed(seed: int) -> int:
    """Return the seed.

    Raises:
        StudyError: If it is not a whole number at or above 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise StudyError([Problem(f"a seed is a whole number >= 0, got {seed!r}", path="seed")])
    return int(seed)


def need_objectives(problem: SearchProblem, optimizer: str) -> None:
    """Refuse a problem without objectives.

    Raises:
        StudyError: If there are none.
    """
    if not problem.objectives:
        hint = "add objectives, or use random, sobol or random-walk"
        raise StudyError([Problem(f"{optimizer} has nothing to minimise", hint=hint)])


class BatchSearch(ABC):
    """A search that works batch by batch.

    Subclasses propose and learn; this class makes sure that batches are told once, in order, as
    they were proposed, and with numbers that a comparison can use.
    """

    accepts_non_finite = False

    def __init__(self, problem: SearchProblem) -> None:
        self.problem = problem
        self._asked: Proposal | None = None

    @abstractmethod
    def propose(self) -> Proposal:
        """Return the next batch."""

    @abstractmethod
    def learn(self, verdict: Verdict) -> None:
        """Learn from the batch that was proposed last."""

    def ask(self) -> Proposal:
        """Return the next batch."""
        if self._asked is not None:
            raise SearchError("ask: the last batch was not told yet; tell it first")
        self._asked = self.propose()
        return self._asked

    def tell(self, verdict: Verdict) -> None:
        """Learn from the batch asked last."""
        if self._asked is None:
            raise SearchError("tell: no batch is under way; ask for one first")
        self._check(verdict, self._asked.vectors)
        self._asked = None
        self.learn(verdict)

    def ask_one(self) -> Proposal:
        """Refuse: this search needs whole batches."""
        message = f"{type(self).__name__} works on whole generations, not one at a time"
        hint = "choose generational scheduling, or ibea, random, sobol, random-walk or nevergrad"
        raise StudyError([Problem(message, hint=hint)])

    def tell_one(self, verdict: Verdict) -> None:  # noqa: ARG002
        """Refuse: nothing can be under way."""
        raise SearchError("tell_one: no single candidate is under way")

    def _check(self, verdict: Verdict, proposed: FloatArray) -> None:
        n, m = len(proposed), len(self.problem.objectives)
        told = np.asarray(verdict.vectors)
        if told.shape != proposed.shape or not np.array_equal(told, proposed):
            raise SearchError(
                "tell: these vectors are not the ones proposed; a search replays only the past of"
                " the same problem, options, seed and versions"
            )
        if np.shape(verdict.objectives) != (n, m) or np.shape(verdict.failed) != (n,):
            raise SearchError(
                f"tell: {n} candidates need objectives of shape ({n}, {m}) and {n} flags, got"
                f" {np.shape(verdict.objectives)} and {np.shape(verdict.failed)}"
            )
        if not self.accepts_non_finite:
            self._check_finite(np.asarray(verdict.objectives))

    def _check_finite(self, objectives: FloatArray) -> None:
        bad = np.argwhere(~np.isfinite(objectives))
        if len(bad):
            row, column = bad[0]
            raise SearchError(
                f"tell: objective {self.problem.objectives[column]!r} of candidate {row} is"
                f" {objectives[row, column]}; a failed evaluation must carry its finite penalty"
            )


class SteadySearch(BatchSearch):
    """A search that can also work one candidate at a time, but not in both ways at once."""

    def __init__(self, problem: SearchProblem) -> None:
        super().__init__(problem)
        self._under_way: dict[bytes, list[int]] = {}
        self._n_asked = 0
        self._is_steady: bool | None = None

    @abstractmethod
    def propose_one(self, number: int) -> Proposal:
        """Return candidate `number` (0, 1, ...), or no rows if something must be told first."""

    @abstractmethod
    def learn_one(self, number: int, verdict: Verdict) -> None:
        """Learn from candidate `number`."""

    def ask(self) -> Proposal:
        """Return the next batch."""
        self._enter(steady=False)
        return super().ask()

    def ask_one(self) -> Proposal:
        """Return one candidate, or no rows when something must be told first."""
        self._enter(steady=True)
        proposal = self.propose_one(self._n_asked)
        if len(proposal.vectors):
            key = np.ascontiguousarray(proposal.vectors[0]).tobytes()
            self._under_way.setdefault(key, []).append(self._n_asked)
            self._n_asked += 1
        return proposal

    def tell_one(self, verdict: Verdict) -> None:
        """Learn from one candidate."""
        vectors = np.ascontiguousarray(verdict.vectors, dtype=np.float64)
        waiting = self._under_way.get(vectors.tobytes())
        if not waiting or len(vectors) != 1:
            raise SearchError("tell_one: this candidate is not under way")
        self._check(verdict, vectors)
        number = waiting.pop(0)
        if not waiting:
            del self._under_way[vectors.tobytes()]
        self.learn_one(number, verdict)

    def _enter(self, *, steady: bool) -> None:
        if self._is_steady is not None and self._is_steady != steady:
            raise SearchError("one search cannot mix batches with single candidates")
        self._is_steady = steady


def with_seeds(problem: SearchProblem, units: FloatArray) -> FloatArray:
    """Return natural vectors of a first batch whose first rows are the seed vectors.

    Args:
        problem: Gives space and seeds.
        units: Unit-cube vectors of the batch, shape (n, d); a batch smaller than the number of
            seeds grows to hold them all.
    """
    vectors = problem.space.from_unit(units)
    seeds = problem.seeds
    return vectors if seeds.size == 0 else np.concatenate([seeds, vectors[len(seeds) :]])
