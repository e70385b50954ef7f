"""A document as a tree that remembers where every value was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import evolve, field, frozen

from bouton.errors import Problem, StudyError

MAX_DEPTH = 40
"""Deepest nesting that any document may have; real studies need less than ten."""

_PLAIN_KEY = re.compile(r"[^\s.\"'=]+")


class DocumentError(Exception):
    """A document cannot be read at all; carries the one problem, for `StudyError`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@contextmanager
def document_problems() -> Iterator[None]:
    """Turn the problem of a document that cannot be read into a `StudyError`."""
    try:
        yield
    except DocumentError as error:
        raise StudyError([error.problem]) from error


@frozen
class Node:
    """A value and where it comes from.

    Attributes:
        value: `dict[str, Node]`, `list[Node]`, or a scalar: str, bool, int, float or None.
        line: 1-based line of the value, or of its key; 0 when unknown.
        file: File as shown to people, or a word such as `--set`.
    """

    value: Any
    line: int = 0
    file: str = ""
    path: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self.value, dict)

    def problem(
        self, message: str, hint: str = "", *, path: Iterable[str] | None = None
    ) -> Problem:
        """Return a problem with this value."""
        where = dotted(self.path if path is None else path)
        return Problem(message, path=where, file=self.file, line=self.line, hint=hint)

    def child(self, key: str) -> Node:
        """Return the value under a key or list index, knowing its path."""
        found: Node = self.value[key] if self.is_mapping else self.value[int(key)]
        return evolve(found, path=(*self.path, key))

    def children(self) -> list[tuple[str, Node]]:
        """Return every key, or index, with its value, each knowing its path."""
        keys = list(self.value) if self.is_mapping else [str(i) for i in range(len(self.value))]
        return [(key, self.child(key)) for key in keys]

    def plain(self) -> Any:  # noqa: ANN401 - JSON-ready data of any shape
        """Return the value as plain dicts, lists and scalars."""
        if self.is_mapping:
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def describe(self) -> str:
        """Return what was found, for messages."""
        if self.is_mapping:
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        if self.value is None:
            return "nothing"
        if isinstance(self.value, bool):
            return f"the boolean {str(self.value).lower()}"
        if isinstance(self.value, int | float):
            return f"the number {self.value!r}"
        shown = self.value if len(self.value) <= 60 else self.value[:57] + "..."
        return f"the text {shown!r}"


def dotted(path: Iterable[str]) -> str:
    """Return a document path as `--set` accepts it; keys that hold a dot are quoted."""
    return ".".join(key if _PLAIN_KEY.fullmatch(key) else f'"{key}"' for key in path)


def from_plain(value: Any, *, file: str = "", depth: int = 0) -> Node:  # noqa: ANN401
    """Return plain data as a tree without lines.

    Raises:
        DocumentError: If it holds something that no document can hold, or is nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise too_deep(file, 0)
    if isinstance(value, dict):
        return Node(_plain_mapping(value, file, depth), file=file)
    if isinstance(value, list | tuple):
        return Node([from_plain(item, file=file, depth=depth + 1) for item in value], file=file)
    is_scalar = value is None or type(value) in (str, bool, int, float)
    if is_scalar and not (isinstance(value, str) and is_broken(value)):
        return Node(value, file=file)
    raise DocumentError(
        Problem(
            f"a document holds mappings, lists, text, numbers and booleans, not {value!r:.60}",
            file=file,
        )
    )


def _plain_mapping(value: dict[Any, Any], file: str, depth: int) -> dict[str, Node]:
    for key in value:
        if not isinstance(key, str):
            raise DocumentError(Problem(f"keys must be text, got {key!r}", file=file))
    return {key: from_plain(item, file=file, depth=depth + 1) for key, item in value.items()}


def is_broken(text: str) -> bool:
    """Return whether a text holds half of a surrogate pair, which no file can be written with."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def too_deep(file: str, line: int) -> DocumentError:
    """Return the error for a document that is nested too deeply."""
    return DocumentError(Problem(f"nested more than {MAX_DEPTH} levels deep", file=file, line=line))


def duplicate_key(path: Sequence[str], file: str, line: int, first: int) -> DocumentError:
    """Return the error for a key that is given twice in one mapping."""
    return DocumentError(
        Problem(
            f"key {path[-1]!r} is given twice",
            path=dotted(path),
            file=file,
            line=line,
            hint=f"first given in line {first}; keep one of the two",
        )
    )
