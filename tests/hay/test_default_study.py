"""The ready-made study: it loads, fits its morphology, and is a good model at any tolerance."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bouton import registry
from bouton.files import load_study
from bouton.model.apical import apical_parts
from bouton.model.study import Cell, Study
from bouton_plugins.hay.protocols import BackPropagation

LIMIT_SD = 2.5

RUN = """
import json, sys
from bouton.files import load_study
from bouton.jobs.evaluating import Evaluator

answers = []
for tolerance in (1e-3, 1e-6):
    changes = [f"protocols.{name}.absolute_tolerance={tolerance}" for name in ("bAP", "BAC")]
    with Evaluator(load_study(sys.argv[1], overrides=changes)) as evaluator:
        evaluation = evaluator.evaluate({})
    answers.append([evaluation.status, dict(evaluation.scores.scores), dict(evaluation.combined)])
json.dump(answers, sys.stdout)
"""


@pytest.fixture(scope="module")
def path() -> Path:
    found = registry.studies["l5pt-bac"]()
    assert isinstance(found, Path)
    return found


@pytest.fixture(scope="module")
def study(path: Path) -> Study:
    return load_study(path)


def cell_of(study: Study) -> Cell:
    assert study.cell is not None
    return study.cell


def test_parameters_are_complete_and_within_their_bounds(study: Study) -> None:
    cell = cell_of(study)
    free = [p for p in cell.template.parameters if p.free]
    values = {p.name: cell.parameters[p.name] for p in free}
    outside = [p.name for p in free if not p.lower <= float(values[p.name]) <= p.upper]  # type: ignore[arg-type]
    assert outside == []


def test_electrodes_and_hot_zone_belong_to_the_main_bifurcation(study: Study) -> None:
    cell = cell_of(study)
    assert cell.morphology is not None
    morphology = cell.morphology.loader.load(cell.morphology.file)
    parts = apical_parts(morphology)
    fork_um = float(morphology.end_um[parts.main_bifurcation])
    values = cell.parameters
    assert values["hot_zone.outsidescale_sections"] == tuple(parts.oblique.tolist())
    bap = study.protocols["bAP"]
    assert isinstance(bap, BackPropagation)
    near, far = bap.recording_distances_um
    assert fork_um - near == pytest.approx(184.5, abs=1)
    assert far - near == 180
    assert values["hot_zone.min_"] == near + 90
    assert values["hot_zone.max_"] == near + 290


def test_every_score_is_good_at_any_tolerance(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    assert len(answers) == 2
    for status, scores, combined in answers:
        assert status == "ok"
        assert len(scores) == 11
        assert max(scores.values()) <= LIMIT_SD
        assert len(combined) == 5
