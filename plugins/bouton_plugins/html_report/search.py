"""Fits and explorations: generations, trade-offs, and where in the space good models are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray, IntArray
from bouton.report.search_files import chosen_rows, seed_rows
from bouton.report.tables import number
from bouton.results import Results
from bouton.results.walks import search_space_of, unit_vectors
from bouton_plugins.html_report.blocks import (
    Axis,
    Block,
    Chart,
    Column,
    Item,
    Pairs,
    Panel,
    Section,
    Series,
    Strip,
    Table,
    Text,
)
from bouton_plugins.html_report.packing import sampled
from bouton_plugins.html_report.scores import ACCEPTED_SD

Ticks = tuple[Sequence[float], Sequence[str]]

_MOST_GROUPS = 300
_MOST_POINTS = 2500
_MOST_LINES = 150
_MOST_TICKS = 160
_BEST = 12
_SCORE_TICKS = (0, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000)


def search(results: Results) -> Section | None:
    """Return how a search went; None if the run is none."""
    if not any("lower" in start for start in results.of_kind("start")):
        return None
    combined = results.combined
    usable = _usable(results)
    if not len(usable):
        return Section("Search", [Text("No evaluation succeeded yet.", "warning")])
    blocks: list[Block] = [_courses(results, usable), _best_table(results, combined, usable)]
    names = results.names("combined")
    if len(names) > 1:
        blocks += [_pairs(results, names, combined, usable), _parallel(results, names, usable)]
    return Section("Search", blocks)


def parameters(results: Results) -> Section | None:
    """Return where models lie within the bounds of every parameter; None if no bounds are known."""
    try:
        space = search_space_of(results)
    except ResultsError:
        return None
    rows, words = chosen_rows(results)
    if not rows:
        return None
    units = unit_vectors(results, space)
    seeds = seed_rows(results)
    marked, what = (seeds, "where the search began") if seeds else ([results.best()], "the best")
    drawn = np.asarray(rows)[sampled(len(rows), _MOST_TICKS)]
    cells: list[Sequence[Item]] = []
    for column, name in enumerate(space.names):
        own = units[rows, column]
        first = results.evaluation_records[marked[0]]["parameters"][name]
        ends = np.tile(units[marked[0]], (2, 1))
        ends[:, column] = own.min(), own.max()
        natural = space.from_unit(ends)[:, column]
        label = f"{number(natural[0])} to {number(natural[1])}, {what}: {number(first)}"
        strip = Strip(
            units[drawn, column],
            (float(own.min()), float(own.max())),
            [float(units[row, column]) for row in marked[:20]],
            label,
        )
        scale = " (log)" if space.scales and space.scales[column] == "log" else ""
        low, high = number(space.lower[column]), number(space.upper[column])
        cells.append((name + scale, low, strip, high, number(first)))
    columns = (
        Column("parameter"),
        Column("lower bound", is_number=True),
        Column("where models lie"),
        Column("upper bound", is_number=True),
        Column(what, is_number=True),
    )
    caption = f"{len(rows)} {words} within the bounds of every parameter."
    note = f"Blue: models ({len(drawn)} drawn) and their extent. Red: {what}. "
    note += "Units are those of the cell template."
    return Section("Parameters", [Table(columns, cells, caption, note)])


def score_axis(values: FloatArray) -> tuple[FloatArray, Ticks | None]:
    """Return scores as drawn and the ticks: as they are up to 10 SD, logarithmic beyond."""
    finite = values[np.isfinite(values)]
    if not len(finite) or finite.max() <= 10.0:
        return values, None
    ticks = [tick for tick in _SCORE_TICKS if tick <= finite.max() * 1.2]
    places = [math.log10(1 + tick) for tick in ticks]
    return np.log10(1 + np.maximum(values, 0.0)), (places, [f"{tick:g}" for tick in ticks])


def _usable(results: Results) -> IntArray:
    """Return the rows that succeeded and have every combined objective."""
    good = np.array([record["status"] != "failed" for record in results.evaluation_records])
    if not len(good) or not results.names("combined"):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(good & np.isfinite(results.combined).all(axis=1))


def _groups(results: Results, rows: IntArray) -> tuple[IntArray, str]:
    """Return the group of each row, and what a group is called."""
    numbers = np.array([results.evaluation_records[i]["generation"] for i in rows], dtype=np.int64)
    word = "step" if results.kind == "explore" else "generation"
    if numbers.max() == 0:
        numbers, word = rows.astype(np.int64), "evaluation"
    span = int(numbers.max()) + 1
    size = max(1, math.ceil(span / _MOST_GROUPS))
    return numbers // size * size, word


def _courses(results: Results, rows: IntArray) -> Chart:
    names, values = results.names("combined"), results.combined[rows]
    numbers, word = _groups(results, rows)
    largest = float(values.max())
    ticks = score_axis(np.array([largest]))[1]
    panels = [
        Panel(
            list(_course(numbers, column, largest)),
            Axis(word, is_whole=True),
            Axis("score", "SD", ticks=ticks, from_zero=True),
            title=name,
            limit=float(_drawn(np.array([ACCEPTED_SD]), largest)[0]),
            limit_name=f"{ACCEPTED_SD:g} SD",
            link="generations",
            height_px=210,
        )
        for name, column in zip(names, values.T, strict=True)
    ]
    caption = f"Combined objectives by {word}, {len(rows)} evaluations that succeeded."
    return Chart(panels, caption)


def _course(numbers: IntArray, values: FloatArray, largest: float) -> Iterator[Series]:
    """Yield middle half, median and best so far of one objective."""
    steps = np.unique(numbers)
    groups = [values[numbers == step] for step in steps]
    low, middle, high = (np.array([np.quantile(g, q) for g in groups]) for q in (0.25, 0.5, 0.75))
    best = np.minimum.accumulate([group.min() for group in groups])
    x = steps.astype(float)
    if max(map(len, groups)) > 2:
        top, bottom = _drawn(high, largest), _drawn(low, largest)
        yield Series(x, top, "middle half", "faint", "band", base=bottom)
    yield Series(x, _drawn(middle, largest), "median", "faint", shown=middle, width=1.2)
    yield Series(x, _drawn(best, largest), "best so far", "good", shown=best, width=2.0)


def _drawn(values: FloatArray, largest: float) -> FloatArray:
    """Return scores as they are drawn on an axis that reaches to the largest."""
    return score_axis(np.append(values, largest))[0][:-1]


def _best_table(results: Results, combined: FloatArray, rows: IntArray) -> Table:
    names = results.names("combined")
    worst = combined.max(axis=1)
    order = rows[np.argsort(worst[rows], kind="stable")]
    seen: dict[tuple[str, ...], int] = {}  # what would read the same is shown once
    for row in order.tolist():
        seen.setdefault(tuple(number(value) for value in combined[row]), row)
        if len(seen) == _BEST:
            break
    cells = [
        (
            str(results.evaluation_records[row]["index"]),
            str(results.evaluation_records[row]["generation"]),
            number(worst[row]),
            *texts,
        )
        for texts, row in seen.items()
    ]
    columns = (
        Column("evaluation", is_number=True),
        Column("generation", is_number=True),
        Column("largest", "SD", is_number=True),
        *(Column(name, "SD", is_number=True) for name in names),
    )
    return Table(columns, cells, "The best by their largest combined objective; one of equals.")


def _pairs(results: Results, names: Sequence[str], combined: FloatArray, rows: IntArray) -> Pairs:
    front = np.intersect1d(results.pareto(), rows)
    best = results.best()
    others = np.setdiff1d(rows, [*front, best])
    front = np.setdiff1d(front, [best])
    parts = [
        others[sampled(len(others), _MOST_POINTS)] if len(others) else others,
        front[sampled(len(front), _MOST_POINTS // 4)] if len(front) else front,
        np.array([best]),
    ]
    shown = np.concatenate(parts).astype(np.int64)
    groups = np.where(shown == best, 2, np.where(np.isin(shown, front), 1, 0))
    values = combined[shown]
    drawn, ticks = score_axis(values)
    numbers = np.array([results.evaluation_records[i]["index"] for i in shown], dtype=np.int64)
    caption = (
        f"Trade-offs: two combined objectives against each other, {len(shown)} of {len(rows)} "
        f"evaluations, among them {int((groups > 0).sum())} of the {len(front) + 1} that no other "
        "beats in every objective."
    )
    return Pairs(
        names,
        drawn,
        values,
        ticks,
        "SD",
        numbers,
        groups,
        ("others", "Pareto front", "best by largest"),
        ("faint", "good", "bad"),
        caption,
    )


def _parallel(results: Results, names: Sequence[str], rows: IntArray) -> Chart:
    front = np.intersect1d(results.pareto(), rows)
    best = results.best()
    front = front[front != best]
    drawn_rows = {
        "others": np.setdiff1d(rows, [*front, best]),
        "Pareto front": front,
        "best by largest": np.array([best]),
    }
    everything = results.combined[rows]
    largest = float(everything.max())
    ticks = score_axis(np.array([largest]))[1]
    series = []
    colours = {"others": "faint", "Pareto front": "good", "best by largest": "bad"}
    for name, own in drawn_rows.items():
        picked = own[sampled(len(own), _MOST_LINES)] if len(own) else own
        if not len(picked):
            continue
        values = results.combined[picked]
        gaps = np.full((len(picked), 1), np.nan)
        x = np.tile(np.append(np.arange(len(names), dtype=float), np.nan), len(picked))
        shown = np.hstack([values, gaps]).ravel()
        y = _drawn(shown, largest)
        numbers = [results.evaluation_records[i]["index"] for i in picked]
        texts = [f"evaluation {n}" for n in numbers for _ in range(len(names) + 1)]
        width = 2.2 if name.startswith("best") else 0.7
        series.append(Series(x, y, name, colours[name], shown=shown, texts=texts, width=width))  # type: ignore[arg-type]
    panel = Panel(
        series,
        Axis(
            "",
            range=(-0.35, len(names) - 0.65),
            ticks=([float(i) for i in range(len(names))], list(names)),
        ),
        Axis("score", "SD", ticks=ticks, from_zero=True),
        height_px=300,
        is_wide=True,
    )
    return Chart([panel], f"One line per evaluation, at most {_MOST_LINES} of each kind.")
