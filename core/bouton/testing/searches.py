"""Suite for optimizers."""

from __future__ import annotations

import random
from typing import Any, ClassVar

import numpy as np
from attrs import evolve

from bouton.errors import SearchError, StudyError
from bouton.model.morphology import FloatArray
from bouton.model.search import Proposal, SearchProblem, SearchSpace, Verdict
from bouton.testing.suite import OptionsSuite, fail, refusal, require, require_equal

_SPACE = SearchSpace(
    ("g", "e", "tau", "cm"),
    np.array([1e-5, -3.0, 0.0, 20.0]),
    np.array([1e-1, 0.0, 0.005, 1000.0]),
    ("log", "linear", "linear", "linear"),
)


def tiny_problem(objectives: int = 2, seeds: int = 2) -> SearchProblem:
    """Return a problem of four parameters, one of them on a log scale.

    Args:
        objectives: Number of objectives.
        seeds: Number of vectors to start from.
    """
    units = np.linspace(0.3, 0.6, seeds * 4).reshape(seeds, 4)
    names = tuple(f"f{number}" for number in range(objectives))
    return SearchProblem(_SPACE, names, _SPACE.from_unit(units))


def tiny_verdict(problem: SearchProblem, vectors: FloatArray) -> Verdict:
    """Return what spheres around different centres say of vectors: one sphere per objective."""
    units = problem.space.to_unit(vectors)
    centres = np.linspace(0.2, 0.8, len(problem.objectives))
    distances = ((units[:, None, :] - centres[:, None]) ** 2).sum(axis=2)
    return Verdict(vectors, distances, np.zeros(len(vectors), dtype=bool))


