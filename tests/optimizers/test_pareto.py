"""Dominance and hypervolume against literal definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bouton_plugins.optimizers.pareto import front_ranks, hypervolume, non_dominated

# A coarse grid, so that equal points and equal objectives happen.
points = st.integers(1, 4).flatmap(
    lambda m: arrays(float, st.tuples(st.integers(1, 9), st.just(m)), elements=st.integers(0, 5))
)


def dominates(a: np.ndarray, b: np.ndarray) -> bool:
    return all(a <= b) and any(a < b)


@given(points)
def test_non_dominated_by_definition(objectives: np.ndarray) -> None:
    expected = [not any(dominates(b, a) for b in objectives) for a in objectives]
    assert non_dominated(objectives).tolist() == expected


@given(points)
def test_front_ranks_by_peeling(objectives: np.ndarray) -> None:
    ranks = front_ranks(objectives)
    left = list(range(len(objectives)))
    rank = 0
    while left:
        front = [i for i in left if not any(dominates(objectives[j], objectives[i]) for j in left)]
        assert [i for i in range(len(ranks)) if ranks[i] == rank] == front
        left = [i for i in left if i not in front]
        rank += 1


@settings(deadline=None)
@given(points)
def test_hypervolume_by_counting_cells(objectives: np.ndarray) -> None:
    m = objectives.shape[1]
    corners = np.stack(np.meshgrid(*[np.arange(4)] * m, indexing="ij"), axis=-1).reshape(-1, m)
    counted = sum(any((point <= corner).all() for point in objectives) for corner in corners)
    assert hypervolume(objectives, np.full(m, 4.0)) == pytest.approx(counted)


def test_hypervolume_of_nothing_useful_is_zero() -> None:
    assert hypervolume(np.array([[1.0, 2.0]]), np.array([1.0, 3.0])) == 0.0
    assert hypervolume(np.empty((0, 3)), np.ones(3)) == 0.0


@pytest.mark.parametrize("m", [2, 3, 4])
def test_hypervolume_agrees_with_an_independent_one(m: int) -> None:
    moocore = pytest.importorskip("moocore")
    sphere = np.abs(np.random.default_rng(m).normal(size=(40, m)))
    sphere /= np.linalg.norm(sphere, axis=1)[:, None]
    expected = moocore.hypervolume(sphere, ref=np.full(m, 1.1))
    assert hypervolume(sphere, np.full(m, 1.1)) == pytest.approx(expected, rel=1e-12)
