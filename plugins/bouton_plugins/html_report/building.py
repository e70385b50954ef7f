"""Which sections a run has: whatever it holds something for, of any job."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bouton.errors import BoutonError
from bouton.report.style import BAD, COLOURS, FAINT, GOOD
from bouton.results import Results
from bouton_plugins.html_report import (
    experiments,
    morphology,
    network,
    overview,
    pools,
    scores,
    search,
    traces,
    walk,
)
from bouton_plugins.html_report.blocks import Document, Section, Text

Builder = Callable[[Results], Section | None]


def document_of(results: Results) -> Document:
    """Return the report of a run; a section that cannot be made says why."""
    versions = results.provenance.get("versions", {})
    made = f"Bouton {versions['bouton']}, " if versions.get("bouton") else ""
    return Document(
        title=overview.title_of(results),
        status=overview.status_mark(results),
        lead=f"{made}{overview.job_of(results)}, {results.manifest.run_id}",
        sections=list(_sections(results)),
        colours={
            **{f"c{number}": colour for number, colour in enumerate(COLOURS)},
            "good": GOOD,
            "bad": BAD,
            "faint": FAINT,
        },
    )


def _sections(results: Results) -> Iterator[Section]:
    row = _row_with_traces(results)
    builders: dict[str, Builder] = {
        "Overview": overview.overview,
        "Scores": scores.scores,
        "Search": search.search,
        "Parameters": search.parameters,
        "Walk": walk.walk,
        "Traces": lambda results: traces.traces(results, row) if row is not None else None,
        "The cell": lambda results: morphology.morphology(results, row),
        "Experiment": experiments.experiment,
        "Network": network.network,
        "Measured cells": pools.measured,
        "Driven pool": pools.driven,
        "Failures and remarks": overview.failures,
        "Study and provenance": overview.provenance,
    }
    for title, build in builders.items():
        try:
            section = build(results)
        except (BoutonError, KeyError, TypeError, ValueError) as error:
            # Half of a run, or one of another version, still has the rest of its report.
            why = f"This section could not be made: {type(error).__name__}: {error}"
            section = Section(title, [Text(why, "warning")])
        if section is not None:
            yield section


def _row_with_traces(results: Results) -> int | None:
    """Return the first evaluation that kept its traces."""
    rows = (i for i, record in enumerate(results.evaluation_records) if record["traces"])
    return next(rows, None)
