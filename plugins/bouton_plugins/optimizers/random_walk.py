"""Random-walk exploration: particles that walk from good models and stay among good ones.

Source: the exploration of Hay-type models of layer-5 pyramidal neurons around a fitted one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import numpy as np
from attrs import Factory, field, frozen, validators

from bouton.errors import Problem, StudyError, did_you_mean
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.search import Proposal, SearchProblem, Verdict
from bouton.model.turns import SteadySearch, checked_seed

# A target counts as reached within this distance, unit cube.
_AT_TARGET = 1e-4
_FIRST = -1


class Draws(Protocol):
    """What a particle draws from."""

    def normals(self, n: int) -> FloatArray:
        """Return standard normals, shape (n,)."""

    def uniform(self) -> float:
        """Return a uniform draw from [0, 1)."""


class LegacyDraws:
    """A private generator with the sequence of `numpy.random.seed`, `randn` and `rand`."""

    def __init__(self, seed: int, particle: int) -> None:
        self._state = np.random.RandomState((seed + particle) % 2**32)

    def normals(self, n: int) -> FloatArray:
        """Return standard normals."""
        return np.asarray(self._state.randn(n))

    def uniform(self) -> float:
        """Return a uniform draw."""
        return float(self._state.rand())


class Pcg64Draws:
    """NumPy's modern generator; streams of different particles are independent by design."""

    def __init__(self, seed: int, particle: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64([seed, particle]))

    def normals(self, n: int) -> FloatArray:
        """Return standard normals."""
        return self._generator.standard_normal(n)

    def uniform(self) -> float:
        """Return a uniform draw."""
        return float(self._generator.random())


@frozen
class RandomWalk:
    """Particles that take small random steps and only move to models within all limits.

    Coordinates are those of the unit cube of the search space, and so are steps and distances.
    The first batch evaluates the seed vectors, which must be within the limits; every later batch
    has one candidate per particle. The job decides when to stop.

    Attributes:
        particles: Particles per seed vector, each with its own stream of random numbers.
        min_step: Shortest step, Euclidean length.
        max_step: Longest step, Euclidean length.
        mode: `walk`, or `expand`: the distance to the seed vector must also grow.
        aim: Parameter -> value, natural units, that it is to approach with every step.
        parameters: Those that may change; empty for all.
        generator: `legacy`: particle k draws what `numpy.random.seed(seed + k)`, `randn` and
            `rand` would give; `pcg64`: NumPy's modern generator.
        max_suggestions: Draws after which a particle that finds no step ends the search.
    """

    particles: int = field(default=1, validator=validators.ge(1))
    min_step: float = field(default=0.0, validator=validators.ge(0.0))
    max_step: float = field(default=0.02, validator=validators.gt(0.0))
    mode: Literal["walk", "expand"] = field(
        default="walk", validator=validators.in_(("walk", "expand"))
    )
    aim: Mapping[str, float] = Factory(dict)
    parameters: tuple[str, ...] = ()
    generator: Literal["legacy", "pcg64"] = field(
        default="legacy", validator=validators.in_(("legacy", "pcg64"))
    )
    max_suggestions: int = field(default=1_000_000, validator=validators.ge(1))

    def start(self, problem: SearchProblem, seed: int) -> RandomWalkSearch:
        """Return a search.

        Raises:
            StudyError: If there is no seed vector, or an option does not fit the space.
        """
        problems = self._misfits(problem)
        if problems:
            raise StudyError(problems)
        return RandomWalkSearch(problem, checked_seed(seed), self)

    def _misfits(self, problem: SearchProblem) -> list[Problem]:
        space, found = problem.space, []
        if problem.seeds.size == 0:
            hint = "give at least one good model as a seed vector"
            found.append(Problem("a random walk needs somewhere to start", hint=hint))
        if self.min_step > self.max_step:
            message = f"min_step {self.min_step:g} is longer than max_step {self.max_step:g}"
            found.append(Problem(message, path="min_step"))
        for option, names in (("parameters", self.parameters), ("aim", tuple(self.aim))):
            for name in names:
                if name not in space.names:
                    hint = did_you_mean(name, space.names)
                    found.append(Problem(f"no parameter {name!r}", path=option, hint=hint))
        for name, value in self.aim.items():
            if name in space.names:
                row = space.names.index(name)
                low, high = space.lower[row], space.upper[row]
                if not low <= value <= high:
                    message = f"target {value:g} is out of bounds, {low:g} to {high:g}"
                    found.append(Problem(message, path=f"aim.{name}"))
                if self.parameters and name not in self.parameters:
                    message = "a parameter to aim at must be among those that may change"
                    found.append(Problem(message, path=f"aim.{name}"))
        return found


