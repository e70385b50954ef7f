"""Which sections belong to a cell, and what they are called there.

A section belongs to a cell if the object holds it, if it appeared while the object was made, or if
a point process of the object sits on it. One that is connected to these and is none of them is
refused: with it the cell would be another, without it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from bouton.errors import CellError
from bouton.nrn.engine import h
from bouton.nrn.foreign.holding import Holdings, is_hoc
from bouton.nrn.foreign.loading import Loaded


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
        prefix = owner.hname() if is_hoc(owner) else str(owner)
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
