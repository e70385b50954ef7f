"""How a run shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from bouton.errors import ResultsError
from bouton.model.html import Markup, card, table
from bouton.model.views import evaluation_html
from bouton.results.reasons import commonest

if TYPE_CHECKING:
    from bouton.results.reading import Results


def results_html(results: Results) -> str:
    """Return what the run is, how it went, and its best model; a damaged part is named."""
    records = results.evaluation_records
    count = f"{len(records)} evaluation{'' if len(records) == 1 else 's'}"
    title = f"{results.kind}, {results.status}: {count}"
    parts: list[object] = [table(("", ""), _facts(results))]
    if len(records) == 1:
        parts.append(Markup(evaluation_html(results.evaluations[0])))
        return card(title, *parts)
    if reasons := commonest(records):
        rows = [(times, reason) for reason, times in reasons]
        parts.append(table(("failed", "reason"), rows))
    with suppress(ResultsError):  # nothing succeeded, so there is no best one
        row = results.best()
        best = results.evaluations[row]
        parts.append(table((f"best: row {row}", "objective"), best.combined.items()))
        parts.append(table(("parameter", "value"), best.parameters.items()))
    return card(title, *parts)


def _facts(results: Results) -> Iterator[tuple[str, object]]:
    yield "folder", results.path
    with suppress(ResultsError):  # a study that is damaged is said when it is asked for
        yield "study", results.study.get("name", "")
    told = results.provenance
    if told.get("seed") is not None:
        yield "seed", told["seed"]
    for notice in results.notices:
        yield "notice", notice
    parts = ", ".join(results.parts)
    if parts:
        yield "parts", parts
