"""`touch-distance` against a plain search through all pairs of segments."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from attrs import evolve
from contact_cases import (
    Case,
    branches,
    cases,
    labelled,
    pairs,
    population,
    rows,
    shape,
    straight,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton import registry
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, Morphology, Section
from bouton.model.wiring import Side
from bouton_plugins.reconstruction.contacts.segments import closest


def apart(a: FloatArray, u: FloatArray, b: FloatArray, v: FloatArray) -> FloatArray:
    """Return distances of pairs of segments: they are convex along the first ones."""

    def to_second(s: FloatArray) -> FloatArray:
        place = a + s[:, None] * u - b
        t = np.clip((place * v).sum(axis=1) / (v * v).sum(axis=1), 0.0, 1.0)
        return np.linalg.norm(place - t[:, None] * v, axis=1)

    low, high = np.zeros(len(a)), np.ones(len(a))
    for _ in range(90):
        third = (high - low) / 3
        is_left = to_second(low + third) <= to_second(high - third)
        low, high = np.where(is_left, low, low + third), np.where(is_left, high - third, high)
    return to_second((low + high) / 2)


def lines(side: Side, cell: int, section: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return start, step and radius of the segments of a section, in place."""
    points = shape(side, cell).sections[section].points
    place = points[:, :3] @ branches(side).rotations[cell].T + side.positions[cell]
    return place[:-1], np.diff(place, axis=0), (points[:-1, 3] + points[1:, 3]) / 4


def every_two(case: Case, i: int, p: int, j: int, q: int) -> tuple[FloatArray, FloatArray]:
    """Return distance between the lines, and sum of radii, of every two segments of sections."""
    one, other = lines(case.pre, i, p), lines(case.post, j, q)
    rows, columns = (index.ravel() for index in np.indices((len(one[2]), len(other[2]))))
    between = apart(one[0][rows], one[1][rows], other[0][columns], other[1][columns])
    return between, one[2][rows] + other[2][columns]


def place_at(side: Side, cell: int, section: int, x: float) -> FloatArray:
    one = shape(side, cell).sections[section]
    place = one.points[:, :3] @ branches(side).rotations[cell].T + side.positions[cell]
    arc = one.arc_um / one.arc_um[-1]
    return np.array([np.interp(x, arc, place[:, axis]) for axis in range(3)])


@settings(max_examples=60, deadline=None)
@given(cases(), st.booleans(), st.sampled_from([0.0, 1.0, 2.5]), st.booleans())
def test_touches_are_those_of_a_plain_search(
    case: Case, allow_self: bool, distance: float, per_cell: bool
) -> None:
    rule = registry.connectors["touch-distance"](
        distance, per="cell-pair" if per_cell else "branch-pair", allow_self=allow_self
    )
    found = rows(rule.contacts(case.pre, case.post, Draws(1, "c")))
    gaps: dict[tuple[int, ...], float] = {}
    for i, j in pairs(case, allow_self=allow_self):
        for p, q in itertools.product(labelled(case.pre, i), labelled(case.post, j)):
            key = (i, j) if per_cell else (i, j, q, p)
            between, widths = every_two(case, i, p, j, q)
            gap = float((between - widths).min())
            gaps[key] = min(gap, gaps.get(key, np.inf))
    keys = [(*row[:2],) if per_cell else (*row[:2], row[2], row[4]) for row in found.tolist()]
    assert len(set(keys)) == len(keys)
    assert {key for key, gap in gaps.items() if gap <= distance - 1e-7} <= set(keys)
    for key, row in zip(keys, found, strict=True):
        assert row[6] == pytest.approx(max(gaps[tuple(map(int, key))], 0.0), abs=1e-6)
        assert row[6] <= distance + 1e-6
        i, j, q, p = (int(value) for value in row[[0, 1, 2, 4]])
        centres = np.linalg.norm(
            place_at(case.pre, i, p, row[5]) - place_at(case.post, j, q, row[3])
        )
        between, widths = every_two(case, i, p, j, q)
        at = np.abs(between - centres) < 1e-4
        assert at.any()
        assert np.abs(np.maximum(centres - widths[at], 0.0) - row[6]).min() < 1e-4


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=12, max_size=12),
    st.sampled_from([0.0, 1e-12, 1e-8, 1e-4]),
)
def test_distance_of_two_segments(numbers: list[int], tilt: float) -> None:
    a, u, b, v = np.array(numbers, dtype=float).reshape(4, 1, 3)
    v = v + tilt * np.array([[0.3, -0.2, 0.1]])  # nearly parallel ones too
    s, t, distance = closest(a, u, b, v)
    assert 0 <= s[0] <= 1
    assert 0 <= t[0] <= 1
    place = a + s[:, None] * u - b - t[:, None] * v
    assert np.linalg.norm(place) == pytest.approx(distance[0], abs=1e-9)
    if v.any():
        assert distance[0] == pytest.approx(apart(a, u, b, v)[0], abs=1e-6)


