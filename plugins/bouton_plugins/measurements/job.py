"""Section `measure` of a study: every cell of it, measured, in a run directory."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen, validators

from bouton.contracts import Executor
from bouton.errors import MissingDependencyError, ResultsError, SimulationError
from bouton.execution.pools import Local
from bouton.files import study_hash
from bouton.jobs.cells import catalogue_digests
from bouton.jobs.notebook import default_progress
from bouton.jobs.progress import Progress
from bouton.model.scores import Evaluation, Feature, Scores
from bouton.model.study import Study
from bouton.model.tasks import Outcome, Task, WorkerSpec
from bouton.results import RunDirectory
from bouton.results.directory import STUDY_NAME
from bouton.results.journal import Record, trusted
from bouton.results.provenance import provenance
from bouton.results.records import evaluation_record, start_record
from bouton_plugins.measurements.accurate import Accurate
from bouton_plugins.measurements.bench import Electrode
from bouton_plugins.measurements.columns import UNITS
from bouton_plugins.measurements.population import Member, members_of, population_of
from bouton_plugins.measurements.reproduce import Reproduce
from bouton_plugins.measurements.runlog import RunLog
from bouton_plugins.measurements.tables import (
    gain_csv,
    parameters_csv,
    summary_csv,
    summary_lines,
)

KIND = "measure"
TABLE = "neuron_parameters.csv"
LOG = "measure.log"
_FREE = ("workers", "executor", "figures")
_WAIT_S = 0.5


@frozen
class Measure:
    """Measure resting potential, input resistance, time constant, rheobase, spike shape and gain.

    Attributes:
        mode: `reproduce` follows the motor-pool tutorial to the digit; `accurate` measures well.
        reproduce: Numbers of the first procedure.
        accurate: Numbers of the second one.
        electrode: Where, and how runs are integrated.
        spike_level_mV: Upward crossing that counts as a spike; the cell's own if None.
        seed: Noted with the results; no number depends on it, because nothing here is random.
        workers: Cells at once.
        executor: Where they are measured.
        figures: Whether to make figures.
    """

    mode: Literal["reproduce", "accurate"] = "reproduce"
    reproduce: Reproduce = Reproduce()
    accurate: Accurate = Accurate()
    electrode: Electrode = Electrode()
    spike_level_mV: float | None = None
    seed: int = 42
    workers: int = field(default=1, validator=validators.ge(1))
    executor: Executor = field(factory=Local, metadata={"plugin": "executors"})
    figures: bool = True

    @property
    def procedure(self) -> Reproduce | Accurate:
        """The procedure of the chosen mode."""
        return self.reproduce if self.mode == "reproduce" else self.accurate

    @property
    def procedure_method(self) -> Literal["fixed", "crank-nicolson"]:
        """The integrator of that procedure."""
        return "fixed" if self.mode == "reproduce" else self.accurate.method

    def execute(
        self,
        study: Study,
        out: Path | str,
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Measure every cell of a study in a new run directory.

        Raises:
            StudyError: If the study has no cells, or they cannot be made.
            ResultsError: If the directory is in use or cannot be written.
            SimulationError: If no cell could be measured at all.
        """
        members = members_of(study)
        digests = catalogue_digests(_catalogues(members))  # what is wrong shows before any file
        told = provenance(
            study.document,
            study_sha256=study_hash(study.document),
            seed=self.seed,
            catalogues=digests,
        )
        directory = RunDirectory.create(out, KIND, study.document, told, force=force)
        _Run(self, study, members, directory, progress or default_progress()).go()

    def go_on(self, study: Study, out: Path | str, *, progress: Progress | None = None) -> None:
        """Measure the cells that an interrupted run of the same study has not reached.

        Raises:
            ResultsError: If the directory holds a run of another study.
        """
        directory = RunDirectory.open(out)
        told = progress or default_progress()
        _Run(self, study, members_of(study), directory, told).go()


