"""The Dask executor on real clusters: one made for the run, one of separate processes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bouton.errors import BoutonError
from bouton.execution.guard import WorkerStartError
from bouton.model.tasks import Outcome, Task, WorkerSpec

pytest.importorskip("distributed", reason="the extra bouton[dask] is not installed")
pytestmark = pytest.mark.filterwarnings("default")  # distributed warns about its own clean-up

from bouton_plugins.dask.executor import Dask  # noqa: E402

TASKS = Path(__file__).parents[1] / "execution"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TASKS))
    monkeypatch.setenv("PYTHONPATH", str(TASKS))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler and two workers as separate processes, as on a cluster."""
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    note = tmp_path / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker"]
    started = [subprocess.Popen([*dask, *options, "--scheduler-file", str(note)], cwd=tmp_path)]
    started += [
        subprocess.Popen(
            [*worker, "--scheduler-file", str(note), "--nthreads", "1", "--no-dashboard"],
            cwd=tmp_path,
        )
        for _ in range(2)
    ]
    try:
        yield address_in(note), started[0]
    finally:
        for process in reversed(started):
            process.kill()  # asked kindly, a worker waits for a scheduler that is gone
            process.wait()


def address_in(note: Path) -> str:
    """Return the address that a scheduler tells, once its file is there whole."""
    for _ in range(1200):
        if note.exists() and note.read_text().rstrip().endswith("}"):
            return str(json.loads(note.read_text())["address"])
        time.sleep(0.1)
    pytest.fail("the scheduler never told its address")


@pytest.fixture
def scheduler(cluster: tuple[str, subprocess.Popen[bytes]]) -> str:
    return cluster[0]


def run(executor: Dask, payloads: list[Mapping[str, Any]]) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    with executor.open(WorkerSpec("worker_tasks:factory", {}), 2) as pool:
        for index, payload in enumerate(payloads):
            pool.submit(Task(index, payload))
        while len(found) < len(payloads):
            found.update({outcome.index: outcome for outcome in pool.collect(600.0)})
    return found


def test_a_local_cluster_guards_every_evaluation() -> None:
    bad = ["loop", "segfault", "eat", "raise"]
    payloads: list[Mapping[str, Any]] = [{"do": name} for name in bad]
    payloads += [{"value": 0.1 + i} for i in range(4)]
    found = run(Dask(wall_limit_s=6.0, memory_limit_MB=300.0), payloads)
    assert [found[i].status for i in range(4)] == ["timeout", "crashed", "memory", "error"]
    assert [found[4 + i].result["value"] for i in range(4)] == [0.1 + i for i in range(4)]


@pytest.mark.filterwarnings("error:Port:UserWarning")
def test_a_local_cluster_needs_no_port_that_others_may_use() -> None:
    with socket.socket() as usual:
        usual.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # in use already
            usual.bind(("127.0.0.1", 8787))
            usual.listen()
        assert run(Dask(), [{"value": 1}])[0].status == "ok"


def test_a_cluster_of_separate_processes(scheduler: str) -> None:
    payloads: list[Mapping[str, Any]] = [{"value": i} for i in range(6)] + [{"do": "exit"}]
    found = run(Dask(scheduler=scheduler), payloads)
    assert [found[i].result["value"] for i in range(6)] == list(range(6))
    assert found[6].status == "crashed"
    again = run(Dask(scheduler=scheduler), [{"value": "again"}])
    assert again[0].result["value"] == "again"


def test_a_cluster_that_goes_is_no_failure_of_evaluations(
    cluster: tuple[str, subprocess.Popen[bytes]],
) -> None:
    address, process = cluster
    outcomes: list[Outcome] = []

    def work() -> None:
        with Dask(address, wait_s=10).open(WorkerSpec("worker_tasks:factory", {}), 0) as pool:
            pool.submit(Task(0, {"do": "loop"}))
            process.kill()
            while pool.workers:
                outcomes.extend(pool.collect(0.1))

    with pytest.raises(BoutonError, match=r"cluster is gone .*bouton resume"):
        work()
    assert not outcomes


def test_an_address_that_is_none_is_a_clear_error() -> None:
    with (
        pytest.raises(BoutonError, match="no Dask cluster with workers answers at nonsense"),
        Dask("nonsense").open(WorkerSpec("worker_tasks:factory", {}), 1),
    ):
        pass


def test_a_script_without_a_guard_is_told_what_to_do(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    lines = [
        "from bouton.model.tasks import WorkerSpec",
        "from bouton_plugins.dask.executor import Dask",
        "with Dask().open(WorkerSpec('worker_tasks:factory', {}), 1):",
        "    pass",
    ]
    script.write_text("\n".join(lines))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].startswith("bouton.errors.BoutonError: no local Dask")
    assert "__main__" in done.stderr.splitlines()[-1]


def test_no_cluster_is_a_clear_error() -> None:
    with (
        pytest.raises(BoutonError, match="dask scheduler"),
        Dask(scheduler="tcp://127.0.0.1:9", wait_s=2.0).open(WorkerSpec("x:y", {}), 1),
    ):
        pass


def test_a_child_that_cannot_start_ends_the_job() -> None:
    with Dask().open(WorkerSpec("worker_tasks:factory", {"fail": 1}), 1) as pool:
        pool.submit(Task(0, {}))
        with pytest.raises(WorkerStartError, match="told to fail"):
            pool.collect(600.0)
