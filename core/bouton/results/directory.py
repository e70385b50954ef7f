"""A run directory, held by the one process that writes it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attrs import evolve

from bouton.errors import ResultsError
from bouton.model.scores import Evaluation
from bouton.results.atomic import (
    PARTIAL,
    fsync_directory,
    inside,
    storage_errors,
    write_atomic,
)
from bouton.results.exact_json import encode
from bouton.results.geometry import MORPHOLOGY_NAME
from bouton.results.journal import Journal, Record, trusted
from bouton.results.lock import LOCK_NAME, Lock
from bouton.results.manifest import MANIFEST_NAME, Manifest, RunStatus, read_manifest, run_folder
from bouton.results.records import evaluation_record

JOURNAL_NAME = "journal.jsonl"
STUDY_NAME = "study.json"
STORE_NAME = "results.h5"
TRACES_NAME = "traces"
FIGURES_NAME = "figures"
NETWORK_NAME = "network"
_OURS = (
    JOURNAL_NAME,
    STORE_NAME,
    STORE_NAME + PARTIAL,
    STUDY_NAME,
    TRACES_NAME,
    FIGURES_NAME,
    NETWORK_NAME,
    MORPHOLOGY_NAME,
    "report.html",
)


class RunDirectory:
    """The writing side of a run; use it as a context manager.

    Leaving the context without an exception finishes the run, an exception marks it failed, and
    Ctrl-C marks it interrupted. What was recorded stays in any case.

    Attributes:
        path: The directory.
        manifest: What `run.json` says.
        journal: The journal.
        notices: What the user should know, such as a dead process whose run was taken over.
    """

    def __init__(self, path: Path, manifest: Manifest, journal: Journal, lock: Lock) -> None:
        self.path = path
        self.manifest = manifest
        self.journal = journal
        self.notices = [notice for notice in (lock.notice, *journal.notices) if notice]
        self._lock = lock
        self._is_open = True

    @classmethod
    def create(
        cls,
        path: Path | str,
        kind: str,
        study_document: Mapping[str, Any],
        provenance: Mapping[str, Any],
        *,
        force: bool = False,
    ) -> Self:
        """Make a run directory, or put a new run in place of an old one.

        Args:
            path: Directory; parents are made. It must be missing, empty or, with `force`, hold a
                run.
            kind: Job, such as `run` or `fit`.
            study_document: The complete study, JSON-ready.
            provenance: See `bouton.results.provenance`.
            force: Replace the run that is there.

        Raises:
            ResultsError: If the directory is in use, holds something else, or cannot be written.
        """
        folder = run_folder(path)
        _make(folder)
        _check_replaceable(folder, force=force)
        lock = Lock(folder)
        try:
            _check_replaceable(folder, force=force)
            # The new manifest comes first: killed at any later point, nothing looks finished.
            manifest = Manifest(secrets.token_hex(8), kind, provenance=provenance).write(folder)
            _remove_old(folder)
            write_study(folder, study_document)
            return cls(folder, manifest, Journal(folder / JOURNAL_NAME, manifest.run_id), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Take up an existing run for writing, as `bouton resume` does.

        Raises:
            ResultsError: If it is no run, in use, damaged, or cannot be written.
        """
        folder = run_folder(path)
        read_manifest(folder)
        lock = Lock(folder)
        try:
            found = read_manifest(folder)
            journal = _whole_journal(folder, found)
            manifest = evolve(found, status="running", reason="", records=-1).write(folder)
            return cls(folder, manifest, journal, lock)
        except BaseException:
            lock.release()
            raise

    def append(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Journal any records, durably, as one batch.

        Raises:
            ResultsError: If they cannot be written; earlier records are safe.
        """
        self.journal.append(records)

    def record(
        self,
        evaluations: Iterable[Evaluation],
        *,
        first_index: int = 0,
        generation: int = 0,
        notes: Iterable[Mapping[str, Any]] | None = None,
    ) -> None:
        """Journal a batch of evaluations; those with traces get a file each, written first.

        Args:
            evaluations: In the order of their indices.
            first_index: Index of the first.
            generation: Generation that they belong to.
            notes: Columns beside each evaluation, in the same order.

        Raises:
            ResultsError: If they cannot be written; earlier records are safe.
        """
        batch = list(evaluations)
        columns = list(notes) if notes is not None else [{} for _ in batch]
        records: list[Record] = []
        pairs = zip(batch, columns, strict=True)
        for index, (evaluation, note) in enumerate(pairs, start=first_index):
            traces = self._stage_traces(evaluation, index)
            records.append(
                evaluation_record(evaluation, index, generation, notes=note, traces=traces)
            )
        self.append(records)

    def write_text(self, name: str, text: str) -> Path:
        """Write a file of the run, such as `scores.csv`, whole or not at all; return its path."""
        target = self._inside(name)
        write_atomic(target, text.encode("utf-8"))
        return target

    def write_bytes(self, name: str, data: bytes) -> Path:
        """Write a file of the run, such as `figures/bAP.png`; return its path."""
        target = self._inside(name)
        write_atomic(target, data)
        return target

    def folder(self, name: str) -> Path:
        """Return a folder of the run for files that are written in another way; make it."""
        return self._inside(f"{name}/x").parent

    def derive(self) -> list[str]:
        """Write `results.h5` anew from the journal and the traces.

        Returns:
            Sentences about traces that are lost; empty when everything is there.

        Raises:
            ResultsError: If it cannot be written; the journal is safe.
        """
        from bouton.results.store import write_store

        lost = write_store(self.path)
        self.notices += lost
        return lost

    def finish(self) -> None:
        """Derive `results.h5`, say so in the manifest, and give the directory free."""
        from bouton.results.store import drop_staged_traces

        try:
            lost = self.derive()
        except ResultsError as error:
            try:
                self._conclude("failed", str(error))
            except ResultsError as second:
                # Without room for a manifest either, the run goes on saying `running`, and readers
                # call it interrupted because nobody holds the lock.
                error.add_note(str(second))
            raise
        self._conclude("finished", "")
        if not lost:
            drop_staged_traces(self.path)

    def fail(self, reason: str) -> None:
        """Mark the run as failed and give the directory free; what was recorded stays."""
        self._conclude("failed", reason)

    def interrupt(self, reason: str = "interrupted by the user") -> None:
        """Mark the run as interrupted and give the directory free; it can be resumed."""
        self._conclude("interrupted", reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._is_open:
            return
        try:
            if error is None:
                self.finish()
            elif isinstance(error, KeyboardInterrupt):
                self.interrupt()
            else:
                self.fail(f"{type(error).__name__}: {error}")
        except ResultsError as problem:
            if error is None:
                raise
            error.add_note(f"besides, {problem}")
        finally:
            self._close()

    def _conclude(self, status: RunStatus, reason: str) -> None:
        try:
            self.manifest = evolve(
                self.manifest, status=status, reason=reason, records=self.journal.count
            ).write(self.path)
        finally:
            self._close()

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            self.journal.close()
            self._lock.release()

    def _stage_traces(self, evaluation: Evaluation, index: int) -> str:
        if not evaluation.responses:
            return ""
        from bouton.results.trace_files import write_trace_file

        name = f"{TRACES_NAME}/{index:06d}.h5"
        try:
            write_trace_file(self._inside(name), evaluation.responses)
        except ResultsError as error:
            raise ResultsError(f"{error} ({self.journal.count} records before are safe)") from error
        return name

    def _inside(self, name: str) -> Path:
        target = inside(self.path, name)
        if not target.parent.is_dir():
            with storage_errors(f"making {target.parent}"):
                target.parent.mkdir(parents=True, exist_ok=True)
                fsync_directory(self.path)
        return target


def write_study(folder: Path, document: Mapping[str, Any]) -> None:
    """Write the study of a run.

    Raises:
        ResultsError: If the file system refuses.
    """
    text = json.dumps(json.loads(encode(document)), indent=2) + "\n"
    write_atomic(folder / STUDY_NAME, text.encode("ascii"))


def _whole_journal(folder: Path, manifest: Manifest) -> Journal:
    """Open the journal of a run, unless acknowledged records are missing."""
    path = folder / JOURNAL_NAME
    had = max(manifest.records, int((folder / STORE_NAME).exists()))
    count = len(trusted(path, manifest.run_id).records) if path.exists() else 0
    if count < had:
        raise ResultsError(
            f"{path} has {count} records where there were {had} or more: it was cut or removed. "
            f"Put it back, or take what {STORE_NAME} holds of it with "
            f"`bouton results rebuild {folder} --drop-damaged`"
        )
    return Journal(path, manifest.run_id)


def _make(folder: Path) -> None:
    with storage_errors(f"making the directory {folder}"):
        if folder.exists() and not folder.is_dir():
            raise ResultsError(f"{folder} is a file, not a directory; choose another --out")
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        is_read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
        why = "the file system is read-only" if is_read_only else "permission denied"
        raise ResultsError(f"{folder} cannot be written: {why}; choose another --out")


def _check_replaceable(folder: Path, *, force: bool) -> None:
    names = sorted(path.name for path in folder.iterdir())
    if MANIFEST_NAME in names:
        found = read_manifest(folder)
        if not force:
            raise ResultsError(
                f"{folder} already holds a {found.kind} run (status {found.status}). Go on with "
                f"`bouton resume {folder}`, choose another directory, or replace it with --force"
            )
        return
    foreign = [name for name in names if name != LOCK_NAME and not name.endswith(PARTIAL)]
    if foreign:
        raise ResultsError(
            f"{folder} is not empty and not a run directory (it holds {', '.join(foreign[:5])}); "
            "choose another --out"
        )


def _remove_old(folder: Path) -> None:
    with storage_errors(f"removing the old run in {folder}"):
        for path in [*(folder / name for name in _OURS), *folder.glob("*.csv")]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
