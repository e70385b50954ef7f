"""A run in words and tables, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bouton.errors import ResultsError
from bouton.report.tables import aligned, feature_table, number, score_table
from bouton.results.document import walk_part
from bouton.results.reading import Results
from bouton.results.reasons import commonest

_SHOWN = 10


def run_summary(results: Results) -> str:
    """Return what a run is and what came of it: one evaluation in full, or the best of many."""
    blocks = ["\n".join(_head(results))]
    count = len(results.evaluations)
    if count == 1:
        blocks.append(evaluation_summary(results, 0))
    elif count:
        blocks.append("\n".join(_many(results)))
        blocks += [walk_table(part["walk"])] if (part := walk_part(results)) else []
    if results.parts:
        blocks.append(f"further parts (see --format json): {', '.join(results.parts)}")
    return "\n\n".join(blocks)


def evaluation_summary(results: Results, row: int) -> str:
    """Return one evaluation in full.

    Raises:
        ResultsError: If there is no such row.
    """
    record = results.evaluation_record(row)
    evaluation = results.evaluations[row]
    reason = f" ({evaluation.reason})" if evaluation.reason else ""
    blocks = [f"evaluation {record['index']}: {evaluation.status}{reason}"]
    if evaluation.scores.scores:
        blocks.append(score_table(evaluation.scores, results.targets))
    elif evaluation.scores.features:
        blocks.append(feature_table(evaluation.scores.features))
    failed = [name for name, holds in evaluation.scores.checks.items() if holds is False]
    if failed:
        blocks.append(f"checks that failed: {', '.join(failed)}")
    if evaluation.combined:
        rows = [(name, number(value)) for name, value in evaluation.combined.items()]
        blocks.append(aligned(("combined objective", "score/SD"), rows, right=(1,)))
    if evaluation.timings:
        times = (f"{name} {spent:.2f} s" for name, spent in evaluation.timings.items())
        blocks.append("CPU: " + ", ".join(times))
    return "\n\n".join(blocks)


def walk_table(walk: Mapping[str, Any]) -> str:
    """Return what a random walk did, and how far it got along every parameter."""
    head = (
        f"walk: {walk['accepted']} of {walk['steps']} steps accepted "
        f"({100 * walk['share_accepted']:.0f} %), {walk['n_suggestion']} draws, "
        f"{_counted(walk['particles'], 'particle')} from "
        f"{_counted(walk['seed_points'], 'seed point')}"
    )
    if not walk["steps"]:
        return "walk: no step was taken yet"
    rows = [
        (
            name,
            f"{100 * row['travelled']:.2f}",
            f"{100 * row['displaced']:.2f}",
            f"{100 * row['extent']:.2f}",
            number(row["lowest"]),
            number(row["highest"]),
        )
        for name, row in walk["parameters"].items()
    ]
    headings = ("parameter", "travelled/%", "displaced/%", "extent/%", "lowest", "highest")
    note = "in per cent of the range of each parameter, good models only:"
    return f"{head}\n{note}\n\n{aligned(headings, rows, right=(1, 2, 3, 4, 5))}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _head(results: Results) -> Iterator[str]:
    reason = f" ({results.manifest.reason})" if results.manifest.reason else ""
    yield f"{results.kind}: {results.status}{reason}, begun {results.manifest.created}"
    told = results.provenance
    versions = told.get("versions", {})
    shown = [f"{name} {versions[name]}" for name in ("bouton", "neuron") if name in versions]
    shown += [f"seed {told['seed']}"] if told.get("seed") is not None else []
    if shown:
        yield ", ".join(shown)


def _many(results: Results) -> Iterator[str]:
    counts = Counter(record["status"] for record in results.evaluation_records)
    shares = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    yield f"{len(results.evaluations)} evaluations: {shares}"
    for reason, count in commonest(results.evaluation_records):
        yield f"  {count} failed: {reason}"
    names, combined = results.names("combined"), results.combined
    try:
        results.best()
    except ResultsError:
        return
    yield f"{len(results.pareto())} of them are not beaten by another in every objective"
    yield f"\nbest by largest combined objective (of {len(names)}):\n"
    usable = [record["status"] != "failed" for record in results.evaluation_records]
    worst = np.where(usable, combined.max(axis=1), np.nan)
    order = [i for i in np.argsort(worst, kind="stable")[:_SHOWN] if not np.isnan(worst[i])]
    rows = [
        (
            str(i),
            str(results.evaluation_records[i]["generation"]),
            number(worst[i]),
            names[int(np.argmax(combined[i]))],
            number(combined[i].sum()),
        )
        for i in order
    ]
    headings = ("row", "generation", "largest", "objective", "sum")
    yield aligned(headings, rows, right=(0, 1, 2, 4))
