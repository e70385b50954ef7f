"""Morphologies in HDF5, exact: every field of every section comes back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from bouton.errors import MorphologyError, ResultsError
from bouton.model.morphology import Morphology, Section
from bouton.results.hdf5_nodes import (
    child_group,
    node_name,
    read_array,
    read_json,
    write_array,
    write_json,
)

_STORED = ("name", "labels", "parent", "parent_x")
_EXTRAS = tuple(f.name for f in attrs.fields(Section) if f.name not in (*_STORED, "points"))


def section_rows(morphology: Morphology) -> list[dict[str, Any]]:
    """Return everything about the sections but their points, JSON-ready, defaults left out."""
    defaults = {f.name: f.default for f in attrs.fields(Section)}
    rows = []
    for section in morphology.sections:
        row = {name: getattr(section, name) for name in _STORED}
        extras = {name: getattr(section, name) for name in _EXTRAS}
        rows.append({**row, **{k: v for k, v in extras.items() if v != defaults[k]}})
    return rows


def write_shape(file: Any, root: Any, name: str, morphology: Morphology) -> None:  # noqa: ANN401
    """Write a morphology below a group of an HDF5 file."""
    group = file.create_group(root, node_name(name))
    lengths = [len(section.points) for section in morphology.sections]
    points = np.concatenate([section.points for section in morphology.sections])
    write_json(file, group, "sections", section_rows(morphology))
    write_array(file, group, "points_um", points)
    write_array(file, group, "first_point", np.cumsum([0, *lengths]))


def read_shape(root: Any, name: str) -> Morphology:  # noqa: ANN401
    """Read what `write_shape` wrote.

    Raises:
        ResultsError: If it is damaged.
    """
    group = child_group(root, node_name(name))
    points = read_array(group, "points_um")
    first = read_array(group, "first_point")
    try:
        sections = tuple(
            Section(**_tuples(row), points=points[a:b])
            for row, (a, b) in zip(read_json(group, "sections"), pairwise(first), strict=True)
        )
        return Morphology(name, sections)
    except (TypeError, KeyError, ValueError, MorphologyError) as error:
        raise ResultsError(f"{group._v_pathname}: a damaged morphology: {error}") from error


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
