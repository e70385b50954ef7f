"""Pieces of simulated time, counted in whole ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import field, frozen

from bouton.errors import ProtocolError
from bouton.model.morphology import FloatArray, IntArray


@frozen
class Column:
    """Where one column of a signal was recorded.

    Attributes:
        cell: Index of the cell.
        section: Section name.
        x: Centre of the segment on the section.
        distance_um: Path distance of that centre from the root.
    """

    cell: int
    section: str
    x: float
    distance_um: float


@frozen(eq=False)
class Piece:
    """What a piece of simulated time gave.

    Attributes:
        start: Clock at its start, ticks.
        n: Its length, ticks.
        ticks: Signal -> clock of every sample, shape (n_samples,).
        samples: Signal -> samples, shape (n_samples, n_columns).
        spikes: Cell and clock time in ms of every spike, in order.
    """

    start: int
    n: int
    ticks: Mapping[str, IntArray] = field(repr=False)
    samples: Mapping[str, FloatArray] = field(repr=False)
    spikes: tuple[tuple[int, float], ...] = field(repr=False)


def whole_ticks(duration_ms: float, dt_ms: float, what: str = "a duration") -> int:
    """Return a duration as a whole number of ticks, however its decimal fraction is rounded.

    Raises:
        ProtocolError: If it is negative, not finite, or no whole number of ticks.
    """
    if not (np.isfinite(duration_ms) and duration_ms >= 0):
        raise ProtocolError(f"{what} must be 0 ms or more, got {duration_ms!r}")
    n = round(duration_ms / dt_ms)
    if abs(n * dt_ms - duration_ms) > 1e-9 * max(dt_ms, duration_ms):
        below = int(duration_ms / dt_ms)
        raise ProtocolError(
            f"{what} must be a whole number of steps of {dt_ms:g} ms, got {duration_ms!r} ms; the "
            f"nearest are {below * dt_ms:.12g} and {(below + 1) * dt_ms:.12g} ms"
        )
    return n


def joined(pieces: Sequence[Piece]) -> Piece:
    """Return pieces that follow each other as one."""
    names = pieces[0].samples
    return Piece(
        pieces[0].start,
        sum(piece.n for piece in pieces),
        {name: np.concatenate([piece.ticks[name] for piece in pieces]) for name in names},
        {name: np.concatenate([piece.samples[name] for piece in pieces]) for name in names},
        tuple(spike for piece in pieces for spike in piece.spikes),
    )
