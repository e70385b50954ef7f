"""Section `drive` of a study: a pool driven up and down, its spikes recorded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import Factory, field, frozen, validators

from bouton.contracts import Executor
from bouton.errors import MissingDependencyError, Problem, SimulationError, StudyError
from bouton.execution.pools import Local
from bouton.files import study_hash
from bouton.jobs.cells import catalogue_digests
from bouton.jobs.notebook import default_progress
from bouton.jobs.progress import Progress
from bouton.model.locations import At, SpikeSource
from bouton.model.morphology import FloatArray
from bouton.model.protocol import (
    SPIKES,
    EventTrain,
    Integration,
    Protocol,
    Signal,
    Validity,
    WaveformDrive,
)
from bouton.model.scores import Evaluation, Feature, Scores
from bouton.model.study import Study
from bouton.model.tasks import Outcome, Task, WorkerSpec
from bouton.results import RunDirectory
from bouton.results.journal import Record
from bouton.results.provenance import provenance
from bouton.results.records import evaluation_record, part_record, start_record
from bouton_plugins.measurements.population import Member, members_of
from bouton_plugins.motor.drive_tables import recruitment_csv, recruitment_features, spikes_csv
from bouton_plugins.motor.pool import MotorPool
from bouton_plugins.motor.sources import Synapses

KIND = "drive"
PART = "motor_pool"
_WAIT_S = 0.5


@frozen
class Trapezoid:
    """How the drive goes up and down again, as a part of its top.

    Attributes:
        start_ms: When it begins to rise.
        rise_ms: How long it rises.
        hold_ms: How long it stays.
        fall_ms: How long it falls.
        end_ms: How long the run goes on after that.
    """

    start_ms: float = field(default=500.0, validator=validators.ge(0.0))
    rise_ms: float = field(default=2000.0, validator=validators.gt(0.0))
    hold_ms: float = field(default=2000.0, validator=validators.ge(0.0))
    fall_ms: float = field(default=2000.0, validator=validators.gt(0.0))
    end_ms: float = field(default=500.0, validator=validators.ge(0.0))

    @property
    def corners_ms(self) -> tuple[float, float, float, float]:
        """Times at which the drive begins to rise, is up, begins to fall, is down."""
        up = self.start_ms + self.rise_ms
        down = up + self.hold_ms
        return self.start_ms, up, down, down + self.fall_ms

    @property
    def duration_ms(self) -> float:
        """Length of the run."""
        return self.corners_ms[3] + self.end_ms

    def level(self, t_ms: FloatArray) -> FloatArray:
        """Return the part of the top at given times, 0 to 1, same shape."""
        return np.interp(t_ms, self.corners_ms, (0.0, 1.0, 1.0, 0.0))


@frozen
class Trial:
    """What drives all cells of the pool in one run: a current, synapses, or both.

    Attributes:
        current_nA: Current into every soma at the top; 0 for none.
        synapses: Sources onto the dendrites; none if left out.
    """

    current_nA: float = 0.0
    synapses: Synapses | None = None

    def __attrs_post_init__(self) -> None:
        if not math.isfinite(self.current_nA):
            raise ValueError(f"current_nA must be finite, got {self.current_nA!r}")


@frozen
class Drive:
    """Drive a motor pool with a common ramp and hold; see who joins in and who drops out when.

    Attributes:
        shape: The ramp.
        trials: By name, what is driven with.
        dt_ms: Step of the integrator (backward Euler).
        celsius: Temperature.
        validity: Potentials outside make a cell a failed one; no spike of it counts.
        window_ms: Width of the Hann window that smooths rates in figures.
        seed: Seed of all sources and connections.
        workers: Cells at once.
        executor: Where they run.
        figures: Whether to make figures.
    """

    trials: Mapping[str, Trial] = Factory(dict)
    shape: Trapezoid = Trapezoid()
    dt_ms: float = field(default=0.025, validator=validators.gt(0.0))
    celsius: float = 36.0
    validity: Validity = Validity()
    window_ms: float = field(default=400.0, validator=validators.gt(0.0))
    seed: int = field(default=42, validator=validators.ge(0))
    workers: int = field(default=1, validator=validators.ge(1))
    executor: Executor = field(factory=Local, metadata={"plugin": "executors"})
    figures: bool = True

    def execute(
        self,
        study: Study,
        out: Path | str,
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Drive every cell of the pool, once per trial, in a new run directory.

        Raises:
            StudyError: If there is no pool or no trial.
            ResultsError: If the directory is in use or cannot be written.
            SimulationError: If no cell could be run.
        """
        pool = pool_of(study)
        members = members_of(study)
        if not self.trials:
            hint = "add drive.trials, such as {ramp: {current_nA: 25}}"
            raise StudyError([Problem("there is nothing to drive with", "drive.trials", hint=hint)])
        told = provenance(
            study.document,
            study_sha256=study_hash(study.document),
            seed=self.seed,
            catalogues=catalogue_digests(_catalogues(members)),
        )
        listener = progress or default_progress()
        for notice in pool.notices:
            listener.note(f"note: {notice}")
        with RunDirectory.create(out, KIND, study.document, told, force=force) as directory:
            directory.append([start_record()])
            records = self._driven(study, members, directory, listener)
            directory.append([part_record(PART, summary(self, records))])
            directory.write_text("spikes.csv", spikes_csv(records))
            directory.write_text("recruitment.csv", recruitment_csv(records))
        self._draw(directory.path, records, listener)

    def protocol(self, trial: Trial, member: Member, start_mV: float) -> Protocol:
        """Return what one cell goes through in a trial."""
        soma = At("soma", 0.5)
        t_ms, nA = self.shape.corners_ms, trial.current_nA
        drives = (WaveformDrive(soma, t_ms, (0.0, nA, nA, 0.0)),) if nA else ()
        return Protocol(
            drives,
            (Signal("soma", "v", soma), Signal("spikes", SPIKES, SpikeSource())),
            self.shape.duration_ms,
            Integration(dt_ms=self.dt_ms, celsius=self.celsius, v_init_mV=start_mV),
            self.validity,
            onset_ms=t_ms[0],
            stimulus_ms=t_ms[3] - t_ms[0],
            events=tuple(self._events(trial, member)),
        )

    def _events(self, trial: Trial, member: Member) -> Iterator[EventTrain]:
        synapses = trial.synapses
        if synapses is None:
            return
        dendrites = int(member.columns["dendrites"])
        arriving = synapses.events(
            member.index, dendrites, self.shape.level, self.shape.duration_ms, self.seed
        )
        for number, times in enumerate(arriving):
            yield EventTrain(f"{synapses.synapse}[{number}]", times, synapses.weight_uS)

    def _driven(
        self,
        study: Study,
        members: Sequence[Member],
        directory: RunDirectory,
        progress: Progress,
    ) -> list[Record]:
        spec = WorkerSpec("bouton_plugins.motor.driving:worker", {"document": study.document})
        jobs = [(name, member) for name in self.trials for member in members]
        progress.begin(total=len(jobs), done=0, objectives=())
        written: list[Record] = []
        arrived: dict[int, Record] = {}
        try:
            with self.executor.open(spec, min(self.workers, len(jobs))) as pool:
                for number, (name, member) in enumerate(jobs):
                    pool.submit(Task(number, {"trial": name, "index": member.index}))
                while len(written) < len(jobs):
                    for outcome in pool.collect(_WAIT_S):
                        name, member = jobs[outcome.index]
                        arrived[outcome.index] = self._record(outcome, name, member)
                    while len(written) in arrived:
                        record = arrived.pop(len(written))
                        directory.append([record])
                        progress.evaluated(record)
                        if record["reason"]:
                            progress.note(
                                f"cell {record['notes']['cell_index']}: {record['reason']}"
                            )
                        written.append(record)
        finally:
            progress.end()
        if all(record["status"] == "failed" for record in written):
            raise SimulationError("no cell could be run", written[0]["reason"])
        return written

    def _record(self, outcome: Outcome, trial: str, member: Member) -> Record:
        features: dict[str, Feature] = {}
        if outcome.status == "ok":
            times = np.array(outcome.result["spikes_ms"])
            features = recruitment_features(times, self.shape)
            features["spike_times__ms"] = Feature("spike_times__ms", tuple(times.tolist()), "ms")
        status = outcome.status if outcome.status not in ("ok", "error") else ""
        evaluation = Evaluation(
            parameters=dict(member.cell.parameters),
            scores=Scores(features),
            status="ok" if outcome.status == "ok" else "failed",
            reason=": ".join(part for part in (status, outcome.reason) if part),
            timings={"run": outcome.result["cpu_s"]} if outcome.status == "ok" else {},
        )
        notes = {"trial": trial, "cell_index": member.index, **member.columns}
        return evaluation_record(evaluation, outcome.index, notes=notes)

    def _draw(self, folder: Path, records: Sequence[Record], progress: Progress) -> None:
        if not self.figures:
            return
        try:
            from bouton_plugins.motor.drive_figures import write_figures
        except MissingDependencyError as error:
            progress.note(str(error))
            return
        for path in write_figures(folder, records, self):
            progress.note(f"wrote {path}")


