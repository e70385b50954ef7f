"""From a portable cell to the structure and settings that the simulator builds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bouton.errors import CellError, did_you_mean
from bouton.model.cell import (
    Assignment,
    CellSettings,
    CellStructure,
    Connection,
    IonStyle,
    PlacedMechanism,
    Played,
    Pointer,
    Reference,
)
from bouton.model.compartments import Compartments
from bouton.model.locations import At
from bouton.model.morphology import LoadReport, Morphology, Section
from bouton_plugins.importing.parameters import numbers_of
from bouton_plugins.importing.portable import (
    PortableCell,
    PortableReference,
    PortableSection,
)


def structure_of(cell: PortableCell) -> CellStructure:
    """Return what is built, but for the catalogues.

    Raises:
        CellError: If a section or point process that is named does not exist.
    """
    index = {section.name: number for number, section in enumerate(cell.sections)}
    table = Compartments(_morphology(cell), np.array([section.nseg for section in cell.sections]))
    spike = cell.spike_source
    return CellStructure(
        table,
        _carriers(cell),
        point_processes=tuple(
            PlacedMechanism(
                p.name,
                p.mechanism,
                _found(p.section, index, "section"),
                p.x,
                p.values,
                p.voltage,
                p.receptors,
            )
            for p in cell.point_processes
        ),
        spike_source=At(cell.sections[_found(spike.section, index, "section")].name, spike.x),
        spike_threshold_mV=spike.threshold_mV,
        spike_process=spike.source,
        ion_styles=tuple(
            IonStyle(ion, number, told.style)
            for number, section in enumerate(cell.sections)
            for ion, told in section.ions.items()
        ),
        connections=tuple(_connections(cell, index)),
        pointers=tuple(
            Pointer(_reference(one.pointer, index), _reference(one.target, index))
            for one in cell.pointers
        ),
        played=tuple(
            Played(
                _reference(one.target, index),
                one.values,
                one.times_ms,
                one.start,
                one.is_continuous,
            )
            for one in cell.played
        ),
        celsius=cell.globals.celsius,
        v_init_mV=cell.globals.v_init_mV,
    )


def settings_of(cell: PortableCell, structure: CellStructure) -> CellSettings:
    """Return every number of a cell."""
    assignments = tuple(_assignments(cell, structure.compartments))
    Ra = np.array([section.Ra_ohm_cm for section in cell.sections])
    return CellSettings(assignments, Ra, np.ones(len(Ra)), dict(cell.globals.mechanisms))


def _reference(told: PortableReference, index: Mapping[str, int]) -> Reference:
    if told.point:
        return Reference(told.variable, point=told.point)
    return Reference(told.variable, _found(told.section, index, "section"), told.x)


def _found(name: str | None, index: Mapping[str, int], what: str) -> int:
    if name is None or name not in index:
        raise CellError(f"the cell has no {what} {name!r}; {did_you_mean(str(name), index)}")
    return index[name]


def _morphology(cell: PortableCell) -> Morphology:
    index: dict[str, int] = {}
    made: list[Section] = []
    for section in cell.sections:
        parent = -1 if section.parent is None else _found(section.parent, index, "earlier section")
        made.append(_section(section, parent, made))
        index[section.name] = len(index)
    report = LoadReport(source=cell.provenance.file, format="portable cell", dropped=cell.dropped)
    return Morphology(cell.name, tuple(made), report)


def _section(section: PortableSection, parent: int, made: list[Section]) -> Section:
    diameters: tuple[float, ...] = ()
    points = np.array(section.points_um, dtype=np.float64).reshape(-1, 4)
    if not section.points_um:
        if section.diameter_um is None:
            raise CellError(f"section {section.name!r} has neither points nor a diameter")
        diameters = section.diameter_um.spread(section.nseg, f"diameter of {section.name!r}")
        start = made[parent].points[-1, :3] if parent >= 0 else np.zeros(3)
        points = np.array(
            [
                [*start, diameters[0]],
                [start[0] + section.L_um, start[1], start[2], diameters[-1]],
            ]
        )
    return Section(
        section.name,
        section.labels,
        parent,
        section.parent_x,
        points,
        child_x=section.child_x,
        set_length_um=section.L_um,
        segment_diameters_um=diameters,
        arcs_um=section.arcs_um or (),
    )


def _carriers(cell: PortableCell) -> dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    found: dict[str, list[int]] = {}
    for number, section in enumerate(cell.sections):
        for name in [*section.mechanisms, *(f"{ion}_ion" for ion in section.ions)]:
            found.setdefault(name, []).append(number)
    # An ion that no mechanism of its section uses was inserted by itself.
    return {name: np.array(numbers) for name, numbers in found.items()}


def _connections(cell: PortableCell, index: Mapping[str, int]) -> Iterator[Connection]:
    for one in cell.connections:
        section = -1 if one.source else _found(one.section, index, "section")
        yield Connection(
            one.target, one.weights, one.delay_ms, section, one.x, one.source, one.threshold_mV
        )


def _assignments(cell: PortableCell, table: Compartments) -> Iterator[Assignment]:
    segments: dict[str, list[int]] = {}
    values: dict[str, list[float]] = {}
    for number, section in enumerate(cell.sections):
        first = int(table.first[number])
        for variable, along in numbers_of(section):
            if variable == "Ra":
                continue
            segments.setdefault(variable, []).extend(range(first, first + section.nseg))
            spread = along.spread(section.nseg, f"{variable} of {section.name!r}")
            values.setdefault(variable, []).extend(spread)
    for variable, where in segments.items():
        yield Assignment(variable, np.array(where), np.array(values[variable]))
