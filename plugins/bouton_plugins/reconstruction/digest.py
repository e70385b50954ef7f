"""What a network consists of, as one number: equal cells, shapes and contacts, equal digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from bouton.model.morphology import Morphology
from bouton.results.exact_json import encode
from bouton_plugins.reconstruction.shapes import section_rows

if TYPE_CHECKING:
    from bouton_plugins.reconstruction.edges import Rows
    from bouton_plugins.reconstruction.tissue import PlacedPopulation


class Digest:
    """Takes a network in: shapes by name, then populations, then connection sets, in order.

    Attributes:
        sets: Name, sending and receiving population of the connection sets so far.
    """

    def __init__(self) -> None:
        self.sets: list[tuple[str, str, str]] = []
        self._hash = hashlib.sha256()

    def morphology(self, name: str, morphology: Morphology) -> None:
        """Take a shape."""
        points = np.concatenate([section.points for section in morphology.sections])
        self._text("morphology", name, section_rows(morphology), len(points))
        self._hash.update(points.astype("<f8").tobytes())

    def population(self, population: PlacedPopulation) -> None:
        """Take the cells of one type."""
        self._text("population", population.name, len(population), list(population.morphologies))
        for array, kind in (
            (population.positions, "<f8"),
            (population.quaternions, "<f8"),
            (population.morphology_of, "<i8"),
        ):
            self._hash.update(np.ascontiguousarray(array).astype(kind).tobytes())

    def connections(self, name: str, pre: str, post: str) -> None:
        """Begin a connection set; its rows follow."""
        self.sets.append((name, pre, post))
        self._text("connections", name, pre, post)

    def rows(self, rows: Rows) -> None:
        """Take contacts of the current set, in order; how they are divided does not matter."""
        self._hash.update(rows.tobytes())

    def hex(self) -> str:
        """Return the digest so far."""
        return self._hash.hexdigest()

    def _text(self, *parts: object) -> None:
        self._hash.update(encode(list(parts)).encode("ascii") + b"\n")
