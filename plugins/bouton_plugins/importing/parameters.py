"""What of an imported cell can be changed: every number of its file, label by label."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from attrs import evolve, frozen

from bouton.errors import CellError, did_you_mean
from bouton.model.cell import Assignment, CellSettings, Parameter, PlacedMechanism
from bouton_plugins.importing.portable import Along, PortableCell, PortableSection

_UNITS = {"cm": "uF/cm2", "Ra": "ohm cm"}
FACTOR = "factor"


@frozen(eq=False)
class Handle:
    """One parameter, and the numbers of the file that it changes.

    Attributes:
        parameter: Name, unit and the value in the file.
        variable: NEURON name; of a point process its own.
        sections: Sections whose values it changes; empty for a point process.
        point: Name of the point process; empty for sections.
        is_factor: Whether it multiplies values that differ, instead of replacing equal ones.
    """

    parameter: Parameter
    variable: str
    sections: frozenset[int] = frozenset()
    point: str = ""
    is_factor: bool = False

    def changed(self, old: float, value: float) -> float:
        """Return what becomes of one number."""
        return old * value if self.is_factor else value


def handles(cell: PortableCell) -> dict[str, Handle]:
    """Return the parameters of a cell by name: labels in their order, then point processes.

    `gnabar_hh.soma` replaces the value of all sections labelled soma where they have one; where
    values differ, `gnabar_hh.dend.factor` multiplies them. `tau.exc.near` is of a point process.
    What is played into has no parameter.
    """
    found: dict[str, Handle] = {}
    for one in (*_of_labels(cell), *_of_points(cell)):
        found.setdefault(one.parameter.name, one)
    return found


def _of_labels(cell: PortableCell) -> Iterator[Handle]:
    members: dict[str, list[int]] = {}
    for number, section in enumerate(cell.sections):
        for label in section.labels:
            members.setdefault(label, []).append(number)
    played = {(p.target.section, p.target.variable) for p in cell.played}
    for label, numbers in members.items():
        values: dict[str, dict[int, tuple[float, ...]]] = {}
        for number in numbers:
            section = cell.sections[number]
            for variable, along in numbers_of(section):
                values.setdefault(variable, {})[number] = along.values
        for variable, told in values.items():
            if not any((cell.sections[number].name, variable) in played for number in told):
                unit = _UNITS.get(variable) or cell.units.get(variable, "")
                yield _of_label(variable, label, told, unit)


def _of_label(
    variable: str, label: str, told: Mapping[int, tuple[float, ...]], unit: str
) -> Handle:
    values = sorted({value for along in told.values() for value in along})
    name, sections = f"{variable}.{label}", frozenset(told)
    where = "1 section" if len(told) == 1 else f"{len(told)} sections"
    if len(values) == 1:
        summary = f"the value in {where} labelled {label}"
        return Handle(Parameter(name, unit, default=values[0], summary=summary), variable, sections)
    summary = f"multiplies {values[0]:g} to {values[-1]:g} {unit}".rstrip()
    parameter = Parameter(
        f"{name}.{FACTOR}", default=1.0, summary=f"{summary} in {where} labelled {label}"
    )
    return Handle(parameter, variable, sections, is_factor=True)


def numbers_of(section: PortableSection) -> Iterator[tuple[str, Along]]:
    """Return every variable of a section that can be set, `Ra` and `cm` included."""
    yield "Ra", Along((section.Ra_ohm_cm,))
    yield "cm", section.cm_uF_cm2
    for told in section.mechanisms.values():
        yield from told.items()
    for ion in section.ions.values():
        yield from ion.values.items()


def _of_points(cell: PortableCell) -> Iterator[Handle]:
    played = {(p.target.point, p.target.variable) for p in cell.played}
    for point in cell.point_processes:
        for variable, value in point.values.items():
            if (point.name, variable) in played:
                continue
            unit = cell.units.get(f"{point.mechanism}.{variable}", "")
            summary = f"of {point.mechanism} at {point.section}({point.x:g})"
            name = f"{variable}.{point.name}"
            yield Handle(
                Parameter(name, unit, default=value, summary=summary), variable, point=point.name
            )


@frozen(eq=False)
class Changes:
    """The parameters that have another value than in the file."""

    made: tuple[tuple[Handle, float], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Any], known: Mapping[str, Handle]) -> Changes:
        """Return the changes; a parameter without a value keeps that of the file.

        Raises:
            CellError: If a parameter is unknown, or no finite number, or if two of them change
                one number.
        """
        made: list[tuple[Handle, float]] = []
        for name, value in values.items():
            if name not in known:
                raise CellError(f"unknown parameter {name!r}; {did_you_mean(name, known)}")
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value):
                raise CellError(f"parameter {name} must be a finite number, got {value!r:.40}")
            if value != known[name].parameter.default:
                made.append((known[name], float(value)))
        _check_apart([handle for handle, _ in made])
        return cls(tuple(made))

    @property
    def key(self) -> tuple[tuple[str, float], ...]:
        """What the structure depends on: values of point processes are given when they are made."""
        return tuple(sorted((h.parameter.name, value) for h, value in self.made if h.point))

    def points(self, placed: Iterable[PlacedMechanism]) -> tuple[PlacedMechanism, ...]:
        """Return the point processes with their values changed."""
        own: dict[str, dict[str, float]] = {}
        for handle, value in self.made:
            if handle.point:
                own.setdefault(handle.point, {})[handle.variable] = value
        return tuple(evolve(p, values={**p.values, **own.get(p.name, {})}) for p in placed)

    def settings(self, base: CellSettings, section_of: Sequence[int]) -> CellSettings:
        """Return the settings with their values changed.

        Args:
            base: Settings as the file has them.
            section_of: Section of every segment.
        """
        Ra = base.Ra_ohm_cm.copy()
        assignments = {one.variable: one for one in base.assignments}
        for handle, value in self.made:
            if handle.variable == "Ra":
                for number in handle.sections:
                    Ra[number] = handle.changed(Ra[number], value)
            elif not handle.point:
                old = assignments[handle.variable]
                new = old.values.copy()
                for row, segment in enumerate(old.segments.tolist()):
                    if section_of[segment] in handle.sections:
                        new[row] = handle.changed(new[row], value)
                assignments[handle.variable] = Assignment(handle.variable, old.segments, new)
        return evolve(base, assignments=tuple(assignments.values()), Ra_ohm_cm=Ra)


def _check_apart(changing: Sequence[Handle]) -> None:
    for one, other in combinations(changing, 2):
        if one.variable == other.variable and one.sections & other.sections:
            raise CellError(
                f"{one.parameter.name} and {other.parameter.name} change the same sections; give "
                "only one of them another value than the file has"
            )