class OptimizerSuite(OptionsSuite):
    """A search repeats itself, stays within bounds, and is recovered by telling it its past.

    Attributes:
        objectives: Number of objectives of the trial problem.
        rounds: Batches that are tried.
        accepts_non_finite: Whether it may be told numbers that are not finite; else it refuses.
        is_steady: Whether it can also work one candidate at a time.
        needs_seed: Whether another seed must give other candidates.
    """

    kind = "optimizers"
    objectives: ClassVar[int] = 2
    rounds: ClassVar[int] = 5
    accepts_non_finite: ClassVar[bool] = False
    is_steady: ClassVar[bool] = False
    needs_seed: ClassVar[bool] = True

    def start(self, seed: Any = 7, **changes: Any) -> tuple[Any, SearchProblem]:  # noqa: ANN401
        """Return a search on the trial problem, and the problem."""
        problem = evolve(tiny_problem(self.objectives), **changes)
        return self.make().start(problem, seed), problem

    def carried(self, seed: int = 7, **changes: Any) -> list[Proposal]:  # noqa: ANN401
        """Return the proposals of all rounds."""
        search, problem = self.start(seed, **changes)
        proposals = []
        for _ in range(self.rounds):
            proposals.append(search.ask())
            search.tell(tiny_verdict(problem, proposals[-1].vectors))
        return proposals

    def test_proposes_within_bounds(self) -> None:
        """Batches are never empty, of the right shape, finite, and inside the box."""
        for number, proposal in enumerate(self.carried()):
            vectors, where = np.asarray(proposal.vectors), f"batch {number}"
            fits = vectors.ndim == 2 and len(vectors) and vectors.shape[1] == _SPACE.dimensions
            require(fits, f"{where} has the shape {vectors.shape}, expected (n, 4) with n above 0")
            inside = (vectors >= _SPACE.lower) & (vectors <= _SPACE.upper)  # nan compares false
            bad = np.argwhere(~inside)
            if len(bad):
                row, column = bad[0]
                name, value = _SPACE.names[column], vectors[row, column]
                fail(f"{where}: candidate {row} is out of bounds: {name} = {value:g}")
            for name, values in proposal.notes.items():
                short = len(values) == len(vectors)
                require(short, f"{where}: note {name!r} needs one number per candidate")

    def test_moves(self) -> None:
        """It does not propose the same few vectors again and again."""
        vectors = np.concatenate([proposal.vectors for proposal in self.carried()])
        distinct = len(np.unique(vectors, axis=0))
        message = f"only {distinct} of {len(vectors)} candidates differ"
        require(distinct > len(vectors) // 2 and distinct > 1, message)

    def test_begins_with_the_seed_vectors(self) -> None:
        """They are in the first batch, unchanged, and a batch grows to hold them all."""
        for count in (2, 20):
            problem = tiny_problem(self.objectives, count)
            first = self.make().start(problem, 3).ask().vectors
            there = [(first == seed).all(axis=1).any() for seed in problem.seeds]
            require(all(there), f"{there.count(False)} of {count} seed vectors are not in batch 0")

    def test_repeats_itself(self) -> None:
        """Equal problem, seed and verdicts give equal proposals; another seed gives others."""
        first = self.carried()
        require_equal(self.carried(), first, "equal seeds, different proposals")
        if self.needs_seed:
            other = self.carried(8)
            same = all(_equal(a, b) for a, b in zip(first, other, strict=True))
            require(not same, "another seed gives the same proposals")

    def test_leaves_the_global_generators_alone(self) -> None:
        """It neither reads nor disturbs `random` and `numpy.random`, which others use too."""
        self.carried()  # a library may draw while it is imported
        runs = []
        for outside in (1, 2):
            random.seed(outside)
            np.random.seed(outside)
            runs.append(self.carried())
            numbers = random.random(), np.random.random()  # noqa: S311
            fresh = random.Random(outside), np.random.RandomState(outside)  # noqa: S311
            expected = fresh[0].random(), fresh[1].random_sample()
            require(numbers == expected, "it draws from the generators of the whole process")
        require_equal(runs[1], runs[0], "it depends on the generators of the whole process")

    def test_goes_on_after_an_interruption(self) -> None:
        """Told its past again, batch by batch, it proposes what it would have proposed."""
        whole = self.carried()
        for stop in range(1, self.rounds):
            search, problem = self.start()
            for number, past in enumerate(whole[:stop]):
                require_equal(search.ask(), past, f"replayed, batch {number} is another one")
                search.tell(tiny_verdict(problem, past.vectors))
            require_equal(search.ask(), whole[stop], f"replayed, batch {stop} is another one")

    def test_takes_turns(self) -> None:
        """Ask and tell alternate; anything else is a `SearchError`."""
        search, problem = self.start()
        verdict = tiny_verdict(problem, problem.seeds)
        with refusal(SearchError, "tell before ask"):
            search.tell(verdict)
        asked = search.ask().vectors
        with refusal(SearchError, "ask before the last batch was told"):
            search.ask()
        search.tell(tiny_verdict(problem, asked))
        with refusal(SearchError, "telling a batch twice"):
            search.tell(tiny_verdict(problem, asked))

    def test_refuses_what_it_did_not_propose(self) -> None:
        """Other vectors and wrong shapes are `SearchError`s, and cost nothing."""
        search, problem = self.start()
        asked = search.ask().vectors
        good = tiny_verdict(problem, asked)
        other = np.array(asked)
        other[0, 1] = np.nextafter(other[0, 1], -1.0)
        with refusal(SearchError, "vectors that were not proposed"):
            search.tell(tiny_verdict(problem, other))
        with refusal(SearchError, "objectives of the wrong shape"):
            search.tell(evolve(good, objectives=np.zeros((len(asked), self.objectives + 1))))
        search.tell(good)

    def test_refuses_numbers_that_are_not_finite(self) -> None:
        """A failed evaluation has a finite penalty; nan never enters."""
        search, problem = self.start()
        good = tiny_verdict(problem, search.ask().vectors)
        for value in (np.nan, np.inf, -np.inf):
            objectives = np.array(good.objectives)
            objectives[0, 0] = value
            bad = evolve(good, objectives=objectives)
            if self.accepts_non_finite:
                search.tell(bad)
                require(np.isfinite(search.ask().vectors).all(), f"told {value}, it proposes nan")
                return
            with refusal(SearchError, f"an objective of {value}"):
                search.tell(bad)
        search.tell(good)

    def test_learns_from_failures(self) -> None:
        """A batch in which everything failed is told like any other."""
        search, problem = self.start()
        search.tell(tiny_verdict(problem, search.ask().vectors))
        vectors = search.ask().vectors
        worst = np.full((len(vectors), self.objectives), 250.0)
        search.tell(Verdict(vectors, worst, np.ones(len(vectors), dtype=bool)))
        inside = np.isfinite(search.ask().vectors).all()
        require(inside, "after a batch of failures it proposes numbers that are not finite")

    def test_works_one_at_a_time_or_says_that_it_cannot(self) -> None:
        """`ask_one` gives one candidate in bounds, or a `StudyError` that says why not."""
        search, problem = self.start()
        if not self.is_steady:
            with refusal(StudyError, "one at a time, where the suite says is_steady = False"):
                search.ask_one()
            return
        told: list[FloatArray] = []
        for _ in range(12):
            vectors = search.ask_one().vectors
            require(len(vectors) == 1, f"ask_one gives {len(vectors)} candidates, none under way")
            inside = ((vectors >= _SPACE.lower) & (vectors <= _SPACE.upper)).all()
            require(inside, "ask_one leaves the bounds")
            search.tell_one(tiny_verdict(problem, vectors))
            told.append(vectors)
        with refusal(SearchError, "telling a candidate that is not under way"):
            search.tell_one(tiny_verdict(problem, told[-1]))


def _equal(first: Proposal, second: Proposal) -> bool:
    return np.array_equal(first.vectors, second.vectors)
