"""Optimizers of nevergrad, by name, behind our contract.

nevergrad takes seconds to import, so it is imported when a search starts. What it registers is
broad: some entries need a library that is absent, some run an algorithm of another library in a
background thread, and most turn several objectives into one by hypervolumes, whose cost explodes
beyond four objectives. What cannot work is refused before anything is evaluated.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any, Literal

import numpy as np
from attrs import field, frozen, validators

from bouton.errors import Problem, SearchError, StudyError, did_you_mean
from bouton.model.morphology import FloatArray
from bouton.model.search import Proposal, SearchProblem, Verdict
from bouton.model.turns import SteadySearch, checked_seed, need_objectives
from bouton_plugins.optimizers.streams import stream

_MAX_HYPERVOLUME_OBJECTIVES = 4
_GOOD = "DE, TwoPointsDE, CMA, PSO, TBPSA, OnePlusOne; with a budget also NGOpt"
_REHEARSED_BATCHES = 3
_EDGE = 1e-9
_SEQUENTIAL = "it works strictly one at a time, never on a batch"


@frozen
class Nevergrad:
    """An optimizer of nevergrad, written `nevergrad:NAME`.

    Several objectives are best left to the DE family; the others minimise a hypervolume, or one
    number if `scalarise` says how.

    Attributes:
        name: Name in nevergrad's registry.
        batch: Candidates per batch.
        budget: Evaluations planned, for optimizers that plan ahead; 0 for unknown.
        scalarise: `none`, or `max` or `sum` of the objectives as the only loss.
        penalty: What stands for a loss that is not finite, or larger than this.
        bounds: How nevergrad keeps within bounds. `auto`: `arctan` for particle swarms, whose
            speed grows without end when positions bounce; `bouncing` for the rest.
    """

    name: str = "DE"
    batch: int = field(default=30, validator=validators.ge(1))
    budget: int = field(default=0, validator=validators.ge(0))
    scalarise: Literal["none", "max", "sum"] = field(
        default="none", validator=validators.in_(("none", "max", "sum"))
    )
    # nevergrad clips, and warns, above 5e20.
    penalty: float = field(
        default=1e9, validator=validators.and_(validators.gt(0.0), validators.lt(5e20))
    )
    bounds: Literal["auto", "bouncing", "arctan", "tanh", "clipping"] = field(
        default="auto",
        validator=validators.in_(("auto", "bouncing", "arctan", "tanh", "clipping")),
    )

    def start(self, problem: SearchProblem, seed: int) -> NevergradSearch:
        """Return a search.

        Raises:
            StudyError: If there is no such optimizer or it cannot cope with the problem.
        """
        need_objectives(problem, f"nevergrad:{self.name}")
        seed = checked_seed(seed)
        n_losses = len(problem.objectives) if self.scalarise == "none" else 1
        maker = Maker(self, problem.space.dimensions, n_losses)
        maker.check(seed)
        return NevergradSearch(problem, maker, self, seed)


class Enclosure:
    """What surrounds nevergrad while it runs, so that nothing of it shows outside.

    Some optimizers draw from the process-wide generators: private states are swapped in, so that
    such draws are repeatable and leave no trace. Some warn or print, which would spoil what a
    command writes to stdout. And those with a meta-model convert arrays of one element to numbers
    in a way that numpy gave up in 2.4, which one name in their module mends.
    """

    def __init__(self, seed: int) -> None:
        self._python = random.Random(seed).getstate()  # noqa: S311 - repeatable, not secret
        self._numpy: Any = np.random.RandomState(seed % 2**32).get_state()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Run nevergrad within."""
        from nevergrad.optimization import metamodel

        outside: Any = (random.getstate(), np.random.get_state())
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        try:
            vars(metamodel)["float"] = _number
            with warnings.catch_warnings(), redirect_stdout(StringIO()):
                warnings.simplefilter("ignore")
                yield
        finally:
            vars(metamodel).pop("float", None)
            self._python, self._numpy = random.getstate(), np.random.get_state()
            random.setstate(outside[0])
            np.random.set_state(outside[1])


def _number(values: Any) -> float:  # noqa: ANN401
    """Return the only element of what nevergrad's meta-models predict."""
    return float(np.asarray(values).item())


