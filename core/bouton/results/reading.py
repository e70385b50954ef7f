"""Reading a run: from another process, while it runs or after, with or without NEURON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from bouton.errors import MissingDependencyError, ResultsError, did_you_mean
from bouton.model.morphology import FloatArray
from bouton.model.scores import Evaluation, Target
from bouton.model.traces import Response
from bouton.results.atomic import inside, storage_errors
from bouton.results.directory import JOURNAL_NAME, STORE_NAME, STUDY_NAME
from bouton.results.journal import Record, trusted
from bouton.results.lock import owner_of
from bouton.results.manifest import Manifest, read_manifest, run_folder
from bouton.results.pareto import non_dominated
from bouton.results.records import EVALUATION, evaluation_from_record

if TYPE_CHECKING:
    import pandas


class Evaluations(Sequence[Evaluation]):
    """The evaluations of a run in order of their indices, made when asked for."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> Evaluation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Evaluation]: ...
    def __getitem__(self, index: int | slice) -> Evaluation | Sequence[Evaluation]:
        if isinstance(index, slice):
            return Evaluations(self._records[index])
        return evaluation_from_record(self._records[index])

    def __iter__(self) -> Iterator[Evaluation]:
        return map(evaluation_from_record, self._records)

    def __repr__(self) -> str:
        return f"<{len(self)} evaluations>"


