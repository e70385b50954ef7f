"""YAML to a tree with line numbers: built from parser events, so nothing is ever constructed.

Scalars are read by fixed rules that differ from YAML 1.1 where that surprises people who write
numbers: `3e-5` is a number, and `yes`, `no`, `on`, `off` and dates are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from attrs import Factory, define, evolve

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

MAX_NODES = 200_000
"""Values in one document with every alias written out; more is a mistake or an alias bomb."""

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_SPECIAL = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf")}
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str, file: str) -> Node:
    """Return the document.

    Raises:
        DocumentError: If the text is not YAML, or holds tags, duplicate keys, merge keys, several
            documents, or more values than any study has.
    """
    return _Composer(file, _events(text, file)).document()


def scalar(text: str) -> str | bool | int | float | None:
    """Return what an unquoted YAML scalar means."""
    if _INT.fullmatch(text):
        # Python refuses to convert integers of thousands of digits; as float they are inf,
        # which every number check refuses with a clear message.
        return int(text) if len(text) < 400 else float(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    folded = text.lower()
    if text in (folded, folded.capitalize(), text.upper()):
        if folded in _WORDS:
            return _WORDS[folded]
        if folded in _SPECIAL:
            return _SPECIAL[folded]
        if folded == ".nan":
            return float("nan")
    return text


def _events(text: str, file: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.problem, error.context) if part)
        line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else 0
        hint = ""
        if "flow" in what:
            hint = "inside { } and [ ], text with brackets or commas needs quotes: 'dend[3](0.5)'"
        problem = Problem(f"not valid YAML: {what}", file=file, line=line, hint=hint)
        raise DocumentError(problem) from error
    except yaml.YAMLError as error:
        what = str(error).splitlines()[0]
        raise DocumentError(Problem(f"not valid YAML: {what}", file=file)) from error


@define
class _Composer:
    file: str
    events: Iterator[yaml.Event]
    anchors: dict[str, Node | None] = Factory(dict)
    sizes: dict[str, int] = Factory(dict)
    path: list[str] = Factory(list)
    nodes: int = 0

    def document(self) -> Node:
        next(self.events)  # stream start
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            return Node(None, line=1, file=self.file)
        root = self.node(next(self.events), 0)
        next(self.events)  # document end
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.error(event, "a study file holds one YAML document, a second one starts")
        return root

    def node(self, event: yaml.Event, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise too_deep(self.file, _line(event))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if event.tag not in (None, "!"):
            raise self.error(
                event, f"tags such as {event.tag!r} are not accepted", "remove the tag"
            )
        before = self.nodes
        if event.anchor:
            self.anchors[event.anchor] = None
        self.count(event, 1)
        node = Node(self.value(event, depth), line=_line(event), file=self.file)
        if event.anchor:
            self.anchors[event.anchor] = node
            self.sizes[event.anchor] = self.nodes - before
        return node

    def value(self, event: yaml.Event, depth: int) -> object:
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(depth)
        if is_broken(event.value):
            raise self.error(event, "text with half of a surrogate pair")
        plain = event.implicit[0] and event.tag is None and event.style in (None, "")
        return scalar(event.value) if plain else event.value

    def mapping(self, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.error(event, "a key must be plain text")
            key = event.value
            if key == "<<" and event.implicit[0]:
                raise self.error(event, "merge keys ('<<') are not supported", "repeat the values")
            if key in found:
                raise duplicate_key((*self.path, key), self.file, _line(event), lines[key])
            self.path.append(key)
            node = self.node(next(self.events), depth + 1)
            self.path.pop()
            lines[key] = _line(event)
            # People look for the key: a block below it starts a line later.
            found[key] = evolve(node, line=lines[key])
        return found

    def sequence(self, depth: int) -> list[Node]:
        found: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            self.path.append(str(len(found)))
            found.append(self.node(event, depth + 1))
            self.path.pop()
        return found

    def alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self.anchors:
            raise self.error(event, f"alias *{event.anchor} has no anchor before it")
        node = self.anchors[event.anchor]
        if node is None:
            raise self.error(event, f"alias *{event.anchor} contains itself")
        self.count(event, self.sizes[event.anchor])
        return node

    def count(self, event: yaml.Event, more: int) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise self.error(event, f"more than {MAX_NODES} values once aliases are written out")

    def error(self, event: yaml.Event, message: str, hint: str = "") -> DocumentError:
        return DocumentError(Problem(message, dotted(self.path), self.file, _line(event), hint))


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1
