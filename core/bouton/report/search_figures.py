"""What a fit or an exploration found: objectives, distances, parameters, walks, models."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.traces import Response
from bouton.report.style import BAD, BAND, COLOURS, FAINT, GOOD, INK, new_figure, styled
from bouton.report.trace_figures import Line, lines_of, window_ms
from bouton.results.reading import Results
from bouton.results.walks import Walk, search_space_of, unit_vectors, walk_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACCEPTED_SD = 2.0
_LINEAR_SD = 1.0
_BLOCKS = 20
_DENSE = 40
_NAMED = 6
_MOST_POINTS = 400
_MOST_WALKS = 12
_DASHES = (0, (4, 3))


@styled
def objectives_figure(results: Results) -> Figure:
    """Return a panel per combined objective: best so far, median and middle half by generation.

    A search without generations (steady state) is cut into equal blocks of evaluations.

    Raises:
        ResultsError: If no evaluation succeeded.
        MissingDependencyError: If Matplotlib is not installed.
    """
    rows, numbers, unit = _groups(results)
    names, values = results.names("combined"), results.combined[rows]
    columns = min(3, len(names))
    figure = new_figure(0.5 + 1.65 * math.ceil(len(names) / columns))
    grid = figure.subplots(
        math.ceil(len(names) / columns), columns, squeeze=False, sharex=True, sharey=True
    ).ravel()
    for axes, name, column in zip(grid, names, values.T, strict=False):
        _course(axes, numbers, column)
        axes.set_title(name)
    for axes in grid[len(names) :]:
        axes.set_axis_off()
    for axes in grid[max(0, len(names) - columns) : len(names)]:
        axes.set_xlabel(unit)
        axes.tick_params(labelbottom=True)
    for axes in grid[::columns]:
        axes.set_ylabel("score (SD)")
    _sd_axis(grid[0], values, "y")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


@styled
def distances_figure(results: Results, rows: Sequence[int], what: str = "") -> Figure:
    """Return a box per objective: distance to the empirical mean in SD over chosen rows.

    Boxes hold the middle half, whiskers all; a dot is the best of the chosen.

    Args:
        results: The run.
        rows: Which evaluations; failed ones are left out.
        what: Words for the chosen rows, for the label of the axis.

    Raises:
        ResultsError: If none of the rows has scores.
        MissingDependencyError: If Matplotlib is not installed.
    """
    records = results.evaluation_records
    chosen = [row for row in rows if records[row]["status"] != "failed"]
    names, scores = results.names("scores"), results.array("scores")[chosen]
    if not scores.size or np.isnan(scores).all():
        raise ResultsError(f"{results.path}: none of the chosen evaluations has scores")
    figure = new_figure(1.0 + 0.22 * len(names), 5.4)
    axes = figure.subplots()
    axes.axvspan(0.0, _ACCEPTED_SD, color=BAND, linewidth=0, zorder=0)
    best = int(np.argmin(results.combined[chosen].max(axis=1)))
    for y, column in enumerate(scores.T):
        finite = column[np.isfinite(column)]
        if len(finite):
            _box(axes, y, finite)
            axes.plot(column[best], y, "o", color=BAD, markersize=3.5, zorder=4)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    _sd_axis(axes, scores, "x")
    number = f"{len(chosen)} {what or 'evaluations'}"
    axes.set_xlabel(f"distance to the empirical mean (SD)\n{number}; dot: the best one")
    return figure


@styled
def spread_figure(
    results: Results, rows: Sequence[int], seeds: Sequence[int] = (), what: str = ""
) -> Figure:
    """Return where chosen models lie within the range of every parameter, seeds marked.

    Args:
        results: A fit or an exploration.
        rows: Which evaluations.
        seeds: Rows of the models that the search began with.
        what: Words for the chosen rows, for the label of the axis.

    Raises:
        ResultsError: If the run is no search, or no row is given.
        MissingDependencyError: If Matplotlib is not installed.
    """
    space = search_space_of(results)
    if not len(rows):
        raise ResultsError(f"{results.path}: no model to draw")
    units = unit_vectors(results, space)
    figure = new_figure(0.9 + 0.17 * space.dimensions, 6.4)
    axes = figure.subplots()
    drawn = np.asarray(rows)[
        np.linspace(0, len(rows) - 1, min(len(rows), _MOST_POINTS)).astype(int)
    ]
    # Spread over the height of the row by a fixed sequence, so that equal runs look equal.
    jitter = 0.3 * (2 * np.modf(np.arange(len(drawn)) * 0.618033988749895)[0] - 1)
    for y in range(space.dimensions):
        axes.axhspan(y - 0.38, y + 0.38, color=BAND, linewidth=0, zorder=0)
        chosen = units[list(rows), y]
        axes.hlines(y, chosen.min(), chosen.max(), color=GOOD, linewidth=4, alpha=0.25)
        axes.plot(units[drawn, y], y + jitter, ".", color=GOOD, markersize=2.5, alpha=0.5)
    for number, row in enumerate(seeds):
        label = "where the search began" if number == 0 else None
        axes.plot(
            units[row], range(space.dimensions), "|", color=BAD, zorder=4,
            markersize=9, markeredgewidth=1.2, label=label,
        )  # fmt: skip
    axes.set_yticks(range(space.dimensions), space.names)
    axes.set_ylim(space.dimensions - 0.4, -0.6)
    axes.set_xlim(-0.01, 1.01)
    axes.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0], ["lower\nbound", "", "", "", "upper\nbound"])
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="y", labelsize=6.5)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{len(rows)} {what or 'models'} within the range of each parameter")
    if len(seeds):
        figure.legend(loc="outside upper right")
    return figure


@styled
def walk_figure(results: Results) -> Figure:
    """Return how far an exploration got: range of each parameter, and distance from the seed.

    Raises:
        ResultsError: If the run is no exploration or took no step.
        MissingDependencyError: If Matplotlib is not installed.
    """
    walk = walk_of(results)
    if not walk.rows:
        raise ResultsError(f"{results.path}: the walk took no step yet")
    figure = new_figure(2.9)
    left, right = figure.subplots(1, 2)
    _extents(left, walk)
    for number, path in enumerate(walk.paths[:_MOST_WALKS]):
        away = np.linalg.norm(path.units - path.units[0], axis=1)
        last = len(walk.rows) // len(walk.paths)
        steps, places = np.append(path.steps, last), np.append(away, away[-1])
        colour = COLOURS[number % len(COLOURS)]
        right.step(steps, places, where="post", color=colour, label=f"particle {path.particle}")
    right.set_xlabel("step")
    right.set_ylabel("distance from the seed model")
    right.set_title(f"{100 * walk.share_accepted:.0f} % of {len(walk.rows)} steps accepted")
    right.set_ylim(bottom=0.0)
    if 1 < len(walk.paths) <= 7:
        right.legend(loc="upper left", fontsize=6.5)
    _whole_numbers(left)
    _whole_numbers(right)
    return figure


@styled
def models_figure(responses: Mapping[int, Mapping[str, Response]], highlight: int) -> Figure:
    """Return the traces of several models on top of each other, one of them highlighted.

    Args:
        responses: Row -> traces by protocol, such as `bouton.jobs.rerunning.rerun` gives.
        highlight: The row that stands out.

    Raises:
        ResultsError: If there is nothing to draw, or no traces of the highlighted row.
        MissingDependencyError: If Matplotlib is not installed.
    """
    if highlight not in responses:
        raise ResultsError(f"there are no traces of row {highlight} to highlight")
    panels = [
        (protocol, line.label)
        for protocol, response in responses[highlight].items()
        for line in _voltages(response)
    ]
    if not panels:
        raise ResultsError("there are no traces to draw")
    columns = min(len(panels), 3)
    n_rows = math.ceil(len(panels) / columns)
    figure = new_figure(0.45 + 1.8 * n_rows)
    grid = figure.subplots(n_rows, columns, squeeze=False).ravel()
    others = [row for row in responses if row != highlight]
    for axes, (protocol, label) in zip(grid, panels, strict=False):
        for row in [*others, highlight]:
            own = responses[row].get(protocol)
            for line in _voltages(own) if own is not None else ():
                if line.label == label:
                    _trace(axes, line, row == highlight)
        _dress(axes, responses[highlight][protocol], f"{protocol}, {label}")
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    for axes in grid[: len(panels) : columns]:
        axes.set_ylabel("membrane potential (mV)")
    text = f"row {highlight}" + (f", and {len(others)} others in grey" if others else "")
    figure.suptitle(text, x=0.01, ha="left", fontsize=8)
    return figure


def _groups(results: Results) -> tuple[IntArray, IntArray, str]:
    """Return rows that succeeded, the group of each, and what a group is called."""
    records = results.evaluation_records
    usable = np.array([record["status"] != "failed" for record in records], dtype=bool)
    rows = np.flatnonzero(usable & np.isfinite(results.combined).all(axis=1))
    if not len(rows):
        raise ResultsError(f"{results.path}: no evaluation succeeded, nothing to draw")
    generations = np.array([records[i]["generation"] for i in rows], dtype=np.int64)
    if generations.max() > 0:
        return rows, generations, "step" if results.kind == "explore" else "generation"
    size = max(1, math.ceil(len(records) / _BLOCKS))
    return rows, (rows // size + 1) * size, "evaluations"


def _course(axes: Axes, numbers: IntArray, values: FloatArray) -> None:
    groups = [values[numbers == number] for number in np.unique(numbers)]
    x = np.unique(numbers)
    low, middle, high = (np.array([np.quantile(g, q) for g in groups]) for q in (0.25, 0.5, 0.75))
    best = np.minimum.accumulate([group.min() for group in groups])
    axes.axhline(
        _ACCEPTED_SD, color=BAD, linewidth=0.6, linestyle=_DASHES, label=f"{_ACCEPTED_SD:g} SD"
    )
    if max(map(len, groups)) > 2:
        axes.fill_between(x, low, high, color=BAND, linewidth=0, label="middle half")
    width, dot = (0.6, "") if len(x) > _DENSE else (1.0, ".")
    axes.plot(
        x, middle, color=FAINT, label="median", linewidth=width, marker="." if len(x) == 1 else ""
    )
    axes.plot(x, best, color=GOOD, label="best so far", marker=dot, markersize=3)
    if len(x) < _BLOCKS:
        _whole_numbers(axes)


def _sd_axis(axes: Axes, values: FloatArray, which: str) -> None:
    """Make an axis of scores: linear up to 1 SD, logarithmic beyond if scores spread that far."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    largest = float(np.nanmax(values)) if np.isfinite(values).any() else _ACCEPTED_SD
    axis = axes.yaxis if which == "y" else axes.xaxis
    limit = axes.set_ylim if which == "y" else axes.set_xlim
    if largest <= 10.0:
        axis.set_major_locator(MaxNLocator(5))
        limit(0.0, 1.04 * max(largest, _ACCEPTED_SD * 1.1))
        return
    scale = axes.set_yscale if which == "y" else axes.set_xscale
    scale("symlog", linthresh=_LINEAR_SD, linscale=0.5)
    ticks = [t for t in (0, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000) if t <= largest * 1.5]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    limit(0.0, largest * 1.3)


