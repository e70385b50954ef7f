"""What there is in a compiled network, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from bouton.model.morphology import FloatArray, IntArray
from bouton_plugins.reconstruction.tissue import PlacedPopulation, StoredConnections, Tissue


def summary(tissue: Tissue) -> dict[str, Any]:
    """Return counts, degrees and contact distances, JSON-ready."""
    return {
        "name": str(tissue.config.get("name", "")),
        "seed": tissue.seed,
        "digest": tissue.digest,
        "populations": [_population(population) for population in tissue.populations],
        "connections": [_connections(tissue, one) for one in tissue.connections],
        "morphologies": [
            {"name": name, "sections": len(shape), "labels": list(shape.labels)}
            for name, shape in tissue.morphologies.items()
        ],
        "simulations": list(tissue.config.get("simulations") or {}),
    }


def degrees(tissue: Tissue, one: StoredConnections) -> tuple[IntArray, IntArray]:
    """Return the number of different senders of each receiving cell, and the reverse."""
    pairs = np.unique(np.stack([one.source, one.target]), axis=1)
    out = np.bincount(pairs[0], minlength=len(tissue.population(one.pre)))
    into = np.bincount(pairs[1], minlength=len(tissue.population(one.post)))
    return into, out


def _population(population: PlacedPopulation) -> dict[str, Any]:
    found: dict[str, Any] = {"name": population.name, "count": len(population)}
    if population.morphologies:
        found["morphologies"] = list(population.morphologies)
    if len(population):
        low, high = population.positions.min(axis=0), population.positions.max(axis=0)
        found["from_um"], found["to_um"] = np.round(low, 3).tolist(), np.round(high, 3).tolist()
    return found


def _connections(tissue: Tissue, one: StoredConnections) -> dict[str, Any]:
    into, out = degrees(tissue, one)
    autapses = int((one.source == one.target).sum()) if one.pre == one.post else 0
    return {
        "name": one.name,
        "pre": one.pre,
        "post": one.post,
        "count": len(one),
        "pairs": int(into.sum()),
        "self_contacts": autapses,
        "in_degree": _spread(into),
        "out_degree": _spread(out),
        "distance_um": _spread(one.distance_um[np.isfinite(one.distance_um)]),
    }


def _spread(values: IntArray | FloatArray) -> dict[str, float] | None:
    if not len(values):
        return None
    return {
        "min": round(float(values.min()), 3),
        "median": round(float(np.median(values)), 3),
        "mean": round(float(values.mean()), 3),
        "max": round(float(values.max()), 3),
    }
