"""A live model, its values, and named states and parameters to return to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from attrs import evolve, frozen

from bouton.contracts import Recorder
from bouton.errors import ProtocolError, did_you_mean
from bouton.model.locations import Location, SpikeSource
from bouton.model.morphology import FloatArray
from bouton.model.protocol import SPIKES, STIMULUS, Integration, Signal, Validity
from bouton.model.study import Cell
from bouton_plugins.experiments.schedules import CURRENT

if TYPE_CHECKING:
    from bouton.jobs.sessions import LiveModel, Snapshot, Values

INITIAL = "initial"
CONTINUED = "continued"
# On the models tried, spike times are within 0.0001 ms (docs/concepts/experiments.md).
ACCURATE = Integration("cvode", dt_ms=0.01, absolute_tolerance=1e-8)
POTENTIAL = Signal("v", "v", SpikeSource())


@frozen(eq=False)
class _StoredState:
    """A named state: the simulator's part, and where all random numbers were."""

    snapshot: Snapshot
    positions: tuple[tuple[float, ...], ...]
    generator: Mapping[str, Any]


class ModelOwner:
    """A live model with named states and parameters to return to; see `Experiment`."""

    def __init__(
        self,
        cells: Cell | Sequence[Cell],
        *,
        record: Sequence[Recorder | Signal],
        integration: Integration,
        seed: int | None,
        electrodes: Mapping[str, Location] | None,
        validity: Validity | None,
    ) -> None:
        self.cells = (cells,) if isinstance(cells, Cell) else tuple(cells)
        self.signals = _signals(record)
        self.integration = integration if seed is None else evolve(integration, seed=seed)
        self.electrodes = {CURRENT: SpikeSource()} if electrodes is None else dict(electrodes)
        self.validity = Validity() if validity is None else validity
        self._model: LiveModel | None = None
        self._forget()

    def _forget(self) -> None:
        self._states: dict[str, _StoredState] = {}
        self._parameters: dict[str, Values] = {}
        self._generator = np.random.Generator(np.random.Philox(self.integration.seed))

    # Life

    def prepare(self) -> None:
        """Do what comes once, before any run: override it to store states."""

    @property
    def model(self) -> LiveModel:
        """The live model; it is built, and `prepare` is called, when first asked for."""
        if self._model is None:
            from bouton.jobs.sessions import LiveModel  # starts NEURON

            self._forget()
            self._model = LiveModel(
                self.cells,
                self.integration,
                signals=self.signals,
                electrodes=self.electrodes,
                validity=self.validity,
            )
            self._parameters[INITIAL] = self._model.values
            try:
                self.prepare()
            except BaseException:
                self.close()
                raise
        return self._model

    def close(self) -> None:
        """Take the model down. Stored states go with it; results can still be taken."""
        if self._model is not None:
            self._model.close()
            self._model = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Values and states

    @property
    def clock_ms(self) -> float:
        """The clock."""
        return self.model.session.clock * self.integration.dt_ms

    @property
    def values(self) -> Values:
        """Parameters and electrode currents of every cell as they are; copies."""
        return self.model.values

    def set(
        self, values: Mapping[str, float | Sequence[float]], cells: Iterable[int] | None = None
    ) -> None:
        """Set parameters or electrode currents from now on; inside a simulation until its end.

        Args:
            values: Name -> one value, or one per chosen cell.
            cells: Which cells; all if None.

        Raises:
            CellError: If a name or value does not fit; nothing is changed then.
        """
        self.model.set(values, cells)

    def set_state(self, variable: str, value: float, cells: Iterable[int] | None = None) -> None:
        """Set a potential (`v`) or STATE variable (`hh.m`, `syn.g`) wherever the cells have it.

        Raises:
            CellError: If there is no such state.
        """
        self.model.session.set_state(variable, value, cells)

    def deliver(self, point: str, weight: float, delay_ms: float = 0.0, cell: int = 0) -> None:
        """Send an event to a synapse that a cell calls `point`.

        Raises:
            ProtocolError: If it takes no events.
        """
        self.model.session.deliver(cell, point, weight, delay_ms)

    def value_of(
        self, variable: str, location: Location | None = None, cell: int = 0
    ) -> FloatArray:
        """Return a variable now, one value per place; at the spike source by default."""
        where = SpikeSource() if location is None else location
        return self.model.session.values_of(variable, where, cell)

    def store_state(self, name: str) -> None:
        """Store potentials, states, events under way and random positions under a name.

        Raises:
            ProtocolError: If the name is taken by Bouton (`initial`, `continued`).
        """
        _check_name(name)
        session = self.model.session
        told = deepcopy(self._generator.bit_generator.state)
        self._states[name] = _StoredState(session.store(), session.random_positions(), told)

    def store_parameters(self, name: str) -> None:
        """Store all parameters and electrode currents under a name; states are not in it."""
        _check_name(name)
        self._parameters[name] = self.model.values

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states that `reset` can return to."""
        return (INITIAL, *self._states)

    @property
    def parameter_sets(self) -> tuple[str, ...]:
        """Names of the parameters that `reset` can return to."""
        return tuple(self._parameters) if self._model is not None else (INITIAL,)

    def _check_names(self, state: str | None, parameters: str | None, random: str | None) -> None:
        _check_known(state, self.states, "state")
        _check_known(parameters, self.parameter_sets, "set of parameters")
        _check_known(random, self.states, "state")

    def _go_back(
        self, state: str | None, parameters: str | None, random: str | None, *, clock: bool
    ) -> None:
        """Go back along the axes of the model; a state that does not fit changes nothing."""
        model = self.model
        if state is not None and state != INITIAL:
            model.session.restore(self._states[state].snapshot)
        if parameters is not None:
            model.restore_values(self._parameters[parameters])
        if random is not None:
            self._reset_random(random)
        if state == INITIAL:
            model.session.initialise()
        if clock:
            model.session.clock = 0

    def _reset_random(self, name: str) -> None:
        session = self.model.session
        if name == INITIAL:
            session.restart_random(self.integration.seed)
            self._generator = np.random.Generator(np.random.Philox(self.integration.seed))
            return
        stored = self._states[name]
        session.set_random_positions(stored.positions)
        self._generator.bit_generator.state = deepcopy(stored.generator)


def _signals(record: Sequence[Recorder | Signal]) -> tuple[Signal, ...]:
    found = [
        signal
        for one in record
        for signal in ((one,) if isinstance(one, Signal) else one.signals())
    ]
    names = [signal.name for signal in found]
    if len(set(names)) < len(names):
        raise ProtocolError(f"two signals share one name: {', '.join(sorted(names))}")
    for signal in found:
        if signal.variable in (SPIKES, STIMULUS):
            raise ProtocolError(
                f"leave signal {signal.name!r} out: an experiment keeps all spikes of its cells "
                "and all electrode currents by itself"
            )
    return tuple(found)


def _check_name(name: str) -> None:
    if not name.strip() or name in (INITIAL, CONTINUED):
        raise ProtocolError(f"{name!r} cannot be used as a name here; choose another")


def _check_known(name: str | None, known: Sequence[str], what: str) -> None:
    if name is not None and name not in known:
        raise ProtocolError(f"no {what} is called {name!r}; {did_you_mean(name, known)}")
