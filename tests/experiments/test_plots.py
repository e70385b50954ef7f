"""Figures from plans: every kind, overlays, gaps, and errors that end nothing."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton import At, Cell, Integration, Signal
from bouton.errors import ResultsError
from bouton_plugins.experiments import spikes
from bouton_plugins.experiments.data import RunResult
from bouton_plugins.experiments.experiment import Experiment
from bouton_plugins.experiments.plots import Panel, Plot, draw, plot
from bouton_plugins.experiments.schedules import Hold, Ramp, Step

KINDS = ("line", "mean", "matrix", "raster", "rate", "isi", "cv", "phase")
SOMA = At("soma")


@pytest.fixture(scope="module")
def results() -> list[RunResult]:
    """Two runs of three cells, two chunks each, one with a pause."""
    from bouton import registry

    template = registry.cell_templates["hh-bischop"]()
    cells = [Cell(template, parameters={"E_L": level}) for level in (-60.0, -64.0, -90.0)]
    signals = (Signal("v", "v", SOMA, 0.1), Signal("n3", "bischop.n3", SOMA, 0.1))
    told = Integration("fixed", dt_ms=0.05, v_init_mV=-68.0)
    found = []
    with Experiment(cells, record=signals, integration=told) as experiment:
        for top in (0.2, 0.4):
            experiment.reset()
            experiment.simulate(Ramp(0.0, top, 200.0, n=10))
            experiment.reset(clock=False)
            experiment.simulate(Step(top, first_ms=20.0, second_ms=30.0))
            experiment.pause()
            experiment.simulate(Hold(20.0))
            experiment.start()
            experiment.advance(30.0)
            found.append(experiment.results(f"up to {top:g}"))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_for_one_and_for_many(results: list[RunResult], kind: Any) -> None:
    panel = Panel("v", kind, against="n3" if kind == "phase" else "")
    for runs, chosen in (
        (results, evolve(panel, chunks=(0,))),
        (results[0], evolve(panel, cells=(1,), chunks=(0,))),
        *([(results, panel)] if kind != "matrix" else []),
    ):
        figure = plot(runs, chosen)
        axes = figure.axes[0]
        assert axes.get_xlabel()
        assert axes.get_ylabel() or kind == "raster"
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        assert len(buffer.getvalue()) > 5000


def test_lines_are_the_data(results: list[RunResult]) -> None:
    figure = plot(results[0], Plot((Panel("v", chunks=(1,)), Panel("current_nA", chunks=(1,)))))
    potential, current = figure.axes
    chunk = results[0].chunk(1)
    signal = chunk.signal("v")
    assert len(potential.lines) == 3
    x, y = potential.lines[2].get_data()
    inside = ~np.isnan(y)
    assert np.array_equal(y[inside], signal.values[:, 2])
    # clock 200 to 300 ms: the axis starts with the chunk
    assert np.asarray(x)[inside] == pytest.approx(signal.t_ms - 200.0)
    assert (~inside).sum() == 1  # the pause
    x, y = current.lines[0].get_data()
    assert np.asarray(x).tolist() == pytest.approx([0.0, 20.0, 50.0, 100.0])
    assert np.asarray(y).tolist() == [0.0, 0.2, 0.0, 0.0]
    assert current.lines[0].get_drawstyle() == "steps-post"
    assert potential.get_ylabel() == "membrane potential (mV)"
    assert current.get_ylabel() == "current (nA)"


def test_overlays_have_a_legend_and_one_colour_each(results: list[RunResult]) -> None:
    axes = plot(results, Panel("v", chunks=(0,), cells=(0,))).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["up to 0.2", "up to 0.4"]
    assert len({line.get_color() for line in axes.lines}) == 2
    axes = plot(results, Panel("v", cells=(0,))).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()][1] == "up to 0.2, chunk 1"
    axes = plot(results[0], Panel("v", chunks=(0,))).axes[0]
    assert axes.get_legend() is None
    by_name = plot(results, Panel("v", runs=("up to 0.4",), chunks=(0,), cells=(0,))).axes[0]
    by_number = plot(results, Panel("v", runs=(1,), chunks=(0,), cells=(0,))).axes[0]
    assert np.array_equal(by_name.lines[0].get_ydata(), by_number.lines[0].get_ydata())
    assert (
        by_name.get_title(loc="left") == by_number.get_title(loc="left") == "v, up to 0.4, chunk 0"
    )


def test_means_are_means(results: list[RunResult]) -> None:
    axes = plot(results[0], Panel("v", "mean", chunks=(0,))).axes[0]
    values = results[0].chunk(0).signal("v").values
    assert np.asarray(axes.lines[0].get_ydata()) == pytest.approx(values.mean(axis=1))
    assert len(axes.collections) == 1


def test_rasters_and_rates_show_all_spikes(results: list[RunResult]) -> None:
    chunk = results[1].chunk(0)
    axes = plot(results[1], Panel(kind="raster", chunks=(0,))).axes[0]
    shown = np.concatenate([np.asarray(one.get_positions()) for one in axes.collections])
    assert np.sort(shown) == pytest.approx(np.sort(chunk.spike_times_ms))
    assert f"({chunk.spike_count})" in axes.get_title(loc="left")
    borders, rate = spikes.rates(chunk, 7.0, range(3))
    assert borders[[0, -1]].tolist() == [0.0, 200.0]
    assert (rate * np.diff(borders)).sum() * 3 / 1000 == pytest.approx(chunk.spike_count)
    none = evolve(chunk, spike_cells=np.zeros(0, dtype=int), spike_times_ms=np.zeros(0))
    silent = plot(evolve(results[1], chunks=(none,)), Panel(kind="raster"))
    assert "no spikes" in [text.get_text() for text in silent.axes[0].texts]


def test_panels_go_where_they_are_told(results: list[RunResult]) -> None:
    figure = plot(
        results,
        Plot(
            (Panel(chunks=(0,), row=1, column=1), Panel(chunks=(0,)), Panel(chunks=(1,), row=0)),
            title="three",
        ),
    )
    grid = [axes.get_subplotspec().get_gridspec().get_geometry() for axes in figure.axes]
    assert grid == [(3, 2)] * 3
    assert [axes.get_subplotspec().rowspan.start for axes in figure.axes] == [1, 2, 0]
    assert figure.get_suptitle() == "three"


def test_a_panel_can_be_drawn_into_axes_of_ones_own(results: list[RunResult]) -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    panel = Panel("v", chunks=(0,), from_ms=10.0, to_ms=50.0, title="mine")
    assert draw(axes, results[0], panel) is axes
    assert axes.get_xlim() == (10.0, 50.0)
    assert axes.get_title() == "mine"


@pytest.mark.parametrize(("panel", "told"), [
    (Panel("w"), "there is no signal 'w' to draw; there is v, n3, current_nA"),
    (Panel("v", chunks=(7,)), "has chunks 0 to 1, there is no 7"),
    (Panel("v", runs=("x",)), "there is no run 'x'; runs are 0 to 1: up to 0.2, up to 0.4"),
    (Panel("v", runs=(5,)), "there is no run 5"),
    (Panel("v", cells=(3,)), "has 3 cells, there is no 3"),
    (Panel("v", from_ms=9999.0), "ends at 200 ms"),
    (Panel("v", "matrix"), "choose one chunk"),
    (Panel("current_nA", "matrix", chunks=(0,)), "needs a recorded signal"),
    (Panel("v", "phase", against="current_nA"), "recorded together"),
    (Panel("v", row=-1), "no place for one panel"),
])  # fmt: skip
def test_impossible_panels_are_refused_and_nothing_ends(
    results: list[RunResult], panel: Panel, told: str
) -> None:
    with pytest.raises(ResultsError, match=told):
        plot(results, panel)


def test_more_that_cannot_be_drawn(results: list[RunResult]) -> None:
    with pytest.raises(ResultsError, match="there are no runs"):
        plot([], Panel("v"))
    empty = evolve(results[0], chunks=())
    with pytest.raises(ResultsError, match="nothing was simulated"):
        plot(empty, Panel("v"))
    with pytest.raises(ResultsError, match="no place for one panel"):
        plot(results, Plot((Panel(row=0), Panel(row=0))))
    with pytest.raises(ResultsError, match="width above 0"):
        spikes.rates(results[0].chunk(), 0.0, (0,))
    for nonsense in (
        {"kind": "pie"}, {"to_ms": -1.0}, {"against": "v"}, {"kind": "phase"}, {"bin_ms": 0.0}
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"kind|to_ms|against|bin_ms"):
            Panel(**nonsense)
    with pytest.raises(ValueError, match="panels"):
        Plot(())


@pytest.mark.parametrize("kind", KINDS)
def test_a_chunk_without_a_sample_or_spike_is_drawn_empty_or_refused(
    bischop: Callable[..., Cell], quick: Integration, kind: Any
) -> None:
    signals = (Signal("v", "v", SOMA), Signal("h", "bischop.h", SOMA))
    with Experiment(bischop(), record=signals, integration=quick) as experiment:
        experiment.pause()
        experiment.advance(1.0)
        result = experiment.results()
    panel = Panel("v", kind, against="h" if kind == "phase" else "")
    if kind == "matrix":
        with pytest.raises(ResultsError, match="too few samples"):
            plot(result, panel)
    else:
        assert plot(result, panel).axes


def test_statistics_of_spikes() -> None:
    assert spikes.intervals_ms(np.array([3.0, 1.0, 7.0])).tolist() == [2.0, 4.0]
    assert spikes.cv(np.array([2.0, 4.0])) == pytest.approx(np.sqrt(2.0) / 3.0)
    assert spikes.cv2(np.array([2.0, 4.0])) == pytest.approx(2 * 2 / 6)
    assert np.isnan([spikes.cv(np.array([2.0])), spikes.cv2(np.array([]))]).all()


def test_statistics_of_a_chunk(results: list[RunResult]) -> None:
    chunk = results[1].chunk(0)
    (one, _, silent) = spikes.statistics(chunk, range(3))
    times = chunk.spikes_of(0)
    assert one.count == len(times) > 3
    assert one.rate_Hz == pytest.approx(len(times) / 0.2)
    assert one.cv_isi == pytest.approx(np.std(np.diff(times), ddof=1) / np.diff(times).mean())
    assert silent.cell == 2
    second = spikes.statistics(results[1].chunk(1), [0])[0]
    assert second.first_ms == pytest.approx(results[1].chunk(1).spikes_of(0)[0] - 200.0)


def test_without_matplotlib_there_is_an_error_and_no_end() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from bouton.errors import MissingDependencyError\n"
        "from bouton_plugins.experiments.data import RunResult\n"
        "from bouton_plugins.experiments.plots import Panel, plot\n"
        "try:\n"
        "    plot(RunResult('r', ()), Panel('v'))\n"
        "except MissingDependencyError as error:\n"
        "    print('told:', error)\n"
        "print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "bouton[plot]" in done.stdout
    assert "still here" in done.stdout
