"""Which sections and point processes belong to a cell, and what they are called there.

A section belongs to a cell if the object holds it, if it appeared while the object was made, or if
a point process of the object sits on it. One that is connected to these and is none of them is
refused: with it the cell would be another, without it too. Names are the ways by which the object
holds things, never pieces of texts.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from attrs import define, field, frozen

from bouton.errors import CellError
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
    if not (_is_hoc(value) and hasattr(value, "hname")):
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


def _is_hoc(value: Any) -> bool:  # noqa: ANN401
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
    elif _is_hoc(value):
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
            if _is_hoc(inner):
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


@frozen(eq=False)
class Tree:
    """The sections of one cell: a tree, parents before children.

    Attributes:
        sections: NEURON's sections.
        names: Their names on the cell.
        labels: Class and the containers that hold them.
        left_out: Sections that seemed to belong to it and do not, in words.
    """

    sections: tuple[Any, ...]
    names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...] = ()


def tree_of(loaded: Loaded, held: Holdings, root: str) -> Tree:
    """Return the sections of a cell.

    Args:
        loaded: The cell.
        held: What it holds.
        root: Name of the root section if there are several trees; empty if there is one.

    Raises:
        CellError: If it has no section, several trees, two sections of one name, or a foreign
            section is connected to it.
    """
    seeds = list(dict.fromkeys([*held.sections, *held.hosts, *loaded.made]))
    if not seeds:
        refuse_artificial(held)
        raise CellError("the cell has no sections, so there is nothing to import")
    trees: dict[Any, list[Any]] = {}
    for section in h.allsec():
        trees.setdefault(_root(section), []).append(section)
    roots = list(dict.fromkeys(_root(section) for section in seeds))
    names = {s: _name(s, held, loaded) for one in roots for s in trees[one]}
    chosen = _chosen(roots, names, root)
    left = [
        f"section {names[s]} ({_said_name(s)})"
        for one in roots
        if one != chosen
        for s in trees[one]
    ]
    _refuse_foreign([s for s in trees[chosen] if s not in seeds])
    ordered = _ordered(chosen)
    texts = _unique(ordered, names)
    labels = tuple(_labels(s, n, held, len(ordered)) for s, n in zip(ordered, texts, strict=True))
    return Tree(tuple(ordered), texts, labels, tuple(left))


def refuse_artificial(held: Holdings) -> None:
    """Refuse a cell of which nothing is alive but artificial cells.

    Raises:
        CellError: If it holds one.
    """
    if held.nowhere:
        raise CellError(
            f"the cell is nothing but {', '.join(held.nowhere)}: as an artificial cell it needs "
            "no import; name the mechanism in the population of a network "
            "(artificial: {mechanism: ...})"
        )


def _refuse_foreign(sections: Sequence[Any]) -> None:
    if sections:
        told = ", ".join(repr(_said_name(section)) for section in sections)
        raise CellError(
            f"connected to the cell, but not held or made by it: {told}; disconnect these sections "
            "in the file, or let the object hold them (an attribute, a list, a SectionList)"
        )


def _root(section: Any) -> Any:  # noqa: ANN401
    above = section.parentseg()
    while above is not None:
        section = above.sec
        above = section.parentseg()
    return section


def _chosen(roots: Sequence[Any], names: Mapping[Any, str], root: str) -> Any:  # noqa: ANN401
    if not root and len(roots) == 1:
        return roots[0]
    found = [one for one in roots if names[one] == root]
    if len(found) == 1:
        return found[0]
    told = ", ".join(repr(names[one]) for one in roots)
    if not root:
        raise CellError(
            f"the cell has {len(roots)} trees that are not connected, with the roots {told}; say "
            "which one is the cell (--root), the others are left out then"
        )
    raise CellError(f"no tree of the cell has the root {root!r}; roots: {told}")


def _ordered(root: Any) -> list[Any]:  # noqa: ANN401
    """Return parents before children, and siblings so that NEURON puts them in the same order.

    It goes through siblings in that order when it solves; another one would round otherwise.
    """
    ordered, waiting = [], [root]
    while waiting:
        section = waiting.pop()
        ordered.append(section)
        waiting.extend(section.children())  # which begin with the one connected last
    return ordered


def _name(section: Any, held: Holdings, loaded: Loaded) -> str:  # noqa: ANN401
    ways = [way for way in held.sections.get(section, ()) if way.text]
    if ways:
        return min(ways).text
    owner = section.cell()
    plain = str(section.name())
    if owner is not None:
        prefix = owner.hname() if _is_hoc(owner) else str(owner)
        mine = owner == loaded.instance
        return plain.removeprefix(f"{prefix}.") if mine else plain
    return "" if plain.startswith("__nrnsec_0x") else plain


def _said_name(section: Any) -> str:  # noqa: ANN401
    plain = str(section.name())
    return "unnamed" if plain.startswith("__nrnsec_0x") else plain


def _unique(ordered: Iterable[Any], names: Mapping[Any, str]) -> tuple[str, ...]:
    texts: list[str] = []
    unnamed = 0
    for section in ordered:
        text = names[section]
        if not text:  # held by nobody, named by nobody: its place in the tree is what it has
            text = f"section[{unnamed}]"
            unnamed += 1
        if text in texts:
            raise CellError(
                f"two sections of the cell are called {text!r}; give them different names, or hold "
                "them in different attributes"
            )
        texts.append(text)
    return tuple(texts)


_CLASSES = (
    ("soma", ("soma",)),
    ("apic", ("apic",)),
    ("myelin", ("myelin",)),
    ("axon", ("axon", "hillock", "ais")),
    ("dend", ("dend", "basal", "oblique")),
)


def _labels(section: Any, name: str, held: Holdings, count: int) -> tuple[str, ...]:  # noqa: ANN401
    stem = name.rpartition(".")[2].split("[", maxsplit=1)[0] or name
    lower = stem.lower()
    of_class = next((c for c, words in _CLASSES if any(w in lower for w in words)), stem)
    groups = [w.container for w in held.sections.get(section, ()) if w.container and w.size < count]
    return tuple(dict.fromkeys([of_class, *groups]))