def _box(axes: Axes, y: int, values: FloatArray) -> None:
    low, first, middle, third, high = np.quantile(values, [0.0, 0.25, 0.5, 0.75, 1.0])
    axes.hlines(y, low, high, color=FAINT, linewidth=0.7, zorder=2)
    axes.barh(y, third - first, left=first, height=0.56, color=GOOD, alpha=0.55, zorder=3)
    axes.vlines(middle, y - 0.28, y + 0.28, color=INK, linewidth=1.2, zorder=4)


def _extents(axes: Axes, walk: Walk) -> None:
    """Draw the explored part of each range after every step, the widest ones by name."""
    good = np.flatnonzero(walk.inside)
    low = np.minimum.accumulate(walk.units[good], axis=0)
    high = np.maximum.accumulate(walk.units[good], axis=0)
    per_step = max(1, len(walk.paths))
    steps = np.maximum(0, good - len(walk.seeds)) // per_step + (good >= len(walk.seeds))
    extent = 100 * (high - low)
    order = np.argsort(-extent[-1], kind="stable")
    last = len(walk.rows) // per_step
    for rank, column in enumerate(order):
        is_named = rank < _NAMED
        axes.step(
            np.append(steps, last), np.append(extent[:, column], extent[-1, column]), where="post",
            color=COLOURS[rank % len(COLOURS)] if is_named else "#c9c9c9",
            linewidth=1.0 if is_named else 0.5, zorder=3 if is_named else 2,
            label=walk.space.names[column] if is_named else None,
        )  # fmt: skip
    axes.set_xlabel("step")
    axes.set_ylabel("explored part of the range (%)")
    axes.set_ylim(0.0, max(1e-9, float(extent[-1].max())) * 1.75)
    axes.legend(loc="upper left", fontsize=6, labelspacing=0.25, handlelength=1.2)


def _voltages(response: Response) -> Iterable[Line]:
    return (line for line in lines_of(response) if line.unit == "mV")


def _trace(axes: Axes, line: Line, is_highlighted: bool) -> None:
    colour, width = (COLOURS[1], 1.1) if is_highlighted else ("#9a9a9a", 0.55)
    axes.plot(
        line.t_ms, line.values, color=colour, linewidth=width, zorder=3 if is_highlighted else 2
    )


def _dress(axes: Axes, response: Response, title: str) -> None:
    description = response.description
    axes.set_xlim(*window_ms(response))
    if description.stimulus_ms > 0:
        end = description.onset_ms + description.stimulus_ms
        axes.axvspan(description.onset_ms, end, color=BAND, linewidth=0, zorder=0)
    axes.set_title(title, fontsize=8)
    axes.set_xlabel("time (ms)")


def _whole_numbers(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