class Particle:
    """One walker: where it came from, where it is, and its random numbers."""

    def __init__(self, number: int, origin: int, seed: int, legacy: bool) -> None:
        self.number = number
        self.origin = origin
        self.draws: Draws = (LegacyDraws if legacy else Pcg64Draws)(seed, number)
        self.start = np.empty(0)
        self.at = np.empty(0)
        self.suggested = np.empty(0)
        self.is_idle = False

    def place(self, units: FloatArray) -> None:
        """Put the particle where it starts."""
        self.start = self.at = units
        self.is_idle = True


class StepRule:
    """How a particle finds its next step.

    Args:
        problem: Gives the space.
        options: Gives everything else.
    """

    def __init__(self, problem: SearchProblem, options: RandomWalk) -> None:
        space = problem.space
        self._options = options
        names = options.parameters or space.names
        self._moving: IntArray = np.array([space.names.index(name) for name in names])
        self._aimed: IntArray = np.array(
            [space.names.index(name) for name in options.aim], dtype=int
        )
        wanted = np.array(space.lower)
        wanted[self._aimed] = list(options.aim.values())
        self._target = space.to_unit(wanted)[self._aimed]

    def suggest(self, particle: Particle) -> tuple[FloatArray, int, float]:
        """Return a proposal in the unit cube, the number of draws it took, and its length.

        Raises:
            StudyError: If none is found within `max_suggestions` draws.
        """
        low, span = self._options.min_step, self._options.max_step - self._options.min_step
        for count in range(1, self._options.max_suggestions + 1):
            direction = self._direction(particle)
            # Drawn even when both are equal, so that the sequence does not depend on them.
            step = particle.draws.uniform() * span + low
            proposal = particle.at + step * direction
            if ((proposal >= 0.0) & (proposal <= 1.0)).all() and self._leads_on(particle, proposal):
                return proposal, count, step
        raise self._cornered(particle)

    def reached(self, units: FloatArray) -> bool:
        """Return whether all aimed coordinates are at their targets; false without targets."""
        distance = np.abs(self._target - units[self._aimed])
        return bool(len(distance) and (distance < _AT_TARGET).all())

    def _direction(self, particle: Particle) -> FloatArray:
        normals = particle.draws.normals(len(self._moving))
        direction = np.zeros(len(particle.at))
        direction[self._moving] = normals / np.linalg.norm(normals)
        if len(self._aimed):
            ahead = self._target - particle.at[self._aimed]
            sign = np.where(np.abs(ahead) < _AT_TARGET, 0.0, np.sign(ahead))
            direction[self._aimed] = np.abs(direction[self._aimed]) * sign
        return direction

    def _leads_on(self, particle: Particle, proposal: FloatArray) -> bool:
        if self._options.mode == "expand":
            so_far = np.linalg.norm(particle.at - particle.start)
            if np.linalg.norm(proposal - particle.start) <= so_far:
                return False
        before = np.abs(self._target - particle.at[self._aimed])
        after = np.abs(self._target - proposal[self._aimed])
        return bool(((after < before) | (before < _AT_TARGET)).all())

    def _cornered(self, particle: Particle) -> StudyError:
        edge = 0.1 * self._options.max_step
        n_near = int(((particle.at < edge) | (particle.at > 1.0 - edge)).sum())
        message = (
            f"particle {particle.number} found no step in {self._options.max_suggestions} draws;"
            f" {n_near} of its {len(particle.at)} coordinates are at a bound"
        )
        hint = "widen those bounds, leave these parameters out, or shorten max_step"
        return StudyError([Problem(message, hint=hint)])


