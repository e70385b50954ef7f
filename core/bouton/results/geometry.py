"""The shape of the cell of a run, kept beside its traces so that pictures need nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from bouton.errors import ResultsError
from bouton.model.compartments import Compartments
from bouton.model.morphology import Morphology, Section

MORPHOLOGY_NAME = "morphology.json"
_DECIMALS = 4  # of a micrometre; pictures need no more


def geometry_text(compartments: Compartments) -> str:
    """Return a cell's shape as JSON text: points in um, and the number of segments."""
    sections = [
        {
            "name": section.name,
            "labels": list(section.labels),
            "parent": section.parent,
            "parent_x": section.parent_x,
            "points_um": np.round(section.points, _DECIMALS).tolist(),
            "nseg": int(nseg),
        }
        for section, nseg in zip(compartments.morphology.sections, compartments.nseg, strict=True)
    ]
    return json.dumps({"name": compartments.morphology.name, "sections": sections})


def read_geometry(folder: Path) -> Compartments | None:
    """Return the cell's shape of a run, None if the run has none.

    Raises:
        ResultsError: If the file is damaged.
    """
    path = folder / MORPHOLOGY_NAME
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        sections = tuple(_section(row) for row in stored["sections"])
        nseg = np.array([row["nseg"] for row in stored["sections"]], dtype=np.int64)
        return Compartments(Morphology(stored["name"], sections), nseg)
    except (ValueError, KeyError, TypeError) as error:
        raise ResultsError(f"{path} is damaged ({error}); run again to have it anew") from error


def _section(row: dict[str, Any]) -> Section:
    return Section(
        row["name"], tuple(row["labels"]), row["parent"], row["parent_x"], row["points_um"]
    )
