"""A site folder full of bad plug-ins: each one is a row with a reason, and the good ones work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bouton.testing import environment, write_distribution

HEAD = "from bouton import Entry, hookimpl\n"


def offering(kind: str, *names: str) -> str:
    entries = ", ".join(f"Entry({name!r}, 'json:dumps')" for name in names)
    return f"{HEAD}@hookimpl\ndef bouton_register_{kind}():\n    return [{entries}]\n"


# name of the plug-in -> (source of its module, expected state, words of the reason or hint)
BROKEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "raises": (
        "raise RuntimeError('no luck today')",
        "failed",
        ("no luck today", "raises_mod.py:1"),
    ),
    "exits": ("raise SystemExit(7)", "failed", ("SystemExit: 7",)),
    "calls-exit": ("import sys\nsys.exit('bye')", "failed", ("SystemExit: bye",)),
    "panics": (
        "class Panic(BaseException):\n    pass\nraise Panic('as extensions in Rust do')",
        "failed",
        ("Panic: as extensions in Rust do",),
    ),
    "unprintable": (
        "raise OSError('caf\\udce9.swc is \\x1b[31mmissing')",
        "failed",
        (r"OSError: caf\udce9.swc is \x1b[31mmissing",),
    ),
    "needs-missing": ("import surely_not_there", "failed", ("surely_not_there",)),
    "syntax": ("def broken(:\n", "failed", ("SyntaxError",)),
    "recursion": ("def f():\n    f()\nf()", "failed", ("RecursionError",)),
    "misspelt": (
        f"{HEAD}@hookimpl\ndef bouton_register_recorder():\n    return []\n",
        "failed",
        ("bouton_register_recorder'", "did you mean 'bouton_register_recorders'"),
    ),
    "misspelt-unmarked": (
        "def bouton_register_protocol():\n    return []\n",
        "failed",
        ("bouton_register_protocol'", "did you mean 'bouton_register_protocols'"),
    ),
    "unmarked": (
        "def bouton_register_protocols():\n    return []\n",
        "failed",
        ("not marked", "@bouton.hookimpl"),
    ),
    "unknown-hook": (
        f"{HEAD}@hookimpl\ndef register_things():\n    return []\n",
        "failed",
        ("register_things",),
    ),
    "wants-argument": (
        f"{HEAD}@hookimpl\ndef bouton_register_protocols(config):\n    return []\n",
        "failed",
        ("PluginValidationError",),
    ),
    "too-new": ("bouton_plugin_api = 2\n", "incompatible", ("API 2", "update bouton")),
    "too-old": ("bouton_plugin_api = 0\n", "incompatible", ("API 0",)),
    "odd-api": ("bouton_plugin_api = '1'\n", "failed", ("whole number", "'1'")),
    "hook-raises": (
        f"{HEAD}@hookimpl\ndef bouton_register_protocols():\n    raise OSError('disk')\n",
        "failed",
        ("OSError: disk",),
    ),
    "hook-exits": (
        f"{HEAD}@hookimpl\ndef bouton_register_protocols():\n    raise SystemExit\n",
        "failed",
        ("SystemExit",),
    ),
    "generator-raises": (
        f"{HEAD}@hookimpl\ndef bouton_register_protocols():\n"
        "    yield Entry('half', 'json:dumps')\n    1 / 0\n",
        "failed",
        ("ZeroDivisionError",),
    ),
    "none": (
        f"{HEAD}@hookimpl\ndef bouton_register_protocols():\n    pass\n",
        "failed",
        ("must return a list of entries", "NoneType"),
    ),
    "single": (
        f"{HEAD}@hookimpl\ndef bouton_register_protocols():\n    return Entry('a', 'json:dumps')\n",
        "failed",
        ("must return a list of entries", "Entry"),
    ),
    "non-entry": (
        f"{HEAD}@hookimpl\ndef bouton_register_protocols():\n    return ['a']\n",
        "failed",
        ("'a'", "not a bouton.Entry"),
    ),
    "bad-name": (offering("protocols", "Not_Kebab"), "failed", ("kebab-case", "Not_Kebab")),
    "twice": (offering("protocols", "same", "same"), "failed", ("'same' twice",)),
    "asks-early": (
        "import bouton\nbouton.registry.protocols.names()\n",
        "failed",
        ("while plug-ins are being imported",),
    ),
    "clash-ours": (
        offering("morphology_loaders", "swc", "unclashed"),
        "conflict",
        ("'swc'", "plug-in 'morphologies' (bouton)", "'clash-ours:swc'"),
    ),
    "stranger-one": (
        offering("recorders", "contested"),
        "conflict",
        ("'contested'", "stranger-two", "'stranger-one:contested'"),
    ),
    "stranger-two": (
        offering("recorders", "contested"),
        "conflict",
        ("'contested'", "stranger-one", "'stranger-two:contested'"),
    ),
}
SLOW = "import time\ntime.sleep(0.6)\n" + offering("protocols", "slow-one")
NOISY = "print('{\"hello\": 1}')\n" + offering("protocols", "noisy-one")
CALLED = """
from attrs import frozen
@frozen
class Signature:
    def drives(self, when): ...
