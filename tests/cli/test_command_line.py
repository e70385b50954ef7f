"""The shell around the commands: laziness, exit codes, clean errors, plug-ins' commands."""

from __future__ import annotations

import ast
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import bouton
from bouton.cli.table import COMMANDS
from bouton.testing import environment, write_distribution
from bouton.testing.tiny import TINY_STUDY

HEAVY = {"numpy", "neuron", "nevergrad", "tables", "loguru", "rich", "cattrs", "scipy"}


def _run(*arguments: str, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment(*([site] if site else [])),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    "code",
    [
        "import bouton",
        "from bouton import Entry, hookimpl, registry; registry.records",
        "from bouton.cli import bouton; bouton(['--help'], standalone_mode=False)",
        "from bouton.cli import bouton; bouton(['--version'], standalone_mode=False)",
        "from bouton.cli import bouton; bouton(['plugins'], standalone_mode=False)",
        "from bouton.cli import bouton; bouton(['plugins', '--format', 'json'],"
        " standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    report = "\nimport sys; print('MODULES', *sorted({m.partition('.')[0] for m in sys.modules}))"
    done = _run("-c", code + report)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.rpartition("MODULES")[2].split())
    assert "bouton" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("arguments", [["--help"], ["plugins"], ["plugins", "--format", "json"]])
def test_answers_come_within_the_cpu_budget(arguments: list[str]) -> None:
    """Twice what their libraries cost is 0.3 s on an ordinary machine; any machine may judge."""

    def seconds(*arguments: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert _run(*arguments).returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    needed = "import click, importlib.metadata, inspect, json, pluggy"
    pairs = [(seconds("-m", "bouton", *arguments), seconds("-c", needed)) for _ in range(3)]
    assert min(ours for ours, _ in pairs) < 3 * min(libraries for _, libraries in pairs), pairs


def test_version() -> None:
    done = _run("-m", "bouton", "--version")
    assert done.stdout == f"bouton {bouton.__version__}\n"


def test_help_shows_every_command_with_an_example() -> None:
    done = _run("-m", "bouton", "--help")
    for entry in COMMANDS:
        assert entry.name in done.stdout
        assert entry.summary in done.stdout
    assert "Example" in done.stdout


@pytest.mark.parametrize("name", [entry.name for entry in COMMANDS])
def test_our_commands_can_be_imported_and_show_an_example(name: str) -> None:
    done = _run("-m", "bouton", name, "--help")
    assert done.returncode == 0, done.stderr
    assert "Example" in done.stdout
    assert "bouton " + name in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plugin"], "no command 'plugin'; did you mean 'plugins'"),
        (["plugins", "--kind", "protocol"], "did you mean 'protocols'"),
        (["plugins", "--format", "xml"], "'xml'"),
        (["plugins", "show"], "NAME"),
        (["plugins", "show", "hay-l5tp"], "did you mean 'hay-l5pt'"),
        (["--nonsense"], "--nonsense"),
        ([""], "no command ''"),
        (["run", "l5pt-bacc", "--out", "nowhere"], "no built-in study called 'l5pt-bacc'"),
        (["run", "l5pt-bac", "--out", "nowhere", "--set", "nonsense"], "expected path=value"),
        (["fit", "stellate", "--out", "nowhere"], "a search needs objectives"),
        (["measure", "stellate", "--n-neurons", "2", "--out", "nowhere"], "which is meant"),
        (["resume", "/nowhere"], "does not exist"),
        (["watch", "/", "--once"], "is not a run directory"),
    ],
)
def test_wrong_requests(arguments: list[str], words: str) -> None:
    done = _run("-m", "bouton", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


COMMAND = """
from bouton import Entry, hookimpl
@hookimpl
def bouton_register_commands():
    return [
        Entry("greet", "greeting:greet", "say hello"),
        Entry("plugins", "greeting:greet", "not the listing of plug-ins"),
        Entry("notclick", "json:dumps"),
        Entry("absent", "greeting_absent:greet"),
        Entry("fails", "greeting:fails"),
        Entry("wrong", "greeting:wrong"),
        Entry("bug", "greeting:bug"),
    ]
"""
TARGET = '''
import os
import click
from bouton.errors import Problem, SimulationError, StudyError

@click.command()
def greet():
    """Say hello."""
    click.echo(f"hello {os.environ['NEURON_MODULE_OPTIONS']}")

@click.command()
def fails():
    raise SimulationError("unstable", "the voltage left the range")

@click.command()
def wrong():
    raise StudyError([Problem("wrong unit", "cell.x"), Problem("no file")])

@click.command()
def bug():
    raise ZeroDivisionError
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    modules = {"greeting_plugin": COMMAND, "greeting": TARGET}
    write_distribution(
        folder, "bouton-greet", entry_points={"greeter": "greeting_plugin"}, modules=modules
    )
    return folder


def test_a_command_of_a_plug_in(site: Path) -> None:
    assert "say hello" in _run("-m", "bouton", "--help", site=site).stdout
    for name in ("greet", "greeter:greet", "greeter:plugins"):
        done = _run("-m", "bouton", name, site=site)
        assert done.stdout == "hello -nogui\n", done.stderr


def test_a_command_of_ours_wins_and_the_clash_is_reported(site: Path) -> None:
    done = _run("-m", "bouton", "plugins", "--format", "json", site=site)
    rows = {row["name"]: row for row in json.loads(done.stdout)["plugins"]}
    assert rows["greeter"]["state"] == "conflict"
    assert "command 'plugins' is also offered by plug-in 'core'" in rows["greeter"]["reason"]
    assert "greeter:plugins" in _run("-m", "bouton", "--help", site=site).stdout


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("notclick", 1, "is not a click.Command"),
        ("absent", 1, "No module named 'greeting_absent'"),
        ("fails", 1, "Error: unstable: the voltage left the range\n"),
        ("wrong", 2, "Error: 2 problems in the study\n  cell.x: wrong unit\n  no file\n"),
    ],
)
def test_commands_that_fail(site: Path, name: str, code: int, words: str) -> None:
    done = _run("-m", "bouton", name, site=site)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    shown = _run("-m", "bouton", "--debug", name, site=site)
    assert shown.returncode == code
    assert "Traceback" in shown.stderr
    assert words in shown.stderr


def test_a_bug_keeps_its_traceback(site: Path) -> None:
    done = _run("-m", "bouton", "bug", site=site)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_neuron_options_of_the_user_are_kept(site: Path) -> None:
    env = environment(site, NEURON_MODULE_OPTIONS="-nogui -NSTACK 10000")
    done = subprocess.run(
        [sys.executable, "-m", "bouton", "greet"],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout == "hello -nogui -NSTACK 10000\n"


@pytest.mark.parametrize(
    ("arguments", "said"), [(["plugins"], "told\n"), (["-v", "plugins"], "told\nwhispered\n")]
)
def test_commands_say_what_takes_long_and_libraries_are_silent(
    arguments: list[str], said: str
) -> None:
    log = (
        "from bouton.log import logger\n"
        "scope = {'__name__': 'bouton.somewhere', 'logger': logger}\n"
        "exec(\"logger.info('told'); logger.debug('whispered')\", scope)\n"
    )
    command = (
        "import sys\nfrom bouton.cli import bouton\nbouton(sys.argv[1:], standalone_mode=False)\n"
    )
    lines = _run("-c", command + log, *arguments).stderr.splitlines()
    assert [line.split()[-1] for line in lines] == said.split()
    assert _run("-c", log).stderr == ""


@pytest.mark.parametrize("closed", ["| head -n 1", "2>&-"])
def test_a_closed_pipe_is_no_disaster(closed: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m bouton plugins {closed}"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.startswith("PLUG-IN")
    assert "Traceback" not in done.stderr


def test_a_search_without_any_success_has_failed(tmp_path: Path) -> None:
    document = {
        **yaml.safe_load(TINY_STUDY),
        "fit": {
            "parameters": {"soma.hh.gnabar": {"lower": 0.01, "upper": 0.5}},
            "generations": 1,
            "optimizer": {"use": "random", "batch": 2},
            "executor": {"use": "serial"},
        },
    }
    (stimulus,) = document["protocols"]["step"]["stimuli"]
    stimulus["amplitude_nA"] = 1e9
    study = tmp_path / "study.yaml"
    study.write_text(yaml.safe_dump(document))
    done = _run("-m", "bouton", "fit", str(study), "--out", str(tmp_path / "run"), "--no-figures")
    assert done.returncode == 1
    assert "every evaluation failed, the first because: step: out of range" in done.stderr
    assert "Traceback" not in done.stderr


def test_public_names_are_declared_once_for_types_and_once_for_use() -> None:
    """The lazy table and what type checkers see must not drift apart."""
    tree = ast.parse(Path(bouton.__file__).read_text(encoding="utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    declared = {
        alias.asname: node.module
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert declared == bouton._PUBLIC
    for name in bouton.__all__:
        assert getattr(bouton, name) is not None
    assert set(bouton.__all__) <= set(dir(bouton))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        bouton.nonsense  # noqa: B018
