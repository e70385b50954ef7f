"""The models that were found from random starts: shipped, good, and within the bounds."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bouton import registry
from bouton.files import load_study

RUN = """
import json, sys
from bouton.files import load_study
from bouton.jobs.evaluating import Evaluator

path, *rows = sys.argv[1:]
answers = []
for row in rows:
    study = load_study(path, overrides=[f"cell.parameters.row={row}"])
    with Evaluator(study) as evaluator:
        answers.append(dict(evaluator.evaluate({}).combined))
json.dump(answers, sys.stdout)
"""


@pytest.fixture(scope="module")
def path() -> Path:
    found = registry.studies["l5pt-explore"]()
    assert isinstance(found, Path)
    return found


def table(path: Path, name: str) -> list[dict[str, str]]:
    with (path.parent / "../data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_first_and_last_model_meet_all_five_objectives(path: Path) -> None:
    last = len(table(path, "l5pt_found.csv")) - 1
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), "0", str(last)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    first, worst = json.loads(done.stdout)
    assert len(first) == 5
    assert max(first.values()) <= 2.5
    assert max(worst.values()) <= 4.5


def test_all_lie_within_the_bounds_of_the_search(path: Path) -> None:
    search = load_study(registry.studies["l5pt-search"]())
    bounds = search.jobs["fit"].parameters
    models = table(path, "l5pt_found.csv")
    assert len(models) >= 10
    for model in models:
        for name, box in bounds.items():
            assert box.lower <= float(model[name]) <= box.upper
    free = {p.name for p in search.cell.template.parameters if p.free}  # type: ignore[union-attr]
    assert set(bounds) == free
    assert not free & set(search.cell.parameters)  # type: ignore[union-attr]


def test_the_history_tells_how_they_were_found(path: Path) -> None:
    history = table(path, "l5pt_found_history.csv")
    steps = [row["step"] for row in history]
    assert steps == sorted(steps, key=["search", "refine"].index)
    assert float(history[0]["largest"]) > 100.0
    assert float(history[-1]["largest"]) <= 2.5
