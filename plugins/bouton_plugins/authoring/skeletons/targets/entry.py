"""A target: every n-th cell of some populations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import field, frozen, validators

from bouton.model.devices import Scene
from bouton.model.draws import Draws
from bouton.model.morphology import IntArray


@frozen
class Skeleton:
    """Every n-th cell, beginning with the first.

    Attributes:
        every: Distance between two chosen cells.
        populations: Where to choose; default: all populations of cells.
    """

    every: int = field(default=2, validator=validators.ge(1))
    populations: tuple[str, ...] = ()

    def cells(self, scene: Scene, draws: Draws) -> Mapping[str, IntArray]:
        """Return the chosen cells of every population that has any, rising.

        Raises:
            NetworkError: If there is no population of a name.
        """
        del draws
        network = scene.network
        names = self.populations or [p.name for p in network.populations if not p.is_source]
        sizes = {name: len(network.population(name)) for name in names}
        return {name: np.arange(0, size, self.every) for name, size in sizes.items() if size}
