"""Evaluations as journal records, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import asdict

from bouton.errors import ResultsError
from bouton.model.scores import Evaluation, Feature, FeatureValue, Scores, Target
from bouton.results.journal import Record

EVALUATION = "evaluation"


def evaluation_record(
    evaluation: Evaluation,
    index: int,
    generation: int = 0,
    *,
    notes: Mapping[str, Any] | None = None,
    traces: str = "",
) -> Record:
    """Return the journal record of an evaluation; traces are only named, not held.

    Args:
        evaluation: What to record.
        index: Number within the run, 0, 1, ...
        generation: Number of the generation that it belongs to.
        notes: Columns that an optimizer wants beside the candidate.
        traces: File with its traces, relative to the run directory.
    """
    return {
        "kind": EVALUATION,
        "index": index,
        "generation": generation,
        "parameters": dict(evaluation.parameters),
        "features": {
            key: [feature.value, feature.unit, *([feature.name] if feature.name != key else [])]
            for key, feature in evaluation.scores.features.items()
        },
        "scores": dict(evaluation.scores.scores),
        "checks": dict(evaluation.scores.checks),
        "combined": dict(evaluation.combined),
        "status": evaluation.status,
        "reason": evaluation.reason,
        "timings": dict(evaluation.timings),
        "notes": dict(notes or {}),
        "traces": traces,
    }


def evaluation_from_record(record: Mapping[str, Any]) -> Evaluation:
    """Return the evaluation of a record, without traces.

    Raises:
        ResultsError: If it is not the record of an evaluation.
    """
    try:
        return Evaluation(
            parameters={key: _tuples(value) for key, value in record["parameters"].items()},
            scores=Scores(
                {key: _feature(key, value) for key, value in record["features"].items()},
                dict(record["scores"]),
                dict(record["checks"]),
            ),
            combined=dict(record["combined"]),
            status=record["status"],
            reason=record["reason"],
            timings=dict(record["timings"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultsError(
            f"record {record.get('seq', '?')} of kind {record.get('kind')!r} is not an evaluation "
            f"({error!r})"
        ) from error


def start_record(targets: Iterable[Target] = (), **details: Any) -> Record:  # noqa: ANN401
    """Return the record that opens a run: targets and whatever a job must know to go on.

    Args:
        targets: What the objectives aim at; kept so that tables need no study.
        **details: JSON-ready facts, such as names and bounds of the search space.
    """
    return {"kind": "start", "targets": [asdict(target) for target in targets], **details}


def part_record(name: str, data: Any) -> Record:  # noqa: ANN401
    """Return a record of a named part of the results, such as `experiment` or `network`.

    The last part of a name wins; `bouton results show --format json` shows it under its name.
    """
    return {"kind": "part", "name": name, "data": data}


def scientific_content(record: Mapping[str, Any]) -> Record:
    """Return a record without what may differ between equal runs: run id and timings."""
    return {key: value for key, value in record.items() if key not in ("run", "timings")}


def _feature(key: str, stored: list[Any]) -> Feature:
    value: FeatureValue = _tuples(stored[0])
    return Feature(stored[2] if len(stored) > 2 else key, value, stored[1])


def _tuples(value: Any) -> Any:  # noqa: ANN401
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
