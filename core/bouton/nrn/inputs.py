"""Events that somebody sends to the point processes of a session's cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bouton.errors import ProtocolError, did_you_mean
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h

Waiting = tuple[int, int, str, float]  # step when it is due, cell, point process, weight


class Inputs:
    """One connection per point process that takes events.

    All are made at once: a later one would change the structure, and no stored state could come
    back. Events that reach one point process at the same tick count as one, their weights summed.

    Attributes:
        waiting: Events to come, in order of delivery.
    """

    def __init__(self, cells: Sequence[LiveCell]) -> None:
        self.waiting: tuple[Waiting, ...] = ()
        self._connections: dict[tuple[int, str], Any] = {}
        kinds = h.MechanismType(1)
        for index, cell in enumerate(cells):
            for name, point in cell.point_processes.items():
                kinds.select(point.hname().partition("[")[0])
                if kinds.is_netcon_target(kinds.selected()):
                    self._connections[index, name] = h.NetCon(None, point)

    def add(self, index: int, point: str, weight: float, step: int) -> None:
        """Queue an event.

        Raises:
            ProtocolError: If the cell has no such point process, or it takes no events.
        """
        if (index, point) not in self._connections:
            known = [name for cell, name in self._connections if cell == index]
            hint = did_you_mean(point, known) or "the cell has none that does"
            raise ProtocolError(f"no point process {point!r} takes events; {hint}")
        if not np.isfinite(weight):
            raise ProtocolError(f"the weight of an event must be finite, got {weight!r}")
        # Equal times keep the order in which the events were sent.
        added = (*self.waiting, (step, index, point, float(weight)))
        self.waiting = tuple(sorted(added, key=lambda event: event[0]))

    def size_of_piece(self, step: int, most: int) -> int:
        """Return how many steps can be taken at once before the next event is due."""
        due = (event[0] for event in self.waiting if event[0] > step)
        return min(most, next(due, step + most) - step)

    def deliver_due(self, step: int) -> bool:
        """Deliver the events that are due; return whether there were any."""
        due = [event for event in self.waiting if event[0] <= step]
        self.waiting = self.waiting[len(due) :]
        weights: dict[tuple[int, str], float] = {}
        for _, index, point, weight in due:
            weights[index, point] = weights.get((index, point), 0.0) + weight
        for key, weight in weights.items():
            self._connections[key].weight[0] = weight
            self._connections[key].event(h.t)
        return bool(due)

    def clear(self) -> None:
        """Drop everything that waits."""
        self.waiting = ()
