"""Small SVG pictures of descriptions, for notebooks; `bouton.model.html` says why they are here."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bouton.model.html import GREY, PALETTE, Markup, text

if TYPE_CHECKING:
    from bouton.model.morphology import FloatArray, Morphology
    from bouton.model.traces import Trace

_MOST_POINTS = 3000
_NARROWEST = 110  # room for the scale bar and its words
_MOST_COLUMNS = 5
_LABELS = ("soma", "dend", "apic", "axon", "myelin")


def label_colours(labels: tuple[str, ...]) -> dict[str, str]:
    """Return a colour for every label; the known ones always have the same."""
    order = [*_LABELS, *(label for label in labels if label not in _LABELS)]
    return {label: PALETTE[order.index(label) % len(PALETTE)] for label in labels}


def projection(morphology: Morphology, width: int = 260, height: int = 260) -> Markup:
    """Return a morphology as seen along its thinnest axis, with a scale bar.

    Args:
        morphology: The tree; of many points some are left out.
        width: Largest width, pixels.
        height: Largest height, pixels.
    """
    points = [section.points for section in morphology.sections]
    every = np.concatenate(points)[:, :3]
    low, high = every.min(axis=0), every.max(axis=0)
    across, up = sorted(np.argsort(high - low, kind="stable")[1:])  # the two widest, in order
    span = np.maximum(high - low, 1e-3)[[across, up]]
    scale = min((width - 12) / span[0], (height - 26) / span[1])
    step = max(1, len(every) // _MOST_POINTS)
    colours = label_colours(tuple(section.label for section in morphology.sections))
    lines = []
    for section, xyzd in zip(morphology.sections, points, strict=True):
        kept = np.unique([*range(0, len(xyzd), step), len(xyzd) - 1])
        x = 6 + scale * (xyzd[kept, across] - low[across])
        y = 6 + scale * (high[up] - xyzd[kept, up])
        thick = min(max(scale * float(np.mean(xyzd[:, 3])), 0.8), 40.0)
        lines.append(_line(x, y, colours[section.label], thick))
    wide, tall = max(12 + scale * span[0], _NARROWEST), 26 + scale * span[1]
    return _svg(wide, tall, [*lines, _bar(scale, wide, tall)], morphology.name)


def _bar(scale: float, wide: float, tall: float) -> str:
    """Return a scale bar of 1, 2 or 5 times a power of ten, with room for its words."""
    most_um = (wide - 60) / scale
    power = 10.0 ** np.floor(np.log10(most_um))
    um = next(n * power for n in (5.0, 2.0, 1.0) if n * power <= most_um)
    length = um * scale
    line = f'<path d="M6 {tall - 6:.1f}h{length:.1f}" stroke="{GREY}" stroke-width="2"/>'
    where = f'x="{length + 10:.1f}" y="{tall - 2:.1f}" font-size="11" fill="{GREY}"'
    return f"{line}<text {where}>{um:g} um</text>"


def sparkline(trace: Trace, width: int = 360, height: int = 70) -> Markup:
    """Return a trace as a line over time, spikes as ticks; of many places the first five.

    Args:
        trace: The trace; long ones keep their extremes.
        width: Width, pixels.
        height: Height, pixels.
    """
    if not len(trace.t_ms):
        return Markup("<i>no samples</i>")
    start, end = float(trace.t_ms[0]), float(trace.t_ms[-1])
    if trace.variable == "spikes":
        x = 4 + (width - 8) * (trace.t_ms - min(start, 0.0)) / max(end - min(start, 0.0), 1e-9)
        ticks = "".join(f"M{place:.1f} 8V{height - 8}" for place in x[:_MOST_POINTS])
        line = f'<path d="{ticks}" stroke="{PALETTE[0]}"/>'
        return _svg(width, height, [line], trace.name)
    columns = trace.values.reshape(len(trace.t_ms), -1)[:, :_MOST_COLUMNS]
    finite = columns[np.isfinite(columns)]
    if not len(finite):
        return Markup("<i>no finite samples</i>")
    low, high = float(finite.min()), float(finite.max())
    lines = []
    for column, colour in zip(columns.T, PALETTE, strict=False):
        t_ms, values = _thinned(trace.t_ms, column, width)
        x = 4 + (width - 8) * (t_ms - start) / max(end - start, 1e-9)
        y = 4 + (height - 8) * (high - values) / max(high - low, 1e-12)
        lines.append(_line(x, y, colour, 1.2))
    return _svg(width, height, lines, trace.name)


def _thinned(t_ms: FloatArray, values: FloatArray, width: int) -> tuple[FloatArray, FloatArray]:
    """Return the finite samples; of many the smallest and the largest in each pixel."""
    good = np.isfinite(values)
    t_ms, values = t_ms[good], values[good]
    if len(values) <= 4 * width:
        return t_ms, values
    edges = np.linspace(0, len(values), width + 1).astype(int)
    pieces = [(a, values[a:b]) for a, b in pairwise(edges)]
    kept = np.unique([start + pick for start, v in pieces for pick in (v.argmin(), v.argmax())])
    return t_ms[kept], values[kept]


def _line(x: FloatArray, y: FloatArray, colour: str, thick: float) -> str:
    places = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    style = f'stroke="{colour}" stroke-width="{thick:.1f}" stroke-linecap="round"'
    return f'<polyline points="{places}" fill="none" {style} stroke-linejoin="round"/>'


def _svg(width: float, height: float, inner: list[str], title: str) -> Markup:
    box = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" style="max-width:100%">'
    return Markup(f"{head}<title>{text(title)}</title>{''.join(inner)}</svg>")


def legend(colours: Mapping[str, str], label: str) -> Markup:
    """Return a label with its colour in front."""
    from bouton.model.html import swatch

    return Markup(f"{swatch(colours[label])} {text(label)}")
