"""Figures of experiments from a small plan; they return figures and axes, and end nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen, validators

from bouton.errors import ResultsError
from bouton.report.style import new_figure, styled
from bouton_plugins.experiments.data import Chunk, RunResult
from bouton_plugins.experiments.panels import DRAWN, LEGEND_COLUMNS, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEGEND_ROW_pt = 11.5

Kind = Literal["line", "mean", "matrix", "raster", "rate", "isi", "cv", "phase"]


def _positive(instance: object, attribute: object, value: float | None) -> None:
    del instance
    if value is not None and not value > 0:
        raise ValueError(f"{getattr(attribute, 'name', 'it')} must be above 0, got {value!r}")


@frozen
class Panel:
    """One panel of a figure. What is chosen lies on top of each other, with a legend.

    Attributes:
        signal: A recorded signal, or an electrode or parameter that changed (as applied); spikes
            need none.
        kind: `line` (one per cell and place), `mean` (with the standard deviation as a band),
            `matrix` (cells and places over time as colours), `raster`, `rate` (mean spike rate),
            `isi` (histogram of intervals), `cv` (of their variation, one per cell), `phase`
            (against another signal).
        runs: Names or numbers of runs; all if empty.
        chunks: Numbers of chunks; all if empty.
        cells: Numbers of cells; all if empty.
        against: Signal on the x axis of a phase plane.
        from_ms: Start of the time shown, from the start of each chunk.
        to_ms: End of the time shown.
        bin_ms: Width of the bins of rates and intervals.
        row: Row of the panel; panels without one follow each other.
        column: Column of the panel.
        title: Title; a short one is made if None.
    """

    signal: str = "v"
    kind: Kind = field(default="line", validator=validators.in_(tuple(DRAWN)))
    runs: tuple[str | int, ...] = ()
    chunks: tuple[int, ...] = ()
    cells: tuple[int, ...] = ()
    against: str = ""
    from_ms: float = 0.0
    to_ms: float | None = None
    bin_ms: float = field(default=10.0, validator=_positive)
    row: int | None = None
    column: int = 0
    title: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.to_ms is not None and not self.to_ms > self.from_ms:
            raise ValueError(f"to_ms must be above from_ms, got {self.to_ms!r}")
        if (self.kind == "phase") != bool(self.against):
            raise ValueError("against is given for the kind phase, and only for it")


@frozen
class Plot:
    """A figure.

    Attributes:
        panels: Its panels.
        title: Title above them.
        row_height_in: Height of a row.
        width_in: Width of the figure.
    """

    panels: tuple[Panel, ...] = field(validator=validators.min_len(1))
    title: str = ""
    row_height_in: float = field(default=1.9, validator=_positive)
    width_in: float = field(default=7.2, validator=_positive)


@styled
def plot(results: RunResult | Sequence[RunResult], plan: Plot | Panel) -> Figure:
    """Return a figure of one or more runs; its axes are in the order of the panels.

    Args:
        results: The runs.
        plan: The figure, or one panel for a figure of its own.

    Raises:
        ResultsError: If the plan names a run, chunk, cell or signal that is not there, with what
            is.
        MissingDependencyError: If Matplotlib is not installed.
    """
    runs = (results,) if isinstance(results, RunResult) else tuple(results)
    described = Plot((plan,)) if isinstance(plan, Panel) else plan
    places = _places(described.panels)
    rows, columns = (1 + max(place[i] for place in places) for i in (0, 1))
    height = 0.4 + described.row_height_in * rows
    figure = new_figure(height, described.width_in)
    grid = figure.add_gridspec(rows, columns)
    for panel, place in zip(described.panels, places, strict=True):
        draw(figure.add_subplot(grid[place]), runs, panel)
    if described.title:
        figure.suptitle(described.title, x=0.01, ha="left", fontweight="bold")
    return figure


def draw(axes: Axes, results: RunResult | Sequence[RunResult], panel: Panel) -> Axes:
    """Draw one panel into axes of one's own and return them.

    Raises:
        ResultsError: As for `plot`.
    """
    runs = (results,) if isinstance(results, RunResult) else tuple(results)
    series = series_of(runs, panel)
    DRAWN[panel.kind](axes, series, panel)
    names = [one.name for one in _runs(runs, panel)]
    title = _title(panel, series, names) if panel.title is None else panel.title
    legend = axes.get_legend()
    rows = 0 if legend is None else -(-len(legend.get_texts()) // LEGEND_COLUMNS)
    axes.set_title(title, pad=6.0 + _LEGEND_ROW_pt * rows)
    return axes


def series_of(runs: Sequence[RunResult], panel: Panel) -> list[Series]:
    """Return the chunks that a panel shows, each with a label that tells it from the others.

    Raises:
        ResultsError: If the panel names a run, chunk or cell that is not there.
    """
    chosen = _runs(runs, panel)
    pairs: list[tuple[RunResult, int, Chunk]] = []
    for run in chosen:
        numbers = panel.chunks or range(len(run.chunks))
        if not run.chunks:
            run.chunk()  # says what is wrong
        pairs += [(run, number, run.chunk(number)) for number in numbers]
    several_chunks = len({number for _, number, _ in pairs}) > 1
    found = []
    for run, number, chunk in pairs:
        for cell in panel.cells:
            if not 0 <= cell < run.n_cells:
                raise ResultsError(f"run {run.name!r} has {run.n_cells} cells, there is no {cell}")
        cells = panel.cells or tuple(range(run.n_cells))
        parts = [run.name or f"run {runs.index(run)}"] if len(chosen) > 1 else []
        parts += [f"chunk {number}"] if several_chunks else []
        found.append(Series(", ".join(parts), chunk, cells))
    return found


def _runs(runs: Sequence[RunResult], panel: Panel) -> list[RunResult]:
    if not runs:
        raise ResultsError("there are no runs to plot")
    chosen = []
    for asked in panel.runs or range(len(runs)):
        names = [run.name for run in runs]
        if isinstance(asked, int) and -len(runs) <= asked < len(runs):
            chosen.append(runs[asked])
        elif asked in names:
            chosen.append(runs[names.index(str(asked))])
        else:
            raise ResultsError(
                f"there is no run {asked!r}; runs are 0 to {len(runs) - 1}: {', '.join(names)}"
            )
    return chosen


def _places(panels: Sequence[Panel]) -> list[tuple[int, int]]:
    """Return row and column of every panel.

    Raises:
        ResultsError: If two share a place, or a place is negative.
    """
    places: list[tuple[int, int]] = []
    following = 0
    for panel in panels:
        row = following if panel.row is None else panel.row
        following = row + 1
        places.append((row, panel.column))
    for place in places:
        if min(place) < 0 or places.count(place) > 1:
            raise ResultsError(f"row {place[0]}, column {place[1]} is no place for one panel")
    return places


def _title(panel: Panel, series: Sequence[Series], names: Sequence[str]) -> str:
    kinds = {"raster": "spikes", "rate": "spike rate", "isi": "intervals between spikes"}
    shown = panel.signal.removesuffix("_nA")
    words = kinds.get(panel.kind, "variation of intervals" if panel.kind == "cv" else shown)
    if panel.kind in ("mean", "matrix"):
        words = f"{panel.signal}, {panel.kind}"
    if panel.kind == "phase":
        words = f"{panel.signal} against {panel.against}"
    if panel.kind == "raster":
        words += f" ({sum(one.spike_count for one in series)})"
    run = names[0] if len(panel.runs) == 1 else ""
    chunk = f"chunk {panel.chunks[0]}" if len(panel.chunks) == 1 else ""
    return ", ".join(part for part in (words, run, chunk) if part)
