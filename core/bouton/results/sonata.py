"""Spikes and reports of a network in SONATA's layout, which other tools read.

Source: Dai et al. (2020), "The SONATA data format for efficient description of large-scale network
models", PLoS Comput Biol 16:e1007696.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from bouton.model.morphology import FloatArray, IntArray
from bouton.results.hdf5_nodes import child_group, listed, node_name, original_name
from bouton.results.safe_tables import new_tables, open_tables


@frozen(eq=False)
class Report:
    """A variable of some cells over time.

    Attributes:
        population: Where the cells are.
        cells: Cell of each column, shape (m,), rising.
        elements: Section of each column, shape (m,).
        positions: Place on it, shape (m,).
        t_ms: Equally spaced times, shape (n,).
        values: Shape (n, m).
        unit: Unit of the values.
        connections: Connection set of each column, where columns are synapses.
        sources: Sending cell of each synapse, -1 for several; shape (m,).
    """

    population: str
    cells: IntArray
    elements: IntArray
    positions: FloatArray
    t_ms: FloatArray
    values: FloatArray
    unit: str
    connections: tuple[str, ...] = ()
    sources: IntArray | None = None


def write_spikes(path: Path, spikes: Mapping[str, tuple[FloatArray, IntArray]]) -> None:
    """Write spikes: population -> times in ms and cells, in order of time.

    Raises:
        ResultsError: If the file cannot be written.
    """
    with new_tables(path) as file:
        _mark(file)
        root = file.create_group(file.root, "spikes")
        for name, (times, cells) in spikes.items():
            group = file.create_group(root, node_name(name))
            _write(file, group, "timestamps", np.asarray(times, dtype=np.float64))
            _write(file, group, "node_ids", np.asarray(cells, dtype=np.uint64))
            group.timestamps._v_attrs["units"] = "ms"


def read_spikes(path: Path) -> dict[str, tuple[FloatArray, IntArray]]:
    """Read what `write_spikes` wrote.

    Raises:
        ResultsError: If the file is missing, damaged or something else.
    """
    with open_tables(path) as file:
        root = child_group(file.root, "spikes")
        found = {}
        for name in listed(root):
            group = child_group(root, name)
            ids = group.node_ids.read().astype(np.int64)
            found[original_name(name)] = (group.timestamps.read(), ids)
        return found


def write_report(path: Path, reports: Sequence[Report]) -> None:
    """Write reports, one per population.

    Raises:
        ResultsError: If the file cannot be written.
    """
    with new_tables(path) as file:
        _mark(file)
        root = file.create_group(file.root, "report")
        for report in reports:
            group = file.create_group(root, node_name(report.population))
            _write(file, group, "data", report.values.astype(np.float32))
            group.data._v_attrs["units"] = report.unit
            _write_mapping(file, group, report)


def read_reports(path: Path) -> list[Report]:
    """Read what `write_report` wrote.

    Raises:
        ResultsError: If the file is missing, damaged or something else.
    """
    with open_tables(path) as file:
        root = child_group(file.root, "report")
        return [_read_report(child_group(root, name)) for name in listed(root)]


def _read_report(group: Any) -> Report:  # noqa: ANN401
    mapping = child_group(group, "mapping")
    start, _, step = mapping.time.read().tolist()
    values = group.data.read().astype(np.float64)
    pointers = mapping.index_pointers.read().astype(np.int64)
    of_synapses = "source_ids" in mapping
    return Report(
        population=original_name(group._v_name),
        cells=np.repeat(mapping.node_ids.read().astype(np.int64), np.diff(pointers)),
        elements=mapping.element_ids.read().astype(np.int64),
        positions=mapping.element_pos.read().astype(np.float64),
        t_ms=start + step * np.arange(len(values)),
        values=values,
        unit=str(group.data._v_attrs["units"]),
        connections=tuple(n.decode() for n in mapping.connections.read()) if of_synapses else (),
        sources=mapping.source_ids.read() if of_synapses else None,
    )


def _write_mapping(file: Any, group: Any, report: Report) -> None:  # noqa: ANN401
    mapping = file.create_group(group, "mapping")
    cells, first = np.unique(report.cells, return_index=True)
    pointers = np.append(first, len(report.cells)).astype(np.uint64)
    step = float(report.t_ms[1] - report.t_ms[0]) if len(report.t_ms) > 1 else 1.0
    start = float(report.t_ms[0])
    _write(file, mapping, "node_ids", cells.astype(np.uint64))
    _write(file, mapping, "index_pointers", pointers)
    _write(file, mapping, "element_ids", report.elements.astype(np.uint32))
    _write(file, mapping, "element_pos", report.positions.astype(np.float32))
    _write(file, mapping, "time", np.array([start, start + step * len(report.t_ms), step]))
    mapping.time._v_attrs["units"] = "ms"
    if report.sources is not None:
        _write(file, mapping, "source_ids", report.sources.astype(np.int64))
        names = [name.encode() for name in report.connections]
        _write(file, mapping, "connections", np.array(names, dtype=np.bytes_))


def _write(file: Any, group: Any, name: str, array: Any) -> None:  # noqa: ANN401
    """Write an array as it is: libsonata is built without any of HDF5's filters."""
    array = np.ascontiguousarray(array)
    if array.size:
        file.create_array(group, name, obj=array)
    else:
        file.create_earray(group, name, obj=array)


def _mark(file: Any) -> None:  # noqa: ANN401
    attributes = file.root._v_attrs
    attributes["magic"] = np.uint32(0x0A7A)
    attributes["version"] = np.array([0, 1], dtype=np.uint32)
