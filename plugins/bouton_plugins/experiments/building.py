"""A chunk under way: pieces come in, plain data go out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from bouton.model.pieces import Column, Piece
from bouton_plugins.experiments.data import Chunk, History, Period, Recorded, SimulationRecord

Values = tuple[Mapping[str, Any], ...]
Told = Mapping[str, tuple[str, str, int, tuple[Column, ...]]]  # variable, unit, period, columns


class ChunkBuilder:
    """Collects one chunk.

    Args:
        start: Clock at its start, ticks.
        dt_ms: Length of a tick.
        state: Name of the state that it starts from.
        signals: Variable, unit, period and columns of what can be recorded, by name.
        units: Units of parameters and electrodes.
        electrodes: Names of the electrodes.
        values: Values of every cell at its start.

    Attributes:
        simulations: What was run.
    """

    def __init__(
        self,
        start: int,
        dt_ms: float,
        state: str,
        signals: Told,
        units: Mapping[str, str],
        electrodes: Collection[str],
        values: Values,
    ) -> None:
        self._start, self._dt, self._state = start, dt_ms, state
        self._signals, self._units = signals, units
        self._n = 0
        self._pieces: list[Piece] = []
        self._periods: dict[str, list[Period]] = {name: [] for name in signals}
        self._first = self._last = values
        self._changes: dict[str, list[tuple[int, list[Any]]]] = {
            name: [(start, [told[name] for told in values])] for name in electrodes
        }
        self.simulations: list[SimulationRecord] = []

    @property
    def is_empty(self) -> bool:
        """Whether no time has passed in it."""
        return self._n == 0

    def note(self, clock: int, values: Values) -> None:
        """Note the values that hold from now on."""
        for name in {n for old, new in zip(self._last, values, strict=True) for n in new
                     if old.get(n) != new[n]}:  # fmt: skip
            known = self._changes.setdefault(
                name, [(self._start, [told.get(name) for told in self._first])]
            )
            if known[-1][0] == clock:
                known.pop()
            known.append((clock, [told.get(name) for told in values]))
        self._last = values

    def add(self, piece: Piece) -> None:
        """Add what a piece gave; signals that are not in it were paused."""
        self._pieces.append(piece)
        self._n += piece.n
        for name in piece.samples:
            periods = self._periods[name]
            start = piece.start
            if periods and periods[-1].stop == start:
                start = periods.pop().start
            periods.append(Period(start, piece.start + piece.n))

    def built(self, values: Values) -> Chunk:
        """Return the chunk, given the values at its end."""
        spikes = [spike for piece in self._pieces for spike in piece.spikes]
        return Chunk(
            start=self._start,
            n=self._n,
            dt_ms=self._dt,
            state=self._state,
            signals={name: self._recorded(name) for name in self._signals},
            spike_cells=np.array([cell for cell, _ in spikes], dtype=np.int64),
            spike_times_ms=np.array([time for _, time in spikes], dtype=np.float64),
            applied={name: self._history(name) for name in self._changes if self._is_number(name)},
            parameters_start=self._first,
            parameters_end=values,
            simulations=tuple(self.simulations),
        )

    def _recorded(self, name: str) -> Recorded:
        variable, unit, period, columns = self._signals[name]
        with_it = [piece for piece in self._pieces if name in piece.samples]
        ticks = [piece.ticks[name] for piece in with_it]
        samples = [piece.samples[name] for piece in with_it]
        return Recorded(
            name,
            variable,
            unit,
            self._dt,
            period,
            tuple(self._periods[name]),
            columns,
            np.concatenate([np.zeros(0, dtype=np.int64), *ticks]),
            np.concatenate([np.zeros((0, len(columns))), *samples]),
        )

    def _is_number(self, name: str) -> bool:
        return all(isinstance(v, int | float) for _, row in self._changes[name] for v in row)

    def _history(self, name: str) -> History:
        rows = self._changes[name]
        return History(
            name,
            self._units.get(name, ""),
            np.array([tick for tick, _ in rows], dtype=np.int64),
            np.array([row for _, row in rows], dtype=np.float64),
        )
