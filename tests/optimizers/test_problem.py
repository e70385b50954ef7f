"""The box and the problem as data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bouton.errors import StudyError
from bouton.model.search import SearchProblem, SearchSpace

finite = st.floats(-1e6, 1e6)


@given(low=finite, width=st.floats(1e-9, 1e6), unit=st.floats(0.0, 1.0))
def test_linear_scale_keeps_bounds_and_order(low: float, width: float, unit: float) -> None:
    high = low + width
    if not low < high:
        return
    space = SearchSpace(("x",), [low], [high])
    natural = space.from_unit(np.array([unit]))
    assert low <= natural[0] <= high
    assert space.from_unit(np.array([0.0]))[0] == low
    assert space.to_unit(np.array([low]))[0] == 0.0
    assert space.to_unit(np.array([high]))[0] == 1.0


@given(low=st.floats(1e-12, 1e3), factor=st.floats(1.001, 1e9), unit=st.floats(0.0, 1.0))
def test_log_scale_keeps_bounds_and_comes_back(low: float, factor: float, unit: float) -> None:
    space = SearchSpace(("x",), [low], [low * factor], ("log",))
    natural = space.from_unit(np.array([unit]))
    assert low <= natural[0] <= low * factor
    assert space.to_unit(natural)[0] == pytest.approx(unit, abs=1e-6)


def test_log_scale_puts_the_geometric_mean_in_the_middle() -> None:
    space = SearchSpace(("a", "b"), [1e-6, 0.0], [1e-2, 8.0], ("log", "linear"))
    assert space.from_unit(np.array([0.5, 0.5])) == pytest.approx([1e-4, 4.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((), [], []), "nothing to search"),
        ((("a",), [0.0], [0.0]), "lower < upper"),
        ((("a",), [0.0], [np.inf]), "finite bounds"),
        ((("a",), [np.nan], [1.0]), "finite bounds"),
        ((("a", "a"), [0.0, 0.0], [1.0, 1.0]), "more than once"),
        ((("a", "b"), [0.0], [1.0]), "shape"),
        ((("a",), [0.0], [1.0], ("log",)), "above 0"),
        ((("a",), [1.0], [2.0], ("cubic",)), "'linear' or 'log'"),
        ((("a", "b"), [1.0, 1.0], [2.0, 2.0], ("log",)), "one entry per parameter"),
    ],
)
def test_impossible_boxes_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        SearchSpace(*arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": [[0.5, 2.0]]}, "seed vector 0 is out of bounds: 2, expected 0 to 1"),
        ({"seeds": [[0.5, np.nan]]}, "seed vector 0 is out of bounds: nan"),
        ({"seeds": [[0.5]]}, "need the shape"),
        ({"seeds": [0.5, 0.5]}, "need the shape"),
        ({"limits": {"ff": 1.0}}, "unknown objective"),
        ({"limits": {"f": np.nan}}, "must be a number"),
    ],
)
def test_impossible_problems_are_refused(changes: Any, message: str) -> None:
    space = SearchSpace(("a", "b"), [0.0, 0.0], [1.0, 1.0])
    with pytest.raises(StudyError, match=message):
        SearchProblem(space, ("f",), **changes)


def test_inside_means_run_and_within_every_limit() -> None:
    space = SearchSpace(("a",), [0.0], [1.0])
    problem = SearchProblem(space, ("f", "g"), limits={"g": 3.2})
    objectives = np.array([[9.0, 3.2], [0.0, 3.3], [0.0, 0.0], [0.0, np.nan]])
    failed = np.array([False, False, True, False])
    assert problem.inside(objectives, failed).tolist() == [True, False, False, False]
