"""A simulation that stays alive: advanced piece by piece, stored, brought back, changed.

Time is counted in whole *ticks* of `Integration.dt_ms`, whatever the integrator. A sample belongs
to the tick at whose time it is taken, and a piece of n ticks holds the samples of its first n
times: the state at its start, and not the one at its end, which is the first sample of what
follows. So pieces laid end to end never lose or double a sample.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import numpy as np
from attrs import field, frozen

from bouton.errors import CellError, EngineError, ProtocolError, SimulationError, did_you_mean
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.locations import Location
from bouton.model.morphology import FloatArray
from bouton.model.pieces import Column, Piece, joined, whole_ticks
from bouton.model.protocol import MEMBRANE_CURRENT, SPIKES, STIMULUS, Integration, Signal, Validity
from bouton.nrn import catalogues, engine, gate, integration
from bouton.nrn.cells import LiveCell
from bouton.nrn.detectors import Detector
from bouton.nrn.engine import cvode, h, parallel
from bouton.nrn.inputs import Inputs
from bouton.nrn.randomness import restart_generators
from bouton.nrn.sampling import Sampler
from bouton.nrn.snapshots import SavedState
from bouton.nrn.states import AssignedValues, state_pointers

_FOREVER_MS = 1e9
_LONGEST_PIECE = 20_000  # ticks; bounds memory, and the time until an interrupt is seen


@frozen(eq=False)
class Snapshot:
    """A stored state; it belongs to the session that made it.

    Attributes:
        saved: NEURON's part.
        assigned: What NEURON leaves out.
        step: Ticks from the initial state.
        clock: The clock, ticks.
        inputs: Events that wait to be delivered.
    """

    saved: SavedState = field(repr=False)
    assigned: AssignedValues = field(repr=False)
    step: int
    clock: int
    inputs: tuple[Any, ...] = field(repr=False)
    _owner: object = field(repr=False)


class Session:
    """One or more independent cells under one integration, alive until closed.

    Use it in a `with` statement. There is one NEURON per process, so there can be one session at a
    time.

    Args:
        cells: Structure and settings of each cell.
        settings: Process-wide settings; `dt_ms` is also the tick of the clock.
        signals: What can be recorded, on every cell; `interval_ms` 0 means every tick.
        electrodes: Name -> place of a current clamp on every cell.
        validity: What every potential must satisfy at the end of every piece.

    Attributes:
        cells: The live cells.
        clock: Ticks on the clock; it can be set without touching the state.
        step: Ticks since the initial state: the simulator's own time.

    Raises:
        ProtocolError: If a signal does not fit a cell or the tick.
        EngineError: If other sections are alive in this process.
    """

    def __init__(
        self,
        cells: Sequence[tuple[CellStructure, CellSettings]],
        settings: Integration,
        *,
        signals: Sequence[Signal] = (),
        electrodes: Mapping[str, Location] | None = None,
        validity: Validity | None = None,
    ) -> None:
        self.integration = settings
        self.validity = Validity() if validity is None else validity
        self.clock = 0
        self.step = 0
        self._changed = True
        self._is_usable = True
        self._stack = ExitStack()
        self.cells: tuple[LiveCell, ...] = ()
        try:
            self._open(cells, signals, dict(electrodes or {}))
        except BaseException:
            self.close()
            raise

    def _open(
        self,
        cells: Sequence[tuple[CellStructure, CellSettings]],
        signals: Sequence[Signal],
        electrodes: Mapping[str, Location],
    ) -> None:
        if not cells:
            raise CellError("a session needs at least one cell")
        catalogues.load(dict.fromkeys(n for structure, _ in cells for n in structure.catalogues))
        made: list[LiveCell] = []
        for structure, settings in cells:
            cell = LiveCell(structure, settings, beside_others=bool(made))
            self._stack.callback(cell.close)
            made.append(cell)
        self.cells = tuple(made)
        currents = any(signal.variable == MEMBRANE_CURRENT for signal in signals)
        self._values = integration.wanted(self.integration, membrane_current=currents)
        if self.is_variable:
            self._values["cvode.condition_order"] = 2  # spikes where they cross, not a step later
        self._stack.enter_context(integration.applied(self._values))
        self._electrodes = {name: self._clamps(place) for name, place in electrodes.items()}
        self._detectors = [Detector(cell, is_variable=self.is_variable) for cell in made]
        self._inputs = Inputs(made)
        recorded = [signal for signal in signals if signal.variable not in (SPIKES, STIMULUS)]
        self._samplers = {one.name: Sampler(one, made, self.integration) for one in recorded}
        for detector in self._detectors:
            self._stack.callback(detector.remove)
        for sampler in self._samplers.values():
            self._stack.callback(sampler.remove)
        self.restart_random(self.integration.seed)
        self.initialise()

    def _clamps(self, location: Location) -> list[Any]:
        clamps = []
        for cell in self.cells:
            (place, *more) = cell.places(location)
            if more:
                raise ProtocolError(f"an electrode needs one place, {location} finds several")
            clamp = h.IClamp(cell.at(place))
            clamp.delay, clamp.dur, clamp.amp = 0.0, _FOREVER_MS, 0.0
            clamps.append(clamp)
        return clamps

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take everything down; NEURON gets its own settings back."""
        if hasattr(self, "_inputs"):
            self._inputs.clear()
            self._electrodes.clear()
        self._stack.close()
        self.cells = ()

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return bool(self.cells) and all(cell.is_open for cell in self.cells)

    @property
    def is_variable(self) -> bool:
        """Whether the integrator chooses its steps."""
        return self.integration.method == "cvode"

    @property
    def electrodes(self) -> tuple[str, ...]:
        """Names of the electrodes."""
        return tuple(self._electrodes)

    @property
    def signals(self) -> Mapping[str, tuple[str, int, tuple[Column, ...]]]:
        """Unit, period in ticks and columns of every signal that is sampled, by name."""
        return {name: (s.unit, s.period, s.columns) for name, s in self._samplers.items()}

    def _check_open(self) -> None:
        engine.check_thread()
        if not self.is_open:
            raise EngineError("the session is closed; open another one")

    def initialise(self) -> None:
        """Start from the initial state: v_init everywhere, INITIAL blocks, nothing under way.

        Parameters, electrodes, clock and random streams stay as they are.
        """
        self._check_open()
        try:
            h.finitialize(self.integration.v_init_mV)
        except RuntimeError as error:
            self._is_usable = False
            raise self._failed(error) from error
        self.step = 0
        self._inputs.clear()
        for detector in self._detectors:
            detector.restart()
        self._changed = False
        self._is_usable = True

    def store(self) -> Snapshot:
        """Return the state as it is: potentials, states, events under way, simulator time.

        Parameters, electrode currents and random streams are not part of it.
        """
        self._check_open()
        for sampler in self._samplers.values():
            sampler.empty()
        waiting = self._inputs.waiting
        assigned = AssignedValues.taken(self.cells)
        return Snapshot(SavedState.taken(), assigned, self.step, self.clock, waiting, self._stack)

    def restore(self, snapshot: Snapshot) -> None:
        """Bring a stored state back; the clock is left alone.

        Events under way come with the state and keep their delays. With fixed steps everything
        after it is the same to the last bit as without the interruption. Only the first sample of
        currents and other assigned values differs: it is computed from the state that has come
        back, while NEURON otherwise computes them at the beginning of each step.

        Raises:
            SimulationError: If the snapshot is of another session, or the structure has changed
                since; nothing is changed then.
        """
        self._check_open()
        if snapshot._owner is not self._stack:
            raise SimulationError(
                "foreign snapshot",
                "this state was stored by another session; store one in this session",
            )
        snapshot.saved.restore()
        snapshot.assigned.restore()
        self.step = snapshot.step
        self._inputs.waiting = snapshot.inputs
        for detector in self._detectors:
            detector.restart()
        self._changed = True
        self._is_usable = True

    def apply(self, index: int, settings: CellSettings) -> None:
        """Set every number of one cell in place; states stay as they are.

        Raises:
            CellError: If the settings do not fit; nothing is changed then.
        """
        self._check_open()
        self.cells[index].apply(settings)
        self._changed = True

    def inject(self, electrode: str, index: int, amplitude_nA: float) -> None:
        """Set the current of an electrode of one cell, from now on.

        Raises:
            ProtocolError: If there is no such electrode, or the current is not finite.
        """
        self._check_open()
        if electrode not in self._electrodes:
            hint = did_you_mean(electrode, self._electrodes)
            raise ProtocolError(f"there is no electrode {electrode!r}; {hint}")
        if not np.isfinite(amplitude_nA):
            raise ProtocolError(f"{electrode} must be finite, got {amplitude_nA!r}")
        clamp = self._electrodes[electrode][index]
        if clamp.amp != amplitude_nA:
            clamp.amp = float(amplitude_nA)
            self._changed = True

    def deliver(self, index: int, point: str, weight: float, delay_ms: float = 0.0) -> None:
        """Send an event to a point process of one cell.

        Raises:
            ProtocolError: If it takes no events, or the delay is below 0.
        """
        self._check_open()
        delay = self.ticks(delay_ms, "the delay of an event")
        self._inputs.add(index, point, weight, self.step + delay)

    def set_state(self, variable: str, value: float, indices: Iterable[int] | None = None) -> None:
        """Give a potential or STATE variable a value wherever the cells have it.

        Args:
            variable: `v`, `h_hh`, `hh.h`, or `syn.g` for a point process that the cell names.
            value: The value.
            indices: Cells; all if None.

        Raises:
            CellError: If a cell has no such state, with close matches.
        """
        self._check_open()
        if not np.isfinite(value):
            raise CellError(f"{variable} must be finite, got {value!r}")
        chosen = range(len(self.cells)) if indices is None else indices
        pointers = [one for i in chosen for one in state_pointers(self.cells[i], variable)]
        for pointer in pointers:
            pointer[0] = float(value)
        self._changed = True

    def values_of(self, variable: str, location: Location, index: int = 0) -> FloatArray:
        """Return a variable of one cell now, one value per place of a location."""
        self._check_open()
        self._settle()
        signal = Signal("asked", variable, location)
        return Sampler.now(signal, self.cells[index])

    def restart_random(self, seed: int) -> None:
        """Start every random stream of the mechanisms at its first number."""
        self._check_open()
        restart_generators()
        for index, cell in enumerate(self.cells):
            cell.streams.restart(_cell_seed(seed, index))
        self._changed = True

    def random_positions(self) -> tuple[tuple[float, ...], ...]:
        """Return how far every random stream has gone, by cell."""
        return tuple(cell.streams.positions() for cell in self.cells)

    def set_random_positions(self, positions: Sequence[Sequence[float]]) -> None:
        """Bring every random stream to where it was."""
        self._check_open()
        for cell, told in zip(self.cells, positions, strict=True):
            cell.streams.go_to(told)

    def ticks(self, duration_ms: float, what: str = "a duration") -> int:
        """Return a duration as a whole number of ticks.

        Raises:
            ProtocolError: If it is none, with the nearest durations that are.
        """
        return whole_ticks(duration_ms, self.integration.dt_ms, what)

    def advance(self, n: int, *, silent: Collection[str] = ()) -> Piece:
        """Go on for `n` ticks.

        Args:
            n: Number of ticks, above 0.
            silent: Signals that are not wanted this time.

        Raises:
            SimulationError: If the solver fails or a potential makes no sense. The state is then
                unusable: restore or initialise.
        """
        self._check_open()
        if n < 1:
            raise ProtocolError(f"a simulation needs at least one tick, got {n}")
        if not self._is_usable:
            raise SimulationError("state unusable", "the last piece failed; go back to a state")
        pieces = []
        left = n
        self._is_usable = False  # until the piece has come to its end
        while left:
            size = self._inputs.size_of_piece(self.step, min(left, _LONGEST_PIECE))
            pieces.append(self._advance(size, silent))
            left -= size
        self._is_usable = True
        return pieces[0] if len(pieces) == 1 else joined(pieces)

    def _advance(self, n: int, silent: Collection[str]) -> Piece:
        if self._inputs.deliver_due(self.step):
            self._changed = True
        self._settle()
        wanted = [one for name, one in self._samplers.items() if name not in silent]
        for name, sampler in self._samplers.items():
            sampler.prepare(self.clock, self.step, 0 if name in silent else n)
        h.frecord_init()
        try:
            self._integrate(self.step + n)
        except RuntimeError as error:
            raise self._failed(error) from error
        integration.verify(self._values)
        piece = Piece(
            self.clock,
            n,
            {one.signal.name: one.ticks for one in wanted},
            {one.signal.name: one.samples() for one in wanted},
            self._spikes(n),
        )
        self._check(piece)
        self.step += n
        self.clock += n
        return piece

    def _settle(self) -> None:
        """Make the integrator and all assigned values follow what was changed by hand."""
        if not self._changed:
            return
        if self.is_variable:
            cvode.re_init()
        else:
            h.fcurrent()
        self._changed = False

    def _integrate(self, last_step: int) -> None:
        dt = self.integration.dt_ms
        if self.is_variable:
            cvode.solve(last_step * dt)
        else:
            parallel.set_maxstep(10)
            # psolve rounds down to whole steps, and the simulator's time drifts from step * dt.
            parallel.psolve((last_step + 0.25) * dt)

    def _spikes(self, n: int) -> tuple[tuple[int, float], ...]:
        dt = self.integration.dt_ms
        found = [
            (time + self.clock * dt, index)
            for index, detector in enumerate(self._detectors)
            for time in detector.collected(self.step, n, dt)
        ]
        return tuple((index, time) for time, index in sorted(found))

    def _check(self, piece: Piece) -> None:
        for name, values in piece.samples.items():
            gate.check_values(values, f"signal {name!r}")
        for cell in self.cells:
            potentials = cell.potentials_mV()
            gate.check_values(potentials, "the potential")
            gate.check_range(potentials, self.validity, "the potential")

    def _failed(self, error: RuntimeError) -> SimulationError:
        detail = " ".join(str(error).split()).removeprefix("hocobj_call error: ")
        return SimulationError("solver failed", f"{detail} at t = {h.t:g} ms")


def _cell_seed(seed: int, index: int) -> int:
    """Return the seed of a cell; the first one has the seed that it would have alone."""
    if index == 0:
        return seed
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
