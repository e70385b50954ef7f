"""What an experiment in a study file does, line by line."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from attrs import field, frozen, validators

from bouton.model.locations import Location, SpikeSource
from bouton_plugins.experiments.conditions import Above, Below, Condition, Spikes
from bouton_plugins.experiments.experiment import Experiment
from bouton_plugins.experiments.owning import INITIAL
from bouton_plugins.experiments.schedules import (
    Follow,
    Hold,
    Noise,
    Ramp,
    Simulation,
    Staircase,
    Step,
)


@frozen
class Reset:
    """Go back; see `Experiment.reset`. What is null stays as it is.

    Attributes:
        state: `initial`, or the name of a stored state.
        parameters: `initial`, or the name of stored parameters.
        random: `initial`, or the name of a stored state.
        clock: Whether the clock goes back to 0.
        chunk: Whether a new chunk begins.
    """

    state: str | None = INITIAL
    parameters: str | None = INITIAL
    random: str | None = INITIAL
    clock: bool = True
    chunk: bool = True


@frozen
class Deliver:
    """Send an event to a synapse.

    Attributes:
        point: What the cell calls it.
        weight: Weight of the event.
        delay_ms: When, from now.
        cell: Which cell.
    """

    point: str
    weight: float
    delay_ms: float = 0.0
    cell: int = 0


@frozen
class Until:
    """When a simulation ends early: give one.

    Attributes:
        spikes: Once there are so many spikes.
        above: Once the variable is above this level.
        below: Once it is below this level.
        variable: The variable.
        location: Where; the spike source of the cell by default.
        cell: Which cell; the first one, or for spikes all together, if None.
        check_ms: How often this is looked at.
    """

    spikes: int | None = field(default=None, validator=validators.optional(validators.ge(1)))
    above: float | None = None
    below: float | None = None
    variable: str = "v"
    location: Location | None = None
    cell: int | None = None
    check_ms: float = field(default=0.1, validator=validators.gt(0.0))

    def __attrs_post_init__(self) -> None:
        given = [one for one in (self.spikes, self.above, self.below) if one is not None]
        if len(given) != 1:
            raise ValueError("give one of spikes, above and below")

    @property
    def condition(self) -> Condition:
        """The condition."""
        if self.spikes is not None:
            return Spikes(self.spikes, self.cell)
        where = SpikeSource() if self.location is None else self.location
        if self.above is not None:
            return Above(self.above, self.variable, where, self.cell or 0)
        if self.below is not None:
            return Below(self.below, self.variable, where, self.cell or 0)
        raise ValueError("give one of spikes, above and below")


@frozen
class Action:
    """One line of an experiment: give one of these, and `name` or `until` with a simulation.

    Attributes:
        reset: Go back to a state, to parameters, and so on.
        store_state: Store the state under this name.
        store_parameters: Store the parameters under this name.
        set: Set parameters or electrode currents from now on.
        set_state: Set potentials (`v`) or STATE variables (`hh.m`).
        cells: Cells that `set` and `set_state` mean; all if empty.
        deliver: Send an event to a synapse.
        start: Record these signals again; all if the list is empty.
        pause: Record these signals no more; all if the list is empty.
        hold: Hold values, or just go on.
        step: One value, then another.
        ramp: Plateaus from one value to another.
        staircase: Plateaus that rise by an increment.
        noise: Gaussian values.
        follow: Follow stimuli of any plug-in, such as a waveform from a file.
        name: Name of the simulation in the results.
        until: When the simulation ends early.
    """

    reset: Reset | None = None
    store_state: str | None = None
    store_parameters: str | None = None
    set: Mapping[str, float | tuple[float, ...]] | None = None
    set_state: Mapping[str, float] | None = None
    cells: tuple[int, ...] = ()
    deliver: Deliver | None = None
    start: tuple[str, ...] | None = None
    pause: tuple[str, ...] | None = None
    hold: Hold | None = None
    step: Step | None = None
    ramp: Ramp | None = None
    staircase: Staircase | None = None
    noise: Noise | None = None
    follow: Follow | None = None
    name: str = ""
    until: Until | None = None

    def __attrs_post_init__(self) -> None:
        given = [one for one in _CHOICES if getattr(self, one) is not None]
        if len(given) != 1:
            told = f"not {' and '.join(given)}" if given else "there is none"
            raise ValueError(f"a line does one thing, {told}: give one of {', '.join(_CHOICES)}")
        if (self.name or self.until) and self.simulation is None:
            raise ValueError(f"name and until go with a simulation, not with {given[0]}")
        if self.cells and given[0] not in ("set", "set_state"):
            raise ValueError(f"cells goes with set and set_state, not with {given[0]}")

    @property
    def simulation(self) -> Simulation | None:
        """The simulation, None if the line is something else."""
        options = (self.hold, self.step, self.ramp, self.staircase, self.noise, self.follow)
        return next((one for one in options if one is not None), None)

    def do(self, experiment: Experiment) -> None:
        """Do it.

        Raises:
            BoutonError: If it does not fit the experiment.
        """
        cells = self.cells or None
        if self.simulation is not None:
            until = None if self.until is None else self.until.condition
            check = 0.1 if self.until is None else self.until.check_ms
            experiment.simulate(self.simulation, until=until, check_ms=check, name=self.name)
        elif self.reset is not None:
            experiment.reset(**attrs.asdict(self.reset))
        elif self.store_state is not None:
            experiment.store_state(self.store_state)
        elif self.store_parameters is not None:
            experiment.store_parameters(self.store_parameters)
        elif self.set is not None:
            experiment.set(self.set, cells)
        elif self.set_state is not None:
            for variable, value in self.set_state.items():
                experiment.set_state(variable, value, cells)
        elif self.deliver is not None:
            experiment.deliver(**attrs.asdict(self.deliver))
        elif self.start is not None:
            experiment.start(*self.start)
        elif self.pause is not None:
            experiment.pause(*self.pause)


_CHOICES = tuple(
    one.name for one in attrs.fields(Action) if one.name not in ("cells", "name", "until")
)
