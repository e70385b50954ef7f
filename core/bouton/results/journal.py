"""The journal: the truth about a run, one checksummed JSON line per record, never rewritten.

A line is a JSON object that starts with `"seq"` (0, 1, ...) and `"run"` (the run's id) and ends
with `"sha256"`: the first 16 hexadecimal digits of the SHA-256 of all bytes of the line before
`,"sha256"`. A batch is written at once and fsynced; only then is it acknowledged.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import frozen

from bouton.errors import ResultsError
from bouton.results.atomic import explained, fsync_directory, storage_errors
from bouton.results.exact_json import decode, encode

Record = dict[str, Any]

_SEAL = b',"sha256":"'
_DIGITS = 16
_TAIL = len(_SEAL) + _DIGITS + len(b'"}')
_RESERVED = ("seq", "run", "sha256")


@frozen
class Damage:
    """A line that cannot be trusted.

    Attributes:
        line: 1-based number.
        problem: What is wrong with it.
    """

    line: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}"


@frozen(eq=False)
class Scan:
    """What a journal holds.

    Attributes:
        records: Good records, in order.
        lines: The bytes of each, without line break.
        damages: Complete lines that are not good.
        torn_bytes: Length of an unfinished last line; such a line was never acknowledged.
        good_bytes: Length of the file without the unfinished line.
    """

    records: list[Record]
    lines: list[bytes]
    damages: tuple[Damage, ...]
    torn_bytes: int
    good_bytes: int


def scan(path: Path, run_id: str = "") -> Scan:
    """Read a journal and check every line; damage is reported, not raised.

    Args:
        path: The journal.
        run_id: If given, lines of another run are damage.

    Raises:
        ResultsError: If the file cannot be read at all.
    """
    with storage_errors(f"reading {path}"):
        data = path.read_bytes()
    *lines, torn = data.split(b"\n")
    records: list[Record] = []
    good: list[bytes] = []
    damages: list[Damage] = []
    expected = 0
    explained_gap = False
    for number, line in enumerate(lines, start=1):
        record, problem = opened(line, run_id)
        if record is not None and record["seq"] != expected and not explained_gap:
            problem = f"record {record['seq']} where record {expected} belongs"
        explained_gap = record is None
        if problem:
            damages.append(Damage(number, problem))
        if record is not None and record["seq"] >= expected:
            expected = record["seq"] + 1
            records.append(record)
            good.append(line)
    return Scan(records, good, tuple(damages), len(torn), len(data) - len(torn))


def first_record(path: Path, run_id: str) -> Record | None:
    """Return the first record of a journal, None if there is none that is good.

    Raises:
        ResultsError: If the file cannot be read.
    """
    if not path.exists():
        return None
    with storage_errors(f"reading {path}"), path.open("rb") as file:
        return opened(file.readline()[:-1], run_id)[0]


def sealed(record: Mapping[str, Any], sequence: int, run_id: str) -> bytes:
    """Return the line of a record, without line break.

    Raises:
        ResultsError: If the record holds what cannot be stored, or uses a reserved key.
    """
    taken = [key for key in _RESERVED if key in record]
    if taken or not isinstance(record.get("kind"), str):
        raise ResultsError(
            f"a journal record needs a text `kind` and must not use {', '.join(_RESERVED)}; "
            f"it has {', '.join(record)}"
        )
    body = encode({"seq": sequence, "run": run_id, **record})[:-1].encode("ascii")
    return body + _SEAL + _checksum(body) + b'"}'


def trusted(path: Path, run_id: str = "") -> Scan:
    """Read a journal that must be whole but for an unfinished last line.

    Raises:
        ResultsError: If a line is damaged, naming it and what to do.
    """
    found = scan(path, run_id)
    if found.damages:
        shown = "; ".join(str(damage) for damage in found.damages[:3])
        more = f" and {len(found.damages) - 3} more" if len(found.damages) > 3 else ""
        raise ResultsError(
            f"{path} is damaged: {shown}{more}. See `bouton results verify {path.parent}`; "
            f"`bouton results rebuild {path.parent} --drop-damaged` goes on with what is good"
        )
    return found


class Journal:
    """Appends to a journal; whoever makes one must hold the run's lock.

    Attributes:
        path: The file.
        run_id: Id of the run, in every line.
        count: Number of records acknowledged.
        notices: What was found and mended on opening, for the user to read.
    """

    def __init__(self, path: Path, run_id: str) -> None:
        self.path = path
        self.run_id = run_id
        self.count = 0
        self.notices: list[str] = []
        self._broken = ""
        with storage_errors(f"opening {path}"):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._offset = self._take_up()
        except (OSError, ResultsError):
            os.close(self._descriptor)
            raise

    def append(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write records and return once they are on the disk.

        Raises:
            ResultsError: If nothing of the batch could be kept; earlier records are safe.
        """
        batch = [
            sealed(record, self.count + number, self.run_id)
            for number, record in enumerate(records)
        ]
        if not batch:
            return
        self._check_usable()
        data = b"\n".join([*batch, b""])
        try:
            self._write(data)
            os.fsync(self._descriptor)
        except OSError as error:
            self._undo(error)
            raise ResultsError(
                explained(error, f"writing {self.path}", f"{self.count} records before are safe")
            ) from error
        except BaseException:  # Ctrl-C: nobody was told of this batch, so it never was
            os.ftruncate(self._descriptor, self._offset)
            raise
        self.count, self._offset = self.count + len(batch), self._offset + len(data)

    def close(self) -> None:
        """Close the file; appending is over."""
        if not self._broken:
            os.close(self._descriptor)
            self._broken = "it is closed"

    def _take_up(self) -> int:
        fsync_directory(self.path.parent)
        found = trusted(self.path, self.run_id)
        if found.torn_bytes:
            os.ftruncate(self._descriptor, found.good_bytes)
            os.fsync(self._descriptor)
            self.notices.append(
                f"{self.path.name}: dropped an unfinished last line of {found.torn_bytes} bytes; "
                f"{len(found.records)} records are whole"
            )
        self.count = len(found.records)
        return found.good_bytes

    def _check_usable(self) -> None:
        if self._broken:
            raise ResultsError(f"cannot append to {self.path}: {self._broken}")
        size = os.fstat(self._descriptor).st_size
        if size != self._offset:
            raise ResultsError(
                f"{self.path} has {size} bytes where {self._offset} were written: another process "
                "writes to it. One run directory serves one process"
            )

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def _undo(self, cause: OSError) -> None:
        # After a failed fsync nobody knows what reached the disk, so the file is not used again;
        # cutting it back keeps an unacknowledged half batch out of sight of readers.
        with suppress(OSError):
            os.ftruncate(self._descriptor, self._offset)
            os.fsync(self._descriptor)
        os.close(self._descriptor)
        self._broken = f"an earlier write failed ({cause.strerror})"


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:_DIGITS].encode("ascii")


def opened(line: bytes, run_id: str = "") -> tuple[Record | None, str]:
    """Return the record of a line, or None and what is wrong with it."""
    body, tail = line[:-_TAIL], line[-_TAIL:]
    if not tail.startswith(_SEAL) or not tail.endswith(b'"}'):
        return None, "no checksum at its end"
    if tail[len(_SEAL) : -2] != _checksum(body):
        return None, "its checksum does not fit its content"
    try:
        record = decode(body + b"}")
    except ValueError:
        return None, "it is not JSON"
    if not isinstance(record, dict) or not isinstance(record.get("seq"), int):
        return None, "it is not a record of a journal"
    if run_id and record.get("run") != run_id:
        return None, f"it belongs to run {record.get('run')}, not {run_id}"
    return record, ""
