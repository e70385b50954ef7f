"""Results of experiments in one HDF5 file, without any pickled object.

`/run_000/chunk_000/...` hold the arrays, under the names of their signals and attributes; all else
is JSON beside them. A file is whole or absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.pieces import Column
from bouton.model.protocol import Integration
from bouton.results.hdf5_nodes import (
    child_group,
    node_name,
    read_array,
    read_json,
    write_array,
    write_json,
)
from bouton.results.safe_tables import new_tables, open_tables
from bouton_plugins.experiments.data import (
    Chunk,
    History,
    Period,
    Recorded,
    RunResult,
    SimulationRecord,
)

if TYPE_CHECKING:
    import tables

FORMAT = "bouton-experiment"
FORMAT_VERSION = 1
_ARRAY = "$array"


def save_results(path: Path | str, results: Sequence[RunResult]) -> Path:
    """Write the results of some runs to one file; `load_results` gives equal ones.

    Raises:
        ResultsError: If the file cannot be written, or free data are more than numbers, text,
            lists, mappings with text keys, and arrays of numbers.
    """
    path = Path(path)
    with new_tables(path) as file:
        file.root._v_attrs["format"] = FORMAT
        file.root._v_attrs["format_version"] = FORMAT_VERSION
        file.root._v_attrs["runs"] = len(results)
        for number, result in enumerate(results):
            _write_run(file, file.create_group(file.root, f"run_{number:03d}"), result)
    return path


def load_results(path: Path | str) -> tuple[RunResult, ...]:
    """Read what `save_results` wrote; needs no simulator.

    Raises:
        ResultsError: If the file is missing, damaged or something else.
    """
    path = Path(path)
    if not path.is_file():
        raise ResultsError(f"there is no file {path}")
    with open_tables(path) as file:
        told = file.root._v_attrs
        names = told._v_attrnames
        if "format" not in names or str(told["format"]) != FORMAT:
            raise ResultsError(f"{path} holds no experiment of Bouton")
        if int(told["format_version"]) != FORMAT_VERSION:
            raise ResultsError(
                f"{path} has format version {told['format_version']}, this Bouton reads "
                f"{FORMAT_VERSION}; install a Bouton that reads it"
            )
        runs = range(int(told["runs"]))
        return tuple(_read_run(child_group(file.root, f"run_{number:03d}")) for number in runs)


def _write_run(file: tables.File, group: tables.Group, result: RunResult) -> None:
    arrays = file.create_group(group, "arrays")
    head = {
        "name": result.name,
        "integration": attrs.asdict(result.integration),
        "n_cells": result.n_cells,
        "data": _apart(result.data, _keeper(file, arrays), "data"),
    }
    write_json(file, group, "head", head)
    group._v_attrs["chunks"] = len(result.chunks)
    for number, chunk in enumerate(result.chunks):
        _write_chunk(file, file.create_group(group, f"chunk_{number:03d}"), chunk)


def _read_run(group: tables.Group) -> RunResult:
    head = read_json(group, "head")
    arrays = child_group(group, "arrays")
    return RunResult(
        name=head["name"],
        chunks=tuple(
            _read_chunk(child_group(group, f"chunk_{number:03d}"))
            for number in range(int(group._v_attrs["chunks"]))
        ),
        data=_together(head["data"], arrays),
        integration=Integration(**head["integration"]),
        n_cells=head["n_cells"],
    )


def _write_chunk(file: tables.File, group: tables.Group, chunk: Chunk) -> None:
    arrays = file.create_group(group, "arrays")
    keep = _keeper(file, arrays)
    write_array(file, group, "spike_cells", chunk.spike_cells)
    write_array(file, group, "spike_times_ms", chunk.spike_times_ms)
    signals = file.create_group(group, "signals")
    for name, signal in chunk.signals.items():
        _write_pair(file, signals, name, signal.ticks, signal.values)
    applied = file.create_group(group, "applied")
    for name, history in chunk.applied.items():
        _write_pair(file, applied, name, history.ticks, history.values)
    head = {
        "start": chunk.start,
        "n": chunk.n,
        "dt_ms": chunk.dt_ms,
        "state": chunk.state,
        "signals": [_signal_head(signal) for signal in chunk.signals.values()],
        "applied": [{"name": one.name, "unit": one.unit} for one in chunk.applied.values()],
        "parameters_start": [dict(values) for values in chunk.parameters_start],
        "parameters_end": [dict(values) for values in chunk.parameters_end],
        "simulations": [_simulation_head(one, keep) for one in chunk.simulations],
    }
    write_json(file, group, "head", head)


def _read_chunk(group: tables.Group) -> Chunk:
    head = read_json(group, "head")
    arrays = child_group(group, "arrays")
    signals = child_group(group, "signals")
    applied = child_group(group, "applied")
    return Chunk(
        start=head["start"],
        n=head["n"],
        dt_ms=head["dt_ms"],
        state=head["state"],
        signals={told["name"]: _signal(told, signals) for told in head["signals"]},
        spike_cells=read_array(group, "spike_cells"),
        spike_times_ms=read_array(group, "spike_times_ms"),
        applied={
            told["name"]: History(told["name"], told["unit"], *_read_pair(applied, told["name"]))
            for told in head["applied"]
        },
        parameters_start=tuple(map(_values, head["parameters_start"])),
        parameters_end=tuple(map(_values, head["parameters_end"])),
        simulations=tuple(_simulation(told, arrays) for told in head["simulations"]),
    )


def _write_pair(
    file: tables.File, parent: tables.Group, name: str, ticks: IntArray, values: FloatArray
) -> None:
    group = file.create_group(parent, node_name(name))
    write_array(file, group, "ticks", ticks)
    write_array(file, group, "values", values)


def _read_pair(parent: tables.Group, name: str) -> tuple[Any, Any]:
    group = child_group(parent, node_name(name))
    return read_array(group, "ticks"), read_array(group, "values")


def _signal_head(signal: Recorded) -> dict[str, Any]:
    return {
        "name": signal.name,
        "variable": signal.variable,
        "unit": signal.unit,
        "dt_ms": signal.dt_ms,
        "every": signal.every,
        "periods": [[period.start, period.stop] for period in signal.periods],
        "columns": [[one.cell, one.section, one.x, one.distance_um] for one in signal.columns],
    }


def _signal(told: Mapping[str, Any], parent: tables.Group) -> Recorded:
    ticks, values = _read_pair(parent, told["name"])
    return Recorded(
        told["name"],
        told["variable"],
        told["unit"],
        told["dt_ms"],
        told["every"],
        tuple(Period(*period) for period in told["periods"]),
        tuple(Column(*column) for column in told["columns"]),
        ticks,
        values,
    )


def _simulation_head(record: SimulationRecord, keep: Callable[[Any], int]) -> dict[str, Any]:
    return {
        "name": record.name,
        "kind": record.kind,
        "start": record.start,
        "stop": record.stop,
        "arguments": _apart(record.arguments, keep, f"arguments of {record.name}"),
        "info": _apart(record.info, keep, f"what {record.name} returned"),
        "events": [list(event) for event in record.events],
        "stopped": record.stopped,
    }


def _simulation(told: Mapping[str, Any], arrays: tables.Group) -> SimulationRecord:
    return SimulationRecord(
        told["name"],
        told["kind"],
        told["start"],
        told["stop"],
        _together(told["arguments"], arrays),
        _together(told["info"], arrays),
        tuple((name, clock) for name, clock in told["events"]),
        told["stopped"],
    )


def _values(told: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in told.items()}


def _keeper(file: tables.File, group: tables.Group) -> Callable[[Any], int]:
    """Return a function that writes an array below a group and returns its number."""
    count = 0

    def keep(array: Any) -> int:  # noqa: ANN401
        nonlocal count
        # HDF5 cannot extend a scalar, so the shape is kept with the number.
        write_array(file, group, f"a{count}", np.atleast_1d(array).ravel())
        count += 1
        return count - 1

    return keep


def _apart(value: Any, keep: Callable[[Any], int], where: str) -> Any:  # noqa: ANN401
    """Return JSON-ready data, with arrays written elsewhere.

    Raises:
        ResultsError: Naming the place of what cannot be stored.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "bifu":
            raise ResultsError(f"{where} is an array of {value.dtype}, only numbers can be stored")
        return {_ARRAY: [keep(value), list(value.shape), value.dtype.str]}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ResultsError(f"{where} has the key {key!r}; only text keys can be stored")
        return {key: _apart(inner, keep, f"{where}.{key}") for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_apart(inner, keep, f"{where}[{i}]") for i, inner in enumerate(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ResultsError(
        f"{where} is a {type(value).__name__}; only numbers, text, lists, mappings and arrays of "
        "numbers can be stored"
    )


def _together(value: Any, arrays: tables.Group) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        if set(value) == {_ARRAY}:
            number, shape, dtype = value[_ARRAY]
            return read_array(arrays, f"a{number}").astype(dtype).reshape(shape)
        return {key: _together(inner, arrays) for key, inner in value.items()}
    if isinstance(value, list):
        return [_together(inner, arrays) for inner in value]
    return value
