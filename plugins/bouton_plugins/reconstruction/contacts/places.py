"""What both rules ask of a population before they look at its branches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import frozen

from bouton.errors import NetworkError, did_you_mean
from bouton.model.morphology import FloatArray, IntArray, Morphology, Section
from bouton.model.wiring import Branches, Contacts, Side

# target, source, section, source section, x, source x, distance: one row per contact
Columns = tuple[Any, ...]


@frozen(eq=False)
class Points:
    """Points of a morphology that lie on sections which may touch.

    Attributes:
        xyz: Where they are, as loaded, shape (n, 3), um.
        section: Section of each, shape (n,).
        x: Place on it, 0 to 1, shape (n,).
    """

    xyz: FloatArray
    section: IntArray
    x: FloatArray


def checked_branches(side: Side, rule: str) -> Branches:
    """Return the shapes of a population.

    Raises:
        NetworkError: If it has none, a label is on no section, or a place is not a number.
    """
    branches = side.branches
    if branches is None:
        raise NetworkError(f"{rule} looks at branches, and the cells of {side.name!r} have none")
    if len(branches.morphology_of) != len(side):
        raise NetworkError(
            f"{side.name!r} has {len(side)} cells and shapes for {len(branches.morphology_of)}"
        )
    known = {label for one in branches.morphologies for label in one.labels}
    for label in branches.labels:
        if label not in known:
            raise NetworkError(
                f"no section of {side.name!r} is labelled {label!r}; {did_you_mean(label, known)}"
            )
    for morphology in branches.morphologies:
        if branches.labels and not set(branches.labels) & set(morphology.labels):
            raise NetworkError(
                f"morphology {morphology.name!r} of {side.name!r} has no section labelled "
                f"{' or '.join(map(repr, branches.labels))}; its labels: "
                f"{', '.join(morphology.labels)}"
            )
    finite = np.isfinite(side.positions).all(axis=1)
    finite &= np.isfinite(branches.rotations).all(axis=(1, 2))
    if not finite.all():
        raise NetworkError(
            f"cell {int(np.argmin(finite))} of {side.name!r} has a position or rotation that is "
            "not a finite number"
        )
    return branches


@lru_cache(maxsize=4096)
def bounds(morphology: Morphology) -> tuple[FloatArray, FloatArray]:
    """Return lower and upper corner of the box around all points, shape (3,) each, um."""
    points = np.concatenate([section.points[:, :3] for section in morphology.sections])
    return points.min(axis=0), points.max(axis=0)


@lru_cache(maxsize=4096)
def thickest(morphology: Morphology) -> float:
    """Return the largest diameter, um."""
    return max(float(section.points[:, 3].max()) for section in morphology.sections)


def point_count(morphology: Morphology) -> int:
    """Return the number of points of all sections."""
    return sum(len(section.points) for section in morphology.sections)


def arc_fractions(section: Section) -> FloatArray:
    """Return the place of each point along its section, 0 to 1."""
    arc = section.arc_um
    return np.asarray(arc / arc[-1])


@lru_cache(maxsize=1024)
def labelled_points(morphology: Morphology, sections: tuple[int, ...]) -> Points:
    """Return the points of sections, each once per branch that it belongs to.

    A section repeats its parent's last point as its own first one. At a branch point each child
    has the point; where a section goes on alone under other labels, the point stays its parent's.
    """
    xyz, x, section = [], [], []
    for index in sections:
        one = morphology.sections[index]
        first = int(_goes_on(morphology, one))
        xyz.append(one.points[first:, :3])
        x.append(arc_fractions(one)[first:])
        section.append(np.full(len(one.points) - first, index))
    return Points(np.concatenate(xyz), np.concatenate(section), np.concatenate(x))


def _goes_on(morphology: Morphology, section: Section) -> bool:
    if section.parent < 0 or len(morphology.children[section.parent]) != 1:
        return False
    end = morphology.sections[section.parent].points[-1, :3]
    return bool((section.points[0, :3] == end).all())


def joined(parts: Sequence[Columns]) -> Columns:
    """Return columns from pieces of them."""
    kinds = [np.int64] * 4 + [np.float64] * 3
    empty = tuple(np.empty(0, dtype=kind) for kind in kinds)
    return tuple(map(np.concatenate, zip(empty, *parts, strict=True)))


def collected(parts: Sequence[Columns]) -> Contacts:
    """Return contacts from columns in pieces, sorted by target, source, then the places."""
    columns = joined(parts)
    order = np.lexsort(tuple(reversed(columns)))
    target, source, section, source_section, x, source_x, distance_um = (
        column[order] for column in columns
    )
    return Contacts(
        source,
        target,
        section,
        x,
        source_section=source_section,
        source_x=source_x,
        distance_um=distance_um,
    )
