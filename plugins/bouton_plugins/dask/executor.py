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
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from attrs import asdict, evolve, field, frozen, validators
from distributed import Client, Future, KilledWorker, LocalCluster, get_worker

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
    wait_s: float = field(default=60.0, validator=validators.gt(0.0))
    wall_limit_s: float = field(default=300.0, validator=validators.ge(0.0))
    memory_limit_MB: float = field(default=4000.0, validator=validators.ge(0.0))
    recycle_after: int = field(default=2000, validator=validators.ge(0))
    attempts: int = field(default=2, validator=validators.ge(1))

    @contextmanager
    def open(self, spec: WorkerSpec, workers: int) -> Iterator[DaskPool]:
        """Return a pool on the cluster; with a scheduler, its workers are used, all of them.

        Raises:
            BoutonError: If the scheduler cannot be reached or has no workers.
        """
        limits = Limits(self.wall_limit_s, self.memory_limit_MB, self.recycle_after, self.attempts)
        with ExitStack() as stack:
            place = self.scheduler or stack.enter_context(_local_cluster(workers))
            client = stack.enter_context(self._client(place))
            pool = DaskPool(client, evolve(spec, limits=limits))
            stack.callback(pool.close)
            yield pool

    def _client(self, place: str | LocalCluster) -> Client:
        client = None
        try:
            client = Client(place, timeout=self.wait_s)
            client.wait_for_workers(1, timeout=self.wait_s)
        except (OSError, TimeoutError, ValueError) as error:
            if client is not None:
                client.close()
            raise BoutonError(
                f"no Dask cluster with workers answers at {place}: {error}; start one with "
                "`dask scheduler` and `dask worker ADDRESS --nthreads 1`"
            ) from error
        return client


def _local_cluster(workers: int) -> LocalCluster:
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # with none, port 8787 is taken all the same
            scheduler_kwargs={"dashboard": False},
            memory_limit=None,  # our own watchdog limits the child that simulates
        )
    except RuntimeError as error:
        raise BoutonError(
            f"no local Dask cluster could be started: {error} Its workers import the script that "
            'asks for it, so a script must do its work under `if __name__ == "__main__":`'
        ) from error


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
        self._is_gone = False

    @property
    def workers(self) -> int:
        """Number of workers that the cluster has now."""
        with self._reaching():
            return max(1, len(self._client.nthreads()))

    def submit(self, task: Task) -> None:
        """Queue a task."""
        text = json.dumps(asdict(task))
        with self._reaching():
            future = self._client.submit(run_guarded, self._spec, text, pure=False)
        self._pending[task.index] = future
        future.add_done_callback(lambda done: self._done.put((task.index, done)))

    def collect(self, timeout_s: float | None = None) -> list[Outcome]:
        """Return what has arrived, waiting for at least one outcome or the time-out.

        Raises:
            WorkerStartError: If children cannot be made ready.
            BoutonError: If the cluster is gone or cannot run what it is given: that says nothing
                about evaluations.
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
        if self._is_gone or self._client.status != "running":
            return  # workers without a scheduler end by themselves
        with suppress(BoutonError), self._reaching():
            for future in self._pending.values():
                future.cancel(force=True)
            self._client.run(stop_guard, self._spec)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (OSError, TimeoutError, AttributeError) as error:  # a closed client lacks its parts
            raise self._gone(error) from error

    def _gone(self, why: object) -> BoutonError:
        self._is_gone = True
        return BoutonError(
            f"the Dask cluster is gone ({why}); what is recorded is safe, and `bouton resume` goes "
            "on, on another cluster with --executor dask:ADDRESS"
        )

    def _outcome(self, index: int, future: Future) -> Outcome:
        if future.status not in ("finished", "error"):
            raise self._gone(f"evaluation {index} is {future.status}")
        self._pending.pop(index, None)
        if future.status == "error":
            error = future.exception()
            if not isinstance(error, KilledWorker):
                raise BoutonError(f"the Dask cluster cannot run evaluations: {error!r}") from error
            return Outcome(index, "crashed", None, f"the Dask worker died: {error!r}")
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
