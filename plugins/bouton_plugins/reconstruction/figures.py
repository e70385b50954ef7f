"""Figures of a compiled network: the tissue, who connects to whom, degrees, distances.

Of very many cells some are drawn, of very many connection sets the first ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bouton.model.morphology import FloatArray, Morphology
from bouton.report.style import BAND, COLOURS, INK, new_figure, save, styled
from bouton_plugins.reconstruction.statistics import degrees
from bouton_plugins.reconstruction.tissue import PlacedPopulation, StoredConnections, Tissue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_DRAWN = 40
_MOST_POINTS = 400
_MOST_IN_MATRIX = 400
_MOST_SETS = 12


def write_figures(tissue: Tissue, folder: Path) -> list[Path]:
    """Write all figures into a folder; return their paths.

    Raises:
        MissingDependencyError: If Matplotlib is not installed.
    """
    made = {"tissue": tissue_figure(tissue)}
    if tissue.connections:
        made["connectivity"] = connectivity_figure(tissue)
        made["degrees"] = degree_figure(tissue)
    if any(np.isfinite(one.distance_um).any() for one in tissue.connections):
        made["distances"] = distance_figure(tissue)
    return [save(figure, folder / f"{name}.png") for name, figure in made.items()]


@styled
def tissue_figure(tissue: Tissue) -> Figure:
    """Return the cells in space, branches coloured by their label; of many cells, some."""
    from mpl_toolkits.mplot3d.art3d import Line3DCollection

    figure = new_figure(5.6)
    axes = figure.add_subplot(projection="3d", computed_zorder=False)
    labels = _labels(tissue)
    colours = {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(labels)}
    drawn = 0
    corners = []
    for population in tissue.populations:
        chosen = np.unique(np.linspace(0, len(population) - 1, _MOST_DRAWN).astype(int))
        for label, lines in _branches(tissue, population, chosen):
            corners.append(np.concatenate(lines))
            axes.add_collection3d(
                Line3DCollection(lines, colors=colours[label], lw=0.5, alpha=0.75)
            )
        drawn += len(chosen)
        size = np.clip(population.radius_um, 2.0, 12.0) ** 2
        axes.scatter(*population.positions.T, s=size, color=INK, lw=0, depthshade=False)
        corners.append(population.positions)
    _frame(axes, np.concatenate(corners))
    _legend(axes, colours)
    total = sum(len(population) for population in tissue.populations)
    few = f"; branches of {drawn}" if drawn < total and labels else ""
    figure.suptitle(f"{total} cells{few}", x=0.02, ha="left", fontsize=9, fontweight="bold")
    return figure


def _labels(tissue: Tissue) -> list[str]:
    """Return the classes of sections, somata first, so that their colours stay the same."""
    found = dict.fromkeys(
        section.label for shape in tissue.morphologies.values() for section in shape.sections
    )
    return sorted(found, key=lambda label: (label != "soma",))


def _branches(
    tissue: Tissue, population: PlacedPopulation, cells: FloatArray
) -> Iterator[tuple[str, list[FloatArray]]]:
    """Yield the sections of chosen cells, label by label, as lines in space."""
    for cell in cells.tolist() if population.morphologies else []:
        name = population.morphologies[population.morphology_of[cell]]
        by_label: dict[str, list[FloatArray]] = {}
        turn, place = population.rotations[cell], population.positions[cell]
        for label, line in _lines(tissue.morphologies[name]):
            by_label.setdefault(label, []).append(line @ turn.T + place)
        yield from by_label.items()


def _lines(morphology: Morphology) -> Iterator[tuple[str, FloatArray]]:
    total = sum(len(section.points) for section in morphology.sections)
    for section in morphology.sections:
        step = max(1, total // _MOST_POINTS)
        points = section.points[:, :3]
        yield section.label, np.concatenate([points[:-1:step], points[-1:]])


def _frame(axes: Any, points: FloatArray) -> None:  # noqa: ANN401
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.maximum(high - low, 1.0)
    axes.set_box_aspect(size, zoom=0.95)
    for axis, a, b in zip("xyz", low, high, strict=True):
        getattr(axes, f"set_{axis}lim")(a, b)
        getattr(axes, f"set_{axis}label")(f"{axis} (µm)")
        pane = getattr(axes, f"{axis}axis")
        pane.set_pane_color((1, 1, 1, 0))
        pane._axinfo["grid"].update(color=BAND, linewidth=0.6)
        pane.set_major_locator(_ticks())
    axes.view_init(elev=18, azim=-62)


def _ticks() -> Any:  # noqa: ANN401
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4)


def _legend(axes: Any, colours: dict[str, str]) -> None:  # noqa: ANN401
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=colour, lw=2) for colour in colours.values()]
    if handles:
        axes.legend(handles, list(colours), loc="upper left", bbox_to_anchor=(0, 1), ncols=6)


@styled
def connectivity_figure(tissue: Tissue) -> Figure:
    """Return the number of contacts of every pair of cells, one matrix per connection set."""
    shown = tissue.connections[:_MOST_SETS]
    columns = min(len(shown), 2)
    rows = -(-len(shown) // columns)
    figure = new_figure(0.5 + 3.0 * rows, min(7.2, 0.6 + 3.4 * columns))
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, one in zip(panels, shown, strict=False):
        _matrix(figure, axes, tissue, one)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    return figure


def _matrix(figure: Figure, axes: Axes, tissue: Tissue, one: StoredConnections) -> None:
    sizes = [len(tissue.population(name)) for name in (one.pre, one.post)]
    bins = [np.linspace(0, n, min(n, _MOST_IN_MATRIX) + 1) for n in sizes]
    counts, *_ = np.histogram2d(one.source, one.target, bins=bins)
    image = axes.imshow(
        np.ma.masked_equal(counts, 0),
        origin="lower",
        extent=(0, sizes[1], 0, sizes[0]),
        aspect="auto",
        cmap="viridis_r",
        vmin=0.5,
        vmax=max(counts.max(), 1.5),
        interpolation="nearest",
    )
    axes.set_xlabel(f"to {one.post} cell")
    axes.set_ylabel(f"from {one.pre} cell")
    axes.xaxis.set_major_locator(_whole())
    axes.yaxis.set_major_locator(_whole())
    axes.set_title(f"{one.name}\n{len(one)} contacts", fontsize=8)
    if counts.max() > 1:
        bar = figure.colorbar(image, ax=axes, shrink=0.7, aspect=20)
        bar.set_label("contacts")
        bar.outline.set_visible(False)
        bar.locator = _whole()
        bar.update_ticks()


def _whole() -> Any:  # noqa: ANN401
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5, integer=True)


@styled
def degree_figure(tissue: Tissue) -> Figure:
    """Return how many others each cell gets input from, and how many it reaches."""
    shown = tissue.connections[:_MOST_SETS]
    figure = new_figure(0.4 + 1.7 * len(shown))
    panels = figure.subplots(len(shown), 2, squeeze=False)
    for row, one in zip(panels, shown, strict=True):
        for axes, values, what, side in zip(
            row, degrees(tissue, one), ("inputs", "outputs"), (one.post, one.pre), strict=True
        ):
            _histogram(axes, values)
            axes.axvline(values.mean(), color=COLOURS[1], lw=1)
            axes.text(
                values.mean(), 1.0, f" mean {values.mean():.1f}", color=COLOURS[1], va="top",
                transform=axes.get_xaxis_transform(), fontsize=7,
            )  # fmt: skip
            axes.set_xlabel(f"{what} of a {side} cell")
            axes.set_ylabel("cells")
            axes.yaxis.set_major_locator(_whole())
        row[0].set_title(one.name)
    return figure


def _histogram(axes: Axes, values: Any) -> None:  # noqa: ANN401
    low, high = int(values.min()), int(values.max())
    step = max(1, -(-(high - low + 1) // 40))
    bins = np.arange(low, high + step + 1, step) - 0.5
    axes.hist(values, bins=bins.tolist(), color=COLOURS[2], edgecolor="white", lw=0.4)
    axes.margins(y=0.18)
    axes.set_xlim(min(low, high - 2) - 0.8, high + 0.8)
    axes.xaxis.set_major_locator(_whole())


@styled
def distance_figure(tissue: Tissue) -> Figure:
    """Return how far apart the two places of contacts are."""
    shown = [one for one in tissue.connections if np.isfinite(one.distance_um).any()][:_MOST_SETS]
    figure = new_figure(0.4 + 1.9 * len(shown), 5.0)
    panels = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
    for axes, one in zip(panels, shown, strict=True):
        distance = one.distance_um[np.isfinite(one.distance_um)]
        farthest = max(float(distance.max()), 1e-3)
        bins = np.linspace(0.0, farthest, 41)
        axes.hist(distance, bins=bins, color=COLOURS[2], edgecolor="white", lw=0.4)
        axes.margins(y=0.18)
        middle = float(np.median(distance))
        axes.axvline(middle, color=COLOURS[1], lw=1)
        axes.text(
            middle, 1.0, f" median {middle:.3g} µm", color=COLOURS[1], va="top",
            transform=axes.get_xaxis_transform(), fontsize=7,
        )  # fmt: skip
        axes.set_xlim(0, farthest * 1.02)
        axes.set_xlabel("distance between the two places of a contact (µm)")
        axes.set_ylabel("contacts")
        axes.set_title(one.name)
    return figure
