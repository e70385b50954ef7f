"""A run watched from outside: while it grows, is cut, is killed, fails and ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bouton.cli.watch import Watch
from bouton.model.scores import Evaluation
from bouton.results import RunDirectory
from bouton.results.journal import sealed
from bouton.results.tail import Tail

STUDY = {"name": "watched", "fit": {"generations": 4}}

# Writes a generation, tells so, and waits for a word: the next one, or the end of the run.
WRITER = """
import sys
from bouton.model.scores import Evaluation
from bouton.results import RunDirectory

study = {"name": "watched", "fit": {"generations": 4}}
with RunDirectory.create(sys.argv[1], "fit", study, {}) as directory:
    directory.append([{"kind": "start", "targets": [], "schedule": "generational"}])
    generation = 0
    print("ready", flush=True)
    for word in sys.stdin:
        if word.strip() == "fail":
            raise RuntimeError("the disk burns")
        if word.strip() == "end":
            break
        batch = [
            Evaluation({"g": 1.0}, combined={"error": 10.0 - generation - 0.1 * i})
            for i in range(4)
        ]
        reason = f"left the range at {generation} ms"
        batch.append(Evaluation({"g": 2.0}, status="failed", reason=reason))
        directory.record(batch, first_index=5 * generation, generation=generation)
        summary = {"kind": "generation", "generation": generation, "evaluations": 5, "failed": 1}
        directory.append([{**summary, "best": {"error": 1.0}}])
        generation += 1
        print("written", flush=True)
"""


class Writer:
    """The process whose run is watched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.answer()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def generation(self) -> None:
        self.say("go")
        assert self.answer() == "written"

    def end(self, word: str = "end") -> None:
        self.say(word)
        self.process.wait(timeout=300)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=300)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path / "run")
    yield writer
    if writer.process.poll() is None:
        writer.kill()
    for stream in (writer.process.stdin, writer.process.stdout):
        assert stream is not None
        with suppress(BrokenPipeError):
            stream.close()


def _watch(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bouton", "watch", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@contextmanager
def _watching(folder: Path, **how: Any) -> Iterator[subprocess.Popen[Any]]:
    """Watch in another process, which ends with the block, however that ends."""
    command = [sys.executable, "-m", "bouton", "watch", str(folder), "--interval", "0.05"]
    with subprocess.Popen(command, **how) as watching:
        try:
            yield watching
        except BaseException:
            watching.kill()
            raise


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30.0
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def _snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in sorted(folder.rglob("*"))}


def test_follows_a_run_from_its_first_record_to_its_end(writer: Writer) -> None:
    watch = Watch(writer.folder)
    assert watch.look()
    assert watch.status == "running"
    assert watch.document()["evaluations"] == 0
    assert not watch.look()
    for generation in range(3):
        writer.generation()
        assert watch.look()
        told = watch.document()
        assert told["evaluations"] == 5 * (generation + 1)
        assert told["failed"] == told["generation"] == generation + 1
        assert told["planned"] == 20
        assert told["best"]["error"]["value"] == pytest.approx(9.7 - generation)
        assert told["best"]["error"]["index"] == 5 * generation + 3
        assert told["rate_per_s"] > 0
        assert told["left_s"] > 0
    assert told["reasons"] == {"left the range at # ms": 3}
    assert f"process {writer.process.pid} on" in told["owner"]
    assert "15/20 evaluations; 3 failed" in watch.line()
    writer.end()
    watch.look()
    assert watch.is_over
    assert watch.status == "finished"
    assert watch.document()["left_s"] is None


def test_the_directory_is_not_touched(writer: Writer) -> None:
    writer.generation()
    before = _snapshot(writer.folder)
    done = _watch(writer.folder, "--once")
    assert done.returncode == 0
    assert "generation 1; 5/20 evaluations; 1 failed" in done.stdout
    assert "left the range at # ms" in done.stdout
    assert _snapshot(writer.folder) == before
    writer.generation()  # and the writer goes on as before
    writer.end()
    assert writer.process.returncode == 0


