"""Recruitment thresholds against their closed forms, at their limits, and refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bouton_plugins.motor.thresholds import (
    MODES,
    ThresholdError,
    Thresholds,
    outside,
    recruitment_thresholds,
)

SLOPES = {"fuglevand": None, "konstantin": None, "deluca": 5.0, "combined": 5.0}


def made(mode: str, n: int, ratio: float, **more: Any) -> tuple[np.ndarray, np.ndarray]:
    return recruitment_thresholds(n, ratio, mode=mode, slope=SLOPES[mode], **more)


def test_fuglevand_is_an_exponential_that_ends_at_a_hundredth_of_the_ratio() -> None:
    rt, rtz = made("fuglevand", 7, 30.0)
    i = np.arange(1, 8)
    np.testing.assert_allclose(rt, 30 ** (i / 7) / 100, rtol=1e-14)
    assert rt[-1] == pytest.approx(0.3)
    assert rt[-1] / rt[0] == pytest.approx(30 ** (6 / 7))
    np.testing.assert_allclose(rtz, (rt - rt[0]) * rt[-1] / (rt[-1] - rt[0]), rtol=1e-13)


def test_five_units_of_the_tutorial_leave_one_by_rounding_only() -> None:
    rt = made("fuglevand", 5, 100.0)[0]
    expected = [0.0251188643150958, 0.06309573444801933, 0.15848931924611137, 0.3981071705534973, 1]
    np.testing.assert_allclose(rt, expected, rtol=1e-15)
    assert rt[-1] > 1
    assert outside(rt) == []


@pytest.mark.parametrize("b", [0.5, 5.0, 200.0])
def test_deluca_ends_at_a_hundredth_of_the_ratio_for_any_slope(b: float) -> None:
    rt, _ = recruitment_thresholds(9, 80.0, mode="deluca", slope=b)
    i = np.arange(1, 10)
    np.testing.assert_allclose(rt, b * i / 9 * (80 / b) ** (i / 9) / 100, rtol=1e-13)
    assert rt[-1] == pytest.approx(0.8)


@pytest.mark.parametrize("top", [1.0, 0.4])
def test_konstantin_runs_exactly_over_the_ratio(top: float) -> None:
    rt, rtz = made("konstantin", 11, 50.0, maximum=top)
    i = np.arange(11)
    np.testing.assert_allclose(rt, top / 50 * 50 ** (i / 10), rtol=1e-13)
    raw = 51 ** (i / 11) - 1
    np.testing.assert_allclose(rtz, raw * rt[-1] / raw[-1], rtol=1e-12)


def test_combined_is_the_curve_of_deluca_stretched_to_the_ends_of_konstantin() -> None:
    rt, _ = made("combined", 6, 20.0, maximum=2.0)
    curve = made("deluca", 6, 20.0)[0]
    share = (curve - curve[0]) / (curve[-1] - curve[0])
    np.testing.assert_allclose(rt, 0.1 + share * 1.9, rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [2, 3, 120])
def test_the_second_array_rises_from_zero_to_the_largest_threshold(mode: str, n: int) -> None:
    found = recruitment_thresholds(n, 40.0, mode=mode, slope=SLOPES[mode])
    rt, rtz = found
    assert rt is found[0] is found.rt
    assert rtz is found[1] is found.rtz
    assert rtz[0] == 0
    assert rtz[-1] == pytest.approx(rt[-1])
    assert (np.diff(rt) > 0).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ratio", [1.001, 1e6, 1e300])
def test_the_ratio_may_be_anything_above_one(mode: str, ratio: float) -> None:
    rt, rtz = recruitment_thresholds(4, ratio, mode=mode, slope=0.5 if SLOPES[mode] else None)
    assert np.isfinite(rt).all()
    assert np.isfinite(rtz).all()


@pytest.mark.parametrize("mode", MODES)
def test_ten_thousand_units_take_no_time(mode: str, cpu_units: Any) -> None:
    assert cpu_units(lambda: made(mode, 10_000, 100.0)) < 1  # measured: 0.007


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"n": 1}, "n must be at least 2"),
        ({"n": 0}, "n must be at least 2"),
        ({"n": -3}, "n must be at least 2"),
        ({"n": 5.0}, "n, the number of units, must be a whole number"),
        ({"n": True}, "n, the number of units, must be a whole number"),
        ({"range_ratio": 1}, "range_ratio must be"),
        ({"range_ratio": -100}, "range_ratio must be"),
        ({"range_ratio": float("nan")}, "range_ratio must be"),
        ({"range_ratio": float("inf")}, "range_ratio must be"),
        ({"range_ratio": "100"}, "range_ratio must be"),
        ({"mode": "fuglewand"}, "did you mean 'fuglevand'"),
        ({"mode": None}, "no threshold mode"),
        ({"mode": "deluca"}, "'deluca' needs a slope"),
        ({"mode": "combined"}, "'combined' needs a slope"),
        ({"mode": "deluca", "slope": 0}, "slope must be"),
        ({"mode": "deluca", "slope": 1e4}, "slope must be below e times"),
        ({"mode": "fuglevand", "slope": 5}, "has no slope"),
        ({"mode": "konstantin", "maximum": 0}, "maximum must be"),
        ({"mode": "combined", "slope": 5, "maximum": -1}, "maximum must be"),
        ({"range_ratio": 1 + 1e-15, "n": 100}, "too close together"),
    ],
)
def test_what_is_wrong_is_refused_by_name(arguments: dict[str, Any], named: str) -> None:
    complete = {"n": 5, "range_ratio": 100, **arguments}
    with pytest.raises(ThresholdError, match=named) as raised:
        recruitment_thresholds(complete.pop("n"), complete.pop("range_ratio"), **complete)
    assert isinstance(raised.value, ValueError)


def test_thresholds_outside_zero_to_one_are_not_used_silently() -> None:
    with pytest.raises(ThresholdError, match="1 of 5 thresholds lie outside 0 to 1"):
        Thresholds(range_ratio=250).of(5)
    with pytest.raises(ThresholdError, match=r"unit 1: -0\.1"):
        Thresholds(values=(-0.1, 0.5)).of(None)
    assert Thresholds(range_ratio=250, outside="warn").of(5)[-1] == pytest.approx(2.5)


def test_a_number_beside_other_thresholds_is_refused() -> None:
    with pytest.raises(ThresholdError, match="n is 3 and 2 thresholds"):
        Thresholds(values=(0.1, 0.5)).of(3)