class RandomWalkSearch(SteadySearch):
    """Particles under way."""

    def __init__(self, problem: SearchProblem, seed: int, options: RandomWalk) -> None:
        super().__init__(problem)
        self._rule = StepRule(problem, options)
        self._particles = [
            Particle(origin * options.particles + k, origin, seed, options.generator == "legacy")
            for origin in range(len(problem.seeds))
            for k in range(options.particles)
        ]
        self._origins_told = 0
        self._candidates: dict[int, Particle] = {}

    def propose(self) -> Proposal:
        """Return the next batch."""
        if self._origins_told == 0:
            return self._origins(range(len(self.problem.seeds)))
        return self._steps(self._particles)

    def learn(self, verdict: Verdict) -> None:
        """Learn from the batch proposed last."""
        if self._origins_told == 0:
            self._place(range(len(self.problem.seeds)), verdict)
            return
        inside = self.problem.inside(verdict.objectives, verdict.failed)
        for particle, accepted in zip(self._particles, inside, strict=True):
            self._settle(particle, accepted=bool(accepted))

    def propose_one(self, number: int) -> Proposal:
        """Return the next candidate."""
        if number < len(self.problem.seeds):
            return self._origins(range(number, number + 1))
        particle = next((one for one in self._particles if one.is_idle), None)
        if particle is None:
            return Proposal(self.problem.seeds[:0])
        self._candidates[number] = particle
        return self._steps([particle])

    def learn_one(self, number: int, verdict: Verdict) -> None:
        """Learn from one candidate."""
        if number < len(self.problem.seeds):
            self._place(range(number, number + 1), verdict)
            return
        accepted = self.problem.inside(verdict.objectives, verdict.failed)[0]
        self._settle(self._candidates.pop(number), accepted=bool(accepted))

    def _origins(self, rows: range) -> Proposal:
        n = len(rows)
        notes = {
            "particle": [float(_FIRST)] * n,
            "seed_point": [float(row) for row in rows],
            "n_suggestion": [0.0] * n,
            "step": [0.0] * n,
            "at_target": [float(self._rule.reached(unit)) for unit in self._seed_units(rows)],
        }
        return Proposal(self.problem.seeds[rows.start : rows.stop], notes)

    def _seed_units(self, rows: range) -> FloatArray:
        return self.problem.space.to_unit(self.problem.seeds[rows.start : rows.stop])

    def _steps(self, particles: list[Particle]) -> Proposal:
        found = [self._rule.suggest(particle) for particle in particles]
        for particle, (units, _, _) in zip(particles, found, strict=True):
            particle.suggested = units
            particle.is_idle = False
        notes = {
            "particle": [float(particle.number) for particle in particles],
            "seed_point": [float(particle.origin) for particle in particles],
            "n_suggestion": [float(count) for _, count, _ in found],
            "step": [step for _, _, step in found],
            "at_target": [float(self._rule.reached(units)) for units, _, _ in found],
        }
        return Proposal(self.problem.space.from_unit(np.array([one[0] for one in found])), notes)

    def _settle(self, particle: Particle, *, accepted: bool) -> None:
        if accepted:
            particle.at = particle.suggested
        particle.is_idle = True

    def _place(self, rows: range, verdict: Verdict) -> None:
        self._check_origins(rows, verdict)
        self._origins_told += len(rows)
        units = self._seed_units(rows)
        for particle in self._particles:
            if particle.origin in rows:
                particle.place(units[particle.origin - rows.start])

    def _check_origins(self, rows: range, verdict: Verdict) -> None:
        problems = []
        for row, values, failed in zip(rows, verdict.objectives, verdict.failed, strict=True):
            if failed:
                message = f"seed vector {row} is not inside: its evaluation failed"
                problems.append(Problem(message, hint="start from a model that runs"))
                continue
            for name, value in zip(self.problem.objectives, values, strict=True):
                limit = self.problem.limits.get(name, np.inf)
                if not value <= limit:
                    message = f"seed vector {row} is not inside: {value:g}, limit {limit:g}"
                    hint = "start from a better model or raise the limit"
                    problems.append(Problem(message, path=name, hint=hint))
        if problems:
            raise StudyError(problems)
