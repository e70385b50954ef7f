"""Signals of a session, sampled at whole ticks of its clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bouton.errors import ProtocolError
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.pieces import Column
from bouton.model.protocol import Integration, Signal
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h
from bouton.nrn.recording import nearest_segment, pointer_of, trace_place, unit_of


class Sampler:
    """One signal on every cell.

    NEURON's vectors record all the time: one that was stopped would not start again before the next
    initialisation. What is wanted is cut out by whole numbers of ticks.

    Attributes:
        signal: What is recorded.
        unit: Its unit.
        period: Ticks between samples.
        columns: Cells and places.
        ticks: Clock of the samples of the last piece, shape (n_samples,).
    """

    def __init__(self, signal: Signal, cells: Sequence[LiveCell], integration: Integration) -> None:
        self.signal = signal
        self.period = _period(signal, integration.dt_ms)
        self._dt = integration.dt_ms
        self._times = h.Vector() if integration.method == "cvode" else None
        self._vectors: list[Any] = []
        self.ticks: IntArray = np.zeros(0, dtype=np.int64)
        self._first = self._wanted = 0
        self.unit = ""
        columns: list[Column] = []
        for index, cell in enumerate(cells):
            self.unit = unit_of(cell, signal)
            for place in cell.places(signal.location):
                at = trace_place(cell, nearest_segment(cell, place), place)
                columns.append(Column(index, at.section, at.x, at.distance_um))
                pointer = pointer_of(cell, signal, place)
                where = (pointer,) if self._times is None else (pointer, self._times)
                self._vectors.append(h.Vector().record(*where))
        self.columns = tuple(columns)

    @staticmethod
    def now(signal: Signal, cell: LiveCell) -> FloatArray:
        """Return the values of a signal as they are, one per place."""
        pointers = (pointer_of(cell, signal, place) for place in cell.places(signal.location))
        return np.array([pointer[0] for pointer in pointers], dtype=np.float64)

    def prepare(self, clock: int, step: int, n: int) -> None:
        """Get ready for `n` ticks; with 0 nothing is wanted."""
        self._first = -clock % self.period
        offsets = np.arange(self._first, n, self.period, dtype=np.int64)
        self.ticks = clock + offsets
        self._wanted = len(offsets)
        if self._times is not None:
            self._times.from_python((step + offsets) * self._dt)

    def samples(self) -> FloatArray:
        """Return the samples of the last piece, shape (n_samples, n_columns)."""
        found = [np.array(vector, dtype=np.float64) for vector in self._vectors]
        if self._times is None:
            stop = self._first + self._wanted * self.period
            found = [column[self._first : stop : self.period][: self._wanted] for column in found]
        if not found:
            return np.zeros((self._wanted, 0))
        return np.stack(found, axis=1)

    def empty(self) -> None:
        """Drop the samples of the last piece.

        NEURON stores the lengths of recorded vectors with the state, and ends the process when
        one does not fit later.
        """
        for vector in self._vectors:
            vector.resize(0)
        if self._times is not None:
            self._times.resize(0)

    def remove(self) -> None:
        """Stop recording."""
        for vector in self._vectors:
            vector.play_remove()
        self._vectors.clear()


def _period(signal: Signal, dt_ms: float) -> int:
    if signal.interval_ms == 0:
        return 1
    period = round(signal.interval_ms / dt_ms)
    if period < 1 or abs(period * dt_ms - signal.interval_ms) > 1e-9 * signal.interval_ms:
        raise ProtocolError(
            f"signal {signal.name!r}: interval_ms must be a whole number of steps of {dt_ms:g} ms, "
            f"got {signal.interval_ms!r}"
        )
    return period
