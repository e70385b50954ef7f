"""Suite for executors, and the work that it gives their workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from bouton.errors import BoutonError
from bouton.model.tasks import Outcome, PoolReport, Task, WorkerSpec
from bouton.testing.suite import OptionsSuite, fail, require

_PATIENCE_S = 300.0
FACTORY = f"{__name__}:trial_factory"


def trial_factory(argument: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Return the function that workers of the suite call: it does what a payload says."""
    if argument.get("fail"):
        raise BoutonError("this worker was told not to start")

    def work(payload: Mapping[str, Any]) -> Any:  # noqa: ANN401
        if payload["do"] == "raise":
            raise BoutonError("told to raise")
        if payload["do"] == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if payload["do"] == "sleep":
            time.sleep(payload["s"])
        return {"value": payload.get("value"), "pid": os.getpid(), **argument}

    return work


class ExecutorSuite(OptionsSuite):
    """Every task has one outcome, whatever it does to its worker.

    Attributes:
        workers: Workers that are asked for.
        is_isolated: Whether a task that kills its process costs only itself; it does not where
            tasks run in this process.
    """

    kind = "executors"
    workers: ClassVar[int] = 2
    is_isolated: ClassVar[bool] = True

    def outcomes(self, *payloads: Mapping[str, Any]) -> tuple[list[Outcome], PoolReport]:
        """Run payloads as tasks 0, 1, ... and return their outcomes in order, and the report."""
        with self.make().open(_spec(), self.workers) as pool:
            for index, payload in enumerate(payloads):
                pool.submit(Task(index, payload))
            found = self._collected(pool, len(payloads))
            return [found[index] for index in range(len(payloads))], pool.report()

    def _collected(self, pool: Any, count: int) -> dict[int, Outcome]:  # noqa: ANN401
        found: dict[int, Outcome] = {}
        end = time.monotonic() + _PATIENCE_S
        while len(found) < count:
            for outcome in pool.collect(1.0):
                twice = outcome.index in found
                require(not twice, f"task {outcome.index} has two outcomes")
                found[outcome.index] = outcome
            if time.monotonic() > end:
                fail(f"{count - len(found)} of {count} tasks have no outcome after {_PATIENCE_S} s")
        return found

    def test_every_task_has_its_own_result(self) -> None:
        """Results are those of the tasks, exactly, in whatever order they arrive."""
        values = [0.1, 1e-300, [1, 2.5, None], "µm", {"a": True}, *range(8)]
        found, report = self.outcomes(*({"do": "echo", "value": value} for value in values))
        for outcome, value in zip(found, values, strict=True):
            fine = outcome.status == "ok" and outcome.result["value"] == value
            require(fine, f"task {outcome.index} gave {outcome}, expected {value!r}")
            require(outcome.result["tag"] == "t", "the factory did not get its argument")
        require(isinstance(report, PoolReport), f"report returns {type(report).__name__}")

    def test_an_error_costs_one_task(self) -> None:
        """A task that raises has the status `error` and the message; the others are done."""
        found, _ = self.outcomes({"do": "raise"}, {"do": "echo", "value": 1})
        require(found[0].status == "error", f"a task that raises is {found[0].status!r}, not error")
        require("told to raise" in found[0].reason, f"its reason is {found[0].reason!r}")
        require(found[1].status == "ok", "a task after it was lost")

    def test_a_dead_worker_costs_one_task(self) -> None:
        """A task that kills its process has the status `crashed`; the others are done."""
        if not self.is_isolated:
            return
        echoes = [{"do": "echo", "value": number} for number in range(4)]
        found, _ = self.outcomes({"do": "die"}, *echoes)
        require(found[0].status == "crashed", f"it is {found[0].status!r}: {found[0].reason}")
        require(found[0].reason, "a crash has no reason")
        lost = [outcome for outcome in found[1:] if outcome.status != "ok"]
        require(not lost, f"it took other tasks with it: {lost}")

    def test_nothing_to_do_is_no_deadlock(self) -> None:
        """`collect` returns at once when nothing was submitted, and in time when work is long."""
        with self.make().open(_spec(), self.workers) as pool:
            require(pool.workers >= 1, f"the pool has {pool.workers} workers")
            require(pool.collect(0.1) == [], "outcomes of nothing")
            pool.submit(Task(0, {"do": "sleep", "s": 0.2}))
            self._collected(pool, 1)

    def test_workers_that_cannot_start_are_an_error(self) -> None:
        """A factory that raises ends in an error with its reason, not in a loop."""
        try:
            with self.make().open(_spec(fail=True), self.workers) as pool:
                pool.submit(Task(0, {"do": "echo"}))
                found = self._collected(pool, 1)
        except BoutonError as error:
            require("told not to start" in str(error), f"the reason is lost: {error}")
            return
        require(found[0].status != "ok", "a task is done though its worker could not start")

    def test_leaving_the_pool_ends_its_workers(self) -> None:
        """Busy or not, no process is left behind."""
        if not self.is_isolated:
            return
        with self.make().open(_spec(), self.workers) as pool:
            for index in range(2 * self.workers):
                pool.submit(Task(index, {"do": "echo"}))
            pids = {o.result["pid"] for o in self._collected(pool, 2 * self.workers).values()}
            pool.submit(Task(99, {"do": "sleep", "s": 3600.0}))
        for pid in pids:
            require(_ends(pid), f"worker {pid} is still alive after the pool was left")


def _ends(pid: int) -> bool:
    """Return whether a process is gone, or goes within a minute."""
    for _ in range(600):
        state = _state(pid)
        if not state or state.startswith("Z"):  # gone, or dead and only to be buried
            return True
        time.sleep(0.1)
    return False


def _state(pid: int) -> str:
    if sys.platform == "linux":  # where small systems have no ps
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].strip()
        except (FileNotFoundError, ProcessLookupError):
            return ""
    asked = ["/bin/ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


def _spec(**argument: Any) -> WorkerSpec:  # noqa: ANN401
    return WorkerSpec(FACTORY, {"tag": "t", **argument})
