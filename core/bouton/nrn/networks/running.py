"""One run of a live network: what drives and records it, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from time import process_time
from typing import Any

import numpy as np

from bouton.errors import LocationError, NetworkError, ProtocolError, SimulationError
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import (
    CellRecording,
    Network,
    NetworkResponse,
    RecordedTrace,
)
from bouton.model.protocol import MEMBRANE_CURRENT, SPIKES, Protocol
from bouton.model.traces import RunStatistics, Trace
from bouton.nrn import gate, integration, mpi
from bouton.nrn.coreneuron import run_whole
from bouton.nrn.drives import Attached, attached
from bouton.nrn.engine import h, parallel
from bouton.nrn.frames import Frames, run_fixed
from bouton.nrn.networks.cells import NetworkCells
from bouton.nrn.networks.connecting import Connections
from bouton.nrn.networks.spike_signals import spike_trace, without_detectors
from bouton.nrn.networks.synapse_signals import synapse_signals, whole_step_ms
from bouton.nrn.randomness import restart_generators
from bouton.nrn.recording import Recording, recorded


def run_network(
    network: Network,
    cells: NetworkCells,
    connections: Connections,
    ready: Callable[[], None] | None = None,
) -> NetworkResponse:
    """Simulate a network that is built, and return what happened.

    Args:
        network: What was built.
        cells: Its cells in this process.
        connections: The connections onto them.
        ready: Called when everything fits, before the first step.

    Raises:
        SimulationError: If the run failed or its voltages make no sense.
        NetworkError: If a drive or recording does not fit its cells.
    """
    began = process_time()
    _refuse_variable_step(network)
    currents = any(s.variable == MEMBRANE_CURRENT for r in network.recordings for s in r.signals)
    values = integration.wanted(network.integration, membrane_current=currents)
    with ExitStack() as stack:
        stack.enter_context(integration.applied(values))
        with mpi.together():
            drives = [(n, stack.enter_context(a)) for n, a in _drives(network, cells)]
            driven = _joined(drives)
            taken = [
                (r, c, _entered(stack, r, a)) for r, c, a in _recordings(network, cells, driven)
            ]
            synapses = stack.enter_context(synapse_signals(network, cells, connections))
        if ready is not None:
            with mpi.together():
                ready()
        times, ids = h.Vector(), h.Vector()
        parallel.spike_record(-1, times, ids)
        pattern = _pattern(network)
        _restart_streams(network, cells, [drive for _, drive in drives])
        frames = [live.frames for _, _, live in taken] + [one.recording.frames for one in synapses]
        with mpi.in_step():
            steps = _integrate(network, cells, [one for known in frames for one in known.values()])
        ran = process_time()
        with mpi.together():
            integration.verify(values)
            sent = np.array(times), np.array(ids)
            recordings = [trace for one in taken for trace in _traces(network, *one, *sent)]
            recordings += [_checked(one.trace()) for one in synapses]
            _check_potentials(network, cells)
        del pattern
    cpu_s = {"run": ran - began, "collect": process_time() - ran}
    statistics = RunStatistics(cpu_s, steps)
    with mpi.in_step():
        return _response(network, np.array(times), np.array(ids), recordings, statistics)


def _refuse_variable_step(network: Network) -> None:
    if network.integration.method == "cvode":
        raise NetworkError(
            "networks run with a fixed step (method fixed or crank-nicolson): with the variable "
            "step every event of every cell restarts the solver of all"
        )


def _drives(network: Network, cells: NetworkCells) -> Iterator[tuple[int, Any]]:
    """Yield the number of a cell and what attaches drives to it."""
    for stimulation in network.stimulation:
        first = network.first_ids[stimulation.population]
        for cell in stimulation.cells.tolist():
            if first + cell in cells.live:
                yield first + cell, attached(cells.live[first + cell], stimulation.drives)


def _joined(drives: Iterable[tuple[int, Attached]]) -> dict[int, Attached]:
    """Return the currents of all drives of every cell, for signals that sum them."""
    found: dict[int, Attached] = {}
    for number, drive in drives:
        found.setdefault(number, Attached()).currents.extend(drive.currents)
    return found


def _recordings(
    network: Network, cells: NetworkCells, currents_of: Mapping[int, Attached]
) -> Iterator[tuple[CellRecording, int, Any]]:
    for recording in network.recordings:
        protocol = Protocol(
            (),
            without_detectors(recording.signals),
            network.duration_ms,
            network.integration,
            network.validity,
        )
        first = network.first_ids[recording.population]
        for cell in recording.cells.tolist():
            if first + cell in cells.live:
                live = cells.live[first + cell]
                own = currents_of.get(first + cell) or Attached()
                yield recording, cell, recorded(live, protocol, own, whole_step_ms(network))


def _entered(stack: ExitStack, told: CellRecording, what: Any) -> Recording:  # noqa: ANN401
    try:
        found: Recording = stack.enter_context(what)
    except (LocationError, ProtocolError) as error:
        raise NetworkError(f"recording {told.name!r}: {error}") from error
    return found


def _pattern(network: Network) -> Any:  # noqa: ANN401
    """Return the object that fires all known spikes."""
    times, cells = known_spikes(network)
    pattern = h.PatternStim()
    vectors = h.Vector(times), h.Vector(cells)
    pattern.play(*vectors)
    return pattern, vectors


def _restart_streams(network: Network, cells: NetworkCells, drives: Iterable[Attached]) -> None:
    seed = network.integration.seed
    restart_generators()
    for gid, cell in cells.live.items():
        cell.streams.restart((seed * 1_000_003 + gid) % 2**32)
    for drive in drives:
        drive.streams.restart(seed)


def _integrate(network: Network, cells: NetworkCells, recorded: Sequence[Frames]) -> int:
    settings = network.integration
    # All processes must stop at the same times, whatever they record themselves.
    every = {s.interval_ms for r in network.recordings for s in r.signals}
    every |= {r.interval_ms for r in network.synapse_recordings}
    frames = [*recorded]
    frames += [Frames(interval, network.duration_ms) for interval in every if interval > 0]
    try:
        parallel.set_maxstep(10)
        handler = h.FInitializeHandler(0, lambda: _offset(network, cells))
        h.finitialize(settings.v_init_mV)
        del handler
        if network.engine == "coreneuron":
            return run_whole(network.duration_ms, settings.dt_ms)
        return run_fixed(frames, network.duration_ms, settings.dt_ms)
    except RuntimeError as error:
        detail = " ".join(str(error).split()).removeprefix("hocobj_call error: ")
        raise SimulationError("solver failed", f"{detail} at t = {h.t:g} ms") from error


def _offset(network: Network, cells: NetworkCells) -> None:
    """Move starting potentials, after NEURON has set them and before mechanisms start from them."""
    for population in network.populations:
        if population.v_init_offset_mV is None:
            continue
        first = network.first_ids[population.name]
        for cell in cells.owned(population).tolist():
            if first + cell in cells.live:
                start = network.integration.v_init_mV + float(population.v_init_offset_mV[cell])
                for section in cells.live[first + cell].sections:
                    for segment in section.allseg():
                        segment.v = start


def _traces(
    network: Network,
    recording: CellRecording,
    cell: int,
    live: Recording,
    times_ms: FloatArray,
    ids: FloatArray,
) -> Iterator[RecordedTrace]:
    own = times_ms[ids == network.first_ids[recording.population] + cell]
    found = {trace.name: trace for trace in live.traces()}
    for signal in recording.signals:
        trace = found.get(signal.name)
        if signal.variable == SPIKES or trace is None:
            trace = spike_trace(signal, live.cell, own, trace)
            yield RecordedTrace(recording.name, recording.population, cell, trace)
            continue
        yield _checked(RecordedTrace(recording.name, recording.population, cell, trace))
        if trace.variable == "v":
            where = f"recording {recording.name!r} of cell {cell}"
            gate.check_range(trace.values, network.validity, where)


def _checked(one: RecordedTrace) -> RecordedTrace:
    gate.check_values(one.trace.values, f"recording {one.recording!r} of cell {one.cell}")
    return one


def _check_potentials(network: Network, cells: NetworkCells) -> None:
    for gid, cell in cells.live.items():
        potentials = cell.potentials_mV()
        where = f"the potential of cell {gid} at the end"
        gate.check_values(potentials, where)
        gate.check_range(potentials, network.validity, where)


def _response(
    network: Network,
    times: FloatArray,
    ids: FloatArray,
    recordings: Iterable[RecordedTrace],
    statistics: RunStatistics,
) -> NetworkResponse:
    of_cells = ids < sum(len(p) for p in network.populations)  # further places send too
    times, ids = mpi.gathered(times[of_cells]), mpi.gathered(ids[of_cells])
    order = np.lexsort((ids, times))
    return NetworkResponse(
        "network",
        tuple(spike_traces(network, times[order], ids[order].astype(np.int64))),
        Protocol((), (), network.duration_ms, network.integration, network.validity),
        statistics,
        {p.name: len(p) for p in network.populations},
        frozenset(p.name for p in network.populations if p.is_source),
        tuple(recordings),
    )


def known_spikes(network: Network) -> tuple[FloatArray, FloatArray]:
    """Return times and cell numbers of all spikes that are known beforehand, in order."""
    times, ids = [np.empty(0)], [np.empty(0)]
    for population in network.populations:
        if population.trains is not None:
            times.append(population.trains.times_ms)
            numbers = population.trains.cells + network.first_ids[population.name]
            ids.append(numbers.astype(np.float64))
    every, who = np.concatenate(times), np.concatenate(ids)
    order = np.lexsort((who, every))
    return every[order], who[order]


def spike_traces(network: Network, times_ms: FloatArray, ids: IntArray) -> Iterator[Trace]:
    """Yield the spikes of every population: those of sources are the known ones."""
    for population in network.populations:
        first = network.first_ids[population.name]
        if population.trains is not None:
            late = population.trains.times_ms > network.duration_ms
            t, cells = population.trains.times_ms[~late], population.trains.cells[~late]
        else:
            own = (ids >= first) & (ids < first + len(population))
            t, cells = times_ms[own], ids[own] - first
        yield Trace(population.name, "spikes", "", t, cells)
