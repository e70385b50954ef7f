"""Pages that name tests name tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CITED = re.compile(r"`((?:tests|benchmarks)/[\w/]+\.py)(?:::(\w+))?`")
PAGES = sorted(p for p in (ROOT / "docs").rglob("*.md") if CITED.search(p.read_text("utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_cited_tests_exist(page: Path) -> None:
    for file, function in CITED.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / file).is_file(), f"{page.name} names {file}"
        if function:
            text = (ROOT / file).read_text(encoding="utf-8")
            assert re.search(rf"^def {function}\(", text, re.MULTILINE), f"{file} has no {function}"


def test_every_need_says_what_covers_it() -> None:
    text = (ROOT / "docs" / "concepts" / "needs.md").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if re.match(r"\| \d+ \|", row)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 30))
    for row in rows:
        covered = row.split("|")[4]
        assert CITED.search(covered) or "not covered" in covered or "nox" in covered, row
