"""Workers that hang, die, eat memory or wear out cost one task each, never the pool."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bouton.execution.guard import GuardedWorker, WorkerStartError
from bouton.execution.pools import Local, Serial
from bouton.model.tasks import Limits, Outcome, Task, WorkerSpec

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))


def spec(**argument: Any) -> WorkerSpec:
    return WorkerSpec("worker_tasks:factory", argument)


def collect_all(pool: Any, n: int) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    while len(found) < n:
        found.update({outcome.index: outcome for outcome in pool.collect(600.0)})
    return found


def run(executor: Local | Serial, payloads: list[Mapping[str, Any]], workers: int = 2) -> Any:
    with executor.open(spec(tag="t"), workers) as pool:
        for index, payload in enumerate(payloads):
            pool.submit(Task(index, payload))
        return collect_all(pool, len(payloads)), pool.report()


def test_results_come_back_exactly() -> None:
    values = [0.1, 1e-300, [1, 2.5, None], "µm", {"a": float("inf")}]
    outcomes, _ = run(Local(), [{"value": value} for value in values])
    assert [outcomes[i].result["value"] for i in range(len(values))] == values
    assert all(outcome.status == "ok" for outcome in outcomes.values())
    assert outcomes[0].result["pid"] != os.getpid()


def test_serial_runs_in_this_process() -> None:
    outcomes, _ = run(Serial(), [{"value": 1}, {"do": "raise"}])
    assert outcomes[0].result["pid"] == os.getpid()
    assert outcomes[1].status == "error"
    assert "told to raise" in outcomes[1].reason


def test_every_way_to_fail_costs_one_task() -> None:
    bad = ["loop", "segfault", "exit", "eat", "raise", "bug"]
    payloads: list[Mapping[str, Any]] = []
    for name in bad:
        payloads += [{"do": name}, {"value": name}]
    outcomes, report = run(Local(wall_limit_s=6.0, memory_limit_MB=300.0), payloads)
    status = {name: outcomes[2 * i].status for i, name in enumerate(bad)}
    assert status == {
        "loop": "timeout",
        "segfault": "crashed",
        "exit": "crashed",
        "eat": "memory",
        "raise": "error",
        "bug": "error",
    }
    assert all(outcomes[2 * i + 1].result["value"] == name for i, name in enumerate(bad))
    assert "6 s" in outcomes[0].reason
    assert "SIGSEGV" in outcomes[2].reason
    assert "exit code 3" in outcomes[4].reason
    assert "limit 300 MB" in outcomes[6].reason
    assert "ZeroDivisionError" in outcomes[10].reason
    assert report.killed == {"timeout": 1, "crashed": 4, "memory": 1}
    assert outcomes[2].reason.endswith("2 times")


def test_a_worn_out_worker_is_replaced() -> None:
    outcomes, report = run(Local(recycle_after=2), [{"value": i} for i in range(5)], workers=1)
    pids = [outcomes[i].result["pid"] for i in range(5)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]
    assert report.recycled == 2


def test_output_of_foreign_code_does_not_disturb_the_conversation() -> None:
    outcomes, _ = run(Local(), [{"do": "chatter"}, {"value": 1}], workers=1)
    assert outcomes[0].result == "quiet"
    assert outcomes[1].status == "ok"


@pytest.mark.parametrize(
    ("argument", "word"), [({"fail": 1}, "told to fail"), ({"crash": 1}, "SEGV")]
)
def test_a_worker_that_cannot_start_is_an_error_not_a_loop(
    argument: dict[str, Any], word: str
) -> None:
    with Local().open(spec(**argument), 2) as pool:
        pool.submit(Task(0, {}))
        with pytest.raises(WorkerStartError, match=word):
            pool.collect(600.0)


def test_a_worker_killed_while_it_starts_is_started_again(tmp_path: Path) -> None:
    with Local().open(spec(crash_unless=str(tmp_path / "mark")), 1) as pool:
        pool.submit(Task(0, {"value": 5}))
        (outcome,) = collect_all(pool, 1).values()
    assert (outcome.status, outcome.result["value"]) == ("ok", 5)


def test_leaving_the_pool_ends_busy_workers() -> None:
    with Local(wall_limit_s=0).open(spec(), 2) as pool:
        pool.submit(Task(0, {"value": 0}))
        pool.submit(Task(1, {"do": "loop"}))
        pool.submit(Task(2, {"do": "loop"}))
        pool.submit(Task(3, {"do": "loop"}))
        (first,) = collect_all(pool, 1).values()
    with pytest.raises(ProcessLookupError):
        os.kill(first.worker, 0)


def test_a_worker_killed_from_outside_costs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with GuardedWorker(WorkerSpec("worker_tasks:factory", {})) as worker:
        pid = worker.run(Task(0, {"value": 0})).worker
        os.kill(pid, signal.SIGKILL)
        assert worker.run(Task(1, {"value": 1})).status == "ok"
        killer = threading.Thread(target=kill_once_there, args=(mark, worker))
        killer.start()
        assert worker.run(Task(2, {"do": "sleep once", "mark": str(mark)})).status == "ok"
        killer.join()
        assert worker.killed["crashed"] >= 1


def kill_once_there(mark: Path, worker: GuardedWorker) -> None:
    while not mark.exists():
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGKILL)


def test_a_guarded_worker_starts_again_after_each_death() -> None:
    with GuardedWorker(WorkerSpec("worker_tasks:factory", {}, Limits(wall_s=20.0))) as worker:
        assert worker.run(Task(0, {"do": "exit"})).status == "crashed"
        assert worker.run(Task(1, {"value": 7})).result["value"] == 7


POOL = """
from bouton.execution.pools import Local
from bouton.model.tasks import Task, WorkerSpec

with Local().open(WorkerSpec("worker_tasks:factory", {}), 1) as pool:
    pool.submit(Task(0, {"value": 0}))
    print(pool.collect(600.0)[0].worker, flush=True)
"""
BUSY = """
    pool.submit(Task(1, {"do": "loop"}))
    pool.collect(600.0)
"""


def test_the_main_process_may_be_number_one() -> None:
    """As in a container, where the parent of a worker is no sign of an orphan."""
    alone = ["unshare", "--pid", "--fork", "--mount-proc"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("this system does not let us number processes anew")
    path = os.pathsep.join([str(HERE), *sys.path])
    done = subprocess.run(
        [*alone, sys.executable, "-c", POOL],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1


@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signal is Linux only")
def test_workers_die_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "unguarded_script.py"
    script.write_text(POOL + BUSY)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    for _ in range(1200):
        if not is_running(worker):
            return
        time.sleep(0.05)
    pytest.fail("the worker outlived its parent")


def is_running(pid: int) -> bool:
    """Return whether a process runs; an orphan may stay as a zombie where nobody collects it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
