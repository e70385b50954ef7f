"""An imported cell in a study: it runs, and its code only if the study allows it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bouton.cli import bouton

STUDY = """
name: warm
cell: {template: {use: imported, file: cell.json}}
protocols:
  step:
    duration_ms: 20
    stimuli: [{use: step, amplitude_nA: 0.5, delay_ms: 2, duration_ms: 10}]
    recordings: [{use: voltage}]
    integration: {celsius: 34, v_init_mV: -71.5}
"""


@pytest.fixture
def folder(cells: Path, tmp_path: Path) -> Path:
    shutil.copy(cells / "warm.py", tmp_path)
    (tmp_path / "mods").mkdir()
    shutil.copy(cells / "mods" / "store.mod", tmp_path / "mods")
    done = CliRunner().invoke(
        bouton,
        [
            *("import", str(tmp_path / "warm.py"), "--name", "Warm"),
            *("--mods", str(tmp_path / "mods"), "--out", str(tmp_path / "cell.json")),
        ],
    )
    assert done.exit_code == 0, done.output
    assert (
        json.loads((tmp_path / "cell.json").read_text())["provenance"]["mods"]["folder"] == "mods"
    )
    return tmp_path


def run(folder: Path, text: str) -> Result:
    (folder / "study.yaml").write_text(text)
    given = ["run", str(folder / "study.yaml"), "--out", str(folder / "run"), "--force"]
    return CliRunner().invoke(bouton, [*given, "--no-figures", "--no-movie"])


def test_a_study_runs_an_imported_cell_if_it_allows_its_code(folder: Path) -> None:
    refused = run(folder, STUDY)
    assert refused.exit_code != 0
    assert "allow_code" in refused.output
    allowed = run(folder, STUDY + "allow_code: [mods/store.mod]\n")
    assert allowed.exit_code == 0, allowed.output
    moved = folder.parent / f"{folder.name} moved"
    shutil.move(folder, moved)
    again = run(moved, STUDY + "allow_code: [mods/store.mod]\n")
    assert again.exit_code == 0, again.output


def test_another_temperature_is_refused(folder: Path) -> None:
    text = STUDY.replace("celsius: 34", "celsius: 6.3") + "allow_code: [mods/store.mod]\n"
    told = run(folder, text)
    assert told.exit_code != 0
    assert "celsius 34" in told.output
    decided = text.replace("file: cell.json", "file: cell.json, celsius: protocol")
    assert run(folder, decided).exit_code == 0
