"""Files that appear whole or not at all: write a temporary, fsync, rename, fsync the directory."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bouton.errors import ResultsError

PARTIAL = ".partial"


def partial_path(path: Path) -> Path:
    """Return the name under which `path` is written until it is whole."""
    return path.with_name(path.name + PARTIAL)


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old content or the new, even after a crash.

    Raises:
        ResultsError: If the file system refuses, saying why; the old content is then kept.
    """
    temporary = partial_path(path)
    with storage_errors(f"writing {path}", "the previous version is untouched"):
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise
        fsync_directory(path.parent)


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file of a run directory.

    Raises:
        ResultsError: If the name leads out of it, by `..`, a leading slash or a symbolic link.
    """
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise ResultsError(f"{name!r} leads out of the run directory {folder}")
    return target


def publish(temporary: Path, path: Path) -> None:
    """Give a closed and synced temporary file its name."""
    os.replace(temporary, path)
    fsync_directory(path.parent)


def fsync_file(path: Path) -> None:
    """Make the content of a closed file durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_directory(folder: Path) -> None:
    """Make renames and new names in a directory durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot sync a directory; there is no other way to ask.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


@contextmanager
def storage_errors(doing: str, safe: str = "") -> Iterator[None]:
    """Turn errors of the file system into one sentence that says what is safe.

    Raises:
        ResultsError: For any OSError of the block.
    """
    try:
        yield
    except OSError as error:
        raise ResultsError(explained(error, doing, safe)) from error


def explained(error: OSError, doing: str, safe: str = "") -> str:
    """Return what went wrong, what is safe and what to do."""
    remedy = {
        errno.ENOSPC: "the disk is full; free some space and try again",
        errno.EDQUOT: "the disk quota is used up; free some space and try again",
        errno.EFBIG: "the file would be larger than this system or its limits allow (ulimit -f)",
        errno.EROFS: "the file system is read-only; choose another --out",
        errno.EACCES: "permission denied; choose another --out or change the permissions",
        errno.EPERM: "permission denied; choose another --out or change the permissions",
    }.get(error.errno or 0, error.strerror or str(error))
    return f"{doing}: {remedy}" + (f" ({safe})" if safe else "")
