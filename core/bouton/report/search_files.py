"""The figures of a fit or an exploration, written into its directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bouton.errors import BoutonError, MissingDependencyError, ResultsError
from bouton.model.traces import Response
from bouton.results.directory import FIGURES_NAME
from bouton.results.reading import Results
from bouton.results.walks import walk_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODELS = 8
SEARCHES = ("fit", "explore")


def write_search_figures(
    folder: Path | str, *, models: int = MODELS, notes: list[str] | None = None
) -> list[Path]:
    """Write the figures of a fit or an exploration into `figures/`; what cannot be drawn is noted.

    Args:
        folder: Run directory.
        models: How many models are simulated again for the figure of traces; 0 for none.
        notes: Gets a sentence for each figure that could not be made.

    Returns:
        The files written.

    Raises:
        ResultsError: If it is no such run.
        MissingDependencyError: If Matplotlib is not installed.
    """
    results = Results.open(folder)
    if results.kind not in SEARCHES:
        raise ResultsError(f"{results.path} holds a {results.kind} run, no fit and no exploration")
    _check_matplotlib()
    missing = notes if notes is not None else []
    written = []
    for name, make in _figures(results, models):
        from bouton.report.style import save

        try:
            written.append(save(make(), results.path / FIGURES_NAME / f"{name}.png"))
        except BoutonError as error:
            missing.append(f"no figure {name}: {error}")
    return written


def chosen_rows(results: Results) -> tuple[list[int], str]:
    """Return the models that figures compare, and words for them.

    The models inside the limits of an exploration; of a fit the successful ones of the last
    complete generation, or the last fifth if it has none.
    """
    records = results.evaluation_records
    if results.kind == "explore":
        inside = [i for i, record in enumerate(records) if record["notes"].get("inside")]
        return inside, "models inside the limits"
    usable = [i for i, record in enumerate(records) if record["status"] != "failed"]
    # Of a stopped evaluation some scores are penalties, so it is shown only for want of others.
    whole = [i for i in usable if records[i]["status"] == "ok"]
    complete = [int(record["generation"]) for record in results.of_kind("generation")]
    if complete:
        last = max(complete)
        own = [i for i in usable if records[i]["generation"] == last]
        words = "models of the last generation"
        return [i for i in own if i in set(whole)] or own, words
    return (whole or usable)[-max(1, len(records) // 5) :], "models, the latest"


def telling_rows(results: Results, count: int) -> tuple[list[int], int]:
    """Return rows whose traces are worth showing, and the one to highlight.

    Of a fit the best one, highlighted, then the Pareto front, then others, good ones first; of an
    exploration good models evenly along the walk, its seed model highlighted.

    Raises:
        ResultsError: If no evaluation succeeded.
    """
    records = results.evaluation_records
    if results.kind == "explore":
        walk = walk_of(results)
        inside = np.flatnonzero(walk.inside).tolist()
        if not inside:
            raise ResultsError(f"{results.path}: no model is inside the limits")
        picked = np.linspace(0, len(inside) - 1, min(count, len(inside))).astype(int)
        return list(dict.fromkeys(inside[i] for i in picked)), inside[0]
    best = results.best()
    # One of equal candidates is enough, and failures have no traces.
    own = [
        i
        for i, record in enumerate(records)
        if record["status"] != "failed" and "duplicate_of" not in record["notes"]
    ]
    front, worst = {int(row) for row in results.pareto()}, results.combined.max(axis=1)
    ranked = sorted(own, key=lambda row: (row not in front, float(worst[row])))
    return list(dict.fromkeys([best, *ranked]))[:count], best


def _figures(results: Results, models: int) -> Iterator[tuple[str, Callable[[], Figure]]]:
    from bouton.report import figures, search_figures

    rows, words = chosen_rows(results)
    yield "objectives", lambda: search_figures.objectives_figure(results)
    if results.kind == "fit":
        yield "progress", lambda: figures.progress_figure(results)
    else:
        yield "walk", lambda: search_figures.walk_figure(results)
    yield "distances", lambda: search_figures.distances_figure(results, rows, words)
    seeds = seed_rows(results)
    yield "parameters", lambda: search_figures.spread_figure(results, rows, seeds, words)
    if models > 0 and results.study.get("cell") is not None:  # a network has no traces of a cell
        yield "models", lambda: _models(results, models)


def seed_rows(results: Results) -> list[int]:
    """Return the rows of the models that an exploration began with."""
    return list(walk_of(results).seeds) if results.kind == "explore" else []


def _models(results: Results, count: int) -> Figure:
    from bouton.jobs.rerunning import check_reproduced, rerun
    from bouton.report.search_figures import models_figure

    rows, highlight = telling_rows(results, count)
    again = rerun(results, rows)
    check_reproduced(again)
    responses: dict[int, Mapping[str, Response]] = {
        one.row: one.evaluation.responses for one in again if one.evaluation is not None
    }
    return models_figure(responses, highlight)


def _check_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "figures need Matplotlib; install it with `pip install 'bouton[plot]'`"
        ) from error
