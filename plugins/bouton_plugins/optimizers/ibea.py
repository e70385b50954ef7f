"""Indicator-based evolution: our own, for many objectives.

Source: Zitzler and Künzli (2004), Indicator-based selection in multiobjective search, PPSN VIII;
the `tutorial` variant follows the settings with which Hay-type models of layer-5 pyramidal neurons
have been fitted.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from attrs import evolve, field, frozen, validators

from bouton.errors import Problem, StudyError
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.search import BoolArray, Proposal, SearchProblem, Verdict
from bouton.model.turns import SteadySearch, checked_seed, need_objectives, with_seeds
from bouton_plugins.optimizers.indicator import Scaling, ibea_fitness, losses, thin_out
from bouton_plugins.optimizers.streams import initial_units, stream
from bouton_plugins.optimizers.variation import crossover, mutate

Selection = Literal["truncation", "tournament"]

_probability = validators.optional(validators.and_(validators.ge(0.0), validators.le(1.0)))
_positive = validators.optional(validators.gt(0.0))


# Generations (or couples) that may pass without anything new before the search gives up.
_PATIENCE = 1000


@frozen
class Breeding:
    """The settings of one search, all decided; see `Ibea` for what each means."""

    selection: Selection
    scaling: Scaling
    tournament: int
    eta: float
    crossover_probability: float
    mutation_probability: float
    gene_mutation_probability: float
    kappa: float


_ELITIST = Breeding("truncation", "front", 2, 15.0, 0.9, 1.0, 0.0, 0.05)
_TUTORIAL = Breeding("tournament", "pool", 4, 10.0, 0.7, 0.3, 0.5, 0.05)


@frozen
class Ibea:
    """Indicator-based evolutionary algorithm (IBEA) with the additive epsilon indicator.

    Every option left out takes the value of the variant.

    Attributes:
        offspring: Size of the population and of each generation. Of a generation only
            individuals that changed are evaluated.
        variant: `elitist` keeps the best and mutates about one gene each; `tutorial` is the
            published setting for Hay-type fits, which draws its parents with replacement from
            parents and offspring together.
        selection: `truncation`: the worst of parents and offspring leave one by one until
            `offspring` remain. `tournament`: the next parents are winners of tournaments among
            all parents and offspring.
        scaling: What objectives are divided by: their range in the `pool` or on its `front`.
        tournament: Draws per tournament (2; tutorial 4).
        eta: Distribution index of crossover and mutation (15; tutorial 10).
        crossover_probability: Per pair (0.9; tutorial 0.7).
        mutation_probability: Per individual (1; tutorial 0.3).
        gene_mutation_probability: Per gene of a mutating individual (one over the number of
            parameters; tutorial 0.5).
        kappa: Scaling factor of the indicator (0.05).
    """

    offspring: int = field(default=100, validator=validators.ge(2))
    variant: Literal["elitist", "tutorial"] = field(
        default="elitist", validator=validators.in_(("elitist", "tutorial"))
    )
    selection: Literal["truncation", "tournament"] | None = field(
        default=None, validator=validators.optional(validators.in_(("truncation", "tournament")))
    )
    scaling: Literal["pool", "front"] | None = field(
        default=None, validator=validators.optional(validators.in_(("pool", "front")))
    )
    tournament: int | None = field(default=None, validator=validators.optional(validators.ge(1)))
    eta: float | None = field(default=None, validator=_positive)
    crossover_probability: float | None = field(default=None, validator=_probability)
    mutation_probability: float | None = field(default=None, validator=_probability)
    gene_mutation_probability: float | None = field(default=None, validator=_probability)
    kappa: float | None = field(default=None, validator=_positive)

    def start(self, problem: SearchProblem, seed: int) -> IbeaSearch:
        """Return a search."""
        need_objectives(problem, "ibea")
        breeding = self.breeding(problem.space.dimensions)
        mutation = breeding.mutation_probability * breeding.gene_mutation_probability
        if breeding.crossover_probability == 0.0 and mutation == 0.0:
            message = "without crossover and mutation nothing new is ever proposed"
            raise StudyError([Problem(message, hint="leave out one of the probabilities")])
        return IbeaSearch(problem, checked_seed(seed), self.offspring, breeding)

    def breeding(self, dimensions: int) -> Breeding:
        """Return the settings, with those of the variant where none was given."""
        preset = _TUTORIAL
        if self.variant == "elitist":
            preset = evolve(_ELITIST, gene_mutation_probability=1.0 / dimensions)
        given: dict[str, Any] = {
            "selection": self.selection,
            "scaling": self.scaling,
            "tournament": self.tournament,
            "eta": self.eta,
            "crossover_probability": self.crossover_probability,
            "mutation_probability": self.mutation_probability,
            "gene_mutation_probability": self.gene_mutation_probability,
            "kappa": self.kappa,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        return evolve(preset, **chosen)


def _stuck() -> StudyError:
    message = "ibea only breeds copies: the population has become one individual"
    return StudyError([Problem(message, hint="give mutation a higher probability")])


@frozen(eq=False)
class Population:
    """Individuals: unit-cube vectors, shape (n, d), and objectives, shape (n, m)."""

    units: FloatArray
    objectives: FloatArray

    def take(self, rows: IntArray) -> Population:
        """Return the individuals of these rows, in this order."""
        return Population(self.units[rows], self.objectives[rows])

    def joined(self, other: Population) -> Population:
        """Return these individuals followed by those."""
        return Population(
            np.concatenate([self.units, other.units]),
            np.concatenate([self.objectives, other.objectives]),
        )


class IbeaSearch(SteadySearch):
    """One IBEA run."""

    def __init__(self, problem: SearchProblem, seed: int, size: int, breeding: Breeding) -> None:
        super().__init__(problem)
        self._seed = seed
        self._size = size
        self._breeding = breeding
        self._generation = 0
        self._people: Population | None = None
        self._first = with_seeds(problem, initial_units(problem.space, size, seed))
        self._brood = problem.space.to_unit(self._first)
        self._units_under_way: dict[int, FloatArray] = {}

    @property
    def population(self) -> Population | None:
        """Return who is alive after the last verdict; None before the first one."""
        return self._people

    def propose(self) -> Proposal:
        """Return the next batch."""
        if self._people is None:
            return Proposal(self._first)
        # A generation of mere copies leaves nothing to evaluate: it passes, the next one breeds.
        for _ in range(_PATIENCE):
            self._generation += 1
            parents = self._parents(self._people)
            generator = stream(self._seed, "breed", self._generation)
            brood, changed = self._breed(parents.units, generator)
            if self._breeding.selection == "tournament":
                self._people = parents.joined(parents.take(np.flatnonzero(~changed)))
            if changed.any():
                self._brood = brood[changed]
                return Proposal(self.problem.space.from_unit(self._brood))
        raise _stuck()

    def learn(self, verdict: Verdict) -> None:
        """Learn from the batch proposed last."""
        told = Population(self._brood, np.array(verdict.objectives, dtype=np.float64))
        pool = told if self._people is None else self._people.joined(told)
        self._people = pool if self._breeding.selection == "tournament" else self._thinned(pool)

    def propose_one(self, number: int) -> Proposal:
        """Return the next candidate."""
        if number < len(self._first):
            self._units_under_way[number] = self._brood[number : number + 1]
            return Proposal(self._first[number : number + 1])
        if self._people is None:
            return Proposal(self._first[:0])
        generator = stream(self._seed, "steady", number)
        for _ in range(_PATIENCE):
            couple = self._people.units[self._winners(self._people, 2, generator)]
            children, changed = self._breed(couple, generator)
            if changed.any():
                child = children[changed][:1]
                self._units_under_way[number] = child
                return Proposal(self.problem.space.from_unit(child))
        raise _stuck()

    def learn_one(self, number: int, verdict: Verdict) -> None:
        """Learn from one candidate."""
        units = self._units_under_way.pop(number)
        told = Population(units, np.array(verdict.objectives, dtype=np.float64))
        self._people = told if self._people is None else self._thinned(self._people.joined(told))

    def _thinned(self, pool: Population) -> Population:
        if len(pool.units) <= self._size:
            return pool
        loss = losses(pool.objectives, self._breeding.kappa, self._breeding.scaling)
        return pool.take(thin_out(loss, self._size))

    def _parents(self, people: Population) -> Population:
        """Return the parents of the next generation, `size` of them, in mating order."""
        is_first = self._generation == 1 and len(people.units) == self._size
        if self._breeding.selection == "tournament" and is_first:
            return people
        generator = stream(self._seed, "mate", self._generation)
        return people.take(self._winners(people, self._size, generator))

    def _winners(self, people: Population, n: int, generator: np.random.Generator) -> IntArray:
        """Return the winners of n tournaments; of equals the one drawn first wins."""
        fitness = ibea_fitness(people.objectives, self._breeding.kappa, self._breeding.scaling)
        draws = generator.random((n, self._breeding.tournament))
        rows = (draws * len(fitness)).astype(np.int64)
        return np.asarray(rows[np.arange(n), np.argmin(fitness[rows], axis=1)])

    def _breed(
        self, parents: FloatArray, generator: np.random.Generator
    ) -> tuple[FloatArray, BoolArray]:
        """Return offspring, shape (n, d), and which of them differ from their parent."""
        n, d = parents.shape
        pairs = n // 2
        brood = parents.copy()
        mates = generator.random((pairs, 1)) < self._breeding.crossover_probability
        first, second = brood[0 : 2 * pairs : 2], brood[1 : 2 * pairs : 2]
        children = crossover(first, second, self._breeding.eta, generator)
        brood[0 : 2 * pairs : 2] = np.where(mates, children[0], first)
        brood[1 : 2 * pairs : 2] = np.where(mates, children[1], second)
        mutants = generator.random((n, 1)) < self._breeding.mutation_probability
        genes = generator.random((n, d)) < self._breeding.gene_mutation_probability
        brood = mutate(brood, genes & mutants, self._breeding.eta, generator.random((n, d)))
        return brood, np.asarray((brood != parents).any(axis=1))
