"""What was measured, as CSV and in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from bouton.results.exporting import csv_text
from bouton_plugins.measurements.columns import (
    COUNTS,
    HALF,
    LEVELS,
    LOWER,
    RATES,
    UNDERSHOOT,
    UNITS,
    UPPER,
    uncertainty,
)

Record = Mapping[str, Any]
THRESHOLD = "recruitment_threshold"


def parameters_csv(records: Iterable[Record], *, all_columns: bool = False) -> str:
    """Return one row per cell: the tutorial's columns, then `reason`, then all others if asked."""
    extra = [*(uncertainty(name) for name in UNITS), LOWER, UPPER, UNDERSHOOT, HALF]
    head = ["cell_index", THRESHOLD, *UNITS, "reason", *(extra if all_columns else [])]
    return csv_text(head, ([_cell(record, name) for name in head] for record in records))


def gain_csv(records: Iterable[Record]) -> str:
    """Return one row per cell and current: spikes (if counted) and rate."""
    rows: list[list[Any]] = []
    for record in records:
        features = record["features"]
        levels, rates = _list(features, LEVELS), _list(features, RATES)
        counts = _list(features, COUNTS) or [math.nan] * len(levels)
        rows += [
            [record["index"], repr(level), "" if math.isnan(count) else int(count), repr(rate)]
            for level, count, rate in zip(levels, counts, rates, strict=True)
        ]
    return csv_text(["cell_index", "current__nA", "spikes", "rate__Hz"], rows)


def summary_csv(records: Sequence[Record]) -> str:
    """Return number, smallest, mean, median and largest value of every column."""
    rows = []
    for name, unit in UNITS.items():
        values = measured(records, name)
        numbers = (
            [min(values), fmean(values), median(values), max(values)] if values else [math.nan] * 4
        )
        rows.append([name, unit, len(values), *map(repr, numbers)])
    return csv_text(["quantity", "unit", "cells", "smallest", "mean", "median", "largest"], rows)


def summary_lines(records: Sequence[Record]) -> list[str]:
    """Return the ranges of all columns in words, one line each, aligned."""
    lines = []
    for name, unit in UNITS.items():
        values = measured(records, name)
        told = f"{len(values)} of {len(records)} cells"
        if values:
            span = f"{min(values):10.4g} to {max(values):10.4g} {unit:<6}"
            told = f"{span} mean {fmean(values):10.4g}  {told}"
        lines.append(f"{name:<20} {told}")
    return lines


def measured(records: Iterable[Record], name: str) -> list[float]:
    """Return the finite values of a column."""
    values = (record["features"][name][0] for record in records if name in record["features"])
    return [value for value in values if isinstance(value, float) and math.isfinite(value)]


def _cell(record: Record, name: str) -> str:
    if name == "cell_index":
        return str(record["index"])
    if name == "reason":
        return str(record["reason"])
    if name in record["features"]:
        return repr(float(record["features"][name][0]))
    return repr(float(record["notes"].get(name, math.nan)))


def _list(features: Mapping[str, Any], name: str) -> list[float]:
    return list(features[name][0]) if name in features else []
