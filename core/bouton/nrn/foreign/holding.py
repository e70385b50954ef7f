"""What the object of a cell holds: sections and point processes, and the ways to them.

They give the names: never pieces of texts do.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from attrs import define, field, frozen

from bouton.nrn.engine import h
from bouton.nrn.foreign.loading import Loaded
from bouton.nrn.foreign.values import mechanism_names

_DEEPEST = 8
_PLAIN = (str, bytes, int, float, complex, bool, type(None), type, ModuleType, FunctionType)
_OBJECT = 2
_OBJECT_NAME = re.compile(r"\w+\[\d+\]")


@frozen(order=True)
class Way:
    """One way by which an object holds something; the least one gives the name.

    Attributes:
        depth: Number of steps.
        size: Size of the last container.
        number: In the order found.
        text: As it is written, such as `dend[3]`.
        container: The way without its last step; empty for an attribute.
    """

    depth: int
    size: int
    number: int
    text: str
    container: str = ""


@define
class Holdings:
    """What an object holds: sections, point processes by hoc name, those on no section in words."""

    sections: dict[Any, list[Way]] = field(factory=dict)
    points: dict[str, list[Way]] = field(factory=dict)
    hosts: list[Any] = field(factory=list)
    nowhere: list[str] = field(factory=list)
    processes: frozenset[str] = frozenset()
    alive: frozenset[Any] = frozenset()


def holdings(loaded: Loaded) -> Holdings:
    """Return what the object holds, directly or through containers and objects of its own."""
    found = Holdings(processes=frozenset(mechanism_names(1)), alive=frozenset(h.allsec()))
    seen: set[int] = set()
    keep: list[Any] = []  # ids are unique only while what they belong to lives
    queue = deque([(loaded.instance, Way(0, 1, 0, ""))])
    number = 0
    while queue:
        value, way = queue.popleft()
        if _note(found, value, way) or isinstance(value, _PLAIN) or way.depth > _DEEPEST:
            continue
        if id(value) in seen:
            continue
        seen.add(id(value))
        keep.append(value)
        for inner, text, size, container in _parts(value, way, loaded):
            number += 1
            queue.append((inner, Way(way.depth + 1, size, number, text, container)))
    return found


def _note(found: Holdings, value: Any, way: Way) -> bool:  # noqa: ANN401
    kind = type(value).__module__
    if kind == "nrn" and type(value).__name__ == "Section":
        if value in found.alive:  # it may have been deleted
            found.sections.setdefault(value, []).append(way)
        return True
    if kind == "nrn":
        return True
    if not (is_hoc(value) and hasattr(value, "hname")):
        return False
    name = value.hname().partition("[")[0]
    if name not in found.processes:
        return False
    if value.has_loc():
        found.points.setdefault(value.hname(), []).append(way)
        found.hosts.append(value.get_segment().sec)
    else:
        found.nowhere.append(f"{way.text} ({name})")
    return True


def is_hoc(value: Any) -> bool:  # noqa: ANN401
    """Return whether something is an object of hoc."""
    return type(value).__module__ == "hoc" or any(
        b.__module__ == "hoc" for b in type(value).__mro__
    )


def _parts(value: Any, way: Way, loaded: Loaded) -> Iterator[tuple[Any, str, int, str]]:  # noqa: ANN401
    text = way.text
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield inner, _key(text, key), len(value), text
    elif isinstance(value, np.ndarray):
        if value.dtype == object:
            yield from _parts(value.tolist(), way, loaded)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield inner, f"{text}[{index}]", len(value), text
    elif isinstance(value, set | frozenset):
        for inner in value:  # no order, so it gives no names
            yield inner, "", len(value), text
    elif is_hoc(value):
        yield from _hoc_parts(value, text)
    elif way.depth == 0 or type(value).__module__ in loaded.modules:
        yield from ((v, _attribute(text, n), 1, "") for n, v in _attributes(value))


def _key(text: str, key: object) -> str:
    if isinstance(key, str) and key.isidentifier():
        return _attribute(text, key)
    return f"{text}[{key}]"


def _attribute(text: str, name: str) -> str:
    return f"{text}.{name}" if text else name


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if isinstance(value, MethodType):
        return
    yield from dict(getattr(value, "__dict__", {})).items()
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                yield name, getattr(value, name)


def _hoc_parts(value: Any, text: str) -> Iterator[tuple[Any, str, int, str]]:  # noqa: ANN401
    kind = type(value).__name__
    if kind == "TopLevelHocInterpreter" or value is h:
        return
    if kind == "SectionList":
        members = list(value)
        for index, inner in enumerate(members):
            yield inner, f"{text}[{index}]", len(members), text
    elif kind == "List":
        for index in range(int(value.count())):
            yield value.o(index), f"{text}[{index}]", int(value.count()), text
    elif kind == "HocObject":
        yield from _object_parts(value, text)
    elif type(value).__module__ != "hoc":  # a Python class on top of a template
        yield from _object_parts(value, text)
        yield from ((v, _attribute(text, n), 1, "") for n, v in _attributes(value))


def _object_parts(value: Any, text: str) -> Iterator[tuple[Any, str, int, str]]:  # noqa: ANN401
    own = str(value.hname())
    if own.endswith("[?]"):
        yield from _array_parts(value, own.removesuffix("[?]"), text)
    if not _OBJECT_NAME.fullmatch(own):  # a reference, or a function
        return
    for section in h.allsec():
        if section.cell() is not None and section.cell() == value:
            name = section.name().removeprefix(f"{own}.")
            yield section, _attribute(text, name), 1, ""
    for name in dir(value):
        # Touching a section that was deleted ends the process, so only objects are.
        if name.isidentifier() and _declared(value, name) == _OBJECT:
            inner = getattr(value, name)
            if is_hoc(inner):
                yield inner, _attribute(text, name), 1, ""


def _declared(value: Any, name: str) -> int:  # noqa: ANN401
    """Return as what a template declares a name: NEURON's numbers, 0 if not at all."""
    if not h.execute1(f'hoc_ac_ = name_declared("{name}", 1)', value, 0):
        return 0
    return int(h.hoc_ac_)


def _array_parts(value: Any, own: str, text: str) -> Iterator[tuple[Any, str, int, str]]:  # noqa: ANN401
    """Return the elements of an array of sections or of objects that hoc calls `own`."""
    alive = [s for s in h.allsec() if str(s.name()).startswith(f"{own}[")]
    for section in alive:
        yield section, f"{text}{section.name().removeprefix(own)}", len(alive), text
    if h.execute1(f"hoc_ac_ = object_id({own}[0])", 0):  # else they are no objects
        for index in range(len(value)):
            yield value[index], f"{text}[{index}]", len(value), text
