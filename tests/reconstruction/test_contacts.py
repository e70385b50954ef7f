"""Rules by branches against plain searches through all pairs, and what they promise."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton import registry
from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, Morphology, Section
from bouton.model.wiring import Box, Branches, Contacts, Side
from bouton_plugins.reconstruction.contacts import near, touch_distance, voxel_intersection
from bouton_plugins.reconstruction.contacts.candidates import thinned_candidates
from bouton_plugins.reconstruction.contacts.places import labelled_points
from bouton_plugins.reconstruction.contacts.segments import closest
from bouton_plugins.reconstruction.contacts.voxels import divisions

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


def pairs(case: Case, *, allow_self: bool) -> Iterator[tuple[int, int]]:
    for i, j in itertools.product(range(len(case.pre)), range(len(case.post))):
        if i != j or allow_self or case.pre.name != case.post.name:
            yield i, j


# --- voxel-intersection -------------------------------------------------------------------------


def extent(morphology: Morphology) -> FloatArray:
    points = np.concatenate([section.points[:, :3] for section in morphology.sections])
    return np.array([points.min(axis=0), points.max(axis=0)])


def sides(morphology: Morphology, wished: int) -> FloatArray:
    size = np.diff(extent(morphology), axis=0)[0]
    size = size / divisions(size, wished)
    return np.where(size > 0, size, size[size > 0].min())


def voxels(
    side: Side, cell: int, size: FloatArray, turn: FloatArray, shift: FloatArray
) -> dict[tuple[int, ...], list[tuple[int, float, FloatArray]]]:
    """Return the labelled points of a cell by voxel: section, x and place."""
    found: dict[tuple[int, ...], list[tuple[int, float, FloatArray]]] = {}
    morphology = shape(side, cell)
    for index in labelled(side, cell):
        section = morphology.sections[index]
        goes_on = section.parent >= 0 and len(morphology.children[section.parent]) == 1
        for number in range(int(goes_on), len(section.points)):
            place = turn @ section.points[number, :3] + shift
            key = tuple(np.floor(place / size).astype(int).tolist())
            x = float(section.arc_um[number] / section.arc_um[-1])
            found.setdefault(key, []).append((index, x, place))
    return found


def labelled(side: Side, cell: int) -> list[int]:
    wanted = set(branches(side).labels)
    return [i for i, one in enumerate(shape(side, cell).sections) if wanted & set(one.labels)]


def voxels_meet(
    a: tuple[int, ...], size: FloatArray, b: tuple[int, ...], other: FloatArray
) -> bool:
    low, high = np.array(a) * size, (np.array(a) + 1) * size
    return bool(((low <= (np.array(b) + 1) * other) & (np.array(b) * other <= high)).all())


def boxes_meet(case: Case, i: int, j: int) -> bool:
    boxes = []
    for side, cell in ((case.pre, i), (case.post, j)):
        corners = np.array(list(itertools.product(*extent(shape(side, cell)).T)))
        corners = corners @ branches(side).rotations[cell].T + side.positions[cell]
        boxes.append((corners.min(axis=0), corners.max(axis=0)))
    (low, high), (other_low, other_high) = boxes
    return bool(((low <= other_high) & (other_low <= high)).all())


@settings(max_examples=100, deadline=None)
@given(cases(), st.booleans(), st.sampled_from([1, 8, 50, 300]), st.sampled_from([1, 50, 200]))
def test_voxels_connect_what_a_plain_search_connects(
    case: Case, allow_self: bool, voxels_pre: int, voxels_post: int
) -> None:
    rule = registry.connectors["voxel-intersection"](
        voxels_pre=voxels_pre, voxels_post=voxels_post, contacts_per_pair=3, allow_self=allow_self
    )
    found = rows(rule.contacts(case.pre, case.post, Draws(1, "c")))
    met: dict[tuple[int, int], dict[tuple[float, ...], float]] = {}
    for i, j in pairs(case, allow_self=allow_self):
        if not boxes_meet(case, i, j):
            continue
        size, other = sides(shape(case.pre, i), voxels_pre), sides(shape(case.post, j), voxels_post)
        back = branches(case.pre).rotations[i].T
        shift = back @ (case.post.positions[j] - case.pre.positions[i])
        mine = voxels(case.pre, i, size, np.eye(3), np.zeros(3))
        yours = voxels(case.post, j, other, back @ branches(case.post).rotations[j], shift)
        for (a, inner), (b, outer) in itertools.product(mine.items(), yours.items()):
            if voxels_meet(a, size, b, other):
                for p, q in itertools.product(inner, outer):
                    place = (q[0], q[1], p[0], p[1])
                    met.setdefault((i, j), {})[place] = float(np.linalg.norm(p[2] - q[2]))
    assert Counter((int(a), int(b)) for a, b in found[:, :2]) == dict.fromkeys(met, 3)
    for row in found:
        assert met[int(row[0]), int(row[1])][tuple(row[2:6])] == pytest.approx(row[6], abs=1e-9)


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


def test_pairs_of_voxels_are_as_likely_as_the_product_of_their_points() -> None:
    # Voxels of 10 um along x. Sending: 3 points in voxel 0, 1 in voxel 3. Receiving: 1 in 0, 2 in
    # 4, 1 in 9. Of the pairs of voxels, 0-0 meets (3 x 1) and 3-4 (1 x 2): 3 and 2 parts of 5.
    pre = population(
        "a", straight(("axon",), (1, 0, 0), (2, 0, 0), (3, 0, 0), (31, 0, 0)), [0, 0, 0]
    )
    post = population(
        "b", straight(("dend",), (5, 0, 0), (41, 0, 0), (42, 0, 0), (95, 0, 0)), [0, 0, 0]
    )
    rule = registry.connectors["voxel-intersection"](
        voxels_pre=3, voxels_post=9, contacts_per_pair=50_000
    )
    assert divisions(np.array([30.0, 0.0, 0.0]), 3).tolist() == [3, 1, 1]
    found = rule.contacts(pre, post, Draws(3, "c"))
    assert found.x is not None
    assert found.source_x is not None
    share = Counter(zip(found.source_x.round(3).tolist(), found.x.round(3).tolist(), strict=True))
    assert len(share) == 5
    for count in share.values():
        assert count / 50_000 == pytest.approx(0.2, abs=0.008)  # 4.5 standard deviations


@pytest.mark.parametrize(
    ("box", "wished", "expected"),
    [
        ((118.05, 44.85, 145.55), 50, (6, 1, 8)),
        ((10.0, 10.0, 10.0), 27, (3, 3, 3)),
        ((10.0, 10.0, 0.0), 50, (7, 7, 1)),
        ((0.0, 5.0, 0.0), 50, (1, 50, 1)),
        ((1000.0, 1.0, 1.0), 10, (10, 1, 1)),
        ((3.0, 2.0, 1.0), 1, (1, 1, 1)),
    ],
)
def test_a_box_is_divided_by_whole_numbers(
    box: tuple[float, ...], wished: int, expected: tuple[int, ...]
) -> None:
    assert tuple(divisions(np.array(box), wished)) == expected


def test_affinity_thins_the_candidates_of_each_sender_not_those_that_meet() -> None:
    rng = np.random.default_rng(0)
    rod = straight(("x",), (0, 0, 0), (4, 1, 2))
    cells = population("a", rod, rng.uniform(0, 8, (60, 3)))
    shapes = branches(cells), branches(cells)

    def kept(affinity: float, seed: int = 1) -> set[tuple[int, int]]:
        found = thinned_candidates(
            cells, cells, shapes, Draws(seed, "c"), affinity=affinity, allow_self=True
        )
        return {pair for a, b in found for pair in zip(a.tolist(), b.tolist(), strict=True)}

    every = kept(1.0)
    counts = Counter(a for a, _ in every)
    assert min(counts.values()) < max(counts.values())
    previous: set[tuple[int, int]] = set()
    for affinity in (0.0, 0.1, 0.37, 0.5, 0.83):
        some = kept(affinity)
        assert previous <= some <= every
        previous = some
        for cell, k in counts.items():
            number = sum(a == cell for a, _ in some)
            assert np.floor(k * affinity) <= number <= np.ceil(k * affinity)
    mean = np.mean([len(kept(0.37, seed)) for seed in range(60)])
    assert mean == pytest.approx(0.37 * len(every), rel=0.01)


def test_a_point_counts_once_for_each_branch_that_it_belongs_to() -> None:
    line = [[0, 0, 0, 1], [1, 0, 0, 1], [2, 0, 0, 1], [3, 0, 0, 1]]
    whole = Section("a", ("axon",), -1, 0.0, line)
    fork = [Section(f"b{k}", ("axon",), 0, 1.0, [[3, 0, 0, 1], [4, k, 0, 1]]) for k in range(2)]
    assert len(labelled_points(Morphology("m", (whole, *fork)), (0, 1, 2)).x) == 4 + 2 * 2
    # A change of labels alone starts no branch: the shared point is not counted twice.
    first = Section("a", ("axon", "initial"), -1, 0.0, line[:2])
    second = Section("b", ("axon",), 0, 1.0, line[1:])
    split = labelled_points(Morphology("m", (first, second)), (0, 1))
    assert split.xyz[:, 0].tolist() == [0, 1, 2, 3]


# --- touch-distance -----------------------------------------------------------------------------


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


# --- both ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), RULES)
@settings(max_examples=25, deadline=None)
@given(case=cases(), seed=st.integers(0, 100))
def test_nothing_depends_on_the_division_of_work(
    name: str, options: dict[str, Any], case: Case, seed: int
) -> None:
    rule = registry.connectors[name](**options)
    whole = rows(rule.contacts(case.pre, case.post, Draws(seed, "c")))
    assert np.array_equal(whole, whole[np.lexsort((whole[:, 0], whole[:, 1]))])
    chunk = np.random.default_rng(seed).integers(0, 3, len(case.post))
    parts = [
        rows(rule.contacts(case.pre, evolve(case.post, wanted=wanted), Draws(seed, "c")))
        for wanted in (np.flatnonzero(chunk == number) for number in range(3))
    ]
    both = np.concatenate(parts)
    assert np.array_equal(both[np.argsort(both[:, 1], kind="stable")], whole)
    with pytest.MonkeyPatch.context() as patch:
        for module, limit in (
            (near, "PAIRS_AT_ONCE"),
            (voxel_intersection, "_POINTS_AT_ONCE"),
            (touch_distance, "_POINTS_AT_ONCE"),
            (touch_distance, "_SEGMENTS_AT_ONCE"),
        ):
            patch.setattr(module, limit, 3)
        small = rows(rule.contacts(case.pre, case.post, Draws(seed, "c")))
    assert np.array_equal(small, whole)


@pytest.mark.parametrize(("name", "options"), RULES)
@settings(max_examples=25, deadline=None)
@given(
    case=cases().filter(lambda case: case.on_grid), steps=st.tuples(*[st.integers(-999, 999)] * 3)
)
def test_moving_everything_changes_nothing(
    name: str, options: dict[str, Any], case: Case, steps: tuple[int, ...]
) -> None:
    rule = registry.connectors[name](**options)
    moved = [
        evolve(side, positions=side.positions + np.array(steps)) for side in (case.pre, case.post)
    ]
    assert np.array_equal(
        rows(rule.contacts(case.pre, case.post, Draws(2, "c"))),
        rows(rule.contacts(moved[0], moved[1], Draws(2, "c"))),
    )


@settings(max_examples=25, deadline=None)
@given(case=cases(), seed=st.integers(0, 100))
def test_renumbering_cells_renumbers_contacts(case: Case, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(case.pre))
    old = branches(case.pre)
    pre = evolve(
        case.pre,
        name="elsewhere",
        positions=case.pre.positions[order],
        branches=evolve(
            old, morphology_of=old.morphology_of[order], rotations=old.rotations[order]
        ),
    )
    rule = registry.connectors["touch-distance"](3.0, allow_self=True)
    before = rows(rule.contacts(case.pre, case.post, Draws(1, "c")))
    after = rows(rule.contacts(pre, case.post, Draws(1, "c")))
    after[:, 0] = order[after[:, 0].astype(int)]
    assert sorted(after.tolist()) == sorted(before.tolist())
    plain = registry.connectors["voxel-intersection"](allow_self=True)
    before = rows(plain.contacts(case.pre, case.post, Draws(1, "c")))[:, :2]
    after = rows(plain.contacts(pre, case.post, Draws(1, "c")))[:, :2]
    after[:, 0] = order[after[:, 0].astype(int)]
    assert sorted(after.tolist()) == sorted(before.tolist())


@pytest.mark.parametrize(("name", "options"), RULES)
def test_cells_at_one_place_few_cells_and_none(name: str, options: dict[str, Any]) -> None:
    rod = straight(("x",), (0, 0, 0), (10, 0, 0))  # flat on two axes
    rule = registry.connectors[name](**{**options, "affinity": 1.0, "allow_self": False})
    crowd = population("a", rod, np.zeros((30, 3)), ("x",))
    found = rule.contacts(crowd, crowd, Draws(1, "c"))
    assert (found.source != found.target).all()
    if options.get("contacts_per_pair", 1) == 1:
        assert len(found.source) == 30 * 29
    one, none = population("a", rod, [0, 0, 0]), population("a", rod, [])
    for pre, post in ((one, one), (none, none), (none, one), (one, none)):
        empty = rule.contacts(pre, post, Draws(1, "c"))
        assert rows(empty).shape == (0, 7)
        assert empty.source.dtype == empty.section.dtype == np.int64
    elsewhere = evolve(one, name="b")
    assert len(rule.contacts(one, elsewhere, Draws(1, "c")).source) > 0


@pytest.mark.parametrize(("name", "options"), RULES)
def test_what_cannot_connect_says_so(name: str, options: dict[str, Any]) -> None:
    rule = registry.connectors[name](**options)
    rod = straight(("dend", "distal"), (0, 0, 0), (10, 0, 0))
    fine = population("a", rod, [[0, 0, 0], [1, 1, 1]])

    def refused(side: Side, *words: str) -> None:
        for ends in ((side, fine), (fine, side)):
            with pytest.raises(NetworkError) as error:
                rule.contacts(*ends, Draws(1, "c"))
            assert all(word in str(error.value) for word in words), error.value

    refused(population("b", rod, [0, 0, 0], ("dent",)), "'b'", "'dent'", "'dend'")
    refused(population("b", rod, [], ("axon",)), "'b'", "'axon'", "distal")
    refused(evolve(fine, name="b", branches=None), "'b'", name)
    refused(population("b", rod, [[0, 0, 0], [0, np.nan, 0]]), "cell 1", "'b'", "finite")
    turned = evolve(branches(fine), rotations=np.full((2, 3, 3), np.inf))
    refused(evolve(fine, name="b", branches=turned), "cell 0", "finite")
    bare = straight(("soma",), (0, 0, 0), (1, 0, 0), name="bare")
    mixed = evolve(branches(fine), morphologies=(rod, bare), labels=("dend",))
    refused(evolve(fine, name="b", branches=mixed), "'bare'", "'dend'", "soma")
    short = evolve(fine, name="b", positions=np.zeros((3, 3)))
    refused(short, "'b'", "3 cells")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("voxel-intersection", {"affinity": 1.5}),
        ("voxel-intersection", {"voxels_pre": 0}),
        ("voxel-intersection", {"contacts_per_pair": 0}),
        ("voxel-intersection", {"voxels_post": 10**9}),
        ("touch-distance", {"distance_um": -1.0}),
        ("touch-distance", {"distance_um": float("nan")}),
        ("touch-distance", {"distance_um": 1.0, "affinity": -0.1}),
    ],
)
def test_impossible_options_are_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        registry.connectors[name](**options)


def test_numbers_of_contacts_follow_a_formula() -> None:
    rod = straight(("x",), (0, 0, 0), (10, 0, 0))
    cells = population("a", rod, np.zeros((40, 3)))
    rule = registry.connectors["voxel-intersection"](contacts_per_pair="normal(1.5, 1)")
    found = rule.contacts(cells, cells, Draws(1, "c"))
    counts = Counter(zip(found.source.tolist(), found.target.tolist(), strict=True))
    share = Counter(counts.values())
    pairs_ = 40 * 39
    assert share[1] / pairs_ == pytest.approx(0.383, abs=0.05)  # 1 <= normal(1.5, 1) < 2
    assert 1 - len(counts) / pairs_ == pytest.approx(0.309, abs=0.05)  # below 1: none
