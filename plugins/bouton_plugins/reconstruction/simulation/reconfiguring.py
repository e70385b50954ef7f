"""Give a stored network other simulations; its cells and contacts stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from bouton.errors import Problem, StudyError
from bouton.files.node import Node, document_problems
from bouton.files.source import close_files, read_document
from bouton.model.morphology import Morphology
from bouton_plugins.reconstruction.reading import Configuration, read_configuration
from bouton_plugins.reconstruction.store import read_tissue, replace_simulations
from bouton_plugins.reconstruction.tissue import Tissue

# What says nothing about cells and contacts. The seed is looked at separately: a document that is
# written out has one even where the user gave none.
_FREE = ("simulations", "storage", "name", "seed", "morphologies")


@frozen
class Reconfigured:
    """What was done to a stored network.

    Attributes:
        added: Names of simulations that were not there before.
        changed: Names of those that are different now.
        removed: Names of those that are gone.
        same: Names of those that stayed.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    same: tuple[str, ...]


def reconfigure(
    file: Path | str, config: Path | str, tell: Callable[[str], None] | None = None
) -> Reconfigured:
    """Put the simulations of a configuration into a stored network.

    The file is replaced at once or not at all; cells, contacts, seed and the record of how they
    were made stay bit for bit.

    Args:
        file: What `bouton network compile` made.
        config: A configuration whose tissue is that of the file.
        tell: Called with everything that a user should know about the configuration.

    Raises:
        StudyError: If the configuration is wrong or describes another tissue, saying where, or if
            one of its simulations does not fit the network.
        ResultsError: If the file is damaged, or cannot be written.
    """
    path = Path(file)
    if not path.exists():
        raise StudyError([Problem("no such file", file=str(path), hint=close_files(path))])
    tissue = read_tissue(path)
    read = read_configuration(config)
    problems = [
        read.problem(where, text, "compile a new network for that")
        for where, text in _differences(tissue, read, Path(config))
    ]
    problems = problems or read.misfits(tissue)
    if problems:
        raise StudyError(problems)
    if tell is not None:
        for notice in read.notices:
            tell(notice)
    before, after = tissue.config.get("simulations", {}), read.document["simulations"]
    replace_simulations(path, after)
    return Reconfigured(
        added=tuple(name for name in after if name not in before),
        changed=tuple(n for n in after if n in before and after[n] != before[n]),
        removed=tuple(name for name in before if name not in after),
        same=tuple(name for name in after if name in before and after[name] == before[name]),
    )


def _differences(
    tissue: Tissue, read: Configuration, path: Path
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where a configuration describes another tissue, and how."""
    for key in dict.fromkeys([*tissue.config, *read.document]):
        if key not in _FREE:
            old, new = tissue.config.get(key), read.document.get(key)
            for where, before, after in _unequal(old, new, (key,)):
                if where != ("network", "chunk_um"):
                    yield where, f"the network was made with {before!r:.80}, not {after!r:.80}"
    yield from _other_shapes(tissue.morphologies, read.morphologies)
    seed = _stated_seed(path)
    if seed is not None and seed != tissue.seed:
        yield ("seed",), f"the network was made with {tissue.seed}, not {seed!r}"


def _unequal(
    old: Any,  # noqa: ANN401
    new: Any,  # noqa: ANN401
    where: tuple[str, ...],
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _unequal(old.get(key), new.get(key), (*where, key))
    elif old != new:
        yield where, old, new


def _other_shapes(
    old: Mapping[str, Morphology], new: Mapping[str, Morphology]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield morphologies that differ in content; where their files lie does not matter."""
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            yield ("morphologies", name), "only one of the two has it"
        elif not _is_same(old[name], new[name]):
            yield ("morphologies", name), "its branches or labels are not those of the network"


def _is_same(one: Morphology, other: Morphology) -> bool:
    return len(one) == len(other) and all(
        (a.name, a.labels, a.parent, a.parent_x) == (b.name, b.labels, b.parent, b.parent_x)
        and np.array_equal(a.points, b.points)
        for a, b in zip(one.sections, other.sections, strict=True)
    )


def _stated_seed(path: Path) -> Any:  # noqa: ANN401
    """Return the seed that a user wrote, None if there is none."""
    with document_problems():
        root = read_document(path)
    for key in (("seed",), ("rng", "seed")):
        node: Node | None = root
        for part in key:
            node = node.value.get(part) if node is not None and node.is_mapping else None
        if node is not None:
            return node.value
    return None
