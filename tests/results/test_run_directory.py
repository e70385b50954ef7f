"""A run directory has one writer, and a killed run never looks finished."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bouton.errors import ResultsError
from bouton.model.scores import Evaluation
from bouton.results import Results, RunDirectory, verify
from bouton.results.lock import LOCK_NAME, Lock, Owner, owner_of, process_start
from bouton.results.manifest import read_manifest
from bouton.results.provenance import document_digest, provenance

HERE = str(Path(__file__).parent)


def run_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    head = f"import sys; sys.path.insert(0, {HERE!r})\n"
    return subprocess.Popen(
        # -B: where room is limited, compiled modules would be cut short, for all processes to come
        [sys.executable, "-B", "-c", head + textwrap.dedent(code), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


HOLDING = """
    import time
    from bouton.results import RunDirectory
    run = RunDirectory.create(sys.argv[1], "fit", {"name": "x"}, {})
    run.append([{"kind": "start"}])
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with run_python(HOLDING, tmp_path / "run") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_a_finished_run(tmp_path: Path, evaluation: Callable[..., Evaluation]) -> None:
    document = {"name": "study", "cell": {"b": 1, "a": float("inf")}}
    with RunDirectory.create(tmp_path / "a/b", "fit", document, provenance(document)) as run:
        assert Results.open(run.path).status == "running"
        run.record([evaluation(0), evaluation(1)], generation=0, notes=[{"n": 1}, {"n": 2.5}])
        run.record([evaluation(2)], first_index=2, generation=1)
        run.write_text("scores.csv", "a,b\n")
        run.write_bytes("figures/x.png", b"png")
    assert sorted(os.listdir(run.path)) == [
        "figures", "journal.jsonl", "results.h5", "run.json", "scores.csv", "study.json",
    ]  # fmt: skip
    results = Results.open(tmp_path / "a/b")
    assert (results.kind, results.status, len(results.evaluations)) == ("fit", "finished", 3)
    assert [record["generation"] for record in results.evaluation_records] == [0, 0, 1]
    assert results.provenance["document_sha256"] == document_digest(document)
    assert results.provenance["versions"]["neuron"] != "not installed"
    assert verify(run.path) == []
    json.loads((run.path / "run.json").read_text(), parse_constant=pytest.fail)


def test_an_exception_marks_it_failed_and_keeps_the_records(
    tmp_path: Path, evaluation: Callable[..., Evaluation]
) -> None:
    def work() -> None:
        with RunDirectory.create(tmp_path / "run", "fit", {}, {}) as run:
            run.record([evaluation(0)])
            raise ZeroDivisionError("oops")

    with pytest.raises(ZeroDivisionError):
        work()
    results = Results.open(tmp_path / "run")
    assert (results.status, len(results.evaluations)) == ("failed", 1)
    assert results.manifest.reason == "ZeroDivisionError: oops"


def test_ctrl_c_marks_it_interrupted_and_it_can_be_taken_up(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        RunDirectory.create(tmp_path / "run", "fit", {}, {}),
    ):
        raise KeyboardInterrupt
    assert Results.open(tmp_path / "run").status == "interrupted"
    with RunDirectory.open(tmp_path / "run") as run:
        assert Results.open(run.path).status == "running"
        run.append([{"kind": "resume"}])
    assert Results.open(tmp_path / "run").status == "finished"


