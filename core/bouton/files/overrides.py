"""`--set path=value`: change a document before it is judged.

A path follows the keys that the document has, longest match first, because parameter names hold
dots themselves. What does not exist yet is added; whether it may exist is the schema's business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve, frozen

from bouton.errors import Problem, did_you_mean
from bouton.files.node import DocumentError, Node, dotted
from bouton.files.yaml_source import parse_yaml

SOURCE = "--set"
PARAMETERS = ("cell", "parameters")
TABLE_KEYS = ("file", "row", "index", "columns", "key", "keys", "values")

_BARE = r"""[^."'\s=](?:[^."'=]*[^."'\s=])?"""  # blanks within, such as in `S to M`
_TOKEN = re.compile(rf'"(?P<double>[^"]*)"|\'(?P<single>[^\']*)\'|(?P<bare>{_BARE})')


@frozen
class _Token:
    text: str
    quoted: bool


def apply_overrides(root: Node, overrides: Sequence[str]) -> tuple[Node, list[Problem]]:
    """Return the document with every override applied, and what was wrong with the others."""
    problems = []
    for text in overrides:
        try:
            tokens, value = _parse(text)
            root = _set(root, tokens, value, ())
        except DocumentError as error:
            problems.append(error.problem)
    return root, problems


def follow(root: Node, path: str) -> Node:
    """Return the value at a dotted path of existing keys.

    Raises:
        DocumentError: If there is none, naming the keys that exist where it ended.
    """
    node = root
    tokens = _tokens(path, path)
    while tokens:
        count = _matching(node, tokens)
        if not count:
            raise _nothing_there(node, tokens[0].text)
        node = node.child(_join(tokens[:count]))
        tokens = tokens[count:]
    return node


def _parse(text: str) -> tuple[list[_Token], Node]:
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        if text[at : at + 1] != ".":
            break
        at += 1
    if not at or text[at : at + 1] != "=":
        raise _error(f"expected path=value, got {text!r}", hint="for example fit.generations=5")
    value = parse_yaml(text[at + 1 :], SOURCE)
    return _tokens(text[:at], text), _unplaced(value)


def _unplaced(node: Node) -> Node:
    """Return the value without line numbers: those of a one-line text tell nothing."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _unplaced(inner) for key, inner in value.items()}
    elif isinstance(value, list):
        value = [_unplaced(inner) for inner in value]
    return Node(value, file=SOURCE)


def _tokens(path: str, text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while match := _TOKEN.match(path, at):
        kind = match.lastgroup or "bare"
        tokens.append(_Token(match[kind], kind != "bare"))
        at = match.end() + 1
        if path[match.end() : at] != ".":
            break
    if at != len(path) + 1 or not tokens:
        raise _error(f"{path!r} is no path", hint=f"keys joined by dots; in {text!r}")
    return tokens


def _set(node: Node, tokens: list[_Token], value: Node, path: tuple[str, ...]) -> Node:
    if not tokens:
        return evolve(value, line=0)
    if isinstance(node.value, list):
        return _set_item(node, tokens, value, path)
    if node.value is None:
        node = evolve(node, value={})
    if not node.is_mapping:
        node = _expanded(node, tokens, path)
    count = _matching(node, tokens) or _new_length(node, tokens, path)
    key = _join(tokens[:count])
    if path == PARAMETERS and "file" in node.value and key not in TABLE_KEYS:
        return _set(node, [_Token("values", True), _Token(_join(tokens), True)], value, path)
    below = node.value.get(key, Node(None, file=SOURCE))
    changed = _set(below, tokens[count:], value, (*path, key))
    return evolve(node, value={**node.value, key: changed})


def _set_item(node: Node, tokens: list[_Token], value: Node, path: tuple[str, ...]) -> Node:
    if not _matching(node, tokens):
        raise _error(
            f"{tokens[0].text!r} is no index of this list of {len(node.value)}",
            path=(*path, tokens[0].text),
            hint="indices start at 0",
        )
    items = list(node.value)
    index = int(tokens[0].text)
    items[index] = _set(items[index], tokens[1:], value, (*path, tokens[0].text))
    return evolve(node, value=items)


def _expanded(node: Node, tokens: list[_Token], path: tuple[str, ...]) -> Node:
    """Return the mapping that a short form stands for, so that an option can be set in it."""
    if isinstance(node.value, str) and "(" not in node.value:
        key = "file" if path == ("cell", "morphology") else "use"
        return evolve(node, value={key: evolve(node, value=node.value)})
    raise _error(
        f"there is no {tokens[0].text!r} to set inside {node.describe()}",
        path=(*path, tokens[0].text),
    )


def _matching(node: Node, tokens: list[_Token]) -> int:
    """Return how many leading tokens make the longest existing key, or 0."""
    if isinstance(node.value, list):
        text = tokens[0].text
        return int(text.isascii() and text.isdigit() and int(text[:9]) < len(node.value))
    if not node.is_mapping:
        return 0
    if tokens[0].quoted:
        return int(tokens[0].text in node.value)
    bare = next((i for i, token in enumerate(tokens) if token.quoted), len(tokens))
    counts = range(bare, 0, -1)
    return next((count for count in counts if _join(tokens[:count]) in node.value), 0)


def _new_length(node: Node, tokens: list[_Token], path: tuple[str, ...]) -> int:
    """Return how many tokens make a new key: all of them where names hold dots."""
    if path == (*PARAMETERS, "values"):
        return len(tokens)
    if path == PARAMETERS:
        # A file's own keys are single words; `values` leads one level deeper.
        is_table = "file" in node.value or not node.value
        return 1 if is_table and tokens[0].text in TABLE_KEYS else len(tokens)
    return 1


def _join(tokens: Sequence[_Token]) -> str:
    return ".".join(token.text for token in tokens)


def _nothing_there(node: Node, key: str) -> DocumentError:
    known = list(node.value) if node.is_mapping else []
    return DocumentError(node.problem(f"there is no {key!r} here", did_you_mean(key, known)))


def _error(message: str, *, path: Sequence[str] = (), hint: str = "") -> DocumentError:
    return DocumentError(Problem(message, path=dotted(path), file=SOURCE, hint=hint))
