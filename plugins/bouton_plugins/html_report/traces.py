"""Traces of every protocol, to zoom into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bouton.model.protocol import SPIKES
from bouton.model.traces import Response
from bouton.report.style import COLOURS
from bouton.report.trace_figures import Line, lines_of, window_ms
from bouton.results import Results
from bouton_plugins.html_report.blocks import Axis, Chart, Panel, Section, Series, Text
from bouton_plugins.html_report.packing import thinned

QUANTITIES = {"v": "membrane potential", "cai": "[Ca²⁺] inside", "i": "current"}
_MOST_POINTS = 4000
_ALL_POINTS = 120_000


def traces(results: Results, row: int) -> Section | None:
    """Return the traces of an evaluation, a panel per protocol and unit; None if it has none."""
    responses = results.responses(row)
    lines = {name: lines_of(response) for name, response in responses.items()}
    every = [line for own in lines.values() for line in own]
    if not every:
        return None
    colours = _colours(every)
    most = max(400, min(_MOST_POINTS, _ALL_POINTS // len(every)))
    panels = [
        panel
        for name, response in responses.items()
        for panel in _panels(response, lines[name], colours, most)
    ]
    longest = max(len(line.t_ms) for line in every)
    shaded = " Shaded: the stimulus." if any(panel.shade for panel in panels) else ""
    caption = f"Traces.{shaded} Drag to zoom, double-click to come back."
    if longest > most:
        caption += f" Of at most {longest} samples about {most} are shown; every peak is there."
    settings = Text("; ".join(map(_settings, responses.values())), "note")
    return Section("Traces", [Chart(panels, caption), settings])


def quantity(variable: str) -> str:
    """Return what a variable is, in words where there are any."""
    return QUANTITIES.get(variable, variable)


def _panels(
    response: Response, lines: list[Line], colours: Mapping[str, int], most: int
) -> Iterator[Panel]:
    spikes = [line for line in lines if line.variable == SPIKES]
    others = [line for line in lines if line.variable != SPIKES]
    units = sorted(dict.fromkeys(line.unit for line in others), key=lambda unit: unit != "mV")
    description = response.description
    start, stop = window_ms(response)
    end = description.onset_ms + description.stimulus_ms
    shade = (description.onset_ms, end) if description.stimulus_ms > 0 else None
    for unit in units or [""]:
        own = [line for line in others if line.unit == unit]
        top = max((float(np.nanmax(line.values)) for line in own if len(line.values)), default=1.0)
        extra = spikes if unit == (units or [""])[0] else []
        variables = {quantity(line.variable) for line in own}
        label = variables.pop() if len(variables) == 1 else "value" if own else "spikes"
        yield Panel(
            series=[
                *(_curve(line, colours[line.label], most) for line in own),
                *(_spikes(line, colours[line.label], top) for line in extra if len(line.t_ms)),
            ],
            x=Axis("time", "ms", (start, stop)),
            y=Axis(label, unit),
            title=response.protocol,
            shade=shade,
            link=response.protocol,
        )


def _curve(line: Line, colour: int, most: int) -> Series:
    t_ms, values = thinned(line.t_ms, line.values, most)
    return Series(t_ms, values, line.label, colour, width=1.3)


def _spikes(line: Line, colour: int, height: float) -> Series:
    # A little above everything else, as in the figures.
    level = np.full(len(line.t_ms), height + 8.0)
    shown = np.ones(len(level))
    return Series(line.t_ms, level, f"spikes, {line.label}", colour, "spikes", shown=shown, width=8)


def _colours(lines: list[Line]) -> dict[str, int]:
    """Number places from the soma outwards, so that equal places have equal colours."""
    ordered = dict.fromkeys(line.label for line in sorted(lines, key=lambda one: one.distance_um))
    return {label: number % len(COLOURS) for number, label in enumerate(ordered)}


def _settings(response: Response) -> str:
    told = response.integration
    step = f"steps of {told.dt_ms:g} ms" if told.method != "cvode" else "variable steps"
    return (
        f"{response.protocol}: {response.description.duration_ms:g} ms, {told.celsius:g} °C, "
        f"start at {told.v_init_mV:g} mV, {told.method}, {step}"
    )
