"""Contacts between stellate cells of the reference data, in numbers that others measured."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from scipy.spatial import KDTree

from bouton import registry
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, Morphology
from bouton.model.wiring import Box, Branches, Contacts, Side
from bouton_plugins.reconstruction.contacts.places import bounds, labelled_points
from bouton_plugins.reconstruction.contacts.voxels import divisions

TAGS = {
    16: ["dendrites", "proximal_dendrites"],
    17: ["dendrites", "distal_dendrites"],
    18: ["axon", "axon_initial_segment"],
}
CHUNKS = [(0.0, y, z) for y in (0.0, 100.0) for z in (0.0, 100.0, 200.0)]


@pytest.fixture(scope="module")
def stellate(shared_data: Path) -> Morphology:
    loader = registry.morphology_loaders["swc"](tags=TAGS, start_at_soma=True)
    morphology: Morphology = loader.load(shared_data / "morphologies" / "StellateCell.swc")
    return morphology


def side(shape: Morphology, positions: FloatArray, label: str, turns: FloatArray) -> Side:
    n = len(positions)
    branches = Branches((shape,), np.zeros(n, dtype=np.int64), turns, (label,))
    return Side("stellate", positions, Box([0, 0, 0], [100, 200, 300]), np.arange(n), branches)


def sides(shape: Morphology, seed: int, *, turned: bool = False) -> tuple[Side, Side]:
    """Return 30 cells, 5 in each of the tutorial's cubes of 100 um."""
    rng = np.random.default_rng(seed)
    positions = np.concatenate([rng.uniform(size=(5, 3)) * 100 + corner for corner in CHUNKS])
    turns = np.tile(np.eye(3), (30, 1, 1))
    if turned:
        turns = np.linalg.qr(rng.normal(size=(30, 3, 3)))[0]
        turns *= np.linalg.det(turns)[:, None, None]
    return side(shape, positions, "axon", turns), side(shape, positions, "dendrites", turns)


def columns(contacts: Contacts) -> FloatArray:
    names = ("source", "target", "section", "x", "source_section", "source_x", "distance_um")
    return np.column_stack([getattr(contacts, name) for name in names])


def test_the_cell_is_divided_as_others_divide_it(stellate: Morphology) -> None:
    low, high = bounds(stellate)
    assert low == pytest.approx([-65.85, -39.94, -68.13], abs=0.005)
    assert high == pytest.approx([52.20, 4.91, 77.42], abs=0.005)
    assert divisions(high - low, 50).tolist() == [6, 1, 8]
    # Others count 3351 points; 121 samples of the file repeat the place of their parent.
    assert len(labelled_points(stellate, tuple(range(len(stellate)))).x) == 3351 - 121


def test_numbers_of_the_tutorial(stellate: Morphology) -> None:
    rule = registry.connectors["voxel-intersection"](affinity=0.5, allow_self=True)
    counts, own, distances = [], [], []
    for seed in range(10):
        found = rule.contacts(*sides(stellate, seed), Draws(seed, "stellate"))
        counts.append(len(found.source))
        own.append(int((found.source == found.target).sum()))
        distances.append(found.distance_um)
    assert 100 <= np.mean(counts) <= 123
    assert min(counts) >= 90
    assert max(counts) <= 135
    assert 0.10 <= sum(own) / sum(counts) <= 0.20
    # What the rule is criticised for: points of one contact lie far apart.
    assert np.median(np.concatenate(distances)) > 20.0


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("name", "options"),
    [("voxel-intersection", {"affinity": 0.5}), ("touch-distance", {"distance_um": 1.0})],
)
def test_chunks_change_nothing(
    stellate: Morphology, name: str, options: dict[str, float], turned: bool
) -> None:
    rule = registry.connectors[name](**options)
    pre, post = sides(stellate, 4, turned=turned)
    whole = columns(rule.contacts(pre, post, Draws(1, "stellate")))
    assert len(whole) > 15
    parts = [
        columns(rule.contacts(pre, evolve(post, wanted=wanted), Draws(1, "stellate")))
        for wanted in np.array_split(np.arange(30), 7)
    ]
    assert np.array_equal(np.concatenate(parts), whole)


def sampled(shape: Morphology, label: str, turn: FloatArray, position: FloatArray) -> FloatArray:
    """Return section, place and radius of points about 0.15 um apart along the segments."""
    rows = []
    for index in shape.indices(label):
        points = shape.sections[index].points
        for start, end in pairwise(points):
            share = np.linspace(0, 1, 2 + int(np.linalg.norm(end[:3] - start[:3]) / 0.15))[:, None]
            place = (start[:3] + share * (end - start)[:3]) @ turn.T + position
            width = np.full(len(share), (start[3] + end[3]) / 4)
            rows.append(np.column_stack((np.full(len(share), index), place, width)))
    return np.concatenate(rows)


def test_touches_of_dense_samples_are_found(stellate: Morphology) -> None:
    distance, step = 3.0, 0.16
    pre, post = sides(stellate, 2, turned=True)
    assert pre.branches is not None
    pre, post = (evolve(one, positions=one.positions * 0.3) for one in (pre, post))
    rule = registry.connectors["touch-distance"](distance)
    wanted = np.arange(3)
    found = columns(rule.contacts(pre, evolve(post, wanted=wanted), Draws(1, "stellate")))
    given = {tuple(row[[0, 1, 2, 4]].astype(int)): row[6] for row in found}
    senders = np.arange(5)
    seen: dict[tuple[int, ...], float] = {}
    for target in wanted:
        dendrites = sampled(
            stellate, "dendrites", pre.branches.rotations[target], post.positions[target]
        )
        tree = KDTree(dendrites[:, 1:4])
        for source in senders[senders != target]:
            axon = sampled(stellate, "axon", pre.branches.rotations[source], pre.positions[source])
            reach = distance + axon[:, 4].max() + dendrites[:, 4].max()
            near = KDTree(axon[:, 1:4]).sparse_distance_matrix(tree, reach, output_type="ndarray")
            gap = near["v"] - axon[near["i"], 4] - dendrites[near["j"], 4]
            for q, p, one in zip(dendrites[near["j"], 0], axon[near["i"], 0], gap, strict=True):
                key = (int(source), int(target), int(q), int(p))
                seen[key] = min(seen.get(key, np.inf), float(one))
    assert len(seen) > 40
    asked = {key: gap for key, gap in given.items() if key[0] in senders}
    assert {key for key, gap in seen.items() if gap <= distance} <= asked.keys()
    for key, gap in asked.items():
        assert max(seen[key], 0.0) - step <= gap <= max(seen[key], 0.0) + 1e-9
