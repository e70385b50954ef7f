"""A journal followed while another process writes it: read only, no lock, no surprise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bouton.results.atomic import storage_errors
from bouton.results.directory import JOURNAL_NAME
from bouton.results.journal import Record, opened


class Tail:
    """Gives the records of a journal as they come.

    Only whole lines with a good checksum are given. A journal that was cut, replaced or is of
    another run is read again from its beginning, which `restarts` counts.

    Args:
        folder: The run directory.

    Attributes:
        restarts: How often reading began anew; whoever counts records begins anew, too.
        damaged: Number of whole lines that could not be trusted, since the last beginning.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL_NAME
        self.restarts = 0
        self.damaged = 0
        self._offset = 0
        self._file: tuple[int, int] | None = None
        self._last = b""
        self._expected = 0

    def read(self, run_id: str) -> list[Record]:
        """Return the records that came since the last call, or all of them after a restart.

        Args:
            run_id: Id of the run as its manifest says now; lines of other runs are not given.

        Raises:
            ResultsError: If the file cannot be read.
        """
        with storage_errors(f"reading {self.path}"):
            try:
                with self.path.open("rb") as file:
                    return list(self._records(file.fileno(), run_id))
            except FileNotFoundError:  # a run that begins has its manifest first
                self._begin(None)
                return []

    def _records(self, descriptor: int, run_id: str) -> Iterator[Record]:
        told = os.fstat(descriptor)
        identity = (told.st_dev, told.st_ino)
        if identity != self._file or not self._continues(descriptor):
            self._begin(identity)
        with os.fdopen(os.dup(descriptor), "rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return  # still being written
                self._offset += len(line)
                self._last = line
                record, _ = opened(line[:-1], run_id)
                if record is None or record["seq"] < self._expected:
                    self.damaged += 1
                    continue
                self._expected = record["seq"] + 1
                yield record

    def _continues(self, descriptor: int) -> bool:
        """Return whether the last line that was read still stands where it stood."""
        start = self._offset - len(self._last)
        return os.pread(descriptor, len(self._last), start) == self._last

    def _begin(self, identity: tuple[int, int] | None) -> None:
        if self._offset:
            self.restarts += 1
        self._file = identity
        self._offset = self._expected = self.damaged = 0
        self._last = b""
