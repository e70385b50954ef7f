"""Nothing that an evaluation, a disk or a stranger's file does ends a fit badly.

Real fits from the command line, with third-party plug-ins on the path and real file systems.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bouton.results import Results, verify
from bouton.results.journal import scan
from bouton.results.seal import seal
from bouton.testing import environment, write_distribution

HERE = Path(__file__).parent
CHEAP = HERE.parent / "jobs" / "cheap.yaml"
GUARDED = "fit.executor={use: local, wall_limit_s: 10, memory_limit_MB: 600}"
WORDS = {1: "SIGSEGV", 2: "timeout: took longer than 10 s", 3: "limit 600 MB"}


def bouton(*arguments: str | Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bouton", *map(str, arguments)],
        env=environment(*([site] if site else [])),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    source = (HERE / "faulty_plugin.py").read_text(encoding="utf-8")
    write_distribution(
        folder,
        "bouton-faulty",
        entry_points={"faulty": "bouton_faulty"},
        modules={"bouton_faulty": source},
    )
    (folder / "trap_mods").mkdir()
    shutil.copy(HERE / "trap.mod", folder / "trap_mods")
    return folder


def study_with(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = CHEAP.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def check_failures(out: Path, name: str, words: dict[int, str]) -> None:
    """Every fault is there once, with its reason and the penalty; the rest has real scores."""
    results = Results.open(out)
    assert results.status == "finished"
    records = results.evaluation_records
    kinds = [int(r["parameters"][name]) for r in records]
    assert sorted(kinds) == list(range(len(records)))
    penalty = {r["combined"]["spikes"] for r in records if r["status"] == "failed"}
    assert len(penalty) == 1
    for record in records:
        kind = int(record["parameters"][name])
        assert record["status"] == ("failed" if kind in words else "ok"), record["reason"]
        assert np.isfinite(list(record["combined"].values())).all()
        if kind in words:
            assert words[kind] in record["reason"]
            assert not record["features"]
        else:
            assert record["combined"]["spikes"] < penalty.copy().pop()
    shown = bouton("results", "show", out)
    assert f"{sum(r['status'] == 'failed' for r in records)} failed" in shown.stdout


def test_a_mechanism_that_crashes_loops_or_eats_memory(tmp_path: Path, site: Path) -> None:
    study = study_with(
        tmp_path,
        (
            "template:\n    use: by-region\n",
            "template:\n    use: by-region\n    catalogues: [trap]\n",
        ),
        ("el: -54.3}}", "el: -54.3}, trap: {kind: 0}}"),
    )
    done = bouton(
        "fit", study, "--out", tmp_path / "run", "--no-figures", "--workers", "2",
        "--generations", "1", "--set", GUARDED,
        "--set", "fit.parameters={soma.trap.kind: {lower: 0, upper: 3.999}}",
        "--set", "fit.optimizer={use: sobol, batch: 4}", site=site,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    check_failures(tmp_path / "run", "soma.trap.kind", WORDS)


def test_a_template_that_crashes_loops_or_eats_memory(tmp_path: Path, site: Path) -> None:
    text = CHEAP.read_text(encoding="utf-8")
    cell = text[text.index("  template:") : text.index("protocols:")]
    study = study_with(tmp_path, (cell, "  template: moody\n"))
    done = bouton(
        "fit", study, "--out", tmp_path / "run", "--no-figures", "--workers", "2",
        "--generations", "1", "--set", GUARDED,
        "--set", "fit.parameters={mood: {lower: 0, upper: 7.999}}",
        "--set", "fit.optimizer={use: sobol, batch: 8}", site=site,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    words = {1: WORDS[2], 2: WORDS[1], 3: WORDS[3], 4: "ZeroDivisionError: a bug of a template"}
    check_failures(tmp_path / "run", "mood", words)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a memory disk; calling the result again changes its options."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("making a disk full or read-only needs root on Linux, for mount")
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this system does not let us mount a tmpfs, so no disk can be made full")

    def change(options: str) -> Path:
        subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)
        return folder

    yield change
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_ends_a_fit_with_a_word_and_loses_nothing(
    small_disk: Callable[[str], Path],
) -> None:
    disk = small_disk("size=400k")
    out = disk / "run"
    endless = ("--set", "fit.generations=100000")
    done = bouton("fit", CHEAP, "--out", out, "--workers", "2", "--no-figures", *endless)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "the disk is full; free some space" in done.stderr
    assert "records before are safe" in done.stderr
    found = scan(out / "journal.jsonl")
    assert not found.damages
    assert found.torn_bytes == 0
    evaluations = [r["index"] for r in found.records if r["kind"] == "evaluation"]
    assert evaluations == list(range(len(evaluations)))
    assert len(evaluations) > 50
    assert "interrupted" in bouton("results", "show", out).stdout.splitlines()[0] or (
        "failed" in bouton("results", "show", out).stdout.splitlines()[0]
    )
    small_disk("size=40m")
    more = max(r["generation"] for r in found.records if r["kind"] == "generation") + 3
    done = bouton("resume", out, "--generations", str(more), "--no-figures")
    assert done.returncode == 0, done.stderr
    assert scan(out / "journal.jsonl").lines[: len(found.lines)] == found.lines
    assert Results.open(out).status == "finished"
    assert not [f for f in verify(out) if f.severity == "error"]


def test_a_read_only_disk_is_refused_and_still_read(
    small_disk: Callable[[str], Path], tmp_path: Path
) -> None:
    disk = small_disk("size=20m")
    out = disk / "run"
    assert bouton("fit", CHEAP, "--out", out, "--no-figures").returncode == 0
    small_disk("ro")
    for arguments in (
        ("fit", CHEAP, "--out", disk / "other", "--no-figures"),
        ("fit", CHEAP, "--out", out, "--force", "--no-figures"),
        ("resume", out, "--generations", "9", "--no-figures"),
    ):
        done = bouton(*arguments)
        assert done.returncode == 1
        assert "read-only" in done.stderr.lower() or "cannot be written" in done.stderr
        assert "Traceback" not in done.stderr
    done = bouton("results", "figures", out)
    assert "no figure objectives" in done.stderr
    assert "read-only" in done.stderr.lower()
    assert "finished" in bouton("results", "show", out).stdout
    done = bouton("results", "export", out, "--out", tmp_path / "t.csv")
    assert done.returncode == 0
    assert len((tmp_path / "t.csv").read_text().splitlines()) > 20


GROWTH = """
import gc
import sys
import bouton
from bouton.jobs import dispatch

