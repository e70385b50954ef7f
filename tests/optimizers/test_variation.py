"""Crossover and mutation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bouton_plugins.optimizers.variation import crossover, mutate

genes = arrays(float, (4, 6), elements=st.floats(0.0, 1.0))
etas = st.floats(0.5, 100.0)


@given(first=genes, second=genes, eta=etas, seed=st.integers(0, 99))
def test_children_stay_in_the_cube(
    first: np.ndarray, second: np.ndarray, eta: float, seed: int
) -> None:
    children = crossover(first, second, eta, np.random.default_rng(seed))
    for child in children:
        assert np.isfinite(child).all()
        assert ((child >= 0.0) & (child <= 1.0)).all()
    same = np.abs(first - second) <= 1e-14
    assert np.array_equal(children[0][same], first[same])
    assert np.array_equal(children[1][same], second[same])


@given(units=genes, u=arrays(float, (4, 6), elements=st.floats(0.0, 1.0)), eta=etas)
def test_mutants_stay_in_the_cube(units: np.ndarray, u: np.ndarray, eta: float) -> None:
    mutates = np.arange(24).reshape(4, 6) % 2 == 0
    mutant = mutate(units, mutates, eta, u)
    assert np.isfinite(mutant).all()
    assert ((mutant >= 0.0) & (mutant <= 1.0)).all()
    assert np.array_equal(mutant[~mutates], units[~mutates])


def literal_crossover_gene(x1: float, x2: float, u: float, eta: float) -> tuple[float, float]:
    """Deb and Agrawal's equations for one gene of the unit interval, x1 < x2."""
    found = []
    for room, sign in ((x1, -1.0), (1.0 - x2, 1.0)):
        beta = 1.0 + 2.0 * room / (x2 - x1)
        alpha = 2.0 - beta ** -(eta + 1.0)
        if u <= 1.0 / alpha:
            spread = (u * alpha) ** (1.0 / (eta + 1.0))
        else:
            spread = (1.0 / (2.0 - u * alpha)) ** (1.0 / (eta + 1.0))
        found.append(min(max(0.5 * (x1 + x2 + sign * spread * (x2 - x1)), 0.0), 1.0))
    return found[0], found[1]


class Scripted:
    """A generator whose three draws are given: crosses, spread, swap."""

    def __init__(self, *draws: np.ndarray) -> None:
        self._draws = list(draws)

    def random(self, shape: tuple[int, ...]) -> np.ndarray:
        draw = self._draws.pop(0)
        assert draw.shape == shape
        return draw


@pytest.mark.parametrize("eta", [2.0, 10.0, 15.0])
def test_crossover_follows_the_published_equations(eta: float) -> None:
    rng = np.random.default_rng(0)
    first, second, u = rng.random((3, 5, 4))
    crosses = np.full((5, 4), 0.5)
    swap = np.where(np.arange(20).reshape(5, 4) % 3 == 0, 0.5, 0.51)
    one, two = crossover(first, second, eta, Scripted(crosses, u, swap))  # type: ignore[arg-type]
    for at in np.ndindex(5, 4):
        low, high = sorted((first[at], second[at]))
        expected = literal_crossover_gene(low, high, u[at], eta)
        swapped = expected[::-1] if swap[at] <= 0.5 else expected
        assert (one[at], two[at]) == pytest.approx(swapped, abs=1e-12)
    none = np.full((5, 4), 0.51)
    untouched = crossover(first, second, eta, Scripted(none, u, swap))  # type: ignore[arg-type]
    assert np.array_equal(untouched, (first, second))


@pytest.mark.parametrize(
    ("x", "u", "expected"),
    [
        (0.3, 0.5, 0.3),
        (0.3, 0.0, 0.0),
        (0.3, 1.0, 1.0),
        # worked out by hand for eta = 1: 0.3 + sqrt(0.5 + 0.5 * 0.49) - 1
        (0.3, 0.25, 0.3 + np.sqrt(0.745) - 1.0),
        # and 0.3 + 1 - sqrt(0.5 + 0.5 * 0.09)
        (0.3, 0.75, 1.3 - np.sqrt(0.545)),
    ],
)
def test_mutation_follows_the_published_equations(x: float, u: float, expected: float) -> None:
    mutant = mutate(np.array([[x]]), np.array([[True]]), 1.0, np.array([[u]]))
    assert mutant[0, 0] == pytest.approx(expected, abs=1e-12)


def test_large_eta_keeps_children_close_to_a_parent() -> None:
    rng = np.random.default_rng(1)
    first, second, u = rng.random((3, 200, 5))
    ones = np.ones((200, 5), dtype=bool)
    steps, gaps = [], []
    for eta in (100.0, 0.5):
        child = crossover(first, second, eta, np.random.default_rng(2))[0]
        gaps.append(np.minimum(np.abs(child - first), np.abs(child - second)).mean())
        steps.append(np.abs(mutate(first, ones, eta, u) - first).mean())
    assert gaps[0] < 0.1 * gaps[1]
    assert steps[0] < 0.1 * steps[1]
