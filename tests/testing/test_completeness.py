"""Every kind has a suite, a page, and a skeleton; every entry of ours is tried, or says why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bouton import registry, testing
from bouton.plugins.specs import KINDS, singular
from bouton.testing import SUITES

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
OPTIMIZERS = HERE.parent / "optimizers" / "test_all_optimizers.py"
ENTRY = re.compile(r"^class \w+\((?P<suite>\w+)\):\n(?P<body>(?:    .*\n|\n)*)", re.MULTILINE)

# entries that no suite of tests/testing tries, and where they are tested instead
ELSEWHERE: dict[str, str] = {}


def tried() -> set[tuple[str, str]]:
    """Return kind and name of every entry that a class of these files names."""
    kinds = {suite: kind for kind, suite in SUITES.items()}
    found = set()
    for file in (*sorted(HERE.glob("test_own_*.py")), OPTIMIZERS):
        text = file.read_text(encoding="utf-8")
        parents = dict(re.findall(r"^class (\w+)\((\w+)\):", text, re.MULTILINE))
        for match in ENTRY.finditer(text):
            suite = match["suite"]
            suite = suite if suite in kinds else parents.get(suite, suite)
            entry = re.search(r'^    entry = "([\w-]+)', match["body"], re.MULTILINE)
            if entry and suite in kinds:
                found.add((kinds[suite], entry[1]))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_of_ours_is_tried(kind: str) -> None:
    done = tried()
    ours = [offer.name for offer in registry[kind].offers() if offer.is_builtin]
    missing = [n for n in ours if (kind, n) not in done and f"{kind}:{n}" not in ELSEWHERE]
    assert not missing, (
        f"no conformance suite tries the {singular(kind)} {', '.join(missing)}: add a class that "
        f"inherits {SUITES[kind]} to tests/testing/test_own_*.py"
    )


def test_what_is_tested_elsewhere_is_there() -> None:
    for name, file in ELSEWHERE.items():
        kind, _, entry = name.partition(":")
        assert registry[kind].entry(entry).is_builtin
        assert (HERE.parents[1] / file).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_every_hook_has_a_suite_and_a_page(kind: str) -> None:
    suite = getattr(testing, SUITES[kind])
    assert suite.kind == kind
    assert [name for name in vars(suite) if name.startswith("test_")]
    text = (DOCS / "plugin-authors" / "hooks.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## `{kind}`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    words = " ".join(section.split())
    assert f"`bouton_register_{kind}`: {KINDS[kind]}" in words
    assert f"`bouton.testing.{SUITES[kind]}`" in words
    options = [n for n in vars(suite).get("__annotations__", {}) if n != "kind"]
    for option in options:
        assert f"`{option}`" in words, f"{SUITES[kind]} has {option}, which its section leaves out"


def test_every_suite_can_fail() -> None:
    """Of every kind some deliberate mistake is found."""
    texts = [file.read_text(encoding="utf-8") for file in HERE.glob("test_wrong_*.py")]
    cases = [text.partition("\nWRONG: ")[2].partition("\n]\n")[0] for text in texts]
    found = {kind for rows in cases for kind in re.findall(r'^    \("(\w+)"', rows, re.MULTILINE)}
    assert found == set(KINDS)


def test_there_is_no_page_or_suite_too_many() -> None:
    text = (DOCS / "plugin-authors" / "hooks.md").read_text(encoding="utf-8")
    assert re.findall(r"^## `(\w+)`$", text, re.MULTILINE) == list(KINDS) == list(SUITES)