def test_touching_exactly_at_the_distance_counts() -> None:
    rod = straight(("x",), (0, 0, 0), (100, 0, 0))  # 1 um thick; longer than any piece
    cells = population("a", rod, [[0, 0, 0], [0, 3, 0], [0, 0, -3], [103, 0, 0]])
    rule = registry.connectors["touch-distance"](2.0)
    found = rows(rule.contacts(cells, cells, Draws(1, "c")))
    assert found[:, :2].tolist() == [[1, 0], [2, 0], [3, 0], [0, 1], [0, 2], [0, 3]]
    assert found[:, 6].tolist() == [2.0] * 6
    for cell in range(4):
        alone = evolve(cells, wanted=np.array([cell]))
        part = rows(rule.contacts(cells, alone, Draws(1, "c")))
        assert np.array_equal(part, found[found[:, 1] == cell])
    less = registry.connectors["touch-distance"](1.999)
    assert len(less.contacts(cells, cells, Draws(1, "c")).source) == 0


def test_thick_and_far_reaching_branches_are_found() -> None:
    thick = Section("thick", ("x",), -1, 0.0, [[0, 0, 0, 30], [0, 2, 0, 30]])
    long = Section("long", ("x",), 0, 1.0, [[0, 2, 0, 0.2], [400, 2, 0, 0.2]])
    rod = straight(("y",), (0, 0, -3), (0, 0, 3))  # 1 um thick
    pre = population("a", Morphology("tree", (thick, long)), [0, 0, 0])
    post = population("b", rod, [[-16.5, 1, 0], [399, 3.6, 0], [0, 50, 0]])
    found = registry.connectors["touch-distance"](1.0).contacts(pre, post, Draws(1, "c"))
    assert found.source_section is not None
    assert found.source_x is not None
    assert found.target.tolist() == [0, 1]
    assert found.source_section.tolist() == [0, 1]
    assert found.distance_um == pytest.approx(np.array([1.0, 1.0]))
    assert found.source_x == pytest.approx(np.array([0.5, 399 / 400]))
    far = registry.connectors["touch-distance"](1.0).contacts(
        pre, evolve(post, wanted=np.array([1])), Draws(1, "c")
    )
    assert np.array_equal(rows(far), rows(found)[1:])


def test_one_contact_for_two_branches_or_two_cells() -> None:
    fork = Morphology(
        "fork",
        (
            Section("a", ("x",), -1, 0.0, [[0, 0, 0, 1], [0, 0, 10, 1]]),
            Section("b", ("x",), 0, 1.0, [[0, 0, 10, 1], [0, 10, 10, 1]]),
        ),
    )
    rod = straight(("y",), (-5, 9.5, 12), (5, 9.5, 12))
    pre, post = population("a", fork, [0, 0, 0]), population("b", rod, [0, 0, 0])
    found = registry.connectors["touch-distance"](9.0).contacts(pre, post, Draws(1, "c"))
    assert found.source_section is not None
    assert found.source_section.tolist() == [0, 1]
    (closest_one,) = rows(
        registry.connectors["touch-distance"](9.0, "cell-pair").contacts(pre, post, Draws(1, "c"))
    )
    assert closest_one.tolist() == pytest.approx([0, 0, 0, 0.5, 1, 0.95, 1.0])
