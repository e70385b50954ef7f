"""One worker process under guard: wall limit, memory limit, recycling, crash reports."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from time import monotonic
from types import TracebackType
from typing import IO, Any

from attrs import evolve

from bouton.errors import BoutonError
from bouton.model.tasks import Outcome, OutcomeStatus, Task, WorkerSpec

_POLL_S = 0.2
_START_LIMIT_S = 600.0  # a first start may compile a catalogue
_START_ATTEMPTS = 3  # somebody else may have killed it while it started
_LAST_WORDS = 400


class WorkerStartError(BoutonError):
    """A worker could not be made ready; every further one would fail the same way."""


class _Killed(Exception):  # noqa: N818 - a signal between two functions of this module
    def __init__(self, status: OutcomeStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class GuardedWorker:
    """A worker process that is replaced whenever it hangs, dies, eats memory or is worn out.

    Not thread-safe: one thread owns it. On Linux the process dies with the thread that started it.

    Args:
        spec: What to run and its limits.
    """

    def __init__(self, spec: WorkerSpec) -> None:
        self._spec = spec
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: IO[str] | None = None
        self._answers_fd = -1
        self._buffer = b""
        self._done = 0
        self._errors: IO[bytes] | None = None
        self._abandoned = False
        self.killed: dict[str, int] = {}
        self.recycled = 0

    def __enter__(self) -> GuardedWorker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id, 0 when none is running."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start a process and wait until its factory has run.

        Raises:
            WorkerStartError: If the factory fails, with its message, or dies every time.
        """
        for attempt in range(1, _START_ATTEMPTS + 1):
            try:
                answer = self._begin()
                break
            except _Killed as death:
                if death.status != "crashed" or self._abandoned or attempt == _START_ATTEMPTS:
                    raise WorkerStartError(f"a worker could not start: {death.reason}") from death
        if "error" in answer:
            self.stop()
            raise WorkerStartError(f"a worker could not start: {answer['error']}")

    def _begin(self) -> dict[str, Any]:
        """Start a process, give it its first order and return the answer."""
        self.stop()
        read_request, write_request = os.pipe()
        read_answer, write_answer = os.pipe()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [
                sys.executable,
                "-P",
                "-m",
                "bouton.execution.child",
                str(read_request),
                str(write_answer),
                str(os.getpid()),
            ],
            pass_fds=(read_request, write_answer),
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            env=_environment(),
            start_new_session=True,  # Ctrl-C on the terminal is for the main process
        )
        os.close(read_request)
        os.close(write_answer)
        if self._abandoned:  # while the process was being made, so nobody has killed it
            _kill_group(self._process)
        self._requests = os.fdopen(write_request, "w", encoding="utf-8")
        self._answers_fd, self._buffer, self._done = read_answer, b"", 0
        order = {"factory": self._spec.factory, "argument": self._spec.argument}
        self._send(order)
        return self._receive(_START_LIMIT_S)

    def run(self, task: Task) -> Outcome:
        """Run one task and say what became of it; never raises for what the task did.

        Raises:
            WorkerStartError: If no worker can be made ready.
        """
        attempts = max(1, self._spec.limits.attempts)
        for attempt in range(1, attempts + 1):
            outcome = self._attempt(task)
            if outcome.status != "crashed" or self._abandoned:
                return outcome
            if attempt == attempts > 1:
                return evolve(outcome, reason=f"{outcome.reason}, {attempts} times")
        return outcome

    def _attempt(self, task: Task) -> Outcome:
        if self._abandoned:
            return Outcome(task.index, "crashed", None, "the pool was closed")
        if self._process is None or self._process.poll() is not None:
            self.start()  # also when the idle process was killed: no task's fault
        pid, begun = self.pid, monotonic()
        try:
            self._send(task.payload)
            answer = self._receive(self._spec.limits.wall_s or None)
        except _Killed as death:
            wall = monotonic() - begun
            return Outcome(task.index, death.status, None, death.reason, wall, pid)
        self._count()
        wall = monotonic() - begun
        if "error" in answer:
            return Outcome(task.index, "error", None, answer["error"], wall, pid)
        return Outcome(task.index, "ok", answer["result"], "", wall, pid)

    def abandon(self) -> None:
        """Kill the process from another thread; the owner sees it die and starts no other."""
        self._abandoned = True
        process = self._process
        if process is not None and process.poll() is None:
            _kill_group(process)

    def stop(self) -> None:
        """End the process, at once."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            _kill_group(process)
        process.wait()
        if self._requests is not None:
            try:
                self._requests.close()
            except BrokenPipeError:
                self._requests = None
        os.close(self._answers_fd)
        if self._errors is not None:
            self._errors.close()

    def _count(self) -> None:
        self._done += 1
        if self._done == self._spec.limits.recycle_after:
            self.recycled += 1
            self.stop()

    def _send(self, message: Any) -> None:  # noqa: ANN401
        requests = self._requests
        try:
            if requests is None:
                raise BrokenPipeError
            requests.write(json.dumps(message) + "\n")
            requests.flush()
        except BrokenPipeError:
            raise self._death() from None

    def _receive(self, limit_s: float | None) -> dict[str, Any]:
        deadline = monotonic() + limit_s if limit_s else None
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._answers_fd], [], [], _POLL_S)
            if ready:
                piece = os.read(self._answers_fd, 1 << 16)
                if not piece:
                    raise self._death()
                self._buffer += piece
            self._check_memory()
            if deadline is not None and monotonic() > deadline and not ready:
                raise self._kill("timeout", f"took longer than {limit_s:g} s")
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _check_memory(self) -> None:
        limit = self._spec.limits.memory_MB
        if limit and (used := resident_MB(self.pid)) > limit:
            raise self._kill("memory", f"used {used:.0f} MB, limit {limit:g} MB")

    def _kill(self, status: OutcomeStatus, reason: str) -> _Killed:
        self.killed[status] = self.killed.get(status, 0) + 1
        self.stop()
        return _Killed(status, reason)

    def _death(self) -> _Killed:
        process = self._process
        code = process.wait() if process else 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        words = self._last_words()
        return self._kill("crashed", f"worker died ({how})" + (f": {words}" if words else ""))

    def _last_words(self) -> str:
        if self._errors is None:
            return ""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _LAST_WORDS))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


def _environment() -> dict[str, str]:
    """Return the child's environment: one thread per library, our import path."""
    single = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLOSC_NTHREADS"), "1"
    )
    path = os.pathsep.join([entry for entry in sys.path if entry])
    return {**os.environ, **single, "PYTHONPATH": path}


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def resident_MB(pid: int) -> float:
    """Return the resident memory of a process, MB; 0 when it cannot be told."""
    if sys.platform == "linux":
        try:
            with open(f"/proc/{pid}/statm", "rb") as file:
                pages = int(file.read().split()[1])
        except (OSError, IndexError, ValueError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    told = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return int(told.stdout.strip() or 0) * 1024 / 1e6
