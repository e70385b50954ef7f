"""A network as plain data: what is built, with every number worked out.

Cells, sources and connections are arrays; nothing here knows how they came about (by rule, by
reconstruction, from a file) or how they are simulated. Cells are numbered within their population;
`Network.first_ids` turns that into numbers unique in the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

import numpy as np
from attrs import Factory, evolve, frozen

from bouton.errors import NetworkError, did_you_mean
from bouton.model.connections import SHARABLE, ConnectionSet, GapJunctions, SynapseType
from bouton.model.morphology import IntArray
from bouton.model.populations import ArtificialModel, CellModel, Population, SpikeTrains
from bouton.model.protocol import Drive, Integration, Signal, Validity
from bouton.model.traces import Response, Trace

__all__ = [
    "SHARABLE",
    "ArtificialModel",
    "CellModel",
    "CellRecording",
    "ConnectionSet",
    "GapJunctions",
    "Network",
    "NetworkResponse",
    "Population",
    "RecordedTrace",
    "SpikeTrains",
    "Stimulation",
    "SynapseRecording",
    "SynapseType",
    "downstream",
    "replayed",
    "without",
]


@frozen(eq=False)
class Stimulation:
    """Drives on chosen cells.

    Attributes:
        name: Unique in the network.
        population: Where the cells are.
        cells: Which ones, shape (n,).
        drives: What each of them gets.
    """

    name: str
    population: str
    cells: IntArray
    drives: tuple[Drive, ...]


@frozen(eq=False)
class CellRecording:
    """Signals of chosen cells; what is recorded at intervals has one interval per name.

    Attributes:
        name: Unique in the network.
        population: Where the cells are.
        cells: Which ones, shape (n,).
        signals: What is recorded of each.
    """

    name: str
    population: str
    cells: IntArray
    signals: tuple[Signal, ...]


@frozen(eq=False)
class SynapseRecording:
    """One variable of every synapse that some connections made on chosen cells.

    A synapse that several connections share is recorded once.

    Attributes:
        name: Unique in the network, among all recordings.
        connections: Connection sets onto one population; their synapses are mechanisms.
        variable: Variable of the synapse's mechanism, such as `i` or `g`.
        cells: Which cells of that population, shape (n,).
        interval_ms: Sampling interval; 0 records every step.
    """

    name: str
    connections: tuple[str, ...]
    variable: str
    cells: IntArray
    interval_ms: float = 0.0

    def __attrs_post_init__(self) -> None:
        if not (np.isfinite(self.interval_ms) and self.interval_ms >= 0):
            raise NetworkError(
                f"recording {self.name!r}: interval_ms must be 0 (every step) or above, got "
                f"{self.interval_ms!r}"
            )


@frozen(eq=False)
class Network:
    """Everything that is built and run.

    Attributes:
        populations: Cells and sources; their order decides the numbers of cells.
        synapses: Synapse types by name.
        connections: Connection sets.
        gap_junctions: Electrical synapses.
        stimulation: Drives.
        recordings: What is recorded of cells besides spikes.
        synapse_recordings: What is recorded of synapses.
        duration_ms: How long it runs.
        integration: Process-wide settings.
        validity: What makes a voltage acceptable.
        global_values: Mechanism globals that hold for all cells, whatever they say themselves.
        ignore_cell_settings: Whether cells run at the simulation's temperature although they ask
            for another.
        engine: What runs it.
    """

    populations: tuple[Population, ...]
    synapses: Mapping[str, SynapseType]
    connections: tuple[ConnectionSet, ...] = ()
    gap_junctions: tuple[GapJunctions, ...] = ()
    stimulation: tuple[Stimulation, ...] = ()
    recordings: tuple[CellRecording, ...] = ()
    duration_ms: float = 1000.0
    integration: Integration = Integration()
    validity: Validity = Validity()
    global_values: Mapping[str, float] = Factory(dict)
    ignore_cell_settings: bool = False
    synapse_recordings: tuple[SynapseRecording, ...] = ()
    engine: Literal["neuron", "coreneuron"] = "neuron"

    @cached_property
    def first_ids(self) -> Mapping[str, int]:
        """Number of the first cell of each population."""
        sizes = [len(population) for population in self.populations]
        starts = np.concatenate(([0], np.cumsum(sizes)))[:-1]
        names = [population.name for population in self.populations]
        return dict(zip(names, starts.tolist(), strict=True))

    @cached_property
    def _by_name(self) -> Mapping[str, Population]:
        return {population.name: population for population in self.populations}

    def population(self, name: str) -> Population:
        """Return a population.

        Raises:
            NetworkError: If there is none of this name.
        """
        if name not in self._by_name:
            raise NetworkError(f"no population {name!r}; {did_you_mean(name, self._by_name)}")
        return self._by_name[name]

    def connection_set(self, name: str) -> ConnectionSet:
        """Return a connection set.

        Raises:
            NetworkError: If there is none of this name.
        """
        known = {one.name: one for one in self.connections}
        if name not in known:
            raise NetworkError(f"no connections {name!r}; {did_you_mean(name, known)}")
        return known[name]

    @property
    def catalogues(self) -> tuple[str, ...]:
        """Catalogues that any part needs."""
        names: list[str] = []
        for population in self.populations:
            for model in population.models:
                owner = model.structure if isinstance(model, CellModel) else model
                names += owner.catalogues
        for synapse in self.synapses.values():
            names += synapse.catalogues
        for gaps in self.gap_junctions:
            names += gaps.catalogues
        return tuple(dict.fromkeys(names))


@frozen(eq=False)
class RecordedTrace:
    """A signal of one cell.

    Attributes:
        recording: Name of the recording.
        population: Where the cell is.
        cell: Its number there.
        trace: The signal; one column per synapse for synapses.
        connections: Connection set that made the synapses; empty for signals of cells.
        sources: Sending cell of every column; -1 where several cells share the synapse.
    """

    recording: str
    population: str
    cell: int
    trace: Trace
    connections: str = ""
    sources: tuple[int, ...] = ()


@frozen(eq=False)
class NetworkResponse(Response):
    """What a network did: spikes of every population as traces of variable `spikes`.

    A trace of spikes holds times, and as values the cells that fired, numbered within their
    population.

    Attributes:
        sizes: Cells of every population.
        sources: Populations whose spikes were known beforehand.
        recordings: Recorded signals, (recording, population, cell, trace).
    """

    sizes: Mapping[str, int] = Factory(dict)
    sources: frozenset[str] = frozenset()
    recordings: tuple[RecordedTrace, ...] = ()


def downstream(network: Network, changed: Iterable[str]) -> set[str]:
    """Return the populations that feel a change in some populations or connection sets.

    Args:
        network: The network.
        changed: Names of populations, connection sets, gap junctions or stimulations.
    """
    named = set(changed)
    felt = {p.name for p in network.populations if p.name in named}
    felt |= {c.post for c in network.connections if c.name in named}
    felt |= {s.population for s in network.stimulation if s.name in named}
    for gaps in network.gap_junctions:
        felt |= {gaps.pre, gaps.post} if gaps.name in named else set()
    while True:
        more = {c.post for c in network.connections if c.pre in felt}
        for gaps in network.gap_junctions:
            more |= {gaps.pre, gaps.post} if {gaps.pre, gaps.post} & felt else set()
        if more <= felt:
            return felt
        felt |= more


def without(network: Network, populations: Iterable[str]) -> Network:
    """Return the network without what reaches or belongs to some populations.

    They stay in the list, so that every cell keeps its number, as sources that never fire.
    """
    gone = set(populations)
    silent = SpikeTrains(np.empty(0), np.empty(0, dtype=np.int64))
    kept = tuple(replayed(p, silent) if p.name in gone else p for p in network.populations)
    removed = {c.name for c in network.connections if c.post in gone}
    return evolve(
        network,
        populations=kept,
        connections=tuple(c for c in network.connections if c.post not in gone),
        gap_junctions=tuple(g for g in network.gap_junctions if not {g.pre, g.post} & gone),
        stimulation=tuple(s for s in network.stimulation if s.population not in gone),
        recordings=tuple(r for r in network.recordings if r.population not in gone),
        synapse_recordings=tuple(
            r for r in network.synapse_recordings if not removed & set(r.connections)
        ),
    )


def replayed(population: Population, trains: SpikeTrains) -> Population:
    """Return a population that fires known spikes instead of being simulated."""
    return evolve(population, models=(), model_of=np.empty(0, dtype=np.int64), trains=trains)
