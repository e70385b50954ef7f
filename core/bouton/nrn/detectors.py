"""Spike detectors of a session: upward crossings, between steps and not at the end of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from bouton.errors import ProtocolError
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h
from bouton.nrn.recording import nearest_segment


class Detector:
    """The spike detector of one cell, at its own spike source and threshold.

    Under the variable step NEURON finds the time of the crossing; with fixed steps it is
    interpolated between the two steps. A potential that is set by hand makes no spike. A point
    neuron says itself when it fires.
    """

    def __init__(self, cell: LiveCell, *, is_variable: bool) -> None:
        self._connection: Any = None
        self._says_itself = bool(cell.structure.spike_process)
        if self._says_itself:
            sender = cell.point_process(cell.structure.spike_process)
            self._connection, self._vector = h.NetCon(sender, None), h.Vector()
            self._connection.record(self._vector)
            return
        places = cell.places(cell.structure.spike_source)
        if len(places) != 1:
            raise ProtocolError(f"a cell has one spike source, got {len(places)} places")
        segment = cell.centre(nearest_segment(cell, places[0]))
        self._level = float(cell.structure.spike_threshold_mV)
        if is_variable:
            self._vector = h.Vector()
            self._connection = h.NetCon(segment._ref_v, None, sec=segment.sec)
            self._connection.threshold = self._level
            self._connection.record(self._vector)
        else:
            self._vector = h.Vector().record(segment._ref_v)

    def remove(self) -> None:
        """Stop detecting."""
        self._connection = None
        self._vector.play_remove()

    def restart(self) -> None:
        """Forget what was detected; the state has just been set to something else."""
        self._vector.resize(0)

    def collected(self, step: int, n: int, dt_ms: float) -> list[float]:
        """Return the spikes of the last `n` steps, ms after their start at `step`."""
        if self._connection is None:
            v = np.array(self._vector)
            crossings = np.flatnonzero((v[:-1] <= self._level) & (v[1:] > self._level))
            part = (self._level - v[crossings]) / (v[crossings + 1] - v[crossings])
            times = (crossings + part) * dt_ms
        else:
            times = np.array(self._vector) - step * dt_ms
            # An event may be due at the very beginning, a crossing may not.
            times = np.clip(times[(times > 0) | self._says_itself], 0.0, n * dt_ms)
            self._vector.resize(0)
        return [float(time) for time in times]
