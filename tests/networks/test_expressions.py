"""Formulas: what they compute, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bouton.errors import NetworkError
from bouton.model.draws import Draws, threshold
from bouton.model.expressions import Expression

KNOWN = ("x", "distance")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * x", [1.0, 5.0]),
        ("0.1 * exp(-distance / 50)", [0.1, 0.1 * math.exp(-2)]),
        ("where(x > 1, 5, -x ** 2)", [0.0, 5.0]),
        ("clip(x, 0.5, 1) + pi * 0", [0.5, 1.0]),
        ("x % 2 <= 0", [1.0, 1.0]),
    ],
)
def test_values(text: str, expected: list[float]) -> None:
    variables = {"x": np.array([0.0, 2.0]), "distance": np.array([0.0, 100.0])}
    made = Expression.parse(text, KNOWN).values(variables)
    np.testing.assert_allclose(np.broadcast_to(made, (2,)), expected)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x.__class__",
        "(lambda: 1)()",
        "[c for c in x]",
        "x[0]",
        "open('/etc/passwd')",
        "exec('1')",
        "eval('1')",
        "'text'",
        "f'{x}'",
        "x if x else 1",
        "x and 1",
        "x := 3",
        "1; 2",
        "exp(x, out=x)",
        "exp(*x)",
        "9 ** 9 ** 9",
        "x ** x",
        "x ** 1000",
        "1e999",
        "9" * 400,
        "True + 1",
        "1j",
        "None",
        "...",
        "x << 100",
        "~x",
        "not x",
        "0 < x < 1",
        "exp",
        "uniform(1)",
        "y + 1",
        "",
        "-" * 60 + "x",
        "(" * 300 + "x" + ")" * 300,
        "x" * 600,
        "\0",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(NetworkError):
        Expression.parse(text, KNOWN)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        made = Expression.parse(text, KNOWN)
        made.values({"x": np.ones(2), "distance": np.ones(2)}, Draws(1, "t"), (np.arange(2),))
    except NetworkError:
        pass


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(NetworkError, match="gives inf"):
        Expression.parse("1 / x", KNOWN).values({"x": np.zeros(2)})


def test_distributions_belong_to_their_ids() -> None:
    made = Expression.parse("normal(0, 1) + normal(0, 1)", ())
    ids = np.arange(1000)
    every = made.values({}, Draws(1, "w"), (ids,))
    some = made.values({}, Draws(1, "w"), (ids[500:],))
    np.testing.assert_array_equal(every[500:], some)
    assert 1.3 < every.std() < 1.53  # two independent draws, not twice the same one
    assert not np.array_equal(every, made.values({}, Draws(2, "w"), (ids,)))


@pytest.mark.parametrize(
    ("text", "mean", "std"),
    [
        ("uniform(2, 4)", 3.0, 2 / math.sqrt(12)),
        ("normal(3, 0.5)", 3.0, 0.5),
        ("lognormal(3, 0.5)", 3.0, 0.5),
        ("exponential(3)", 3.0, 3.0),
        ("integers(1, 5)", 3.0, math.sqrt(2)),
    ],
)
def test_moments(text: str, mean: float, std: float) -> None:
    made = Expression.parse(text, ()).values({}, Draws(5, "m"), (np.arange(200_000),))
    assert made.mean() == pytest.approx(mean, rel=0.02)
    assert made.std() == pytest.approx(std, rel=0.02)


def test_draws_are_uniform_over_pairs() -> None:
    bits = Draws(1, "p").uniform(np.arange(500)[:, None], np.arange(500)[None, :])
    counts, _ = np.histogram(bits, 100)
    assert ((counts - 2500) ** 2 / 2500).sum() < 160  # chi square of 99 degrees, p about 1e-4
    assert abs(np.corrcoef(bits[:, :-1].ravel(), bits[:, 1:].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(bits[:-1].ravel(), bits[1:].ravel())[0, 1]) < 0.01


def test_thresholds_at_the_ends() -> None:
    bits = Draws(1, "p").bits(np.arange(10_000))
    assert not (bits < threshold(0.0)).any()
    assert (bits < threshold(1.0)).all()
