"""`BOUTON_PLUGINS`: who may be imported at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bouton.plugins.scan import Candidate
from bouton.plugins.selection import Selection
from bouton.testing import write_distribution

OURS = Candidate("hay", "bouton_plugins.hay", "bouton")
MINE = Candidate("mine", "bouton_mine", "bouton-mine")
YOURS = Candidate("yours", "bouton_yours", "Bouton_Yours")


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        (None, ["hay", "mine", "yours"]),
        ("", ["hay"]),
        (" , ", ["hay"]),
        ("mine", ["hay", "mine"]),
        ("bouton-mine", ["hay", "mine"]),
        (" mine , yours ", ["hay", "mine", "yours"]),
        ("-yours", ["hay", "mine"]),
        ("-bouton-yours", ["hay", "mine"]),
        ("mine,yours,-yours", ["hay", "mine"]),
        ("-hay", ["mine", "yours"]),
        ("hay", ["hay"]),
        ("-hay,-mine,-yours", []),
        ("-bouton", ["mine", "yours"]),
    ],
)
def test_who_is_chosen(text: str | None, chosen: list[str]) -> None:
    selection = Selection.parse(text)
    assert [c.name for c in (OURS, MINE, YOURS) if not selection.refusal(c)] == chosen


def test_a_name_that_nobody_has_is_reported_with_close_matches() -> None:
    (note,) = Selection.parse("mein").unmatched([OURS, MINE])
    assert "'mein'" in note
    assert "did you mean 'mine'" in note
    assert Selection.parse("-mine").unmatched([OURS, MINE]) == ()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two plug-ins that leave a file behind when they are imported."""
    for name in ("first", "second"):
        source = f"from pathlib import Path\nPath(r'{tmp_path}', '{name}.imported').touch()\n"
        write_distribution(
            tmp_path, f"bouton-{name}", entry_points={name: name}, modules={name: source}
        )
    return tmp_path


@pytest.mark.parametrize(
    ("text", "imported"),
    [("", set()), ("first", {"first"}), ("-first", {"second"}), ("-first,-second", set())],
)
def test_nothing_of_a_plug_in_left_out_is_imported(
    site: Path, listing: Callable[..., dict[str, Any]], text: str, imported: set[str]
) -> None:
    rows = listing(site, BOUTON_PLUGINS=text)
    assert {file.stem for file in site.glob("*.imported")} == imported
    assert {n for n in ("first", "second") if rows[n]["state"] == "loaded"} == imported
    assert rows["hay"]["state"] == "loaded"
    for name in {"first", "second"} - imported:
        assert rows[name]["state"] == "disabled"
        assert f"BOUTON_PLUGINS={text}" in rows[name]["reason"]


def test_a_misspelt_name_is_shown(site: Path, bouton_command: Any) -> None:
    done = bouton_command("plugins", site=site, BOUTON_PLUGINS="frist")
    assert "did you mean 'first'" in done.stdout


def test_an_entry_of_a_disabled_plug_in_says_so(site: Path, bouton_command: Any) -> None:
    done = bouton_command("plugins", "show", "first:thing", site=site, BOUTON_PLUGINS="-first")
    assert done.returncode == 2
    assert "plug-in 'first' is disabled: denied by BOUTON_PLUGINS=-first" in done.stderr
