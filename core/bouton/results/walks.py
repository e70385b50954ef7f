"""What a random walk did: share accepted, draws, and how far every parameter travelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray
from bouton.model.search import BoolArray, SearchSpace
from bouton.results.journal import Record
from bouton.results.reading import Results

_SEED = -1


@frozen(eq=False)
class Path:
    """Where one particle was: the seed point first, then every accepted step.

    Attributes:
        particle: Number of the particle.
        seed_point: Number of the seed point it began at.
        rows: Rows of the run, shape (k,).
        steps: Number of the step of each, 0 for the seed point, shape (k,).
        units: Places in the unit cube of the search space, shape (k, d).
    """

    particle: int
    seed_point: int
    rows: tuple[int, ...]
    steps: tuple[int, ...]
    units: FloatArray

    @property
    def travelled(self) -> FloatArray:
        """Length of the way along each parameter, in parts of its range, shape (d,)."""
        return np.asarray(np.abs(np.diff(self.units, axis=0)).sum(axis=0))


@frozen(eq=False)
class Walk:
    """An exploration as a whole.

    Attributes:
        space: What was walked through.
        seeds: Rows of the seed points.
        rows: Rows of all steps.
        inside: Whether each row of the run, seed points included, met all limits.
        suggestions: Draws that each step took, shape (number of steps,).
        paths: One per particle.
        units: Every row of the run in the unit cube, shape (n, d).
    """

    space: SearchSpace
    seeds: tuple[int, ...]
    rows: tuple[int, ...]
    inside: BoolArray
    suggestions: FloatArray
    paths: tuple[Path, ...]
    units: FloatArray

    @property
    def accepted(self) -> int:
        """Number of steps that led to a good model."""
        return int(self.inside[list(self.rows)].sum())

    @property
    def share_accepted(self) -> float:
        """Accepted steps by all steps; nan before the first step."""
        return self.accepted / len(self.rows) if self.rows else float("nan")

    @property
    def travelled(self) -> FloatArray:
        """Length of all ways along each parameter, in parts of its range, shape (d,)."""
        ways = [path.travelled for path in self.paths]
        return np.sum(ways, axis=0) if ways else np.zeros(self.space.dimensions)

    @property
    def extent(self) -> FloatArray:
        """Lowest and highest good value of each parameter, parts of its range, shape (2, d)."""
        good = self.units[self.inside]
        if not len(good):
            return np.full((2, self.space.dimensions), np.nan)
        return np.stack([good.min(axis=0), good.max(axis=0)])

    def document(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        low, high = self.extent
        natural = self.space.from_unit(np.stack([low, high]))
        net = [np.abs(path.units[-1] - path.units[0]) for path in self.paths]
        furthest = np.max(net, axis=0) if net else np.zeros(self.space.dimensions)
        names = self.space.names
        return {
            "particles": len(self.paths),
            "seed_points": len(self.seeds),
            "steps": len(self.rows),
            "accepted": self.accepted,
            "share_accepted": self.share_accepted,
            "n_suggestion": int(self.suggestions.sum()),
            "parameters": {
                name: {
                    "travelled": float(self.travelled[column]),
                    "displaced": float(furthest[column]),
                    "extent": float(high[column] - low[column]),
                    "lowest": float(natural[0, column]),
                    "highest": float(natural[1, column]),
                    "lower": float(self.space.lower[column]),
                    "upper": float(self.space.upper[column]),
                }
                for column, name in enumerate(names)
            },
        }


def walk_of(results: Results) -> Walk:
    """Return what the random walk of a run did.

    Raises:
        ResultsError: If the run is no exploration.
    """
    records = results.evaluation_records
    if results.kind != "explore" or not all("seed_point" in r["notes"] for r in records):
        raise ResultsError(f"{results.path} holds no random walk")
    space = search_space_of(results)
    units = unit_vectors(results, space)
    inside = np.array([bool(r["notes"].get("inside")) for r in records], dtype=bool)
    seeds = {int(r["notes"]["seed_point"]): i for i, r in enumerate(records) if _is_seed(r)}
    rows = tuple(i for i, record in enumerate(records) if not _is_seed(record))
    suggestions = np.array([float(records[i]["notes"]["n_suggestion"]) for i in rows])
    particles: dict[int, list[int]] = {}
    for row in rows:
        particles.setdefault(int(records[row]["notes"]["particle"]), []).append(row)
    paths = tuple(
        _path(number, own, seeds, records, inside, units) for number, own in particles.items()
    )
    return Walk(space, tuple(seeds.values()), rows, inside, suggestions, paths, units)


def search_space_of(results: Results) -> SearchSpace:
    """Return the box that a fit or an exploration searched.

    Raises:
        ResultsError: If the run is no search, or its journal has no beginning.
    """
    starts: list[Mapping[str, Any]] = [r for r in results.of_kind("start") if "lower" in r]
    if not starts:
        raise ResultsError(f"{results.path} holds no fit and no exploration: no bounds are known")
    start = starts[-1]
    return SearchSpace(
        tuple(start["names"]),
        np.array(start["lower"], dtype=float),
        np.array(start["upper"], dtype=float),
        tuple(start["scales"]),
    )


def unit_vectors(results: Results, space: SearchSpace) -> FloatArray:
    """Return every evaluation in the unit cube of the search space, shape (n, d)."""
    rows = [[r["parameters"][name] for name in space.names] for r in results.evaluation_records]
    return space.to_unit(np.array(rows, dtype=float).reshape(len(rows), space.dimensions))


def _is_seed(record: Record) -> bool:
    return int(record["notes"]["particle"]) == _SEED


def _path(
    number: int,
    rows: list[int],
    seeds: Mapping[int, int],
    records: list[Record],
    inside: BoolArray,
    units: FloatArray,
) -> Path:
    origin = int(records[rows[0]]["notes"]["seed_point"])
    taken = [(step, row) for step, row in enumerate(rows, start=1) if inside[row]]
    if origin in seeds:
        taken.insert(0, (0, seeds[origin]))
    visited = [row for _, row in taken]
    return Path(number, origin, tuple(visited), tuple(s for s, _ in taken), units[visited])
