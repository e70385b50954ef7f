"""The compile cache: concurrent, killed, damaged, starved."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bouton.errors import MechanismError
from bouton.nrn import cache, compiling
from bouton.nrn.building import BuildOptions
from bouton.nrn.modfiles import read_mechanism
from bouton.nrn.toolchain import find_compiler

QUICK = BuildOptions(flags=("-O0",))
LEAK = """
NEURON {{
    THREADSAFE
    SUFFIX {name}
    NONSPECIFIC_CURRENT i
    RANGE g
}}
PARAMETER {{ g = 1e-4 (S/cm2) }}
ASSIGNED {{ v (mV) i (mA/cm2) }}
BREAKPOINT {{ i = g*(v + 70) }}
"""
COMPILE = """
import sys
from pathlib import Path
from bouton.nrn.building import BuildOptions
from bouton.nrn.compiling import compile_catalogue
print(compile_catalogue(Path(sys.argv[1]), options=BuildOptions(flags=("-O0",))))
"""
LOAD = """
import sys
from pathlib import Path
from bouton.nrn.catalogues import load_library
load_library(Path(sys.argv[1]))
from bouton.nrn.engine import h
print(hasattr(h, sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Any, monkeypatch: Any) -> Any:
    monkeypatch.setenv("BOUTON_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mechanisms"


@pytest.fixture
def folder(tmp_path: Any) -> Any:
    return catalogue(tmp_path / "leaks", "leak1")


@pytest.fixture(scope="session")
def compiled_once(tmp_path_factory: Any) -> Any:
    """A cache that holds the catalogue of `folder`."""
    place = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOUTON_CACHE_DIR", str(place / "cache"))
        compile_(catalogue(place / "leaks", "leak1"))
    return place / "cache"


@pytest.fixture
def library(compiled_once: Any, root: Any) -> Any:
    """The library of what `folder` holds, in a cache of its own."""
    shutil.copytree(compiled_once, root.parent)
    (entry,) = cache.entries()
    return entry.folder / cache.LIBRARY


def catalogue(folder: Any, *names: Any) -> Any:
    folder.mkdir()
    for name in names:
        (folder / f"{name}.mod").write_text(LEAK.format(name=name))
    return folder


def compile_(folder: Any) -> Any:
    return compiling.compile_catalogue(folder, options=QUICK)


def in_other_process(folder: Any, **options: Any) -> Any:
    return subprocess.Popen(
        [sys.executable, "-c", COMPILE, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "BOUTON_LOG": "INFO"},
        **options,
    )


def loads(library: Any, name: Any) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(library), name],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() == "True"


def test_second_time_is_free(root: Any, folder: Any) -> None:
    first = compile_(folder)
    stamp = first.stat().st_mtime_ns
    assert compile_(folder) == first
    assert first.stat().st_mtime_ns == stamp
    assert loads(first, "leak1")
    manifest = json.loads((first.parent / cache.MANIFEST).read_text())
    assert manifest["catalogue"] == "leaks"
    assert manifest["cpu_s"] > 0
    assert not list(root.glob(".building-*"))


def test_key_follows_content_flags_compiler_and_headers(folder: Any, monkeypatch: Any) -> None:
    def key(flags: tuple[str, ...] = ("-O0",)) -> str:
        mechanisms = [read_mechanism(file) for file in compiling.mod_files(folder)]
        options = BuildOptions(flags=flags)
        return compiling.cache_key(mechanisms, "x", options, find_compiler()).folder

    assert key() == key()
    keys = [key(), key(("-O1",))]
    (folder / "leak1.mod").write_text(LEAK.format(name="leak1") + ": other\n")
    keys.append(key())
    (folder / "extra.h").write_text("// included by VERBATIM blocks\n")
    keys.append(key())
    monkeypatch.setenv("CXX", "g++ -DSOMETHING")
    keys.append(key())
    assert len(set(keys)) == 5


def test_two_processes_compile_once(folder: Any) -> None:
    processes = [in_other_process(folder) for _ in range(2)]
    told = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    assert told[0][0] == told[1][0]
    compiled = [err for _, err in told if "compiled catalogue" in err]
    assert len(compiled) == 1
    assert len(cache.entries()) == 1
    assert loads(told[0][0].strip(), "leak1")


# A compiler that never ends the link as long as the file `wait` is beside it.
SLOW = """#!/bin/sh
for word in "$@"; do
    if [ "$word" = -o ] && [ -e {folder}/wait ]; then touch {folder}/links; sleep 600; fi
done
exec c++ "$@"
"""


def test_killed_compile_leaves_nothing_that_looks_finished(
    root: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    folder = catalogue(tmp_path / "two", "leak0", "leak3")
    compiler = tmp_path / "slow"
    compiler.write_text(SLOW.format(folder=tmp_path))
    compiler.chmod(0o755)
    (tmp_path / "wait").touch()
    monkeypatch.setenv("CXX", str(compiler))
    process = in_other_process(folder, start_new_session=True)
    while not (tmp_path / "links").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (tmp_path / "wait").unlink()
    assert list(root.glob(".building-*/*.o"))  # it was killed in the middle
    assert not any(entry.is_whole for entry in cache.entries())
    # The dead process holds no lock, and its leftovers go away.
    library = compile_(folder)
    assert loads(library, "leak3")
    assert not list(root.glob(".building-*"))


@pytest.mark.parametrize("damage", ["missing", "truncated", "changed", "manifest", "no manifest"])
def test_damaged_entry_is_built_again(folder: Any, library: Any, damage: Any) -> None:
    good = library.read_bytes()
    manifest = library.parent / cache.MANIFEST
    if damage == "missing":
        library.unlink()
    elif damage == "truncated":
        library.write_bytes(good[: len(good) // 2])
    elif damage == "changed":
        library.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    elif damage == "manifest":
        manifest.write_text('["not", "ours"]')
    else:
        manifest.unlink()
    assert not cache.entries()[0].is_whole
    assert compile_(folder) == library
    assert cache.entries()[0].is_whole
    assert loads(library, "leak1")


def test_lock_file_of_a_dead_process_does_not_block(root: Any, folder: Any, library: Any) -> None:
    lock = next(root.glob(".*.lock"))
    cache.remove(library.parent)
    assert lock.exists()
    assert compile_(folder) == library


def test_lock_deleted_under_a_waiting_process_still_excludes(root: Any) -> None:
    root.mkdir(parents=True)
    lock = root / "lock"
    with cache.locked(lock):
        lock.unlink()
        with cache.locked(lock):  # a new file: must not be mistaken for the one held
            assert lock.exists()


@pytest.mark.parametrize("name", ["with some spaces", "mit-Ümläuten-ψ", "quote's & $HOME;"])
def test_any_path_will_do(tmp_path: Any, monkeypatch: Any, name: Any) -> None:
    monkeypatch.setenv("BOUTON_CACHE_DIR", str(tmp_path / name / "cache"))
    (tmp_path / name).mkdir()
    library = compile_(catalogue(tmp_path / name / "mod files", "leak1"))
    assert loads(library, "leak1")


def test_mod_files_of_any_name_and_includes(tmp_path: Any) -> None:
    folder = tmp_path / "odd"
    (folder / "parts").mkdir(parents=True)
    text = LEAK.format(name="odd").replace("BREAKPOINT", 'INCLUDE "parts/more.inc"\nBREAKPOINT')
    (folder / "a file-name.v2.mod").write_text(text)
    include = folder / "parts" / "more.inc"
    include.write_text("FUNCTION twice(x) { twice = 2*x }\n")
    library = compile_(folder)
    assert loads(library, "twice_odd")
    include.write_text("FUNCTION twice(x) { twice = 2*x + 0 }\n")
    assert compile_(folder) != library


@pytest.mark.parametrize("include", ["/etc/passwd", "../outside.inc", "absent.inc"])
def test_include_must_be_beside_the_mod_file(tmp_path: Any, include: Any) -> None:
    folder = catalogue(tmp_path / "bad", "leak1")
    (tmp_path / "outside.inc").write_text("")
    file = folder / "leak1.mod"
    file.write_text(file.read_text() + f'\nINCLUDE "{include}"\n')
    with pytest.raises(MechanismError, match=r"leak1\.mod: INCLUDE"):
        compile_(folder)


def test_syntax_error_names_file_and_line(folder: Any) -> None:
    file = folder / "wrong.mod"
    file.write_text(LEAK.format(name="wrong").replace("i = g*(v + 70)", "\n  i = = 3\n"))
    with pytest.raises(MechanismError) as caught:
        compile_(folder)
    message = str(caught.value)
    line = file.read_text().splitlines().index("  i = = 3") + 1
    assert message.startswith(f"{file}:{line}: ")
    assert "i = = 3" in message
    assert "\n" not in message
    assert Path(message.rpartition("log: ")[2]).read_text()
    assert cache.entries() == []


def test_compiler_error_names_the_mod_file(folder: Any) -> None:
    file = folder / "wrong.mod"
    wrong = LEAK.format(name="wrong").replace("BREAKPOINT {", "BREAKPOINT {\n  i = absent + 1\n")
    file.write_text(wrong)
    with pytest.raises(MechanismError, match="absent") as caught:
        compile_(folder)
    assert str(caught.value).startswith(f"{file}: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no NEURON"),
        ("COMMENT\nNEURON { SUFFIX x }\nENDCOMMENT\n", "no NEURON"),
        ("NEURON { SUFFIX }", "SUFFIX without a name"),
        ("\x00\xff nonsense", "no NEURON"),
    ],
)
def test_what_is_no_mechanism_is_refused(folder: Any, text: Any, message: Any) -> None:
    (folder / "wrong.mod").write_text(text, encoding="latin-1")
    with pytest.raises(MechanismError, match=rf"wrong\.mod: {message}"):
        compile_(folder)


def test_empty_and_absent_folders_are_refused(tmp_path: Any) -> None:
    with pytest.raises(MechanismError, match="no such folder"):
        compile_(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MechanismError, match=r"no \*\.mod file"):
        compile_(tmp_path / "empty")


def test_missing_compiler_says_what_to_install(folder: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(MechanismError, match="no C\\+\\+ compiler found") as caught:
        compile_(folder)
    assert "install" in str(caught.value)


def test_without_a_compiler_the_cache_still_serves(
    folder: Any, library: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CXX", raising=False)
    assert compile_(folder) == library


def test_unknown_flags_of_a_compiler_are_left_out(folder: Any) -> None:
    options = BuildOptions(flags=("-O0", "-fno-such-flag-at-all"))
    assert loads(compiling.compile_catalogue(folder, options=options), "leak1")


def test_cache_folder_that_is_a_file_is_a_clear_error(
    tmp_path: Any, folder: Any, monkeypatch: Any
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("BOUTON_CACHE_DIR", str(tmp_path / "taken"))
    with pytest.raises(MechanismError, match="BOUTON_CACHE_DIR") as caught:
        compile_(folder)
    assert str(tmp_path / "taken") in str(caught.value)


def test_full_disk_is_a_clear_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(OSError) as caught, Path("/dev/full").open("wb", buffering=0) as full:  # noqa: PT011
        full.write(b"x")
    message = str(cache.cache_error(Path("/somewhere"), caught.value))
    assert "disk is full" in message
    assert "bouton mechanisms clean" in message
