"""Samples at fixed intervals of many variables at once.

One copy of all pointers per frame costs a hundredth of one NEURON vector per variable, and changes
neither the steps of the integrator nor what is recorded at them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from bouton.errors import ProtocolError
from bouton.model.morphology import FloatArray
from bouton.nrn.engine import cvode, h, parallel

# Python sees an interrupt only between calls into NEURON.
_RESPONSIVE = 4000


class Frames:
    """All variables that one run samples at one interval.

    Attributes:
        t_ms: Times of the frames, from 0 to the duration, shape (n_frames,).
        table: Samples, shape (n_frames, n_variables), once the run has started.
    """

    table: FloatArray

    def __init__(self, interval_ms: float, duration_ms: float) -> None:
        count = math.floor(duration_ms / interval_ms * (1 + 1e-12)) + 1
        self.interval_ms = interval_ms
        self.t_ms: FloatArray = interval_ms * np.arange(count, dtype=np.float64)
        self._pointers: list[Any] = []
        self._row = 0

    def add(self, pointer: Any) -> int:  # noqa: ANN401
        """Return the column of a variable that is sampled from now on."""
        self._pointers.append(pointer)
        return len(self._pointers) - 1

    def start(self) -> None:
        """Take the first frame; call after the run was initialised."""
        count = len(self._pointers)
        self.table = np.full((len(self.t_ms), count), np.nan)
        self._row = 0
        if count:
            self._gather, self._buffer = h.PtrVector(count), h.Vector(count)
            for column, pointer in enumerate(self._pointers):
                self._gather.pset(column, pointer)
        self.take()

    def take(self) -> None:
        """Take the next frame."""
        if self._pointers:
            self._gather.gather(self._buffer)
            self.table[self._row] = self._buffer
        self._row += 1

    def steps(self, dt_ms: float) -> list[int]:
        """Return the fixed step nearest to each frame.

        Raises:
            ProtocolError: If frames are closer together than steps.
        """
        if self.interval_ms < dt_ms * (1 - 1e-9):
            raise ProtocolError(
                f"interval_ms {self.interval_ms:g} is below the step dt_ms {dt_ms:g}; use 0 for "
                "every step"
            )
        return [int(step) for step in np.rint(self.t_ms / dt_ms)]


def run_variable(frames: Iterable[Frames], duration_ms: float, clock: Any) -> int:  # noqa: ANN401
    """Take whole integrator steps until one is recorded that reaches the duration.

    NEURON records a step when it starts the next one, and frames interrupt steps (the solver
    interpolates); so the clock of recorded steps, not `h.t`, says how far the traces go.
    """
    for one in frames:
        one.start()
        for t in one.t_ms[1:].tolist():
            # Not `cvode.solve(t)`, which leaves extra points in what is recorded at every step.
            cvode.event(t, one.take)
    while h.t < duration_ms or clock[-1] < duration_ms:
        h.fadvance()
    return len(clock) - 1


def run_fixed(frames: Iterable[Frames], duration_ms: float, dt_ms: float) -> int:
    """Take the smallest number of steps that reaches the duration, stopping for frames."""
    steps = math.ceil(duration_ms / dt_ms * (1.0 - 1e-12))
    stops: dict[int, list[Frames]] = {step: [] for step in range(_RESPONSIVE, steps, _RESPONSIVE)}
    stops[steps] = []
    for one in frames:
        for step in one.steps(dt_ms)[1:]:
            stops.setdefault(min(step, steps), []).append(one)
        one.start()
    parallel.set_maxstep(10)
    for step in sorted(stops):
        # psolve rounds down to whole steps; it costs a third of the standard run loop.
        parallel.psolve((step + 0.25) * dt_ms)
        for one in stops[step]:
            one.take()
    return steps
