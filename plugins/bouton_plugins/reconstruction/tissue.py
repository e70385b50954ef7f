"""A compiled network: cells with places, shapes and rotations, and contacts between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from attrs import field, frozen

from bouton.errors import NetworkError, did_you_mean
from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton.model.wiring import Branches
from bouton_plugins.reconstruction.rotations import matrices

_Named = TypeVar("_Named", "PlacedPopulation", "StoredConnections")

EDGE_COLUMNS = (
    "source",
    "target",
    "source_section",
    "source_x",
    "target_section",
    "target_x",
    "distance_um",
)


@frozen(eq=False)
class PlacedPopulation:
    """The cells of one type.

    Attributes:
        name: Name of the cell type.
        positions: Where they are, shape (n, 3), um.
        quaternions: How they are turned, unit quaternions (w, x, y, z), shape (n, 4).
        morphology_of: Which of the morphologies each cell has, shape (n,); empty without any.
        morphologies: Names of the morphologies; empty for cells without branches.
        radius_um: Radius of the somata; 0 if the cell type gives none.
    """

    name: str
    positions: FloatArray
    quaternions: FloatArray
    morphology_of: IntArray
    morphologies: tuple[str, ...]
    radius_um: float = 0.0

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def rotations(self) -> FloatArray:
        """Rotation matrices, shape (n, 3, 3): a point p of the morphology lies at R @ p + r."""
        return matrices(self.quaternions)

    def branches(
        self, morphologies: Mapping[str, Morphology], labels: Sequence[str] = ()
    ) -> Branches | None:
        """Return the shapes of the cells, None if they have none."""
        if not self.morphologies:
            return None
        shapes = tuple(morphologies[name] for name in self.morphologies)
        return Branches(shapes, self.morphology_of, self.rotations, tuple(labels))


@frozen(eq=False)
class StoredConnections:
    """The contacts of one connection set, sorted by target, source and places.

    Attributes:
        name: Unique in the network.
        pre: Population that sends.
        post: Population that receives.
        source: Sending cell, shape (n,).
        target: Receiving cell, shape (n,).
        source_section: Section of the sending cell, shape (n,); -1 where there is none.
        source_x: Place on it, 0 to 1; nan where there is none.
        target_section: Section of the receiving cell; -1 where there is none.
        target_x: Place on it; nan where there is none.
        distance_um: Between the two places; nan where one is missing.
    """

    name: str
    pre: str
    post: str
    source: IntArray
    target: IntArray
    source_section: IntArray
    source_x: FloatArray
    target_section: IntArray
    target_x: FloatArray
    distance_um: FloatArray

    def __len__(self) -> int:
        return len(self.source)

    @property
    def pairs(self) -> int:
        """Number of pairs of cells with at least one contact."""
        return len(np.unique(np.stack([self.source, self.target]), axis=1).T)


def no_contacts(name: str, pre: str, post: str) -> StoredConnections:
    """Return a connection set that connects nothing."""
    cells, places = np.empty(0, dtype=np.int64), np.empty(0)
    return StoredConnections(name, pre, post, cells, cells, cells, places, cells, places, places)


@frozen(eq=False)
class Tissue:
    """A compiled network.

    Attributes:
        populations: Cells by type, in the order of the description.
        connections: Connection sets, in the order of the description.
        morphologies: Shapes of cells, by name.
        config: The description as a JSON-ready document; `config["simulations"]` are the
            simulations as written, with absolute paths.
        seed: Seed that it was compiled with.
        digest: SHA-256 over all cells, shapes and contacts: equal networks have equal digests.
        provenance: Versions, plug-ins, platform, time.
    """

    populations: tuple[PlacedPopulation, ...]
    connections: tuple[StoredConnections, ...]
    morphologies: Mapping[str, Morphology]
    config: Mapping[str, Any]
    seed: int
    digest: str
    provenance: Mapping[str, Any] = field(factory=dict)

    def population(self, name: str) -> PlacedPopulation:
        """Return a population.

        Raises:
            NetworkError: If there is none of that name, with close matches.
        """
        return _called(name, self.populations, "population")

    def connection(self, name: str) -> StoredConnections:
        """Return a connection set.

        Raises:
            NetworkError: If there is none of that name, with close matches.
        """
        return _called(name, self.connections, "connection set")


def _called(name: str, items: Sequence[_Named], what: str) -> _Named:
    for item in items:
        if item.name == name:
            return item
    hint = did_you_mean(name, [item.name for item in items])
    raise NetworkError(f"the network has no {what} {name!r}; {hint or 'it has none at all'}")
