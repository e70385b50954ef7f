"""JSON to a tree with line numbers. Stricter than Python's own: no NaN, no duplicate keys."""

from __future__ import annotations

import json
import re
from bisect import bisect_left

from attrs import evolve

from bouton.errors import Problem
from bouton.files.node import (
    MAX_DEPTH,
    DocumentError,
    Node,
    dotted,
    duplicate_key,
    is_broken,
    too_deep,
)

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WORD = re.compile(r"[A-Za-z]+")
_WORDS = {"true": True, "false": False, "null": None}


def parse_json(text: str, file: str) -> Node:
    """Return the document.

    Raises:
        DocumentError: If the text is not JSON, or a key is given twice.
    """
    scan = _Scan(text, file)
    node, end = scan.value(scan.skip(0), 0)
    if scan.skip(end) != len(text):
        raise scan.error(scan.skip(end), "expected the end of the file")
    return node


class _Scan:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.path: list[str] = []
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def line(self, at: int) -> int:
        return bisect_left(self.breaks, at) + 1

    def error(self, at: int, message: str) -> DocumentError:
        found = repr(self.text[at]) if at < len(self.text) else "the end of the file"
        text = f"not valid JSON: {message}, found {found}"
        return DocumentError(Problem(text, dotted(self.path), self.file, self.line(at)))

    def skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        if depth > MAX_DEPTH:
            raise too_deep(self.file, self.line(at))
        value, end = self.content(at, depth)
        return Node(value, line=self.line(at), file=self.file), end

    def content(self, at: int, depth: int) -> tuple[object, int]:
        first = self.text[at : at + 1]
        if first == "{":
            return self.mapping(at + 1, depth)
        if first == "[":
            return self.sequence(at + 1, depth)
        if first == '"':
            return self.string(at)
        if match := _NUMBER.match(self.text, at):
            whole = match[2] is None and match[3] is None and len(match[1]) < 400
            return (int(match[0]) if whole else float(match[0])), match.end()
        match = _WORD.match(self.text, at)
        if match and match[0] in _WORDS:
            return _WORDS[match[0]], match.end()
        if match and match[0] in ("NaN", "Infinity"):
            raise self.error(at, f"{match[0]} is no number that a study can use")
        raise self.error(at, "expected a value")

    def string(self, at: int) -> tuple[str, int]:
        match = _STRING.match(self.text, at)
        if match is None:
            raise self.error(at, "text without closing quote, or with a control character")
        try:
            text = str(json.loads(match[0]))
        except json.JSONDecodeError as error:
            raise self.error(at + error.pos, error.msg) from error
        if is_broken(text):
            raise self.error(at, "text with half of a surrogate pair")
        return text, match.end()

    def mapping(self, at: int, depth: int) -> tuple[dict[str, Node], int]:
        found: dict[str, Node] = {}
        at = self.skip(at)
        if self.text[at : at + 1] == "}":
            return found, at + 1
        while True:
            if self.text[at : at + 1] != '"':
                raise self.error(at, "expected a key in double quotes")
            line = self.line(at)
            key, at = self.string(at)
            if key in found:
                raise duplicate_key((*self.path, key), self.file, line, found[key].line)
            at = self.skip(at)
            if self.text[at : at + 1] != ":":
                raise self.error(at, f"expected ':' after the key {key!r}")
            self.path.append(key)
            node, at = self.value(self.skip(at + 1), depth + 1)
            self.path.pop()
            found[key] = evolve(node, line=line)
            at, ended = self.separator(at, "}")
            if ended:
                return found, at

    def sequence(self, at: int, depth: int) -> tuple[list[Node], int]:
        found: list[Node] = []
        at = self.skip(at)
        if self.text[at : at + 1] == "]":
            return found, at + 1
        while True:
            self.path.append(str(len(found)))
            node, at = self.value(at, depth + 1)
            self.path.pop()
            found.append(node)
            at, ended = self.separator(at, "]")
            if ended:
                return found, at

    def separator(self, at: int, closing: str) -> tuple[int, bool]:
        at = self.skip(at)
        if self.text[at : at + 1] == closing:
            return at + 1, True
        if self.text[at : at + 1] != ",":
            raise self.error(at, f"expected ',' or {closing!r}")
        return self.skip(at + 1), False
