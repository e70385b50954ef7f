"""What an experiment leaves: plain data, readable without a simulator.

Times are whole ticks of `dt_ms`, so nothing here depends on how a time is rounded. A chunk of n
ticks that starts at tick s holds the samples at s, s + 1, ..., s + n - 1 (or those of them that are
multiples of the signal's period): the state at its start is there, the state at its end is the
first sample of whatever comes next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import Factory, cmp_using, field, frozen

from bouton.errors import ResultsError, did_you_mean
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.pieces import Column
from bouton.model.protocol import Integration


def same(a: Any, b: Any) -> bool:  # noqa: ANN401
    """Return whether nested plain data are equal, arrays included; nan equals nan."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        one, other = np.asarray(a), np.asarray(b)
        is_float = one.dtype.kind == "f" == other.dtype.kind
        return one.shape == other.shape and np.array_equal(one, other, equal_nan=is_float)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b) or (a != a and b != b)


def _array() -> Any:  # noqa: ANN401
    return field(eq=cmp_using(eq=same), repr=False)


@frozen
class Period:
    """A stretch in which a signal was recorded: from tick `start`, up to but without `stop`."""

    start: int
    stop: int


@frozen
class Recorded:
    """One signal of one chunk.

    Attributes:
        name: Its name.
        variable: What was recorded.
        unit: Its unit.
        dt_ms: Length of a tick.
        every: Ticks between samples.
        periods: When it was recorded; pauses lie between them.
        columns: Cell and place of each column.
        ticks: Clock of the samples, shape (n,).
        values: Samples, shape (n, n_columns).
    """

    name: str
    variable: str
    unit: str
    dt_ms: float
    every: int
    periods: tuple[Period, ...]
    columns: tuple[Column, ...]
    ticks: IntArray = _array()
    values: FloatArray = _array()

    @property
    def t_ms(self) -> FloatArray:
        """Clock of the samples, ms, shape (n,)."""
        return np.asarray(self.ticks * self.dt_ms, dtype=np.float64)

    def of_cells(self, cells: Sequence[int] = ()) -> FloatArray:
        """Return the columns of some cells, or all, shape (n, n_chosen)."""
        if not cells:
            return self.values
        return self.values[:, [i for i, one in enumerate(self.columns) if one.cell in cells]]

    def with_gaps(self, cells: Sequence[int] = ()) -> tuple[FloatArray, FloatArray]:
        """Return times and values with one row of nan in every pause, so that lines break there."""
        values = self.of_cells(cells)
        breaks = np.searchsorted(self.ticks, [period.start for period in self.periods[1:]])
        breaks = np.unique(breaks[(breaks > 0) & (breaks < len(self.ticks))])
        return np.insert(self.t_ms, breaks, np.nan), np.insert(values, breaks, np.nan, axis=0)


@frozen
class History:
    """An attribute over time, as it was really applied: it keeps each value until the next.

    Attributes:
        name: Attribute or electrode.
        unit: Its unit.
        ticks: Clock from which each row holds, shape (m,).
        values: One column per cell, shape (m, n_cells).
    """

    name: str
    unit: str
    ticks: IntArray = _array()
    values: FloatArray = _array()

    def at(self, ticks: IntArray) -> FloatArray:
        """Return the values at some ticks, shape (n, n_cells)."""
        rows = np.searchsorted(self.ticks, ticks, side="right") - 1
        return np.asarray(self.values[np.maximum(rows, 0)])


@frozen
class SimulationRecord:
    """One simulation as it was run.

    Attributes:
        name: Its name.
        kind: Its class, or the name of the function.
        start: Clock at its start, ticks.
        stop: Clock at its end.
        arguments: What it was given.
        info: What it returned, or what follows from its arguments.
        events: Name and clock (ticks) of every event that fired.
        stopped: Why it ended early, empty if it did not.
    """

    name: str
    kind: str
    start: int
    stop: int
    arguments: Mapping[str, Any] = field(factory=dict, eq=cmp_using(eq=same))
    info: Any = field(default=None, eq=cmp_using(eq=same))
    events: tuple[tuple[str, int], ...] = ()
    stopped: str = ""