class Maker:
    """Makes fresh optimizers of one name, after checking that they can work here."""

    def __init__(self, options: Nevergrad, dimensions: int, n_losses: int) -> None:
        self._options = options
        self._dimensions = dimensions
        self._n_losses = n_losses

    def make(self, seed: int) -> Any:  # noqa: ANN401
        """Return a new optimizer in the unit cube; raises whatever nevergrad raises."""
        import nevergrad

        options = self._options
        automatic = "arctan" if "PSO" in options.name else "bouncing"
        cube = nevergrad.p.Array(init=np.full(self._dimensions, 0.5)).set_bounds(
            0.0, 1.0, method=automatic if options.bounds == "auto" else options.bounds
        )
        cube.random_state = np.random.RandomState(seed % 2**32)
        factory = nevergrad.optimizers.registry[options.name]
        # Two at least: what refuses to be parallel runs in a thread of its own.
        workers = max(2, options.batch)
        return factory(cube, budget=options.budget or None, num_workers=workers)

    def check(self, seed: int) -> None:
        """Rehearse a few batches on a toy problem.

        Raises:
            StudyError: If the optimizer cannot be used, saying why and what could be instead.
        """
        import nevergrad

        name = self._options.name
        known = nevergrad.optimizers.registry
        if name not in known:
            raise self._refusal("nevergrad has no such optimizer", did_you_mean(name, known))
        if getattr(known[name], "recast", False):
            raise self._refusal("it runs in a background thread, out of reach of ask and tell")
        if getattr(known[name], "no_parallelization", False):
            raise self._refusal(_SEQUENTIAL)
        rehearsal = Enclosure(seed)
        try:
            with rehearsal():
                self._check_objectives(self._rehearse(seed))
        except StudyError:
            raise
        except Exception as error:  # hundreds of algorithms may raise anything
            raise self._refusal(self._reason(error)) from error

    def _rehearse(self, seed: int) -> Any:  # noqa: ANN401
        optimizer = self.make(seed)
        self._check_objectives(optimizer)
        toy = np.linspace(0.2, 0.8, self._n_losses)
        for _ in range(_REHEARSED_BATCHES):
            batch = [optimizer.ask() for _ in range(self._options.batch)]
            for candidate in batch:
                losses = ((candidate.value[:, None] - toy) ** 2).mean(axis=0)
                optimizer.tell(candidate, losses if len(losses) > 1 else float(losses[0]))
        return optimizer

    def _check_objectives(self, optimizer: Any) -> None:  # noqa: ANN401
        # The DE family, and samplers that do not learn, say so with this mark.
        by_hypervolume = not getattr(optimizer, "_no_hypervolume", False)
        if self._n_losses > _MAX_HYPERVOLUME_OBJECTIVES and by_hypervolume:
            raise self._refusal(
                f"it minimises a hypervolume, which takes far too long with {self._n_losses}"
                f" objectives (at most {_MAX_HYPERVOLUME_OBJECTIVES})",
                "use nevergrad:DE, set scalarise to max or sum, or use ibea or nsga3",
            )

    def _reason(self, error: Exception) -> str:
        text = " ".join(str(error).split())[:160]
        what = f"{type(error).__name__}: {text}" if text else type(error).__name__
        if "does not support parallelization" in text:
            return _SEQUENTIAL
        if isinstance(error, ImportError):
            return f"it needs a library that is not installed ({what})"
        if not self._options.budget:
            return f"a rehearsal failed with {what}; it may need the option budget"
        return f"a rehearsal failed with {what}"

    def _refusal(self, reason: str, hint: str = "") -> StudyError:
        hint = hint or f"among those that work: {_GOOD}"
        return StudyError([Problem(f"nevergrad:{self._options.name}: {reason}", hint=hint)])


class NevergradSearch(SteadySearch):
    """A nevergrad optimizer under way."""

    accepts_non_finite = True

    def __init__(self, problem: SearchProblem, maker: Maker, options: Nevergrad, seed: int) -> None:
        super().__init__(problem)
        self._options = options
        self._random = Enclosure(seed)
        self._n_given = 0
        self._candidates: dict[int, Any] = {}
        with self._foreign("start"):
            self._optimizer = maker.make(int(stream(seed, "nevergrad").integers(2**32)))
            # Suggestions leave in reverse order. Bounds themselves are infinitely far under arctan.
            for unit in problem.space.to_unit(problem.seeds)[::-1] if problem.seeds.size else ():
                self._optimizer.suggest(np.clip(unit, _EDGE, 1.0 - _EDGE))

    def propose(self) -> Proposal:
        """Return the next batch."""
        n_seeds = len(self.problem.seeds) if self._n_given == 0 else 0
        first = self._n_given
        rows = [self._draw() for _ in range(max(self._options.batch, n_seeds))]
        self._batch = range(first, self._n_given)
        return Proposal(np.array(rows))

    def learn(self, verdict: Verdict) -> None:
        """Learn from the batch proposed last."""
        for number, losses in zip(self._batch, self._losses(verdict), strict=True):
            self._tell(number, losses)

    def propose_one(self, number: int) -> Proposal:  # noqa: ARG002
        """Return the next candidate."""
        return Proposal(self._draw()[None, :])

    def learn_one(self, number: int, verdict: Verdict) -> None:
        """Learn from one candidate."""
        self._tell(number, self._losses(verdict)[0])

    def _draw(self) -> FloatArray:
        number = self._n_given
        with self._foreign("ask"):
            self._candidates[number] = self._optimizer.ask()
        self._n_given += 1
        if number < len(self.problem.seeds):
            return np.array(self.problem.seeds[number])
        value = np.asarray(self._candidates[number].value, dtype=np.float64)
        return self.problem.space.from_unit(value)

    def _losses(self, verdict: Verdict) -> FloatArray:
        """Return the losses per candidate, shape (n, m) or (n, 1), penalised where unusable."""
        values = np.array(verdict.objectives, dtype=np.float64)
        usable = np.isfinite(values) & (values <= self._options.penalty)
        values = np.where(usable, values, self._options.penalty)
        if self._options.scalarise == "max":
            return np.asarray(values.max(axis=1, keepdims=True))
        if self._options.scalarise == "sum":
            return np.asarray(values.sum(axis=1, keepdims=True))
        return values

    def _tell(self, number: int, losses: FloatArray) -> None:
        from nevergrad.common.errors import TellNotAskedNotSupportedError

        candidate = self._candidates.pop(number)
        with self._foreign("tell"):
            try:
                self._optimizer.tell(candidate, losses if len(losses) > 1 else float(losses[0]))
            except TellNotAskedNotSupportedError:
                # Some can only learn from points of their own; a seed vector then just counts
                # as evaluated.
                if number >= len(self.problem.seeds):
                    raise

    @contextmanager
    def _foreign(self, doing: str) -> Iterator[None]:
        try:
            with self._random():
                yield
        except Exception as error:  # hundreds of algorithms may raise anything
            text = " ".join(str(error).split())[:160]
            raise SearchError(
                f"nevergrad:{self._options.name} broke during {doing} after {self._n_given}"
                f" candidates: {type(error).__name__}: {text}. What was evaluated is kept;"
                f" go on with another optimizer, such as {_GOOD}"
            ) from error
