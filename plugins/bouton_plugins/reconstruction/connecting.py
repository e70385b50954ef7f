"""Contacts onto the cells of one chunk, as rows, with places on both cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from bouton.contracts import Connector
from bouton.errors import BoutonError, NetworkError
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton.model.wiring import Box, Branches, Contacts, Side
from bouton_plugins.reconstruction.edges import ROW, Rows
from bouton_plugins.reconstruction.tissue import PlacedPopulation

NONE = np.empty(0, dtype=np.int64)


@frozen(eq=False)
class Wiring:
    """One connection set: a rule between two populations.

    Attributes:
        name: Name of the set.
        rule: What connects.
        pre: Who sends.
        post: Who receives.
        pre_labels: Where contacts may be on them.
        post_labels: Where contacts may be on them.
    """

    name: str
    rule: Connector
    pre: PlacedPopulation
    post: PlacedPopulation
    pre_labels: tuple[str, ...]
    post_labels: tuple[str, ...]

    def rows(
        self, wanted: IntArray, box: Box, morphologies: Mapping[str, Morphology], seed: int
    ) -> Rows:
        """Return the contacts onto some cells.

        Raises:
            NetworkError: If the rule is impossible, or breaks its contract.
        """
        draws = Draws(seed, f"connectivity.{self.name}")
        pre = _side(self.pre, self.pre_labels, box, NONE, morphologies)
        post = _side(self.post, self.post_labels, box, wanted, morphologies)
        try:
            contacts = self.rule.contacts(pre, post, draws)
        except BoutonError as error:
            raise NetworkError(f"connectivity.{self.name}: {error}") from error
        _check(self.name, contacts, pre, post)
        return _rows(contacts, pre, post, draws)


def _side(
    population: PlacedPopulation,
    labels: Sequence[str],
    box: Box,
    wanted: IntArray,
    morphologies: Mapping[str, Morphology],
) -> Side:
    branches = population.branches(morphologies, labels)
    return Side(population.name, population.positions, box, wanted, branches)


def _check(name: str, contacts: Contacts, pre: Side, post: Side) -> None:
    """Refuse what a rule must not return: cells, sections or places that do not exist."""
    n = len(contacts.source)
    arrays = ("target", "section", "x", "source_section", "source_x", "distance_um")
    given = [getattr(contacts, a) for a in arrays if getattr(contacts, a) is not None]
    problem = ""
    if any(array.shape != (n,) for array in given):
        problem = "arrays of different lengths"
    elif n and not (contacts.source.min() >= 0 and contacts.source.max() < len(pre)):
        problem = f"a sending cell that {pre.name!r} does not have"
    elif n and not np.isin(contacts.target, post.wanted).all():
        problem = "a receiving cell that was not asked for"
    elif not (
        _places_fit(post, contacts.target, contacts.section, contacts.x)
        and _places_fit(pre, contacts.source, contacts.source_section, contacts.source_x)
    ):
        problem = "a place that does not exist on its cell"
    if problem:
        raise NetworkError(f"connectivity.{name}: the rule gave {problem}")


def _places_fit(
    side: Side, cells: IntArray, section: IntArray | None, x: FloatArray | None
) -> bool:
    if section is None or x is None:
        return section is None and x is None
    if side.branches is None:
        return bool((section == -1).all())
    sizes = np.array([len(shape) for shape in side.branches.morphologies])
    limit = sizes[side.branches.morphology_of[cells]]
    return bool(((section >= 0) & (section < limit) & (x >= 0) & (x <= 1)).all())


def _rows(contacts: Contacts, pre: Side, post: Side, draws: Draws) -> Rows:
    rows = np.empty(len(contacts.source), dtype=ROW)
    rows["source"], rows["target"] = contacts.source, contacts.target
    copies = _copies(contacts.source, contacts.target)
    ends = (
        ("source", pre, contacts.source, contacts.source_section, contacts.source_x),
        ("target", post, contacts.target, contacts.section, contacts.x),
    )
    places = []
    for name, side, cells, section, x in ends:
        if section is None or x is None:
            ids = (contacts.source, contacts.target, copies)
            section, x = _drawn(side, cells, draws.of(f"{name} place").uniform(*ids))
        rows[f"{name}_section"], rows[f"{name}_x"] = section, x
        places.append(_where(side, cells, section, x))
    distance = contacts.distance_um
    if distance is None:
        distance = np.sqrt(((places[0] - places[1]) ** 2).sum(axis=1))
    rows["distance_um"] = distance
    return rows


def _copies(source: IntArray, target: IntArray) -> IntArray:
    """Return the number of each contact among those of the same pair."""
    order = np.lexsort((source, target))
    fresh = np.ones(len(source), dtype=bool)
    fresh[1:] = (np.diff(source[order]) != 0) | (np.diff(target[order]) != 0)
    every = np.arange(len(source))
    first = np.maximum.accumulate(np.where(fresh, every, 0)) if len(source) else every
    copies = np.empty(len(source), dtype=np.int64)
    copies[order] = every - first
    return copies


def _drawn(side: Side, cells: IntArray, uniform: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return places for contacts of a rule that gives none.

    With labels, every point along the labelled sections is equally likely; without, it is the
    middle of the root section, the soma.
    """
    section = np.full(len(cells), -1, dtype=np.int64)
    x = np.full(len(cells), np.nan)
    if side.branches is None:
        return section, x
    for number in np.unique(side.branches.morphology_of[cells]).tolist():
        rows = np.flatnonzero(side.branches.morphology_of[cells] == number)
        if not side.branches.labels:
            section[rows], x[rows] = 0, 0.5
            continue
        chosen = side.branches.sections(number)
        if not len(chosen):
            shape = side.branches.morphologies[number].name
            labels = ", ".join(side.branches.labels)
            raise NetworkError(f"morphology {shape!r} has no section labelled {labels}")
        section[rows], x[rows] = _along(side.branches, number, chosen, uniform[rows])
    return section, x


