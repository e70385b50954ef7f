"""The two figures of a measured population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bouton.report.style import COLOURS, FAINT, new_figure, save, styled
from bouton_plugins.measurements.columns import (
    DURATION,
    GAIN,
    LOWER,
    RESISTANCE,
    RHEOBASE,
    TAU,
    UPPER,
    uncertainty,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Record = Mapping[str, Any]
_PANELS = (
    (RHEOBASE, "Rheobase", "nA"),
    (RESISTANCE, "Input resistance", "MΩ"),
    (DURATION, "AHP duration", "ms"),
    (GAIN, "Frequency-current gain", "Hz/nA"),
)
_MOST_TICKS = 12


def write_figures(folder: Path, records: Sequence[Record]) -> list[Path]:
    """Write both figures of the cells that have a rheobase; none if there is no such cell."""
    shown = [record for record in records if _number(record, RHEOBASE) is not None]
    if not shown:
        return []
    made = {
        "neuron_parameters.png": parameters_figure(shown),
        "rin_tau_relationship.png": relationship_figure(shown),
    }
    return [save(figure, folder / name) for name, figure in made.items()]


@styled
def parameters_figure(records: Sequence[Record]) -> Figure:
    """Return rheobase, input resistance, AHP duration and gain against the motor unit number."""
    figure = new_figure(6.0)
    for axes, (name, title, unit) in zip(figure.subplots(2, 2).flat, _PANELS, strict=True):
        points = [(r["index"] + 1, _number(r, name), _bar(r, name)) for r in records]
        points = [point for point in points if point[1] is not None]
        if points:
            x, y, bars = zip(*points, strict=True)
            axes.errorbar(
                x, y, yerr=bars, fmt="o", ms=4, color=COLOURS[2], ecolor=FAINT, elinewidth=0.8
            )
        else:
            axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=FAINT)
        axes.set_title(title)
        axes.set_ylabel(unit)
        axes.set_xlabel("motor unit")
        _whole_ticks(axes)
    return figure


@styled
def relationship_figure(records: Sequence[Record]) -> Figure:
    """Return the membrane time constant against the input resistance, coloured by cell index."""
    figure = new_figure(4.2, 5.6)
    axes = figure.subplots()
    points = [(_number(r, RESISTANCE), _number(r, TAU), r["index"]) for r in records]
    points = [point for point in points if point[0] is not None and point[1] is not None]
    axes.set_title("Input resistance and time constant")
    axes.set_xlabel("input resistance (MΩ)")
    axes.set_ylabel("membrane time constant (ms)")
    if points:
        x, y, index = zip(*points, strict=True)
        drawn = axes.scatter(x, y, c=index, cmap="viridis", s=28, linewidths=0)
        bar = figure.colorbar(drawn, ax=axes, label="cell index")
        bar.locator = _locator()
        bar.update_ticks()
    return figure


def _number(record: Record, name: str) -> float | None:
    value = record["features"].get(name, [None])[0]
    is_number = isinstance(value, float) and value == value and abs(value) != float("inf")
    return value if is_number else None


def _bar(record: Record, name: str) -> float:
    if name == RHEOBASE and _number(record, LOWER) is not None:
        return ((_number(record, UPPER) or 0.0) - (_number(record, LOWER) or 0.0)) / 2
    return _number(record, uncertainty(name)) or 0.0


def _whole_ticks(axes: Axes) -> None:
    axes.xaxis.set_major_locator(_locator())
    low, high = axes.get_ylim()
    low = min(0.0, low)
    axes.set_ylim(low, high + 0.06 * (high - low))


def _locator() -> Any:  # noqa: ANN401
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=_MOST_TICKS, integer=True, min_n_ticks=1)
