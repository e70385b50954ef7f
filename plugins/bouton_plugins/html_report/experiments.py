"""Experiments: chunks on top of each other, spikes, and what was run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bouton.report.style import COLOURS
from bouton.report.tables import number
from bouton.results import Results
from bouton_plugins.experiments.data import Chunk, RunResult
from bouton_plugins.experiments.storage import load_results
from bouton_plugins.html_report.blocks import (
    Axis,
    Chart,
    Column,
    Panel,
    Section,
    Series,
    Table,
    Text,
)
from bouton_plugins.html_report.packing import thinned
from bouton_plugins.html_report.traces import quantity

_MOST_CHUNKS = 12
_MOST_COLUMNS = 6
_ALL_POINTS = 150_000
_MOST_POINTS = 4000


def experiment(results: Results) -> Section | None:
    """Return the chunks of an experiment; None if the run is none."""
    told = results.parts.get("experiment")
    if not isinstance(told, Mapping) or "file" not in told:
        return None
    runs = load_results(results.path / told["file"])
    numbers = range(max((len(run.chunks) for run in runs), default=0))
    blocks: list[Chart | Table | Text] = [_table(told)]
    estimate = told.get("error_estimate")
    if isinstance(estimate, Mapping) and estimate.get("n_spikes"):
        words = f"Error of spike times: about {number(float(estimate['spike_time_ms']))} ms."
        blocks.append(Text(words, "note"))
    count = sum(_curves(chunk) for run in runs for chunk in run.chunks[:_MOST_CHUNKS])
    most = int(np.clip(_ALL_POINTS // max(count, 1), 300, _MOST_POINTS))
    for chunk in numbers[:_MOST_CHUNKS]:
        panels = list(_panels(runs, chunk, most))
        if panels:
            blocks.append(Chart(panels, f"Chunk {chunk} of every run, on top of each other."))
    if len(numbers) > _MOST_CHUNKS:
        words = f"{len(numbers) - _MOST_CHUNKS} later chunks are in the table only."
        blocks.append(Text(words, "note"))
    return Section("Experiment", blocks)


def _table(told: Mapping[str, Any]) -> Table:
    rows = [
        (
            str(run["name"]),
            str(index),
            number(float(chunk["start_ms"])),
            number(float(chunk["duration_ms"])),
            str(chunk["state"]),
            ", ".join(str(one["name"]) for one in chunk["simulations"]),
            str(chunk["spike_count"]),
            _mean(chunk["statistics"], "rate_Hz"),
            _mean(chunk["statistics"], "mean_isi_ms"),
        )
        for run in told["runs"]
        for index, chunk in enumerate(run["chunks"])
    ]
    columns = (
        Column("run"),
        Column("chunk", is_number=True),
        Column("start", "ms", is_number=True),
        Column("duration", "ms", is_number=True),
        Column("from state"),
        Column("simulations"),
        Column("spikes", is_number=True),
        Column("mean rate", "Hz", is_number=True),
        Column("mean interval", "ms", is_number=True),
    )
    return Table(columns, rows[:300], "What was run, chunk by chunk.")


def _panels(runs: Sequence[RunResult], index: int, most: int) -> Iterator[Panel]:
    having = [(rank, run) for rank, run in enumerate(runs) if index < len(run.chunks)]
    chunks = [(rank, run, run.chunks[index]) for rank, run in having]
    several = len(having) > 1
    signals = dict.fromkeys(
        name for _, _, chunk in chunks for name, one in chunk.signals.items() if len(one.ticks)
    )
    link = f"chunk {index}"
    longest = max(chunk.duration_ms for _, _, chunk in chunks)
    x = Axis("time in the chunk", "ms", (0.0, longest))
    for name in signals:
        series, unit, variable = [], "", name
        for rank, run, chunk in chunks:
            if name not in chunk.signals:
                continue
            signal = chunk.signals[name]
            unit, variable = signal.unit, signal.variable
            times, values = signal.with_gaps()
            for column in range(min(values.shape[1], _MOST_COLUMNS)):
                t_ms, shown = thinned(times - chunk.start_ms, values[:, column], most)
                place = signal.columns[column]
                label = run.name if several else f"cell {place.cell}, {place.section}"
                colour = (rank if several else column) % len(COLOURS)
                series.append(Series(t_ms, shown, label, colour, width=1.2))
        yield Panel(series, x, Axis(quantity(variable), unit), name, link=link, is_wide=True)
    for name in dict.fromkeys(n for _, _, chunk in chunks for n in chunk.applied):
        own = [(rank, run, chunk) for rank, run, chunk in chunks if name in chunk.applied]
        series = [
            _applied(chunk, name, run.name if several else "", rank % len(COLOURS), most)
            for rank, run, chunk in own
        ]
        unit = own[0][2].applied[name].unit
        label = name.removesuffix(f"_{unit}")
        yield Panel(
            series,
            x,
            Axis(label, unit),
            f"{name}, as applied",
            link=link,
            height_px=170,
            is_wide=True,
        )


def _applied(chunk: Chunk, name: str, label: str, colour: int, most: int) -> Series:
    history = chunk.applied[name]
    ticks = np.append(history.ticks, chunk.start + chunk.n)
    values = np.append(history.values[:, 0], history.values[-1:, 0])
    t_ms, shown = thinned((ticks - chunk.start) * chunk.dt_ms, values, most)
    return Series(t_ms, shown, label, colour, "steps", width=1.3)


def _curves(chunk: Chunk) -> int:
    widths = [min(one.values.shape[1], _MOST_COLUMNS) for one in chunk.signals.values()]
    return int(sum(widths)) + len(chunk.applied)


def _mean(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    values = np.array([float(row[name]) for row in rows])
    known = values[np.isfinite(values)]
    return number(float(known.mean())) if len(known) else "–"
