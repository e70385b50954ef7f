"""The example plug-in as a second distribution: found, checked, used; its own tests pass."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bouton.testing import environment, write_distribution

FOLDER = Path(__file__).parents[1] / "example_plugin"
PROJECT = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What installing it gives, without pip: its package and the metadata of its pyproject.toml."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(FOLDER / "src" / "bouton_example", folder / "bouton_example")
    points = PROJECT["entry-points"]["bouton.plugins"]
    write_distribution(folder, PROJECT["name"], version=PROJECT["version"], entry_points=points)
    return folder


def test_it_is_listed_beside_ours(site: Path, listing: Any) -> None:
    row = listing(site)["example"]
    assert row["state"] == "loaded", row["reason"]
    assert (row["distribution"], row["version"]) == ("bouton-example", "1.0.0")
    found = {(entry["kind"], entry["name"]) for entry in row["entries"]}
    assert found == {
        ("morphology_loaders", "sticks"),
        ("stimuli", "chirp"),
        ("feature_extractors", "peak"),
        ("commands", "sticks"),
    }


def test_it_is_in_order(site: Path, bouton_command: Any) -> None:
    done = bouton_command("plugins", "check", "--format", "json", site=site)
    findings = json.loads(done.stdout)["findings"]
    mine = [each for each in findings if each["name"].startswith("example")]
    assert [each["status"] for each in mine] == ["ok"] * 4


def test_its_entries_are_shown(site: Path, bouton_command: Any) -> None:
    shown = bouton_command("plugins", "show", "chirp", site=site).stdout
    assert "amplitude_nA" in shown
    assert "bouton-example 1.0.0" in shown


def test_its_command_runs(site: Path, bouton_command: Any, tmp_path: Path) -> None:
    (tmp_path / "cell.sticks").write_text("soma - 20 20\n")
    done = bouton_command("sticks", str(tmp_path / "cell.sticks"), site=site)
    assert done.stdout == "soma\t20 um\n"
    (tmp_path / "cell.sticks").write_text("soma\n")
    wrong = bouton_command("sticks", str(tmp_path / "cell.sticks"), site=site)
    assert wrong.returncode == 2  # a broken morphology is a wrong request
    assert wrong.stderr.startswith("Error: ")


def test_its_own_tests_pass(site: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--import-mode=importlib", "-W", "error", "-c", str(FOLDER / "pyproject.toml")),
            str(FOLDER / "tests"),
        ],
        env=environment(site),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=site,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
