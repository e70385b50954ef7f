"""From a device's target and location to cells and places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from attrs import field, frozen

from bouton.contracts import CellTarget
from bouton.errors import LocationError, MorphologyError, NetworkError
from bouton.model.compartments import Compartments
from bouton.model.devices import Scene
from bouton.model.locations import Location
from bouton.model.morphology import IntArray
from bouton.model.network import CellModel, Population
from bouton_plugins.reconstruction.simulation.places import SOMA, CellPlaces, SampledPlaces
from bouton_plugins.reconstruction.simulation.targets import AllCells


@frozen(kw_only=True)
class Aimed:
    """What most devices have in common.

    Attributes:
        target: Which cells.
        location: Where on each of them.
    """

    target: CellTarget = field(factory=AllCells)
    location: CellPlaces = "soma"

    def places(self, name: str, scene: Scene) -> Iterator[tuple[Population, IntArray, Location]]:
        """Yield populations with cells that share a rule for places, every place checked.

        Raises:
            NetworkError: If there is no cell or no place.
        """
        for where, cells in aimed_cells(name, self.target, scene).items():
            population = scene.network.population(where)
            if not isinstance(self.location, SampledPlaces):
                where_on = SOMA if isinstance(self.location, str) else self.location
                yield population, cells, checked_places(name, where_on, population, cells)
                continue
            draws = scene.draws.of(f"places of {name} in {where}")
            for cell in cells.tolist():
                compartments = _compartments(name, population, population.model(cell))
                with _told(name, population):
                    drawn = self.location.drawn(compartments, draws, cell)
                yield population, np.array([cell]), drawn


def checked_places(
    name: str, location: Location, population: Population, cells: IntArray, most: int = 0
) -> Location:
    """Return a rule for places, having found some on every kind of these cells.

    Args:
        name: Name of the device.
        location: The rule.
        population: Where the cells are.
        cells: The cells.
        most: At most so many places per cell; 0 for any number.

    Raises:
        NetworkError: If there are none, or too many.
    """
    for kind in np.unique(population.model_of[cells]).tolist():
        compartments = _compartments(name, population, population.models[kind])
        with _told(name, population):
            found = location.places(compartments)
        if most and len(found) > most:
            raise NetworkError(
                f"device {name!r}: {len(found)} places on {population.name!r} cells are too many; "
                f"it takes {most} per cell"
            )
    return location


def _compartments(name: str, population: Population, model: object) -> Compartments:
    if not isinstance(model, CellModel):
        raise NetworkError(f"device {name!r}: {population.name!r} cells have no places")
    return model.structure.compartments


@contextmanager
def _told(name: str, population: Population) -> Iterator[None]:
    try:
        yield
    except (LocationError, MorphologyError) as error:
        raise NetworkError(
            f"device {name!r}: no place on {population.name!r} cells: {error}"
        ) from error


@contextmanager
def told(name: str) -> Iterator[None]:
    """Name the device in errors of its parts."""
    try:
        yield
    except NetworkError as error:
        raise NetworkError(f"device {name!r}: {error}") from error


def aimed_cells(name: str, target: CellTarget, scene: Scene) -> Mapping[str, IntArray]:
    """Return the cells that a target chooses, without populations that have none.

    Raises:
        NetworkError: If there are none at all, or the target is impossible.
    """
    with told(name):
        found = target.cells(scene, scene.draws.of(f"target of {name}"))
    cells = {key: value for key, value in found.items() if len(value)}
    if not cells:
        raise NetworkError(f"device {name!r} aims at nothing: there is no cell in {target}")
    return cells
