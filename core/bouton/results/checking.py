"""Checking a run directory, and deriving again what can be derived."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from attrs import evolve, frozen

from bouton.errors import ResultsError
from bouton.results.atomic import PARTIAL, inside, storage_errors, write_atomic
from bouton.results.directory import JOURNAL_NAME, STORE_NAME, STUDY_NAME, TRACES_NAME, write_study
from bouton.results.exact_json import decode
from bouton.results.hdf5_nodes import read_array, read_everything, read_json, read_text
from bouton.results.journal import Record, Scan, opened, scan, sealed
from bouton.results.lock import Lock, owner_of
from bouton.results.manifest import RESUMABLE, Manifest, read_manifest, run_folder
from bouton.results.provenance import document_digest
from bouton.results.records import EVALUATION
from bouton.results.safe_tables import open_tables
from bouton.results.seal import check_seal
from bouton.results.store import FORMAT, drop_staged_traces, write_store

Severity = Literal["error", "warning"]


@frozen
class Finding:
    """Something about a run that its owner should know.

    Attributes:
        severity: `error` if data are damaged or missing, `warning` otherwise.
        file: Name of the file within the run directory.
        message: What is wrong.
        remedy: What to do; may be empty.
    """

    severity: Severity
    file: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.severity}: {self.file}: {self.message}"
        return f"{text} ({self.remedy})" if self.remedy else text


def verify(path: Path | str) -> list[Finding]:
    """Check every checksum of a run directory and that its files agree; empty means all is well.

    Raises:
        ResultsError: If it is no run directory at all.
    """
    folder = run_folder(path)
    manifest = read_manifest(folder)
    found = _scan(folder, manifest)
    return [
        *_of_manifest(folder, manifest, found),
        *_of_study(folder, manifest),
        *_of_journal(folder, found),
        *_of_store(folder, manifest, found),
        *_of_traces(folder, found),
        *_of_leftovers(folder),
    ]


def rebuild(path: Path | str, *, drop_damaged: bool = False) -> list[str]:
    """Derive `results.h5` anew and return what the user should know.

    Args:
        path: The run directory.
        drop_damaged: Go on although lines of the journal are damaged. What `results.h5` still
            holds of them is taken from there; the damaged journal is kept under another name.

    Raises:
        ResultsError: If the run is being written, the journal is damaged (without `drop_damaged`),
            or the file system refuses.
    """
    folder = run_folder(path)
    manifest = read_manifest(folder)
    lock = Lock(folder)
    try:
        notes = [lock.notice] if lock.notice else []
        found = _scan(folder, manifest)
        if told := _put_study_back(folder, manifest):
            notes.append(told)
        is_short = len(found.records) < manifest.records or not (folder / JOURNAL_NAME).exists()
        if drop_damaged and (found.damages or is_short):
            notes.append(_mend_journal(folder, manifest, found))
        lost = write_store(folder)
        if manifest.status == "finished" and not lost:
            drop_staged_traces(folder)
        return notes + lost
    finally:
        lock.release()


def _scan(folder: Path, manifest: Manifest) -> Scan:
    path = folder / JOURNAL_NAME
    return scan(path, manifest.run_id) if path.exists() else Scan([], [], (), 0, 0)


def _of_manifest(folder: Path, manifest: Manifest, found: Scan) -> Iterator[Finding]:
    if not (folder / JOURNAL_NAME).exists():
        yield Finding("error", JOURNAL_NAME, "it is missing")
    if manifest.status == "running" and owner_of(folder) is None:
        remedy = (
            f"`bouton resume {folder}` goes on"
            if manifest.kind in RESUMABLE
            else "run it again into another directory, or replace it with --force"
        )
        yield Finding("warning", "run.json", "the run was interrupted", remedy)
    missing = manifest.records - len(found.records)
    if manifest.records >= 0 and missing:
        yield Finding(
            "error",
            JOURNAL_NAME,
            f"it has {len(found.records)} good records, run.json counted {manifest.records}",
        )


def _of_study(folder: Path, manifest: Manifest) -> Iterator[Finding]:
    try:
        document = decode((folder / STUDY_NAME).read_bytes())
    except (OSError, ValueError) as error:
        yield Finding("error", STUDY_NAME, f"it cannot be read: {error}")
        return
    expected = manifest.provenance.get("document_sha256")
    if expected and document_digest(document) != expected:
        yield Finding("error", STUDY_NAME, "it is not the study of this run: its hash differs")


def _of_journal(folder: Path, found: Scan) -> Iterator[Finding]:
    remedy = f"`bouton results rebuild {folder} --drop-damaged` goes on with what is good"
    for damage in found.damages:
        yield Finding("error", JOURNAL_NAME, str(damage), remedy)
    if found.torn_bytes and owner_of(folder) is None:
        yield Finding(
            "warning",
            JOURNAL_NAME,
            f"it ends in an unfinished line of {found.torn_bytes} bytes, never acknowledged",
            "it is dropped when the run is resumed",
        )


def _of_store(folder: Path, manifest: Manifest, found: Scan) -> Iterator[Finding]:
    remedy = f"`bouton results rebuild {folder}` derives it anew"
    path = folder / STORE_NAME
    if not path.exists():
        if manifest.status == "finished":
            yield Finding("error", STORE_NAME, "it is missing", remedy)
        return
    try:
        check_seal(path)
        lines = _checked_store(path, manifest)
    except ResultsError as error:
        yield Finding("error", STORE_NAME, str(error), remedy)
        return
    is_over = manifest.status != "running"
    if is_over and lines != found.lines:
        text = f"it was derived from {len(lines)} records, the journal has {len(found.lines)}"
        yield Finding("error", STORE_NAME, text + " or others", remedy)


def _checked_store(path: Path, manifest: Manifest) -> list[bytes]:
    """Read every array, which checks every checksum, and return the journal lines it holds."""
    with open_tables(path) as file:
        read_everything(file)
    return _stored_lines(path, manifest)


def _stored_lines(path: Path, manifest: Manifest) -> list[bytes]:
    with open_tables(path) as file:
        if read_text(file.root, "format") != FORMAT:
            raise ResultsError("it was not written by Bouton")
        if read_text(file.root, "run_id") != manifest.run_id:
            raise ResultsError("it belongs to another run")
        return [*read_array(file.root, "journal").tobytes().split(b"\n")[:-1]]


def _of_traces(folder: Path, found: Scan) -> Iterator[Finding]:
    stored = _evaluations_with_stored_traces(folder)
    for record in _with_traces(found.records):
        try:
            path = inside(folder, record["traces"])
        except ResultsError as error:
            yield Finding("error", JOURNAL_NAME, str(error))
            continue
        if path.exists():
            try:
                check_seal(path)
                with open_tables(path) as file:
                    read_everything(file)
            except ResultsError as error:
                yield Finding("error", record["traces"], str(error))
        elif record["index"] not in stored:
            yield Finding(
                "error", record["traces"], "it is missing, and results.h5 has no good copy"
            )


def _with_traces(records: list[Record]) -> list[Record]:
    return [row for row in records if row["kind"] == EVALUATION and row["traces"]]


def _evaluations_with_stored_traces(folder: Path) -> set[int]:
    path = folder / STORE_NAME
    if not path.exists():
        return set()
    try:
        check_seal(path)
        with open_tables(path) as file:
            root = file.root.traces
            names = list(root._v_groups)
            if str(root._v_attrs["layout"]) == "protocols":
                return {0} if names else set()
            return {
                int(name.rpartition("_")[2]) for name in names if root._v_groups[name]._v_groups
            }
    except ResultsError:
        return set()


def _of_leftovers(folder: Path) -> Iterator[Finding]:
    if owner_of(folder) is not None:
        return
    for path in sorted([*folder.glob(f"*{PARTIAL}"), *folder.glob(f"{TRACES_NAME}/*{PARTIAL}")]):
        name = str(path.relative_to(folder))
        yield Finding("warning", name, "it was never completed", "it may be deleted")


def _put_study_back(folder: Path, manifest: Manifest) -> str:
    """Take a study that is damaged or missing from `results.h5`; return what was done."""
    if not any(_of_study(folder, manifest)) or not (folder / STORE_NAME).exists():
        return ""
    try:
        with open_tables(folder / STORE_NAME) as file:
            document = read_json(file.root, "study")
    except ResultsError:
        return ""
    if document_digest(document) != manifest.provenance.get("document_sha256"):
        return ""
    write_study(folder, document)
    return f"{STUDY_NAME} is put back from {STORE_NAME}"


def _mend_journal(folder: Path, manifest: Manifest, found: Scan) -> str:
    """Write a journal of everything that is good here or in `results.h5`; return what was done."""
    path = folder / JOURNAL_NAME
    records = {record["seq"]: record for record in _stored_records(folder, manifest)}
    salvaged = len(set(records) - {record["seq"] for record in found.records})
    records.update({record["seq"]: record for record in found.records})
    told = "there was no journal"
    if path.exists():
        kept = f"journal.damaged-{time.strftime('%Y%m%dT%H%M%S')}.jsonl"
        with storage_errors(f"keeping a copy of {path}"):
            shutil.copyfile(path, folder / kept)
        told = f"the damaged journal is kept as {kept}"
    note = {
        "kind": "note",
        "text": f"mended: {len(found.damages)} damaged lines, {salvaged} records taken from "
        f"{STORE_NAME}, {told}",
    }
    bare = [
        {key: value for key, value in records[seq].items() if key not in ("seq", "run")}
        for seq in sorted(records)
    ]
    lines = [sealed(row, seq, manifest.run_id) for seq, row in enumerate([*bare, note])]
    write_atomic(path, b"\n".join([*lines, b""]))
    count = -1 if manifest.records < 0 else len(lines)
    evolve(manifest, records=count).write(folder)
    return note["text"]


def _stored_records(folder: Path, manifest: Manifest) -> list[Record]:
    if not (folder / STORE_NAME).exists():
        return []
    try:
        # Each line has its own checksum, so a file that is damaged elsewhere is good enough.
        lines = _stored_lines(folder / STORE_NAME, manifest)
    except ResultsError:
        return []
    return [record for line in lines if (record := opened(line, manifest.run_id)[0]) is not None]
