"""`run.json`: what a run is and how far it came. A killed run never looks finished."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import Factory, asdict, evolve, frozen

from bouton.errors import NoRunError, ResultsError
from bouton.results.atomic import storage_errors, write_atomic
from bouton.results.exact_json import decode, encode

MANIFEST_NAME = "run.json"
FORMAT = "bouton-run"
FORMAT_VERSION = 1

RunStatus = Literal["running", "finished", "failed", "interrupted"]
RESUMABLE = ("fit", "explore")  # kinds of runs that `bouton resume` takes up
STATUSES = ("running", "finished", "failed", "interrupted")


@frozen
class Manifest:
    """What a run is.

    Attributes:
        run_id: Random id; it is in every line of the journal.
        kind: Job that made it, such as `run` or `fit`.
        status: `running` until the very end. A directory that says running although no process
            holds its lock was interrupted.
        reason: Why it failed or was interrupted.
        records: Number of journal records when it ended, -1 while running.
        created: ISO time.
        updated: ISO time of the last change of this file.
        provenance: See `bouton.results.provenance`.
    """

    run_id: str
    kind: str
    status: RunStatus = "running"
    reason: str = ""
    records: int = -1
    created: str = ""
    updated: str = ""
    provenance: Mapping[str, Any] = Factory(dict)

    def write(self, folder: Path) -> Manifest:
        """Write it into the run directory and return what was written.

        Raises:
            ResultsError: If the file system refuses.
        """
        now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        stamped = evolve(self, created=self.created or now, updated=now)
        document = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(stamped)}
        text = json.dumps(json.loads(encode(document)), indent=2) + "\n"
        write_atomic(folder / MANIFEST_NAME, text.encode("ascii"))
        return stamped


def run_folder(path: object) -> Path:
    """Return the absolute path of a run directory, which need not exist.

    Raises:
        ResultsError: If it cannot be the path of anything.
    """
    if not isinstance(path, str | os.PathLike) or "\0" in str(path):
        raise ResultsError(f"expected the path of a run directory, got {path!r}")
    return Path(path).absolute()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a run directory.

    Raises:
        ResultsError: If there is none, or it is damaged, foreign or newer than this Bouton.
    """
    path = folder / MANIFEST_NAME
    with storage_errors(f"reading {path}"):
        if not path.is_file():
            raise NoRunError(
                f"{folder} is not a run directory: it has no {MANIFEST_NAME}"
                + ("" if folder.is_dir() else " (there is no such directory)")
            )
        data = path.read_bytes()
    return _parsed(data, path)


def _parsed(data: bytes, path: Path) -> Manifest:
    try:
        document = decode(data)
    except ValueError as error:
        raise ResultsError(f"{path} is damaged: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ResultsError(f"{path} was not written by Bouton: its format is not {FORMAT!r}")
    version = document.get("format_version")
    if version != FORMAT_VERSION:
        raise ResultsError(
            f"{path} has format version {version!r}, this Bouton reads version {FORMAT_VERSION}; "
            "install a Bouton that reads it"
        )
    if document.get("status") not in STATUSES:
        raise ResultsError(f"{path} is damaged: status {document.get('status')!r}")
    fields = {key: value for key, value in document.items() if not key.startswith("format")}
    try:
        return Manifest(**fields)
    except TypeError as error:
        raise ResultsError(f"{path} is damaged: {error}") from error
