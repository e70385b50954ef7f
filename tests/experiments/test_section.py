"""Experiments in study files: what they do, what they refuse, what they leave."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from bouton import Results, find_study
from bouton.cli import bouton
from bouton.errors import SimulationError, StudyError
from bouton.files import load_document
from bouton_plugins.experiments.storage import load_results

HEAD = """
cell: {template: {use: hh-bischop, synapses: true}}
experiment:
  integration: {method: fixed, dt_ms: 0.05, v_init_mV: -68}
"""
EVERYTHING = (
    HEAD
    + """
  seed: 3
  population: {n: 2, parameters: {E_L: [-68, -60]}}
  record:
    - {use: voltage, name: v, interval_ms: 0.1}
    - {use: variable, variable: ampa.g, name: g, interval_ms: 0.5}
  electrodes: {current_nA: soma(0.5)}
  prepare:
    - set_state: {v: -80}
    - store_state: low
    - store_parameters: study
  steps:
    - start: []
    - pause: [g]
    - hold: {duration_ms: 1, values: {current_nA: 0.1}}
    - start: [g]
    - deliver: {point: ampa, weight: 2, delay_ms: 1, cell: 1}
    - step: {second: 0.1, first_ms: 1, second_ms: 1}
      name: my step
    - set: {E_L: [-70, -71]}
    - set: {gg_Kv1: 3}
      cells: [1]
    - reset: {state: low, parameters: null, random: null}
    - ramp: {start: 0, end: 0.3, duration_ms: 100, n: 20}
      until: {spikes: 2, check_ms: 0.05}
    - reset: {state: null, parameters: study, clock: false}
    - staircase: {start: -68, increment: -2, n: 3, step_ms: 1, attribute: E_L}
    - noise: {std: 0.1, duration_ms: 2, n_cells: 2}
    - follow:
        stimuli: [{use: waveform, t_ms: [0, 1, 2], current_nA: [0, 0.1, 0]}]
        duration_ms: 3
    - hold: {duration_ms: 5, values: {current_nA: 0.2}}
      until: {above: -60}
  runs:
    a: {data: {tag: [1, two]}}
    b: {state: low, set: {C_m: 40}}
    c: {steps: [{hold: {duration_ms: 1}}]}
