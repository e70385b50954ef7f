"""`fit`: let an optimizer search for parameters that meet the objectives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from attrs import Factory, evolve, field, frozen, validators

from bouton.contracts import Executor, Optimizer
from bouton.errors import BoutonError, Problem, ResultsError, StudyError, did_you_mean
from bouton.execution.pools import Local
from bouton.jobs.evaluating import with_penalties
from bouton.jobs.searching import Schedule, SearchPlan
from bouton.jobs.subjects import own_values, parameter_table, unknown_parameters, worker_of
from bouton.model.morphology import FloatArray
from bouton.model.scores import Scores
from bouton.model.search import Scale, SearchProblem, SearchSpace
from bouton.model.study import Study
from bouton.plugins import registry


def default_optimizer(name: str) -> Optimizer:
    """Return an optimizer of the registry with its default options."""
    made: Optimizer = registry.optimizers[name]()
    return made


@frozen
class Bounds:
    """Where one parameter is searched.

    Attributes:
        lower: Lower bound.
        upper: Upper bound.
        scale: `linear` or `log`.
    """

    lower: float
    upper: float
    scale: Scale = "linear"


@frozen
class StartFrom:
    """Candidates that the search begins with.

    Attributes:
        study: Take the values of the study's cell as one candidate.
        run: Directory of an earlier fit or exploration; its best candidates are taken.
        count: How many of them.
    """

    study: bool = False
    run: Path | None = field(default=None, metadata={"path": "folder"})
    count: int = field(default=1, validator=validators.ge(1))


@frozen
class Fit:
    """Section `fit` of a study.

    Attributes:
        optimizer: Who proposes candidates.
        generations: Generations to have in the end, the initial population included.
        evaluations: Evaluations to have in the end, for steady-state scheduling only.
        seed: Seed of everything random.
        workers: Evaluations at once.
        executor: Where they run.
        schedule: `generational`, or `steady-state`: replayable, but dependent on who is first.
        parameters: What is searched, with bounds; default: every free parameter of the template
            within its own bounds.
        objectives: Combined objectives to minimise; default: all.
        start_from: Candidates to begin with; default: only random ones.
        stop_at: If given, the search ends once one candidate has all objectives at or below it.
    """

    optimizer: Optimizer = field(
        factory=lambda: default_optimizer("ibea"), metadata={"plugin": "optimizers"}
    )
    generations: int = 10
    evaluations: int = 0
    seed: int = 1
    workers: int = field(default=1, validator=validators.ge(1))
    executor: Executor = field(factory=Local, metadata={"plugin": "executors"})
    schedule: Literal["generational", "steady-state"] = "generational"
    parameters: Mapping[str, Bounds] = Factory(dict)
    objectives: tuple[str, ...] = ()
    start_from: StartFrom = StartFrom()
    stop_at: float | None = None

    def plan(self, study: Study) -> SearchPlan:
        """Return the plan of the search on a study.

        Raises:
            StudyError: If something does not fit together, all of it at once.
        """
        names = combined_objectives(study)
        chosen = chosen_names(self.objectives, names, "fit.objectives")
        space = search_space(study, self.parameters, "fit.parameters")
        schedule: Schedule = self.schedule
        rounds = self.generations if schedule == "generational" else self.evaluations
        if rounds < 1:
            key = "generations" if schedule == "generational" else "evaluations"
            raise StudyError([Problem(f"{key} must be at least 1", f"fit.{key}")])
        seeds = seed_vectors(study, space, self.start_from, "fit.start_from")
        return SearchPlan(
            study=study,
            problem=SearchProblem(space, chosen, seeds),
            optimizer=self.optimizer,
            executor=self.executor,
            workers=self.workers,
            seed=self.seed,
            rounds=rounds,
            worker=worker_of(study),
            schedule=schedule,
            targets=dict.fromkeys(chosen, self.stop_at) if self.stop_at is not None else {},
        )


@frozen
class Explore:
    """Section `explore` of a study: a random walk through the space of good models.

    Attributes:
        optimizer: The walk.
        steps: Steps to have in the end, for every particle.
        seed: Seed of everything random.
        workers: Evaluations at once.
        executor: Where they run.
        parameters: What is varied, with bounds; default: every free parameter of the template.
        limits: Combined objective -> largest value of a good model; default for all: `limit`.
        limit: Largest value of any combined objective not named in `limits`.
        start_from: Good models to walk from; default: the study's own values.
    """

    optimizer: Optimizer = field(
        factory=lambda: default_optimizer("random-walk"), metadata={"plugin": "optimizers"}
    )
    steps: int = 100
    seed: int = 1
    workers: int = field(default=1, validator=validators.ge(1))
    executor: Executor = field(factory=Local, metadata={"plugin": "executors"})
    parameters: Mapping[str, Bounds] = Factory(dict)
    limits: Mapping[str, float] = Factory(dict)
    limit: float = 4.5
    start_from: StartFrom = StartFrom(study=True)

    def plan(self, study: Study) -> SearchPlan:
        """Return the plan of the walk on a study.

        Raises:
            StudyError: If something does not fit together, all of it at once.
        """
        names = combined_objectives(study)
        chosen_names(tuple(self.limits), names, "explore.limits")
        space = search_space(study, self.parameters, "explore.parameters")
        if self.steps < 1:
            raise StudyError([Problem("steps must be at least 1", "explore.steps")])
        limits = {**dict.fromkeys(names, self.limit), **self.limits}
        seeds = seed_vectors(study, space, self.start_from, "explore.start_from")
        return SearchPlan(
            study=study,
            problem=SearchProblem(space, names, seeds, limits),
            optimizer=self.optimizer,
            executor=self.executor,
            workers=self.workers,
            seed=self.seed,
            rounds=self.steps + 1,  # the seed points are evaluated first
            worker=worker_of(study),
        )


def combined_objectives(study: Study) -> tuple[str, ...]:
    """Return the names of the study's combined objectives.

    Raises:
        StudyError: If it has no objectives.
    """
    if study.objectives is None:
        hint = "add an objectives section"
        raise StudyError([Problem("a search needs objectives", "objectives", hint=hint)])
    return tuple(study.objectives.combine(with_penalties(study, Scores()).scores))


def chosen_names(asked: Sequence[str], known: Sequence[str], path: str) -> tuple[str, ...]:
    """Return the names asked for, or all known ones if none are.

    Raises:
        StudyError: If one is not known, or named twice.
    """
    problems = [
        Problem(f"there is no objective {name!r}", path, hint=did_you_mean(name, known))
        for name in asked
        if name not in known
    ]
    twice = sorted(name for name, times in Counter(asked).items() if times > 1)
    problems += [Problem(f"objective {name!r} is listed twice", path) for name in twice]
    if problems:
        raise StudyError(problems)
    return tuple(asked) or tuple(known)


def search_space(study: Study, bounds: Mapping[str, Bounds], path: str) -> SearchSpace:
    """Return the box that is searched, in the template's table order.

    Raises:
        StudyError: If a parameter is unknown.
    """
    table = parameter_table(study)
    problems = unknown_parameters(study, tuple(bounds), path)
    if problems:
        raise StudyError(problems)
    box = dict(bounds) or {p.name: Bounds(p.lower, p.upper) for p in table.values() if p.free}
    unbounded = [n for n, b in box.items() if not np.isfinite([b.lower, b.upper]).all()]
    if not bounds and unbounded:
        shown = ", ".join(unbounded[:3]) + (", ..." if len(unbounded) > 3 else "")
        raise StudyError(
            [
                Problem(
                    f"{len(unbounded)} parameters of the template have no bounds: {shown}",
                    path,
                    hint="name what is searched, each with lower and upper",
                )
            ]
        )
    order = [name for name in table if name in box] + [name for name in box if name not in table]
    return SearchSpace(
        tuple(order),
        np.array([box[name].lower for name in order]),
        np.array([box[name].upper for name in order]),
        tuple(box[name].scale for name in order),
    )


def seed_vectors(study: Study, space: SearchSpace, start: StartFrom, path: str) -> FloatArray:
    """Return the vectors that a search begins with, shape (n, d).

    Raises:
        StudyError: If the study or the earlier run lacks a value, or one is out of bounds.
    """
    rows: list[Mapping[str, object]] = []
    if start.study:
        rows.append(own_values(study, space.names))
    if start.run is not None:
        rows += _best_of(start.run, start.count, path)
    problems: list[Problem] = []
    vectors = [[_seed_value(row, name, path, problems) for name in space.names] for row in rows]
    seeds = np.array(vectors, dtype=np.float64).reshape(len(rows), space.dimensions)
    outside = ~((seeds >= space.lower) & (seeds <= space.upper)) & np.isfinite(seeds)
    for row, column in np.argwhere(outside):
        low, high = space.lower[column], space.upper[column]
        message = f"{space.names[column]} is {seeds[row, column]:g}, outside {low:g} to {high:g}"
        problems.append(Problem(message, path, hint="widen the bounds or change the value"))
    if problems:
        raise StudyError(problems)
    return seeds


def _seed_value(row: Mapping[str, object], name: str, path: str, problems: list[Problem]) -> float:
    value = row.get(name)
    if isinstance(value, int | float):
        return float(value)
    problems.append(Problem(f"no number is given for {name}", path))
    return float("nan")


def _best_of(run: Path, count: int, path: str) -> list[Mapping[str, object]]:
    from bouton.results.reading import Results

    try:
        good = [e for e in Results.open(run).evaluations if e.status == "ok"]
    except ResultsError as error:
        raise StudyError([Problem(str(error), path)]) from error
    good.sort(key=lambda e: max(e.combined.values(), default=float("inf")))
    if not good:
        raise StudyError([Problem(f"{run} holds no successful evaluation", path)])
    return [evaluation.parameters for evaluation in good[:count]]


def with_options(job: Fit | Explore, *, workers: int, executor: str) -> Fit | Explore:
    """Return a job with what the command line overrides; 0 and empty keep the study's own."""
    if executor:
        try:
            target, options = registry.executors.resolve(executor)
            made: Executor = target(**options)
        except BoutonError as error:
            raise StudyError([Problem(str(error), "--executor")]) from error
        job = evolve(job, executor=made)
    return evolve(job, workers=workers) if workers else job
