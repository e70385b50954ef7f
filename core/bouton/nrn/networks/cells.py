"""The cells of a network that one process has."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve

from bouton.errors import CellError, MechanismError, NetworkError, did_you_mean
from bouton.model.morphology import IntArray
from bouton.model.network import ArtificialModel, CellModel, Network, Population
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h, parallel
from bouton.nrn.known import mechanisms


class NetworkCells:
    """Cells with sections, and artificial ones, by number in the network.

    Attributes:
        network: What they are cells of.
        rank: Number of this process.
        ranks: Number of processes.
        live: Cells with sections.
        artificial: Cells without, as NEURON's objects.
    """

    def __init__(self, network: Network, rank: int, ranks: int) -> None:
        self.network = network
        self.rank, self.ranks = rank, ranks
        self.live: dict[int, LiveCell] = {}
        self.artificial: dict[int, Any] = {}
        self._senders: list[Any] = []

    def __len__(self) -> int:
        return len(self.live) + len(self.artificial)

    def owned(self, population: Population) -> IntArray:
        """Return the cells of a population that this process has."""
        first = self.network.first_ids[population.name]
        start = (self.rank - first) % self.ranks
        return np.arange(start, len(population), self.ranks)

    def build(self) -> None:
        """Build all cells of this process.

        Raises:
            NetworkError: If an artificial cell or a spike source does not exist.
        """
        for population in self.network.populations:
            if not population.is_source:
                self._build_population(population)

    def _build_population(self, population: Population) -> None:
        self._check_artificial(population)
        first = self.network.first_ids[population.name]
        for cell in self.owned(population).tolist():
            model, gid = population.model(cell), first + cell
            try:
                if isinstance(model, ArtificialModel):
                    sender = self._artificial_cell(gid, model)
                else:
                    sender = self._cell(gid, model)
            except (CellError, MechanismError) as error:
                raise NetworkError(f"population {population.name!r}: {error}") from error
            self.announce(gid, sender)

    def _check_artificial(self, population: Population) -> None:
        for model in population.models:
            if isinstance(model, ArtificialModel):
                known = artificial_mechanisms()
                if model.mechanism not in known:
                    raise NetworkError(
                        f"population {population.name!r}: no artificial cell {model.mechanism!r} "
                        f"is loaded; {did_you_mean(model.mechanism, known)}"
                    )

    def announce(self, number: int, sender: Any) -> None:  # noqa: ANN401
        """Make a sender of spikes known to all processes under a number."""
        parallel.set_gid2node(number, self.rank)
        parallel.cell(number, sender)
        self._senders.append(sender)

    def _cell(self, gid: int, model: CellModel) -> Any:  # noqa: ANN401
        settings = evolve(model.settings, global_values={})  # they belong to the network
        cell = LiveCell(model.structure, settings, beside_others=True, is_loaded=True)
        self.live[gid] = cell
        if model.structure.spike_process:
            return h.NetCon(cell.point_process(model.structure.spike_process), None)
        places = cell.places(model.structure.spike_source)
        if len(places) != 1:
            raise NetworkError(f"cell {model.name!r} has {len(places)} spike sources, not one")
        return detector(cell, cell.at(places[0]))

    def _artificial_cell(self, gid: int, model: ArtificialModel) -> Any:  # noqa: ANN401
        try:
            made = getattr(h, model.mechanism)()
            for name, value in model.values.items():
                setattr(made, name, float(value))
        except (AttributeError, LookupError, TypeError) as error:
            raise NetworkError(f"artificial cell {model.mechanism!r}: {error}") from error
        self.artificial[gid] = made
        return h.NetCon(made, None)

    def close(self) -> None:
        """Remove the cells from NEURON."""
        parallel.gid_clear()
        self._senders.clear()
        self.artificial.clear()
        for gid in reversed(list(self.live)):
            self.live[gid].close()
        self.live.clear()


def artificial_mechanisms() -> list[str]:
    """Return the names of all artificial cells that NEURON knows now."""
    return [name for name, number, table in mechanisms(1) if table.is_artificial(number)]


def detector(cell: LiveCell, segment: Any) -> Any:  # noqa: ANN401
    """Return what sends a spike when a segment crosses the cell's threshold upwards."""
    made = h.NetCon(segment._ref_v, None, sec=segment.sec)
    made.threshold = cell.structure.spike_threshold_mV
    return made
