"""What the tests of the conformance suites share."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bouton import Entry, hookimpl, testing
from bouton.testing import SUITES


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


def suite_of(kind: str, target: object, attributes: dict[str, Any]) -> type:
    """A suite over a plug-in that offers one thing; without a target it names what is not there."""
    plugin = ModuleType("wrong_plugin")
    if target is not None:
        plugin.target = target  # type: ignore[attr-defined]

    @hookimpl(specname=f"bouton_register_{kind}")
    def register() -> list[Entry]:
        return [Entry("wrong", "wrong_plugin:target", "a deliberate mistake")]

    plugin.register = register  # type: ignore[attr-defined]
    sys.modules["wrong_plugin"] = plugin
    base = getattr(testing, SUITES[kind])
    return type("Wrong", (base,), {"plugin": plugin, "entry": "wrong", **attributes})


@pytest.fixture
def mistakes(failures: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    """Return what the suite of a kind finds wrong with a target, by test."""

    def found(
        kind: str, target: object, attributes: dict[str, Any], words: str = ""
    ) -> dict[str, str]:
        return failures(suite_of(kind, target, attributes), words)

    return found


@pytest.fixture
def message(mistakes: Callable[..., dict[str, str]]) -> Callable[..., str]:
    """Return what the one test says of a target whose name holds a word."""

    def said(kind: str, target: object, attributes: dict[str, Any], test: str) -> str:
        (found,) = mistakes(kind, target, attributes, test).values() or [f"no {test} failed"]
        return found

    return said
