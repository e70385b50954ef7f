"""`voxel-intersection` against a plain search through all pairs."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
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
from bouton_plugins.reconstruction.contacts.candidates import thinned_candidates
from bouton_plugins.reconstruction.contacts.places import labelled_points
from bouton_plugins.reconstruction.contacts.voxels import divisions


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