@frozen
class Number:
    drives: float = 1.0
"""
ODDLY_CALLED = f"""{HEAD}
@hookimpl
def bouton_register_stimuli():
    where = "odd_calls_targets:"
    return [Entry(name.lower(), where + name) for name in ("Signature", "Number")]
"""
GOOD = offering("protocols", "good-one") + "\nbouton_plugin_api = 1\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site folder with one distribution for every way of being broken, and good ones."""
    folder = tmp_path_factory.mktemp("site")
    sources = {name: source for name, (source, _, _) in BROKEN.items()}
    sources |= {"slow": SLOW, "noisy": NOISY, "good": GOOD}
    for name, source in sources.items():
        module = name.replace("-", "_") + "_mod"
        write_distribution(
            folder, f"bouton-{name}", entry_points={name: module}, modules={module: source}
        )
    modules = {"odd_calls": ODDLY_CALLED, "odd_calls_targets": CALLED}
    points = {"odd-calls": "odd_calls"}
    write_distribution(folder, "bouton-odd-calls", entry_points=points, modules=modules)
    write_distribution(folder, "bouton-absent", entry_points={"absent": "nowhere_at_all"})
    write_distribution(folder, "bouton-odd", entry_points={"odd": "not a module"})
    return folder


# name of the plug-in -> words of the remedy that `bouton plugins check` gives
REMEDIES = {
    "raises": "correct the line named",
    "exits": "end no process",
    "calls-exit": "end no process",
    "panics": "correct the line named",
    "unprintable": "correct the line named",
    "needs-missing": "add surely_not_there to the dependencies",
    "syntax": "correct line 1 of",
    "recursion": "break the endless call",
    "misspelt": "did you mean 'bouton_register_recorders'",
    "misspelt-unmarked": "did you mean 'bouton_register_protocols'",
    "unmarked": "put @bouton.hookimpl above it",
    "unknown-hook": "call the function bouton_register_<kind>",
    "wants-argument": "def bouton_register_protocols()",
    "too-new": "update bouton",
    "too-old": "install a newer version",
    "odd-api": "write bouton_plugin_api = 1",
    "hook-raises": "correct the line named",
    "hook-exits": "end no process",
    "generator-raises": "correct the line named",
    "none": "return [Entry(name, 'module:attribute', 'summary'), ...]",
    "single": "return [Entry(name, 'module:attribute', 'summary'), ...]",
    "non-entry": "return [Entry(name, 'module:attribute', 'summary'), ...]",
    "bad-name": "correct the Entry: kebab-case name",
    "twice": "give every entry of a kind a name of its own",
    "asks-early": "inside a function",
    "clash-ours": "use the full name 'clash-ours:swc'",
    "stranger-one": "use the full name 'stranger-one:contested'",
    "stranger-two": "use the full name 'stranger-two:contested'",
    "absent": "no module 'nowhere_at_all' is in the distribution",
    "odd": "under entry-points of pyproject.toml",
    "odd-calls:signature": "see bouton.contracts.Stimulus",
    "odd-calls:number": "bouton new-plugin writes a stimulus",
    "good:good-one": "see bouton.contracts.ProtocolSource; bouton new-plugin writes a protocol",
}


