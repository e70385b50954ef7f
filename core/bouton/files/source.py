"""A file to a tree: size, encoding and format are judged before anything is parsed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bouton.errors import Problem, did_you_mean
from bouton.files.json_source import parse_json
from bouton.files.node import DocumentError, Node
from bouton.files.toml_source import parse_toml
from bouton.files.yaml_source import parse_yaml

MAX_BYTES = 1_000_000
"""Largest study file; tables and morphologies belong in files of their own."""

MAX_TABLE_BYTES = 20_000_000
"""Largest file of parameter values."""

FORMATS: dict[str, Callable[[str, str], Node]] = {
    ".yaml": parse_yaml,
    ".yml": parse_yaml,
    ".toml": parse_toml,
    ".json": parse_json,
}


def read_document(path: Path, *, limit: int = MAX_BYTES) -> Node:
    """Return the document in a YAML, TOML or JSON file.

    Raises:
        DocumentError: If the file cannot be read or is not what its extension says.
    """
    parse = FORMATS.get(path.suffix.lower())
    if parse is None:
        raise DocumentError(
            Problem(
                f"a study file ends in {', '.join(FORMATS)}, not {path.suffix!r}",
                file=str(path),
                hint=did_you_mean(path.suffix, FORMATS),
            )
        )
    return parse(read_text(path, limit=limit), str(path))


def read_text(path: Path, *, limit: int) -> str:
    """Return the text of a file of at most `limit` bytes, UTF-8 with or without a mark.

    Raises:
        DocumentError: If it is missing, no file, too large, or not text.
    """
    try:
        if not path.exists():
            raise DocumentError(_missing(path))
        if not path.is_file():
            raise DocumentError(Problem(_not_a_file(path), file=str(path)))
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise DocumentError(Problem(f"cannot be read: {error.strerror}", file=str(path))) from error
    if len(data) > limit:
        message = f"larger than {limit / 1e6:g} MB, which is too large for this kind of file"
        raise DocumentError(Problem(message, file=str(path)))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not text in UTF-8 (byte {data[error.start]:#04x} at position {error.start})"
        raise DocumentError(Problem(message, file=str(path), line=line)) from error


def _missing(path: Path) -> Problem:
    return Problem("no such file", file=str(path), hint=close_files(path))


def _not_a_file(path: Path) -> str:
    return f"expected a file, found {'a folder' if path.is_dir() else 'something else'}"


def close_files(path: Path) -> str:
    """Return a hint with files of similar name in the same folder."""
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist"
    names = sorted(entry.name for entry in folder.iterdir())[:10_000]
    hint = did_you_mean(path.name, names)
    return hint if hint.startswith("did you mean") else f"looked in {folder}"
