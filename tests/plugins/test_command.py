"""`bouton plugins`, `check` and `show`: what people read and what scripts read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bouton.plugins.specs import KINDS
from bouton.testing import write_distribution


def test_json_listing_has_a_stable_form(bouton_command: Any) -> None:
    document = json.loads(bouton_command("plugins", "--format", "json").stdout)
    assert set(document) == {"api", "selection", "notes", "plugins"}
    assert document["api"] == 1
    assert document["selection"] is None
    for row in document["plugins"]:
        assert list(row) == [
            *("name", "distribution", "version", "module", "state", "reason", "hint"),
            *("notes", "import_seconds", "entries"),
        ]
        for entry in row["entries"]:
            assert list(entry) == [
                *("kind", "name", "qualified", "summary", "target", "requires", "shorthand"),
            ]
            assert entry["kind"] in KINDS


@pytest.mark.parametrize("kind", ["cell_templates", "cell-templates"])
def test_one_kind(bouton_command: Any, kind: str) -> None:
    document = json.loads(bouton_command("plugins", "--kind", kind, "--format", "json").stdout)
    kinds = {entry["kind"] for row in document["plugins"] for entry in row["entries"]}
    assert kinds == {"cell_templates"}
    table = bouton_command("plugins", "--kind", kind).stdout
    assert "hay-l5pt" in table
    assert "hay-bap" not in table


def test_a_kind_that_nobody_offers(bouton_command: Any) -> None:
    done = bouton_command("plugins", "--kind", "network_importers", BOUTON_PLUGINS="-bouton")
    assert done.returncode == 0
    assert "No plug-in offers any network_importers." in done.stdout


def test_all_kinds_that_are_offered_have_a_table(bouton_command: Any) -> None:
    document = json.loads(bouton_command("plugins", "--format", "json").stdout)
    table = bouton_command("plugins").stdout
    for row in document["plugins"]:
        for entry in row["entries"]:
            assert f"\n{entry['kind']}: {KINDS[entry['kind']]}\n" in table
            assert f"  {entry['name']} " in table


def test_show_a_cell_template_in_full(bouton_command: Any) -> None:
    done = bouton_command("plugins", "show", "hay-l5pt", "--format", "json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["qualified"] == "hay:hay-l5pt"
    assert "Hay" in shown["source"]
    parameters = {row["name"]: row for row in shown["parameters"]}
    sodium = parameters["ephys.NaTa_t.soma.gNaTa_tbar"]
    assert (sodium["unit"], sodium["lower"], sodium["upper"]) == ("S/cm2", 0.0, 4.0)
    assert "Hay" in sodium["source"]
    assert shown["options"]
    for option in shown["options"]:
        assert option["type"]
        assert option["doc"], option["name"]
    table = bouton_command("plugins", "show", "hay:hay-l5pt").stdout
    assert "ephys.NaTa_t.soma.gNaTa_tbar" in table
    assert "S/cm2" in table


def test_show_says_which_kinds_when_a_name_is_in_several(bouton_command: Any) -> None:
    listing = json.loads(bouton_command("plugins", "--format", "json").stdout)
    entries = [entry for row in listing["plugins"] for entry in row["entries"]]
    shown = bouton_command("plugins", "show", "swc", "--kind", "morphology_loaders")
    assert shown.stdout.startswith("swc: ")
    assert any(entry["name"] == "swc" for entry in entries)
    wrong = bouton_command("plugins", "show", "swc", "--kind", "protocols")
    assert wrong.returncode == 2
    assert "that name is one of the morphology_loaders" in wrong.stderr


def test_show_the_shorthand_of_an_optimizer(bouton_command: Any) -> None:
    done = bouton_command("plugins", "show", "nevergrad", "--kind", "optimizers")
    assert done.returncode == 0, done.stderr
    assert "nevergrad:TEXT sets name" in done.stdout


NEEDY = """
from bouton import Entry, hookimpl
@hookimpl
def bouton_register_commands():
    needs = "bouton-needy[surely]"
    return [
        Entry("early", "needy_early:command", requires=needs),
        Entry("late", "needy_late:command", requires=needs),
        Entry("other", "needy_late:command", requires="not-there-either>=2"),
        Entry("fine", "needy_late:command", requires="bouton>=0"),
    ]
"""
LATE = "import click\n@click.command()\ndef command():\n    import surely_not_there\n"


def test_check_reports_a_missing_library_as_no_failure(bouton_command: Any, tmp_path: Any) -> None:
    """Whether the target imports the library at once or only when it is used."""
    modules = {"needy": NEEDY, "needy_early": "import surely_not_there", "needy_late": LATE}
    metadata = write_distribution(
        tmp_path, "bouton-needy", entry_points={"needy": "needy"}, modules=modules
    )
    with (metadata / "METADATA").open("a") as file:
        file.write("Requires-Dist: surely-not-there>=1; extra == 'surely'\n")
        file.write("Requires-Dist: also-not-there; extra == 'unrelated'\n")
    denied = ",".join(f"-{name}" for name in ("hay", "optimizers", "efel", "dask"))
    options = {"site": tmp_path, "BOUTON_PLUGINS": denied}
    done = bouton_command("plugins", "check", "--format", "json", **options)
    assert done.returncode == 0, done.stdout
    found = {each["name"]: each for each in json.loads(done.stdout)["findings"]}
    for name in ("early", "late", "other"):
        assert found[f"needy:{name}"]["status"] == "needs"
    assert "No module named 'surely_not_there'" in found["needy:early"]["message"]
    assert found["needy:late"]["message"] == "not installed: surely-not-there"
    assert found["needy:late"]["hint"] == 'pip install "bouton-needy[surely]"'
    assert found["needy:other"]["message"] == "not installed: not-there-either"
    assert found["needy:fine"]["status"] == "ok"
    plain = bouton_command("plugins", "check", **options).stdout
    assert "needs bouton-needy[surely] commands needy:late" in plain


def test_everything_of_ours_is_in_order(bouton_command: Any) -> None:
    done = bouton_command("plugins", "check", BOUTON_PLUGINS="")
    assert done.returncode == 0, done.stdout
    assert "0 to mend" in done.stderr