@frozen
class Chunk:
    """A stretch of simulated time between resets. It exists whether or not anything was recorded.

    Attributes:
        start: Clock at its start, ticks.
        n: Simulated ticks.
        dt_ms: Length of a tick.
        state: State that it started from: `initial`, the name of a stored one, or `continued`.
        signals: What was recorded, by name; without samples if it was paused all the time.
        spike_cells: Cell of every spike, shape (n_spikes,).
        spike_times_ms: Clock of every spike, shape (n_spikes,).
        applied: Every electrode, and every parameter that changed, as really applied, by name.
        parameters_start: Values of every cell at the start.
        parameters_end: Values of every cell at the end.
        simulations: What was run, in order of its end.
    """

    start: int
    n: int
    dt_ms: float
    state: str
    signals: Mapping[str, Recorded] = field(repr=False)
    spike_cells: IntArray = _array()
    spike_times_ms: FloatArray = _array()
    applied: Mapping[str, History] = field(factory=dict, repr=False)
    parameters_start: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    parameters_end: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    simulations: tuple[SimulationRecord, ...] = field(default=(), repr=False)

    @property
    def start_ms(self) -> float:
        """Clock at its start."""
        return self.start * self.dt_ms

    @property
    def end_ms(self) -> float:
        """Clock at its end."""
        return (self.start + self.n) * self.dt_ms

    @property
    def duration_ms(self) -> float:
        """Simulated time, recorded or not."""
        return self.n * self.dt_ms

    @property
    def spike_count(self) -> int:
        """Spikes of all cells."""
        return len(self.spike_times_ms)

    def spikes_of(self, cell: int = 0) -> FloatArray:
        """Return the spike times of one cell, ms."""
        return np.asarray(self.spike_times_ms[self.spike_cells == cell])

    def signal(self, name: str) -> Recorded:
        """Return a signal.

        Raises:
            ResultsError: If none of this name was recorded, with close matches.
        """
        if name not in self.signals:
            hint = did_you_mean(name, self.signals) or "nothing was recorded"
            raise ResultsError(f"no signal {name!r} was recorded; {hint}")
        return self.signals[name]

    def stimulus(self, name: str = "current_nA") -> FloatArray:
        """Return what an electrode or parameter was at every tick, shape (n, n_cells).

        Raises:
            ResultsError: If it was neither an electrode nor changed.
        """
        if name not in self.applied:
            hint = did_you_mean(name, self.applied)
            raise ResultsError(f"{name!r} is no electrode and did not change here; {hint}")
        return self.applied[name].at(self.start + np.arange(self.n, dtype=np.int64))


@frozen
class RunResult:
    """What one run of an experiment gave.

    Attributes:
        name: Name of the run.
        chunks: Its chunks, in order.
        data: Whatever the experiment put aside, a copy.
        integration: Settings of the integrator, the seed included.
        n_cells: Number of cells.
    """

    name: str
    chunks: tuple[Chunk, ...]
    data: Mapping[str, Any] = field(factory=dict, eq=cmp_using(eq=same))
    integration: Integration = Factory(Integration)
    n_cells: int = 1

    @property
    def dt_ms(self) -> float:
        """Length of a tick."""
        return self.integration.dt_ms

    def chunk(self, index: int = 0) -> Chunk:
        """Return a chunk.

        Raises:
            ResultsError: If there is none of this number, saying how many there are.
        """
        if not self.chunks:
            raise ResultsError(
                f"run {self.name!r} has no chunks: nothing was simulated before its results were "
                "taken"
            )
        if not -len(self.chunks) <= index < len(self.chunks):
            last = len(self.chunks) - 1
            raise ResultsError(f"run {self.name!r} has chunks 0 to {last}, there is no {index}")
        return self.chunks[index]

    def joined(self, name: str) -> tuple[IntArray, FloatArray]:
        """Return a signal over all chunks, laid end to end.

        Time that was simulated and not recorded stays a gap of the right length.

        Args:
            name: The signal.

        Returns:
            Ticks from the start of the first chunk, shape (n,); values, shape (n, n_columns).

        Raises:
            ResultsError: If there are no chunks, or no such signal.
        """
        self.chunk()
        starts = np.cumsum([0, *(chunk.n for chunk in self.chunks)])
        recorded = [chunk.signal(name) for chunk in self.chunks]
        ticks = [
            one.ticks - chunk.start + start
            for one, chunk, start in zip(recorded, self.chunks, starts.tolist(), strict=False)
        ]
        return np.concatenate(ticks), np.concatenate([one.values for one in recorded])
