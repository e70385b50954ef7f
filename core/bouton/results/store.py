"""`results.h5`: everything a run holds, in one HDF5 file derived from journal and traces.

It is written under another name, closed, fsynced and renamed, so it is whole or absent. Its layout
is described in the reference ("The run directory").
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bouton.errors import ResultsError
from bouton.results.atomic import inside, storage_errors
from bouton.results.directory import JOURNAL_NAME, STORE_NAME, STUDY_NAME, TRACES_NAME
from bouton.results.exact_json import decode
from bouton.results.hdf5_nodes import (
    child_group,
    node_name,
    write_array,
    write_json,
    write_strings,
)
from bouton.results.journal import Record, Scan, trusted
from bouton.results.manifest import Manifest, read_manifest
from bouton.results.records import EVALUATION
from bouton.results.safe_tables import new_tables, open_tables

if TYPE_CHECKING:
    import tables

FORMAT = "bouton-results"
FORMAT_VERSION = 1
_LONGEST_REASON = 200  # columns have one width; the journal has the rest
_MATRICES = ("parameters", "features", "scores", "checks", "combined", "timings", "notes")


def write_store(folder: Path) -> list[str]:
    """Derive `results.h5` from the journal, the staged traces and the traces of the old file.

    Returns:
        Sentences about traces that are lost; empty when everything is there.

    Raises:
        ResultsError: If the journal is damaged or the file cannot be written; the journal and the
            previous `results.h5` are then as they were.
    """
    manifest = read_manifest(folder)
    found = trusted(folder / JOURNAL_NAME, manifest.run_id)
    safe = f"{len(found.records)} records in {JOURNAL_NAME} are safe; later, "
    safe += f"`bouton results rebuild {folder}` derives {STORE_NAME}"
    try:
        with storage_errors(f"writing {folder / STORE_NAME}"):
            _check_space(folder, found)
            with new_tables(folder / STORE_NAME) as file:
                _write_head(file, folder, manifest)
                _write_journal(file, found.lines)
                _write_evaluations(file, found.records)
                _write_parts(file, found.records)
                lost = _write_traces(file, folder, found.records)
    except ResultsError as error:
        raise ResultsError(f"{error} ({safe})") from error
    return lost


def drop_staged_traces(folder: Path) -> None:
    """Remove the trace files that `results.h5` now holds; call after it was published."""
    with storage_errors(f"removing {folder / TRACES_NAME}"):
        if (folder / TRACES_NAME).is_dir():
            shutil.rmtree(folder / TRACES_NAME)


def evaluation_group(index: int) -> str:
    """Return the name of the group with the traces of one of several evaluations."""
    return f"evaluation_{index:06d}"


def columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return all keys of all rows, in order of first appearance."""
    return list(dict.fromkeys(key for row in rows for key in row))


