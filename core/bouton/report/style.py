"""The look of every figure, and how one is made without touching the caller's Matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

from bouton.errors import MissingDependencyError
from bouton.results.atomic import storage_errors, write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#222222"
FAINT = "#8a8a8a"
BAND = "#eeeeee"
GOOD = "#3b6ea5"
BAD = "#c8553d"
# Okabe and Ito (2008): told apart by colour-blind readers too. The first one is the soma's.
COLOURS = ("#222222", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
WIDTH_IN = 7.2

_STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": None,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.0,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "text.color": INK,
    "figure.dpi": 100,
    "savefig.dpi": 200,
}

Parameters = ParamSpec("Parameters")


def styled(make: Callable[Parameters, Figure]) -> Callable[Parameters, Figure]:
    """Make a figure in our style; the caller's own settings and backend stay as they are.

    Raises:
        MissingDependencyError: If Matplotlib is not installed.
    """

    @wraps(make)
    def in_style(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Figure:
        with _matplotlib().rc_context(_settings()):
            return make(*args, **kwargs)

    return in_style


def new_figure(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """Return an empty figure with a canvas of its own, known to no window system."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, whole or not at all; equal figures give equal bytes.

    Raises:
        ResultsError: If the file cannot be written.
    """
    data = io.BytesIO()
    with _matplotlib().rc_context(_settings()):
        figure.savefig(data, format="png", metadata={"Software": None})
    with storage_errors(f"making {path.parent}"):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data.getvalue())
    return path


def bare(axes: Axes) -> None:
    """Take axes, ticks and frame away, for pictures with a scale bar."""
    axes.set_axis_off()
    axes.set_aspect("equal")


def _settings() -> dict[str, Any]:
    from cycler import cycler

    return {**_STYLE, "axes.prop_cycle": cycler(color=COLOURS)}


def _matplotlib() -> Any:  # noqa: ANN401
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingDependencyError(
            "figures need Matplotlib; install it with `pip install 'bouton[plot]'`"
        ) from error
    return mpl
