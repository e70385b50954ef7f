"""Every example that `--help` prints runs as printed.

The examples of commands that build on each other share a folder, in which what users are supposed
to bring (a study, a cell, MOD files, ...) lies ready.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from bouton import registry

BIN = Path(sys.executable).parent
# in the order in which a user would come to them: what is read must have been written
GROUPS = {
    "cells": ["import", "mechanisms compile", "mechanisms list", "mechanisms", "doctor"],
    "runs": [
        *("fit", "explore", "resume", "watch", "run"),
        *("results show", "results verify", "results rebuild", "results", "report"),
    ],
    "pools": ["measure"],
    "networks": ["network compile", "network info", "network simulate", "network"],
    "plug-ins": ["plugins show", "plugins check", "plugins", "schema", "new-plugin"],
}
CELL = """
begintemplate Pyramidal
public soma
create soma
proc init() { soma { L = 20 diam = 20 insert hh } }
endtemplate Pyramidal
"""
PYTHON_CELL = """
from neuron import h

class Cell:
    def __init__(self, kind):
        self.soma = h.Section(name="soma", cell=self)
        self.soma.L = self.soma.diam = 20 if kind == "RS" else 30
        self.soma.insert("leak_of_mine")
"""
MOD = """
NEURON { THREADSAFE SUFFIX leak_of_mine NONSPECIFIC_CURRENT i RANGE g }
PARAMETER { g = 1e-4 (S/cm2) }
ASSIGNED { v (mV) i (mA/cm2) }
BREAKPOINT { i = g*(v + 65) }
"""


def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from walk(f"{name} {inner}", found)


def ours() -> dict[str, click.Command]:
    names = [offer.name for offer in registry.commands.offers() if offer.distribution == "bouton"]
    return dict(pair for name in names for pair in walk(name, registry.commands[name]))


def examples(command: click.Command) -> list[str]:
    """Return the command lines of a help text, continued lines joined."""
    _, _, text = (command.help or "").replace("\\\n", " ").partition("Example")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if re.match(r"(bouton|mpirun) ", line)]


def absolute(value: Any, folder: Path) -> Any:
    """Return a document whose `file` keys hold absolute paths."""
    if isinstance(value, dict):
        return {
            key: str((folder / inner).resolve()) if key == "file" else absolute(inner, folder)
            for key, inner in value.items()
        }
    return [absolute(inner, folder) for inner in value] if isinstance(value, list) else value


def prepare(folder: Path) -> None:
    for name, file in (("l5pt-bac", "study.yaml"), ("stellate-layer", "layer.yaml")):
        path = registry.studies[name]()
        document = absolute(yaml.safe_load(path.read_text(encoding="utf-8")), path.parent)
        (folder / file).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        if name == "stellate-layer":
            (folder / "network.json").write_text(json.dumps(document), encoding="utf-8")
        else:
            shutil.copy(document["cell"]["morphology"]["file"], folder / "neuron.swc")
    (folder / "cell.hoc").write_text(CELL, encoding="utf-8")
    (folder / "cells.py").write_text(PYTHON_CELL, encoding="utf-8")
    for mods in ("mods", "my_mod_files"):
        (folder / mods).mkdir()
        (folder / mods / "leak_of_mine.mod").write_text(MOD, encoding="utf-8")


def run(line: str, folder: Path) -> None:
    words = shlex.split(line)
    is_new = not {"resume", "--resume", "reconfigure", "report", "results"} & set(words)
    for option in ("--out", "-o"):
        if is_new and option in words:  # two examples may write to one place
            out = folder / words[words.index(option) + 1]
            shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    environment["HOME"] = str(folder)
    if "clean" in words:
        environment["BOUTON_CACHE_DIR"] = str(folder / "cache")
    else:
        environment.setdefault("BOUTON_CACHE_DIR", str(cache()))
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def cache() -> Path:
    from bouton.nrn.cache import cache_folder

    return cache_folder()


def lines_of(group: str) -> list[str]:
    every = ours()
    chosen = {
        name: command
        for start in GROUPS[group]
        for name, command in every.items()
        if name == start or name.startswith(f"{start} ")
    }
    return list(dict.fromkeys(line for command in chosen.values() for line in examples(command)))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("group", GROUPS)
def test_examples_run_as_printed(group: str, tmp_path: Path) -> None:
    prepare(tmp_path)
    for line in lines_of(group):
        if (
            line.startswith("mpirun")
            and not (BIN / "mpirun").exists()
            and not shutil.which("mpirun")
        ):
            continue  # the MPI tests say that it is missing
        run(line, tmp_path)


def test_every_command_has_an_example_that_is_run() -> None:
    tried = {line for group in GROUPS for line in lines_of(group)}
    for name, command in ours().items():
        own = examples(command)
        assert own, f"bouton {name} --help shows no example"
        assert set(own) <= tried, f"an example of bouton {name} is never run"