def pool_of(study: Study) -> MotorPool:
    """Return the pool of a study.

    Raises:
        StudyError: If it has none.
    """
    pool = study.jobs.get("pool")
    if not isinstance(pool, MotorPool):
        raise StudyError([Problem("there is no motor pool to drive", hint="add a pool section")])
    return pool


def summary(job: Drive, records: Sequence[Record]) -> dict[str, Any]:
    """Return the part of the results that scripts read: spikes and ranks, by trial."""
    trials = {}
    for name in job.trials:
        rows = [r for r in records if r["notes"]["trial"] == name and r["status"] == "ok"]
        trials[name] = {
            "cells": [row["notes"]["cell_index"] for row in rows],
            "spike_count": [len(row["features"]["spike_times__ms"][0]) for row in rows],
            "spike_times_ms": [list(row["features"]["spike_times__ms"][0]) for row in rows],
            "rank_correlation_recruitment_size": size_order(rows, "recruitment__ms"),
            "rank_correlation_derecruitment_size": size_order(rows, "derecruitment__ms"),
        }
    return {"trials": trials}


def size_order(rows: Sequence[Record], name: str) -> float:
    """Return Spearman's rank correlation of a time with membrane area; nan for under 3 cells."""
    pairs = [(row["notes"]["area__um2"], row["features"][name][0]) for row in rows]
    pairs = [pair for pair in pairs if math.isfinite(pair[1])]
    if len(pairs) < 3:
        return math.nan
    ranks = [_ranks(np.array(column)) for column in zip(*pairs, strict=True)]
    if not all(np.ptp(rank) > 0 for rank in ranks):
        return math.nan
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: FloatArray) -> FloatArray:
    """Return ranks from 0, equal values sharing their mean."""
    below = (values[:, None] > values[None, :]).sum(axis=1)
    equal = (values[:, None] == values[None, :]).sum(axis=1)
    return np.asarray(below + (equal - 1) / 2, dtype=np.float64)


def _catalogues(members: Sequence[Member]) -> Iterator[str]:
    cell = members[0].cell
    defaults = {p.name: p.default for p in cell.template.parameters if p.default is not None}
    yield from cell.template.structure(None, {**defaults, **cell.parameters}).catalogues
