"""Values that hold others: mappings, sequences, arrays and unions; every part is tried."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, get_args, get_origin

import numpy as np

from bouton.errors import Problem
from bouton.files.refusal import Refused
from bouton.files.types import NONE

if TYPE_CHECKING:
    from bouton.files.converter import Reader
    from bouton.files.node import Node


def _read_key(reader: Reader, node: Node, key: str, wanted: Any) -> Any:  # noqa: ANN401
    """Return a key, which documents can only give as text, as the type of the mapping's keys."""
    if wanted is not int:
        return key
    if not re.fullmatch(r"-?[0-9]{1,18}", key):
        reader.refuse(node, f"expected a whole number as key, got {key!r}")
    return int(key)


def read_mapping(reader: Reader, node: Node, wanted: Any) -> dict[Any, Any]:  # noqa: ANN401
    """Return a mapping, each value read as the mapping's value type."""
    key_type, value_type = get_args(wanted) or (Any, Any)
    before = len(reader.problems)
    found: dict[Any, Any] = {}
    for key, inner in reader.mapping(node).items():
        with reader.going_on():
            found[_read_key(reader, inner, key, key_type)] = reader.read(inner, value_type)
    if len(reader.problems) > before:
        raise Refused
    return found


def _read_items(reader: Reader, node: Node, item_types: Sequence[Any]) -> list[Any]:
    before = len(reader.problems)
    found = []
    for (_, inner), wanted in zip(node.children(), item_types, strict=True):
        with reader.going_on():
            found.append(reader.read(inner, wanted))
    if len(reader.problems) > before:
        raise Refused
    return found


def read_sequence(reader: Reader, node: Node, wanted: Any) -> Any:  # noqa: ANN401
    """Return a list, tuple or set, each item read as its own type."""
    if not isinstance(node.value, list):
        reader.wrong(node, wanted, "write it in brackets: [ ... ]")
    origin, args = get_origin(wanted) or wanted, get_args(wanted) or (Any, ...)
    if origin is tuple and args[-1] is not ...:
        args = () if args == ((),) else args
        if len(args) != len(node.value):
            reader.refuse(node, f"expected a list of {len(args)}, got {len(node.value)} values")
        return tuple(_read_items(reader, node, args))
    items = _read_items(reader, node, [args[0]] * len(node.value))
    if origin is list:
        return items
    return frozenset(items) if issubclass(origin, AbstractSet) else tuple(items)


def read_array(reader: Reader, node: Node, wanted: Any) -> Any:  # noqa: ANN401
    """Return an array of one or two dimensions."""
    if not isinstance(node.value, list):
        reader.wrong(node, wanted, "write it in brackets: [ ... ]")
    item = list[float] if node.value and isinstance(node.value[0].value, list) else float
    rows = _read_items(reader, node, [item] * len(node.value))
    try:
        return np.array(rows, dtype=float)
    except ValueError:
        reader.refuse(node, "expected rows of one length")


def read_union(reader: Reader, node: Node, wanted: Any) -> Any:  # noqa: ANN401
    """Return the value as the first member that takes it without a problem.

    If none does, the problems of the member that came closest are noted.
    """
    members = [member for member in get_args(wanted) if member is not NONE]
    if node.value is None and len(members) < len(get_args(wanted)):
        return None
    if len(members) == 1:
        return reader.read(node, members[0])
    # A whole number is read as one where it may be, whatever the order of the union.
    members.sort(key=lambda member: member is float)
    failures: list[list[Problem]] = []
    for member in members:
        value, problems = reader.trial(node, member)
        if not problems:
            return value
        failures.append(problems)
    here = node.problem("").path
    inner = [found for found in failures if any(problem.path != here for problem in found)]
    inner += [found for found in failures if not found[0].message.startswith("expected ")]
    if not inner:
        reader.wrong(node, wanted)
    fewest = min(len(found) for found in inner)
    reader.problems.extend(next(found for found in inner if len(found) == fewest))
    raise Refused


def is_sequence(wanted: Any) -> bool:  # noqa: ANN401
    """Return whether a type is a list, tuple, sequence or set."""
    origin = get_origin(wanted) or wanted
    return isinstance(origin, type) and (
        origin is Sequence or issubclass(origin, tuple | list | AbstractSet)
    )


def is_mapping(wanted: Any) -> bool:  # noqa: ANN401
    """Return whether a type is a mapping."""
    origin = get_origin(wanted) or wanted
    return isinstance(origin, type) and issubclass(origin, Mapping)


def is_array(wanted: Any) -> bool:  # noqa: ANN401
    """Return whether a type is a numpy array."""
    return (get_origin(wanted) or wanted) is np.ndarray
