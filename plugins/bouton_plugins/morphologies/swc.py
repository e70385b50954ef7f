"""The SWC loader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from attrs import evolve, field, frozen, validators

from bouton.model.morphology import IntArray, LoadReport, Morphology
from bouton_plugins.morphologies.assembly import SomaOptions, sections_of
from bouton_plugins.morphologies.samples import Samples, read_samples
from bouton_plugins.morphologies.source import SourceText, counted, read_source
from bouton_plugins.morphologies.tags import Labels, labels_of, tag_table
from bouton_plugins.morphologies.tree import BoolArray, Tree, ordered, take, without_repeats


def _fraction(_: object, attribute: object, value: float) -> None:
    del attribute
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"soma_connection must be within 0 to 1, got {value!r}")


@frozen
class Swc:
    """Reads SWC: one sample per line, `id type x y z radius parent`, um.

    Sections are split at branch points and where the labels change. The first point of a section
    is its parent's last point with the parent's diameter. Branches of the soma start at their own
    first sample: nothing is drawn from within the soma.

    Attributes:
        tags: Labels of type codes, `{code: label}` or `{code: [label, ...]}`, added to 1 soma,
            2 axon, 3 dend, 4 apic. The first label is the class of the section. A code without
            labels gets `tag_<code>`.
        soma: `auto` chooses by the number and form of the soma samples; `stack` takes them as
            they are; `cylinder` replaces several of them by a cylinder of equal lateral area.
        soma_connection: Where on the soma all its branches are connected, 0 to 1.
        start_at_soma: Draw branches from the soma sample they hang on, with their own diameter.
        missing_soma: `error`, or `accept` a file without a soma.
        several_roots: `error`, or `attach` further trees to the soma, or `drop` them.
        minimum_diameter_um: Raise thinner samples to this; 0 makes a zero diameter an error.
    """

    tags: Mapping[Any, Any] = field(factory=dict, converter=tag_table)
    soma: Literal["auto", "stack", "cylinder"] = field(
        default="auto", validator=validators.in_(("auto", "stack", "cylinder"))
    )
    soma_connection: float = field(default=0.5, validator=_fraction)
    start_at_soma: bool = False
    missing_soma: Literal["error", "accept"] = field(
        default="error", validator=validators.in_(("error", "accept"))
    )
    several_roots: Literal["error", "attach", "drop"] = field(
        default="error", validator=validators.in_(("error", "attach", "drop"))
    )
    minimum_diameter_um: float = field(default=0.0, validator=validators.ge(0.0))

    def load(self, path: Path) -> Morphology:
        """Return the morphology of a file.

        Raises:
            MorphologyError: Naming file, line and problem, if the file is broken.
        """
        path = Path(path)
        source = read_source(path, comment="#")
        samples, notes = read_samples(source, self.minimum_diameter_um)
        samples, more = ordered(source, samples)
        notes += more
        samples, dropped = self._one_tree(source, samples)
        tree, labels = self._labelled(samples)
        tree, repeats = without_repeats(tree)
        options = SomaOptions(self.soma, self.soma_connection, self.start_at_soma)
        sections, soma_rule = sections_of(source, tree, labels, options)
        if not sections:
            raise source.error(0, "one sample alone makes no section", "is the file complete?")
        morphology = Morphology(path.stem, sections)
        report = LoadReport(
            source=str(path),
            format="swc",
            soma_rule=soma_rule,
            dropped=tuple(dropped + repeats),
            notes=(*source.notes, *notes, *morphology.totals()),
        )
        return evolve(morphology, report=report)

    def _is_soma(self, samples: Samples) -> BoolArray:
        tags = [
            tag for tag in np.unique(samples.tag).tolist() if "soma" in labels_of(self.tags, tag)
        ]
        return np.isin(samples.tag, tags)

    def _one_tree(self, source: SourceText, samples: Samples) -> tuple[Samples, list[str]]:
        """Return the samples with one root, as `several_roots` says, the soma's root first."""
        is_soma = self._is_soma(samples)
        roots = np.flatnonzero(samples.parent < 0)
        self._check_soma(source, samples, is_soma)
        main = int(np.flatnonzero(is_soma)[0]) if is_soma.any() else int(roots[0])
        others = roots[roots != main]
        if not len(others):
            return samples, []
        line = int(samples.line[others[0]])
        if self.several_roots == "error":
            raise source.error(
                line,
                f"this is a second root (parent -1); line {samples.line[main]} has the first",
                "mend its parent, or set several_roots: attach or drop",
            )
        if self.several_roots == "attach" and not is_soma.any():
            raise source.error(line, "a second tree cannot be attached, there is no soma")
        root_of = _roots(samples)
        kept = [main] if self.several_roots == "drop" else [main, *others.tolist()]
        parent = samples.parent.copy()
        parent[others] = main
        chosen = np.concatenate([np.flatnonzero(root_of == root) for root in kept])
        what = f"{counted(len(others), 'further tree')} (first on line {line})"
        if self.several_roots == "drop":
            count = len(samples) - len(chosen)
            return take(samples, chosen), [f"{what}, {counted(count, 'sample')}"]
        return take(evolve(samples, parent=parent), chosen), []

    def _check_soma(self, source: SourceText, samples: Samples, is_soma: BoolArray) -> None:
        if not is_soma.any():
            if self.missing_soma == "accept":
                return
            raise source.error(
                0,
                "there is no soma sample (type 1)",
                "name its type in `tags`, or set missing_soma: accept",
            )
        above = samples.parent[is_soma]
        stray = np.flatnonzero((above >= 0) & ~is_soma[above])
        if len(stray):
            line = int(samples.line[is_soma][stray[0]])
            raise source.error(
                line,
                "a soma sample hangs on a sample that is not soma",
                "the soma must be the root of the tree; re-root the file",
            )
        roots = samples.line[is_soma][above < 0]
        if len(roots) > 1:
            raise source.error(
                int(roots[1]), f"this is a second soma; line {roots[0]} has the first"
            )

    def _labelled(self, samples: Samples) -> tuple[Tree, list[Labels]]:
        labels: list[Labels] = []
        code = np.zeros(len(samples), dtype=np.int64)
        for tag in np.unique(samples.tag).tolist():
            of_tag = labels_of(self.tags, tag)
            if of_tag not in labels:
                labels.append(of_tag)
            code[samples.tag == tag] = labels.index(of_tag)
        start = np.full(len(samples), np.nan)
        return Tree(samples, code, self._is_soma(samples), start), labels


def _roots(samples: Samples) -> IntArray:
    """Return the index of the root of each sample, shape (n,)."""
    root = np.arange(len(samples))
    for index, up in enumerate(samples.parent.tolist()):
        if up >= 0:
            root[index] = root[up]
    return root
