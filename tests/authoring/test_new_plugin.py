"""`bouton new-plugin`: for every kind, what it writes installs, works and passes its tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bouton import registry
from bouton.plugins.specs import KINDS
from bouton.testing import environment

NAMES = {f"my-{kind.replace('_', '-')}": kind for kind in KINDS}


def new_plugin(*arguments: str) -> Result:
    from bouton.cli import bouton

    return CliRunner().invoke(bouton, ["new-plugin", *arguments])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one new distribution for every kind."""
    folder = tmp_path_factory.mktemp("written")
    for name, kind in NAMES.items():
        done = new_plugin(name, "--kind", kind, "--out", str(folder))
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def site(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their wheels, built by their own build backend, unpacked as pip unpacks them."""
    from hatchling.build import build_wheel

    folder = tmp_path_factory.mktemp("site")
    before = Path.cwd()
    try:
        for project in sorted(written.iterdir()):
            os.chdir(project)  # a build backend works where it is called
            wheel = folder / build_wheel(str(folder))
            zipfile.ZipFile(wheel).extractall(folder)
            wheel.unlink()
    finally:
        os.chdir(before)
    return folder


def bouton_rows(site: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "bouton", "plugins", *arguments, "--format", "json"],
        env=environment(site, BOUTON_PLUGINS=",".join(NAMES)),
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)


def test_every_kind_has_a_row_and_is_in_order(site: Path) -> None:
    rows = {row["name"]: row for row in bouton_rows(site)["plugins"]}
    for name, kind in NAMES.items():
        assert rows[name]["state"] == "loaded", rows[name]["reason"]
        assert rows[name]["distribution"] == f"bouton-{name}"
        assert rows[name]["notes"] == []
        (entry,) = rows[name]["entries"]
        assert (entry["kind"], entry["name"]) == (kind, name)
        assert entry["summary"]
    found = bouton_rows(site, "check")["findings"]
    mine = {each["name"]: each["status"] for each in found if each["name"].startswith("my-")}
    assert mine == {f"{name}:{name}": "ok" for name in NAMES}


def test_the_tests_of_every_kind_pass_as_written(written: Path, site: Path) -> None:
    tests = [str(project / "tests") for project in sorted(written.iterdir())]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"),
            *("--import-mode=importlib", *tests),
        ],
        env=environment(site),
        cwd=written,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "skipped" not in done.stdout


def files(folder: Path) -> Iterator[Path]:
    every = (path for path in folder.rglob("*") if path.is_file())
    return (path for path in every if "__pycache__" not in path.parts)


def test_no_trace_of_the_skeleton_is_left(written: Path) -> None:
    for file in files(written):
        assert "skeleton" not in str(file.relative_to(written)).lower()
        assert "skeleton" not in file.read_text().lower(), file
        compiled = file.suffix != ".py" or compile(file.read_text(), str(file), "exec")
        assert compiled


def test_it_has_what_a_distribution_needs(written: Path) -> None:
    project = written / "bouton-my-optimizers"
    names = {file.relative_to(project).as_posix() for file in files(project)}
    assert names == {
        *("pyproject.toml", "README.md", "LICENSE", "tests/test_my_optimizers.py"),
        "src/bouton_my_optimizers/__init__.py",
        "src/bouton_my_optimizers/my_optimizers.py",
        "src/bouton_my_optimizers/py.typed",
    }


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("Spike_Width", "stimuli", "try spike-width"),
        ("2photon", "stimuli", "lower-case words with hyphens (try photon)"),
        ("", "stimuli", "such as spike-width"),
        ("../evil", "stimuli", "try evil"),
        ("é", "stimuli", "such as spike-width"),
        ("class", "stimuli", "a word of Python"),
        ("test-pulse", "stimuli", "would take what 'test-pulse' offers for tests"),
        ("ibea", "optimizers", "there is an optimizer 'ibea' already"),
        ("cell", "jobs", "every study has a key 'cell' already"),
        ("step", "stimuli", "there is a stimulus 'step' already, of plug-in 'stimuli' (bouton)"),
        ("hay", "stimuli", "there is a plug-in 'hay' already (bouton"),
        ("plugins", "commands", "there is a command 'plugins' already"),
        ("plugins", "stimuli", "a module 'bouton_plugins' can be imported already"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(
    tmp_path: Path, name: str, kind: str, words: str
) -> None:
    done = new_plugin(name, "--kind", kind, "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert words in done.output
    assert not (tmp_path / "out").exists()


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    done = new_plugin("mine", "--kind", "stimulus", "--out", str(tmp_path))
    assert done.exit_code == 2
    assert "stimuli" in done.output


@pytest.mark.parametrize("name", ["bouton-mine", "mine"])
def test_what_is_there_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / "bouton-mine").mkdir()
    done = new_plugin(name, "--out", str(tmp_path))
    assert done.exit_code == 1
    assert "exists; choose another name, or another --out" in done.output
    assert list(files(tmp_path)) == []


def test_nothing_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it would be cut short, for good
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))  # as on a full disk
    try:
        done = new_plugin("mine", "--out", str(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert done.exit_code == 1
    assert "cannot be written" in done.output
    assert list(tmp_path.iterdir()) == []
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("a file, no folder")
    assert new_plugin("mine", "--out", "file").exit_code == 2
    assert new_plugin("mine", "--out", "file/below").exit_code == 1
    done = new_plugin("a" * 300)
    assert (done.exit_code, "File name too long" in done.output) == (1, True)


def test_names_that_the_files_use_themselves(tmp_path: Path) -> None:
    for name, kind in (("protocol", "protocols"), ("pathlib", "studies"), ("none", "stimuli")):
        assert new_plugin(name, "--kind", kind, "--out", str(tmp_path)).exit_code == 0
    read = {file.name: file.read_text() for file in files(tmp_path / "bouton-protocol")}
    assert "class ProtocolEntry:" in read["protocol.py"]
    assert '"bouton_protocol.protocol:ProtocolEntry"' in read["__init__.py"]
    text = (tmp_path / "bouton-none" / "src" / "bouton_none" / "none.py").read_text()
    assert "class NoneEntry:" in text
    assert (tmp_path / "bouton-pathlib" / "src" / "bouton_pathlib" / "pathlib_entry.yaml").is_file()
    for file in files(tmp_path):
        if file.suffix == ".py":
            compile(file.read_text(), str(file), "exec")


def test_every_kind_has_a_skeleton() -> None:
    import bouton_plugins.authoring

    folder = Path(bouton_plugins.authoring.__file__).parent / "skeletons"
    assert {path.name for path in folder.iterdir() if path.is_dir()} == set(KINDS)
    assert registry.commands["new-plugin"]
