"""Scores in standard deviations, and the way a search took."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.scores import Scores, Target
from bouton.report.style import BAD, BAND, FAINT, GOOD, INK, new_figure, styled
from bouton.report.tables import score_rows
from bouton.results.reading import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACCEPTED_SD = 2.0
_LONGEST_SD = 8.0


@styled
def scores_figure(scores: Scores, targets: Iterable[Target] = ()) -> Figure:
    """Return a bar per objective in standard deviations; the band is what 2 SD allow.

    Every bar carries its number; those beyond 8 SD are cut there and marked with ».

    Raises:
        ResultsError: If there are no scores.
        MissingDependencyError: If Matplotlib is not installed.
    """
    from matplotlib.ticker import MaxNLocator

    rows = score_rows(scores, targets)
    if not rows:
        raise ResultsError("there are no scores to draw")
    figure = new_figure(0.8 + 0.2 * len(rows), 5.4)
    axes = figure.subplots()
    axes.axvspan(0.0, _ACCEPTED_SD, color=BAND, linewidth=0, zorder=0)
    for y, row in enumerate(rows):
        _bar(axes, y, row.score)
    axes.set_yticks(range(len(rows)), [row.objective for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    finite = [row.score for row in rows if not math.isnan(row.score)]
    longest = min(max([*finite, _ACCEPTED_SD]), _LONGEST_SD)
    axes.set_xlim(0.0, longest * 1.02)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("distance to the target mean (SD); shaded: within 2 SD")
    return figure


@styled
def progress_figure(results: Results) -> Figure:
    """Return best and median of the largest combined objective by generation.

    Raises:
        ResultsError: If no evaluation succeeded.
        MissingDependencyError: If Matplotlib is not installed.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    generations, largest = _by_generation(results)
    if not len(largest):
        raise ResultsError(f"{results.path}: no evaluation succeeded, nothing to draw")
    numbers = np.unique(generations)
    groups = [largest[generations == number] for number in numbers]
    figure = new_figure(2.6, 5.4)
    axes = figure.subplots()
    low, middle, high = (
        np.array([np.quantile(group, q) for group in groups]) for q in (0.25, 0.5, 0.75)
    )
    best = np.minimum.accumulate([group.min() for group in groups])
    axes.fill_between(numbers, low, high, color=BAND, linewidth=0, label="middle half")
    axes.plot(numbers, middle, color=FAINT, label="median of the generation")
    axes.plot(numbers, best, color=GOOD, label="best so far", marker=".", markersize=4)
    axes.axhline(_ACCEPTED_SD, color=BAD, linewidth=0.6, linestyle=(0, (4, 3)), label="2 SD")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("generation")
    axes.set_ylabel("largest objective (SD)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right", ncols=2)
    return figure


def _by_generation(results: Results) -> tuple[IntArray, FloatArray]:
    records = results.evaluation_records
    combined = results.combined
    largest = combined.max(axis=1) if combined.shape[1] else np.full(len(records), np.nan)
    usable = np.array([record["status"] != "failed" for record in records], dtype=bool)
    usable &= np.isfinite(largest) & (largest > 0)
    generations = np.array([record["generation"] for record in records], dtype=np.int64)
    return generations[usable], largest[usable]


def _bar(axes: Axes, y: int, score: float) -> None:
    if math.isnan(score):
        axes.text(0.05, y, "not judged", va="center", fontsize=6.5, color=FAINT)
        return
    shown = min(score, _LONGEST_SD)
    axes.barh(y, shown, height=0.62, color=GOOD if score <= _ACCEPTED_SD else BAD, linewidth=0)
    axes.annotate(
        f"{score:.2f}" if score <= _LONGEST_SD else f"{score:.3g} »",
        (shown, y), xytext=(3, 0), textcoords="offset points",
        va="center", fontsize=6.5, color=INK, annotation_clip=False,
    )  # fmt: skip