def _along(
    branches: Branches, number: int, chosen: IntArray, uniform: FloatArray
) -> tuple[IntArray, FloatArray]:
    sections = branches.morphologies[number].sections
    lengths = np.array([float(sections[i].arc_um[-1]) for i in chosen.tolist()])
    ends = np.cumsum(lengths)
    along = uniform * ends[-1]
    which = np.minimum(np.searchsorted(ends, along, side="right"), len(chosen) - 1)
    x = (along - (ends - lengths)[which]) / lengths[which]
    return chosen[which], np.clip(x, 0.0, 1.0)


def _where(side: Side, cells: IntArray, section: IntArray, x: FloatArray) -> FloatArray:
    """Return where places lie, shape (n, 3), um; nan without branches."""
    found = np.full((len(cells), 3), np.nan)
    if side.branches is None:
        return found
    for number in np.unique(side.branches.morphology_of[cells]).tolist():
        rows = np.flatnonzero(side.branches.morphology_of[cells] == number)
        local = points_at(side.branches.morphologies[number], section[rows], x[rows])
        turned = np.einsum("nij,nj->ni", side.branches.rotations[cells[rows]], local)
        found[rows] = turned + side.positions[cells[rows]]
    return found


def points_at(morphology: Morphology, section: IntArray, x: FloatArray) -> FloatArray:
    """Return the points at fractions of arc along sections, shape (n, 3), um."""
    arcs = [part.arc_um for part in morphology.sections]
    # All sections on one line, with gaps between them, so that one interpolation serves all.
    lengths = np.array([arc[-1] for arc in arcs])
    starts = np.concatenate([[0.0], np.cumsum(lengths + 1.0)[:-1]])
    line = np.concatenate([arc + start for arc, start in zip(arcs, starts, strict=True)])
    points = np.concatenate([part.points[:, :3] for part in morphology.sections])
    at = starts[section] + x * lengths[section]
    return np.stack([np.interp(at, line, points[:, axis]) for axis in range(3)], axis=1)
