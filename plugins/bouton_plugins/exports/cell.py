"""A cell as a hoc template: shape, topology, mechanisms, every value of every segment.

Statements come in the order in which Bouton itself builds cells, because the order of `connect`
decides the order in which NEURON solves equations, and so the last digits of traces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from bouton.model.cell import CellSettings, CellStructure
from bouton.model.compartments import Compartments
from bouton.model.morphology import FloatArray, IntArray, Section
from bouton_plugins.exports.model import Model
from bouton_plugins.exports.names import Names, identifier, names_of

# hoc limits how much one procedure may hold.
_STATEMENTS = 600


def template_text(model: Model, template: str) -> str:
    """Return the file that defines the template and sets the globals of its mechanisms."""
    writer = _Writer(model.structure, model.settings)
    procedures = [
        *_procedures("shape", writer.shapes()),
        *_procedures("biophysics", [*writer.inserts(), *writer.resistivity(), *writer.values()]),
        *_procedures("points", writer.point_processes()),
    ]
    names = writer.names
    calls = " ".join(f"{name}()" for name, _ in procedures)
    lines = [
        *_checks(model),
        f"begintemplate {template}",
        *_wrapped("public", [*names.bases, "all", *writer.labels.values(), *writer.points]),
        *_wrapped("create", names.declared),
        *_wrapped("objref", ["all", *writer.labels.values(), *writer.points]),
        "",
        "proc init() {",
        "  all = new SectionList()",
        *(f"  {one} = new SectionList()" for one in writer.labels.values()),
        f"  {calls}",
        "}",
        "",
        *(line for name, body in procedures for line in (f"proc {name}() {{", *body, "}", "")),
        f"endtemplate {template}",
        "",
        *(f"{name} = {value!r}" for name, value in model.settings.global_values.items()),
    ]
    return "\n".join(lines).rstrip() + "\n"


class _Writer:
    def __init__(self, structure: CellStructure, settings: CellSettings) -> None:
        self.structure = structure
        self.settings = settings
        self.sections = structure.morphology.sections
        self.names: Names = names_of([section.name for section in self.sections])
        self.labels = {
            label: f"{identifier(label, 'label')}_sections" for label in structure.morphology.labels
        }
        self.points = [identifier(point.name, "point") for point in structure.point_processes]

    def shapes(self) -> Iterator[str]:
        compartments = self.structure.compartments
        for index, section in enumerate(self.sections):
            name = self.names.of_section[index]
            yield f"{name} {{"
            yield from self._outline(section, float(self.settings.diameter_scale[index]))
            yield f"  nseg = {int(compartments.nseg[index])}"
            yield "}"
            if section.parent >= 0:
                parent = self.names.of_section[section.parent]
                yield f"connect {name}(0), {parent}({float(section.parent_x)!r})"
            yield f"{name} all.append()"
            yield from (f"{name} {self.labels[label]}.append()" for label in section.labels)

    def _outline(self, section: Section, scale: float) -> Iterator[str]:
        if section.is_cylinder:
            yield f"  L = {section.length_um!r}"
            yield f"  diam = {float(section.points[0, 3]) * scale!r}"
            return
        yield "  pt3dclear()"
        for x, y, z, diameter in section.points.tolist():
            yield f"  pt3dadd({x!r}, {y!r}, {z!r}, {diameter * scale!r})"

    def inserts(self) -> Iterator[str]:
        for mechanism, carriers in self.structure.mechanisms.items():
            for where in self._named(carriers):
                yield f"{where} insert {mechanism}"

    def _named(self, carriers: IntArray) -> Iterator[str]:
        """Yield `forsec list` for labels of which all sections are chosen, names for the rest."""
        left = {int(index) for index in carriers}
        morphology = self.structure.morphology
        for label, one in self.labels.items():
            members = {int(index) for index in morphology.indices(label)}
            if members and members <= left:
                left -= members
                yield f"forsec {one}"
        yield from (self.names.of_section[index] for index in sorted(left))

    def resistivity(self) -> Iterator[str]:
        Ra = self.settings.Ra_ohm_cm
        for value in dict.fromkeys(Ra.tolist()):
            for where in self._named(np.flatnonzero(value == Ra)):
                yield f"{where} Ra = {value!r}"

    def values(self) -> Iterator[str]:
        """Yield what sets every assigned variable, as few statements as its values allow."""
        compartments = self.structure.compartments
        for variable, values in _final(compartments, self.settings).items():
            uniform: dict[float, list[int]] = {}
            several: list[str] = []
            for index in range(len(self.sections)):
                own = values[compartments.of_sections(np.array([index]))]
                if np.isnan(own).all():
                    continue
                if (own == own[0]).all():
                    uniform.setdefault(float(own[0]), []).append(index)
                else:
                    several += _per_segment(self.names.of_section[index], variable, own)
            for value, indices in uniform.items():
                for where in self._named(np.array(indices)):
                    yield f"{where} {variable} = {value!r}"
            yield from several

    def point_processes(self) -> Iterator[str]:
        for name, point in zip(self.points, self.structure.point_processes, strict=True):
            section = self.names.of_section[point.section]
            yield f"{section} {name} = new {point.mechanism}({float(point.x)!r})"
            for key, value in point.values.items():
                yield f"{name}.{key} = {float(value)!r}"


def _final(compartments: Compartments, settings: CellSettings) -> dict[str, FloatArray]:
    """Return the last value assigned to every segment by variable, nan where there is none."""
    found: dict[str, FloatArray] = {}
    for assignment in settings.assignments:
        values = found.setdefault(assignment.variable, np.full(len(compartments), np.nan))
        values[assignment.segments] = assignment.values
    return found


def _per_segment(name: str, variable: str, values: FloatArray) -> Iterator[str]:
    n = len(values)
    for index, value in enumerate(values.tolist()):
        if not np.isnan(value):
            yield f"{name} {variable}({(index + 0.5) / n!r}) = {value!r}"


def _procedures(name: str, statements: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Cut statements into procedures that hoc can hold; braces stay together."""
    pieces: list[list[str]] = [[]]
    depth = 0
    for statement in statements:
        if depth == 0 and len(pieces[-1]) >= _STATEMENTS:
            pieces.append([])
        pieces[-1].append(f"  {statement}")
        depth += statement.count("{") - statement.count("}")
    return [(f"{name}_{i}", piece) for i, piece in enumerate(pieces) if piece]


def _wrapped(word: str, names: Sequence[str]) -> list[str]:
    """Return statements that declare names, a few per line."""
    return [f"{word} {', '.join(names[i : i + 8])}" for i in range(0, len(names), 8)]


def _checks(model: Model) -> Iterator[str]:
    """Yield what stops with a clear word where the mechanisms are not there."""
    needed = [*model.structure.mechanisms]
    needed += [point.mechanism for point in model.structure.point_processes]
    for mechanism in dict.fromkeys(needed):
        yield (
            f'if (!name_declared("{mechanism}")) execerror("mechanism {mechanism} is not loaded", '
            '"see the head of this file")'
        )
    yield ""
