"""What an optimizer and the evaluations say to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from attrs import Factory, field, frozen

from bouton.errors import StudyError
from bouton.model.morphology import FloatArray, read_only

Scale = Literal["linear", "log"]


@frozen(eq=False)
class SearchSpace:
    """The box that is searched.

    Attributes:
        names: Parameter names, in the order of every vector.
        lower: Lower bounds, shape (d,).
        upper: Upper bounds, shape (d,).
        scales: `linear` or `log` per parameter; optimizers see the unit cube of the scaled value.
    """

    names: tuple[str, ...]
    lower: FloatArray = field(converter=read_only)
    upper: FloatArray = field(converter=read_only)
    scales: tuple[Scale, ...] = ()

    def __attrs_post_init__(self) -> None:
        from bouton.errors import Problem

        problems = [
            Problem(f"needs finite bounds with lower < upper, got {low:g} to {high:g}", path=name)
            for name, low, high in zip(self.names, self.lower, self.upper, strict=True)
            if not (np.isfinite(low) and np.isfinite(high) and low < high)
        ]
        problems += [
            Problem(f"a log scale needs a lower bound above 0, got {low:g}", path=name)
            for name, low, scale in zip(self.names, self.lower, self.scales, strict=False)
            if scale == "log" and low <= 0
        ]
        if problems:
            raise StudyError(problems)

    @property
    def dimensions(self) -> int:
        """Number of parameters."""
        return len(self.names)

    def to_unit(self, vectors: FloatArray) -> FloatArray:
        """Return natural vectors, shape (..., d), in the unit cube of the scaled values."""
        low, high = self._scaled(self.lower), self._scaled(self.upper)
        return np.asarray((self._scaled(vectors) - low) / (high - low))

    def from_unit(self, unit: FloatArray) -> FloatArray:
        """Return unit-cube vectors, shape (..., d), in natural units, clipped to the bounds."""
        low, high = self._scaled(self.lower), self._scaled(self.upper)
        scaled = low + unit * (high - low)
        natural = np.where(self._log, 10.0 ** np.where(self._log, scaled, 0.0), scaled)
        return np.clip(natural, self.lower, self.upper)

    @property
    def _log(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([scale == "log" for scale in self.scales] or [False] * len(self.names))

    def _scaled(self, vectors: FloatArray) -> FloatArray:
        log = self._log
        return np.asarray(np.where(log, np.log10(np.where(log, vectors, 1.0)), vectors))


@frozen(eq=False)
class SearchProblem:
    """What an optimizer is given at the start.

    Attributes:
        space: The box.
        objectives: Names of the objectives, all minimised.
        seeds: Vectors to start from, natural units, shape (n, d); may be empty.
        limits: Objective -> value at or below which it is satisfied; the random walk calls a
            candidate `inside` when all limits hold.
    """

    space: SearchSpace
    objectives: tuple[str, ...]
    seeds: FloatArray = field(factory=lambda: np.empty((0, 0)))
    limits: Mapping[str, float] = Factory(dict)


@frozen(eq=False)
class Proposal:
    """A batch of candidates.

    Attributes:
        vectors: Natural units, within the bounds, shape (n, d).
        notes: Columns to store beside each candidate, such as `n_suggestion` or `particle`.
    """

    vectors: FloatArray
    notes: Mapping[str, Sequence[float]] = Factory(dict)


@frozen(eq=False)
class Verdict:
    """What became of a batch of candidates, in the order they were proposed.

    Attributes:
        vectors: As proposed, shape (n, d).
        objectives: All finite (a failure carries its penalty), shape (n, m).
        failed: Whether the evaluation failed, shape (n,).
    """

    vectors: FloatArray
    objectives: FloatArray
    failed: np.ndarray[Any, np.dtype[np.bool_]]