@pytest.fixture(scope="module")
def rows(site: Path, listing: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return listing(site)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plug_in_is_a_row_with_a_reason(rows: dict[str, Any], name: str) -> None:
    _, state, words = BROKEN[name]
    row = rows[name]
    assert row["state"] == state
    for word in words:
        assert word in f"{row['reason']} | {row['hint']}"
    assert row["hint"]
    assert row["distribution"] == f"bouton-{name}"
    assert row["version"] == "1.0"


def test_a_failed_plug_in_offers_nothing(rows: dict[str, Any]) -> None:
    for row in rows.values():
        if row["state"] in ("failed", "incompatible"):
            assert row["entries"] == []


def test_a_module_that_does_not_exist(rows: dict[str, Any]) -> None:
    assert rows["absent"]["state"] == "failed"
    assert "nowhere_at_all" in rows["absent"]["reason"]
    assert "reinstall or update bouton-absent" in rows["absent"]["hint"]


def test_an_entry_point_that_is_no_module(rows: dict[str, Any]) -> None:
    assert rows["odd"]["state"] == "failed"
    assert "'not a module'" in rows["odd"]["reason"]


def test_the_others_work(rows: dict[str, Any]) -> None:
    assert rows["good"]["state"] == "loaded"
    assert rows["good"]["reason"] == rows["good"]["hint"] == ""
    assert [entry["name"] for entry in rows["good"]["entries"]] == ["good-one"]
    for ours in ("core", "hay", "morphologies"):
        assert rows[ours]["state"] == "loaded"


def test_a_slow_import_is_reported_with_its_time(rows: dict[str, Any]) -> None:
    assert rows["slow"]["state"] == "loaded"
    assert rows["slow"]["import_seconds"] > 0.6
    assert "s to import" in rows["slow"]["notes"][0]
    assert rows["good"]["import_seconds"] < 0.5
    assert rows["good"]["notes"] == []


def test_what_an_import_prints_does_not_spoil_the_listing(rows: dict[str, Any]) -> None:
    assert rows["noisy"]["state"] == "loaded"
    assert "prints when imported" in rows["noisy"]["notes"][0]


def test_ours_keep_their_names_and_a_clash_has_a_full_name(rows: dict[str, Any]) -> None:
    ours = {entry["target"]: entry["name"] for entry in rows["morphologies"]["entries"]}
    assert "swc" in ours.values()
    names = [entry["name"] for entry in rows["clash-ours"]["entries"]]
    assert names == ["clash-ours:swc", "unclashed"]


def test_strangers_who_clash_both_need_their_full_names(rows: dict[str, Any]) -> None:
    for name in ("stranger-one", "stranger-two"):
        assert [entry["name"] for entry in rows[name]["entries"]] == [f"{name}:contested"]


def test_order_is_ours_first_then_by_distribution(rows: dict[str, Any]) -> None:
    distributions = [row["distribution"] for row in rows.values()]
    ours = [name for name in distributions if name == "bouton"]
    assert distributions == [*ours, *sorted(distributions[len(ours) :])]


def test_look_up_beside_broken_plug_ins(site: Path) -> None:
    code = (
        "import json\n"
        "from bouton import registry\n"
        "from bouton.errors import AmbiguousEntryError\n"
        "assert registry.protocols['good-one'] is json.dumps\n"
        "assert registry.morphology_loaders['swc'] is not json.dumps\n"
        "assert registry.morphology_loaders['clash-ours:swc'] is json.dumps\n"
        "assert registry.morphology_loaders['morphologies:swc'].__name__ != 'dumps'\n"
        "assert registry.recorders['stranger-two:contested'] is json.dumps\n"
        "try:\n"
        "    registry.recorders['contested']\n"
        "except AmbiguousEntryError as error:\n"
        "    print(error)\n"
    )
    done = _python(site, code)
    assert "'stranger-one:contested' or 'stranger-two:contested'" in done.stdout, done.stderr


def test_help_and_table_work_beside_broken_plug_ins(site: Path, bouton_command: Any) -> None:
    shown = bouton_command("--help", site=site)
    assert shown.returncode == 0
    assert "Plug-ins not in order" in shown.stdout
    table = bouton_command("plugins", site=site)
    assert table.returncode == 0
    for name in BROKEN:
        assert name in table.stdout
    assert "Traceback" not in table.stdout + table.stderr + shown.stderr


@pytest.fixture(scope="module")
def checked(site: Path) -> list[str]:
    """What `bouton plugins check` prints."""
    command = [sys.executable, "-m", "bouton", "plugins", "check"]
    done = subprocess.run(
        command, env=environment(site), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", REMEDIES)
def test_check_gives_one_line_with_a_remedy(checked: list[str], name: str) -> None:
    wrong = ("failed", "conflict", "incompatible")
    found = [line for line in checked if line.startswith(wrong) and f" {name}: " in line]
    (line,) = found
    what, _, remedy = line.partition("; to mend: ")
    assert what.partition(f" {name}: ")[2]
    assert REMEDIES[name] in remedy


def test_every_brokenness_has_a_remedy(checked: list[str]) -> None:
    assert set(BROKEN) <= set(REMEDIES)
    for line in checked:
        assert line.startswith("ok ") or "; to mend: " in line, line


def test_check_says_what_is_wrong_and_fails(site: Path, bouton_command: Any) -> None:
    done = bouton_command("plugins", "check", "--format", "json", site=site)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    failed = {each["name"]: each for each in report["findings"] if each["status"] == "failed"}
    assert {"raises", "exits", "absent"} <= set(failed)
    assert "not a class made with attrs" in failed["good:good-one"]["message"]
    assert report["failures"] >= len(BROKEN)
    plain = bouton_command("plugins", "check", site=site)
    assert plain.returncode == 1
    assert "no luck today" in plain.stdout


def test_show_tells_what_check_tells(site: Path, bouton_command: Any) -> None:
    for name, words in (("signature", "required argument: 'when'"), ("number", "not a method")):
        shown = bouton_command("plugins", "show", name, site=site)
        assert shown.returncode == 0, shown.stderr
        _, _, note = shown.stdout.partition("Note: ")
        assert words in note
        assert "to mend: see bouton.contracts.Stimulus" in note


def test_a_crash_and_an_endless_import_name_the_plug_in(
    tmp_path: Path, bouton_command: Any
) -> None:
    crash = {"crash_mod": "import os\nos.abort()\n"}
    points = {"crash": "crash_mod"}
    write_distribution(tmp_path / "one", "bouton-crash", entry_points=points, modules=crash)
    done = bouton_command("plugins", site=tmp_path / "one")
    assert done.returncode == -signal.SIGABRT
    assert 'crash_mod.py", line 2' in done.stderr
    assert bouton_command("plugins", site=tmp_path / "one", BOUTON_PLUGINS="-crash").returncode == 0
    endless = {"endless_mod": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"}
    points = {"endless": "endless_mod"}
    write_distribution(tmp_path / "two", "bouton-endless", entry_points=points, modules=endless)
    done = bouton_command("plugins", site=tmp_path / "two")
    assert done.returncode == 1
    assert "plug-in 'endless' was being imported; leave it out with" in done.stderr


def test_strict_mode_raises_at_the_first_broken_plug_in(site: Path, bouton_command: Any) -> None:
    done = bouton_command("plugins", site=site, BOUTON_STRICT_PLUGINS="1")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: plug-in 'absent':")
    code = "from bouton import registry\nregistry.records"
    assert "ModuleNotFoundError" in _python(site, code, BOUTON_STRICT_PLUGINS="1").stderr
    assert _python(site, code, BOUTON_STRICT_PLUGINS="0").returncode == 0


def test_an_interrupt_passes(tmp_path: Path) -> None:
    source = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    write_distribution(
        tmp_path, "bouton-int", entry_points={"int": "int_mod"}, modules={"int_mod": source}
    )
    done = _python(tmp_path, "from bouton import registry\nregistry.records\nprint('went on')")
    assert "KeyboardInterrupt" in done.stderr
    assert "went on" not in done.stdout
    assert done.returncode in (-signal.SIGINT, 130, 1)


def test_unreadable_metadata_do_no_harm(tmp_path: Path, listing: Any) -> None:
    nameless = write_distribution(
        tmp_path,
        "bouton-nameless",
        entry_points={"nameless": "good_mod"},
        modules={"good_mod": GOOD},
    )
    (nameless / "METADATA").unlink()
    garbled = write_distribution(tmp_path, "bouton-garbled", entry_points={"x": "y"})
    (garbled / "entry_points.txt").write_text("[bouton.plugins]\nno equals sign here\n")
    binary = write_distribution(tmp_path, "bouton-binary", entry_points={"x": "y"})
    (binary / "entry_points.txt").write_bytes(b"\xff\xfe[bouton.plugins]\x00")
    rows = listing(tmp_path)
    assert rows["nameless"]["state"] == "loaded"
    assert rows["bouton-garbled"]["state"] == "failed"
    assert "entry_points.txt" in rows["bouton-garbled"]["reason"]


def test_one_distribution_seen_twice_counts_once(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_distribution(
            tmp_path / folder,
            "Bouton_Twin",
            entry_points={"twin": "twin_mod"},
            modules={"twin_mod": GOOD},
        )
    env = environment(tmp_path / "one", tmp_path / "two")
    code = (
        "from bouton import registry\n"
        "print([r.state for r in registry.records if r.name == 'twin'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stdout.strip() == "['loaded']"


def test_two_distributions_with_one_plug_in_name(tmp_path: Path) -> None:
    for name in ("bouton-aa", "bouton-bb"):
        module = name.replace("-", "_")
        source = offering("protocols", name)
        write_distribution(tmp_path, name, entry_points={"same": module}, modules={module: source})
    write_distribution(tmp_path, "bouton-cc", entry_points={"hay": "cc"}, modules={"cc": GOOD})
    code = (
        "from bouton import registry\n"
        "for r in registry.records:\n"
        "    if r.name in ('same', 'hay'):\n"
        "        print(r.distribution, r.state, r.reason, r.hint, sep='|')"
    )
    lines = _python(tmp_path, code).stdout.splitlines()
    assert "'same' is also used by bouton-bb|" in lines[1]
    assert "'hay' is also used by bouton|" in lines[3]
    assert lines[0].startswith("bouton|loaded")
    assert lines[1].startswith("bouton-aa|conflict")
    assert "BOUTON_PLUGINS=-bouton-bb" in lines[2]
    assert lines[3].startswith("bouton-cc|conflict")
    chosen = _python(tmp_path, code, BOUTON_PLUGINS="-bouton-bb").stdout.splitlines()
    assert chosen[1].startswith("bouton-aa|loaded")
    assert chosen[2].startswith("bouton-bb|disabled")


def _python(site: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment(site, **variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=os.sep,
    )
