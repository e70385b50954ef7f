"""Location rules: where on a cell, said so that it can be worked out on any morphology."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

import numpy as np
from attrs import field, frozen

from bouton.errors import LocationError
from bouton.model.apical import reaching
from bouton.model.compartments import Compartments


@frozen
class Place:
    """One place on one cell: section index and x, 0 to 1."""

    section: int
    x: float


@runtime_checkable
class Location(Protocol):
    """A rule that finds one or more places."""

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return the places, in order.

        Raises:
            LocationError: If the rule finds none on this cell.
        """


def _fraction(_: object, attribute: object, value: float) -> None:
    del attribute
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"x must be within 0 to 1, got {value!r}")


_TEXT = re.compile(r"(?P<section>.+?)\((?P<x>[0-9.eE+-]+)\)")


@frozen
class At:
    """A section by name and a place on it; the text form is `soma(0.5)`."""

    section: str
    x: float = field(default=0.5, validator=_fraction)

    @classmethod
    def parse(cls, text: str) -> At:
        """Return the location that a text such as `dend[3](0.2)` names.

        Raises:
            ValueError: If the text has another form.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"a place is written like 'soma(0.5)' or 'dend[3](0.2)', got {text!r}")
        return cls(match["section"], float(match["x"]))

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return the one place.

        Raises:
            MorphologyError: If no section has this name.
        """
        return (Place(compartments.morphology.index_of(self.section), self.x),)


@frozen
class OnLabel:
    """The same place on every section of a label, or on its n-th section only."""

    label: str
    x: float = field(default=0.5, validator=_fraction)
    index: int | None = None

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return one place per section of the label, or the chosen one."""
        found = _sections(compartments, self.label)
        if self.index is None:
            return tuple(Place(section, self.x) for section in found)
        if not -len(found) <= self.index < len(found):
            raise LocationError(
                f"label {self.label!r} has {len(found)} sections, there is no number {self.index}"
            )
        return (Place(found[self.index], self.x),)


@frozen
class TrunkDistance:
    """A place at a path distance along the apical trunk.

    Candidates are the sections of the label that end beyond `reach_um` from the start of the soma
    or lead to one that does; of those that end beyond the distance, the one that ends first.
    """

    distance_um: float
    label: str = "apic"
    reach_um: float = 1000.0

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return the one place.

        Raises:
            LocationError: If the tree does not reach that far.
        """
        ends, sections = compartments.end_um, _sections(compartments, self.label)
        trunk = reaching(compartments.morphology, sections, ends, self.reach_um)
        beyond = [s for s in trunk if ends[s] > self.distance_um]
        if not beyond:
            raise LocationError(
                f"no {self.label!r} section reaching beyond {self.reach_um:g} um contains path "
                f"distance {self.distance_um:g} um; candidates end at "
                f"{max((float(ends[s]) for s in trunk), default=0.0):g} um"
            )
        section = min(beyond, key=lambda s: (ends[s], s))
        x = (self.distance_um - compartments.start_um[section]) / compartments.lengths_um[section]
        if x < 0:
            raise LocationError(
                f"path distance {self.distance_um:g} um lies before the {self.label!r} tree starts"
            )
        return (Place(section, float(x)),)


@frozen
class PathDistance:
    """Every place of a label at a path distance from the start of the soma."""

    distance_um: float
    label: str

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return one place per section that spans the distance."""
        found = []
        for section in _sections(compartments, self.label):
            along = self.distance_um - compartments.start_um[section]
            length = compartments.lengths_um[section]
            if 0.0 <= along < length:
                found.append(Place(section, float(along / length)))
        if not found:
            raise LocationError(
                f"no {self.label!r} section spans path distance {self.distance_um:g} um"
            )
        return tuple(found)


@frozen
class RandomSample:
    """`n` places drawn uniformly by length over the sections of a label, by seed."""

    label: str
    n: int
    seed: int

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return the places in the order drawn."""
        if self.n < 1:
            raise LocationError(f"a sample needs n of at least 1, got {self.n}")
        sections = np.array(_sections(compartments, self.label))
        ends = np.cumsum(compartments.lengths_um[sections])
        drawn = np.random.default_rng(self.seed).random(self.n) * ends[-1]
        chosen = np.searchsorted(ends, drawn, side="right")
        lengths = compartments.lengths_um[sections[chosen]]
        x = 1.0 - (ends[chosen] - drawn) / lengths
        return tuple(Place(int(sections[c]), float(v)) for c, v in zip(chosen, x, strict=True))


@frozen
class EverySegment:
    """The centre of every segment, of the whole cell or of one label."""

    label: str = ""

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return the segment centres in section order."""
        keep = np.arange(len(compartments))
        if self.label:
            keep = compartments.of_sections(np.array(_sections(compartments, self.label)))
        return tuple(Place(int(compartments.section[i]), float(compartments.x[i])) for i in keep)


@frozen
class SpikeSource:
    """Where the cell itself detects its spikes: `spike_source` of its structure."""

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Raise, because segments alone do not say where a cell spikes.

        Raises:
            LocationError: Always; a live cell looks the place up in its structure.
        """
        del compartments
        raise LocationError("the spike source is known to a cell, not to its segments alone")


def _sections(compartments: Compartments, label: str) -> list[int]:
    found = compartments.morphology.indices(label).tolist()
    if not found:
        known = ", ".join(compartments.morphology.labels)
        raise LocationError(f"no section is labelled {label!r}; this morphology has {known}")
    return [int(index) for index in found]
