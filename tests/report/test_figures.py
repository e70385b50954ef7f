"""Figures show what they are given, labelled with units, and touch nobody's settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bouton.errors import ResultsError
from bouton.model.compartments import Compartments
from bouton.model.locations import Place
from bouton.model.morphology import Morphology, Section
from bouton.model.protocol import Protocol
from bouton.model.scores import Evaluation, Scores, Target
from bouton.model.traces import Response, Trace, TracePlace
from bouton.results import Results, RunDirectory
from bouton.results.records import start_record

pytest.importorskip("matplotlib")

from bouton.report import figures
from bouton.report.files import write_report_files
from bouton.report.morphology_figures import strokes_of
from bouton.report.trace_figures import MOST_PLACES, window_ms

SOMA = TracePlace("soma", 0.5, 10.0, Place(0, 0.5))
TUFT = TracePlace("apic[2]", 0.5, 700.0, Place(2, 0.5))


def test_a_failed_evaluation_has_tables_and_no_traces(tmp_path: Path) -> None:
    failed = Evaluation({}, Scores({}, {"height": 250.0}), status="failed", reason="out of range")
    with RunDirectory.create(tmp_path / "run", "run", {}, {}) as run:
        run.append([start_record([Target("height", 1.0, 1.0, "mV")])])
        run.record([failed])
    names = [path.name for path in write_report_files(run.path)]
    assert names == ["features.csv", "scores.csv", "scores.png"]


@pytest.fixture
def cell() -> Compartments:
    sections = (
        Section("soma", ("soma",), -1, 0.0, np.array([[0, 0, 0, 20], [0, 20, 0, 20]])),
        Section("dend[0]", ("dend",), 0, 0.5, np.array([[0, 10, 0, 2], [-90, -60, 5, 1]])),
        Section("apic[2]", ("apic",), 0, 1.0, np.array([[0, 20, 0, 4], [0, 300, 3, 3],
                                                        [40, 700, 0, 2]])),
        Section("axon[0]", ("axon",), 0, 0.0, np.array([[0, 0, 0, 1], [0, -2000, 0, 1]])),
    )  # fmt: skip
    return Compartments(Morphology("toy", sections), np.array([1, 3, 9, 5]))


def bac_like(cell: Compartments, name: str = "BAC") -> Response:
    t = np.arange(0.0, 600.0, 0.25)
    soma = -75 + 105 * np.exp(-(((t - 302) / 0.8) ** 2))
    tuft = -70 + 80 * np.exp(-(((t - 312) / 6.0) ** 2))
    share = np.clip(cell.distance_um / 700.0, 0.0, 1.0)
    movie = soma[:, None] * (1 - share) + tuft[:, None] * share
    places = tuple(
        TracePlace(cell.morphology.sections[s].name, x, d, Place(int(s), x))
        for s, x, d in zip(cell.section, cell.x, cell.distance_um, strict=True)
    )
    traces = (
        Trace("soma", "v", "mV", t, soma, (SOMA,)),
        Trace("hot", "v", "mV", t, tuft, (TUFT,)),
        Trace("stimulus", "stimulus", "nA", t, 1.9 * (t > 295), (SOMA,)),
        Trace("spikes", "spikes", "", np.array([302.0]), np.array([1.0]), (SOMA,)),
        Trace("every segment", "v", "mV", t, movie, places),
    )
    return Response(name, traces, Protocol((), (), 600.0, onset_ms=295.0, stimulus_ms=45.0))


def test_traces(cell: Compartments) -> None:
    figure = figures.traces_figure({"BAC": bac_like(cell), "bAP": bac_like(cell, "bAP")})
    panels = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == ["BAC", "BAC", "bAP", "bAP"]
    assert [axes.get_ylabel() for axes in panels[:2]] == [
        "membrane potential (mV)",
        "stimulus (nA)",
    ]
    assert {axes.get_xlabel() for axes in panels} == {"time (ms)"}
    assert panels[0].get_xlim() == window_ms(bac_like(cell)) == (280.0, 400.0)
    drawn = {line.get_label(): line for line in panels[0].get_lines()}
    assert np.array_equal(drawn["apic[2] at 700 µm"].get_ydata(), bac_like(cell)["hot"].values)
    assert drawn["soma"].get_color() == panels[2].get_lines()[0].get_color()
    assert drawn["soma"].get_color() != drawn["apic[2] at 700 µm"].get_color()
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["soma", "apic[2] at 700 µm"]


def test_pictures_of_the_whole_cell_are_no_lines(cell: Compartments) -> None:
    response = bac_like(cell)
    assert len(response["every segment"].places) > MOST_PLACES
    movie_only = Response("x", (response["every segment"],), response.description)
    with pytest.raises(ResultsError, match="no traces to draw"):
        figures.traces_figure({"x": movie_only})
    with pytest.raises(ResultsError, match="no traces to draw"):
        figures.traces_figure({})


def test_a_protocol_without_stimulus_is_shown_in_full() -> None:
    trace = Trace("v", "v", "mV", [0.0, 50.0], [-70.0, -70.0], (SOMA,))
    response = Response("rest", (trace,), Protocol((), (), 50.0))
    assert figures.traces_figure({"rest": response}).axes[0].get_xlim() == (0.0, 50.0)


def test_strokes_cover_the_cell(cell: Compartments) -> None:
    strokes = strokes_of(cell)
    assert set(strokes.segment) == set(range(len(cell)))
    lengths = np.linalg.norm(np.diff(strokes.ends_um, axis=1)[:, 0], axis=1)
    for index, section in enumerate(cell.morphology.sections):
        own = cell.section[strokes.segment] == index
        assert lengths[own].sum() == pytest.approx(section.length_um, rel=0.05)  # it is nearly flat
    apical = cell.section[strokes.segment] == 2
    assert strokes.ends_um[apical].max(axis=(0, 1))[1] == strokes.ends_um.max(axis=(0, 1))[1]
    assert strokes.diameter_um.max() == 20.0


def test_colours_are_the_potentials(cell: Compartments) -> None:
    voltages = np.stack([np.linspace(-80, 30, len(cell)), np.full(len(cell), np.nan)])
    figure = figures.morphology_figure(cell, voltages, ["a", "b"])
    first, second, bar = figure.axes
    drawn = first.collections[0]
    assert drawn.get_array().min() == -80.0
    assert drawn.get_array().max() == 30.0
    assert second.collections[0].get_array().mask.all()
    assert drawn.norm is second.collections[0].norm
    assert (drawn.norm.vmin, drawn.norm.vmax) == (-80.0, 30.0)
    assert bar.get_ylabel() == "membrane potential (mV)"
    assert any(text.get_text().endswith("µm") for text in first.texts)
    low, high = first.get_ylim()
    assert high - low < 1200  # the axon of 2000 um is cut, the dendrites fill the picture
    with pytest.raises(ResultsError, match="needs potentials of that shape"):
        figures.morphology_figure(cell, voltages[:, 1:], ["a", "b"])


def test_telling_moments(cell: Compartments) -> None:
    response = bac_like(cell)
    moments = figures.telling_moments(response, response["every segment"])
    assert [moment.label.partition(" at")[0] for moment in moments] == [
        "before the stimulus", "somatic peak", "dendritic peak", "afterwards",
    ]  # fmt: skip
    assert [moment.t_ms for moment in moments] == [294.0, 302.0, 312.0, 400.0]
    figure = figures.movie_figure(cell, response, response["every segment"])
    titles = [axes.get_title() for axes in figure.axes[:-1]]
    assert titles[1] == "somatic peak\n302.0 ms"
    somatic = figure.axes[1].collections[0].get_array()
    assert somatic.max() == pytest.approx(response["soma"].values.max(), abs=3)


def test_a_cell_of_one_segment_has_a_movie_too() -> None:
    soma = Section("soma", ("soma",), -1, 0.0, np.array([[0, 0, 0, 20], [0, 20, 0, 20]]))
    whole = Compartments(Morphology("ball", (soma,)), np.array([1]))
    movie = Trace("every segment", "v", "mV", [0.0, 1.0], [-70.0, -60.0], (SOMA,))
    response = Response("x", (movie,), Protocol((), (), 1.0))
    figure = figures.movie_figure(whole, response, movie)
    assert figure.axes[0].collections[0].get_array().max() == -60.0


def test_the_movie_must_be_of_this_cell(cell: Compartments) -> None:
    trace = Trace(
        "every segment", "v", "mV", [0.0], [[-70.0]], (TracePlace("x", 0.5, 0.0, SOMA.asked),)
    )
    with pytest.raises(ResultsError, match="other sections"):
        figures.movie_figure(cell, bac_like(cell), trace)


def test_scores() -> None:
    scores = Scores({}, {"a": 0.5, "b": 3.0, "c": 250.0, "d": float("nan")})
    figure = figures.scores_figure(scores, [Target("a", 1.0, 0.1)])
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c", "d"]
    widths = [patch.get_width() for container in axes.containers for patch in container]
    assert widths == [0.5, 3.0, 8.0]
    assert [text.get_text() for text in axes.texts] == ["0.50", "3.00", "250 »", "not judged"]
    colours = [container[0].get_facecolor() for container in axes.containers]
    assert colours[0] != colours[1] == colours[2]
    assert "SD" in axes.get_xlabel()
    with pytest.raises(ResultsError, match="no scores"):
        figures.scores_figure(Scores())


def test_progress(tmp_path: Path) -> None:
    with RunDirectory.create(tmp_path / "run", "fit", {}, {}) as run:
        for generation, values in enumerate([(9.0, 5.0, 7.0), (6.0, 8.0), (1.0,)]):
            run.record(
                [
                    Evaluation({}, combined={"x": value}, status="failed" if value == 1 else "ok")
                    for value in values
                ],
                first_index=generation * 3,
                generation=generation,
            )
    figure = figures.progress_figure(Results.open(run.path))
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    assert lines["best so far"].get_ydata().tolist() == [5.0, 5.0]
    assert lines["median of the generation"].get_ydata().tolist() == [7.0, 7.0]
    with RunDirectory.create(tmp_path / "empty", "fit", {}, {}):
        pass
    with pytest.raises(ResultsError, match="nothing to draw"):
        figures.progress_figure(Results.open(tmp_path / "empty"))


def test_saving_is_repeatable(cell: Compartments, tmp_path: Path) -> None:
    for name in ("a", "b"):
        figure = figures.traces_figure({"BAC": bac_like(cell)})
        figures.save(figure, tmp_path / "figures" / f"{name}.png")
    first, second = ((tmp_path / "figures" / f"{name}.png").read_bytes() for name in "ab")
    assert first == second
    assert first.startswith(b"\x89PNG")
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="making"):
        figures.save(figure, tmp_path / "file" / "x.png")


def test_the_callers_matplotlib_is_left_alone() -> None:
    code = """
import matplotlib
before = dict(matplotlib.rcParams.copy())
from bouton.model.scores import Scores
from bouton.report import figures
figures.scores_figure(Scores({}, {"a": 1.0}))
import sys
assert "matplotlib.pyplot" not in sys.modules
after = dict(matplotlib.rcParams.copy())
assert before == after
matplotlib.use("svg")
figures.scores_figure(Scores({}, {"a": 1.0}))
assert matplotlib.get_backend() == "svg"
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_without_matplotlib_the_error_says_what_to_install() -> None:
    code = """
import sys
sys.modules["matplotlib"] = None
from bouton.errors import MissingDependencyError
from bouton.model.scores import Scores
from bouton.report import figures
try:
    figures.scores_figure(Scores({}, {"a": 1.0}))
except MissingDependencyError as error:
    assert "bouton[plot]" in str(error)
else:
    raise SystemExit("no error")
assert "neuron" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