def test_two_processes_cannot_write_one_run(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    for take in (
        lambda: RunDirectory.open(tmp_path / "run"),
        lambda: RunDirectory.create(tmp_path / "run", "fit", {}, {}, force=True),
    ):
        with pytest.raises(ResultsError, match=f"in use by process {holder.pid} on"):
            take()
    assert Results.open(tmp_path / "run").status == "running"
    assert len(Results.open(tmp_path / "run").records) == 1


@pytest.mark.parametrize("kind", ["run", "network"])
def test_only_searches_are_said_to_be_resumable(tmp_path: Path, kind: str) -> None:
    code = HOLDING.replace('"fit"', f'"{kind}"')
    with run_python(code, tmp_path / "run") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        process.wait()
    (told,) = [str(f) for f in verify(tmp_path / "run") if "was interrupted" in str(f)]
    assert "bouton resume" not in told
    assert "--force" in told


def test_the_run_of_a_killed_process_is_taken_over_with_a_notice(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while owner_of(tmp_path / "run") is not None and time.monotonic() < deadline:
        time.sleep(0.01)  # a zombie counts as gone, though nobody has waited for it
    assert Results.open(tmp_path / "run").status == "interrupted"
    (told,) = [str(f) for f in verify(tmp_path / "run") if "was interrupted" in str(f)]
    assert f"`bouton resume {tmp_path / 'run'}` goes on" in told
    with RunDirectory.open(tmp_path / "run") as run:
        assert any(f"process {holder.pid}" in notice for notice in run.notices)
        assert run.journal.count == 1
    assert verify(tmp_path / "run") == []
    assert not (tmp_path / "run" / LOCK_NAME).exists()


def lock_of(folder: Path, **changes: object) -> None:
    from attrs import asdict, evolve

    owner = evolve(Owner.this_process(), **changes)
    (folder / LOCK_NAME).write_text(json.dumps(asdict(owner)))


@pytest.mark.parametrize(
    ("changes", "is_free"),
    [
        ({}, False),
        ({"started": "1"}, True),  # the pid is in use again by another process
        ({"pid": 2**22 + 1, "started": "5"}, True),
        ({"host": "elsewhere"}, False),  # nobody can tell from here
        ({"namespace": "pid:[1]"}, False),
        ({"boot": "before"}, True),
    ],
)
def test_only_a_certainly_dead_owner_is_replaced(
    tmp_path: Path, changes: dict[str, object], is_free: bool
) -> None:
    lock_of(tmp_path, **changes)
    if is_free:
        assert "no longer runs" in Lock(tmp_path).notice
    else:
        with pytest.raises(ResultsError, match="delete"):
            Lock(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 3}'])
def test_a_torn_lock_means_a_dead_process(tmp_path: Path, content: str) -> None:
    (tmp_path / LOCK_NAME).write_text(content)
    lock = Lock(tmp_path)
    lock.release()
    assert not (tmp_path / LOCK_NAME).exists()


def test_of_many_processes_one_gets_the_lock(tmp_path: Path) -> None:
    code = """
        import time
        from pathlib import Path
        from bouton.errors import ResultsError
        from bouton.results.lock import Lock
        try:
            Lock(Path(sys.argv[1])), print("mine", flush=True)
            time.sleep(600)  # until the others have asked
        except ResultsError:
            print("refused", flush=True)
    """
    lock_of(tmp_path, started="1")
    processes = [run_python(code, tmp_path) for _ in range(4)]
    said = [process.stdout.readline().strip() for process in processes if process.stdout]
    for process in processes:
        process.kill()
        process.communicate()
    assert sorted(said) == ["mine", "refused", "refused", "refused"]


def test_a_forked_child_does_not_release_the_lock(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    assert process_start(os.getpid())
    code = "import os, sys\nfrom pathlib import Path\nfrom bouton.results.lock import Lock\n"
    code += (
        "lock = Lock(Path(sys.argv[1]))\nif os.fork() == 0:\n    lock.release()\n    os._exit(0)\n"
    )
    code += "os.wait()\nassert lock.path.exists()\nlock.release()\nassert not lock.path.exists()"
    lock.release()
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_what_is_there_is_never_overwritten_unasked(
    tmp_path: Path, evaluation: Callable[..., Evaluation]
) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    for force in (False, True):
        with pytest.raises(ResultsError, match=r"not empty and not a run.*thesis\.docx"):
            RunDirectory.create(tmp_path, "run", {}, {}, force=force)
    assert os.listdir(tmp_path) == ["thesis.docx"]
    with pytest.raises(ResultsError, match="is a file"):
        RunDirectory.create(tmp_path / "thesis.docx", "run", {}, {})
    with pytest.raises(ResultsError, match="making the directory"):
        RunDirectory.create(tmp_path / "thesis.docx/run", "run", {}, {})
    with RunDirectory.create(tmp_path / "run", "run", {}, {}) as run:
        run.record([evaluation(0, with_traces=True)])
        run.write_text("scores.csv", "old")
    before = {path.name: path.read_bytes() for path in run.path.iterdir()}
    with pytest.raises(ResultsError, match=r"already holds a run run.*bouton resume.*--force"):
        RunDirectory.create(tmp_path / "run", "fit", {}, {})
    assert {path.name: path.read_bytes() for path in run.path.iterdir()} == before
    with RunDirectory.create(tmp_path / "run", "fit", {}, {}, force=True):
        assert Results.open(tmp_path / "run").records == []
        assert not (tmp_path / "run/scores.csv").exists()
    assert verify(tmp_path / "run") == []


def test_a_foreign_run_json_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"format": "other"}')
    with pytest.raises(ResultsError, match="not written by Bouton"):
        RunDirectory.create(tmp_path, "run", {}, {}, force=True)
    assert os.listdir(tmp_path) == ["run.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "damaged"),
        ("[]", "not written by Bouton"),
        ('{"format": "bouton-run", "format_version": 99}', "format version 99"),
        ('{"format": "bouton-run", "format_version": 1, "status": "great"}', "status 'great'"),
        ('{"format": "bouton-run", "format_version": 1, "status": "failed", "x": 1}', "damaged"),
    ],
)
def test_broken_manifests_are_clear_errors(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(ResultsError, match=message):
        Results.open(tmp_path)


def test_what_is_no_run_is_a_clear_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        for read in (Results.open, RunDirectory.open, verify):
            with pytest.raises(ResultsError, match="not a run directory"):
                read(path)
    assert os.listdir(tmp_path) == []


def test_files_cannot_leave_the_directory(tmp_path: Path) -> None:
    with RunDirectory.create(tmp_path / "run", "run", {}, {}) as run:
        for name in ("../x.csv", "/etc/x", "figures/../../x"):
            with pytest.raises(ResultsError, match="leads out"):
                run.write_text(name, "x")


@pytest.mark.skipif(os.getuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("looks_ahead", [True, False])
@pytest.mark.parametrize("size_kB", [40, 400])
def test_a_really_full_disk(tmp_path: Path, size_kB: int, looks_ahead: bool) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_kB}k", "tmpfs", str(disk)],
        check=False, capture_output=True,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.decode()}")
    code = """
        from conftest import make_evaluation
        from bouton.errors import ResultsError
        from bouton.results import RunDirectory
        run = RunDirectory.create(sys.argv[1], "fit", {"name": "x"}, {})
        if sys.argv[2] == "False":  # the disk fills after we looked
            import bouton.results.store
            bouton.results.store._check_space = lambda *_: None
        done = 0
        try:
            while True:
                run.record([make_evaluation(done, with_traces=done % 9 == 0)], first_index=done)
                done += 1
                print(done, flush=True)
        except ResultsError as error:
            print(error)
        try:
            run.finish()
            print("finished: what little there is fits")
        except ResultsError as error:
            print(error)
    """
    try:
        process = run_python(code, disk / "run", looks_ahead)
        lines = process.communicate(timeout=300)[0].splitlines()
        assert process.returncode == 0
        assert "full" in lines[-2]
        assert "records before are safe" in lines[-2]
        is_finished = lines[-1].startswith("finished")
        assert is_finished or "are safe" in lines[-1]
        done = int(lines[-3]) if len(lines) > 2 else 0
        results = Results.open(disk / "run")
        assert (results.status == "finished") == is_finished
        assert len(results.evaluations) == done
        assert not [finding for finding in verify(disk / "run") if finding.severity == "error"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="mounting needs root")
def test_a_read_only_disk_is_a_clear_error(tmp_path: Path) -> None:
    with RunDirectory.create(tmp_path / "disk/run", "run", {}, {}):
        pass
    disk = str(tmp_path / "disk")
    bound = subprocess.run(["mount", "--bind", disk, disk], check=False, capture_output=True)
    if bound.returncode:
        pytest.skip("cannot mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", disk], check=True)
        with pytest.raises(ResultsError, match="read-only"):
            RunDirectory.create(tmp_path / "disk/new", "run", {}, {})
        with pytest.raises(ResultsError, match=r"read-only|permission denied"):
            RunDirectory.open(tmp_path / "disk/run")
        assert Results.open(tmp_path / "disk/run").status == "finished"
        assert verify(tmp_path / "disk/run") == []
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    for path in (tmp_path / "locked", tmp_path / "locked/run"):
        with pytest.raises(ResultsError, match="permission denied"):
            RunDirectory.create(path, "run", {}, {})


