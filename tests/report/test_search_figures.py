"""Figures of searches show the run's own numbers; the command line makes them, or says why not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from bouton.errors import ResultsError
from bouton.jobs.launching import begin
from bouton.jobs.rerunning import check_reproduced, rerun
from bouton.jobs.studies import find_study
from bouton.report import search_figures
from bouton.report.search_files import chosen_rows, telling_rows, write_search_figures
from bouton.results import Results
from bouton.results.document import run_document
from bouton.results.walks import walk_of

CHEAP = Path(__file__).parents[1] / "jobs" / "cheap.yaml"
BOUTON = Path(sys.executable).with_name("bouton")
WALK = ["explore.limit=2.15", "explore.optimizer={use: random-walk, particles: 3}"]


@pytest.fixture(scope="module")
def fit(tmp_path_factory: pytest.TempPathFactory) -> Results:
    out = tmp_path_factory.mktemp("fit") / "run"
    begin(find_study(CHEAP, ["fit.generations=6"]), "fit", out, workers=1)
    return Results.open(out)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Results:
    out = tmp_path_factory.mktemp("walk") / "run"
    begin(find_study(CHEAP, [*WALK, "explore.steps=25"]), "explore", out, workers=1)
    return Results.open(out)


def by_generation(results: Results, objective: str) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for record in results.evaluation_records:
        found.setdefault(record["generation"], []).append(record["combined"][objective])
    return found


def test_objectives(fit: Results) -> None:
    figure = search_figures.objectives_figure(fit)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(fit.names("combined"))
    for axes, name in zip(figure.axes, fit.names("combined"), strict=True):
        groups = by_generation(fit, name)
        lines = {line.get_label(): line for line in axes.get_lines()}
        best = np.minimum.accumulate([min(values) for values in groups.values()])
        assert lines["best so far"].get_ydata().tolist() == best.tolist()
        median = [float(np.median(values)) for values in groups.values()]
        assert lines["median"].get_ydata() == pytest.approx(median)
        assert lines["median"].get_xdata().tolist() == list(groups)


def test_steady_state_has_no_generations_but_a_course(tmp_path: Path) -> None:
    steady = ["fit.schedule=steady-state", "fit.evaluations=60"]
    begin(find_study(CHEAP, steady), "fit", tmp_path / "run", executor="serial")
    figure = search_figures.objectives_figure(Results.open(tmp_path / "run"))
    x = figure.axes[0].get_lines()[-1].get_xdata()
    assert len(x) == 20
    assert x[-1] == 60
    assert figure.axes[-1].get_xlabel() == "evaluations"


def test_distances(fit: Results) -> None:
    rows, words = chosen_rows(fit)
    assert {fit.evaluation_records[row]["generation"] for row in rows} == {5}
    axes = search_figures.distances_figure(fit, rows, words).axes[0]
    scores = fit.array("scores")[rows]
    boxes = [container[0] for container in axes.containers]
    for box, column in zip(boxes, scores.T, strict=True):
        first, third = np.quantile(column, [0.25, 0.75])
        assert (box.get_x(), box.get_width()) == pytest.approx((first, third - first))
    assert "empirical mean (SD)" in axes.get_xlabel()
    assert f"{len(rows)} models of the last generation" in axes.get_xlabel()
    with pytest.raises(ResultsError, match="none of the chosen"):
        search_figures.distances_figure(fit, [])


def test_parameters(walk: Results) -> None:
    rows, words = chosen_rows(walk)
    axes = search_figures.spread_figure(walk, rows, [0], words).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["soma.hh.gnabar", "soma.hh.gkbar"]
    low, high = walk_of(walk).extent
    spans = [line.get_segments()[0][:, 0] for line in axes.collections]
    assert np.array(spans) == pytest.approx(np.stack([low, high], axis=1))
    seed = next(line for line in axes.get_lines() if line.get_marker() == "|")
    assert seed.get_xdata() == pytest.approx([(0.12 - 0.01) / 0.49, (0.036 - 0.001) / 0.199])
    with pytest.raises(ResultsError, match="no model"):
        search_figures.spread_figure(walk, [])


def test_parameters_of_a_run_without_bounds(tmp_path: Path) -> None:
    from bouton.jobs.running import run_study

    run_study(find_study(CHEAP), tmp_path / "run")
    with pytest.raises(ResultsError, match="no bounds"):
        search_figures.spread_figure(Results.open(tmp_path / "run"), [0])
    with pytest.raises(ResultsError, match="no fit and no exploration"):
        write_search_figures(tmp_path / "run")


def test_walk(walk: Results) -> None:
    left, right = search_figures.walk_figure(walk).axes
    found = walk_of(walk)
    low, high = found.extent
    ends = sorted(float(line.get_ydata()[-1]) for line in left.get_lines())
    assert ends == pytest.approx(sorted(100 * (high - low)))
    for line, path in zip(right.get_lines(), found.paths, strict=True):
        away = float(np.linalg.norm(path.units[-1] - path.units[0]))
        assert line.get_ydata()[-1] == pytest.approx(away)
        assert line.get_xdata()[-1] == 25


def test_a_walk_is_counted_as_the_optimizer_took_it(walk: Results) -> None:
    """Follow every particle by hand, from the journal alone."""
    document = run_document(walk)
    told = document["walk"]
    lower, width = np.array([0.01, 0.001]), np.array([0.49, 0.199])
    places: dict[int, Any] = {}
    travelled, accepted, draws = np.zeros(2), 0, 0
    steps = document["evaluations"]
    seed = (np.array(list(steps[0]["parameters"].values())) - lower) / width
    for record in steps[1:]:
        values = record["parameters"]
        here = (np.array([values["soma.hh.gnabar"], values["soma.hh.gkbar"]]) - lower) / width
        draws += int(record["notes"]["n_suggestion"])
        before = places.get(record["notes"]["particle"], seed)
        assert np.linalg.norm(here - before) == pytest.approx(record["notes"]["step"])
        if record["notes"]["inside"]:
            accepted += 1
            travelled += np.abs(here - before)
            places[record["notes"]["particle"]] = here
    assert told["steps"] == len(steps) - 1 == 75
    assert (told["accepted"], told["n_suggestion"]) == (accepted, draws)
    assert told["share_accepted"] == accepted / 75
    assert (told["particles"], told["seed_points"]) == (3, 1)
    assert 0 < accepted < 75
    rows = [told["parameters"][name] for name in ("soma.hh.gnabar", "soma.hh.gkbar")]
    assert [row["travelled"] for row in rows] == pytest.approx(travelled)
    assert all(row["displaced"] <= row["extent"] <= row["travelled"] for row in rows)


def test_only_explorations_have_a_walk(fit: Results) -> None:
    assert "walk" not in run_document(fit)
    with pytest.raises(ResultsError, match="no random walk"):
        walk_of(fit)


def test_models(fit: Results) -> None:
    rows, highlight = telling_rows(fit, 3)
    assert highlight == rows[0] == fit.best()
    responses = {one.row: one.evaluation.responses for one in rerun(fit, rows) if one.evaluation}
    figure = search_figures.models_figure(responses, highlight)
    (axes,) = figure.axes
    last = axes.get_lines()[-1]
    assert np.array_equal(last.get_ydata(), responses[highlight]["step"]["soma"].values)
    assert len(axes.get_lines()) == len(rows)
    assert last.get_color() != axes.get_lines()[0].get_color()
    with pytest.raises(ResultsError, match="row 9999"):
        search_figures.models_figure(responses, 9999)


def test_accepted_models_give_the_same_scores_to_the_last_digit(walk: Results) -> None:
    accepted, _ = chosen_rows(walk)
    again = rerun(walk, accepted, workers=2)
    check_reproduced(again)
    assert len(again) == len(accepted) > 30
    for one in again:
        record = walk.evaluation_record(one.row)
        assert one.evaluation is not None
        assert dict(one.evaluation.scores.scores) == record["scores"]


def test_a_model_that_gives_other_scores_is_named(fit: Results, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(fit.path, tmp_path / "run")
    study = json.loads((tmp_path / "run" / "study.json").read_text())
    study["protocols"]["step"]["duration_ms"] = 3.0
    (tmp_path / "run" / "study.json").write_text(json.dumps(study))
    again = rerun(tmp_path / "run", [0, 1])
    assert all(one.differences for one in again)
    with pytest.raises(ResultsError, match=r"2 of 2 evaluations .* row 0: .*before, .*now"):
        check_reproduced(again)
    with pytest.raises(ResultsError, match="no row 1000"):
        rerun(fit, [1000])


def test_every_figure_of_a_run(fit: Results, walk: Results) -> None:
    notes: list[str] = []
    names = {path.name for path in write_search_figures(fit.path, models=2, notes=notes)}
    assert names == {
        "objectives.png", "progress.png", "distances.png", "parameters.png", "models.png"
    }  # fmt: skip
    names = {path.name for path in write_search_figures(walk.path, models=0, notes=notes)}
    assert names == {"objectives.png", "walk.png", "distances.png", "parameters.png"}
    assert notes == []
    assert all(
        (fit.path / "figures" / name).read_bytes()[:4] == b"\x89PNG" for name in ("models.png",)
    )


def test_a_run_in_which_all_failed_says_so(tmp_path: Path) -> None:
    too_much = (
        "protocols.step.stimuli=[{use: step, amplitude_nA: 1e6, delay_ms: 2, duration_ms: 9}]"
    )
    study = find_study(CHEAP, [too_much, "fit.generations=1"])
    begin(study, "fit", tmp_path / "run", executor="serial")
    notes: list[str] = []
    assert write_search_figures(tmp_path / "run", notes=notes) == []
    assert all("no figure" in note for note in notes)


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BOUTON), *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, **variables}, timeout=300,
    )  # fmt: skip


def test_the_command_line_draws(tmp_path: Path) -> None:
    out = tmp_path / "run"
    few = ("--out", str(out), "--generations", "2")
    done = command("fit", str(CHEAP), *few, MPLBACKEND="TkAgg")
    assert done.returncode == 0
    assert f"5 figures in {out / 'figures'}" in done.stderr
    done = command("fit", str(CHEAP), *few, "--force", "--no-figures")
    assert not (out / "figures").exists()
    assert command("resume", str(out), "--generations", "3").returncode == 0
    assert len(list((out / "figures").glob("*.png"))) == 5
    (out / "figures" / "models.png").unlink()
    assert command("results", "figures", str(out), "--models", "2").returncode == 0
    assert (out / "figures" / "models.png").exists()


def test_without_matplotlib_a_search_ends_well(tmp_path: Path) -> None:
    blocked = tmp_path / "site" / "matplotlib"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('not installed here')")
    out = tmp_path / "run"
    arguments = ["fit", str(CHEAP), "--out", str(out), "--generations", "1"]
    done = command(*arguments, PYTHONPATH=str(blocked.parent))
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if "bouton[plot]" in line] == [
        "no figures: figures need Matplotlib; install it with `pip install 'bouton[plot]'`"
    ]
    assert not (out / "figures").exists()
