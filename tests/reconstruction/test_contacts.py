"""What both rules by branches promise."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from contact_cases import (
    RULES,
    Case,
    branches,
    cases,
    population,
    rows,
    straight,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton import registry
from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.wiring import Side
from bouton_plugins.reconstruction.contacts import near, touch_distance, voxel_intersection


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
