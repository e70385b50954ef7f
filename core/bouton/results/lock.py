"""One writer per run directory: a lock file that names its owner."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from bouton.errors import ResultsError
from bouton.results.atomic import storage_errors
from bouton.results.exact_json import decode, encode

LOCK_NAME = "run.lock"


@frozen
class Owner:
    """The process that writes a run.

    Attributes:
        pid: Process id.
        host: Host name.
        started: When the process started, as the system tells it; a pid may be used again.
        boot: Id of the boot of the machine, empty where there is none.
        namespace: Pid namespace, empty where there is none; pids of others mean nothing here.
        since: When it took the lock, ISO text.
    """

    pid: int
    host: str
    started: str
    boot: str = ""
    namespace: str = ""
    since: str = ""

    @classmethod
    def this_process(cls) -> Owner:
        """Return the owner that this process is."""
        return cls(
            pid=os.getpid(),
            host=platform.node(),
            started=process_start(os.getpid()),
            boot=_text(Path("/proc/sys/kernel/random/boot_id")),
            namespace=_namespace(),
            since=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        )

    def may_be_running(self) -> bool:
        """Return whether the process lives, or nobody on this machine can tell."""
        here = Owner.this_process()
        if self.host != here.host:
            return True
        if self.boot != here.boot:
            return False
        if self.namespace != here.namespace:
            return True
        return bool(self.started) and process_start(self.pid) == self.started

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} (since {self.since})"


class Lock:
    """Holds a run directory until released.

    Args:
        folder: The run directory; it must exist.

    Attributes:
        notice: What to tell the user about a dead owner, or empty.

    Raises:
        ResultsError: If another process holds it, naming that process.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK_NAME
        self.notice = ""
        self._owner = Owner.this_process()
        with storage_errors(f"locking {folder}"), _exclusive(self.path) as descriptor:
            other = _parsed(os.pread(descriptor, 10_000, 0))
            if other is not None and other.may_be_running():
                raise ResultsError(
                    f"{folder} is in use by {other}. Wait for it or choose another directory; "
                    f"only if that process is certainly gone, delete {self.path}"
                )
            if other is not None:
                self.notice = f"took over the run directory from {other}, which no longer runs"
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, encode(asdict(self._owner)).encode("ascii"), 0)
            os.fsync(descriptor)

    def release(self) -> None:
        """Give the directory free; a forked child that inherited the lock does nothing."""
        if os.getpid() != self._owner.pid or not self.path.exists():
            return
        with _exclusive(self.path) as descriptor:
            if _parsed(os.pread(descriptor, 10_000, 0)) == self._owner:
                self.path.unlink()


def owner_of(folder: Path) -> Owner | None:
    """Return the process that writes the run, None if there is none or it is certainly gone."""
    try:
        owner = _parsed((folder / LOCK_NAME).read_bytes())
    except OSError:
        return None
    return owner if owner is not None and owner.may_be_running() else None


def process_start(pid: int) -> str:
    """Return when a process started in the system's own terms, empty if it does not live."""
    if Path("/proc/self/stat").exists():
        # The command name, in parentheses, may itself hold spaces and parentheses.
        fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else ""
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
    return " ".join(found[1:]) if found and not found[0].startswith("Z") else ""


@contextmanager
def _exclusive(path: Path) -> Iterator[int]:
    """Keep other processes out for the moment in which the lock file is read and written."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _flock(descriptor)
            if _is_current(descriptor, path):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _flock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        # File systems without locks: the owner written in the file still guards the directory.
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL):
            raise


def _is_current(descriptor: int, path: Path) -> bool:
    """Return whether the file was not removed by its owner while we waited."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _parsed(data: bytes) -> Owner | None:
    """Return the owner; an empty or torn file means one that died while taking the lock."""
    try:
        found: Any = decode(data)
        return Owner(**found)
    except (ValueError, TypeError):
        return None


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
