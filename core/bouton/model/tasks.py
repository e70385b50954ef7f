"""What executors carry: plain data to a worker and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import Factory, frozen


@frozen
class Limits:
    """What one task may cost before its worker is killed and replaced; 0 means no limit.

    Attributes:
        wall_s: Wall-clock seconds per task.
        memory_MB: Resident memory of a worker process.
        recycle_after: Tasks after which a worker is replaced by a fresh one.
        attempts: How often a task is begun before the death of its worker counts as its own
            fault. Equal tasks do equal things, so a worker killed from outside costs nothing.
    """

    wall_s: float = 0.0
    memory_MB: float = 0.0
    recycle_after: int = 0
    attempts: int = 2


@frozen
class WorkerSpec:
    """How a worker process is made ready.

    Attributes:
        factory: `"module:attr"`; called once per process with `argument`, it returns the function
            that is called with each task's payload. Both argument and payload are JSON-ready.
            If the function has a `close`, it is called where the process lives on.
        argument: What the factory receives.
        limits: Watchdog limits.
    """

    factory: str
    argument: Mapping[str, Any]
    limits: Limits = Limits()


@frozen
class Task:
    """One piece of work.

    Attributes:
        index: Number of the task, unique within a pool.
        payload: JSON-ready.
    """

    index: int
    payload: Mapping[str, Any]


OutcomeStatus = Literal["ok", "error", "crashed", "timeout", "memory"]


@frozen
class Outcome:
    """What became of a task.

    Attributes:
        index: Number of the task.
        status: `ok`; `error` (the function raised), `crashed` (the process died), `timeout` or
            `memory` (the watchdog killed it).
        result: What the function returned, if ok.
        reason: One line for tables, if not ok.
        wall_s: Wall-clock seconds.
        worker: Process id of the worker, for reports only.
    """

    index: int
    status: OutcomeStatus
    result: Any = None
    reason: str = ""
    wall_s: float = 0.0
    worker: int = 0


@frozen
class PoolReport:
    """What a pool went through.

    Attributes:
        killed: Number of workers killed, by reason.
        recycled: Number of workers replaced after their share of tasks.
    """

    killed: Mapping[str, int] = Factory(dict)
    recycled: int = 0
