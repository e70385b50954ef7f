"""The Dask executor: every Dask worker owns one guarded child process.

The watchdog sits beside the child, so a hang, a crash or a memory hog behaves as it does on one
machine, and Dask never sees it. Tasks and results travel as JSON text.
"""

from __future__ import annotations

import atexit
import json
import queue
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import asdict, evolve, field, frozen
from distributed import Client, Future, LocalCluster, get_worker

from bouton.errors import BoutonError
from bouton.execution.guard import GuardedWorker, WorkerStartError
from bouton.model.tasks import Limits, Outcome, PoolReport, Task, WorkerSpec


@frozen
class Dask:
    """Workers of a Dask cluster; use one thread per worker.

    Attributes:
        scheduler: Address such as `tcp://host:8786`; empty for a cluster on this machine, made
            for the run and ended with it.
        wait_s: How long to wait for the first worker.
        wall_limit_s: Seconds after which an evaluation is killed; 0 for no limit.
        memory_limit_MB: Resident memory at which a child is killed; 0 for no limit.
        recycle_after: Evaluations after which a child is replaced; 0 for never.
        attempts: How often an evaluation whose child dies is begun before it counts as failed.
    """

    scheduler: str = ""
    wait_s: float = 60.0
    wall_limit_s: float = field(default=300.0)
    memory_limit_MB: float = field(default=4000.0)
    recycle_after: int = field(default=2000)
    attempts: int = field(default=2)

    @contextmanager
    def open(self, spec: WorkerSpec, workers: int) -> Iterator[DaskPool]:
        """Return a pool on the cluster; with a scheduler, its workers are used, all of them.

        Raises:
            BoutonError: If the scheduler cannot be reached or has no workers.
        """
        limits = Limits(self.wall_limit_s, self.memory_limit_MB, self.recycle_after, self.attempts)
        with self._client(workers) as client:
            yield from self._pool(client, evolve(spec, limits=limits))

    def _pool(self, client: Client, spec: WorkerSpec) -> Iterator[DaskPool]:
        pool = DaskPool(client, spec)
        try:
            yield pool
        finally:
            pool.close()

    @contextmanager
    def _client(self, workers: int) -> Iterator[Client]:
        if not self.scheduler:
            with (
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    memory_limit=None,  # our own watchdog limits the child that simulates
                ) as cluster,
                Client(cluster) as client,
            ):
                yield client
            return
        try:
            client = Client(self.scheduler, timeout=self.wait_s)
            client.wait_for_workers(1, timeout=self.wait_s)
        except (OSError, TimeoutError) as error:
            raise BoutonError(
                f"no Dask cluster with workers answers at {self.scheduler}: {error}; start one "
                "with `dask scheduler` and `dask worker ADDRESS --nthreads 1`"
            ) from error
        with client:
            yield client


class DaskPool:
    """Tasks on the workers of a cluster."""

    def __init__(self, client: Client, spec: WorkerSpec) -> None:
        threads = client.nthreads()
        crowded = [address for address, n in threads.items() if n != 1]
        if crowded:
            raise BoutonError(
                f"Dask worker {crowded[0]} has {threads[crowded[0]]} threads; NEURON needs workers "
                "with one: dask worker ADDRESS --nthreads 1 --nworkers N"
            )
        self._client = client
        self._spec = json.dumps(asdict(spec))
        self._done: queue.SimpleQueue[tuple[int, Future]] = queue.SimpleQueue()
        self._pending: dict[int, Future] = {}
        self._killed: Counter[str] = Counter()

    @property
    def workers(self) -> int:
        """Number of workers that the cluster has now."""
        return max(1, len(self._client.nthreads()))

    def submit(self, task: Task) -> None:
        """Queue a task."""
        text = json.dumps(asdict(task))
        future = self._client.submit(run_guarded, self._spec, text, pure=False)
        self._pending[task.index] = future
        future.add_done_callback(lambda done: self._done.put((task.index, done)))

    def collect(self, timeout_s: float | None = None) -> list[Outcome]:
        """Return what has arrived, waiting for at least one outcome or the time-out.

        Raises:
            WorkerStartError: If children cannot be made ready.
        """
        if not self._pending:
            return []
        arrived = []
        try:
            arrived.append(self._outcome(*self._done.get(timeout=timeout_s)))
            while True:
                arrived.append(self._outcome(*self._done.get_nowait()))
        except queue.Empty:
            return arrived

    def report(self) -> PoolReport:
        """Return how many children were killed, by reason, as far as outcomes tell."""
        return PoolReport(dict(self._killed))

    def close(self) -> None:
        """Cancel what is under way and end the children of this run."""
        for future in self._pending.values():
            future.cancel(force=True)
        self._client.run(stop_guard, self._spec)

    def _outcome(self, index: int, future: Future) -> Outcome:
        self._pending.pop(index, None)
        if future.status != "finished":
            reason = f"the Dask worker died: {future.exception()!r}"
            return Outcome(index, "crashed", None, reason)
        answer = json.loads(future.result())
        if "start_error" in answer:
            raise WorkerStartError(answer["start_error"])
        outcome = Outcome(**answer)
        if outcome.status in ("crashed", "timeout", "memory"):
            self._killed[outcome.status] += 1
        return outcome


_guards: dict[str, GuardedWorker] = {}  # on a Dask worker: spec as text -> its child


def run_guarded(spec_text: str, task_text: str) -> str:
    """Run a task in this Dask worker's child; the answer is an outcome as JSON text."""
    get_worker()  # this must be a Dask worker
    guard = _guards.get(spec_text)
    if guard is None:
        guard = _guards[spec_text] = GuardedWorker(_spec(spec_text))
        atexit.register(guard.stop)
    try:
        return json.dumps(asdict(guard.run(Task(**json.loads(task_text)))))
    except WorkerStartError as error:
        return json.dumps({"start_error": str(error)})


def stop_guard(spec_text: str) -> None:
    """End this Dask worker's child of a run."""
    guard = _guards.pop(spec_text, None)
    if guard is not None:
        guard.abandon()


def _spec(text: str) -> WorkerSpec:
    stored: dict[str, Any] = json.loads(text)
    return WorkerSpec(stored["factory"], stored["argument"], Limits(**stored["limits"]))
