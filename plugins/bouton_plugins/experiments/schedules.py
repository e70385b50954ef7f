"""Simulations as data: what is held for how long, on any parameter or electrode.

Durations are counted in whole ticks. After a simulation every value is what it was before, also if
it fails half way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from attrs import Factory, field, frozen, validators

from bouton.contracts import Stimulus
from bouton.errors import ProtocolError
from bouton.model.morphology import FloatArray
from bouton.model.pieces import whole_ticks
from bouton.model.protocol import Drive, WaveformDrive

if TYPE_CHECKING:
    from numpy.random import Generator

CURRENT = "current_nA"


@frozen
class Plateau:
    """Values that are held.

    Attributes:
        n: For how many ticks.
        values: Parameter or electrode -> one value, or one per cell.
    """

    n: int
    values: Mapping[str, float | Sequence[float]]


@runtime_checkable
class Simulation(Protocol):
    """Anything that knows what to hold for how long."""

    def plateaus(self, dt_ms: float, random: Generator) -> Iterable[Plateau]:
        """Return the plateaus in order.

        Args:
            dt_ms: Length of a tick.
            random: The experiment's own random numbers.

        Raises:
            ProtocolError: If a duration is no whole number of ticks.
        """


def _finite(instance: object, attribute: Any, value: float) -> None:  # noqa: ANN401
    del instance
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{attribute.name} must be a finite number, got {value!r}")


def _duration(instance: object, attribute: Any, value: float) -> None:  # noqa: ANN401
    _finite(instance, attribute, value)
    if value < 0:
        raise ValueError(f"{attribute.name} must be 0 or above, got {value!r}")


_count = [validators.instance_of(int), validators.ge(1)]


@frozen
class Hold:
    """Hold some values, or simply go on.

    Attributes:
        duration_ms: How long.
        values: Parameter or electrode -> value.
    """

    duration_ms: float = field(validator=_duration)
    values: Mapping[str, float] = Factory(dict)

    def plateaus(self, dt_ms: float, random: Generator) -> Iterable[Plateau]:
        """Return one plateau."""
        del random
        return [Plateau(whole_ticks(self.duration_ms, dt_ms, "duration_ms"), self.values)]


@frozen
class Step:
    """One value, then another.

    Attributes:
        second: Value after the step.
        first: Value before it.
        first_ms: How long the first one is held.
        second_ms: How long the second one is held.
        attribute: Parameter or electrode.
    """

    second: float = field(validator=_finite)
    first: float = field(default=0.0, validator=_finite)
    first_ms: float = field(default=500.0, validator=_duration)
    second_ms: float = field(default=500.0, validator=_duration)
    attribute: str = CURRENT

    def plateaus(self, dt_ms: float, random: Generator) -> Iterable[Plateau]:
        """Return two plateaus."""
        del random
        return [
            Plateau(whole_ticks(self.first_ms, dt_ms, "first_ms"), {self.attribute: self.first}),
            Plateau(whole_ticks(self.second_ms, dt_ms, "second_ms"), {self.attribute: self.second}),
        ]


@frozen
class Ramp:
    """Equal plateaus whose values rise or fall evenly; the first and last are the ends.

    Attributes:
        start: Value of the first plateau.
        end: Value of the last one.
        duration_ms: How long all of them take.
        n: Number of plateaus; with one there is only `start`.
        attribute: Parameter or electrode.
    """

    start: float = field(validator=_finite)
    end: float = field(validator=_finite)
    duration_ms: float = field(validator=_duration)
    n: int = field(default=10, validator=_count)
    attribute: str = CURRENT

    @property
    def levels(self) -> FloatArray:
        """The values, shape (n,)."""
        return np.array(np.linspace(self.start, self.end, self.n).tolist())

    def plateaus(self, dt_ms: float, random: Generator) -> Iterable[Plateau]:
        """Return n plateaus.

        Raises:
            ProtocolError: If the plateaus would not be whole ticks.
        """
        del random
        total = whole_ticks(self.duration_ms, dt_ms, "duration_ms")
        each, left = divmod(total, self.n)
        if left:
            lower, upper = (k * self.n * dt_ms for k in (each, each + 1))
            raise ProtocolError(
                f"{self.n} equal plateaus of whole steps of {dt_ms:g} ms do not make "
                f"{self.duration_ms:g} ms; {lower:.12g} and {upper:.12g} ms would do"
            )
        return [Plateau(each, {self.attribute: level}) for level in self.levels.tolist()]


@frozen
class Staircase:
    """Equal plateaus, each one `increment` above the last.

    Attributes:
        start: Value of the first plateau.
        increment: Difference from one to the next.
        n: Number of plateaus.
        step_ms: How long each one is held.
        attribute: Parameter or electrode.
    """

    start: float = field(validator=_finite)
    increment: float = field(validator=_finite)
    n: int = field(validator=_count)
    step_ms: float = field(validator=_duration)
    attribute: str = CURRENT

    @property
    def levels(self) -> FloatArray:
        """The values, shape (n,)."""
        return np.array([self.start + self.increment * i for i in range(self.n)])

    def plateaus(self, dt_ms: float, random: Generator) -> Iterable[Plateau]:
        """Return n plateaus."""
        del random
        each = whole_ticks(self.step_ms, dt_ms, "step_ms")
        return [Plateau(each, {self.attribute: level}) for level in self.levels.tolist()]


@frozen
class Noise:
    """Gaussian values, new ones at every interval; every cell has its own.

    Attributes:
        std: Standard deviation.
        duration_ms: How long.
        mean: Mean.
        interval_ms: How long each value is held.
        tau_ms: Correlation time (Ornstein-Uhlenbeck, started in its steady state); 0 for none.
        seed: Seed; None for the experiment's own random numbers, which go on from one simulation to
            the next and which `reset` can take back.
        n_cells: Columns to draw; 1 gives every cell the same.
        attribute: Parameter or electrode.

    Source: Uhlenbeck & Ornstein (1930); exact update of Gillespie (1996), Phys Rev E 54:2084.
    """

    std: float = field(validator=_duration)
    duration_ms: float = field(validator=_duration)
    mean: float = field(default=0.0, validator=_finite)
    interval_ms: float = field(default=0.1, validator=_duration)
    tau_ms: float = field(default=0.0, validator=_duration)
    seed: int | None = field(
        default=None,
        validator=validators.optional([validators.instance_of(int), validators.ge(0)]),
    )
    n_cells: int = field(default=1, validator=_count)
    attribute: str = CURRENT

    def plateaus(self, dt_ms: float, random: Generator) -> Iterator[Plateau]:
        """Return one plateau per interval."""
        total = whole_ticks(self.duration_ms, dt_ms, "duration_ms")
        each = whole_ticks(self.interval_ms, dt_ms, "interval_ms")
        if not each:
            raise ProtocolError("interval_ms must be above 0")
        source = random if self.seed is None else np.random.default_rng(self.seed)
        kept = math.exp(-self.interval_ms / self.tau_ms) if self.tau_ms else 0.0
        unit = source.standard_normal(self.n_cells)
        for begin in range(0, total, each):
            levels = (self.mean + self.std * unit).tolist()
            value = levels[0] if self.n_cells == 1 else levels
            yield Plateau(min(each, total - begin), {self.attribute: value})
            fresh = source.standard_normal(self.n_cells)
            unit = kept * unit + math.sqrt(1.0 - kept**2) * fresh


@frozen
class Follow:
    """Follow stimuli of any plug-in, such as a waveform from a file: their sum over time.

    Attributes:
        stimuli: The stimuli; their places do not count, only their currents over time.
        duration_ms: How long.
        interval_ms: How long each value is held where a stimulus changes steadily; 0 for one tick.
            The value is the one in the middle of the interval.
        scale: Factor on all values.
        attribute: Parameter or electrode that gets the values.
    """

    stimuli: tuple[Stimulus, ...] = field(validator=validators.min_len(1))
    duration_ms: float = field(validator=_duration)
    interval_ms: float = field(default=0.0, validator=_duration)
    scale: float = field(default=1.0, validator=_finite)
    attribute: str = CURRENT

    def plateaus(self, dt_ms: float, random: Generator) -> Iterable[Plateau]:
        """Return a plateau for every stretch in which nothing changes.

        Raises:
            ProtocolError: If a stimulus is more than a current over time, or changes within a tick.
        """
        del random
        total = whole_ticks(self.duration_ms, dt_ms, "duration_ms")
        each = whole_ticks(self.interval_ms, dt_ms, "interval_ms") or 1
        parts = [drive for stimulus in self.stimuli for drive in stimulus.drives()]
        borders = sorted(
            {0, total, *(b for part in parts for b in _borders(part, total, dt_ms, each))}
        )
        for begin, end in pairwise(borders):
            middle_ms = 0.5 * (begin + end) * dt_ms
            value = self.scale * sum(_value(part, middle_ms) for part in parts)
            yield Plateau(end - begin, {self.attribute: value})


def _borders(drive: Drive, total: int, dt_ms: float, each: int) -> Iterable[int]:
    """Return the ticks within the duration at which a drive may change."""
    if isinstance(drive, WaveformDrive):
        if drive.interpolate:
            first = max(int(drive.t_ms[0] / dt_ms), 0)
            last = min(math.ceil(drive.t_ms[-1] / dt_ms), total)
            return [*range(min(first, total), last, each), last]
        times = drive.t_ms.tolist()
    else:
        start, length = _clamp(drive)[:2]
        times = [start, start + length]
    within = (time for time in times if time < total * dt_ms)
    return [whole_ticks(time, dt_ms, "a change of the stimulus") for time in within]


def _value(drive: Drive, t_ms: float) -> float:
    if isinstance(drive, WaveformDrive):
        if t_ms < drive.t_ms[0]:
            return 0.0
        if drive.interpolate:
            return float(np.interp(t_ms, drive.t_ms, drive.current_nA))
        return float(drive.current_nA[np.searchsorted(drive.t_ms, t_ms, side="right") - 1])
    start, length, amplitude = _clamp(drive)
    return amplitude if start <= t_ms < start + length else 0.0


def _clamp(drive: Drive) -> tuple[float, float, float]:
    """Return delay, duration and amplitude of a current clamp."""
    if isinstance(drive, WaveformDrive) or drive.mechanism != "IClamp":
        kind = getattr(drive, "mechanism", "waveform")
        raise ProtocolError(
            f"a stimulus of the kind {kind!r} is more than a current over time, so an experiment "
            "cannot follow it"
        )
    values = drive.values
    return tuple(float(values.get(key, 0.0)) for key in ("delay", "dur", "amp"))  # type: ignore[return-value]
