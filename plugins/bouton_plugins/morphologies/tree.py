"""A tree of samples: its order, its roots, and samples that say nothing new."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from bouton.model.morphology import FloatArray, IntArray
from bouton_plugins.morphologies.samples import Samples
from bouton_plugins.morphologies.source import SourceText, counted

BoolArray = npt.NDArray[np.bool_]


@frozen(eq=False)
class Tree:
    """Samples with every parent before its children, without repeated samples.

    Attributes:
        samples: The samples.
        code: Index of the label set of each sample, shape (n,).
        is_soma: Whether the sample belongs to the soma, shape (n,).
        start_um: Diameter with which a section begins at the parent's point if this sample is
            its first own one; nan for the parent's diameter, shape (n,).
    """

    samples: Samples
    code: IntArray
    is_soma: BoolArray
    start_um: FloatArray

    def children(self) -> list[list[int]]:
        """Return the indices of the children of each sample."""
        return children_of(self.samples.parent)


def children_of(parent: IntArray) -> list[list[int]]:
    """Return the indices of the children of each sample, in file order."""
    table: list[list[int]] = [[] for _ in parent]
    for index, up in enumerate(parent.tolist()):
        if up >= 0:
            table[up].append(index)
    return table


def ordered(source: SourceText, samples: Samples) -> tuple[Samples, list[str]]:
    """Return the samples with parents first: file order if it does, else depth first.

    Raises:
        MorphologyError: If parents run in a circle, naming a line of it.
    """
    backwards = samples.parent >= np.arange(len(samples))
    if not backwards.any():
        return samples, []
    children = children_of(samples.parent)
    order: list[int] = []
    stack = np.flatnonzero(samples.parent < 0)[::-1].tolist()
    while stack:
        index = stack.pop()
        order.append(index)
        stack.extend(reversed(children[index]))
    if len(order) < len(samples):
        line = _on_circle(samples, order)
        raise source.error(line, "parents run in a circle through this sample, away from any root")
    first = int(samples.line[np.flatnonzero(backwards)[0]])
    note = f"parents follow their children (first on line {first}): samples were put in order"
    return take(samples, np.array(order)), [note]


def _on_circle(samples: Samples, reached: list[int]) -> int:
    index = int(np.setdiff1d(np.arange(len(samples)), reached)[0])
    for _ in range(len(samples)):  # up, until certainly on the circle
        index = int(samples.parent[index])
    circle = {index}
    while (index := int(samples.parent[index])) not in circle:
        circle.add(index)
    return int(samples.line[sorted(circle)].min())


def take(samples: Samples, chosen: IntArray) -> Samples:
    """Return the chosen samples in that order; parents that are left out become -1."""
    position = np.full(len(samples) + 1, -1, dtype=np.int64)
    position[chosen] = np.arange(len(chosen))
    return Samples(
        line=samples.line[chosen],
        tag=samples.tag[chosen],
        points=samples.points[chosen],
        parent=position[samples.parent[chosen]],
    )


def without_repeats(tree: Tree) -> tuple[Tree, list[str]]:
    """Return the tree without samples at the very place of their parent (as float32 stores it).

    Their children hang on the parent. A section that began with such a sample keeps its diameter
    for the repeated first point. The first sample of a branch may lie on a soma sample.
    """
    place = tree.samples.points[:, :3].astype(np.float32)
    up = tree.samples.parent
    same = (place == place[up]).all(axis=1) & (up >= 0)
    if not same.any():
        return tree, []
    children = tree.children()
    drop = np.zeros(len(up), dtype=bool)
    parent, start = up.copy(), tree.start_um.copy()
    for index in range(len(up)):
        above = int(parent[index])
        if above < 0 or not (place[index] == place[above]).all():
            continue
        if not _needed_on_soma(tree, index, above, children[index]):
            drop[index] = True
            for child in children[index]:
                parent[child] = above
                start[child] = tree.samples.points[index, 3]
    lines = tree.samples.line[drop].tolist()
    kept = np.flatnonzero(~drop)
    result = Tree(
        take(evolve(tree.samples, parent=parent), kept),
        tree.code[kept],
        tree.is_soma[kept],
        start[kept],
    )
    return result, _dropped(lines)


def _needed_on_soma(tree: Tree, index: int, above: int, children: list[int]) -> bool:
    if tree.is_soma[index] or not tree.is_soma[above]:
        return False
    return len(children) == 1 and tree.code[children[0]] == tree.code[index]


def _dropped(lines: list[int]) -> list[str]:
    if not lines:
        return []
    shown = ", ".join(map(str, lines[:5])) + (", ..." if len(lines) > 5 else "")
    return [f"{counted(len(lines), 'sample')} at the place of the parent (line {shown})"]
