"""Scores against targets, and features."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bouton.errors import ResultsError
from bouton.model.scores import Evaluation, FeatureValue
from bouton.report.tables import ScoreRow, number, score_rows
from bouton.results import Results
from bouton_plugins.html_report.blocks import (
    Bar,
    Block,
    Column,
    Mark,
    Section,
    Table,
    Text,
    Verdict,
)

ACCEPTED_SD = 2.0
_LONGEST_SD = 8.0


def scores(results: Results) -> Section | None:
    """Return the scores of the only evaluation, or of the best; None if there are none."""
    if not results.names("scores") and not results.names("features"):
        return None
    row = 0
    words = ""
    if len(results.evaluations) > 1:
        if not results.names("scores"):
            return None  # many cells without targets have a table of their own
        try:
            row = results.best()
        except ResultsError:
            return Section("Scores", [Text("No evaluation succeeded.", "warning")])
        words = f" of evaluation {results.evaluation_records[row]['index']}, whose largest "
        words += "combined objective is the smallest of all"
    evaluation = results.evaluations[row]
    blocks = list(_blocks(results, evaluation, words))
    return Section("Scores" if evaluation.scores.scores else "Features", blocks)


def _blocks(results: Results, evaluation: Evaluation, words: str) -> Iterator[Block]:
    rows = score_rows(evaluation.scores, results.targets)
    if rows:
        yield _score_table(rows, words)
    if evaluation.combined:
        yield _combined_table(evaluation, words)
    if evaluation.scores.checks:
        yield _checks(evaluation)
    features = evaluation.scores.features
    if features:
        cells = [(name, _value(one.value), one.unit) for name, one in features.items()]
        columns = (Column("feature"), Column("value", is_number=True), Column("unit"))
        yield Table(columns, cells, f"Features{words} ({len(cells)})", is_folded=bool(rows))


def _score_table(rows: list[ScoreRow], words: str) -> Table:
    finite = [row.score for row in rows if math.isfinite(row.score)]
    longest = min(max([*finite, ACCEPTED_SD * 1.25]), _LONGEST_SD)
    cells = [
        (
            row.objective,
            _value(row.value),
            "" if math.isnan(row.mean) else f"{number(row.mean)} ± {number(row.std)}",
            row.unit,
            "–" if math.isnan(row.score) else f"{row.score:.2f}",
            _bar(row.score, longest),
            _mark(row.score),
        )
        for row in rows
    ]
    columns = (
        Column("objective"),
        Column("value", is_number=True),
        Column("target mean ± SD", is_number=True),
        Column("unit"),
        Column("distance", "SD", is_number=True),
        Column(f"0 to {longest:.3g} SD"),
        Column("verdict"),
    )
    within = sum(row.score <= ACCEPTED_SD for row in rows)
    caption = f"Scores{words}: {within} of {len(rows)} within {ACCEPTED_SD:g} SD of their targets."
    note = (
        "Distance: from the target mean, in target standard deviations, or a penalty where the "
        f"feature could not be taken. The line in each bar is at {ACCEPTED_SD:g} SD."
    )
    return Table(columns, cells, caption, note)


def _combined_table(evaluation: Evaluation, words: str) -> Table:
    cells = [(name, number(value)) for name, value in evaluation.combined.items()]
    columns = (Column("combined objective"), Column("score", "SD", is_number=True))
    return Table(columns, cells, f"Combined objectives{words}, as an optimizer sees them.")


def _checks(evaluation: Evaluation) -> Table:
    words: dict[bool | None, tuple[Verdict, str]] = {
        True: ("good", "holds"),
        False: ("bad", "fails"),
        None: ("none", "not judged"),
    }
    cells = [(name, Mark(*words[holds])) for name, holds in evaluation.scores.checks.items()]
    held = sum(holds is True for holds in evaluation.scores.checks.values())
    caption = f"{held} of {len(cells)} conditions on the traces hold"
    return Table((Column("check"), Column("verdict")), cells, caption, is_folded=True)


def _value(value: FeatureValue) -> str:
    if isinstance(value, tuple):
        shown = ", ".join(map(number, value[:6])) + (", …" if len(value) > 6 else "")
        return shown or "–"
    return "–" if math.isnan(value) else number(value)


def _bar(score: float, longest: float) -> Bar:
    if math.isnan(score):
        return Bar(0.0, "none", ACCEPTED_SD / longest, "not judged")
    verdict: Verdict = "good" if score <= ACCEPTED_SD else "bad"
    part = float(np.clip(score / longest, 0.0, 1.0))
    return Bar(part, verdict, ACCEPTED_SD / longest, f"{score:.2f} SD")


def _mark(score: float) -> Mark:
    if math.isnan(score):
        return Mark("none", "not judged")
    return Mark("good", "within") if score <= ACCEPTED_SD else Mark("bad", "beyond")
