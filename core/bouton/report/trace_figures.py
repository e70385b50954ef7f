"""Traces of every protocol, around the stimulus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray
from bouton.model.protocol import SPIKES
from bouton.model.traces import Response, TracePlace
from bouton.report.style import BAND, COLOURS, FAINT, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

# Traces with more places than this are pictures of the whole cell, not lines.
MOST_PLACES = 6
_LONGEST_NAME = 12
_QUANTITIES = {"v": "membrane potential", "cai": "[Ca²⁺] inside", "i": "current"}


@frozen(eq=False)
class Line:
    """One column of a trace, to be drawn."""

    label: str
    distance_um: float
    variable: str
    unit: str
    t_ms: FloatArray
    values: FloatArray


@styled
def traces_figure(responses: Mapping[str, Response]) -> Figure:
    """Return a figure with a panel per protocol and unit; colours stand for places.

    Args:
        responses: By protocol, such as `Results.responses()` or `Evaluation.responses`.

    Raises:
        ResultsError: If there is nothing to draw.
        MissingDependencyError: If Matplotlib is not installed.
    """
    panels = [panel for response in responses.values() for panel in _panels(response)]
    if not panels:
        raise ResultsError("there are no traces to draw")
    colours = _colours([line for _, _, lines in panels for line in lines])
    columns = 1 if len(panels) < 3 else 2
    rows = -(-len(panels) // columns)
    figure = new_figure(0.45 + 1.9 * rows)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    handles: dict[str, Line2D] = {}
    for axes, (response, unit, lines) in zip(grid, panels, strict=False):
        for line in lines:
            handles.setdefault(line.label, _draw(axes, line, colours[line.label]))
        _finish(axes, response, unit, lines)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    shown = [label for label in colours if label in handles]
    figure.legend(
        [handles[label] for label in shown],
        shown,
        loc="outside upper center",
        ncols=min(len(shown), 4),
        handlelength=1.4,
    )
    return figure


def window_ms(response: Response) -> tuple[float, float]:
    """Return the time around the stimulus that tells the story, ms."""
    description = response.description
    onset, stimulus = description.onset_ms, description.stimulus_ms
    if not onset and not stimulus:
        return 0.0, description.duration_ms
    before, after = max(15.0, 0.12 * stimulus), max(60.0, 0.2 * stimulus)
    return max(0.0, onset - before), min(description.duration_ms, onset + stimulus + after)


def place_label(place: TracePlace) -> str:
    """Return section and distance of a place, as a legend shows it."""
    if place.distance_um < 1.0 or place.section == "soma":
        return place.section
    # Names that encode a whole tree (`apical_1_0_1_1_2`) say less than their first word.
    name = place.section
    short = name if len(name) <= _LONGEST_NAME else name.partition("_")[0][:_LONGEST_NAME]
    return f"{short} at {place.distance_um:.0f} µm"


def lines_of(response: Response) -> list[Line]:
    """Return every column of the traces with few places."""
    lines = []
    for trace in response:
        values = trace.values if trace.values.ndim == 2 else trace.values[:, None]
        if not len(values) or not 0 < values.shape[1] <= MOST_PLACES:
            continue
        for column, samples in enumerate(values.T):
            place = trace.places[column] if column < len(trace.places) else None
            label = place_label(place) if place else trace.name
            distance = place.distance_um if place else float("inf")
            lines.append(
                Line(label, distance, trace.variable, trace.unit, trace.t_ms, np.asarray(samples))
            )
    return lines


def _panels(response: Response) -> Iterator[tuple[Response, str, list[Line]]]:
    """Yield one panel per unit, potentials first; spike times go with the potentials."""
    lines = lines_of(response)
    units = dict.fromkeys(line.unit for line in lines if line.variable != SPIKES)
    spikes = [line for line in lines if line.variable == SPIKES]
    for unit in sorted(units, key=lambda unit: unit != "mV"):
        chosen = [line for line in lines if line.unit == unit and line.variable != SPIKES]
        yield response, unit, chosen + (spikes if unit == next(iter(units)) else [])
    if spikes and not units:
        yield response, "", spikes


def _colours(lines: list[Line]) -> dict[str, str]:
    labels = dict.fromkeys(line.label for line in sorted(lines, key=lambda line: line.distance_um))
    return {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(labels)}


def _draw(axes: Axes, line: Line, colour: str) -> Line2D:
    if line.variable == SPIKES:
        height = np.full(len(line.t_ms), 0.97)
        return axes.plot(
            line.t_ms, height, "|", color=colour, markersize=4, label=line.label,
            transform=axes.get_xaxis_transform(), clip_on=False,
        )[0]  # fmt: skip
    width = 1.0 if line.t_ms[-1] - line.t_ms[0] < 1000 else 0.7
    return axes.plot(line.t_ms, line.values, color=colour, label=line.label, linewidth=width)[0]


def _finish(axes: Axes, response: Response, unit: str, lines: list[Line]) -> None:
    start, stop = window_ms(response)
    axes.set_xlim(start, stop)
    description = response.description
    if description.stimulus_ms > 0:
        end = description.onset_ms + description.stimulus_ms
        axes.axvspan(description.onset_ms, end, color=BAND, linewidth=0, zorder=0)
    if unit == "mV":
        axes.axhline(0.0, color=FAINT, linewidth=0.4, linestyle=(0, (4, 4)), zorder=0.5)
    variables = {line.variable for line in lines if line.variable != SPIKES}
    known = {_QUANTITIES.get(variable, variable) for variable in variables}
    quantity = known.pop() if len(known) == 1 else "value"
    axes.set_ylabel(f"{quantity} ({unit})" if unit else quantity)
    axes.set_xlabel("time (ms)")
    axes.set_title(response.protocol)
    axes.margins(y=0.16 if any(line.variable == SPIKES for line in lines) else 0.08)
