"""Recruitment of a driven pool: features of each cell, and tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bouton.model.morphology import FloatArray
from bouton.model.scores import Feature
from bouton.results.exporting import csv_text

if TYPE_CHECKING:
    from bouton_plugins.motor.drive import Trapezoid

Record = Mapping[str, Any]

_UNITS = {
    "spikes": "",
    "recruitment__ms": "ms",
    "recruitment_level": "",
    "derecruitment__ms": "ms",
    "derecruitment_level": "",
    "first_rate__Hz": "Hz",
    "hold_rate__Hz": "Hz",
    "last_rate__Hz": "Hz",
}


def recruitment_features(times_ms: FloatArray, shape: Trapezoid) -> dict[str, Feature]:
    """Return when a cell joins in and drops out, and how fast it fires then, nan if it never does.

    Args:
        times_ms: Its spikes, shape (n,), ms.
        shape: The drive; levels are parts of its top.
    """
    _, up, down, _ = shape.corners_ms
    count = len(times_ms)
    first, last = (times_ms[0], times_ms[-1]) if count else (math.nan, math.nan)
    levels = shape.level(np.array([first, last])) if count else (math.nan, math.nan)
    held = np.count_nonzero((times_ms >= up) & (times_ms < down))
    intervals = np.diff(times_ms)
    values = {
        "spikes": float(count),
        "recruitment__ms": float(first),
        "recruitment_level": float(levels[0]),
        "derecruitment__ms": float(last),
        "derecruitment_level": float(levels[1]),
        "first_rate__Hz": 1e3 / float(intervals[0]) if count > 1 else math.nan,
        "hold_rate__Hz": 1e3 * held / shape.hold_ms if shape.hold_ms > 0 else math.nan,
        "last_rate__Hz": 1e3 / float(intervals[-1]) if count > 1 else math.nan,
    }
    return {name: Feature(name, value, _UNITS[name]) for name, value in values.items()}


def recruitment_csv(records: Iterable[Record]) -> str:
    """Return one row per trial and cell."""
    notes = ("recruitment_threshold", "area__um2", "axon_delay__ms")
    head = ["trial", "cell_index", *notes, *_UNITS, "reason"]
    rows = [
        [
            record["notes"]["trial"],
            record["notes"]["cell_index"],
            *(repr(float(record["notes"][name])) for name in notes),
            *(repr(float(record["features"].get(name, [math.nan])[0])) for name in _UNITS),
            record["reason"],
        ]
        for record in records
    ]
    return csv_text(head, rows)


def spikes_csv(records: Iterable[Record]) -> str:
    """Return one row per spike: when the soma fires, and when the muscle hears of it."""
    rows = [
        [
            record["notes"]["trial"],
            record["notes"]["cell_index"],
            f"{time:.6g}",
            f"{time + record['notes']['axon_delay__ms']:.6g}",
        ]
        for record in records
        for time in record["features"].get("spike_times__ms", [[]])[0]
    ]
    return csv_text(["trial", "cell_index", "time__ms", "arrival__ms"], rows)


def smoothed_rate(times_ms: FloatArray, grid_ms: FloatArray, window_ms: float) -> FloatArray:
    """Return the firing rate under a Hann window, Hz, shape of the grid."""
    away = np.abs(grid_ms[:, None] - times_ms[None, :]) / window_ms
    weight = np.where(away < 0.5, 1 + np.cos(2 * np.pi * away), 0.0)
    return np.asarray(1e3 / window_ms * weight.sum(axis=1), dtype=np.float64)
