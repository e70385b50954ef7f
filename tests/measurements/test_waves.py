"""Numbers taken from traces that are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bouton_plugins.measurements.waves import (
    count_crossings,
    crossing_times,
    late_decay,
    line_slope,
    plain_decay_ms,
    plain_spike_shape,
    settled_rate,
    slope_error,
    spike_shape,
)

DT = 0.01
T = np.arange(0.0, 200.0, DT)


def test_a_line_has_its_slope_and_too_few_points_have_none() -> None:
    x = np.array([1.0, 2.0, 5.0])
    assert line_slope(x, 3 * x - 1) == pytest.approx(3)
    assert math.isnan(line_slope(x[:1], x[:1]))
    assert math.isnan(line_slope(np.ones(3), x))
    assert slope_error(x, 3 * x, np.zeros(3)) == pytest.approx(0, abs=1e-12)
    assert slope_error(x[:2], x[:2], np.array([0.1, 0.1])) == pytest.approx(0.1 * math.sqrt(2))


def test_crossings_count_once_each_and_include_samples_on_the_level() -> None:
    v = np.array([0.0, 50.0, 49.0, 51.0, 60.0, 50.0, 49.9, 50.0])
    assert count_crossings(v, 50.0) == 3
    times = crossing_times(np.arange(8.0), v, 49.5)
    np.testing.assert_allclose(times, [0.99, 2.25], atol=1e-12)
    assert count_crossings(np.full(5, 60.0), 50.0) == 0


def test_the_plain_decay_is_right_for_one_exponential_and_mixes_two() -> None:
    one = -8 * np.exp(-T / 12)
    assert plain_decay_ms(T, one, 0.0, 0.1) == pytest.approx(12, rel=1e-9)
    two = one - 20 * np.exp(-T / 1.5)
    assert plain_decay_ms(T, two, 0.0, 0.1) < 11.5
    assert late_decay(T, two, 0.0).value == pytest.approx(12, rel=0.01)


def test_a_late_decay_says_how_sure_it_is() -> None:
    sure = late_decay(T, -8 * np.exp(-T / 12), 0.0)
    assert sure.value == pytest.approx(12, rel=1e-9)
    assert sure.uncertainty < 1e-6
    unsure = late_decay(T, -8 * np.exp(-T / 12) - 2 * np.exp(-T / 30), 0.0)
    assert abs(unsure.value - 12) < 4 * unsure.uncertainty
    flat = late_decay(T, np.zeros_like(T), 0.0)
    assert math.isnan(flat.value)
    assert flat.reason
    assert math.isnan(late_decay(T, np.exp(T / 50), 0.0).value)


def spike(fast: float, slow: float) -> np.ndarray:
    """A spike at 10 ms, a fast undershoot of 1 ms and a slow after-hyperpolarisation."""
    after = np.clip(T - 10.5, 0, None)
    down = fast * np.exp(-after / 1.0) + slow * (1 - np.exp(-after / 3)) * np.exp(-after / 30)
    return np.where(T < 10.5, 90 * np.exp(-(((T - 10) / 0.2) ** 2)), -down)


def test_the_fast_undershoot_is_kept_apart_from_the_slow_part() -> None:
    v = spike(fast=9.0, slow=4.0)
    plain = plain_spike_shape(T, v, 0.0, 0.15)
    assert plain.depth_mV == pytest.approx(9, abs=0.2)
    shape = spike_shape(T, v, 0.0, margin_mV=0.15, fast_ms=5.0)
    assert shape.height_mV == pytest.approx(90)
    assert 2.5 < shape.depth_mV < 3.5
    assert shape.undershoot_mV == pytest.approx(9, abs=0.5)
    assert shape.duration_ms == pytest.approx(0.5 + 30 * math.log(4 / 0.15), rel=0.01)
    assert shape.half_ms > 20


def test_a_spike_without_recovery_has_no_duration() -> None:
    v = np.where(T < 10, 0.0, np.where(T < 10.5, 90.0, -5.0))
    assert math.isnan(plain_spike_shape(T, v, 0.0, 0.15).duration_ms)
    shape = spike_shape(T, v, 0.0, margin_mV=0.15, fast_ms=5.0)
    assert math.isnan(shape.duration_ms)
    short = spike_shape(T[:1100], v[:1100], 0.0, margin_mV=0.15, fast_ms=5.0)
    assert math.isnan(short.depth_mV)


def test_a_settled_rate_leaves_the_start_out() -> None:
    intervals = 50 - 30 * np.exp(-np.arange(40) / 3)
    times = np.cumsum(intervals)
    found = settled_rate(times, times[-1] / 2)
    assert found.value == pytest.approx(20, rel=2e-3)
    assert found.uncertainty < 0.05
    assert math.isnan(settled_rate(times[:3], times[-1]).value)
    assert settled_rate(np.array([1.0, 2.0, 4.0]), 0.0).uncertainty == pytest.approx(500)
