"""Which cells a device aims at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
from attrs import field, frozen

from bouton.contracts import CellTarget
from bouton.errors import NetworkError, did_you_mean
from bouton.model.devices import Scene
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import CellModel, Population
from bouton_plugins.networks.checks import above_zero, chance, counted
from bouton_plugins.reconstruction.simulation.places import Match, filled, matching_sections

Cells = Mapping[str, IntArray]


@frozen
class AllCells:
    """Every cell.

    Attributes:
        cell_types: Only cells of these types; all types if empty.
    """

    cell_types: tuple[str, ...] = ()

    def cells(self, scene: Scene, draws: Draws) -> Cells:
        """Return the cells."""
        del draws
        return {p.name: np.arange(len(p)) for p in _populations(scene, self.cell_types)}


@frozen
class CellsOfTypes:
    """Every cell of some types.

    Attributes:
        cell_types: The types.
    """

    cell_types: tuple[str, ...] = field(validator=filled)

    def cells(self, scene: Scene, draws: Draws) -> Cells:
        """Return the cells."""
        return AllCells(self.cell_types).cells(scene, draws)


@frozen(eq=False)
class CellsById:
    """Given cells.

    Attributes:
        ids: Cell type -> numbers of cells, from 0.
    """

    ids: Mapping[str, tuple[int, ...]]

    def cells(self, scene: Scene, draws: Draws) -> Cells:
        """Return the cells.

        Raises:
            NetworkError: If a cell does not exist.
        """
        del draws
        found = {}
        for population in _populations(scene, self.ids):
            cells = np.unique(np.array(self.ids[population.name], dtype=np.int64))
            wrong = cells[(cells < 0) | (cells >= len(population))]
            if len(wrong):
                raise NetworkError(
                    f"there is no {population.name!r} cell {int(wrong[0])}; there are cells 0 to "
                    f"{len(population) - 1}"
                )
            found[population.name] = cells
        return found


@frozen
class CellsByLabel:
    """Cells that have branches with certain labels.

    Attributes:
        labels: The labels.
        match: Whether one branch needs `all` of them or `any`.
        cell_types: Only cells of these types; all types if empty.
    """

    labels: tuple[str, ...] = field(validator=filled)
    match: Match = "all"
    cell_types: tuple[str, ...] = ()

    def cells(self, scene: Scene, draws: Draws) -> Cells:
        """Return the cells.

        Raises:
            NetworkError: If no branch of any cell has a label.
        """
        del draws
        populations = _populations(scene, self.cell_types)
        known = {lab for p in populations for m in p.models for lab in _labels(m)}
        for label in self.labels:
            if label not in known:
                raise NetworkError(f"no branch is labelled {label!r}; {did_you_mean(label, known)}")
        return {p.name: np.flatnonzero(self._has(p)[p.model_of]) for p in populations}

    def _has(self, population: Population) -> IntArray:
        return np.array(
            [
                isinstance(model, CellModel)
                and len(matching_sections(model.structure.morphology, self.labels, self.match)) > 0
                for model in population.models
            ]
        )


@frozen
class Sphere:
    """Cells whose position is within a sphere.

    Attributes:
        center_um: Its centre.
        radius_um: Its radius; a cell right on the surface is outside.
        cell_types: Only cells of these types; all types if empty.
    """

    center_um: tuple[float, float, float]
    radius_um: float = field(validator=above_zero)
    cell_types: tuple[str, ...] = ()

    def cells(self, scene: Scene, draws: Draws) -> Cells:
        """Return the cells."""
        del draws
        center = np.array(self.center_um)
        return _within(scene, self.cell_types, center, self.radius_um, (0, 1, 2))


@frozen
class Cylinder:
    """Cells whose position is within an endless cylinder along an axis.

    Attributes:
        center_um: Where its axis crosses the plane of the two other axes, in their order.
        radius_um: Its radius; a cell right on the surface is outside.
        axis: Its direction.
        cell_types: Only cells of these types; all types if empty.
    """

    center_um: tuple[float, float]
    radius_um: float = field(validator=above_zero)
    axis: Literal["x", "y", "z"] = "y"
    cell_types: tuple[str, ...] = ()

    def cells(self, scene: Scene, draws: Draws) -> Cells:
        """Return the cells."""
        del draws
        axes = tuple(i for i, name in enumerate("xyz") if name != self.axis)
        return _within(scene, self.cell_types, np.array(self.center_um), self.radius_um, axes)


@frozen
class Sample:
    """Some of the cells that another target chooses, at random: give a number or a fraction.

    Attributes:
        n: How many.
        fraction: What part of them; at least one.
        of: Which cells they are taken from; all cells if left out.
    """

    n: int = field(default=0, validator=counted)
    fraction: float = field(default=0.0, validator=chance)
    of: CellTarget | None = None

    def __attrs_post_init__(self) -> None:
        if bool(self.n) == bool(self.fraction):
            raise ValueError("give either n or fraction, above 0")

    def cells(self, scene: Scene, draws: Draws) -> Cells:
        """Return the cells.

        Raises:
            NetworkError: If there are fewer than wanted.
        """
        found = (self.of or AllCells()).cells(scene, draws)
        total = sum(map(len, found.values()))
        wanted = self.n or max(1, round(self.fraction * total))
        if wanted > total:
            raise NetworkError(f"a sample of {wanted} cells is wanted, and there are {total}")
        drawn = {name: draws.of(f"sample {name}").bits(cells) for name, cells in found.items()}
        last = np.sort(np.concatenate([*drawn.values()]))[wanted - 1]
        return {name: cells[drawn[name] <= last] for name, cells in found.items()}


@frozen
class Representatives:
    """The first cells of every type and morphology.

    Attributes:
        n: How many of each.
        cell_types: Only cells of these types; all types if empty.
    """

    n: int = field(default=1, validator=above_zero)
    cell_types: tuple[str, ...] = ()

    def cells(self, scene: Scene, draws: Draws) -> Cells:
        """Return the cells."""
        del draws
        found = {}
        for population in _populations(scene, self.cell_types):
            kinds = range(len(population.models))
            first = [np.flatnonzero(population.model_of == kind)[: self.n] for kind in kinds]
            found[population.name] = np.sort(np.concatenate([*first]))
        return found


def _populations(scene: Scene, names: Iterable[str]) -> list[Population]:
    """Return the populations of cells, or those of some names.

    Raises:
        NetworkError: If a name means nothing.
    """
    known = {p.name: p for p in scene.network.populations if not p.is_source}
    for name in names:
        if name not in known:
            raise NetworkError(
                f"no cells of type {name!r} are simulated; {did_you_mean(name, known)}"
            )
    return [known[name] for name in names or known]


def _labels(model: object) -> tuple[str, ...]:
    return model.structure.morphology.labels if isinstance(model, CellModel) else ()


def _within(
    scene: Scene,
    cell_types: tuple[str, ...],
    center: FloatArray,
    radius_um: float,
    axes: tuple[int, ...],
) -> Cells:
    found = {}
    for population in _populations(scene, cell_types):
        steps = population.positions[:, axes] - center
        found[population.name] = np.flatnonzero((steps**2).sum(axis=1) < radius_um**2)
    return found
