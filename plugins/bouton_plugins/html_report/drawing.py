"""Charts and scenes as JSON for the page's script: arrays packed, nothing else changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from bouton.report.tables import number
from bouton_plugins.html_report.blocks import Axis, Chart, Movie, Pairs, Panel, Scene, Series
from bouton_plugins.html_report.packing import packed, quantised


def chart_data(chart: Chart) -> dict[str, Any]:
    """Return the panels of a chart."""
    return {"panels": [_panel(panel) for panel in chart.panels], "label": chart.caption}


def pairs_data(pairs: Pairs) -> dict[str, Any]:
    """Return points to choose two values of; at least two are there."""
    return {
        "names": list(pairs.names),
        "values": [packed(column) for column in pairs.values.T],
        "shown": [packed(column) for column in pairs.shown.T],
        "ticks": _ticks(pairs.ticks),
        "unit": pairs.unit,
        "numbers": packed(pairs.numbers, "i4"),
        "groups": packed(pairs.groups, "u1"),
        "group_names": list(pairs.group_names),
        "colours": list(pairs.colours),
        "label": pairs.caption,
    }


def scene_data(scene: Scene) -> dict[str, Any]:
    """Return strokes in space and what colours them."""
    low, high = scene.ends_um.min(axis=(0, 1)), scene.ends_um.max(axis=(0, 1))
    middle = (low + high) / 2
    return {
        "ends": packed(scene.ends_um - middle),
        "diameters": packed(scene.diameter_um),
        "segments": packed(scene.segment, "i4"),
        "names": list(scene.names),
        "labels": packed(scene.labels, "u1"),
        "label_names": list(scene.label_names),
        "view": np.round(scene.view, 6).ravel().tolist(),
        "movies": [_movie(movie) for movie in scene.movies],
        "label": scene.caption,
    }


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "title": panel.title,
        "x": _axis(panel.x),
        "y": _axis(panel.y),
        "series": [_series(series) for series in panel.series],
        "shade": panel.shade,
        "limit": _finite(panel.limit),
        "limit_name": panel.limit_name,
        "link": panel.link,
        "height": panel.height_px,
        "wide": panel.is_wide,
    }


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "label": axis.label,
        "unit": axis.unit,
        "range": axis.range,
        "ticks": _ticks(axis.ticks),
        "whole": axis.is_whole,
        "zero": axis.from_zero,
    }


def _ticks(ticks: Any) -> dict[str, Any] | None:  # noqa: ANN401
    return None if ticks is None else {"places": list(ticks[0]), "texts": list(ticks[1])}


def _series(series: Series) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": series.kind,
        "name": series.name,
        "colour": series.colour,
        "x": packed(series.x),
        "y": packed(series.y),
        "width": series.width,
        "open": series.is_open,
    }
    for key, values in (("base", series.base), ("shown", series.shown), ("error", series.error)):
        if values is not None:
            data[key] = packed(values)
    if series.texts is not None:
        data["texts"] = list(series.texts)
    return data


def _movie(movie: Movie) -> dict[str, Any]:
    return {
        "name": movie.name,
        "variable": movie.variable,
        "unit": movie.unit,
        "start": movie.start_ms,
        "step": movie.step_ms,
        "frames": len(movie.values),
        "values": quantised(movie.values),
        "traces": [{"label": label, "segment": segment} for label, segment in movie.traces],
        "moments": [
            {"frame": one.frame, "label": one.label, "time": number(_time(movie, one.frame))}
            for one in movie.moments
        ],
        "first": movie.first,
        "stimulus": movie.stimulus_ms,
    }


def _time(movie: Movie, frame: int) -> float:
    return movie.start_ms + frame * movie.step_ms


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None
