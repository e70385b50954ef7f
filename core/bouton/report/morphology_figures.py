"""The cell at telling moments, coloured by membrane potential."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bouton.errors import ResultsError
from bouton.model.compartments import Compartments
from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton.model.traces import Response, Trace
from bouton.report.style import FAINT, INK, bare, new_figure, styled
from bouton.report.trace_figures import lines_of, window_ms

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

_PANEL_HEIGHT_IN = 4.2
_THINNEST_PT = 0.45
_THICKENING = 1.6
_AXON = ("axon", "myelin")


@frozen
class Moment:
    """A time worth a picture.

    Attributes:
        t_ms: When.
        label: Why, in a few words.
    """

    t_ms: float
    label: str


@frozen(eq=False)
class Strokes:
    """The cell as short straight strokes.

    Attributes:
        ends_um: Start and end of each stroke, in the picture plane, shape (n, 2, 2), or in space,
            shape (n, 2, 3).
        diameter_um: Mean diameter of each, shape (n,).
        segment: Index of the segment that each belongs to, shape (n,).
    """

    ends_um: FloatArray
    diameter_um: FloatArray
    segment: IntArray


@styled
def morphology_figure(
    compartments: Compartments,
    voltages_mV: FloatArray,
    titles: Sequence[str],
    *,
    title: str = "",
) -> Figure:
    """Return one picture of the cell per moment, with a common colour bar and a scale bar.

    The plane is the one in which the cell is largest, its apical side up. Lines are as wide as the
    neurites (somewhat thickened, and never thinner than can be seen).

    Args:
        compartments: The cell and its segments.
        voltages_mV: Potential of each segment at each moment, shape (n_moments, n_segments), mV;
            nan where unknown, drawn grey.
        titles: One per moment.
        title: Heading of the figure.

    Raises:
        ResultsError: If the shapes do not fit.
        MissingDependencyError: If Matplotlib is not installed.
    """
    voltages = np.atleast_2d(np.asarray(voltages_mV, dtype=np.float64))
    if voltages.shape != (len(titles), len(compartments)) or not len(titles):
        raise ResultsError(
            f"a picture of {len(titles)} moments and {len(compartments)} segments needs potentials "
            f"of that shape, got {voltages.shape}"
        )
    strokes = strokes_of(compartments)
    low, high = _view(compartments, strokes)
    size = np.maximum(high - low, 1.0)
    width_in = min(_PANEL_HEIGHT_IN * size[0] / size[1], 3.4)
    figure = new_figure(_PANEL_HEIGHT_IN + 0.7, max(width_in, 1.5) * len(titles) + 0.9)
    panels = figure.subplots(1, len(titles), squeeze=False)[0]
    colours, scale = _colour_map(), _colour_scale(voltages)
    points_per_um = min(_PANEL_HEIGHT_IN / size[1], max(width_in, 1.5) / size[0]) * 72
    for axes, row, heading in zip(panels, voltages, titles, strict=True):
        drawn = _draw(axes, strokes, row, points_per_um, colours, scale)
        axes.set_xlim(low[0] - 0.02 * size[0], high[0] + 0.02 * size[0])
        axes.set_ylim(low[1] - 0.02 * size[1], high[1] + 0.02 * size[1])
        axes.set_title(heading, loc="center", fontweight="normal", fontsize=8)
        bare(axes)
    _scale_bar(panels[0], low, size)
    bar = figure.colorbar(drawn, ax=list(panels), shrink=0.55, aspect=28, pad=0.02)
    bar.set_label("membrane potential (mV)")
    bar.outline.set_visible(False)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9, fontweight="bold")
    return figure


def movie_figure(compartments: Compartments, response: Response, movie: Trace) -> Figure:
    """Return pictures of the cell at the telling moments of a protocol.

    Args:
        compartments: The cell; sections that the movie does not know are grey.
        response: Traces of the protocol.
        movie: The trace with the potential of every segment.

    Raises:
        ResultsError: If the movie has no samples or knows no section of the cell.
    """
    drawn, columns = matched(compartments.morphology, movie)
    moments = telling_moments(response, movie)
    frames = [_frame(movie, moment.t_ms) for moment in moments]
    # The title tells the picture's own time: a movie has fewer samples than a trace.
    titles = [
        f"{moment.label}\n{float(movie.t_ms[frame]):.1f} ms"
        for moment, frame in zip(moments, frames, strict=True)
    ]
    voltages = np.full((len(frames), len(drawn)), np.nan)
    known = columns >= 0
    samples = movie.values if movie.values.ndim == 2 else movie.values[:, None]  # of one segment
    voltages[:, known] = samples[frames][:, columns[known]]
    return morphology_figure(drawn, voltages, titles, title=response.protocol)


def _frame(movie: Trace, t_ms: float) -> int:
    """Return the last sample at or before a time, or the nearest one if that is much nearer."""
    before = max(int(np.searchsorted(movie.t_ms, t_ms, side="right")) - 1, 0)
    nearest = int(np.abs(movie.t_ms - t_ms).argmin())
    return nearest if abs(movie.t_ms[nearest] - t_ms) < 1.0 else before


def telling_moments(response: Response, movie: Trace) -> list[Moment]:
    """Return before the stimulus, somatic peak, dendritic peak and after, in order of time.

    The dendritic peak is the largest potential at the farthest single recording (or the farthest
    segment) once the somatic peak is over; it is left out where the dendrite stays near rest.
    """
    if not len(movie.t_ms):
        raise ResultsError(f"trace {movie.name!r} of {response.protocol!r} has no samples")
    start, stop = window_ms(response)
    onset = response.description.onset_ms
    t, near, far, distance_um = _near_and_far(response, movie)
    inside = np.flatnonzero((t >= onset) & (t <= stop))
    if not len(inside):
        return [Moment(float(t[-1]), "at the end")]
    moments = [Moment(max(start, onset - 1.0), "before the stimulus")] if onset > 0 else []
    peak = inside[near[inside].argmax()]
    moments.append(Moment(float(t[peak]), "somatic peak"))
    later = inside[t[inside] > t[peak] + 1.0]
    if len(later):
        dendritic = later[far[later].argmax()]
        if far[dendritic] > far[inside[0]] + 20.0 and distance_um > 100.0:
            label = f"dendritic peak at {distance_um:.0f} µm"
            moments.append(Moment(float(t[dendritic]), label))
    return [*moments, Moment(float(min(stop, t[-1])), "afterwards")]


def strokes_of(compartments: Compartments) -> Strokes:
    """Return the cell as strokes in the plane in which it is largest, cut at segment borders."""
    strokes = strokes_in_space(compartments)
    plane = picture_plane(compartments.morphology)
    return Strokes(strokes.ends_um @ plane.T, strokes.diameter_um, strokes.segment)


def strokes_in_space(compartments: Compartments) -> Strokes:
    """Return the cell as strokes in space, cut at segment borders."""
    points, diameters, segments = [], [], []
    for index, section in enumerate(compartments.morphology.sections):
        arc, nseg = section.arc_um, int(compartments.nseg[index])
        cuts = np.union1d(arc, np.linspace(0.0, arc[-1], nseg + 1))
        dense = np.stack([np.interp(cuts, arc, column) for column in section.points.T], axis=1)
        points.append(np.stack([dense[:-1, :3], dense[1:, :3]], axis=1))
        diameters.append((dense[:-1, 3] + dense[1:, 3]) / 2)
        middle = (cuts[:-1] + cuts[1:]) / 2
        local = np.minimum((middle / arc[-1] * nseg).astype(np.int64), nseg - 1)
        segments.append(compartments.first[index] + local)
    return Strokes(np.concatenate(points), np.concatenate(diameters), np.concatenate(segments))


def _view(compartments: Compartments, strokes: Strokes) -> tuple[FloatArray, FloatArray]:
    """Return the corners of what is shown: the cell with the beginning of its axon."""
    is_axon = [section.label in _AXON for section in compartments.morphology.sections]
    own = ~np.array(is_axon)[compartments.section][strokes.segment]
    ends = strokes.ends_um[own] if own.any() else strokes.ends_um
    low, high = ends.min(axis=(0, 1)), ends.max(axis=(0, 1))
    return low - np.array([0.0, 0.06]) * (high - low), high


def picture_plane(morphology: Morphology) -> FloatArray:
    """Return the two directions of the picture, across and up, shape (2, 3)."""
    kept = [s for s in morphology.sections if s.label not in _AXON] or [*morphology.sections]
    points = np.concatenate([section.points[:, :3] for section in kept])
    root = morphology.sections[0].points[:, :3].mean(axis=0)
    directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2]
    up, across = directions[0], directions[1]
    apical = morphology.indices("apic")
    upper = (
        np.concatenate([morphology.sections[i].points[:, :3] for i in apical])
        if len(apical)
        else points
    )
    if (upper.mean(axis=0) - root) @ up < 0:
        up = -up
    if across[np.abs(across).argmax()] < 0:
        across = -across
    return np.stack([across, up])


def matched(morphology: Morphology, trace: Trace) -> tuple[Compartments, IntArray]:
    """Return the segments of the morphology, and the movie's column of each (-1: none).

    Raises:
        ResultsError: If the trace was recorded on other sections.
    """
    columns: dict[str, list[int]] = {}
    for column, place in enumerate(trace.places):
        columns.setdefault(place.section, []).append(column)
    found = [columns.get(section.name, []) for section in morphology.sections]
    if not any(found):
        raise ResultsError(
            f"trace {trace.name!r} was recorded on other sections than those of morphology "
            f"{morphology.name!r}"
        )
    nseg = np.array([max(len(own), 1) for own in found], dtype=np.int64)
    flat = np.array([column for own in found for column in (own or [-1])], dtype=np.int64)
    return Compartments(morphology, nseg), flat


def _near_and_far(
    response: Response, movie: Trace
) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return times, potential near the soma, potential far out, and how far that is."""
    single = [line for line in lines_of(response) if line.variable == "v"]
    if single:
        nearest = min(single, key=lambda line: line.distance_um)
        farthest = max(single, key=lambda line: line.distance_um)
        far = np.interp(nearest.t_ms, farthest.t_ms, farthest.values)
        return nearest.t_ms, nearest.values, far, farthest.distance_um
    distances = np.array([place.distance_um for place in movie.places])
    first, last = int(distances.argmin()), int(distances.argmax())
    return movie.t_ms, movie.values[:, first], movie.values[:, last], float(distances[last])