WORKING = """
    from conftest import make_evaluation
    from bouton.results import RunDirectory
    from pathlib import Path
    fresh = not (Path(sys.argv[1]) / "run.json").exists()
    if fresh:
        run = RunDirectory.create(sys.argv[1], "fit", {"name": "x"}, {})
    else:
        run = RunDirectory.open(sys.argv[1])
    print("open", run.journal.count, flush=True)
    for step in range(5):
        first = run.journal.count
        batch = [make_evaluation(first + i, with_traces=i == 0) for i in range(3)]
        run.record(batch, first_index=first)
        print(run.journal.count, flush=True)
        if step % 2:
            run.derive()
"""


def test_kill_9_at_any_moment_of_a_run(
    tmp_path: Path, evaluation: Callable[..., Evaluation]
) -> None:
    import numpy as np

    rng = np.random.default_rng(3)
    path = tmp_path / "run"
    for _ in range(6):
        process = run_python(WORKING, path)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(rng.integers(1, 5))]
        time.sleep(float(rng.uniform(0, 0.1)))
        process.kill()
        lines += process.communicate()[0].splitlines()
        acknowledged = max(int(line.split()[-1]) for line in lines if line.strip())
        results = Results.open(path)
        assert results.status == "interrupted"
        assert len(results.evaluations) >= acknowledged
        assert not [finding for finding in verify(path) if finding.severity == "error"]
    with RunDirectory.open(path) as run:
        count = run.journal.count
    results = Results.open(path)
    assert verify(path) == []
    assert count > 10
    for row in range(0, count, 3):
        assert results.evaluations[row].parameters == evaluation(row).parameters
        assert len(results.responses(row)["bAP"].traces) == 2


