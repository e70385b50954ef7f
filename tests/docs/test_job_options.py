"""The reference of fit and explore lists exactly the options that the classes have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bouton.execution.pools import Local
from bouton.jobs.fitting import Bounds, Explore, Fit, StartFrom
from bouton.plugins.description import Option, options_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "fit-and-explore.md"
SECTIONS = {
    "fit": Fit,
    "explore": Explore,
    "parameters": Bounds,
    "start_from": StartFrom,
    "executor": Local,
}


def table(kind: type) -> str:
    """Return the options of a class as the page must show them."""
    rows = [
        f"| `{option.name}` | {shown(option)} | {' '.join(option.doc.split())} |"
        for option in options_of(kind)
    ]
    return "\n".join(["| option | default | meaning |", "|---|---|---|", *rows])


def shown(option: Option) -> str:
    if option.is_required:
        return "required"
    if option.default in ({}, [], None, ""):
        return "none"
    # of another class, such as the executor: its name is what a study says
    made = re.fullmatch(r"(?P<name>[A-Z][a-zA-Z]*)\(.*\)", str(option.default))
    if made:
        return {"Ibea": "`ibea`", "RandomWalk": "`random-walk`", "Local": "`local`"}.get(
            made["name"], "see below"
        )
    return f"`{option.default}`"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_option_is_there(section: str) -> None:
    wanted = table(SECTIONS[section])
    text = PAGE.read_text(encoding="utf-8")
    assert wanted in text, f"docs/reference/fit-and-explore.md needs, for {section}:\n\n{wanted}"