dispatch._REMEMBERED = 40  # records that are kept whole, soon reached

class Watch:
    def begin(self, **_): pass
    def expect(self, **_): pass
    def evaluated(self, record): pass
    def note(self, text): pass
    def end(self): pass
    def generation(self, summary):
        if (summary["generation"] + 1) % 20 == 0:
            gc.collect()
            print(sys.getallocatedblocks(), flush=True)

random = "fit.optimizer={use: random, batch: 8}"  # which never asks for the same twice
study = bouton.find_study(sys.argv[1], ["fit.generations=80", random])
bouton.fit(study, sys.argv[2], workers=2, progress=Watch())
"""


def test_memory_does_not_grow_with_generations(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, str(CHEAP), str(tmp_path / "run")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, *_, last = blocks = [int(line) for line in done.stdout.splitlines()]
    assert len(blocks) == 4
    # objects, not megabytes, which an allocator gives back when it likes; a record has about 50
    assert last - first < 10 * 8 * 60, blocks


class Attack:
    """Unpickling an instance makes a folder appear."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (os.mkdir, (str(self.evidence),))


def plant(path: Path, evidence: Path) -> None:
    """Put a pickle where PyTables would run it while opening the file."""
    import tables

    attack: Any = np.bytes_(pickle.dumps(Attack(evidence), 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with tables.open_file(str(path), "a") as file:
            file.root._v_attrs["note"] = attack
            file.root.evaluations._v_attrs["note"] = attack
            file.root.traces._v_attrs["note"] = attack
            file.root.evaluations.parameters._v_attrs["note"] = attack
    seal(path)


def test_a_planted_pickle_is_never_run(tmp_path: Path) -> None:
    out, evidence = tmp_path / "run", tmp_path / "evidence"
    assert bouton("fit", CHEAP, "--out", out, "--no-figures").returncode == 0
    plant(out / "results.h5", evidence)
    for arguments in (
        ("results", "show", out),
        ("results", "show", out, "--format", "json"),
        ("results", "verify", out),
        ("results", "export", out, "--out", tmp_path / "t.csv"),
        ("results", "export", out, "--format", "hoc", "--out", tmp_path / "m.hoc"),
        ("results", "figures", out, "--models", "1"),
        ("resume", out, "--generations", "4", "--no-figures"),
        ("results", "verify", out),
    ):
        done = bouton(*arguments)
        assert "Traceback" not in done.stderr
        assert done.returncode == 0 or arguments[1] == "verify", done.stderr
        assert not evidence.exists(), arguments
    assert len(Results.open(out).of_kind("generation")) == 4
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UNGUARDED, str(planted(tmp_path, out, evidence))],
        check=False, capture_output=True,
    )  # fmt: skip
    assert evidence.exists(), "the attack works where nobody guards"


UNGUARDED = "import sys, tables\nwith tables.open_file(sys.argv[1]) as f: f.root._v_attrs"


def planted(tmp_path: Path, out: Path, evidence: Path) -> Path:
    copy = tmp_path / "copy.h5"
    shutil.copy(out / "results.h5", copy)
    plant(copy, evidence)
    return copy


def test_a_fit_that_is_stopped_early_says_how_to_go_on(tmp_path: Path) -> None:
    import signal

    out = tmp_path / "run"
    command = [sys.executable, "-m", "bouton", "fit", str(CHEAP), "--out", str(out)]
    with subprocess.Popen(
        [*command, "--set", "fit.generations=10000"], stderr=subprocess.PIPE, text=True
    ) as process:
        while not (out / "journal.jsonl").exists() or (out / "journal.jsonl").stat().st_size < 9999:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert f"bouton resume {out}" in said
    assert not (out / "figures").exists()
