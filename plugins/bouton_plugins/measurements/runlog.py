"""The log of a run: lines with times, in its directory and to whoever listens."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bouton.errors import ResultsError
from bouton.log import logger


class RunLog:
    """Appends lines to a file; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            self._file = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise ResultsError(f"{self.path} cannot be written: {error.strerror}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.write(f"ended early: {type(error).__name__}: {error}")
        if self._file is not None:
            self._file.close()
            self._file = None

    def write(self, text: str) -> None:
        """Write one line, at once."""
        logger.debug(text)  # commands show the same as progress
        if self._file is not None:
            self._file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}\n")
            self._file.flush()
