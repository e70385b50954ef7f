"""TOML to a tree with line numbers.

`tomllib` reads and judges the text; a second, simpler scan of the text that is then known to be
valid finds the line of every key and list item.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from typing import Any

from bouton.errors import Problem
from bouton.files.node import MAX_DEPTH, DocumentError, Node, too_deep

Path = tuple[str, ...]

_SPACE = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ATOM = re.compile(r"[^,\]}#\n]*")
# Longest delimiters first; a closing run of quotes may hold one or two quotes of the text.
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"""+', re.DOTALL),
    re.compile(r"'''.*?'''+", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def parse_toml(text: str, file: str) -> Node:
    """Return the document.

    Raises:
        DocumentError: If the text is not TOML, or holds dates, which no study needs.
    """
    text = text.replace("\r\n", "\n")
    try:
        document = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, or an integer of thousands of digits
        line = re.search(r"at line (\d+)", str(error))
        number = int(line[1]) if line else text.rstrip().count("\n") + 1
        raise DocumentError(Problem(f"not valid TOML: {error}", file=file, line=number)) from error
    except RecursionError as error:
        raise too_deep(file, 0) from error
    return _tree(document, (), _Lines(text).found, file, 1)


def _tree(value: Any, path: Path, lines: dict[Path, int], file: str, above: int) -> Node:  # noqa: ANN401
    line = lines.get(path, above)
    if len(path) > MAX_DEPTH:
        raise too_deep(file, line)
    if isinstance(value, dict):
        inner = {k: _tree(v, (*path, k), lines, file, line) for k, v in value.items()}
        return Node(inner, line=line, file=file)
    if isinstance(value, list):
        items = [_tree(v, (*path, str(i)), lines, file, line) for i, v in enumerate(value)]
        return Node(items, line=line, file=file)
    if not isinstance(value, str | bool | int | float):
        message = f"dates and times are not used in studies, got {value}"
        raise DocumentError(Problem(message, file=file, line=line, hint="write it as text"))
    return Node(value, line=line, file=file)


class _Lines:
    """Line of every path in a text that is known to be valid TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.found: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}
        self.at = 0
        prefix: Path = ()
        self.gap(_GAP)
        while self.at < len(text):
            if text[self.at] == "[":
                prefix = self.header()
            else:
                self.pair(prefix)
            self.gap(_GAP)

    def gap(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def note(self, path: Path) -> None:
        self.found.setdefault(path, bisect_left(self.breaks, self.at) + 1)

    def header(self) -> Path:
        is_array = self.text.startswith("[[", self.at)
        line_start = self.at
        self.at += 2 if is_array else 1
        path: Path = ()
        keys = self.key()
        self.at, after = line_start, self.at
        for index, key in enumerate(keys):
            path = (*path, key)
            last = index == len(keys) - 1
            self.note(path)
            if is_array and last:
                self.tables[path] = self.tables.get(path, -1) + 1
            if path in self.tables:
                path = (*path, str(self.tables[path]))
                self.note(path)
        self.at = after + (2 if is_array else 1)
        return path

    def key(self) -> Path:
        keys: list[str] = []
        while True:
            self.gap(_SPACE)
            keys.append(self.simple_key())
            self.gap(_SPACE)
            if self.text[self.at : self.at + 1] != ".":
                return tuple(keys)
            self.at += 1

    def simple_key(self) -> str:
        match = _BARE_KEY.match(self.text, self.at)
        if match:
            self.at = match.end()
            return match[0]
        raw = self.string()
        return str(next(iter(tomllib.loads(f"{raw} = 0"))))

    def string(self) -> str:
        for pattern in _STRINGS:
            if match := pattern.match(self.text, self.at):
                self.at = match.end()
                return match[0]
        raise ValueError(f"no string at {self.at}")

    def pair(self, prefix: Path) -> None:
        start = self.at
        keys = self.key()
        self.at, after = start, self.at
        for count in range(1, len(keys) + 1):
            self.note((*prefix, *keys[:count]))
        self.at = after + 1  # the equals sign
        self.gap(_SPACE)
        self.value((*prefix, *keys))

    def value(self, path: Path) -> None:
        first = self.text[self.at]
        if first == "[":
            self.at += 1
            self.items(path)
        elif first == "{":
            self.at += 1
            self.inline(path)
        elif first in "\"'":
            self.string()
        else:
            self.gap(_ATOM)

    def items(self, path: Path) -> None:
        index = 0
        while True:
            self.gap(_GAP)
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.note((*path, str(index)))
            self.value((*path, str(index)))
            index += 1

    def inline(self, path: Path) -> None:
        while True:
            self.gap(_GAP)
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.pair(path)