class _Run:
    """One measurement of many cells under way."""

    def __init__(
        self,
        job: Measure,
        study: Study,
        members: Sequence[Member],
        directory: RunDirectory,
        progress: Progress,
    ) -> None:
        self.job = job
        self.study = study
        self.members = members
        self.directory = directory
        self.progress = progress
        self.log = RunLog(directory.path / LOG)

    def go(self) -> None:
        """Measure what is missing, then write tables and figures."""
        with self.directory, self.log:
            records = self._begun()
            self._announce(len(records))
            try:
                records += self._measured(self.members[len(records) :])
            finally:
                self.progress.end()
            if all(record["status"] == "failed" for record in records):
                self._write(records)
                raise SimulationError("no cell could be measured", records[0]["reason"])
            self._write(records)
        self._draw(records)

    def _begun(self) -> list[Record]:
        manifest = self.directory.manifest
        stored = json.loads((self.directory.path / STUDY_NAME).read_text("utf-8"))
        if manifest.kind != KIND or _what(stored) != _what(self.study.document):
            raise ResultsError(
                f"{self.directory.path} holds a {manifest.kind} run of another study, so it cannot "
                "be gone on with; give the study and settings that it was begun with"
            )
        past = trusted(self.directory.journal.path, manifest.run_id).records
        if not past:
            self.directory.append([start_record()])
        return [record for record in past if record["kind"] == "evaluation"]

    def _announce(self, done: int) -> None:
        log = self.log
        log.write(f"seed {self.job.seed} (no number depends on it), mode {self.job.mode}")
        log.write(f"{len(self.members)} cells, {done} of them measured already")
        notices = getattr(population_of(self.study), "notices", ())
        for notice in (*self.directory.notices, *notices):
            log.write(f"note: {notice}")
            self.progress.note(notice)
        self.progress.begin(total=len(self.members), done=done, objectives=())

    def _measured(self, members: Sequence[Member]) -> list[Record]:
        """Measure cells in parallel; records are written in the order of the cells."""
        if not members:
            return []
        spec = WorkerSpec(
            "bouton_plugins.measurements.working:worker", {"document": self.study.document}
        )
        written: list[Record] = []
        arrived: dict[int, Record] = {}
        workers = min(self.job.workers, len(members))
        with self.job.executor.open(spec, workers) as pool:
            for member in members:
                pool.submit(Task(member.index, {"index": member.index}))
            while len(written) < len(members):
                for outcome in pool.collect(_WAIT_S):
                    arrived[outcome.index] = self._record(outcome)
                while len(written) < len(members) and members[len(written)].index in arrived:
                    record = arrived.pop(members[len(written)].index)
                    self.directory.append([record])
                    self._tell(record)
                    written.append(record)
        return written

    def _record(self, outcome: Outcome) -> Record:
        member = next(m for m in self.members if m.index == outcome.index)
        given: Mapping[str, Any] = outcome.result if outcome.status == "ok" else {}
        features = {
            n: Feature(n, _tuple(v), unit) for n, (v, unit) in given.get("features", {}).items()
        }
        for name, unit in UNITS.items():
            features.setdefault(name, Feature(name, math.nan, unit))
        nothing = all(_is_nan(features[name].value) for name in UNITS)
        status = outcome.status if outcome.status not in ("ok", "error") else ""
        reason = ": ".join(part for part in (status, outcome.reason) if part)
        evaluation = Evaluation(
            parameters=dict(member.cell.parameters),
            scores=Scores(features),
            status="failed" if nothing else "ok",
            reason=given.get("reason", "") or reason,
            timings=given.get("timings", {}),
        )
        notes = {"cell_index": member.index, **member.columns, **given.get("notes", {})}
        return evaluation_record(evaluation, member.index, notes=notes)

    def _tell(self, record: Record) -> None:
        index = record["index"]
        values = {name: record["features"][name][0] for name in UNITS}
        shown = ", ".join(f"{name} {value:.6g}" for name, value in values.items())
        self.log.write(f"cell {index}: {shown}")
        if record["reason"]:
            self.log.write(f"cell {index}: ERROR {record['reason']}")
        self.progress.evaluated(record)

    def _write(self, records: Sequence[Record]) -> None:
        uncertain = self.job.mode == "accurate"
        tables = {
            TABLE: parameters_csv(records, all_columns=uncertain),
            "frequency_current.csv": gain_csv(records),
            "summary.csv": summary_csv(records),
        }
        for name, text in tables.items():
            self.log.write(f"wrote {self.directory.write_text(name, text)}")
        for line in summary_lines(records):
            self.log.write(line)

    def _draw(self, records: Sequence[Record]) -> None:
        if not self.job.figures:
            return
        try:
            from bouton_plugins.measurements.figures import write_figures
        except MissingDependencyError as error:
            self.progress.note(str(error))
            return
        written = write_figures(self.directory.path, records)
        if not written:
            self.progress.note("no cell has a rheobase, so there is nothing to draw")
        for path in written:
            self.progress.note(f"wrote {path}")


def _what(document: Mapping[str, Any]) -> str:
    """Return a hash of what is measured and how, wherever and however fast it is done."""
    section = {k: v for k, v in (document.get(KIND) or {}).items() if k not in _FREE}
    return study_hash({**document, KIND: section})


def _catalogues(members: Iterable[Member]) -> Iterator[str]:
    for member in members:
        cell = member.cell
        loaded = cell.morphology.loader.load(cell.morphology.file) if cell.morphology else None
        defaults = {p.name: p.default for p in cell.template.parameters if p.default is not None}
        structure = cell.template.structure(loaded, {**defaults, **cell.parameters})
        yield from structure.catalogues


def _tuple(value: Any) -> Any:  # noqa: ANN401
    return tuple(value) if isinstance(value, list) else value


def _is_nan(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, float) and math.isnan(value)
