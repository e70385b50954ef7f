"""Single values of a document: numbers, text, booleans, choices and paths. Nothing is coerced."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from bouton.errors import did_you_mean
from bouton.files.overrides import SOURCE
from bouton.files.source import close_files

if TYPE_CHECKING:
    from bouton.files.converter import Reader
    from bouton.files.node import Node


def read_any(reader: Reader, node: Node, _: Any) -> Any:  # noqa: ANN401
    """Return plain data as they are; every number in them is finite."""
    if node.is_mapping or isinstance(node.value, list):
        for _key, inner in node.children():
            read_any(reader, inner, Any)
        return node.plain()
    if isinstance(node.value, float):
        read_float(reader, node, float)
    if type(node.value) is int:
        read_int(reader, node, int)
    return node.value


def read_bool(reader: Reader, node: Node, wanted: Any) -> bool:  # noqa: ANN401
    """Return a boolean."""
    if type(node.value) is not bool:
        hint = ""
        if isinstance(node.value, str) and node.value.lower() in ("yes", "no", "on", "off"):
            hint = "write true or false"
        reader.wrong(node, wanted, hint)
    return bool(node.value)


def read_int(reader: Reader, node: Node, wanted: Any) -> int:  # noqa: ANN401
    """Return a whole number that was written as one."""
    if type(node.value) is not int:
        reader.wrong(node, wanted, _number_hint(node))
    if abs(node.value) >= 2**64:
        reader.refuse(node, "must fit into 64 bits")
    return int(node.value)


def read_float(reader: Reader, node: Node, wanted: Any) -> float:  # noqa: ANN401
    """Return a finite number, written with or without a point."""
    if type(node.value) not in (int, float):
        reader.wrong(node, wanted, _number_hint(node))
    try:
        value = float(node.value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        reader.refuse(node, f"must be a finite number, got {value}")
    return value


def _number_hint(node: Node) -> str:
    if isinstance(node.value, str):
        try:
            float(node.value)
        except ValueError:
            return ""
        return "remove the quotes"
    return ""


def read_str(reader: Reader, node: Node, wanted: Any) -> str:  # noqa: ANN401
    """Return a text."""
    if type(node.value) is not str:
        hint = "" if node.is_mapping or isinstance(node.value, list) else "put it in quotes"
        reader.wrong(node, wanted, hint)
    return str(node.value)


def read_none(reader: Reader, node: Node, wanted: Any) -> None:  # noqa: ANN401
    """Return None."""
    if node.value is not None:
        reader.wrong(node, wanted)


def read_literal(reader: Reader, node: Node, wanted: Any) -> Any:  # noqa: ANN401, RET503
    """Return one of a few values."""
    choices = get_args(wanted)
    same = [c for c in choices if type(c) is type(node.value) and c == node.value]
    if same:
        return same[0]
    names = [choice for choice in choices if isinstance(choice, str)]
    close = did_you_mean(str(node.value), names) if isinstance(node.value, str) else ""
    reader.wrong(node, wanted, close if close.startswith("did") else "")


def read_path(reader: Reader, node: Node, _: Any, what: str = "file") -> Path:  # noqa: ANN401
    """Return an absolute path; relative ones start from the folder of the study.

    Those of `--set` start from where the command is typed.

    A path leads to an existing file, unless the field says `folder` or `any`.
    """
    text = reader.read(node, str)
    if not text or "\0" in text:
        reader.refuse(node, f"expected a path, got {node.describe()}")
    base = Path.cwd() if node.file == SOURCE else reader.base
    path = Path(os.path.abspath(base / text))
    if what == "any":
        return path
    if not path.exists():
        reader.refuse(node, f"no such {what}: {path}", close_files(path))
    if path.is_dir() != (what == "folder"):
        reader.refuse(node, f"expected a {what}: {path}")
    if what == "file":
        reader.contents.add(reader, node, path)
    return path
