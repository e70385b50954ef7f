"""Numbers under which cells send spikes: their own, and further ones for places on them.

Beyond the numbers of the cells come those of all segments of all cells, whether used or not. So
every process knows the number of any place without asking, and it is the same for any number of
processes.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bouton.errors import NetworkError
from bouton.model.cell import CellStructure
from bouton.model.locations import Place
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import ArtificialModel, CellModel, ConnectionSet, Population
from bouton.nrn import mpi
from bouton.nrn.networks.cells import NetworkCells, detector

_HIGHEST = 2**31 - 1  # NEURON's numbers have 32 bits


class Senders:
    """What sends the spikes of connections; detectors on further places are made when needed."""

    def __init__(self, cells: NetworkCells) -> None:
        self._cells = cells
        self._network = cells.network
        sizes = [_segments(population) for population in self._network.populations]
        counts = np.concatenate([np.empty(0, dtype=np.int64), *sizes])
        self._first = len(counts) + np.concatenate(([0], np.cumsum(counts)))
        self._made: set[int] = set()

    def numbers(self, connections: ConnectionSet) -> IntArray:
        """Return the number under which the sender of every connection sends.

        Raises:
            NetworkError: If a place is not on the sending cell.
        """
        population = self._network.population(connections.pre)
        own = connections.source + self._network.first_ids[population.name]
        if connections.source_section is None or connections.source_x is None:
            return own
        if population.is_source:
            _refuse_places(connections)
            return own
        numbers = own.copy()
        model_of = population.model_of[connections.source]
        for number in np.unique(model_of).tolist():
            rows = np.flatnonzero((model_of == number) & (connections.source_section != -1))
            if len(rows):
                section, x = connections.source_section[rows], connections.source_x[rows]
                segments = _segments_at(connections, population.models[number], section, x)
                numbers[rows] = np.where(segments < 0, own[rows], self._first[own[rows]] + segments)
        if len(numbers) and numbers.max() > _HIGHEST:
            raise NetworkError("the network has too many segments that could send spikes")
        return numbers

    def needed(self, connections: Iterable[ConnectionSet]) -> IntArray | None:
        """Return the numbers of places that connections need; None if they name no place.

        Raises:
            NetworkError: If a place is not on the sending cell.
        """
        sets = [self.numbers(one) for one in connections if one.source_section is not None]
        if not sets:
            return None
        every = np.unique(np.concatenate(sets))
        further: IntArray = every[every >= self._first[0]]
        return further

    def make(self, needed: IntArray | None) -> None:
        """Make the detectors that this process or any other needs; all call this together."""
        if needed is None:
            return
        for number in np.unique(mpi.shared(needed)).tolist():
            gid = int(np.searchsorted(self._first, number, side="right")) - 1
            if gid in self._cells.live and number not in self._made:
                cell = self._cells.live[gid]
                segment = cell.centre(number - int(self._first[gid]))
                self._cells.announce(number, detector(cell, segment))
                self._made.add(number)


def _segments_at(
    connections: ConnectionSet,
    model: CellModel | ArtificialModel,
    section: IntArray,
    x: FloatArray,
) -> IntArray:
    """Return the sending segments; -1 for the one whose spikes are the cell's own."""
    if isinstance(model, ArtificialModel):
        _refuse_places(connections)
        return np.full(len(section), -1)
    table = model.structure.compartments
    if section.min() < 0 or section.max() >= len(table.nseg):
        raise NetworkError(
            f"connections {connections.name!r}: sending cells of kind {model.name!r} have "
            f"{len(table.nseg)} sections, there is no number {int(section.max())}"
        )
    if not ((x >= 0) & (x <= 1)).all():
        raise NetworkError(f"connections {connections.name!r}: source_x lies within 0 to 1")
    nseg = table.nseg[section]
    segments = table.first[section] + np.minimum((x * nseg).astype(np.int64), nseg - 1)
    return np.where(segments == _spike_segment(model.structure), -1, segments)


def _segments(population: Population) -> IntArray:
    """Return the number of segments of every cell."""
    if population.is_source:
        return np.zeros(len(population), dtype=np.int64)
    of_models = [
        len(model.structure.compartments) if isinstance(model, CellModel) else 0
        for model in population.models
    ]
    return np.array(of_models, dtype=np.int64)[population.model_of]


def _refuse_places(connections: ConnectionSet) -> None:
    """Refuse places on cells that have no sections."""
    if connections.source_section is not None and (connections.source_section != -1).any():
        raise NetworkError(
            f"connections {connections.name!r}: cells of {connections.pre!r} have no sections, so "
            "source_section does not fit them"
        )


def _spike_segment(structure: CellStructure) -> int:
    """Return the segment whose potential makes the cell's own spikes; -1 if none does.

    NEURON has one detector per node, and a section hangs at a node of its parent.
    """
    if structure.spike_process:
        return -1
    place: Place = structure.spike_source.places(structure.compartments)[0]
    while place.x in (0.0, 1.0):
        section = structure.morphology.sections[place.section]
        if section.parent < 0 or place.x != section.child_x:
            return -1
        place = Place(section.parent, section.parent_x)
    return structure.compartments.segment_at(place.section, place.x)
