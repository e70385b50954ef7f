"""From a tree of samples to sections: where a section starts, its points, parent and name."""

from __future__ import annotations

from collections import Counter

import numpy as np
from attrs import define, field, frozen

from bouton.model.morphology import FloatArray, Section
from bouton_plugins.morphologies import soma as soma_rules
from bouton_plugins.morphologies.points import same_place
from bouton_plugins.morphologies.source import SourceText
from bouton_plugins.morphologies.tags import Labels
from bouton_plugins.morphologies.tree import Tree


@frozen
class SomaOptions:
    """How a soma is made and where branches leave it; see `Swc` for the meaning."""

    rule: str = "auto"
    connection: float = 0.5
    start_at_soma: bool = False


@define
class _Run:
    """A section under construction: its own samples in order."""

    parent: int
    parent_x: float
    labels: Labels
    first: list[float] | None
    samples: list[int] = field(factory=list)


def sections_of(
    source: SourceText, tree: Tree, labels: list[Labels], options: SomaOptions
) -> tuple[tuple[Section, ...], str]:
    """Return the sections of a tree, soma first, and the soma rule in words.

    A section starts at a branch point and where the label set changes. It repeats the parent's
    point as its first point, with the parent's diameter; a branch of the soma starts at its own
    first sample.

    Raises:
        MorphologyError: Naming the line, if the soma is impossible or a branch has no length.
    """
    made: list[Section] = []
    soma_rule = "no soma in the file: the first branch is the root"
    if tree.is_soma.any():
        points, soma_rule = _soma(source, tree, options.rule)
        soma_codes = dict.fromkeys(tree.code[tree.is_soma].tolist())
        soma_labels = dict.fromkeys(name for code in soma_codes for name in labels[code])
        made.append(Section("soma", tuple({"soma": None} | soma_labels), -1, 0.5, points))
    offset = len(made)
    runs = _runs(tree, labels, options, offset)
    names = _names([run.labels for run in runs])
    for name, run in zip(names, runs, strict=True):
        points = _points(source, tree, run)
        made.append(Section(name, run.labels, run.parent, run.parent_x, points))
    return tuple(made), soma_rule


def _runs(tree: Tree, labels: list[Labels], options: SomaOptions, offset: int) -> list[_Run]:
    runs: list[_Run] = []
    section_of: dict[int, int] = {}
    parent, code = tree.samples.parent.tolist(), tree.code.tolist()
    is_soma = tree.is_soma.tolist()
    branches = [len(row) for row in tree.children()]
    points = tree.samples.points
    for index, up in enumerate(parent):
        if is_soma[index] or up < 0:
            continue
        own = section_of.get(up)
        if own is not None and branches[up] == 1 and code[up] == code[index]:
            runs[own].samples.append(index)
            section_of[index] = own
            continue
        section_of[index] = len(runs)
        name = labels[code[index]]
        if is_soma[up]:
            first = [*points[up, :3], points[index, 3]] if options.start_at_soma else None
            runs.append(_Run(0, options.connection, name, first, [index]))
        else:
            first = [*points[up, :3], _start(tree, index, up)]
            above = (own + offset, 1.0) if own is not None else ((0, 0.0) if runs else (-1, 0.0))
            runs.append(_Run(*above, name, first, [index]))
    return runs


def _start(tree: Tree, index: int, up: int) -> float:
    given = tree.start_um[index]
    return float(tree.samples.points[up, 3] if np.isnan(given) else given)


def _points(source: SourceText, tree: Tree, run: _Run) -> FloatArray:
    points = tree.samples.points[run.samples]
    first = run.first
    if first is None and len(points) == 1:
        # a lone sample has no length of its own: it is drawn from the soma sample it hangs on
        on_soma = int(tree.samples.parent[run.samples[0]])
        first = [*tree.samples.points[on_soma, :3], points[0, 3]]
    if first is not None:
        points = np.vstack((first, points))
    if same_place(points):
        line = int(tree.samples.line[run.samples[0]])
        raise source.error(line, "the branch that starts here has no length", "remove the sample")
    return points


def _names(labels: list[Labels]) -> list[str]:
    count: Counter[str] = Counter()
    names = []
    for row in labels:
        names.append(f"{row[0]}[{count[row[0]]}]")
        count[row[0]] += 1
    return names


def _soma(source: SourceText, tree: Tree, rule: str) -> soma_rules.Soma:
    members = np.flatnonzero(tree.is_soma).tolist()
    points = tree.samples.points
    if len(members) == 1:
        return soma_rules.of_sphere(points[members[0]])
    if rule == "cylinder":
        return soma_rules.of_area(points[members], _lateral_area(tree, members))
    arms = _arms(source, tree, members)
    path = [*reversed(arms[1]), members[0], *arms[0]] if len(arms) > 1 else [members[0], *arms[0]]
    if rule == "stack":
        return points[path], f"{len(path)} samples: stack of truncated cones, as asked for"
    return soma_rules.of_path(points[path], centre_first=len(arms) > 1)


def _arms(source: SourceText, tree: Tree, members: list[int]) -> list[list[int]]:
    """Return the one or two unbranched arms of soma samples that leave the first one."""
    below: dict[int, list[int]] = {member: [] for member in members}
    for member in members[1:]:
        below[int(tree.samples.parent[member])].append(member)
    arms: list[list[int]] = []
    for start in below[members[0]]:
        arm = [start]
        while below[arm[-1]]:
            _check_unbranched(source, tree, arm[-1], below[arm[-1]], 1)
            arm.append(below[arm[-1]][0])
        arms.append(arm)
    _check_unbranched(source, tree, members[0], arms, 2)
    return arms


def _check_unbranched(
    source: SourceText, tree: Tree, sample: int, below: list[int] | list[list[int]], most: int
) -> None:
    if len(below) > most:
        raise source.error(
            int(tree.samples.line[sample]),
            f"the soma branches here into {len(below)} soma samples, which is no single shape",
            "set soma: cylinder to replace the soma by a cylinder of equal lateral area",
        )


def _lateral_area(tree: Tree, members: list[int]) -> float:
    inner = np.array([m for m in members if tree.samples.parent[m] in set(members)])
    a, b = tree.samples.points[inner], tree.samples.points[tree.samples.parent[inner]]
    length = np.linalg.norm(a[:, :3] - b[:, :3], axis=1)
    slant = np.hypot(length, (a[:, 3] - b[:, 3]) / 2)
    return float((np.pi * (a[:, 3] + b[:, 3]) / 2 * slant).sum())
