"""Runs imports: the command itself, and reads what it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bouton.cli import bouton

CELLS = Path(__file__).parent / "cells"
MODS = CELLS / "mods"


@pytest.fixture
def cells() -> Path:
    """Folder of small cells, each of which exercises something."""
    return CELLS


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Imports a file and returns the document; the command must succeed.

    A cell of the folder `cells` is imported once in a session, unless `anew` is given.
    """
    known: dict[Any, str] = {}

    def run(
        file: str | Path, name: str = "", *options: str, mods: bool = True, anew: bool = False
    ) -> dict[str, Any]:
        key = (str(file), name, options, mods)
        if anew or isinstance(file, Path) or key not in known:
            out = tmp_path_factory.mktemp("imported") / "cell.json"
            result = run_import(CELLS / file, out, name, *options, mods=mods)
            assert result.exit_code == 0, result.output
            known[key] = out.read_text()
        document: dict[str, Any] = json.loads(known[key])
        return document

    return run


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Imports a file that cannot be imported and returns what was said; nothing is written."""

    def run(file: str | Path, name: str = "", *options: str, mods: bool = True) -> str:
        out = tmp_path / "never.json"
        result = run_import(CELLS / file, out, name, *options, mods=mods)
        assert result.exit_code != 0, result.output
        assert not out.exists()
        return result.output

    return run


def run_import(file: Path, out: Path, name: str, *options: str, mods: bool) -> Result:
    """Run the command in this process."""
    given = ["import", str(file), "--out", str(out), *options]
    given += ["--name", name] if name else []
    given += ["--mods", str(MODS)] if mods else []
    return CliRunner().invoke(bouton, given)
