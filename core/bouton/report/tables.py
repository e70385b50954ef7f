"""Features and scores as tables for people, and as CSV."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from bouton.model.scores import Feature, FeatureValue, Scores, Target
from bouton.results.exact_json import encode
from bouton.results.exporting import csv_text


@frozen
class ScoreRow:
    """One objective, with what it was compared with.

    Attributes:
        objective: Name.
        feature: Name of the feature in the field's terms; may be empty.
        value: Raw value, nan if it could not be taken.
        unit: Its unit.
        mean: Target mean, nan without a target.
        std: Target standard deviation, nan without a target.
        score: Distance in standard deviations, or a penalty; nan if it was not judged.
    """

    objective: str
    feature: str
    value: FeatureValue
    unit: str
    mean: float
    std: float
    score: float


def score_rows(scores: Scores, targets: Iterable[Target] = ()) -> list[ScoreRow]:
    """Return one row per target, then one per score without a target."""
    known = {target.objective: target for target in targets}
    names = dict.fromkeys([*known, *scores.scores])
    return [_row(name, known.get(name), scores) for name in names]


def score_table(scores: Scores, targets: Iterable[Target] = ()) -> str:
    """Return objective, value, target and score, aligned, for a terminal or a file."""
    rows = [
        (row.objective, *_quantity(row.value, row.unit), _target(row), _score(row.score))
        for row in score_rows(scores, targets)
    ]
    return aligned(("objective", "value", "unit", "target", "score/SD"), rows, right=(1, 4))


def feature_table(features: Mapping[str, Feature]) -> str:
    """Return feature, value and unit, aligned."""
    rows = [(name, *_quantity(item.value, item.unit)) for name, item in features.items()]
    return aligned(("feature", "value", "unit"), rows, right=(1,))


def scores_csv(scores: Scores, targets: Iterable[Target] = ()) -> str:
    """Return a CSV table: objective, feature, value, unit, mean, std (same unit), score in SD."""
    header = ("objective", "feature", "value", "unit", "target_mean", "target_std", "score_SD")
    rows = [
        (
            r.objective,
            r.feature,
            _cell(r.value),
            r.unit,
            _cell(r.mean),
            _cell(r.std),
            _cell(r.score),
        )
        for r in score_rows(scores, targets)
    ]
    return csv_text(header, rows)


def features_csv(features: Mapping[str, Feature]) -> str:
    """Return a CSV table: feature, value, unit."""
    rows = [(name, _cell(item.value), item.unit) for name, item in features.items()]
    return csv_text(("feature", "value", "unit"), rows)


def aligned(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> str:
    """Return rows as aligned columns under a heading and a line."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    rule = ["─" * width for width in widths]
    lines = [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [headings, rule, *rows]
    ]
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number with four significant digits; `-` for nan."""
    return "-" if math.isnan(value) else f"{value:.4g}"


def _row(name: str, target: Target | None, scores: Scores) -> ScoreRow:
    feature = _feature(name, target, scores.features)
    return ScoreRow(
        objective=name,
        feature=target.feature if target else "",
        value=feature.value if feature else math.nan,
        unit=(feature.unit if feature else "") or (target.unit if target else ""),
        mean=target.mean if target else math.nan,
        std=target.std if target else math.nan,
        score=scores.scores.get(name, math.nan),
    )


def _feature(name: str, target: Target | None, features: Mapping[str, Feature]) -> Feature | None:
    """Return the raw feature of an objective, under the names that extractors give it."""
    field_name = target.feature if target else ""
    for key in (name, f"{name}.raw", field_name):
        if key in features:
            return features[key]
    return None


def _quantity(value: FeatureValue, unit: str) -> tuple[str, str]:
    if isinstance(value, tuple):
        shown = ", ".join(map(number, value[:4])) + (", ..." if len(value) > 4 else "")
        return (shown or "-", unit)
    return (number(value), unit)


def _target(row: ScoreRow) -> str:
    return "" if math.isnan(row.mean) else f"{number(row.mean)} ± {number(row.std)}"


def _score(score: float) -> str:
    return "-" if math.isnan(score) else f"{score:.2f}"


def _cell(value: FeatureValue) -> str:
    if isinstance(value, tuple):
        return encode(list(value))
    return "" if math.isnan(value) else repr(float(value))
