"""What a random walk explored."""

from __future__ import annotations

import numpy as np

from bouton.report.style import COLOURS
from bouton.report.tables import number
from bouton.results import Results
from bouton.results.walks import Walk, walk_of
from bouton_plugins.html_report.blocks import (
    Axis,
    Block,
    Chart,
    Column,
    Facts,
    Panel,
    Section,
    Series,
    Table,
)
from bouton_plugins.html_report.packing import thinned

_NAMED = 6
_MOST_WALKS = 12
_MOST_POINTS = 1500


def walk(results: Results) -> Section | None:
    """Return how far an exploration got; None if the run is none, or took no step."""
    records = results.evaluation_records
    if results.kind != "explore" or not all("seed_point" in r["notes"] for r in records):
        return None
    found = walk_of(results)
    if not found.rows or not found.inside.any():
        return None
    told = found.document()
    facts = Facts(
        [
            ("steps", f"{told['steps']}, {told['accepted']} of them accepted"),
            ("share accepted", f"{100 * told['share_accepted']:.0f} %"),
            ("draws", str(told["n_suggestion"])),
            ("particles", f"{told['particles']} from {told['seed_points']} seed models"),
        ]
    )
    cells = [
        (
            name,
            f"{100 * row['travelled']:.2f}",
            f"{100 * row['displaced']:.2f}",
            f"{100 * row['extent']:.2f}",
            number(row["lowest"]),
            number(row["highest"]),
        )
        for name, row in told["parameters"].items()
    ]
    columns = (
        Column("parameter"),
        Column("travelled", "%", is_number=True),
        Column("displaced", "%", is_number=True),
        Column("extent", "%", is_number=True),
        Column("lowest", is_number=True),
        Column("highest", is_number=True),
    )
    note = "In per cent of the range of each parameter, good models only."
    table = Table(columns, cells, "How far every parameter got.", note)
    charts: list[Block] = [facts, _chart(found), table]
    return Section("Walk", charts)


def _chart(found: Walk) -> Chart:
    panels = [_extents(found), _ways(found)]
    return Chart(
        panels,
        "Left: explored part of the range of each parameter, the widest by name. "
        "Right: distance of each particle from its seed model.",
    )


def _extents(found: Walk) -> Panel:
    good = np.flatnonzero(found.inside)
    low = np.minimum.accumulate(found.units[good], axis=0)
    high = np.maximum.accumulate(found.units[good], axis=0)
    per_step = max(1, len(found.paths))
    steps = np.maximum(0, good - len(found.seeds)) // per_step + (good >= len(found.seeds))
    extent = 100 * (high - low)
    series = []
    for rank, column in reversed(list(enumerate(np.argsort(-extent[-1], kind="stable")))):
        is_named = rank < _NAMED
        x, y = thinned(steps.astype(float), extent[:, column], _MOST_POINTS // 4)
        series.append(
            Series(
                x,
                y,
                found.space.names[column] if is_named else "other parameters",
                rank % len(COLOURS) if is_named else "faint",
                "steps",
                width=1.5 if is_named else 0.6,
            )
        )
    y_axis = Axis("explored part of the range", "%", from_zero=True)
    return Panel(series, Axis("step", is_whole=True), y_axis, height_px=300)


def _ways(found: Walk) -> Panel:
    series = []
    for number_, path in enumerate(found.paths[:_MOST_WALKS]):
        away = np.linalg.norm(path.units - path.units[0], axis=1)
        x, y = thinned(np.array(path.steps, dtype=float), away, _MOST_POINTS)
        name = f"particle {path.particle}"
        series.append(Series(x, y, name, number_ % len(COLOURS), "steps", width=1.3))
    axis = Axis("distance from the seed, unit cube", from_zero=True)
    return Panel(series, Axis("step", is_whole=True), axis, height_px=300)
