"""The text of a morphology file, and errors that name its lines."""

from __future__ import annotations

import stat
from pathlib import Path

from attrs import frozen

from bouton.errors import MorphologyError


@frozen
class SourceText:
    """A text file by lines.

    Attributes:
        path: The file.
        lines: Its lines without line ends; line n of the file is `lines[n - 1]`.
        notes: What was unusual about the file.
    """

    path: Path
    lines: list[str]
    notes: tuple[str, ...] = ()

    def error(self, line: int, problem: str, remedy: str = "") -> MorphologyError:
        """Return the error for a 1-based line; 0 means the file as a whole."""
        return file_error(self.path, line, problem, remedy)


def file_error(path: Path, line: int, problem: str, remedy: str = "") -> MorphologyError:
    """Return an error that names file, line (if not 0), problem and what to do."""
    where = f"{path}:{line}" if line else f"{path}"
    return MorphologyError(f"{where}: {problem}" + (f"; {remedy}" if remedy else ""))


def counted(count: int, what: str) -> str:
    """Return a number of things in words, such as `2 samples`."""
    return f"{count} {what}" + ("" if count == 1 else "s")


def read_source(path: Path, comment: str) -> SourceText:
    """Read a text file.

    Args:
        path: The file.
        comment: How comment lines start; only there may bytes be other than UTF-8.

    Raises:
        MorphologyError: If it is not a readable, non-empty text file.
    """
    data = read_bytes(path)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise file_error(path, 1, "the text is UTF-16", "save it as plain ASCII or UTF-8")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise file_error(path, line, "this is binary data, not text", "is it the right file?")
    text, notes = _decode(path, data, comment)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[-1].strip():
        notes = (*notes, "the last line has no line end; make sure that the file was not cut off")
    return SourceText(path, lines, notes)


def read_bytes(path: Path) -> bytes:
    """Return the content of a file that exists, is regular, readable and not empty.

    Raises:
        MorphologyError: If it is not.
    """
    check_file(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise file_error(path, 0, f"it cannot be read ({error.strerror})") from error
    if not data.strip():
        raise file_error(path, 0, "the file is empty")
    return data


def check_file(path: Path) -> None:
    """Check that a path names a regular file.

    Raises:
        MorphologyError: If it does not.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise file_error(path, 0, f"there is no such morphology file ({reason})") from error
    if stat.S_ISDIR(mode):
        raise file_error(path, 0, "this is a folder", "name one morphology file in it")
    if not stat.S_ISREG(mode):
        raise file_error(path, 0, "this is not a regular file")


def _decode(path: Path, data: bytes, comment: str) -> tuple[str, tuple[str, ...]]:
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    for number, line in enumerate(data.replace(b"\r\n", b"\n").split(b"\n"), start=1):
        if not line.isascii() and not line.lstrip().startswith(comment.encode()):
            raise file_error(
                path, number, "there are bytes that are not UTF-8 text", "is it the right file?"
            )
    return data.decode("latin-1"), ("comments are not UTF-8, they were read as Latin-1",)
