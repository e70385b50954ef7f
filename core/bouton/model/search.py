"""What an optimizer and the evaluations say to each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from attrs import Factory, field, frozen

from bouton.errors import Problem, StudyError, did_you_mean
from bouton.model.morphology import FloatArray, read_only

BoolArray = np.ndarray[Any, np.dtype[np.bool_]]
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
        problems = list(self._misfits()) or [*self._bad_bounds(), *self._bad_scales()]
        if problems:
            raise StudyError(problems)

    def _misfits(self) -> Iterator[Problem]:
        n = len(self.names)
        if n == 0:
            yield Problem("there is nothing to search", hint="name at least one free parameter")
        for what, shape in (("lower", self.lower.shape), ("upper", self.upper.shape)):
            if shape != (n,):
                yield Problem(f"{what} bounds need the shape ({n},), got {shape}")
        if len(self.scales) not in {0, n}:
            yield Problem(f"scales need one entry per parameter ({n}), got {len(self.scales)}")
        for name in sorted(name for name, times in Counter(self.names).items() if times > 1):
            yield Problem("this parameter is listed more than once", path=name)

    def _bad_bounds(self) -> Iterator[Problem]:
        for name, low, high in zip(self.names, self.lower, self.upper, strict=True):
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                message = f"needs finite bounds with lower < upper, got {low:g} to {high:g}"
                yield Problem(message, path=name)

    def _bad_scales(self) -> Iterator[Problem]:
        for name, low, scale in zip(self.names, self.lower, self.scales, strict=False):
            if scale not in {"linear", "log"}:
                yield Problem(f"scale is 'linear' or 'log', got {scale!r}", path=name)
            elif scale == "log" and low <= 0:
                yield Problem(f"a log scale needs a lower bound above 0, got {low:g}", path=name)

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
    def _log(self) -> BoolArray:
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
        seeds: Vectors to start from, natural units, within the bounds, shape (n, d); may be
            empty. Every optimizer puts them into its first batch.
        limits: Objective -> value at or below which it is satisfied; the random walk calls a
            candidate `inside` when all limits hold.
    """

    space: SearchSpace
    objectives: tuple[str, ...]
    seeds: FloatArray = field(factory=lambda: np.empty((0, 0)), converter=read_only)
    limits: Mapping[str, float] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        problems = [*self._bad_objectives(), *self._bad_seeds()]
        if problems:
            raise StudyError(problems)

    def inside(self, objectives: FloatArray, failed: BoolArray) -> BoolArray:
        """Return which candidates did not fail and satisfy every limit, shape (n,).

        Args:
            objectives: Shape (n, m), in the order of `self.objectives`.
            failed: Shape (n,).
        """
        bounds = np.array([self.limits.get(name, np.inf) for name in self.objectives])
        return np.asarray(~np.asarray(failed, dtype=bool) & (objectives <= bounds).all(axis=1))

    def _bad_objectives(self) -> Iterator[Problem]:
        for name, limit in self.limits.items():
            if name not in self.objectives:
                hint = did_you_mean(name, self.objectives)
                yield Problem("a limit names an unknown objective", path=name, hint=hint)
            elif np.isnan(limit):
                yield Problem("a limit must be a number, got nan", path=name)

    def _bad_seeds(self) -> Iterator[Problem]:
        if self.seeds.size == 0:
            return
        if self.seeds.ndim != 2 or self.seeds.shape[1] != self.space.dimensions:
            wanted = f"(n, {self.space.dimensions})"
            yield Problem(f"seed vectors need the shape {wanted}, got {self.seeds.shape}")
            return
        low, high = self.space.lower, self.space.upper
        # Written so that nan, which compares false, counts as outside.
        for row, column in np.argwhere(~((self.seeds >= low) & (self.seeds <= high))):
            value = f"{self.seeds[row, column]:g}"
            bounds = f"{low[column]:g} to {high[column]:g}"
            message = f"seed vector {row} is out of bounds: {value}, expected {bounds}"
            yield Problem(message, path=self.space.names[column])


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
    failed: BoolArray
