"""Motor pools and other sets of cells: what was measured, and how they answer a common drive."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bouton.model.morphology import FloatArray
from bouton.report.style import COLOURS
from bouton.report.tables import number
from bouton.results import Results
from bouton_plugins.html_report.blocks import Axis, Chart, Column, Panel, Section, Series, Table
from bouton_plugins.html_report.packing import sampled
from bouton_plugins.measurements.columns import (
    DEPTH,
    DURATION,
    GAIN,
    HEIGHT,
    LEVELS,
    LOWER,
    RATES,
    RESISTANCE,
    REST,
    RHEOBASE,
    TAU,
    UNITS,
    UPPER,
    uncertainty,
)
from bouton_plugins.motor.drive import Trapezoid
from bouton_plugins.motor.drive_tables import smoothed_rate

Record = Mapping[str, Any]
_WORDS = {
    REST: "resting potential",
    RESISTANCE: "input resistance",
    TAU: "time constant",
    RHEOBASE: "rheobase",
    HEIGHT: "spike height",
    DEPTH: "AHP depth",
    DURATION: "AHP duration",
    GAIN: "frequency-current gain",
}
_MOST_ROWS = 200
_MOST_CURVES = 12
_MOST_SPIKES = 30_000
_GRID = 400
_DRIVE = (
    ("recruitment__ms", "joins in", "ms"),
    ("derecruitment__ms", "drops out", "ms"),
    ("recruitment_level", "joins in at", "part of top"),
    ("derecruitment_level", "drops out at", "part of top"),
    ("hold_rate__Hz", "rate during hold", "Hz"),
    ("spikes", "spikes", ""),
)


def measured(results: Results) -> Section | None:
    """Return the panels and the table of a measured pool; None if nothing was measured."""
    records = results.evaluation_records
    if not any(RHEOBASE in record["features"] for record in records):
        return None
    threshold = all("recruitment_threshold" in r["notes"] for r in records)
    panels = list(_panels(records)) + list(_gains(records))
    caption = f"{len(records)} cells. Bars: uncertainty of the measurement, where it is known."
    return Section("Measured cells", [Chart(panels, caption), _table(records, threshold)])


def driven(results: Results) -> Section | None:
    """Return spikes, rates and recruitment of a driven pool; None if nothing was driven."""
    rows = [r for r in results.evaluation_records if "spike_times__ms" in r["features"]]
    if not rows:
        return None
    section = results.study.get("drive") or {}
    shape = Trapezoid(**section.get("shape", {}))
    window_ms = float(section.get("window_ms", 400.0))
    blocks: list[Chart | Table] = []
    for trial in dict.fromkeys(row["notes"]["trial"] for row in rows):
        own = [row for row in rows if row["notes"]["trial"] == trial]
        blocks += [_trial(trial, own, shape, window_ms), _recruitment(trial, own)]
    return Section("Driven pool", blocks)


def _panels(records: Sequence[Record]) -> Iterator[Panel]:
    for name in (RHEOBASE, RESISTANCE, DURATION, GAIN):
        rows = [r for r in records if math.isfinite(_number(r, name))]
        x = np.array([r["index"] + 1.0 for r in rows])
        values = np.array([_number(r, name) for r in rows])
        error = np.array([_error(r, name) for r in rows])
        dots = Series(x, values, "", 2, "points", error=error if error.any() else None, width=7)
        y = Axis(_WORDS[name], _shown_unit(name), from_zero=True)
        yield Panel([dots], Axis("motor unit", is_whole=True), y, height_px=230)
    rows = [r for r in records if math.isfinite(_number(r, TAU) + _number(r, RESISTANCE))]
    dots = Series(
        np.array([_number(r, RESISTANCE) for r in rows]),
        np.array([_number(r, TAU) for r in rows]),
        "", 2, "points", texts=[f"motor unit {r['index'] + 1}" for r in rows], width=7,
    )  # fmt: skip
    x_axis = Axis(_WORDS[RESISTANCE], _shown_unit(RESISTANCE))
    yield Panel([dots], x_axis, Axis(_WORDS[TAU], _shown_unit(TAU)), height_px=230)


def _gains(records: Sequence[Record]) -> Iterator[Panel]:
    """Yield the firing rates over current, of at most a dozen cells."""
    having = [r for r in records if r["features"].get(LEVELS, [()])[0]]
    series = []
    for rank, i in enumerate(sampled(len(having), _MOST_CURVES).tolist() if having else []):
        features = having[i]["features"]
        levels, rates = (np.array(features[key][0], dtype=float) for key in (LEVELS, RATES))
        name = f"motor unit {having[i]['index'] + 1}"
        series.append(Series(levels, rates, name, rank % len(COLOURS), width=1.4))
    if series:
        y = Axis("firing rate", "Hz", from_zero=True)
        yield Panel(series, Axis("current", "nA", from_zero=True), y, height_px=230)


def _table(records: Sequence[Record], threshold: bool) -> Table:
    columns = [Column("motor unit", is_number=True)]
    columns += [Column("recruitment threshold", is_number=True)] if threshold else []
    columns += [Column(_WORDS[name], _shown_unit(name), is_number=True) for name in UNITS]
    rows = []
    for i in sampled(len(records), _MOST_ROWS).tolist():
        record = records[i]
        first = [str(record["index"] + 1)]
        first += [number(float(record["notes"]["recruitment_threshold"]))] if threshold else []
        rows.append([*first, *(_shown(_number(record, name)) for name in UNITS)])
    note = f"{len(rows)} of {len(records)} rows are shown." if len(rows) < len(records) else ""
    return Table(columns, rows, "What was measured of every cell.", note)


def _trial(trial: str, rows: Sequence[Record], shape: Trapezoid, window_ms: float) -> Chart:
    duration = shape.duration_ms
    grid = np.linspace(0.0, duration, _GRID)
    shown = [rows[i] for i in sampled(len(rows), 60).tolist()]
    total = sum(len(_times(row)) for row in shown)
    step = max(1, -(-total // _MOST_SPIKES))
    bars, rates = [], []
    for row in shown:
        times = _times(row)
        unit = float(row["notes"]["cell_index"] + 1)
        colour = int(row["notes"]["cell_index"]) % len(COLOURS)
        name = f"motor unit {unit:.0f}" if len(shown) <= _MOST_CURVES else ""
        bars.append(
            Series(
                times[::step], np.full(len(times[::step]), unit), name, colour, "spikes", width=0.8
            )
        )
        rate = smoothed_rate(times, grid, window_ms)
        rates.append(Series(grid, np.where(rate > 0, rate, np.nan), name, colour, width=1.3))
    corners = np.array([0.0, *shape.corners_ms, duration])
    drive = Series(corners, shape.level(corners), "", "faint", width=1.5)
    x = Axis("time", "ms", (0.0, duration))
    most = max(row["notes"]["cell_index"] for row in shown) + 1
    units = Axis("motor unit", is_whole=True, range=(0.3, most + 0.7))
    panels = [
        Panel(
            [drive],
            x,
            Axis("drive", "part of top", (0.0, 1.05)),
            f"{trial}: drive",
            link=trial,
            height_px=150,
            is_wide=True,
        ),
        Panel(bars, x, units, "Spikes", link=trial, height_px=260, is_wide=True),
        Panel(
            rates,
            x,
            Axis("rate", "Hz", from_zero=True),
            f"Rates (Hann window of {window_ms:g} ms)",
            link=trial,
            height_px=240,
            is_wide=True,
        ),
        *_order(rows),
    ]
    return Chart(panels, f"Trial {trial}: who joins in and who drops out, by the size of the cell.")


def _order(rows: Sequence[Record]) -> Iterator[Panel]:
    area = np.array([row["notes"]["area__um2"] / 1e6 for row in rows])
    texts = [f"motor unit {row['notes']['cell_index'] + 1}" for row in rows]
    series = [
        Series(
            area, _column(rows, "recruitment_level"), "joins in", 2, "points", texts=texts, width=8
        ),
        Series(
            area,
            _column(rows, "derecruitment_level"),
            "drops out",
            2,
            "points",
            texts=texts,
            width=8,
            is_open=True,
        ),
    ]
    x, y = Axis("membrane area", "mm²"), Axis("drive", "part of top", (0.0, 1.1))
    yield Panel(series, x, y, "Order by size", height_px=240)
    thresholds = np.array([row["notes"]["recruitment_threshold"] for row in rows])
    held = Series(thresholds, _column(rows, "hold_rate__Hz"), "", 2, "points", texts=texts, width=8)
    yield Panel(
        [held],
        Axis("recruitment threshold"),
        Axis("rate", "Hz", from_zero=True),
        "Rate during hold",
        height_px=240,
    )


def _recruitment(trial: str, rows: Sequence[Record]) -> Table:
    columns = [Column("motor unit", is_number=True)]
    columns += [Column(words, unit, is_number=True) for _, words, unit in _DRIVE]
    cells = [
        [
            str(rows[i]["notes"]["cell_index"] + 1),
            *(_shown(_number(rows[i], name)) for name, _, _ in _DRIVE),
        ]
        for i in sampled(len(rows), _MOST_ROWS).tolist()
    ]
    return Table(columns, cells, f"Trial {trial}: recruitment of every cell.")


def _times(row: Record) -> FloatArray:
    return np.array(row["features"]["spike_times__ms"][0], dtype=float)


def _column(rows: Sequence[Record], name: str) -> FloatArray:
    return np.array([_number(row, name) for row in rows])


def _number(record: Record, name: str) -> float:
    value = record["features"].get(name, [math.nan])[0]
    return float(value) if isinstance(value, int | float) else math.nan


def _error(record: Record, name: str) -> float:
    if name == RHEOBASE and math.isfinite(_number(record, LOWER)):
        return (_number(record, UPPER) - _number(record, LOWER)) / 2
    found = _number(record, uncertainty(name))
    return found if math.isfinite(found) else 0.0


def _shown(value: float) -> str:
    return "–" if math.isnan(value) else number(value)


def _shown_unit(name: str) -> str:
    return UNITS[name].replace("MOhm", "MΩ")
