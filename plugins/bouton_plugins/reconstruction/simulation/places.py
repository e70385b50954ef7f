"""Where on a cell a device acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from attrs import field, frozen

from bouton.errors import LocationError, did_you_mean
from bouton.model.compartments import Compartments
from bouton.model.draws import Draws
from bouton.model.locations import Location, OnLabel, Place
from bouton.model.morphology import Morphology

Match = Literal["all", "any"]


def _fraction(_instance: object, _attribute: object, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"x must be within 0 to 1, got {value!r}")


def filled(_instance: object, attribute: object, value: tuple[object, ...]) -> None:
    """Refuse an empty list."""
    if not value:
        raise ValueError(f"{getattr(attribute, 'name', '')} needs at least one entry")


@frozen
class OnBranches:
    """The same place on every branch with certain labels.

    Attributes:
        labels: The labels.
        match: Whether a branch needs `all` of them or `any`.
        x: Place along the branch, 0 to 1.
    """

    labels: tuple[str, ...] = field(validator=filled)
    match: Match = "all"
    x: float = field(default=0.5, validator=_fraction)

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return one place per branch.

        Raises:
            LocationError: If no branch has the labels.
        """
        found = labelled(compartments.morphology, self.labels, self.match)
        return tuple(Place(section, self.x) for section in found)


@frozen
class SampledPlaces:
    """Places at random, by length; every cell has its own.

    Attributes:
        n_places: How many per cell.
        labels: Only on branches with these labels; anywhere if empty.
        match: Whether a branch needs `all` of them or `any`.
    """

    n_places: int = field()
    labels: tuple[str, ...] = ()
    match: Match = "all"

    @n_places.validator
    def _at_least_one(self, _attribute: object, value: int) -> None:
        if value < 1:
            raise ValueError(f"n_places must be at least 1, got {value!r}")

    def drawn(self, compartments: Compartments, draws: Draws, cell: int) -> GivenPlaces:
        """Return the places of one cell.

        Raises:
            LocationError: If no branch has the labels.
        """
        morphology = compartments.morphology
        sections = np.array(labelled(morphology, self.labels, self.match))
        ends = np.cumsum(compartments.lengths_um[sections])
        at = draws.uniform(cell, np.arange(self.n_places)) * ends[-1]
        chosen = np.searchsorted(ends, at, side="right")
        x = 1.0 - (ends[chosen] - at) / compartments.lengths_um[sections[chosen]]
        pairs = zip(sections[chosen].tolist(), x.tolist(), strict=True)
        return GivenPlaces(tuple(Place(section, place) for section, place in pairs))


@frozen
class GivenPlaces:
    """Places that are known."""

    given: tuple[Place, ...]

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return them."""
        del compartments
        return self.given


CellPlaces = Literal["soma"] | OnBranches | SampledPlaces | Location
SOMA = OnLabel("soma", 0.5, 0)
"""One place per cell, however many sections the soma has."""


def matching_sections(morphology: Morphology, labels: Sequence[str], match: Match) -> list[int]:
    """Return the sections that carry all labels, or any of them; all sections without labels."""
    wanted = set(labels)
    fits = wanted.issubset if match == "all" or not wanted else wanted.intersection
    return [i for i, section in enumerate(morphology.sections) if fits(section.labels)]


def labelled(morphology: Morphology, labels: Sequence[str], match: Match) -> list[int]:
    """Return the sections that match.

    Raises:
        LocationError: If there are none.
    """
    found = matching_sections(morphology, labels, match)
    if not found:
        wanted = f" {'and' if match == 'all' else 'or'} ".join(map(repr, labels))
        unknown = next((label for label in labels if label not in morphology.labels), "")
        hint = did_you_mean(unknown, morphology.labels) if unknown else "no branch has all of them"
        raise LocationError(
            f"morphology {morphology.name!r} has no branch labelled {wanted}; {hint}"
        )
    return found
