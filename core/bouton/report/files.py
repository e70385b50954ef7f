"""Every table and figure of one run, written into its directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bouton.errors import MissingDependencyError
from bouton.report.tables import features_csv, scores_csv
from bouton.results.atomic import write_atomic
from bouton.results.geometry import read_geometry
from bouton.results.reading import Results

_MOVIE = "every segment"


def write_report_files(folder: Path | str, *, figures: bool = True) -> list[Path]:
    """Write `features.csv`, `scores.csv` and the figures of a run of one evaluation.

    Args:
        folder: Run directory.
        figures: Whether to make figures.

    Returns:
        The files written.

    Raises:
        MissingDependencyError: If figures are wanted and matplotlib is missing; the tables are
            written all the same.
    """
    results = Results.open(folder)
    written = list(_tables(results))
    if figures:
        written += _figures(results)
    return written


def _tables(results: Results) -> Iterator[Path]:
    scores = results.evaluations[0].scores
    texts = {"features.csv": features_csv(scores.features)}
    if scores.scores:
        texts["scores.csv"] = scores_csv(scores, results.targets)
    for name, text in texts.items():
        path = results.path / name
        write_atomic(path, text.encode("utf-8"))
        yield path


def _figures(results: Results) -> Iterator[Path]:
    try:
        from bouton.report import figures
    except ImportError as error:
        raise MissingDependencyError(
            "figures need matplotlib: install bouton[plot], or run with --no-figures"
        ) from error
    responses = results.responses(0) if results.evaluation_records[0]["traces"] else {}
    folder = results.path / "figures"
    if responses:
        yield figures.save(figures.traces_figure(responses), folder / "traces.png")
    scores = results.evaluations[0].scores
    if scores.scores:
        yield figures.save(figures.scores_figure(scores, results.targets), folder / "scores.png")
    compartments = read_geometry(results.path)
    for name, response in responses.items():
        if compartments is not None and any(trace.name == _MOVIE for trace in response):
            figure = figures.movie_figure(compartments, response, response[_MOVIE])
            yield figures.save(figure, folder / f"morphology-{name}.png")
