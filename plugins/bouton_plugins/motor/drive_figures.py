"""The figure of a driven pool: drive, raster, smoothed rates, and order against size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bouton.report.style import FAINT, INK, new_figure, save, styled
from bouton_plugins.motor.drive_tables import smoothed_rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bouton_plugins.motor.drive import Drive

Record = Mapping[str, Any]
_GRID_MS = 10.0


def write_figures(folder: Path, records: Sequence[Record], job: Drive) -> list[Path]:
    """Write one figure per trial."""
    written = []
    for name in job.trials:
        rows = [r for r in records if r["notes"]["trial"] == name and r["status"] == "ok"]
        if rows:
            path = folder / "figures" / f"drive-{name}.png"
            written.append(save(drive_figure(name, rows, job), path))
    return written


@styled
def drive_figure(name: str, rows: Sequence[Record], job: Drive) -> Figure:
    """Return drive, raster and rates over time, and recruitment against size, of one trial."""
    figure = new_figure(6.4)
    grid = figure.add_gridspec(3, 2, width_ratios=(2.4, 1), height_ratios=(0.7, 1.6, 1.6))
    top = figure.add_subplot(grid[0, 0])
    raster = figure.add_subplot(grid[1, 0], sharex=top)
    rates = figure.add_subplot(grid[2, 0], sharex=top)
    colours = _colours(rows)
    _drive(top, name, job)
    for row, colour in zip(rows, colours, strict=True):
        times = np.array(row["features"]["spike_times__ms"][0])
        unit = row["notes"]["cell_index"] + 1
        raster.plot(times / 1e3, np.full(len(times), unit), "|", ms=5, mew=0.7, color=colour)
        moments = np.arange(0.0, job.shape.duration_ms, _GRID_MS)
        rate = smoothed_rate(times, moments, job.window_ms)
        rates.plot(moments / 1e3, np.where(rate > 0, rate, np.nan), color=colour)
    raster.set_title("Spikes")
    raster.set_ylabel("motor unit")
    raster.set_ylim(0.3, max(row["notes"]["cell_index"] for row in rows) + 1.7)
    rates.set_title(f"Rates (Hann window of {job.window_ms:g} ms)")
    rates.set_ylabel("Hz")
    rates.set_xlabel("time (s)")
    rates.set_ylim(bottom=0)
    for axes in (top, raster):
        axes.tick_params(labelbottom=False)
    _order(figure.add_subplot(grid[:2, 1]), rows, colours)
    _thresholds(figure.add_subplot(grid[2, 1]), rows, colours)
    return figure


def _drive(axes: Axes, name: str, job: Drive) -> None:
    trial = job.trials[name]
    t = np.arange(0.0, job.shape.duration_ms, _GRID_MS)
    level = job.shape.level(t)
    told = []
    if trial.current_nA:
        told.append(f"current up to {trial.current_nA:g} nA")
    if trial.synapses is not None:
        kind = "Poisson" if trial.synapses.kind == "poisson" else "gamma"
        told.append(f"{trial.synapses.sources} {kind} sources up to {trial.synapses.rate_Hz:g} Hz")
    axes.fill_between(t / 1e3, level, color=FAINT, alpha=0.5, linewidth=0)
    axes.set_title(f"Drive: {', '.join(told)}")
    axes.set_ylabel("part of top")
    axes.set_ylim(0, 1.05)


def _order(axes: Axes, rows: Sequence[Record], colours: Sequence[Any]) -> None:
    """Draw the level at which each cell joins in (filled) and drops out (open), by size."""
    area = [row["notes"]["area__um2"] / 1e6 for row in rows]
    up = [row["features"]["recruitment_level"][0] for row in rows]
    down = [row["features"]["derecruitment_level"][0] for row in rows]
    for x, joins, drops, colour in zip(area, up, down, colours, strict=True):
        axes.plot([x, x], [joins, drops], color=FAINT, lw=0.8, zorder=1)
        axes.plot(x, joins, "o", ms=5, color=colour)
        axes.plot(x, drops, "o", ms=5, mfc="white", mec=colour)
    axes.plot([], [], "o", color=INK, label="joins in")
    axes.plot([], [], "o", mfc="white", mec=INK, label="drops out")
    axes.legend(loc="upper left")
    axes.set_title("Order by size")
    axes.set_xlabel("membrane area (mm²)")
    axes.set_ylabel("drive, part of top")
    axes.set_ylim(0, 1.25)


def _thresholds(axes: Axes, rows: Sequence[Record], colours: Sequence[Any]) -> None:
    for row, colour in zip(rows, colours, strict=True):
        rate = row["features"]["hold_rate__Hz"][0]
        axes.plot(row["notes"]["recruitment_threshold"], rate, "o", ms=5, color=colour)
    axes.set_title("Rate during hold")
    axes.set_xlabel("recruitment threshold")
    axes.set_ylabel("Hz")
    axes.set_ylim(0, 1.06 * axes.get_ylim()[1])


def _colours(rows: Sequence[Record]) -> list[Any]:
    from matplotlib import colormaps

    # the lightest tenth of the map would not show on white
    return [colormaps["viridis"](0.9 * i / max(len(rows) - 1, 1)) for i in range(len(rows))]