"""
)


def written(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def execute(study: Any, out: Path, **options: Any) -> None:
    study.jobs["experiment"].execute(study, out, **options)


def test_everything_that_a_line_can_say(tmp_path: Path) -> None:
    study = find_study(written(tmp_path, EVERYTHING))
    execute(study, tmp_path / "run")
    a, b, c = load_results(tmp_path / "run" / "experiment.h5")
    first, second, third = a.chunks
    assert [chunk.state for chunk in a.chunks] == ["initial", "low", "continued"]
    assert first.signal("g").ticks[0] == 20
    assert first.signal("g").values[-1].tolist() == [
        0.0,
        pytest.approx(2 * np.exp(-0.05), rel=0.01),
    ]
    assert [record.name for record in first.simulations] == ["Hold", "my step"]
    assert [values["E_L"] for values in second.parameters_start] == [-70.0, -71.0]
    assert [values["gg_Kv1"] for values in second.parameters_start] == [2.0, 3.0]
    assert second.simulations[0].stopped == "stop condition"
    assert second.signal("v").values[0].tolist() == [-80.0, -80.0]
    assert third.start == second.n
    assert third.applied["E_L"].values[:, 0].tolist()[:3] == [-68.0, -70.0, -72.0]
    assert a.data == {"tag": [1, "two"]}
    assert [values["C_m"] for values in b.chunk().parameters_start] == [40.0, 40.0]
    assert b.chunk().signal("v").values[0].tolist() == [-80.0, -80.0]
    assert c.chunk().n == 20
    assert a.integration.seed == 3
    results = Results.open(tmp_path / "run")
    assert results.kind == "experiment"
    assert results.status == "finished"
    told = results.parts["experiment"]
    assert [run["name"] for run in told["runs"]] == ["a", "b", "c"]
    assert told["runs"][0]["chunks"][1]["spike_count"] == second.spike_count == 2
    samples = {name: len(second.signal(name).ticks) for name in ("v", "g")}
    assert told["runs"][0]["chunks"][1]["signals"] == samples
    lines = (tmp_path / "run" / "spikes.csv").read_text().splitlines()
    assert lines[0] == "run,chunk,cell,time_ms"
    assert len(lines) == 1 + sum(chunk.spike_count for run in (a, b, c) for chunk in run.chunks)


def test_the_document_says_the_same_again(tmp_path: Path) -> None:
    study = find_study(written(tmp_path, EVERYTHING))
    again = load_document(json.loads(json.dumps(study.document)))
    assert again.jobs["experiment"] == study.jobs["experiment"]
    assert again.document == study.document


def test_equal_studies_give_equal_results(tmp_path: Path) -> None:
    plain = ["experiment.figures=false", "experiment.estimate_error=false"]
    study = find_study(written(tmp_path, EVERYTHING), plain)
    for name in ("one", "two"):
        execute(study, tmp_path / name)
    one, two = (load_results(tmp_path / name / "experiment.h5") for name in ("one", "two"))
    assert one == two
    other = find_study(written(tmp_path, EVERYTHING), [*plain, "experiment.seed=4"])
    execute(other, tmp_path / "three")
    assert load_results(tmp_path / "three" / "experiment.h5") != one


@pytest.mark.parametrize(("text", "told"), [
    ("  seed: 0", "steps are missing"),
    ("  steps: [{}]", "a line does one thing, there is none"),
    ("  steps: [{hold: {duration_ms: 1}, start: []}]", "not start and hold"),
    ("  steps: [{start: [], name: x}]", "go with a simulation, not with start"),
    ("  steps: [{hold: {duration_ms: 1}, cells: [0]}]", "cells goes with set and set_state"),
    ("  steps: [{hold: {duration: 1}}]", "did you mean duration_ms"),
    ("  steps: [{hold: {duration_ms: -1}}]", "duration_ms must be 0 or above"),
    ("  steps: [{ramp: {start: 0, end: 1, duration_ms: 1, n: 0}}]", "n"),
    ("  steps: [{hold: {duration_ms: 1}, until: {}}]", "give one of spikes, above and below"),
    ("  steps: [{jump: 1}]", "unknown key 'jump'"),
    ("  steps: [{hold: {duration_ms: 1}}]\n  population: {n: 2, parameters: {E_L: [1]}}",
     "parameters.E_L needs 2 values, got 1"),
    ("  runs: {a: {}}", "run 'a' has no steps"),
    ("  steps: [{hold: {duration_ms: 1}}]\n  plots: {p: {panels: []}}", "panels"),
    ("  steps: [{hold: {duration_ms: 1}}]\n  plots: {p: {panels: [{kind: pie}]}}", "kind"),
    ("  steps: [{hold: {duration_ms: 1}}]\n  record: [{use: voltmeter}]", "voltmeter"),
])  # fmt: skip
def test_wrong_sections_are_refused_with_their_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(StudyError) as caught:
        find_study(written(tmp_path, HEAD + text))
    assert told in str(caught.value)
    assert "study.yaml:" in str(caught.value)


@pytest.mark.parametrize(("text", "told"), [
    ("  steps: [{set: {E_l: 1}}]", "E_L"),
    ("  steps: [{set_state: {w: 1}}]", "experiment.steps.0: 'w' is no state"),
    ("  runs: {a: {steps: [{start: [w]}]}}", "experiment.runs.a.steps.0: no signal is called 'w'"),
    ("  steps: [{hold: {duration_ms: 1e+9}}, {deliver: {point: nmda, weight: 1}}]", "'nmda'"),
    ("  steps: [{reset: {state: low}}]", "no state is called 'low'"),
    ("  steps: [{hold: {duration_ms: 0.07}}]", "whole number of steps"),
    ("  steps: [{hold: {duration_ms: 1}}]\n  prepare: [{set: {E_l: 1}}]", "E_L"),
    ("  steps: [{hold: {duration_ms: 1}}]\n  record: [{use: spikes}]", "keeps all spikes"),
    ("  steps: [{hold: {duration_ms: 1}}]\n  record: [{use: variable, variable: cai}]", "cai"),
    ("  steps: [{hold: {duration_ms: 1}}]\n  electrodes: {E_L: soma(0.5)}", "name of a parameter"),
])  # fmt: skip
def test_steps_that_do_not_fit_are_told_by_exit_code_and_name(
    tmp_path: Path, text: str, told: str
) -> None:
    path = written(tmp_path, HEAD + "  estimate_error: false\n" + text)
    done = CliRunner().invoke(bouton, ["run", str(path), "--out", str(tmp_path / "run")])
    assert done.exit_code == 2
    assert told in done.output
    assert "experiment" in done.output
    assert not (tmp_path / "run").exists()
    assert "Traceback" not in done.output


def test_a_study_without_a_cell_is_refused(tmp_path: Path) -> None:
    study = find_study(written(tmp_path, "experiment: {steps: [{hold: {duration_ms: 1}}]}"))
    with pytest.raises(StudyError, match="an experiment needs a cell"):
        execute(study, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_failing_simulation_is_a_failed_run(tmp_path: Path) -> None:
    text = HEAD + "  steps: [{hold: {duration_ms: 5, values: {current_nA: 1.0e+9}}}]"
    study = find_study(written(tmp_path, text))
    with pytest.raises(SimulationError):
        execute(study, tmp_path / "run")
    results = Results.open(tmp_path / "run")
    assert results.status == "failed"
    assert "experiment" not in results.parts
    assert not (tmp_path / "run" / "experiment.h5").exists()
    good = HEAD + "  steps: [{hold: {duration_ms: 5}}]"
    execute(find_study(written(tmp_path, good)), tmp_path / "run", force=True)
    assert Results.open(tmp_path / "run").status == "finished"


def test_a_killed_run_does_not_look_finished(tmp_path: Path) -> None:
    text = HEAD + "  steps: [{hold: {duration_ms: 1000000}}]"
    path = written(tmp_path, text)
    arguments = [sys.executable, "-m", "bouton", "run", str(path), "--out", str(tmp_path / "run")]
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as process:
        while not (tmp_path / "run" / "journal.jsonl").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert Results.open(tmp_path / "run").status == "interrupted"
    assert not (tmp_path / "run" / "experiment.h5").exists()


class Notes:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def test_a_figure_that_cannot_be_drawn_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
  steps: [{hold: {duration_ms: 5}}]
  plots:
    wrong: {panels: [{signal: w}]}
    a/b: {panels: [{signal: v}]}
"""
    )
    notes = Notes()
    execute(find_study(written(tmp_path, text)), tmp_path / "run", progress=notes)
    assert [path.name for path in (tmp_path / "run" / "figures").iterdir()] == ["a-b.png"]
    assert any("figure 'wrong' is left out: there is no signal 'w'" in line for line in notes.lines)
    assert Results.open(tmp_path / "run").status == "finished"


def test_figures_can_be_left_out_and_default_ones_are_made(tmp_path: Path) -> None:
    text = HEAD + "  steps: [{hold: {duration_ms: 5}}, {reset: {}}, {hold: {duration_ms: 5}}]"
    path = written(tmp_path, text)
    execute(find_study(path, ["experiment.figures=false"]), tmp_path / "none")
    assert not (tmp_path / "none" / "figures").exists()
    execute(find_study(path), tmp_path / "some")
    made = sorted(one.name for one in (tmp_path / "some" / "figures").iterdir())
    assert made == ["chunk-0.png", "chunk-1.png"]


def test_an_inaccurate_integrator_is_told(tmp_path: Path) -> None:
    text = (
        HEAD.replace("0.05", "0.1")
        + "  steps: [{hold: {duration_ms: 300, values: {current_nA: 0.12}}}]"
    )
    notes = Notes()
    execute(find_study(written(tmp_path, text)), tmp_path / "run", progress=notes)
    told = Results.open(tmp_path / "run").parts["experiment"]["error_estimate"]
    assert told["spike_time_ms"] > 0.5 or not told["counts_agree"]
    assert "half the step" in told["method"]
    assert any("error of spike times" in one or "more accurate" in one for one in notes.lines)
