"""From a device's target and location to cells and places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from attrs import field, frozen

from bouton.contracts import CellTarget
from bouton.errors import LocationError, MorphologyError, NetworkError
from bouton.model.devices import Scene
from bouton.model.locations import Location
from bouton.model.morphology import IntArray
from bouton.model.network import CellModel, Population
from bouton_plugins.reconstruction.simulation.places import CellPlaces, SampledPlaces, location
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
            groups = cells[:, None] if isinstance(self.location, SampledPlaces) else [cells]
            for group in groups:
                yield population, group, self._checked(name, population, group, scene)

    def _checked(
        self, name: str, population: Population, cells: IntArray, scene: Scene
    ) -> Location:
        """Return the rule of some cells, having found places on each kind of them."""
        draws = scene.draws.of(f"places of {name} in {population.name}")
        for kind in np.unique(population.model_of[cells]).tolist():
            model = population.models[kind]
            if not isinstance(model, CellModel):
                raise NetworkError(f"device {name!r}: {population.name!r} cells have no places")
            compartments = model.structure.compartments
            try:
                found = location(self.location, compartments, draws, int(cells[0]))
                found.places(compartments)
            except (LocationError, MorphologyError) as error:
                raise NetworkError(
                    f"device {name!r}: no place on {population.name!r} cells: {error}"
                ) from error
        return found


def aimed_cells(name: str, target: CellTarget, scene: Scene) -> Mapping[str, IntArray]:
    """Return the cells that a target chooses, without populations that have none.

    Raises:
        NetworkError: If there are none at all, or the target is impossible.
    """
    try:
        found = target.cells(scene, scene.draws.of(f"target of {name}"))
    except NetworkError as error:
        raise NetworkError(f"device {name!r}: {error}") from error
    cells = {key: value for key, value in found.items() if len(value)}
    if not cells:
        raise NetworkError(f"device {name!r} aims at nothing: there is no cell in {target}")
    return cells
