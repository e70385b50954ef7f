"""The cell in space, coloured by what was recorded in every segment, over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bouton.errors import ResultsError
from bouton.model.compartments import Compartments
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.morphology import Section as Branch
from bouton.model.traces import Response, Trace
from bouton.report.morphology_figures import (
    Strokes,
    matched,
    picture_plane,
    strokes_in_space,
    telling_moments,
)
from bouton.report.trace_figures import MOST_PLACES, window_ms
from bouton.results import Results
from bouton.results.geometry import read_geometry
from bouton_plugins.html_report.blocks import Moment, Movie, Scene, Section
from bouton_plugins.html_report.traces import quantity

_MOST_STROKES = 12_000
_MOST_VALUES = 700_000
_FEWEST_FRAMES, _MOST_FRAMES = 24, 1200
_HINT = (
    "No movie was recorded, so colours stand for labels. `bouton run` records the potential of "
    "every segment in protocols of up to a second unless it is told --no-movie; in longer ones, "
    "add the recorder `movie` to the recordings of the protocol."
)


def morphology(results: Results, row: int | None) -> Section | None:
    """Return the cell of the run, with the movies of an evaluation; None if no shape is known."""
    compartments = read_geometry(results.path)
    if compartments is None:
        return None
    responses = results.responses(row) if row is not None else {}
    scenes = list(_scenes(compartments, responses))
    return Section("The cell", scenes or [_scene(compartments, (), _HINT)])


def _scenes(compartments: Compartments, responses: Mapping[str, Response]) -> Iterator[Scene]:
    """Yield one scene per set of segments that movies were recorded in."""
    found: dict[tuple[int, ...], list[tuple[Compartments, IntArray, Response, Trace]]] = {}
    for response in responses.values():
        for trace in response:
            if trace.values.ndim == 2 and trace.values.shape[1] > MOST_PLACES and len(trace.t_ms):
                try:
                    drawn, columns = matched(compartments.morphology, trace)
                except ResultsError:
                    continue  # of another cell
                found.setdefault(tuple(drawn.nseg), []).append((drawn, columns, response, trace))
    count = sum(map(len, found.values()))
    for own in found.values():
        movies = [_movie(*one, _MOST_VALUES // count) for one in own]
        yield _scene(own[0][0], movies, "")


def _scene(compartments: Compartments, movies: Sequence[Movie], hint: str) -> Scene:
    strokes = strokes_in_space(compartments)
    if len(strokes.segment) > _MOST_STROKES:
        strokes = _straight(compartments)
    sections = compartments.morphology.sections
    labels = list(dict.fromkeys(section.label for section in sections))
    across, up = picture_plane(compartments.morphology)
    owner = compartments.section
    return Scene(
        ends_um=strokes.ends_um,
        diameter_um=strokes.diameter_um,
        segment=strokes.segment,
        names=_names(compartments),
        labels=np.array([labels.index(sections[i].label) for i in owner], dtype=np.int64),
        label_names=[label or "no label" for label in labels],
        view=np.stack([across, up, np.cross(across, up)]),
        movies=movies,
        caption=_caption(compartments, movies),
        hint=hint,
    )


def _caption(compartments: Compartments, movies: Sequence[Movie]) -> str:
    count = f"{len(compartments.morphology)} sections, {len(compartments)} segments"
    name = compartments.morphology.name or "the cell"
    shown = f"{movies[0].variable} in every segment" if movies else "labels"
    return (
        f"{name}: {count}. Colours: {shown}. Drag to turn; widths are true diameters, but never "
        "too thin to see."
    )


def _names(compartments: Compartments) -> list[str]:
    sections = compartments.morphology.sections
    rows = zip(
        compartments.section.tolist(),
        compartments.x.tolist(),
        compartments.distance_um.tolist(),
        strict=True,
    )
    return [f"{sections[i].name}({x:.3g}), {away:.0f} µm" for i, x, away in rows]


def _straight(compartments: Compartments) -> Strokes:
    """Return one stroke per segment, for cells with more points than a picture needs."""
    ends, widths = [], []
    for section, nseg in zip(compartments.morphology.sections, compartments.nseg, strict=True):
        dense = _along(section, np.linspace(0.0, 1.0, int(nseg) + 1))
        ends.append(np.stack([dense[:-1, :3], dense[1:, :3]], axis=1))
        widths.append((dense[:-1, 3] + dense[1:, 3]) / 2)
    segments = np.arange(len(compartments), dtype=np.int64)
    return Strokes(np.concatenate(ends), np.concatenate(widths), segments)


def _along(section: Branch, x: FloatArray) -> FloatArray:
    arc = section.arc_um
    return np.stack([np.interp(x * arc[-1], arc, column) for column in section.points.T], axis=1)


def _movie(
    drawn: Compartments, columns: IntArray, response: Response, trace: Trace, most: int
) -> Movie:
    start, stop = window_ms(response)
    stop = min(stop, float(trace.t_ms[-1]))
    start = min(max(start, float(trace.t_ms[0])), stop)
    count = int(np.clip(most // max(len(drawn), 1), _FEWEST_FRAMES, _MOST_FRAMES))
    count = min(count, max(int((stop - start) / 0.25) + 1, 2))
    times = np.linspace(start, stop, count)
    values = np.full((count, len(drawn)), np.nan)
    for segment, column in enumerate(columns.tolist()):
        if column >= 0:
            values[:, segment] = np.interp(times, trace.t_ms, trace.values[:, column])
    step = float(times[1] - times[0])
    moments = [
        Moment(int(np.abs(times - moment.t_ms).argmin()), moment.label)
        for moment in (telling_moments(response, trace) if trace.variable == "v" else ())
    ]
    peak = next((one.frame for one in moments if "peak" in one.label), 0)
    description = response.description
    onset, length = description.onset_ms, description.stimulus_ms
    return Movie(
        name=response.protocol,
        variable=quantity(trace.variable),
        unit=trace.unit,
        start_ms=start,
        step_ms=step or 1.0,
        values=values,
        traces=_courses(drawn, values),
        moments=moments,
        first=peak,
        stimulus_ms=(onset, onset + length) if length > 0 else None,
    )


def _courses(drawn: Compartments, values: FloatArray) -> list[tuple[str, int]]:
    """Return the soma, and the segment farthest out of what is most of the cell."""
    known = np.flatnonzero(np.isfinite(values).all(axis=0))
    if not len(known):
        return []
    away = drawn.distance_um[known]
    is_axon = np.array(
        [drawn.morphology.sections[i].label in ("axon", "myelin") for i in drawn.section[known]]
    )
    near, far = int(known[away.argmin()]), int(known[np.where(is_axon, -1.0, away).argmax()])
    found = [("near the root", near)]
    if far != near:
        found.append((f"at {drawn.distance_um[far]:.0f} µm", far))
    return found
