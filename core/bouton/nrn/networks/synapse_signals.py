"""Signals of the synapses that connections made: one trace per cell and connection set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from attrs import define, field

from bouton.errors import NetworkError, did_you_mean
from bouton.model.locations import Place
from bouton.model.morphology import FloatArray
from bouton.model.network import ConnectionSet, Network, RecordedTrace, SynapseRecording
from bouton.model.traces import Trace, TracePlace
from bouton.nrn import engine
from bouton.nrn.drives import Attached
from bouton.nrn.networks.cells import NetworkCells
from bouton.nrn.networks.connecting import Connections
from bouton.nrn.recording import Recording, trace_place


@define(eq=False)
class SynapseSignal:
    """One variable of the synapses of one connection set on one cell, under way.

    Attributes:
        told: What is recorded.
        connections: The connection set.
        cell: Number of the cell in its population.
        recording: What takes the samples.
        unit: Unit of the variable.
        places: Where the synapses are.
        sources: Sending cell of every synapse; -1 if several share it.
        columns: Give the samples of every synapse after the run.
    """

    told: SynapseRecording
    connections: ConnectionSet
    cell: int
    recording: Recording
    unit: str = ""
    places: list[TracePlace] = field(factory=list)
    sources: list[int] = field(factory=list)
    columns: list[Callable[[], FloatArray]] = field(factory=list)

    def add(self, synapse: Any, row: int) -> None:  # noqa: ANN401
        """Record the synapse of a row of the connections."""
        variable, cell = self.told.variable, self.recording.cell
        mechanism = synapse.hname().split("[", maxsplit=1)[0]
        pointer = getattr(synapse, f"_ref_{variable}", None)
        if type(pointer).__name__ != "HocObject":
            known = [name for name in dir(synapse) if not name.startswith("_")]
            raise NetworkError(
                f"recording {self.told.name!r}: synapses {mechanism} of {self.connections.name!r} "
                f"have no number {variable!r}; {did_you_mean(variable, known)}"
            )
        self.unit = engine.unit(f"{mechanism}.{variable}")
        asked = Place(int(self.connections.section[row]), float(self.connections.x[row]))
        segment = cell.structure.compartments.segment_at(asked.section, asked.x)
        self.places.append(trace_place(cell, segment, asked))
        self.sources.append(int(self.connections.source[row]))
        self.columns.append(self.recording.samples(pointer, self.told.interval_ms))

    def trace(self) -> RecordedTrace:
        """Return a copy of what was recorded, with one column per synapse."""
        name, t = self.told.variable, self.recording.times(self.told.interval_ms)
        values = np.stack([samples() for samples in self.columns], axis=1)
        trace = Trace(name, name, self.unit, t, values, tuple(self.places))
        made, post = self.connections.name, self.connections.post
        return RecordedTrace(self.told.name, post, self.cell, trace, made, tuple(self.sources))


def whole_step_ms(network: Network) -> float:
    """Return the step of a network that runs without stops for samples; 0 if it makes stops."""
    return network.integration.dt_ms if network.engine == "coreneuron" else 0.0


@contextmanager
def synapse_signals(
    network: Network, cells: NetworkCells, connections: Connections
) -> Iterator[list[SynapseSignal]]:
    """Attach all recordings of synapses on cells of this process, and detach them at the end.

    Raises:
        NetworkError: If connections or the variable do not exist, or are no synapses of their own.
    """
    signals: list[SynapseSignal] = []
    try:
        for told in network.synapse_recordings:
            _check(network, told)
            _attach(network, told, cells, connections, signals)
        yield signals
    finally:
        for signal in signals:
            signal.columns.clear()
            signal.recording.remove()


def _check(network: Network, told: SynapseRecording) -> None:
    sets = [network.connection_set(name) for name in told.connections]
    posts = sorted({one.post for one in sets})
    if len(posts) != 1:
        raise NetworkError(
            f"recording {told.name!r}: connections onto one population are needed, got those onto "
            f"{', '.join(posts) or 'none'}"
        )
    for one in sets:
        kind = network.synapses.get(one.synapse)
        if kind is None or not kind.mechanism:
            raise NetworkError(
                f"recording {told.name!r}: {one.name!r} made no synapses of their own; record a "
                "receptor as `point.variable` of its cell"
            )
    size = len(network.population(posts[0]))
    if len(told.cells) and (told.cells.min() < 0 or told.cells.max() >= size):
        raise NetworkError(
            f"recording {told.name!r}: population {posts[0]!r} has cells 0 to {size - 1}"
        )


def _attach(
    network: Network,
    told: SynapseRecording,
    cells: NetworkCells,
    connections: Connections,
    signals: list[SynapseSignal],
) -> None:
    """Record every synapse once, with the first connection that it serves."""
    seen: dict[Any, tuple[SynapseSignal, int]] = {}
    for made in map(network.connection_set, told.connections):
        first, synapses = network.first_ids[made.post], connections.synapses[made.name]
        of_cell: dict[int, SynapseSignal] = {}
        for row in np.flatnonzero(np.isin(made.target, told.cells)).tolist():
            cell, synapse = int(made.target[row]), synapses[row]
            if synapse in seen:
                signal, column = seen[synapse]
                if signal.sources[column] != made.source[row] or signal.connections is not made:
                    signal.sources[column] = -1
                continue
            if cell not in of_cell:
                live, step_ms = cells.live[first + cell], whole_step_ms(network)
                recording = Recording(live, Attached(), network.duration_ms, step_ms)
                of_cell[cell] = SynapseSignal(told, made, cell, recording)
                signals.append(of_cell[cell])
            seen[synapse] = of_cell[cell], len(of_cell[cell].columns)
            of_cell[cell].add(synapse, row)
