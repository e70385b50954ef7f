"""A checksum over a whole HDF5 file, in a line behind its end, where HDF5 readers do not look.

HDF5 checks its data chunks but not the names, shapes and attributes around them, and a reader that
meets damage there may do anything. So a file is checked as a whole before it is trusted.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bouton.errors import ResultsError
from bouton.results.atomic import storage_errors

_MARK = b"\nbouton-sha256:"
_LENGTH = len(_MARK) + 64 + 1


def seal(path: Path) -> None:
    """Append the checksum line to a closed file."""
    line = _MARK + _digest(path, path.stat().st_size).encode("ascii") + b"\n"
    with path.open("ab") as file:
        file.write(line)


def check_seal(path: Path) -> None:
    """Check a file against its checksum line.

    Raises:
        ResultsError: If it has none or was changed since.
    """
    with storage_errors(f"reading {path}"):
        size = path.stat().st_size - _LENGTH
        with path.open("rb") as file:
            file.seek(max(size, 0))
            line = file.read()
        if size < 0 or not line.startswith(_MARK):
            raise ResultsError(f"{path.name} is cut short or was changed: it lacks its checksum")
        found = line[len(_MARK) :].strip().decode("ascii", "replace")
        if found != _digest(path, size):
            raise ResultsError(
                f"{path.name} was changed or damaged: its checksum does not fit. "
                f"If it belongs to a run, `bouton results rebuild {path.parent}` derives it anew"
            )


def _digest(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0:
            block = file.read(min(size, 1 << 20))
            if not block:
                break
            digest.update(block)
            size -= len(block)
    return digest.hexdigest()
