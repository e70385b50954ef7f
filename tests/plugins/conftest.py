"""Distributions of strangers, real ones on disk, seen by a real `bouton` in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bouton.testing import environment

Run = Callable[..., subprocess.CompletedProcess[str]]


def run_bouton(
    *arguments: str, site: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    folders = [site] if site else []
    return subprocess.run(
        [sys.executable, "-m", "bouton", *arguments],
        env=environment(*folders, **variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def bouton_command() -> Run:
    """Run the command line in a fresh process."""
    return run_bouton


@pytest.fixture(scope="module")
def listing() -> Callable[..., dict[str, Any]]:
    """Return the plug-in rows of `bouton plugins --format json`, by plug-in name."""

    def rows(site: Path, *arguments: str, **variables: str) -> dict[str, Any]:
        done = run_bouton("plugins", "--format", "json", *arguments, site=site, **variables)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = {}
        for row in json.loads(done.stdout)["plugins"]:
            found.setdefault(row["name"], row)
        return found

    return rows
