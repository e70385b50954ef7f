"""An executor: one guarded process, one task after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import evolve, field, frozen, validators

from bouton.execution.guard import GuardedWorker
from bouton.model.tasks import Limits, Outcome, PoolReport, Task, WorkerSpec


@frozen
class Skeleton:
    """Runs tasks one after another in one process, which is replaced when it dies.

    Attributes:
        wall_limit_s: Seconds after which a task is killed; 0 for no limit.
    """

    wall_limit_s: float = field(default=300.0, validator=validators.ge(0.0))

    @contextmanager
    def open(self, spec: WorkerSpec, workers: int = 1) -> Iterator[SkeletonPool]:
        """Return the pool; `workers` is ignored, there is one."""
        del workers
        with GuardedWorker(evolve(spec, limits=Limits(self.wall_limit_s))) as guard:
            yield SkeletonPool(guard)


class SkeletonPool:
    """Tasks in the order they were submitted."""

    workers = 1

    def __init__(self, guard: GuardedWorker) -> None:
        self._guard = guard
        self._tasks: list[Task] = []

    def submit(self, task: Task) -> None:
        """Queue a task."""
        self._tasks.append(task)

    def collect(self, timeout_s: float | None = None) -> list[Outcome]:
        """Run the next task, however long it takes; nothing when none is queued."""
        del timeout_s
        return [self._guard.run(self._tasks.pop(0))] if self._tasks else []

    def report(self) -> PoolReport:
        """Return how often the process was killed."""
        return PoolReport(dict(self._guard.killed), self._guard.recycled)
