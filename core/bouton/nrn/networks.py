"""A described network, alive in NEURON: in one process, or spread over those of MPI.

Every cell has a number. A process builds the cells whose number leaves its rank as remainder, and
the synapses on them. Spikes that are known beforehand are injected by one object, not by one
generator per cell, so a source costs nothing to build and its spikes travel between no processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from time import process_time
from types import TracebackType
from typing import Any, Self

import numpy as np
from attrs import evolve

from bouton.errors import CellError, EngineError, NetworkError, SimulationError, did_you_mean
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import (
    ArtificialModel,
    CellModel,
    CellRecording,
    ConnectionSet,
    GapJunctions,
    Network,
    NetworkResponse,
    Population,
    RecordedTrace,
    SynapseType,
)
from bouton.model.protocol import MEMBRANE_CURRENT, Protocol
from bouton.model.traces import RunStatistics, Trace
from bouton.nrn import catalogues, engine, gate, integration, mpi, sections
from bouton.nrn.cells import LiveCell
from bouton.nrn.drives import attached
from bouton.nrn.engine import h, parallel
from bouton.nrn.frames import Frames, run_fixed
from bouton.nrn.global_settings import check_cell_settings, network_globals
from bouton.nrn.randomness import restart_generators
from bouton.nrn.recording import recorded
from bouton.nrn.settings import GlobalValues


class LiveNetwork:
    """A network in NEURON, for use in a `with` statement.

    Attributes:
        network: What is built; connections onto cells of other processes are absent.
        rank: Number of this process.
        ranks: Number of processes.
        cpu_s: CPU seconds spent on building, by part.
    """

    def __init__(self, network: Network, rank: int = 0, ranks: int = 1) -> None:
        """Build everything.

        Args:
            network: What to build.
            rank: Number of this process, as `mpi.start` gives it.
            ranks: Number of processes.

        Raises:
            NetworkError: If a place, synapse or receptor does not exist, or cells disagree.
            EngineError: If other sections or another network are alive in this process.
        """
        engine.check_thread()
        _refuse_others()
        self.network = network
        self.rank, self.ranks = rank, ranks
        self.cpu_s: dict[str, float] = {}
        self.cells: dict[int, LiveCell] = {}
        self._artificial: dict[int, Any] = {}
        self._keep: list[Any] = []
        self._shared: dict[tuple[str, int, int, int], Any] = {}
        self._wired: dict[str, list[Any]] = {}
        self._synapses: dict[str, list[Any]] = {}
        self._globals = GlobalValues()
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self) -> None:
        check_cell_settings(self.network)
        with self._timed("mechanisms"):
            catalogues.load(self.network.catalogues)
            values = network_globals(self.network)
            self._globals.check(values)
            self._globals.write(values)
        with self._timed("cells"):
            for population in self.network.populations:
                if not population.is_source:
                    self._build_population(population)
        with self._timed("connections"):
            for connections in self.network.connections:
                self._connect(connections)
            for gaps in self.network.gap_junctions:
                self._couple(gaps)
        if self.network.gap_junctions:
            parallel.setup_transfer()

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = process_time()
        yield
        self.cpu_s[part] = self.cpu_s.get(part, 0.0) + process_time() - began

    def owned(self, population: Population) -> IntArray:
        """Return the cells of a population that this process has."""
        first = self.network.first_ids[population.name]
        start = (self.rank - first) % self.ranks
        return np.arange(start, len(population), self.ranks)

    def _build_population(self, population: Population) -> None:
        first = self.network.first_ids[population.name]
        for cell in self.owned(population).tolist():
            model, gid = population.model(cell), first + cell
            if isinstance(model, ArtificialModel):
                source = self._artificial_cell(gid, model)
            else:
                source = self._cell(gid, model)
            parallel.set_gid2node(gid, self.rank)
            parallel.cell(gid, source)
            self._keep.append(source)

    def _cell(self, gid: int, model: CellModel) -> Any:  # noqa: ANN401
        settings = evolve(model.settings, global_values={})  # they belong to the network
        cell = LiveCell(model.structure, settings, beside_others=True)
        self.cells[gid] = cell
        if model.structure.spike_process:
            return h.NetCon(cell.point_process(model.structure.spike_process), None)
        places = cell.places(model.structure.spike_source)
        if len(places) != 1:
            raise NetworkError(f"cell {model.name!r} has {len(places)} spike sources, not one")
        segment = cell.at(places[0])
        detector = h.NetCon(segment._ref_v, None, sec=segment.sec)
        detector.threshold = model.structure.spike_threshold_mV
        return detector

    def _artificial_cell(self, gid: int, model: ArtificialModel) -> Any:  # noqa: ANN401
        try:
            made = getattr(h, model.mechanism)()
            for name, value in model.values.items():
                setattr(made, name, float(value))
        except (AttributeError, LookupError, TypeError) as error:
            raise NetworkError(f"artificial cell {model.mechanism!r}: {error}") from error
        self._artificial[gid] = made
        return h.NetCon(made, None)

    def update(self, network: Network) -> bool:
        """Make this network equal to another one in place, if only connections differ.

        Weights and delays are written into the connections that are there; where other cells
        connect, only that connection set is wired anew.

        Returns:
            Whether it was possible; if not, nothing was changed.
        """
        self._check_open()
        if not _same_but_connections(self.network, network):
            return False
        before = {one.name: one for one in self.network.connections}
        self.network = network
        for connections in network.connections:
            old = before[connections.name]
            if old is connections:
                continue
            if old.same_synapses(connections):
                self._rewrite(old, connections)
            else:
                self._wired.pop(connections.name).clear()
                self._synapses.pop(connections.name).clear()
                self._connect(connections)
        return True

    def _rewrite(self, old: ConnectionSet, new: ConnectionSet) -> None:
        changed = (old.weight != new.weight) | (old.delay_ms != new.delay_ms)
        live = self._wired[new.name]
        self._check_numbers(new)
        for row in np.flatnonzero(changed).tolist():
            connection = live[row]
            connection.weight[self._index_of[new.name]] = new.weight[row]
            connection.delay = new.delay_ms[row]

    def _connect(self, connections: ConnectionSet) -> None:
        self._check_numbers(connections)
        post = self.network.population(connections.post)
        pre = self.network.population(connections.pre)
        _check_range(connections, len(pre), len(post))
        if post.is_source:
            raise NetworkError(
                f"connections {connections.name!r}: {post.name!r} is a source of spikes, nothing "
                "can connect to it"
            )
        bare = {"": SynapseType("")}  # artificial cells take events themselves
        synapse = {**self.network.synapses, **bare}.get(connections.synapse)
        if synapse is None:
            hint = did_you_mean(connections.synapse, self.network.synapses)
            raise NetworkError(
                f"connections {connections.name!r}: no synapse {connections.synapse!r}; {hint}"
            )
        first = self.network.first_ids
        targets, index = self._targets(connections, synapse, first[post.name])
        self._index_of = {**getattr(self, "_index_of", {}), connections.name: index}
        self._wired[connections.name] = _wire(
            (connections.source + first[pre.name]).tolist(),
            targets,
            connections.weight.tolist(),
            connections.delay_ms.tolist(),
            index,
        )

    def _check_numbers(self, connections: ConnectionSet) -> None:
        dt = self.network.integration.dt_ms
        delays, weights = connections.delay_ms, connections.weight
        if len(delays) and not (np.isfinite(delays).all() and delays.min() >= dt):
            raise NetworkError(
                f"connections {connections.name!r}: delays must be at least the step of {dt:g} ms, "
                f"got {delays.min():g} ms"
            )
        if not np.isfinite(weights).all():
            raise NetworkError(f"connections {connections.name!r}: a weight is not finite")

    def _targets(
        self, connections: ConnectionSet, synapse: SynapseType, first: int
    ) -> tuple[list[Any], int]:
        """Return the receiving object of every connection, and which weight is meant."""
        cells = (connections.target + first).tolist()
        made: list[Any] = []
        self._synapses[connections.name] = made
        if not cells:
            return made, 0
        if cells[0] in self._artificial:
            self._refuse_synapse(connections, synapse)
            return [self._artificial[cell] for cell in cells], 0
        if not (synapse.mechanism or synapse.receptor):
            raise NetworkError(
                f"connections {connections.name!r}: cells of {connections.post!r} need a synapse"
            )
        if synapse.receptor:
            return self._receptors(connections, synapse.receptor, cells)
        places = zip(cells, connections.section.tolist(), connections.x.tolist(), strict=True)
        for cell, section, x in places:
            made.append(self._synapse(connections.name, synapse, cell, section, x))
        return made, 0

    def _refuse_synapse(self, connections: ConnectionSet, synapse: SynapseType) -> None:
        if synapse.mechanism:
            raise NetworkError(
                f"connections {connections.name!r}: {connections.post!r} are artificial cells and "
                f"take events themselves; synapse {synapse.name!r} cannot be put on them"
            )

    def _receptors(
        self, connections: ConnectionSet, receptor: str, cells: list[int]
    ) -> tuple[list[Any], int]:
        found: dict[int, tuple[Any, int]] = {}
        for cell in dict.fromkeys(cells):
            found[cell] = receptor_of(self.cells[cell], receptor, connections.name)
        indices = {index for _, index in found.values()}
        if len(indices) > 1:
            raise NetworkError(
                f"connections {connections.name!r}: receptor {receptor!r} is not the same weight "
                "on all cells; connect the kinds of cells separately"
            )
        return [found[cell][0] for cell in cells], indices.pop()

    def _synapse(self, name: str, kind: SynapseType, cell: int, section: int, x: float) -> Any:  # noqa: ANN401
        live = self.cells[cell]
        if not 0 <= section < len(live.sections):
            raise NetworkError(
                f"connections {name!r}: cell {cell} has {len(live.sections)} sections, there is "
                f"no number {section}"
            )
        segment = live.structure.compartments.segment_at(section, x)
        is_end = x in (0.0, 1.0)
        key = (kind.name, cell, segment, int(x * 2 + 1) if is_end else 0)
        if kind.is_shared and key in self._shared:
            return self._shared[key]
        try:
            made = sections.point_process(
                kind.mechanism, live.sections[section](x), kind.values, kind.catalogues
            )
        except CellError as error:
            raise NetworkError(f"synapse {kind.name!r}: {error}") from error
        if kind.is_shared:
            self._shared[key] = made
        return made

    def _couple(self, gaps: GapJunctions) -> None:
        """Make both halves of every gap junction that have a side in this process."""
        first = self.network.first_ids
        cells = (gaps.source + first[gaps.pre], gaps.target + first[gaps.post])
        base = 2 * sum(len(g) for g in self._gaps_before(gaps))
        places = (
            (cells[0], gaps.source_section, gaps.source_x),
            (cells[1], gaps.target_section, gaps.target_x),
        )
        for row in range(len(gaps)):
            for side in (0, 1):
                cell, section, x = (column[row] for column in places[side])
                if int(cell) % self.ranks != self.rank:
                    continue
                segment = self._gap_segment(gaps, int(cell), int(section), float(x))
                own, other = base + 2 * row + side, base + 2 * row + 1 - side
                parallel.source_var(segment._ref_v, own, sec=segment.sec)
                half = sections.point_process(
                    gaps.mechanism,
                    segment,
                    {gaps.conductance: float(gaps.weight[row])},
                    gaps.catalogues,
                )
                parallel.target_var(half, getattr(half, f"_ref_{gaps.variable}"), other)
                self._keep.append(half)

    def _gap_segment(self, gaps: GapJunctions, cell: int, section: int, x: float) -> Any:  # noqa: ANN401
        if cell not in self.cells or not 0 <= section < len(self.cells[cell].sections):
            raise NetworkError(
                f"gap junctions {gaps.name!r}: cell {cell} has no section number {section}"
            )
        return self.cells[cell].sections[section](x)

    def _gaps_before(self, gaps: GapJunctions) -> list[GapJunctions]:
        every = self.network.gap_junctions
        return list(every[: next(i for i, one in enumerate(every) if one is gaps)])

    def run(self) -> NetworkResponse:
        """Simulate, and return what happened; over MPI only process 0 gets it all.

        Raises:
            SimulationError: If the run failed or its voltages make no sense.
            NetworkError: If a drive or recording does not fit its cells.
        """
        self._check_open()
        began = process_time()
        network = self.network
        _refuse_variable_step(network)
        currents = any(
            s.variable == MEMBRANE_CURRENT for r in network.recordings for s in r.signals
        )
        values = integration.wanted(network.integration, membrane_current=currents)
        with ExitStack() as stack:
            stack.enter_context(integration.applied(values))
            drives = [stack.enter_context(a) for a in self._drives()]
            taken = [(r, g, stack.enter_context(c)) for r, g, c in self._recordings()]
            times, ids = h.Vector(), h.Vector()
            parallel.spike_record(-1, times, ids)
            pattern = self._pattern()
            restart_generators()
            for gid, cell in self.cells.items():
                cell.streams.restart((network.integration.seed * 1_000_003 + gid) % 2**32)
            for drive in drives:
                drive.streams.restart(network.integration.seed)
            steps = self._integrate([recording for _, _, recording in taken])
            ran = process_time()
            integration.verify(values)
            traces = [self._traces(*one) for one in taken]
            self._check_potentials()
            del pattern
        recordings = tuple(trace for group in traces for trace in group)
        cpu_s = {"run": ran - began, "collect": process_time() - ran}
        return self._response(np.array(times), np.array(ids), recordings, cpu_s, steps)

    def _drives(self) -> Iterator[Any]:
        for stimulation in self.network.stimulation:
            first = self.network.first_ids[stimulation.population]
            for cell in stimulation.cells.tolist():
                if first + cell in self.cells:
                    yield attached(self.cells[first + cell], stimulation.drives)

    def _recordings(self) -> Iterator[tuple[CellRecording, int, Any]]:
        for recording in self.network.recordings:
            protocol = Protocol(
                (),
                recording.signals,
                self.network.duration_ms,
                self.network.integration,
                self.network.validity,
            )
            first = self.network.first_ids[recording.population]
            for cell in recording.cells.tolist():
                if first + cell in self.cells:
                    live = self.cells[first + cell]
                    with attached(live, ()) as none:
                        yield recording, cell, recorded(live, protocol, none)

    def _pattern(self) -> Any:  # noqa: ANN401
        """Return the object that fires all known spikes."""
        times, cells = known_spikes(self.network)
        pattern = h.PatternStim()
        vectors = h.Vector(times), h.Vector(cells)
        pattern.play(*vectors)
        return pattern, vectors

    def _integrate(self, recordings: Iterable[Any]) -> int:
        settings = self.network.integration
        frames = [one for recording in recordings for one in recording.frames.values()]
        # All processes must stop at the same times, whatever they record themselves.
        every = {s.interval_ms for r in self.network.recordings for s in r.signals}
        frames += [Frames(interval, self.network.duration_ms) for interval in every if interval > 0]
        try:
            parallel.set_maxstep(10)
            h.finitialize(settings.v_init_mV)
            return run_fixed(frames, self.network.duration_ms, settings.dt_ms)
        except RuntimeError as error:
            detail = " ".join(str(error).split()).removeprefix("hocobj_call error: ")
            raise SimulationError("solver failed", f"{detail} at t = {h.t:g} ms") from error

    def _traces(self, recording: CellRecording, cell: int, live: Any) -> list[RecordedTrace]:  # noqa: ANN401
        traces = live.traces()
        for trace in traces:
            if trace.variable != "spikes":
                gate.check_values(trace.values, f"recording {recording.name!r} of cell {cell}")
            if trace.variable == "v":
                where = f"recording {recording.name!r} of cell {cell}"
                gate.check_range(trace.values, self.network.validity, where)
        return [RecordedTrace(recording.name, recording.population, cell, t) for t in traces]

    def _check_potentials(self) -> None:
        for gid, cell in self.cells.items():
            potentials = cell.potentials_mV()
            gate.check_values(potentials, f"the potential of cell {gid} at the end")
            gate.check_range(
                potentials, self.network.validity, f"the potential of cell {gid} at the end"
            )

    def _response(
        self,
        times: FloatArray,
        ids: FloatArray,
        recordings: tuple[RecordedTrace, ...],
        cpu_s: dict[str, float],
        steps: int,
    ) -> NetworkResponse:
        times, ids = mpi.gathered(times), mpi.gathered(ids)
        order = np.lexsort((ids, times))
        traces = tuple(spike_traces(self.network, times[order], ids[order].astype(np.int64)))
        network = self.network
        return NetworkResponse(
            "network",
            traces,
            Protocol((), (), network.duration_ms, network.integration, network.validity),
            RunStatistics(cpu_s, steps),
            {p.name: len(p) for p in network.populations},
            frozenset(p.name for p in network.populations if p.is_source),
            recordings,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        engine.check_thread()
        if not (self.cells or self._artificial or not self._is_meant_to_have_cells()):
            raise EngineError("the network is closed; build it again")

    def _is_meant_to_have_cells(self) -> bool:
        return any(len(self.owned(p)) for p in self.network.populations if not p.is_source)

    def close(self) -> None:
        """Remove the network from NEURON."""
        self._wired.clear()
        self._synapses.clear()
        self._shared.clear()
        parallel.gid_clear()
        self._keep.clear()
        self._artificial.clear()
        for gid in reversed(list(self.cells)):
            self.cells[gid].close()
        self.cells.clear()
        self._globals.restore()


def _wire(
    sources: list[int], targets: list[Any], weights: list[float], delays: list[float], index: int
) -> list[Any]:
    """Return one connection per synapse; this loop decides how fast a large network is built."""
    connect = parallel.gid_connect
    made = []
    for source, target, weight, delay in zip(sources, targets, weights, delays, strict=True):
        connection = connect(source, target)
        connection.weight[index] = weight
        connection.delay = delay
        made.append(connection)
    return made


def receptor_of(cell: LiveCell, receptor: str, where: str) -> tuple[Any, int]:
    """Return the point process with a receptor, and the number of its weight.

    Args:
        cell: The cell.
        receptor: Name of a receptor, of a point process, or `point:receptor`.
        where: For the message.

    Raises:
        NetworkError: If the cell has no such receptor, or several.
    """
    known: dict[str, tuple[str, int]] = {}
    doubled: set[str] = set()
    for placed in cell.structure.point_processes:
        known[placed.name] = (placed.name, 0)
        for number, name in enumerate(placed.receptors):
            known[f"{placed.name}:{name}"] = (placed.name, number)
            doubled |= {name} if name in known else set()
            known[name] = (placed.name, number)
    if receptor in doubled:
        raise NetworkError(f"{where}: several point processes have {receptor!r}; say which")
    if receptor not in known:
        hint = did_you_mean(receptor, known) or "the target cell has no receptors"
        raise NetworkError(f"{where}: the target cell has no receptor {receptor!r}; {hint}")
    point, index = known[receptor]
    return cell.point_process(point), index


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


def _same_but_connections(old: Network, new: Network) -> bool:
    def key(network: Network) -> tuple[Any, ...]:
        return (
            [id(p) for p in network.populations],
            {name: id(synapse) for name, synapse in network.synapses.items()},
            [id(g) for g in network.gap_junctions],
            [c.name for c in network.connections],
            network.integration.dt_ms,
            dict(network.global_values),
        )

    return key(old) == key(new)


def _check_range(connections: ConnectionSet, pre: int, post: int) -> None:
    for what, cells, size in (
        ("source", connections.source, pre),
        ("target", connections.target, post),
    ):
        if len(cells) and (cells.min() < 0 or cells.max() >= size):
            raise NetworkError(
                f"connections {connections.name!r}: {what} {int(cells.max())} does not exist, the "
                f"population has {size} cells"
            )


def _refuse_others() -> None:
    others = [section.name() for section in h.allsec()]
    if others:
        raise EngineError(
            f"{len(others)} sections ({', '.join(others[:3])}, ...) are alive in this process; "
            "close the other cell or network first"
        )


def _refuse_variable_step(network: Network) -> None:
    if network.integration.method == "cvode":
        raise NetworkError(
            "networks run with a fixed step (method fixed or crank-nicolson): with the variable "
            "step every event of every cell restarts the solver of all"
        )
