"""A run as one JSON document, for scripts: what `bouton results show --format json` prints."""

from __future__ import annotations

from typing import Any

from bouton.results.exact_json import strict
from bouton.results.journal import Record
from bouton.results.reading import Results
from bouton.results.store import feature_values

_TAKEN = ("kind", "status", "provenance", "targets", "evaluations", "walk")


def run_document(results: Results, row: int | None = None) -> dict[str, Any]:
    """Return a run as strict JSON data; numbers that are not finite are None.

    Args:
        results: The run.
        row: Only this evaluation; all of them if None.

    Raises:
        ResultsError: If there is no such row.
    """
    records = results.evaluation_records if row is None else [results.evaluation_record(row)]
    parts = {name: data for name, data in results.parts.items() if name not in _TAKEN}
    document: dict[str, Any] = strict(
        {
            "kind": results.kind,
            "status": results.status,
            "provenance": results.provenance,
            "targets": [
                {"objective": t.objective, "mean": t.mean, "std": t.std, "unit": t.unit}
                for t in results.targets
            ],
            "evaluations": [_evaluation(record) for record in records],
            **walk_part(results),
            **parts,
        }
    )
    return document


def walk_part(results: Results) -> dict[str, Any]:
    """Return the part `walk` of an exploration's document; empty for other runs."""
    from bouton.results.walks import walk_of

    is_walk = results.kind == "explore" and results.evaluation_records
    if not is_walk or "seed_point" not in results.evaluation_records[0]["notes"]:
        return {}
    return {"walk": walk_of(results).document()}


def _evaluation(record: Record) -> dict[str, Any]:
    return {
        "index": record["index"],
        "generation": record["generation"],
        "parameters": record["parameters"],
        "features": feature_values(record),
        "units": {name: stored[1] for name, stored in record["features"].items()},
        "scores": record["scores"],
        "checks": record["checks"],
        "combined": record["combined"],
        "status": record["status"],
        "reason": record["reason"],
        "timings": record["timings"],
        "notes": record["notes"],
    }
