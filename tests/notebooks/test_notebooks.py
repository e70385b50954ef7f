"""What a notebook shows of our objects, and of a search at work, in a real kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from attrs import evolve

import bouton
from bouton.files import load_document
from bouton.jobs.notebook import NotebookProgress, default_progress
from bouton.jobs.progress import Silent
from bouton.model.cell import CellStructure
from bouton.model.html import card
from bouton.model.morphology import LoadReport, Morphology, Section
from bouton.model.traces import Trace
from bouton.results import RunDirectory
from bouton.testing import tiny_cell, tiny_morphology, tiny_responses, tiny_run
from bouton.testing.tiny import TINY_STUDY

EVIL = "<script>alert('x')</script>&"


def structure() -> CellStructure:
    cell = tiny_cell()
    values = {p.name: p.default for p in cell.template.parameters}
    return cell.template.structure(None, values)


def progress() -> NotebookProgress:
    made = NotebookProgress()
    made.total, made.done, made.best = 100, 37, {"spikes": 0.5}
    return made


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    tiny_run(folder)
    return folder


VIEWS: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "morphology": (tiny_morphology, ("<svg", "apic", "448.8", "three points")),
    "cell": (tiny_cell, ("TinyTemplate", "2 parameters, 2 free", "segments")),
    "structure": (structure, ("<svg", "7 sections, 21 segments", "hh")),
    "trace": (lambda: tiny_responses()["step"]["soma"], ("<svg", "3000, 0 to 299.9 ms", "mV")),
    "response": (lambda: tiny_responses()["step"], ("<svg", "Protocol step", "fixed")),
    "kind": (lambda: bouton.registry.stimuli, ("stimuli", "epsp-current", "EPSC")),
    "registry": (lambda: bouton.registry, ("cell_templates", "hay-l5pt")),
    "progress": (progress, ("37/100 evaluations", '<progress value="0.3700"', "spikes")),
}


@pytest.mark.parametrize("name", VIEWS)
def test_objects_show_themselves(name: str) -> None:
    make, words = VIEWS[name]
    html = make()._repr_html_()
    ElementTree.fromstring(html)
    for word in words:
        assert word in html
    assert len(html) < 200_000


def test_a_run_shows_itself(run: Path, tmp_path: Path) -> None:
    html = bouton.Results.open(run)._repr_html_()
    ElementTree.fromstring(html)
    for word in ("run, finished: 1 evaluation<", "tiny", "height"):
        assert word in html
    study = yaml.safe_load(TINY_STUDY)
    study["fit"] = {
        "parameters": {"soma.hh.gnabar": {"lower": 0.01, "upper": 0.5}},
        "generations": 1,
        "optimizer": {"use": "random", "batch": 3},
        "executor": {"use": "serial"},
    }
    bouton.fit(load_document(study), tmp_path / "fit")
    html = bouton.Results.open(tmp_path / "fit")._repr_html_()
    ElementTree.fromstring(html)
    for word in ("fit, finished: 3 evaluations", "best: row", "soma.hh.gnabar"):
        assert word in html


def test_names_from_files_are_escaped() -> None:
    soma = Section(EVIL, (EVIL,), -1, 0.0, [[0, 0, 0, 1], [0, 9, 0, 1]])
    tree = Morphology(EVIL, (soma,), LoadReport(EVIL, EVIL, EVIL, (EVIL,), (EVIL,)))
    trace = Trace(EVIL, EVIL, EVIL, [0.0, 1.0], [0.0, 1.0])
    response = evolve(tiny_responses()["step"], protocol=EVIL, traces=(trace,))
    evaluation = bouton.Evaluation({}, reason=EVIL, combined={EVIL: 1.0}, status="failed")
    shown = progress()
    shown.best, shown._notes = {EVIL: 1.0}, [EVIL]
    for thing in (tree, trace, response, evaluation, shown):
        html = thing._repr_html_()
        ElementTree.fromstring(html)
        assert "<script" not in html
        assert "&lt;script" in html


@pytest.mark.parametrize(
    ("t_ms", "values"),
    [
        ([], []),
        ([0.0], [1.0]),
        ([0.0, 1.0], [np.nan, np.nan]),
        ([0.0, 1.0, 2.0], [1.0, np.inf, 3.0]),
        ([0.0, 0.0], [5.0, 5.0]),
        (np.arange(1e5), np.zeros((100000, 7))),
    ],
)
def test_odd_traces_are_drawn(t_ms: Any, values: Any) -> None:
    for variable in ("v", "spikes"):
        html = Trace("odd", variable, "mV", t_ms, values)._repr_html_()
        ElementTree.fromstring(html)
        assert "nan," not in html
        assert len(html) < 200_000


def test_a_large_morphology_stays_small() -> None:
    soma = [[0, 0, 0, 10], [0, 10, 0, 10]]
    rng = np.random.default_rng(1)
    twigs = []
    for number in range(500):
        steps = np.cumsum(rng.normal(size=(100, 3)), axis=0)
        points = np.column_stack([steps, np.ones(100)])
        twigs.append(Section(f"dend[{number}]", ("dend",), 0, 1.0, points))
    tree = Morphology("large", (Section("soma", ("soma",), -1, 0.0, soma), *twigs))
    assert len(tree._repr_html_()) < 200_000


def test_long_tables_are_cut() -> None:
    html = card("many", columns=("n",), rows=[(n,) for n in range(1000)])
    assert "and 970 more" in html
    assert len(html) < 10_000


def test_failures_are_counted_by_cause(tmp_path: Path) -> None:
    with RunDirectory.create(tmp_path / "run", "fit", {}, {}) as made:
        for time in range(9):
            reason = f"left the range at {time} ms"
            made.record([bouton.Evaluation({}, status="failed", reason=reason)], first_index=time)
    html = bouton.Results.open(made.path)._repr_html_()
    assert html.count("left the range at # ms") == 1
    assert ">9</td>" in html


def test_nothing_heavy_is_needed() -> None:
    code = (
        "import bouton, sys; bouton.registry._repr_html_(); bouton.registry.stimuli._repr_html_();"
        "import bouton.model.html; bad = {'numpy', 'matplotlib', 'IPython', 'neuron', 'rich'}"
        "; print(bad & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_outside_a_notebook_nothing_is_shown() -> None:
    assert isinstance(default_progress(), Silent)


STUDY = """
import bouton, yaml
from bouton.files import load_document
from bouton.testing.tiny import TINY_STUDY
study = yaml.safe_load(TINY_STUDY)
study["fit"] = {"parameters": {"soma.hh.gnabar": {"lower": 0.01, "upper": 0.5}}, "generations": 2,
                "optimizer": {"use": "random", "batch": 4}, "executor": {"use": "serial"}}
study = load_document(study)
"""


def test_a_fit_in_a_real_kernel_shows_its_progress(tmp_path: Path) -> None:
    pytest.importorskip("ipykernel", reason="needs ipykernel")
    cells = [STUDY, f"_ = bouton.fit(study, {str(tmp_path / 'fit')!r})", "study.cell"]
    cells.append("bouton.registry.stimuli")
    script = Path(__file__).with_name("kernel.py")
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(cells)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert not [each for each in shown if each["type"] == "error"], shown
    displays = [each for each in shown if each["type"].endswith("display_data")]
    (first, *updates) = displays
    assert first["type"] == "display_data"
    assert "0/8 evaluations" in first["data"]["text/html"]
    assert {each["type"] for each in updates} == {"update_display_data"}
    ids = {each["transient"]["display_id"] for each in displays}
    assert len(ids) == 1
    assert "8/8 evaluations" in updates[-1]["data"]["text/html"]
    results = [each for each in shown if each["type"] == "execute_result"]
    assert [("ByRegion" in r["data"]["text/html"]) for r in results] == [True, False]
    assert "epsp-current" in results[1]["data"]["text/html"]
