"""Parts of an apical dendrite on small trees, where the answer can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from bouton.errors import MorphologyError
from bouton.model.apical import apical_parts
from bouton.model.compartments import Compartments
from bouton.model.morphology import Morphology, Section


def section(name: str, parent: int, start: float, end: float, x: float = 1.0) -> Section:
    label = "soma" if name == "soma" else "apic"
    points = [[0, 0, start, 2], [0, 0, end, 2]]
    return Section(name, (label,), parent, x, points)  # type: ignore[arg-type]


def cell(*, far: float = 1200) -> Morphology:
    return Morphology(
        "tree",
        (
            section("soma", -1, 0, 20),
            section("trunk", 0, 10, 300, 0.5),
            section("oblique", 1, 300, 400),
            section("trunk2", 1, 300, 500),
            section("left", 3, 500, 1100),
            section("right", 3, 500, far),
            section("tip1", 4, 1100, 1300),
            section("tip2", 4, 1100, 1250),
            section("twig", 2, 400, 450),
        ),
    )


def test_parts_of_a_small_tree() -> None:
    parts = apical_parts(cell())
    assert parts.main_bifurcation == 3
    assert parts.trunk.tolist() == [1, 3]
    assert parts.oblique.tolist() == [2, 8]
    assert parts.tuft.tolist() == [4, 5, 6, 7]


def test_the_main_bifurcation_needs_two_far_branches() -> None:
    # with a short right branch the fork at 1100 um is the first one
    parts = apical_parts(cell(far=900))
    assert parts.main_bifurcation == 4
    assert parts.oblique.tolist() == [2, 5, 8]


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"reach_um": 5000.0}, "reaches 1300 um"), ({"label": "dend"}, "labelled 'dend'.*soma, apic")],
)
def test_a_cell_without_them_is_refused(options: dict[str, object], expected: str) -> None:
    with pytest.raises(MorphologyError, match=expected):
        apical_parts(cell(), **options)  # type: ignore[arg-type]


def test_distances_are_exact_and_those_of_segments_where_nseg_is_odd() -> None:
    tree = cell()
    assert tree.start_um.tolist() == [0, 10, 300, 300, 500, 500, 1100, 1100, 400]
    assert tree.end_um[6] == 1300
    compartments = Compartments(tree, np.full(len(tree), 3))
    assert np.array_equal(compartments.start_um, tree.start_um)