def _draw(
    axes: Axes,
    strokes: Strokes,
    voltages_mV: FloatArray,
    points_per_um: float,
    colours: Colormap,
    scale: Normalize,
) -> LineCollection:
    from matplotlib.collections import LineCollection

    widths = np.maximum(strokes.diameter_um * points_per_um * _THICKENING, _THINNEST_PT)
    values = voltages_mV[strokes.segment]
    order = np.argsort(np.nan_to_num(values, nan=-1e9), kind="stable")  # the active parts on top
    lines = LineCollection(
        list(strokes.ends_um[order]),
        linewidths=widths[order],
        cmap=colours,
        norm=scale,
        capstyle="round",
    )
    lines.set_array(np.ma.masked_invalid(values[order]))
    axes.add_collection(lines)
    return lines


def _colour_map() -> Colormap:
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap

    # Perceptually uniform, without the palest end, which would vanish on paper.
    colours = ListedColormap(mpl.colormaps["plasma"](np.linspace(0.0, 0.93, 256)))
    return colours.with_extremes(bad=FAINT)


def _colour_scale(voltages_mV: FloatArray) -> Normalize:
    from matplotlib.colors import Normalize

    if np.isnan(voltages_mV).all():
        return Normalize(-80.0, 40.0)
    low, high = float(np.nanmin(voltages_mV)), float(np.nanmax(voltages_mV))
    return Normalize(10 * np.floor(low / 10), 10 * np.ceil(max(high, low + 10) / 10))


def _scale_bar(axes: Axes, low_um: FloatArray, size_um: FloatArray) -> None:
    length = next((x for x in (200, 100, 50, 20, 10, 5) if x < 0.4 * size_um[0]), 2)
    x, y = low_um[0], low_um[1] + 0.02 * size_um[1]
    axes.plot([x, x + length], [y, y], color=INK, linewidth=1.4, solid_capstyle="butt")
    axes.text(x + length / 2, y + 0.012 * size_um[1], f"{length} µm", ha="center", fontsize=7)
