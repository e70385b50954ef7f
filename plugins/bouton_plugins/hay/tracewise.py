"""Threshold crossings and other primitives on an evenly sampled voltage trace."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import frozen

from bouton.model.morphology import FloatArray, IntArray
from bouton.model.traces import Trace

GRID_MS = 0.025


@frozen(eq=False)
class Crossings:
    """Where a trace rises above a threshold and falls back.

    Attributes:
        up: Indices of the first sample above, shape (n_up,).
        down: Indices of the first sample no longer above, after the first rise, shape (n_down,).
    """

    up: IntArray
    down: IntArray

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Rise and fall of each event; an event that never ends has no pair."""
        return list(zip(self.up.tolist(), self.down.tolist(), strict=False))


@frozen(eq=False)
class Sampled:
    """A voltage trace on the grid of the features.

    Attributes:
        t_ms: 0, 0.025, ... before the last recorded time, shape (n,), ms.
        v_mV: Voltage by linear interpolation, shape (n,), mV.
    """

    t_ms: FloatArray
    v_mV: FloatArray

    @classmethod
    def of(cls, trace: Trace) -> Sampled:
        """Return the samples of a recorded trace."""
        return cls(*trace.resampled(GRID_MS))

    def crossings(self, threshold_mV: float) -> Crossings:
        """Return where the trace crosses a threshold; a rise before the first sample is none."""
        above = self.v_mV > threshold_mV
        changes = np.flatnonzero(above[1:] != above[:-1]) + 1
        rising = above[changes]
        up = changes[rising]
        if not len(up):
            return Crossings(up, up)
        down = changes[~rising]
        return Crossings(up, down[down > up[0]])

    def index(self, time_ms: float) -> int:
        """Return the index of the first sample at or after a time; past the end if none."""
        return int(np.searchsorted(self.t_ms, time_ms, side="left"))

    def at(self, time_ms: float) -> float:
        """Return the voltage of the first sample at or after a time.

        Raises:
            IndexError: If the trace ends before.
        """
        return float(self.v_mV[self.index(time_ms)])

    def base_mV(self, onset_ms: float) -> float:
        """Return the mean voltage between a half and three quarters of the time to the onset.

        Raises:
            IndexError: If the trace ends before.
        """
        last = self.index(0.75 * onset_ms)
        if last >= len(self.v_mV):
            raise IndexError("the trace ends before three quarters of the onset")
        return float(self.v_mV[self.index(0.5 * onset_ms) : last + 1].mean())

    def peaks_mV(self, crossings: Crossings) -> FloatArray:
        """Return the largest voltage of each event, shape (n_pairs,)."""
        return np.array([self.v_mV[up:down].max() for up, down in crossings.pairs], dtype=float)

    def widths_ms(self, crossings: Crossings) -> FloatArray:
        """Return the time from rise to fall of each event, shape (n_pairs,)."""
        n = len(crossings.pairs)
        return self.t_ms[crossings.down[:n]] - self.t_ms[crossings.up[:n]]
