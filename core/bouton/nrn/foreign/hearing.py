"""What foreign code writes to its output, and errors that tell it."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bouton.errors import BoutonError, CellError
from bouton.nrn.foreign.lacking import place

_LIMIT = 1500


@contextmanager
def explained(what: str, home: Path, heard: Callable[[], str]) -> Iterator[None]:
    """Turn whatever foreign code raises into a `CellError` that also tells where, and what it said.

    Args:
        what: What fails.
        home: Folder of the code.
        heard: Gives what it said.
    """
    try:
        yield
    except BoutonError:
        raise
    except (Exception, SystemExit) as error:
        told = heard()
        kind = type(error).__name__
        raise CellError(
            f"{what} fails{place(error, home)}: {kind}: {error}"
            + (f"; it said: {told}" if told else "")
        ) from error


@contextmanager
def said(limit: int = _LIMIT) -> Iterator[Callable[[], str]]:
    """Catch what foreign code and NEURON write; hoc tells the cause of an error nowhere else.

    Output comes before errors, because buffers mix them as they like.

    Args:
        limit: Characters to keep of either; of more, beginning and end are.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        _flush()
        kept = [(fd, os.dup(fd)) for fd in (1, 2)]
        for (fd, _), file in zip(kept, (output, errors), strict=True):
            os.dup2(file.fileno(), fd)

        final: list[str] = []

        def text() -> str:
            if final:
                return final[0]
            _flush()
            parts = (_shortened(_whole(file), limit) for file in (output, errors))
            return " / ".join(part for part in parts if part)

        try:
            yield text
        finally:
            final.append(text())
            for fd, copy in kept:
                os.dup2(copy, fd)
                os.close(copy)


def _whole(file: IO[bytes]) -> str:
    """Return what is in a file; the place where it is written goes back to its end."""
    file.seek(0)
    return file.read().decode(errors="replace")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):  # foreign code may have replaced it
            stream.flush()
    ctypes.CDLL(None).fflush(None)  # NEURON writes through C


def _shortened(text: str, limit: int) -> str:
    if len(text) > limit:
        text = f"{text[: limit // 3]}\n...\n{text[-(2 * limit) // 3 :]}"
    return " / ".join(line.strip() for line in text.splitlines() if line.strip("\t ^"))