def test_plain_lines_and_the_exit_code_of_a_finished_run(writer: Writer) -> None:
    writer.generation()
    with _watching(writer.folder, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert "5/20 evaluations" in watching.stdout.readline()
        writer.generation()
        assert "10/20 evaluations" in watching.stdout.readline()
        writer.end()
        rest = watching.stdout.read()
    assert rest.splitlines()[-1] == "finished"
    assert watching.returncode == 0
    assert "\x1b" not in rest


def test_a_killed_writer_is_told_with_advice(writer: Writer) -> None:
    writer.generation()
    writer.kill()
    done = _watch(writer.folder, "--interval", "0.05")
    assert done.returncode == 1
    assert "fit dead" in done.stdout
    assert f"go on with: bouton resume {writer.folder}" in done.stdout.replace("\n", "")
    told = json.loads(_watch(writer.folder, "--once", "--format", "json").stdout)
    assert told["status"] == "dead"
    assert told["advice"] == f"bouton resume {writer.folder}"
    assert told["evaluations"] == 5


def test_a_failed_run_gives_its_reason(writer: Writer) -> None:
    writer.generation()
    writer.end("fail")
    done = _watch(writer.folder)
    assert done.returncode == 1
    assert "failed: RuntimeError: the disk burns" in done.stdout.replace("\n", "")


def test_interrupting_the_watch_leaves_the_run_alone(writer: Writer) -> None:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with _watching(writer.folder, **pipes, text=True) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert watching.stdout.readline().startswith("fit running")
        watching.send_signal(signal.SIGINT)
        assert watching.stderr.read() == "no longer watching; the run itself is not touched\n"
    assert watching.returncode == 0
    writer.generation()


def test_a_panel_on_a_terminal(writer: Writer) -> None:
    writer.generation()
    leader, follower = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    ends = {"stdin": follower, "stdout": follower, "stderr": follower}
    with _watching(writer.folder, **ends, env=environment) as watching:
        os.close(follower)
        shown = b""

        def more() -> bool:
            nonlocal shown
            try:
                shown += os.read(leader, 65536)
            except OSError:  # the other end is closed
                return True
            return False

        _until(lambda: more() or b"5/20 evaluations" in shown)
        writer.end()
        _until(lambda: more() or b"finished" in shown)
        while not more():
            pass
    os.close(leader)
    assert watching.returncode == 0
    assert b"objective" in shown
    assert b"\x1b[" in shown


def test_a_narrow_terminal_cuts_no_value(tmp_path: Path) -> None:
    study = {"name": "watched", "fit": {"generations": 4}}
    with RunDirectory.create(tmp_path / "run", "fit", study, {}) as made:
        made.record([Evaluation({}, combined={"a rather long name": 0.00001234})])
    command = [sys.executable, "-m", "bouton", "watch", str(made.path), "--once"]
    narrow = {**os.environ, "COLUMNS": "40"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=narrow)
    assert "1.234e-05" in done.stdout
    assert "…" not in done.stdout


@pytest.mark.parametrize("kind", ["missing", "empty", "foreign"])
def test_what_is_no_run_is_refused(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    if kind != "missing":
        folder.mkdir()
    if kind == "foreign":
        (folder / "run.json").write_text("[1, 2")
    done = _watch(folder, "--once")
    assert done.returncode == (1 if kind == "foreign" else 2)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def _lines(run_id: str, count: int, first: int = 0) -> bytes:
    records: list[dict[str, Any]] = [{"kind": "note", "text": str(i)} for i in range(count)]
    made = [sealed(record, first + i, run_id) for i, record in enumerate(records)]
    return b"".join(line + b"\n" for line in made)


def test_a_tail_takes_whole_lines_only(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    tail = Tail(tmp_path)
    assert tail.read("r") == []
    data = _lines("r", 3)
    for end in range(0, len(data) + 1, 7):  # however a writer's bytes arrive
        journal.write_bytes(data[:end])
        tail.read("r")
    journal.write_bytes(data)
    tail.read("r")
    assert [record["seq"] for record in Tail(tmp_path).read("r")] == [0, 1, 2]
    with journal.open("ab") as file:
        file.write(_lines("r", 1, 3))
    assert [record["seq"] for record in tail.read("r")] == [3]
    assert tail.read("r") == []
    assert tail.restarts == tail.damaged == 0


def test_a_tail_begins_again_when_the_journal_was_cut_or_replaced(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(_lines("r", 5))
    tail = Tail(tmp_path)
    assert len(tail.read("r")) == 5
    os.truncate(journal, len(_lines("r", 2)))
    assert [record["seq"] for record in tail.read("r")] == [0, 1]
    assert tail.restarts == 1
    # cut and grown again beyond the place that was read
    other = b"".join(
        sealed({"kind": "note", "text": f"another {i}"}, i, "r") + b"\n" for i in range(8)
    )
    with journal.open("r+b") as file:
        file.truncate(0)
        file.write(other)
    assert next(record["text"] for record in tail.read("r")) == "another 0"
    assert tail.restarts == 2
    (tmp_path / "new").write_bytes(_lines("r", 1))
    os.replace(tmp_path / "new", journal)
    assert len(tail.read("r")) == 1
    assert tail.restarts == 3


def test_a_tail_counts_damage_and_lines_of_other_runs(tmp_path: Path) -> None:
    data = _lines("r", 4).split(b"\n")
    data[1] = data[1].replace(b'"1"', b'"x"')
    (tmp_path / "journal.jsonl").write_bytes(b"\n".join(data) + _lines("s", 2, 4))
    tail = Tail(tmp_path)
    assert [record["seq"] for record in tail.read("r")] == [0, 2, 3]
    assert tail.damaged == 3


def test_a_replaced_run_is_counted_anew(tmp_path: Path) -> None:
    from bouton.model.scores import Evaluation

    folder = tmp_path / "run"
    with RunDirectory.create(folder, "fit", STUDY, {}) as directory:
        directory.record([Evaluation({}, combined={"error": 1.0})] * 4)
    watch = Watch(folder)
    watch.look()
    assert watch.document()["evaluations"] == 4
    with RunDirectory.create(folder, "fit", STUDY, {}, force=True) as directory:
        directory.record([Evaluation({}, combined={"error": 5.0})])
        assert watch.look()
        assert watch.document()["evaluations"] == 1
        assert watch.document()["best"]["error"]["value"] == 5.0


def test_numbers_that_are_not_finite_are_no_best(tmp_path: Path) -> None:
    from bouton.model.scores import Evaluation

    folder = tmp_path / "run"
    with RunDirectory.create(folder, "fit", STUDY, {}) as directory:
        values = (float("nan"), float("inf"), 3.0, float("nan"))
        directory.record([Evaluation({}, combined={"error": value}) for value in values])
    watch = Watch(folder)
    watch.look()
    assert watch.document()["best"]["error"]["value"] == 3.0
    assert "best error 3" in watch.line()
