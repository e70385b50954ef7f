"""The reference names every command, every built-in study and every public name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

import bouton
from bouton import registry

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def commands(name: str, command: click.Command) -> Iterator[str]:
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield f"bouton {name}"
    if isinstance(command, click.Group):
        for inner, found in command.commands.items():
            yield from commands(f"{name} {inner}", found)


def test_every_command_and_study_has_a_row() -> None:
    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    own = [offer.name for offer in registry.commands.offers() if offer.distribution == "bouton"]
    wanted = {row for name in own for row in commands(name, registry.commands[name])}
    rows = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `bouton ")}
    assert {
        row for row in wanted if not any(f"{one} ".startswith(f"{row} ") for one in rows)
    } == set()
    studies = {offer.name for offer in registry.studies.offers() if offer.distribution == "bouton"}
    assert {name for name in studies if f"`{name}`" not in text} == set()


def test_every_public_name_is_on_the_page_of_python() -> None:
    text = (REFERENCE / "python.md").read_text(encoding="utf-8")
    written = {line.split(":: ")[1] for line in text.splitlines() if line.startswith(".. auto")}
    named = {name for name in bouton.__all__ if f"`{name}`" in text or f"`bouton.{name}`" in text}
    assert set(bouton.__all__) - written - named == set()
    assert written <= set(bouton.__all__)
