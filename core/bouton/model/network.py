"""A network as plain data: what is built, with every number worked out.

Cells, sources and connections are arrays; nothing here knows how they came about (by rule, by
reconstruction, from a file) or how they are simulated. Cells are numbered within their population;
`Network.first_ids` turns that into numbers unique in the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from attrs import Factory, evolve, frozen

from bouton.errors import NetworkError, did_you_mean
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.protocol import Drive, Integration, Signal, Validity
from bouton.model.traces import Response, Trace

SHARABLE = ("ExpSyn", "Exp2Syn")


@frozen(eq=False)
class CellModel:
    """One kind of cell.

    Attributes:
        name: For messages.
        structure: What is built.
        settings: Every number on it.
    """

    name: str
    structure: CellStructure
    settings: CellSettings


@frozen(eq=False)
class ArtificialModel:
    """A cell without sections: an artificial cell of the simulator, such as `IntFire1`.

    Attributes:
        name: For messages.
        mechanism: NEURON name.
        values: Parameters by NEURON name.
        catalogues: Catalogues that define it.
    """

    name: str
    mechanism: str
    values: Mapping[str, float] = Factory(dict)
    catalogues: tuple[str, ...] = ()


@frozen(eq=False)
class SpikeTrains:
    """Spikes that are known beforehand.

    Attributes:
        times_ms: In rising order, shape (n,).
        cells: Who fires, numbered within the population, shape (n,).
    """

    times_ms: FloatArray
    cells: IntArray

    @classmethod
    def merged(cls, trains: Sequence[FloatArray]) -> SpikeTrains:
        """Return the trains of cells 0, 1, ... in order of time, ties in order of cells."""
        cells = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
        times = np.concatenate([np.empty(0), *trains])
        order = np.lexsort((cells, times))
        return cls(times[order], cells[order])


@frozen(eq=False)
class Population:
    """Cells, or sources of spikes, with positions.

    Attributes:
        name: Unique in the network.
        positions: Shape (n, 3), um.
        models: Kinds of cells; empty for a source.
        model_of: Which kind each cell is, shape (n,).
        trains: What a source fires; None for cells.
        v_init_offset_mV: How far from the starting potential of the run each cell starts, shape
            (n,); None for not at all.
    """

    name: str
    positions: FloatArray
    models: tuple[CellModel | ArtificialModel, ...] = ()
    model_of: IntArray = Factory(lambda: np.empty(0, dtype=np.int64))
    trains: SpikeTrains | None = None
    v_init_offset_mV: FloatArray | None = None

    def __attrs_post_init__(self) -> None:
        if self.positions.ndim != 2 or self.positions.shape[1] != 3:
            shape = self.positions.shape
            raise NetworkError(f"population {self.name!r}: positions need (n, 3), got {shape}")
        if self.trains is None and self.model_of.shape != (len(self),):
            raise NetworkError(f"population {self.name!r}: every cell needs a model")

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def is_source(self) -> bool:
        """Whether its spikes are known beforehand."""
        return self.trains is not None

    def model(self, cell: int) -> CellModel | ArtificialModel:
        """Return what a cell is made of."""
        return self.models[int(self.model_of[cell])]


@frozen(eq=False)
class SynapseType:
    """A kind of synapse.

    Attributes:
        name: Unique in the network.
        mechanism: NEURON name of the point process; empty for a receptor that the target has.
        values: Parameters by NEURON name.
        catalogues: Catalogues that define it.
        receptor: Receptor of a point neuron, or point process of the target cell, that takes the
            events.
        is_shared: Whether all connections in one segment share one synapse; exact where events
            add up linearly.
    """

    name: str
    mechanism: str = ""
    values: Mapping[str, float] = Factory(dict)
    catalogues: tuple[str, ...] = ()
    receptor: str = ""
    is_shared: bool = False


@frozen(eq=False)
class ConnectionSet:
    """Connections between two populations, one entry per synapse.

    Attributes:
        name: Unique in the network.
        pre: Population that sends.
        post: Population that receives.
        synapse: Name of the synapse type.
        source: Sending cell, shape (n,).
        target: Receiving cell, shape (n,).
        section: Section of the receiving cell, shape (n,); -1 where there is none.
        x: Place on it, shape (n,).
        weight: Shape (n,).
        delay_ms: Shape (n,).
        source_section: Section of the sending cell whose potential sends, shape (n,); -1 for the
            spike source of the cell, None for that of all.
        source_x: Place on it, shape (n,); given with `source_section`.
        onto: Connection set before this one whose synapses get the events instead of new ones: the
            first connection to a place meets the first synapse there, the second the second.
    """

    name: str
    pre: str
    post: str
    synapse: str
    source: IntArray
    target: IntArray
    section: IntArray
    x: FloatArray
    weight: FloatArray
    delay_ms: FloatArray
    source_section: IntArray | None = None
    source_x: FloatArray | None = None
    onto: str = ""

    def __attrs_post_init__(self) -> None:
        if (self.source_section is None) != (self.source_x is None):
            raise NetworkError(
                f"connections {self.name!r}: source_section and source_x come together"
            )
        if {getattr(self, name).shape for name in self.arrays} != {self.source.shape}:
            raise NetworkError(f"connections {self.name!r}: arrays of different lengths")

    def __len__(self) -> int:
        return len(self.source)

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the arrays that are given."""
        ends = ("source_section", "source_x") if self.source_section is not None else ()
        return ("source", "target", "section", "x", *ends, "weight", "delay_ms")

    def only(self, keep: IntArray) -> ConnectionSet:
        """Return some of the connections, by index or by mask."""
        return evolve(self, **{name: getattr(self, name)[keep] for name in self.arrays})

    def same_synapses(self, other: ConnectionSet) -> bool:
        """Return whether only weights and delays differ."""
        names = ("name", "pre", "post", "synapse", "onto", "arrays")
        return all(getattr(self, n) == getattr(other, n) for n in names) and all(
            getattr(self, n) is getattr(other, n)
            or np.array_equal(getattr(self, n), getattr(other, n))
            for n in self.arrays
            if n not in ("weight", "delay_ms")
        )


@frozen(eq=False)
class GapJunctions:
    """Electrical synapses: each couples two places both ways.

    Attributes:
        name: Unique in the network.
        pre: One population.
        post: The other.
        mechanism: Point process of each half, with a variable for the other side's potential.
        variable: That variable.
        conductance: Parameter that holds the conductance.
        catalogues: Catalogues that define it.
        source: Cell on one side, shape (n,).
        source_section: Its section, shape (n,).
        source_x: Place on it, shape (n,).
        target: Cell on the other side, shape (n,).
        target_section: Its section, shape (n,).
        target_x: Place on it, shape (n,).
        weight: Conductance, shape (n,).
    """

    name: str
    pre: str
    post: str
    source: IntArray
    source_section: IntArray
    source_x: FloatArray
    target: IntArray
    target_section: IntArray
    target_x: FloatArray
    weight: FloatArray
    mechanism: str = "HalfGap"
    variable: str = "vgap"
    conductance: str = "g"
    catalogues: tuple[str, ...] = ("networks",)

    def __len__(self) -> int:
        return len(self.source)


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