def test_the_manifest_is_whole_at_any_moment(tmp_path: Path) -> None:
    with RunDirectory.create(tmp_path / "run", "run", {}, {"seed": float("nan")}) as run:
        (run.path / "run.json.partial").write_text("{")  # a writer killed half-way
        assert read_manifest(run.path).status == "running"


@pytest.mark.parametrize("limit_kB", [100, 700])
def test_hdf5_that_finds_no_room_leaves_nothing_behind(tmp_path: Path, limit_kB: int) -> None:
    code = """
        import os, resource, signal
        from pathlib import Path
        import numpy as np
        from attrs import evolve
        from conftest import make_evaluation, make_response
        from bouton.errors import ResultsError
        from bouton.model.traces import Trace
        from bouton.results import Results, RunDirectory
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limit = int(sys.argv[2]) * 1000
        noise = np.random.default_rng(0).random((15_000, 8))  # does not compress
        trace = Trace("noise", "v", "mV", np.arange(15_000.0), noise, ())
        response = evolve(make_response(), traces=(trace,))
        evaluation = evolve(make_evaluation(), responses={"bAP": response})
        run = RunDirectory.create(sys.argv[1], "run", {}, {})
        def limited(attempt):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                attempt()
                print("written")
            except ResultsError as error:
                print(str(error).replace("\\n", " | "))
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

        limited(lambda: run.record([evaluation]))
        run.record([evaluation], first_index=run.journal.count)
        limited(run.derive)
        print(sorted(path.name for path in run.path.rglob("*")))
        run.finish()
    """
    process = run_python(code, tmp_path / "run", limit_kB)
    lines = process.communicate(timeout=300)[0].splitlines()
    assert process.returncode == 0
    assert "may be full" in lines[0]
    assert "may be full" in lines[1]
    assert "1 records in journal.jsonl are safe" in lines[1]
    assert "results.h5" not in lines[2]
    assert "partial" not in lines[2]
    assert verify(tmp_path / "run") == []
