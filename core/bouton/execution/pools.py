"""The executors that need no other machine: `serial` and `local`."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from time import monotonic
from typing import Any

from attrs import field, frozen, validators

from bouton.errors import BoutonError
from bouton.execution.guard import GuardedWorker
from bouton.model.tasks import Limits, Outcome, PoolReport, Task, WorkerSpec


class SerialPool:
    """Runs tasks in this process when they are collected; no watchdog."""

    workers = 1

    def __init__(self, work: Callable[[Mapping[str, Any]], Any]) -> None:
        self._work = work
        self._tasks: list[Task] = []

    def submit(self, task: Task) -> None:
        """Queue a task."""
        self._tasks.append(task)

    def collect(self, timeout_s: float | None = None) -> list[Outcome]:
        """Run the next task; returns nothing when none is queued."""
        del timeout_s
        if not self._tasks:
            return []
        task = self._tasks.pop(0)
        begun = monotonic()
        try:
            result = self._work(task.payload)
        except BoutonError as error:
            return [Outcome(task.index, "error", None, str(error), monotonic() - begun)]
        return [Outcome(task.index, "ok", result, "", monotonic() - begun)]

    def report(self) -> PoolReport:
        """Return an empty report: nothing is ever killed."""
        return PoolReport()


@frozen
class Serial:
    """Evaluations one after another in this process, without a watchdog; for debugging."""

    @contextmanager
    def open(self, spec: WorkerSpec, workers: int = 1) -> Iterator[SerialPool]:
        """Return the pool; `workers` is ignored, there is one."""
        del workers
        module, _, attribute = spec.factory.partition(":")
        work = getattr(import_module(module), attribute)(spec.argument)
        try:
            yield SerialPool(work)
        finally:
            close = getattr(work, "close", None)
            if close is not None:
                close()


class LocalPool:
    """Worker processes on this machine, each guarded by one thread of a thread pool."""

    def __init__(self, spec: WorkerSpec, workers: int) -> None:
        self.workers = workers
        self._spec = spec
        self._outcomes: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        self._guards: list[GuardedWorker] = []
        self._mine = threading.local()
        self._pending = 0
        self._is_closed = False
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="bouton-worker")

    def submit(self, task: Task) -> None:
        """Queue a task."""
        self._pending += 1
        self._threads.submit(self._run, task)

    def collect(self, timeout_s: float | None = None) -> list[Outcome]:
        """Return what has arrived, waiting for at least one outcome or the time-out.

        Raises:
            WorkerStartError: If workers cannot be made ready.
        """
        if not self._pending:
            return []
        arrived: list[Outcome] = []
        try:
            arrived.append(self._checked(self._outcomes.get(timeout=timeout_s)))
            while True:
                arrived.append(self._checked(self._outcomes.get_nowait()))
        except queue.Empty:
            return arrived

    def report(self) -> PoolReport:
        """Return how many workers were killed, by reason, and how many were recycled."""
        killed: Counter[str] = Counter()
        for guard in self._guards:
            killed.update(guard.killed)
        return PoolReport(dict(killed), sum(guard.recycled for guard in self._guards))

    def close(self) -> None:
        """End every worker at once, busy or not."""
        self._is_closed = True
        for guard in self._guards:
            guard.abandon()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for guard in self._guards:
            guard.stop()

    def _checked(self, arrived: Outcome | BaseException) -> Outcome:
        self._pending -= 1
        if isinstance(arrived, BaseException):
            raise arrived
        return arrived

    def _run(self, task: Task) -> None:
        try:
            guard: GuardedWorker | None = getattr(self._mine, "guard", None)
            if guard is None:
                guard = self._mine.guard = GuardedWorker(self._spec)
                self._guards.append(guard)
                if self._is_closed:
                    guard.abandon()
            self._outcomes.put(guard.run(task))
        except BaseException as error:  # noqa: BLE001 - raised again where outcomes are collected
            self._outcomes.put(error)


@frozen
class Local:
    """Persistent worker processes on this machine, with a watchdog.

    Attributes:
        wall_limit_s: Seconds after which an evaluation is killed; 0 for no limit.
        memory_limit_MB: Resident memory at which a worker is killed; 0 for no limit.
        recycle_after: Evaluations after which a worker is replaced; 0 for never.
        attempts: How often an evaluation whose worker dies is begun before it counts as failed.
    """

    wall_limit_s: float = field(default=300.0, validator=validators.ge(0.0))
    memory_limit_MB: float = field(default=4000.0, validator=validators.ge(0.0))
    recycle_after: int = field(default=2000, validator=validators.ge(0))
    attempts: int = field(default=2, validator=validators.ge(1))

    @contextmanager
    def open(self, spec: WorkerSpec, workers: int) -> Iterator[LocalPool]:
        """Return the pool; leaving the context ends every worker."""
        limits = Limits(self.wall_limit_s, self.memory_limit_MB, self.recycle_after, self.attempts)
        pool = LocalPool(WorkerSpec(spec.factory, spec.argument, limits), workers)
        try:
            yield pool
        finally:
            pool.close()
