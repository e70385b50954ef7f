"""Targets choose what they say, on networks that are described without a simulator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton import registry
from bouton.errors import NetworkError
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.compartments import Compartments
from bouton.model.devices import Scene
from bouton.model.draws import Draws
from bouton.model.morphology import Morphology, Section
from bouton.model.network import CellModel, Network, Population, SpikeTrains


def model(*labels: str) -> CellModel:
    first = Section.cylinder("soma", ("soma",), length_um=10.0, diameter_um=10.0)
    more = tuple(
        Section.cylinder(label, ("neurite", label), length_um=9.0, diameter_um=1.0, parent=0)
        for label in labels
    )
    morphology = Morphology("+".join(labels) or "ball", (first, *more))
    structure = CellStructure(Compartments(morphology, np.ones(len(more) + 1, dtype=np.int64)), {})
    n = len(more) + 1
    return CellModel("cell", structure, CellSettings((), np.ones(n), np.ones(n)))


def scene(a: Any, b: Any, seed: int = 1) -> Scene:
    """Return cells of types A (two shapes in turn) and B at given places, and a source."""
    a, b = np.array(a, dtype=np.float64).reshape(-1, 3), np.array(b, dtype=np.float64)
    silent = SpikeTrains(np.empty(0), np.empty(0, dtype=np.int64))
    populations = (
        Population("A", a, (model("dend"), model("dend", "axon")), np.arange(len(a)) % 2),
        Population("B", b.reshape(-1, 3), (model("axon"),), np.zeros(len(b), dtype=np.int64)),
        Population("source", np.zeros((1, 3)), trains=silent),
    )
    network = Network(populations, {})
    return Scene(network, {"A": {}, "B": {}}, Draws(seed, "test"))


LINE = [[x, 0.0, 0.0] for x in range(6)]
PLANE = [[0.0, 2.0 * y, 1.0] for y in range(4)]


def chosen(name: str, where: Scene | None = None, **options: Any) -> dict[str, list[int]]:
    where = where or scene(LINE, PLANE)
    target = registry.targets[name](**options)
    return {k: v.tolist() for k, v in target.cells(where, where.draws.of("device")).items()}


def test_all_cells_but_no_sources() -> None:
    assert chosen("all") == {"A": [0, 1, 2, 3, 4, 5], "B": [0, 1, 2, 3]}
    assert chosen("all", cell_types=("B",)) == {"B": [0, 1, 2, 3]}
    assert chosen("cell-types", cell_types=("A",)) == {"A": [0, 1, 2, 3, 4, 5]}


def test_given_cells_come_once_and_in_order() -> None:
    assert chosen("by-id", ids={"A": (5, 0, 5)}) == {"A": [0, 5]}


def test_labels_of_branches() -> None:
    assert chosen("by-label", labels=("axon",)) == {"A": [1, 3, 5], "B": [0, 1, 2, 3]}
    assert chosen("by-label", labels=("dend", "axon")) == {"A": [], "B": []}  # no branch has both
    both = chosen("by-label", labels=("dend", "axon"), match="any")
    assert both == {"A": [0, 1, 2, 3, 4, 5], "B": [0, 1, 2, 3]}


def test_representatives_are_the_first_of_every_shape() -> None:
    assert chosen("representatives") == {"A": [0, 1], "B": [0]}
    assert chosen("representatives", n=2, cell_types=("A",)) == {"A": [0, 1, 2, 3]}


POINTS = st.lists(st.tuples(*[st.floats(-50, 50, allow_nan=False)] * 3), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(POINTS, st.tuples(*[st.floats(-50, 50)] * 3), st.floats(0.1, 80))
def test_shapes_hold_what_a_loop_finds(points: Any, center: Any, radius: float) -> None:
    where = scene(points, [])
    distance = [np.linalg.norm(np.subtract(p, center)) for p in points]
    clear = [i for i, d in enumerate(distance) if abs(d - radius) > 1e-9]
    found = chosen("sphere", where, center_um=center, radius_um=radius)["A"]
    assert [i for i in found if i in clear] == [i for i in clear if distance[i] < radius]
    for axis, others in (("x", (1, 2)), ("y", (0, 2)), ("z", (0, 1))):
        flat = [np.hypot(*(points[i][k] - center[k] for k in others)) for i in range(len(points))]
        aim = tuple(center[k] for k in others)
        found = chosen("cylinder", where, center_um=aim, radius_um=radius, axis=axis)["A"]
        clear = [i for i, d in enumerate(flat) if abs(d - radius) > 1e-9]
        assert [i for i in found if i in clear] == [i for i in clear if flat[i] < radius]


def test_a_cell_on_the_surface_is_outside() -> None:
    found = chosen("sphere", center_um=(0.0, 0.0, 0.0), radius_um=2.0, cell_types=("A",))
    assert found == {"A": [0, 1]}


def test_a_sample_has_its_size_and_depends_on_the_seed_alone() -> None:
    first = chosen("sample", scene(LINE, PLANE), n=5)
    assert sum(map(len, first.values())) == 5
    assert chosen("sample", scene(LINE, PLANE), n=5) == first
    drawn = {str(chosen("sample", scene(LINE, PLANE, seed), n=5)) for seed in range(20)}
    assert len(drawn) > 10
    half = chosen("sample", fraction=0.5, of=registry.targets["cell-types"](("A",)))
    assert [*half] == ["A"]
    assert len(half["A"]) == 3


def test_a_sample_favours_nobody() -> None:
    counts = np.zeros(6)
    for seed in range(300):
        only = registry.targets["cell-types"](("A",))
        counts[chosen("sample", scene(LINE, PLANE, seed), n=2, of=only)["A"]] += 1
    assert counts.sum() == 600
    assert abs(counts - 100).max() < 40  # five standard deviations


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("all", {"cell_types": ("a",)}, "no cells of type 'a' are simulated; known: A, B"),
        ("all", {"cell_types": ("source",)}, "no cells of type 'source'"),
        ("by-id", {"ids": {"C": (0,)}}, "no cells of type 'C'"),
        ("by-id", {"ids": {"B": (1, 4)}}, "no 'B' cell 4; there are cells 0 to 3"),
        ("by-id", {"ids": {"B": (-1,)}}, "no 'B' cell -1"),
        ("by-label", {"labels": ("dends",)}, "no branch is labelled 'dends'; did you mean 'dend'"),
        ("sample", {"n": 11}, "a sample of 11 cells is wanted, and there are 10"),
    ],
)
def test_what_means_nothing_is_an_error(name: str, options: Any, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        chosen(name, **options)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sample", {}),
        ("sample", {"n": 1, "fraction": 0.5}),
        ("sample", {"fraction": 1.5}),
        ("sphere", {"center_um": (0, 0, 0), "radius_um": 0.0}),
        ("cell-types", {"cell_types": ()}),
        ("representatives", {"n": 0}),
    ],
)
def test_impossible_options_are_refused_at_once(name: str, options: Any) -> None:
    with pytest.raises(ValueError, match=r"give|must|needs"):
        registry.targets[name](**options)
