"""What the tests of the conformance suites share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def failures(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Run the tests of a suite, as pytest would, and return what failed with its message."""

    def run(suite: type, words: str = "") -> dict[str, str]:
        found: dict[str, str] = {}
        tests = [name for name in dir(suite) if name.startswith("test_") and words in name]
        for name in tests:
            test: Any = getattr(suite(), name)
            folder = tmp_path / name
            folder.mkdir()
            needs = {"tmp_path": folder} if "tmp_path" in inspect.signature(test).parameters else {}
            try:
                test(**needs)
            except AssertionError as error:
                found[name] = str(error)
        return found

    return run
