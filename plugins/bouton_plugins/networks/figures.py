"""Figures of a simulated network: raster, rates, voltages, who connects to whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bouton.report.style import COLOURS, INK, new_figure, save, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bouton.jobs.networks import Simulated
    from bouton.model.network import RecordedTrace

_MOST_DOTS = 200_000
_MOST_VOLTAGES = len(COLOURS)
_LINES = ("-", "--", ":")  # for more populations than colours


def write_figures(done: Simulated, out: Path) -> list[Path]:
    """Write all figures into the run directory; return their paths.

    Raises:
        MissingDependencyError: If matplotlib is not installed.
    """
    made = {"raster": raster(done), "rates": rates(done), "connectivity": connectivity(done)}
    if any(one.trace.variable == "v" for one in done.response.recordings):
        made["voltages"] = voltages(done)
    if any(one.trace.variable not in ("v", "spikes") for one in done.response.recordings):
        made["recordings"] = recordings(done)
    return [save(one, out / "figures" / f"{name}.png") for name, one in made.items()]


@styled
def raster(done: Simulated) -> Figure:
    """Return a dot per spike, one row per cell, populations stacked."""
    made = new_figure(3.6)
    axes = made.subplots()
    first = 0
    ticks, labels = [], []
    for number, (name, size) in enumerate(done.response.sizes.items()):
        trace = done.response[name]
        step = max(1, len(trace.t_ms) // _MOST_DOTS)
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(trace.t_ms[::step], trace.values[::step] + first, ".", ms=1.5, color=colour)
        ticks.append(first + size / 2)
        labels.append(f"{name} ({size})")
        first += size
    axes.set_yticks(ticks, labels)
    axes.set_ylim(-0.5, first - 0.5)
    axes.set_xlim(0, done.response.description.duration_ms)
    axes.set_xlabel("time (ms)")
    axes.set_title("Spikes")
    return made


@styled
def rates(done: Simulated) -> Figure:
    """Return the rate of every population over time."""
    made = new_figure(2.6)
    axes = made.subplots()
    duration = done.response.description.duration_ms
    bins = max(1, min(100, int(duration / 10)))
    edges = np.linspace(0.0, duration, bins + 1)
    for number, (name, size) in enumerate(done.response.sizes.items()):
        counts, _ = np.histogram(done.response[name].t_ms, edges)
        rate = counts / size / (duration / bins * 1e-3)
        colour, line = COLOURS[number % len(COLOURS)], _LINES[number // len(COLOURS) % 3]
        axes.stairs(rate, edges, baseline=None, label=name, color=colour, ls=line)
    axes.set_xlim(0, duration)
    axes.set_xlabel("time (ms)")
    axes.set_ylabel(f"rate (Hz, bins of {duration / bins:g} ms)")
    made.legend(loc="outside right upper")
    axes.set_title("Rates")
    return made


@styled
def voltages(done: Simulated) -> Figure:
    """Return the recorded potentials, the first ones if there are many."""
    chosen = [one for one in done.response.recordings if one.trace.variable == "v"]
    made = new_figure(3.0)
    axes = made.subplots()
    for number, one in enumerate(chosen[:_MOST_VOLTAGES]):
        columns = one.trace.values.reshape(len(one.trace.t_ms), -1)
        label = f"{one.population} {one.cell}"
        axes.plot(one.trace.t_ms, columns[:, 0], color=COLOURS[number % len(COLOURS)], label=label)
    axes.set_xlabel("time (ms)")
    axes.set_ylabel("potential (mV)")
    made.legend(loc="outside right upper")
    few = len(chosen) <= _MOST_VOLTAGES
    axes.set_title("Voltages" if few else f"Voltages, the first {_MOST_VOLTAGES} of {len(chosen)}")
    return made


@styled
def recordings(done: Simulated) -> Figure:
    """Return what else was recorded: one panel per recording, summed over the places of a cell."""
    grouped: dict[tuple[str, str], dict[str, list[RecordedTrace]]] = {}
    for one in done.response.recordings:
        if one.trace.variable not in ("v", "spikes"):
            cells = grouped.setdefault((one.recording, one.trace.name), {})
            cells.setdefault(f"{one.population} {one.cell}", []).append(one)
    made = new_figure(0.6 + 1.6 * len(grouped))
    panels = made.subplots(len(grouped), 1, sharex=True, squeeze=False)[:, 0]
    for axes, ((name, signal), cells) in zip(panels, grouped.items(), strict=True):
        for number, (cell, traces) in enumerate(list(cells.items())[:_MOST_VOLTAGES]):
            t_ms, unit = traces[0].trace.t_ms, traces[0].trace.unit
            total = sum(t.trace.values.reshape(len(t_ms), -1).sum(axis=1) for t in traces)
            axes.plot(t_ms, total, color=COLOURS[number % len(COLOURS)], label=cell)
        axes.set_ylabel(f"{signal} ({unit})" if unit else signal)
        few = len(cells) <= _MOST_VOLTAGES
        axes.set_title(name if few else f"{name}, the first {_MOST_VOLTAGES} of {len(cells)}")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    panels[-1].set_xlabel("time (ms)")
    return made


@styled
def connectivity(done: Simulated) -> Figure:
    """Return connections per pair of cells for every pair of populations."""
    names = list(done.response.sizes)
    table = np.zeros((len(names), len(names)))
    for connections, count in zip(done.network.connections, done.counts, strict=True):
        pre, post = names.index(connections.pre), names.index(connections.post)
        table[pre, post] += count / (
            done.response.sizes[connections.pre] * done.response.sizes[connections.post]
        )
    made = new_figure(3.2, 3.6)
    axes = made.subplots()
    image = axes.imshow(table, cmap="Blues", vmin=0)
    for row, column in np.argwhere(table > 0).tolist():
        colour = "white" if table[row, column] > table.max() / 2 else INK
        axes.text(column, row, f"{table[row, column]:.2g}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("receiving")
    axes.set_ylabel("sending")
    made.colorbar(image, ax=axes, shrink=0.8)
    axes.set_title("Connections per pair")
    return made
