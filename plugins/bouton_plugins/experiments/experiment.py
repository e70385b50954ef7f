"""An experiment: simulations one after another on one model, with states to return to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from bouton.contracts import Recorder
from bouton.errors import ProtocolError, did_you_mean
from bouton.model.locations import Location
from bouton.model.protocol import Integration, Signal, Validity
from bouton.model.study import Cell
from bouton_plugins.experiments.building import ChunkBuilder
from bouton_plugins.experiments.conditions import Agenda, Condition, Event
from bouton_plugins.experiments.data import Chunk, RunResult, SimulationRecord
from bouton_plugins.experiments.describing import arguments, changed, name_of
from bouton_plugins.experiments.owning import (
    ACCURATE,
    CONTINUED,
    INITIAL,
    POTENTIAL,
    ModelOwner,
)
from bouton_plugins.experiments.schedules import Simulation

if TYPE_CHECKING:
    from bouton.jobs.sessions import Values


class _Stopped(Exception):  # noqa: N818 (not an error)
    """Raised to leave a simulation whose agenda says that it is over."""


class Experiment(ModelOwner):
    """Owns a model, its recorders, a clock and a seed; compose it, or subclass it and write `run`.

        class Tutorial(Experiment):
            def prepare(self):
                self.store_state("start")

            def run(self, E_L):
                self.reset("start")
                self.set({"E_L": E_L})
                self.simulate(Ramp(0.0, 0.1, duration_ms=1000.0, n=50))
                return self.results(f"E_L {E_L}")

        with Tutorial(cell) as experiment:
            result = experiment.run(-68.0)

    The model comes alive when it is first needed and goes with `close`, or at the end of a `with`
    block. There is one NEURON per process, so one experiment can be alive at a time; its settings
    are its own, whatever ran before.

    Args:
        cells: One cell, or several independent ones.
        record: Recorders of any plug-in, or signals; all are on until paused. Spikes and electrode
            currents are kept without being asked for.
        integration: Settings of the integrator; `dt_ms` is the tick of the clock and the finest
            sampling.
        seed: Seed of everything random; that of `integration` if None.
        electrodes: Name -> place of a current clamp on every cell.
        validity: What every potential must satisfy.

    Attributes:
        data: Free data; every result gets a copy.
        log: Every simulation since the model came alive.
    """

    def __init__(
        self,
        cells: Cell | Sequence[Cell],
        *,
        record: Sequence[Recorder | Signal] = (POTENTIAL,),
        integration: Integration = ACCURATE,
        seed: int | None = None,
        electrodes: Mapping[str, Location] | None = None,
        validity: Validity | None = None,
    ) -> None:
        self.data: dict[str, Any] = {}
        self.log: list[SimulationRecord] = []
        super().__init__(
            cells,
            record=record,
            integration=integration,
            seed=seed,
            electrodes=electrodes,
            validity=validity,
        )

    def _forget(self) -> None:
        super()._forget()
        self.log.clear()
        self._paused: frozenset[str] = frozenset()
        self._chunks: list[Chunk] = []
        self._builder: ChunkBuilder | None = None
        self._state = INITIAL
        self._agenda: Agenda | None = None
        self._depth = 0
        self._is_in_effect = False
        self._spikes: list[tuple[int, float]] = []

    def close(self) -> None:
        """Take the model down. Stored states go with it; results can still be taken."""
        if self._model is not None:
            self._close_chunk()
        super().close()

    def run(self, *args: Any, **kwargs: Any) -> RunResult:  # noqa: ANN401
        """Do one run and return `self.results()`; a subclass says how.

        Raises:
            NotImplementedError: Here.
        """
        del args, kwargs
        raise NotImplementedError(
            "write `run` in a subclass of Experiment, or call simulate() and results() yourself"
        )

    def reset(
        self,
        state: str | None = INITIAL,
        parameters: str | None = INITIAL,
        *,
        random: str | None = INITIAL,
        clock: bool = True,
        chunk: bool = True,
    ) -> None:
        """Go back, along any of five axes that do not depend on each other.

        Args:
            state: `initial`, the name of a stored state, or None to leave it.
            parameters: `initial`, the name of stored parameters, or None to leave them.
            random: `initial` (start from the seed), the name of a stored state (where random
                numbers were then), or None to go on.
            clock: Whether the clock goes back to 0.
            chunk: Whether a new chunk begins; one in which no time has passed is no chunk.

        Raises:
            ProtocolError: If a name is unknown, or inside a simulation; nothing is changed then.
            SimulationError: If the structure has changed since the state was stored; nothing is
                changed then.
        """
        _ = self.model  # `prepare` may name states
        if self._depth:
            raise ProtocolError("a simulation cannot reset; end it first")
        self._check_names(state, parameters, random)
        is_begun = self._builder is not None and not self._builder.is_empty
        if clock and not chunk and is_begun:
            raise ProtocolError("a chunk has one clock: begin a new chunk, or give clock=False")
        values = self.model.values
        self._go_back(state, parameters, random, clock=clock)
        if chunk:
            self._close_chunk(values)
        if state is not None:
            self._state = state

    # Recording

    @property
    def recording(self) -> tuple[str, ...]:
        """Signals that are recorded now."""
        return tuple(one.name for one in self.signals if one.name not in self._paused)

    def start(self, *names: str) -> None:
        """Record the named signals from now on, or all; starting again is harmless.

        Raises:
            ProtocolError: If there is no such signal.
        """
        self._paused -= self._chosen(names)

    def pause(self, *names: str) -> None:
        """Record the named signals, or all, no more until they are started; also before any start.

        Raises:
            ProtocolError: If there is no such signal.
        """
        self._paused |= self._chosen(names)

    def _chosen(self, names: Sequence[str]) -> frozenset[str]:
        known = [one.name for one in self.signals]
        for name in names:
            if name not in known:
                raise ProtocolError(f"no signal is called {name!r}; {did_you_mean(name, known)}")
        _ = self.model  # a later opening would start all signals
        return frozenset(names or known)

    # Time

    @property
    def spikes_in_simulation(self) -> tuple[tuple[int, float], ...]:
        """Cell and clock (ms) of every spike since the running simulation began."""
        return tuple(self._spikes)

    def advance(self, duration_ms: float) -> None:
        """Go on with everything as it is.

        Raises:
            ProtocolError: If the duration is no whole number of ticks, or within an event.
            SimulationError: If the simulation fails.
        """
        self._advance(self.model.session.ticks(duration_ms))

    def simulate(
        self,
        simulation: Simulation | Callable[..., object],
        *,
        until: Condition | None = None,
        events: Sequence[Event] = (),
        check_ms: float = 0.1,
        name: str = "",
        **changes: Any,  # noqa: ANN401
    ) -> SimulationRecord:
        """Run a simulation; afterwards all values are what they were before, also if it fails.

        Args:
            simulation: A description such as `Ramp`, or a function of the experiment that calls
                `set`, `advance` and so on; what it returns becomes the record's `info`.
            until: Stop the first time that this is true.
            events: What happens on the way.
            check_ms: How often conditions are looked at.
            name: Name for the record.
            **changes: Fields of the description to change for this time, or arguments of the
                function.

        Raises:
            ProtocolError: If the description does not fit.
            CellError: If it names an unknown parameter.
            SimulationError: If the simulation fails.
        """
        model = self.model
        self._check_free()
        described = changed(simulation, changes)
        before, outer, start = model.values, self._agenda, model.session.clock
        agenda = self._new_agenda(until, events, check_ms)
        if agenda is not None:
            if outer is not None:
                raise ProtocolError("a simulation with events or a condition cannot hold another")
            self._agenda = agenda
        if not self._depth:
            self._spikes = []
        builder = self._chunk()
        self._depth += 1
        info: object = None
        ended = ""
        try:
            info = self._play(described, changes)
        except _Stopped:
            if agenda is None:
                raise
            ended = agenda.stopped
        except BaseException as error:
            ended = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._depth -= 1
            self._agenda = outer
            if model.session.is_open:
                model.restore_values(before)
            record = SimulationRecord(
                name=name or name_of(described),
                kind=name_of(described),
                start=start,
                stop=model.session.clock,
                arguments=arguments(described, changes),
                info=info,
                events=tuple(agenda.fired) if agenda is not None else (),
                stopped=ended,
            )
            self.log.append(record)
            builder.simulations.append(record)
        return record

    def _new_agenda(
        self, until: Condition | None, events: Sequence[Event], check_ms: float
    ) -> Agenda | None:
        if until is None and not events:
            return None
        session = self.model.session
        check = max(round(check_ms / self.integration.dt_ms), 1)
        return Agenda(events, until, check, session.ticks, session.clock)

    def _play(self, simulation: object, changes: Mapping[str, Any]) -> object:
        if isinstance(simulation, Simulation):
            # All of it is known, and checked, before any time passes.
            plateaus = list(simulation.plateaus(self.integration.dt_ms, self._generator))
            for plateau in plateaus:
                if plateau.n:
                    self.model.set(plateau.values)
                    self._advance(plateau.n)
            levels = getattr(simulation, "levels", None)
            return None if levels is None else {"levels": np.asarray(levels).tolist()}
        if not callable(simulation):
            raise ProtocolError(f"expected a simulation or a function, got {simulation!r}")
        return simulation(self, **changes)

    def _advance(self, n: int) -> None:
        self._check_free()
        session, agenda = self.model.session, self._agenda
        builder = self._chunk()
        silent = [name for name in session.signals if name in self._paused]
        end = session.clock + n
        while session.clock < end:
            if agenda is not None:
                self._let_happen(agenda)
                silent = [name for name in session.signals if name in self._paused]
            left = end - session.clock
            size = left if agenda is None else agenda.next_stop(session.clock, left)
            builder.note(session.clock, self.model.values)
            piece = session.advance(size, silent=silent)
            builder.add(piece)
            self._spikes += piece.spikes
        if agenda is not None:
            self._let_happen(agenda)

    def _let_happen(self, agenda: Agenda) -> None:
        self._is_in_effect = True
        try:
            agenda.happen(self, self.model.session.clock)
        finally:
            self._is_in_effect = False
        if agenda.stopped:
            raise _Stopped

    def _check_free(self) -> None:
        if self._is_in_effect:
            raise ProtocolError("an event can set things, but no time can pass in it")

    # Results

    def _chunk(self) -> ChunkBuilder:
        if self._builder is None or (self._builder.is_empty and not self._depth):
            model = self.model
            variables = {one.name: one.variable for one in self.signals}
            told = {name: (variables[name], *rest) for name, rest in model.session.signals.items()}
            self._builder = ChunkBuilder(
                model.session.clock,
                self.integration.dt_ms,
                self._state,
                told,
                model.units,
                model.session.electrodes,
                model.values,
            )
        return self._builder

    def _close_chunk(self, values: Values | None = None) -> None:
        """End the chunk that is under way, given the values at its end (default: now)."""
        if self._builder is not None and not self._builder.is_empty:
            told = self.model.values if values is None else values
            self._chunks.append(self._builder.built(told))
            self._state = CONTINUED
        self._builder = None

    @property
    def current_chunk(self) -> int:
        """Number of the chunk that is under way, or of the next one."""
        return len(self._chunks)

    def results(self, name: str = "") -> RunResult:
        """Return all chunks since the last results, with a copy of `data`.

        The model, the clock and the recorders stay as they are; a new chunk begins. Before
        anything was simulated there are no chunks.

        Args:
            name: Name of the run.
        """
        if self._depth:
            raise ProtocolError("results are taken between simulations, not within one")
        self._close_chunk()
        taken, self._chunks = tuple(self._chunks), []
        return RunResult(name, taken, deepcopy(self.data), self.integration, len(self.cells))
