"""When to stop, and what happens on the way: conditions and events of a simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import Factory, field, frozen, validators

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.locations import Location, SpikeSource

if TYPE_CHECKING:
    from bouton_plugins.experiments.experiment import Experiment

Condition = Callable[["Experiment"], bool]
Effect = Callable[["Experiment"], object]
END = "end"
_MOST_AT_ONCE = 1000


@frozen
class Above:
    """True while a variable of one cell is above a level.

    Attributes:
        level: The level.
        variable: The variable, as for recorders.
        location: Where; the cell's spike source by default.
        cell: Which cell.
    """

    level: float
    variable: str = "v"
    location: Location = SpikeSource()
    cell: int = 0

    def __call__(self, experiment: Experiment) -> bool:
        """Return whether it is above the level now."""
        values = experiment.value_of(self.variable, self.location, self.cell)
        return bool(values.max() > self.level)


@frozen
class Below:
    """True while a variable of one cell is below a level; see `Above`."""

    level: float
    variable: str = "v"
    location: Location = SpikeSource()
    cell: int = 0

    def __call__(self, experiment: Experiment) -> bool:
        """Return whether it is below the level now."""
        values = experiment.value_of(self.variable, self.location, self.cell)
        return bool(values.min() < self.level)


@frozen
class Spikes:
    """True once a number of spikes has been seen in this simulation.

    Attributes:
        count: How many.
        cell: Of which cell; of all if None.
    """

    count: int = field(default=1, validator=[validators.instance_of(int), validators.ge(1)])
    cell: int | None = None

    def __call__(self, experiment: Experiment) -> bool:
        """Return whether they have been seen."""
        seen = experiment.spikes_in_simulation
        return sum(self.cell in (None, cell) for cell, _ in seen) >= self.count


@frozen
class Event:
    """Something that happens during a simulation, at a time, on a condition, or after others.

    An event that has neither `at_ms` nor `when`, and follows no other, happens at once. One called
    `end` ends the simulation.

    Attributes:
        name: Unique name.
        effect: What it does, given the experiment; it may set things but not simulate.
        at_ms: When, from the start of the simulation.
        when: It happens the first time that this is true.
        only_if: Asked when it is due; if false, it is passed over.
        then: Name of another event -> delay after this one in ms, or a function that returns it.
    """

    name: str
    effect: Effect | None = None
    at_ms: float | None = None
    when: Condition | None = None
    only_if: Condition | None = None
    then: Mapping[str, float | Callable[[], float]] = Factory(dict)


class Agenda:
    """Events and stop condition of one simulation under way.

    Args:
        events: The events; they are not changed, so they serve any number of simulations.
        until: The simulation ends the first time that this is true.
        check: Ticks between two looks at conditions.
        ticks: Turns ms into whole ticks.
        start: Clock at the start of the simulation, ticks.

    Attributes:
        fired: Name and clock of every event that happened.
        stopped: Why the simulation is over, empty while it is not.

    Raises:
        ProtocolError: If two events share a name, or one follows an unknown one.
    """

    def __init__(
        self,
        events: Sequence[Event],
        until: Condition | None,
        check: int,
        ticks: Callable[[float, str], int],
        start: int,
    ) -> None:
        self._events = {event.name: event for event in events}
        if len(self._events) < len(events):
            raise ProtocolError("two events share one name")
        followers = {name for event in events for name in event.then}
        for name in followers - {END, *self._events}:
            hint = did_you_mean(name, [*self._events, END])
            raise ProtocolError(f"no event is called {name!r}; {hint}")
        self._until, self._check, self._ticks, self._start = until, check, ticks, start
        self._waiting: list[tuple[int, str]] = []
        self._conditional = [event.name for event in events if event.when is not None]
        self.fired: list[tuple[str, int]] = []
        self.stopped = ""
        for event in events:
            if event.at_ms is not None:
                self._queue(
                    start + ticks(event.at_ms, f"at_ms of event {event.name!r}"), event.name
                )
            elif event.when is None and event.name not in followers:
                self._queue(start, event.name)

    def next_stop(self, clock: int, most: int) -> int:
        """Return how many ticks can pass before something may happen."""
        steps = [most]
        if self._until is not None or self._conditional:
            steps.append(self._check - (clock - self._start) % self._check)
        if self._waiting:
            steps.append(self._waiting[0][0] - clock)
        return max(min(steps), 1)

    def happen(self, experiment: Experiment, clock: int) -> None:
        """Let everything happen that is due at this tick."""
        is_time = (clock - self._start) % self._check == 0
        if is_time:
            for name in list(self._conditional):
                condition = self._events[name].when
                if condition is not None and condition(experiment):
                    self._conditional.remove(name)
                    self._queue(clock, name)
        happened = 0
        while self._waiting and self._waiting[0][0] <= clock and not self.stopped:
            self._fire(experiment, clock, self._waiting.pop(0)[1])
            happened += 1
            if happened > _MOST_AT_ONCE:
                raise ProtocolError("events set each other off without end at one moment")
        if is_time and not self.stopped and self._until is not None and self._until(experiment):
            self.stopped = "stop condition"

    def _fire(self, experiment: Experiment, clock: int, name: str) -> None:
        event = self._events.get(name, Event(name))
        if event.only_if is not None and not event.only_if(experiment):
            return
        self.fired.append((name, clock))
        if event.effect is not None:
            event.effect(experiment)
        for follower, delay in event.then.items():
            told = delay() if callable(delay) else delay
            self._queue(clock + self._ticks(told, f"the delay of event {follower!r}"), follower)
        if name == END:
            self.stopped = f"event {END!r}"

    def _queue(self, clock: int, name: str) -> None:
        self._waiting.append((clock, name))
        self._waiting.sort(key=lambda one: one[0])  # stable: equal times keep their order
