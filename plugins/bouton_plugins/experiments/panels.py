"""How each kind of panel is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray
from bouton.report.style import COLOURS, FAINT
from bouton_plugins.experiments import spikes
from bouton_plugins.experiments.data import Chunk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bouton_plugins.experiments.plots import Panel

LEGEND_COLUMNS = 4
_MOST_IN_LEGEND = 8


@frozen
class Series:
    """One chunk in a panel.

    Attributes:
        label: Its name in the legend; empty if there is only one.
        chunk: The chunk.
        cells: The cells that are shown.
    """

    label: str
    chunk: Chunk
    cells: tuple[int, ...]

    @property
    def spike_count(self) -> int:
        """Spikes of the cells that are shown."""
        return int(np.isin(self.chunk.spike_cells, self.cells).sum())

    def traces(self, name: str) -> tuple[FloatArray, FloatArray, str, bool]:
        """Return a signal, or an attribute as it was applied, from the start of the chunk.

        Returns:
            Times, ms, shape (n,); values, shape (n, n_columns), with a row of nan in every pause;
            the unit; and whether values hold until the next time.

        Raises:
            ResultsError: If there is nothing of this name.
        """
        chunk = self.chunk
        if name in chunk.applied and name not in chunk.signals:
            history = chunk.applied[name]
            ticks = np.append(history.ticks, chunk.start + chunk.n)
            values = np.vstack([history.values, history.values[-1:]])[:, list(self.cells)]
            return (ticks - chunk.start) * chunk.dt_ms, values, history.unit, True
        if name not in chunk.signals:
            known = ", ".join([*chunk.signals, *chunk.applied]) or "nothing"
            raise ResultsError(f"there is no signal {name!r} to draw; there is {known}")
        signal = chunk.signals[name]
        times, values = signal.with_gaps(self.cells)
        return times - chunk.start_ms, values, signal.unit, False


def draw_lines(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    """Draw one line per cell and place; colours stand for series, or else for cells."""
    unit = ""
    for number, one in enumerate(series):
        times, values, unit, is_stepped = one.traces(panel.signal)
        style: dict[str, Any] = {"drawstyle": "steps-post"} if is_stepped else {}
        for column, line in enumerate(values.T):
            colour = COLOURS[(number if len(series) > 1 else column) % len(COLOURS)]
            label = one.label if column == 0 else ""
            axes.plot(times, line, color=colour, label=label, linewidth=_width(times), **style)
    _time_axis(axes, series, panel)
    axes.set_ylabel(_with_unit(panel.signal, unit))
    _legend(axes, series)


def draw_mean(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    """Draw the mean over cells and places, with a band of one standard deviation."""
    unit = ""
    for number, one in enumerate(series):
        times, values, unit, is_stepped = one.traces(panel.signal)
        colour = COLOURS[number % len(COLOURS)]
        mean, spread = values.mean(axis=1), values.std(axis=1)
        how: dict[str, Any] = {"step": "post"} if is_stepped else {}
        axes.fill_between(
            times, mean - spread, mean + spread, color=colour, alpha=0.25, linewidth=0, **how
        )
        style: dict[str, Any] = {"drawstyle": "steps-post"} if is_stepped else {}
        axes.plot(times, mean, color=colour, label=one.label, **style)
    _time_axis(axes, series, panel)
    axes.set_ylabel(_with_unit(panel.signal, unit))
    _legend(axes, series)


def draw_matrix(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    """Draw cells and places as rows of colour; several series lie above each other."""
    edges, rows, unit = None, [], ""
    for one in series:
        times, values, unit, is_stepped = one.traces(panel.signal)
        if is_stepped:
            raise ResultsError("a matrix needs a recorded signal, not an attribute as applied")
        if len(times) < 2:
            raise ResultsError(f"{panel.signal!r} has too few samples for a matrix")
        told = np.append(times, times[-1] + (times[-1] - times[-2]))
        if edges is not None and not np.array_equal(told, edges, equal_nan=True):
            raise ResultsError("a matrix of several chunks needs equal times; choose one chunk")
        edges = told
        rows.append(values.T)
    if edges is None:
        raise ResultsError("there is nothing to draw")
    table = np.vstack(rows)
    keep = ~np.isnan(edges[:-1])
    borders = np.append(edges[:-1][keep], edges[-1])
    image = axes.pcolormesh(
        borders, np.arange(len(table) + 1) - 0.5, table[:, keep], cmap="viridis", rasterized=True
    )
    axes.figure.colorbar(image, ax=axes, label=_with_unit(panel.signal, unit))
    axes.set_yticks(range(len(table)) if len(table) <= 10 else [0, len(table) - 1])
    axes.set_ylabel("cell or place")
    _time_axis(axes, series, panel)


def draw_raster(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    """Draw one bar per spike; series lie above each other."""
    base, ticks, labels = 0, [], []
    for number, one in enumerate(series):
        for row, cell in enumerate(one.cells):
            times = one.chunk.spikes_of(cell) - one.chunk.start_ms
            colour = COLOURS[number % len(COLOURS)]
            axes.eventplot([times], lineoffsets=base + row, linelengths=0.8, colors=[colour])
        ticks.append(base + (len(one.cells) - 1) / 2)
        labels.append(one.label or (f"{len(one.cells)} cells" if len(one.cells) > 1 else "cell 0"))
        base += len(one.cells)
    axes.set_yticks(ticks, labels)
    axes.set_ylim(-0.6, base - 0.4)
    axes.invert_yaxis()
    _time_axis(axes, series, panel)
    if not any(one.spike_count for one in series):
        _say(axes, "no spikes")


def draw_rate(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    """Draw the mean spike rate of the cells."""
    for number, one in enumerate(series):
        borders, rate = spikes.rates(one.chunk, panel.bin_ms, one.cells)
        colour = COLOURS[number % len(COLOURS)]
        axes.stairs(rate, borders - one.chunk.start_ms, color=colour, label=one.label)
    axes.set_ylabel("rate (Hz)")
    axes.set_ylim(bottom=0.0)
    _time_axis(axes, series, panel)
    _legend(axes, series)


def draw_intervals(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    """Draw a histogram of the intervals between spikes."""
    found = [
        np.concatenate([spikes.intervals_ms(one.chunk.spikes_of(cell)) for cell in one.cells])
        for one in series
    ]
    longest = max((float(each.max()) for each in found if len(each)), default=panel.bin_ms)
    borders = [panel.bin_ms * i for i in range(int(longest / panel.bin_ms) + 2)]
    _histograms(axes, series, found, borders)
    axes.set_xlabel("interval (ms)")
    axes.set_ylabel("intervals")


def draw_cv(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    """Draw a histogram of the coefficient of variation of the intervals of each cell."""
    del panel
    found = []
    for one in series:
        told = [spikes.cv(spikes.intervals_ms(one.chunk.spikes_of(cell))) for cell in one.cells]
        found.append(np.array([value for value in told if math.isfinite(value)]))
    largest = max((float(each.max()) for each in found if len(each)), default=1.0)
    _histograms(axes, series, found, [max(largest * 1.05, 0.5) * i / 20 for i in range(21)])
    axes.set_xlabel("CV of intervals")
    axes.set_ylabel("cells")


def draw_phase(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    """Draw one signal against another."""
    units = ("", "")
    for number, one in enumerate(series):
        t_x, x, unit_x, stepped_x = one.traces(panel.against)
        t_y, y, unit_y, stepped_y = one.traces(panel.signal)
        if stepped_x or stepped_y or not np.array_equal(t_x, t_y, equal_nan=True):
            raise ResultsError("a phase plane needs two signals that were recorded together")
        if x.shape != y.shape:
            raise ResultsError("a phase plane needs two signals at the same places")
        units = (unit_x, unit_y)
        end = np.inf if panel.to_ms is None else panel.to_ms
        inside = ~((t_x < panel.from_ms) | (t_x > end))
        for column in range(x.shape[1]):
            colour = COLOURS[(number if len(series) > 1 else column) % len(COLOURS)]
            label = one.label if column == 0 else ""
            axes.plot(
                x[inside, column], y[inside, column], color=colour, label=label, linewidth=0.8
            )
    axes.set_xlabel(_with_unit(panel.against, units[0]))
    axes.set_ylabel(_with_unit(panel.signal, units[1]))
    _legend(axes, series)


def _histograms(
    axes: Axes, series: Sequence[Series], found: Sequence[FloatArray], borders: Sequence[float]
) -> None:
    for number, (one, values) in enumerate(zip(series, found, strict=True)):
        counts, _ = np.histogram(values, borders)
        colour = COLOURS[number % len(COLOURS)]
        axes.stairs(counts, borders, color=colour, label=one.label, fill=len(series) == 1)
    if not any(len(values) for values in found):
        _say(axes, "too few spikes")
    _legend(axes, series)


def _time_axis(axes: Axes, series: Sequence[Series], panel: Panel) -> None:
    longest = max(one.chunk.duration_ms for one in series)
    if panel.from_ms >= longest:
        raise ResultsError(
            f"from_ms is {panel.from_ms:g}, but what is shown ends at {longest:g} ms"
        )
    axes.set_xlim(panel.from_ms, longest if panel.to_ms is None else panel.to_ms)
    axes.set_xlabel("time in the chunk (ms)")


def _legend(axes: Axes, series: Sequence[Series]) -> None:
    if 1 < len(series) <= _MOST_IN_LEGEND:
        # Between title and panel, where it hides no data and takes no width.
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            borderaxespad=0.0,
            ncols=min(len(series), LEGEND_COLUMNS),
            handlelength=1.2,
            columnspacing=1.0,
        )


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=FAINT)


def _with_unit(name: str, unit: str) -> str:
    shown = {"v": "membrane potential"}.get(name, name.removesuffix(f"_{unit}"))
    return f"{shown} ({unit})" if unit else shown


def _width(times: FloatArray) -> float:
    return 1.0 if len(times) < 20_000 else 0.7


DRAWN: dict[str, Callable[..., None]] = {
    "line": draw_lines,
    "mean": draw_mean,
    "matrix": draw_matrix,
    "raster": draw_raster,
    "rate": draw_rate,
    "isi": draw_intervals,
    "cv": draw_cv,
    "phase": draw_phase,
}
