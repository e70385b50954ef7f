"""Deliberately wrong exporters, studies, jobs and the like: their suites say what is wrong."""
# ruff: noqa: ARG001, ARG002 (contracts say which arguments there are)

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from attrs import frozen

from bouton.errors import ResultsError

# ---- exporters, catalogues, studies, jobs, commands ---------------------------------------------


@frozen
class Text:
    """A good one."""

    def export(self, directory: Path, out: Path) -> list[str]:
        if not (directory / "run.json").is_file():
            raise ResultsError(f"{directory} is no run")
        try:
            part = out.with_name(f".{out.name}.part")
            part.write_text("a model " * 100)
            os.replace(part, out)
        except OSError as error:
            raise ResultsError(f"{out}: {error}") from error
        return ["the traces"]


class TouchesTheRun(Text):
    def export(self, directory: Path, out: Path) -> list[str]:
        notes = super().export(directory, out)
        (directory / "exported.txt").write_text("yes")
        return notes


class HalfWritten(Text):
    def export(self, directory: Path, out: Path) -> list[str]:
        try:
            out.write_text("another model " * 100)
        except OSError as error:
            raise ResultsError(f"{out}: {error}") from error
        return []


class SaysNothing(Text):
    def export(self, directory: Path, out: Path) -> Any:
        super().export(directory, out)


def empty_folder() -> Path:
    return Path(__file__).parent / "no_mechanisms"


def study_with_a_mistake() -> Path:
    return Path(__file__).parent / "wrong_study.yaml"


@frozen
class Overwrites:
    """A job that writes over what is there.

    Attributes:
        words: What to write.
    """

    words: str = "hello"

    def execute(self, study: Any, out: Any, *, force: bool = False, progress: Any = None) -> None:
        Path(out).mkdir(exist_ok=True)
        (Path(out) / "run.json").write_text(f"{self.words} {random.random()}")


@click.command()
def no_example() -> None:
    """Do something."""


@click.command()
@click.argument("anything", nargs=-1)
@click.pass_context
def breaks(ctx: click.Context, anything: Any) -> None:
    """Break.

    Example:
      bouton wrong
    """
    raise ZeroDivisionError("oops")


# kind, target, attributes of the suite, the test that must fail, words of its message
WRONG: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("exporters", TouchesTheRun, {}, "exports_a_run", "changed the run directory"),
    ("exporters", HalfWritten, {}, "whole_files", "spoilt the older one"),
    ("exporters", SaysNothing, {}, "exports_a_run", "list of sentences"),
    ("catalogues", empty_folder, {}, "in_order", "does not exist"),
    ("studies", study_with_a_mistake, {}, "in_order", "does not exist"),
    ("jobs", Overwrites, {}, "carried_out", "nothing was raised"),
    ("commands", no_example, {}, "explains_itself", "no example"),
    ("commands", breaks, {"arguments": ["x"]}, "does_its_example", "oops"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0]}-{case[3]}")
def test_a_mistake_is_found(case: Any, message: Callable[..., str]) -> None:
    *mistake, words = case
    assert words in message(*mistake)


@pytest.mark.parametrize(
    ("kind", "target", "attributes"),
    [
        ("exporters", Text, {}),
    ],
)
def test_without_the_mistake_nothing_is_found(
    kind: str, target: Any, attributes: dict[str, Any], mistakes: Callable[..., dict[str, str]]
) -> None:
    assert mistakes(kind, target, attributes) == {}