class Results:
    """A run directory, read only.

    Attributes:
        path: The directory.
        manifest: What `run.json` says.
        records: Every good record of the journal, in order.
        notices: What the user should know, such as an unfinished last line.
    """

    def __init__(self, path: Path, manifest: Manifest, records: list[Record]) -> None:
        self.path = path
        self.manifest = manifest
        self.records = records
        self.notices: list[str] = []
        self._checked: set[Path] = set()

    @classmethod
    def open(cls, path: Path | str) -> Results:
        """Read a run directory as it is now.

        Raises:
            ResultsError: If it is no run directory or its journal is damaged.
        """
        folder = run_folder(path)
        manifest = read_manifest(folder)
        if not (folder / JOURNAL_NAME).exists():
            if manifest.status != "running":  # a run that begins has its manifest first
                raise ResultsError(
                    f"{folder / JOURNAL_NAME} is missing; `bouton results rebuild {folder} "
                    f"--drop-damaged` takes what {STORE_NAME} holds"
                )
            return cls(folder, manifest, [])
        found = trusted(folder / JOURNAL_NAME, manifest.run_id)
        results = cls(folder, manifest, found.records)
        if found.torn_bytes and results.status != "running":
            results.notices.append(
                f"{JOURNAL_NAME} ends in an unfinished line of {found.torn_bytes} bytes, left out"
            )
        return results

    def __repr__(self) -> str:
        return f"<{self.kind} run, {self.status}, {len(self.evaluations)} evaluations>"

    def _repr_html_(self) -> str:
        from bouton.results.view import results_html

        return results_html(self)

    @property
    def kind(self) -> str:
        """The job that made the run."""
        return self.manifest.kind

    @property
    def status(self) -> str:
        """`running`, `finished`, `failed` or `interrupted`."""
        if self.manifest.status == "running" and owner_of(self.path) is None:
            return "interrupted"
        return self.manifest.status

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Where the run came from."""
        return self.manifest.provenance

    @cached_property
    def study(self) -> Mapping[str, Any]:
        """The study, as a document.

        Raises:
            ResultsError: If it is missing or damaged.
        """
        path = self.path / STUDY_NAME
        remedy = f"`bouton results rebuild {self.path}` takes it from {STORE_NAME} if that is there"
        with storage_errors(f"reading {path}"):
            data = path.read_bytes()
        try:
            document = json.loads(data)
        except ValueError as error:
            raise ResultsError(f"{path} is damaged: {error}; {remedy}") from error
        if not isinstance(document, dict):
            raise ResultsError(f"{path} is damaged: it holds no study; {remedy}")
        return document

    @cached_property
    def evaluation_records(self) -> list[Record]:
        """Journal records of the evaluations, in order of their indices."""
        return sorted(self.of_kind(EVALUATION), key=lambda record: int(record["index"]))

    @property
    def evaluations(self) -> Evaluations:
        """The evaluations, without traces."""
        return Evaluations(self.evaluation_records)

    def of_kind(self, kind: str) -> list[Record]:
        """Return the journal records of a kind, in order."""
        return [record for record in self.records if record["kind"] == kind]

    @property
    def parts(self) -> dict[str, Any]:
        """Named parts that jobs add, such as `experiment`; the last of a name wins."""
        return {record["name"]: record["data"] for record in self.of_kind("part")}

    @property
    def targets(self) -> tuple[Target, ...]:
        """What the objectives aimed at, if the job recorded it."""
        starts = [record for record in self.of_kind("start") if record.get("targets")]
        return tuple(Target(**row) for row in starts[-1]["targets"]) if starts else ()

    def names(self, what: str) -> tuple[str, ...]:
        """Return the column names of `parameters`, `features`, `scores`, `combined`, ..."""
        from bouton.results.store import columns

        return tuple(columns([record[what] for record in self.evaluation_records]))

    def array(self, what: str) -> FloatArray:
        """Return one row per evaluation and one column per name, nan where there is no number.

        Args:
            what: `parameters`, `features`, `scores`, `checks`, `combined`, `timings` or `notes`.

        Returns:
            Shape (n, number of names).
        """
        from bouton.results.store import feature_values, matrix

        records = self.evaluation_records
        rows = [feature_values(row) if what == "features" else row[what] for row in records]
        return matrix(rows, self.names(what))

    @property
    def parameters(self) -> FloatArray:
        """Parameter values, shape (n, d), columns as in `names("parameters")`."""
        return self.array("parameters")

    @property
    def combined(self) -> FloatArray:
        """Combined objectives, shape (n, m), columns as in `names("combined")`."""
        return self.array("combined")

    def pareto(self) -> npt.NDArray[np.int64]:
        """Return the rows of evaluations that no other beats in every combined objective.

        Failed evaluations take no part.
        """
        objectives = self.combined.copy()
        objectives[[record["status"] == "failed" for record in self.evaluation_records]] = np.nan
        return non_dominated(objectives)

    def best(self, objective: str = "") -> int:
        """Return the row with the smallest value of an objective, or the smallest largest one.

        Raises:
            ResultsError: If there is no such objective, or no evaluation that succeeded.
        """
        names = self.names("combined")
        if objective and objective not in names:
            raise ResultsError(f"no objective {objective!r}; {did_you_mean(objective, names)}")
        if self.evaluation_records and not names:
            raise ResultsError(f"{self.path}: nothing was compared with targets, so none is best")
        values = self.combined
        worst = values[:, names.index(objective)] if objective else _largest(values)
        usable = np.array([record["status"] != "failed" for record in self.evaluation_records])
        candidates = np.flatnonzero(usable & ~np.isnan(worst)) if len(worst) else usable
        if not len(candidates):
            raise ResultsError(f"{self.path}: no evaluation succeeded, so there is no best one")
        return int(candidates[np.argmin(worst[candidates])])

    def responses(self, row: int = 0) -> dict[str, Response]:
        """Return the traces of an evaluation by protocol, as features see them.

        Raises:
            ResultsError: If none were kept, or they are damaged.
        """
        from bouton.results.safe_tables import open_tables
        from bouton.results.store import stored_traces
        from bouton.results.trace_files import read_responses

        record = self.evaluation_record(row)
        if not record["traces"]:
            raise ResultsError(f"{self.path}: evaluation {record['index']} kept no traces")
        staged = inside(self.path, record["traces"])
        path = staged if staged.exists() else self.path / STORE_NAME
        self._check(path)
        with open_tables(path) as file:
            source = file.root if path == staged else stored_traces(file, record["index"])
            return read_responses(source)

    def traces(self, protocol: str, row: int = 0) -> Response:
        """Return the traces of one protocol; iterate it, or look a trace up by name.

        Raises:
            ResultsError: If the evaluation did not run the protocol or kept no traces.
        """
        found = self.responses(row)
        if protocol not in found:
            raise ResultsError(f"no protocol {protocol!r} ran; {did_you_mean(protocol, found)}")
        return found[protocol]

    def to_dataframe(self) -> pandas.DataFrame:
        """Return one row per evaluation; columns such as `parameters.<name>`, `scores.<name>`.

        Raises:
            MissingDependencyError: If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingDependencyError(
                "tables as data frames need pandas; install it with `pip install pandas`"
            ) from error
        return pd.DataFrame(self.table())

    def table(self) -> dict[str, list[Any]]:
        """Return the columns of a flat table, by name; lists stay lists."""
        from bouton.results.store import feature_values

        records = self.evaluation_records
        table: dict[str, list[Any]] = {
            key: [record[key] for record in records]
            for key in ("index", "generation", "status", "reason")
        }
        for what in ("parameters", "features", "scores", "combined", "checks", "timings", "notes"):
            rows = [feature_values(row) if what == "features" else row[what] for row in records]
            for name in self.names(what):
                table[f"{what}.{name}"] = [row.get(name) for row in rows]
        return table

    def _check(self, path: Path) -> None:
        """Check the file's own checksum, once."""
        from bouton.results.seal import check_seal

        if path not in self._checked:
            check_seal(path)
            self._checked.add(path)

    def evaluation_record(self, row: int) -> Record:
        """Return the journal record of a row.

        Raises:
            ResultsError: If there is no such row.
        """
        count = len(self.evaluation_records)
        if not -count <= row < count:
            raise ResultsError(f"{self.path} has {count} evaluations, there is no row {row}")
        return self.evaluation_records[row]


def _largest(values: FloatArray) -> FloatArray:
    return values.max(axis=1) if values.shape[1] else np.full(len(values), np.nan)