def matrix(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> np.ndarray[Any, Any]:
    """Return numbers by row and name, nan where there is none or it is no single number."""
    values = np.full((len(rows), len(names)), np.nan)
    for line, row in zip(values, rows, strict=True):
        for column, name in enumerate(names):
            value = row.get(name)
            if isinstance(value, bool | int | float):
                line[column] = value
    return values


def feature_values(record: Record) -> dict[str, Any]:
    """Return the feature values of an evaluation record, without units."""
    return {name: stored[0] for name, stored in record["features"].items()}


def _check_space(folder: Path, found: Scan) -> None:
    # HDF5 copes badly with a disk that fills while it writes, so ask before.
    staged = sum(path.stat().st_size for path in folder.glob(f"{TRACES_NAME}/*.h5"))
    old = folder / STORE_NAME
    needed = 1_000_000 + found.good_bytes + staged + (old.stat().st_size if old.exists() else 0)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ResultsError(
            f"writing {old}: it may need {needed / 1e6:.0f} MB and the disk has "
            f"{free / 1e6:.0f} MB free; free some space and try again"
        )


def _write_head(file: tables.File, folder: Path, manifest: Manifest) -> None:
    attributes = file.root._v_attrs
    attributes["format"] = FORMAT
    attributes["format_version"] = FORMAT_VERSION
    attributes["run_id"] = manifest.run_id
    attributes["kind"] = manifest.kind
    write_json(file, file.root, "provenance", dict(manifest.provenance))
    study = folder / STUDY_NAME
    write_json(file, file.root, "study", decode(study.read_bytes()) if study.exists() else None)


def _write_journal(file: tables.File, lines: Iterable[bytes]) -> None:
    """Keep every line as it is: what has no column elsewhere is here, exactly."""
    data = b"".join(line + b"\n" for line in lines)
    write_array(file, file.root, "journal", np.frombuffer(data, dtype=np.uint8))


def _write_evaluations(file: tables.File, records: Sequence[Record]) -> None:
    rows = [record for record in records if record["kind"] == EVALUATION]
    group = file.create_group(file.root, "evaluations")
    write_array(file, group, "index", np.array([row["index"] for row in rows], dtype=np.int64))
    generations = [row["generation"] for row in rows]
    write_array(file, group, "generation", np.array(generations, dtype=np.int64))
    write_strings(file, group, "status", [row["status"] for row in rows])
    write_strings(file, group, "reason", [row["reason"][:_LONGEST_REASON] for row in rows])
    for key in _MATRICES:
        parts = [feature_values(row) if key == "features" else row[key] for row in rows]
        names = columns(parts)
        if names:
            write_array(file, group, key, matrix(parts, names))
            write_strings(file, group, f"{key}_names", names)
    units = {name: row["features"][name][1] for row in rows for name in row["features"]}
    if units:
        write_strings(file, group, "features_units", list(units.values()))


def _write_parts(file: tables.File, records: Sequence[Record]) -> None:
    group = file.create_group(file.root, "parts")
    last = {record["name"]: record["data"] for record in records if record["kind"] == "part"}
    for name, data in last.items():
        write_json(file, group, node_name(name), data)


def _write_traces(file: tables.File, folder: Path, records: Sequence[Record]) -> list[str]:
    found = {record["index"]: record for record in records if record["kind"] == EVALUATION}
    evaluations = [found[index] for index in sorted(found)]
    root = file.create_group(file.root, "traces")
    is_flat = len(evaluations) == 1 and evaluations[0]["index"] == 0
    root._v_attrs["layout"] = "protocols" if is_flat else "evaluations"
    lost = []
    for record in evaluations:
        if not record["traces"]:
            continue
        index = record["index"]
        group = root if is_flat else file.create_group(root, evaluation_group(index))
        problem = _copy_traces(folder, record["traces"], index, group)
        if problem:
            lost.append(f"the traces of evaluation {index} are lost: {problem}")
    return lost


def _copy_traces(folder: Path, staged: str, index: int, target: tables.Group) -> str:
    """Copy the traces of one evaluation from where they are; return why not, or nothing."""
    problems = []
    for path in (inside(folder, staged), folder / STORE_NAME):
        if not path.exists():
            problems.append(f"{path.name} is missing")
            continue
        try:
            with open_tables(path) as file:
                source = file.root if path.name != STORE_NAME else stored_traces(file, index)
                for node in source._v_groups.values():
                    node._f_copy(target, recursive=True)
        except ResultsError as error:
            for half in list(target._v_groups.values()):
                half._f_remove(recursive=True)
            problems.append(str(error))
            continue
        return ""
    return "; ".join(problems)


def stored_traces(file: tables.File, index: int) -> tables.Group:
    """Return the group of `results.h5` with the traces of an evaluation.

    Raises:
        ResultsError: If it holds none of this evaluation.
    """
    root = child_group(file.root, "traces")
    if str(root._v_attrs["layout"]) == "protocols":
        if index:
            raise ResultsError(f"{STORE_NAME} holds the traces of evaluation 0 only, not {index}")
        return root
    if evaluation_group(index) not in root._v_children:
        raise ResultsError(f"{STORE_NAME} holds no traces of evaluation {index}")
    return child_group(root, evaluation_group(index))
