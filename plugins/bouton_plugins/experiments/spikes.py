"""Numbers taken from spike times."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray
from bouton_plugins.experiments.data import Chunk

_NAN = float("nan")


@frozen
class SpikeStatistics:
    """Statistics of one cell over one chunk; nan where there are too few spikes.

    Attributes:
        cell: Which cell.
        count: Number of spikes.
        rate_Hz: Spikes over simulated time.
        first_ms: Time of the first one, from the start of the chunk.
        mean_isi_ms: Mean interval between spikes.
        cv_isi: Coefficient of variation of the intervals (standard deviation with n - 1).
        cv2: Mean of 2 |a - b| / (a + b) over neighbouring intervals a, b: the local variation.
    """

    cell: int
    count: int
    rate_Hz: float
    first_ms: float
    mean_isi_ms: float
    cv_isi: float
    cv2: float


def intervals_ms(times_ms: FloatArray) -> FloatArray:
    """Return the intervals between spikes, shape (n - 1,)."""
    return np.diff(np.sort(times_ms))


def cv(intervals: FloatArray) -> float:
    """Return the coefficient of variation of intervals; nan below two."""
    if len(intervals) < 2:
        return _NAN
    return float(np.std(intervals, ddof=1) / np.mean(intervals))


def cv2(intervals: FloatArray) -> float:
    """Return the local variation of intervals (Holt et al. 1996); nan below two."""
    if len(intervals) < 2:
        return _NAN
    a, b = intervals[:-1], intervals[1:]
    return float(np.mean(2 * np.abs(b - a) / (a + b)))


def statistics(chunk: Chunk, cells: Sequence[int]) -> list[SpikeStatistics]:
    """Return the statistics of some cells over a chunk."""
    return [_statistics(chunk, cell) for cell in cells]


def rates(chunk: Chunk, bin_ms: float, cells: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Return the mean rate of some cells over time.

    Args:
        chunk: The chunk.
        bin_ms: Width of a bin; the last one may be narrower.
        cells: The cells.

    Returns:
        Borders of the bins, ms, shape (n + 1,); rates, Hz, shape (n,).

    Raises:
        ResultsError: If the bins have no width.
    """
    if not (math.isfinite(bin_ms) and bin_ms > 0):
        raise ResultsError(f"bins need a width above 0 ms, got {bin_ms!r}")
    n = max(math.ceil(chunk.duration_ms / bin_ms * (1 - 1e-12)), 1)
    borders = chunk.start_ms + np.minimum(bin_ms * np.arange(n + 1), chunk.duration_ms)
    chosen = chunk.spike_times_ms[np.isin(chunk.spike_cells, cells)]
    counts, _ = np.histogram(chosen, borders)
    return borders, 1000.0 * counts / np.diff(borders) / max(len(cells), 1)


def _statistics(chunk: Chunk, cell: int) -> SpikeStatistics:
    times = chunk.spikes_of(cell)
    intervals = intervals_ms(times)
    return SpikeStatistics(
        cell=cell,
        count=len(times),
        rate_Hz=1000.0 * len(times) / chunk.duration_ms,
        first_ms=float(times.min() - chunk.start_ms) if len(times) else _NAN,
        mean_isi_ms=float(intervals.mean()) if len(intervals) else _NAN,
        cv_isi=cv(intervals),
        cv2=cv2(intervals),
    )
