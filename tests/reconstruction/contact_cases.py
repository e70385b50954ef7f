"""Random small trees and populations, for the rules that connect by branches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import evolve, frozen
from hypothesis import strategies as st

from bouton.model.morphology import FloatArray, Morphology, Section
from bouton.model.wiring import Box, Branches, Contacts, Side

BOX = Box([0.0, 0.0, 0.0], [100.0, 100.0, 100.0])
LABELS = [("axon",), ("dend",), ("dend", "distal"), ("axon", "distal")]
COLUMNS = ("source", "target", "section", "x", "source_section", "source_x", "distance_um")
CUBE = [
    np.array(turn)
    for axes in itertools.permutations(np.eye(3))
    for signs in itertools.product((1, -1), repeat=3)
    if np.linalg.det(turn := np.array(axes) * np.array(signs)[:, None]) > 0
]
RULES: list[tuple[str, dict[str, Any]]] = [
    ("voxel-intersection", {"affinity": 0.6, "contacts_per_pair": "normal(2, 1)"}),
    ("voxel-intersection", {"voxels_pre": 7, "voxels_post": 90, "allow_self": True}),
    ("touch-distance", {"distance_um": 2.0}),
    ("touch-distance", {"distance_um": 3.0, "affinity": 0.5, "per": "cell-pair"}),
]


def tree(rng: np.random.Generator, *, on_grid: bool, name: str = "cell") -> Morphology:
    """Return a small random tree; on a grid much coincides, and arithmetic is exact."""

    def steps(count: int) -> FloatArray:
        scale = rng.choice([1.0, 4.0, 15.0])
        made = rng.normal(size=(count, 3)) * scale
        if on_grid:
            made = np.rint(made * rng.integers(0, 2, 3))
            made[~made.any(axis=1), rng.integers(0, 3)] = 1.0
        return made

    sections: list[Section] = []
    for index in range(int(rng.integers(3, 7))):
        parent = int(rng.integers(0, index)) if index else -1
        start = sections[parent].points[-1, :3] if index else steps(1)[0]
        path = start + np.cumsum(np.vstack((np.zeros(3), steps(int(rng.integers(1, 4))))), axis=0)
        width = (
            rng.choice([0.5, 1.0, 3.0], len(path)) if on_grid else rng.uniform(0.1, 4, len(path))
        )
        labels = LABELS[rng.integers(1, 3) if index == 1 else rng.integers(0, 4)]
        labels = labels if index else ("soma", "axon")
        points = np.column_stack((path, width))
        sections.append(Section(f"s{index}", labels, parent, float(index > 0), points))
    return Morphology(name, tuple(sections))


@frozen
class Case:
    pre: Side
    post: Side
    on_grid: bool


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return two populations close together, turned or not, sometimes one and the same."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    on_grid, turned, same = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    spread = draw(st.sampled_from([0.0, 5.0, 30.0]))

    def population(name: str, label: str, like: Side | None = None) -> Side:
        if like is not None and like.branches is not None:
            return evolve(like, branches=evolve(like.branches, labels=(label,)))
        n, kinds = draw(st.integers(0, 5)), draw(st.integers(1, 3))
        positions = rng.normal(size=(n, 3)) * spread
        rotations = np.tile(np.eye(3), (n, 1, 1))
        if on_grid:
            positions = np.rint(positions)
            rotations = np.array([CUBE[rng.integers(0, 24)] for _ in range(n)]).reshape(-1, 3, 3)
        elif turned and n:
            rotations = np.linalg.qr(rng.normal(size=(n, 3, 3)))[0]
            rotations *= np.linalg.det(rotations)[:, None, None]
        if not turned:
            rotations = np.tile(np.eye(3), (n, 1, 1))
        shapes = tuple(tree(rng, on_grid=on_grid, name=f"{name}{i}") for i in range(kinds))
        branches = Branches(shapes, rng.integers(0, kinds, n), rotations, (label,))
        return Side(name, positions, BOX, np.arange(n), branches)

    pre = population("a", "axon")
    return Case(pre, population("b", "dend", pre if same else None), on_grid)


def rows(contacts: Contacts) -> np.ndarray:
    return np.column_stack([getattr(contacts, name) for name in COLUMNS])


def branches(side: Side) -> Branches:
    assert side.branches is not None
    return side.branches


def shape(side: Side, cell: int) -> Morphology:
    return branches(side).morphologies[branches(side).morphology_of[cell]]


def labelled(side: Side, cell: int) -> list[int]:
    wanted = set(branches(side).labels)
    return [i for i, one in enumerate(shape(side, cell).sections) if wanted & set(one.labels)]


def pairs(case: Case, *, allow_self: bool) -> Iterator[tuple[int, int]]:
    for i, j in itertools.product(range(len(case.pre)), range(len(case.post))):
        if i != j or allow_self or case.pre.name != case.post.name:
            yield i, j


def straight(labels: tuple[str, ...], *points: tuple[float, ...], name: str = "rod") -> Morphology:
    table = np.array([[*point, 1.0] for point in points])
    return Morphology(name, (Section("s", labels, -1, 0.0, table),))


def population(
    name: str, morphology: Morphology, positions: Any, labels: tuple[str, ...] = ()
) -> Side:
    places = np.array(positions, dtype=float).reshape(-1, 3)
    n = len(places)
    turns = np.tile(np.eye(3), (n, 1, 1))
    return Side(
        name,
        places,
        BOX,
        np.arange(n),
        Branches((morphology,), np.zeros(n, dtype=np.int64), turns, labels),
    )
