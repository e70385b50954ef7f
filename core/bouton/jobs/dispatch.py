"""Candidates out to workers, records back in order, nothing simulated twice."""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import Factory, frozen

from bouton.contracts import Pool
from bouton.errors import ResultsError
from bouton.jobs.evaluating import failed_evaluation
from bouton.jobs.progress import Progress
from bouton.model.morphology import FloatArray
from bouton.model.study import Study
from bouton.model.tasks import Outcome, Task
from bouton.results.directory import RunDirectory
from bouton.results.journal import Record, trusted
from bouton.results.records import evaluation_record

_REMEMBERED = 2000
_BATCH = 500  # written at once; less than what is remembered
_WAIT_S = 0.5


@frozen(eq=False)
class Candidate:
    """One parameter set to evaluate.

    Attributes:
        index: Number within the run.
        generation: Generation that proposed it.
        vector: Natural units, shape (d,).
        notes: Columns to store beside it.
    """

    index: int
    generation: int
    vector: FloatArray
    notes: Mapping[str, Any] = Factory(dict)


class Memory:
    """Which vector was evaluated where, and the records of the latest ones.

    Only a digest of every vector is kept, so that memory hardly grows; the record of an old
    duplicate is read again from the journal.
    """

    def __init__(self, directory: RunDirectory) -> None:
        self._directory = directory
        self._index: dict[bytes, int] = {}
        self._records: OrderedDict[int, Record] = OrderedDict()

    def add(self, vector: FloatArray, record: Record) -> None:
        """Remember the record of a vector; the first one of equal vectors counts."""
        if self._index.setdefault(digest(vector), record["index"]) == record["index"]:
            self._records[record["index"]] = record
        while len(self._records) > _REMEMBERED:
            self._records.popitem(last=False)

    def find(self, vector: FloatArray) -> Record | None:
        """Return the record of an equal vector, or None."""
        index = self._index.get(digest(vector))
        if index is None:
            return None
        if index not in self._records:
            for record in trusted(self._directory.journal.path).records:
                if record["kind"] == "evaluation" and record["index"] == index:
                    self._records[index] = record
        return self._records[index]


def digest(vector: FloatArray) -> bytes:
    """Return what is equal for vectors that are equal to the last bit."""
    return hashlib.blake2b(vector.tobytes(), digest_size=16).digest()


class Dispatcher:
    """Evaluates candidates with a pool and journals them.

    Args:
        study: For penalties of evaluations that gave no answer.
        names: Parameter names in the order of every vector.
        pool: Where evaluations run.
        directory: Where they are recorded.
        progress: Who is told.
        stopping: Asked before anything new is handed out.
        limits: Largest values of a good model; each record then notes whether it is `inside`.
    """

    def __init__(
        self,
        study: Study,
        names: Sequence[str],
        pool: Pool,
        directory: RunDirectory,
        progress: Progress,
        stopping: Callable[[], bool],
        limits: Mapping[str, float],
    ) -> None:
        self.memory = Memory(directory)
        self._study = study
        self._names = tuple(names)
        self._pool = pool
        self._directory = directory
        self._progress = progress
        self.stopping = stopping
        self._limits = limits

    @property
    def depth(self) -> int:
        """Number of candidates to keep under way so that no worker waits."""
        return 2 * self._pool.workers

    def in_order(self, candidates: Sequence[Candidate]) -> list[Record]:
        """Evaluate a batch and journal it in order; a shorter list means that a stop was asked.

        A record is written once all before it are, so that the journal does not depend on the
        number of workers.
        """
        written: list[Record] = []
        finished: dict[int, Record] = {}
        for arrived in self._arrivals(candidates):
            finished.update(arrived)
            while ready := self._ready(candidates[len(written) :][:_BATCH], finished):
                self.write(ready)
                written += ready
        return written

    def _ready(self, candidates: Sequence[Candidate], finished: dict[int, Record]) -> list[Record]:
        """Take the records of the first candidates, up to one that is not finished."""
        ready: list[Record] = []
        for candidate in candidates:
            record = finished.pop(candidate.index, None) or self.copy(candidate)
            if record is None:
                break
            self.memory.add(candidate.vector, record)
            ready.append(record)
        return ready

    def _arrivals(self, candidates: Sequence[Candidate]) -> Iterator[dict[int, Record]]:
        waiting = deque(self._distinct(candidates))
        under_way: dict[int, Candidate] = {}
        yield {}
        while waiting or under_way:
            while waiting and len(under_way) < self.depth and not self.stopping():
                candidate = waiting.popleft()
                under_way[candidate.index] = candidate
                self.submit(candidate)
            if not under_way:
                return
            outcomes = self._pool.collect(_WAIT_S)
            yield {o.index: self.record(under_way.pop(o.index), o) for o in outcomes}

    def _distinct(self, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
        seen: set[bytes] = set()
        for candidate in candidates:
            key = digest(candidate.vector)
            if key not in seen and self.memory.find(candidate.vector) is None:
                seen.add(key)
                yield candidate

    def copy(self, candidate: Candidate) -> Record | None:
        """Return the record of a candidate that was evaluated before, None if it was not."""
        original = self.memory.find(candidate.vector)
        return None if original is None else duplicate(original, candidate)

    def submit(self, candidate: Candidate) -> None:
        """Hand a candidate to the pool."""
        self._pool.submit(Task(candidate.index, {"parameters": self._values(candidate)}))

    def collect(self) -> list[Outcome]:
        """Return outcomes in the order of arrival; may be empty."""
        return self._pool.collect(_WAIT_S)

    def record(self, candidate: Candidate, outcome: Outcome) -> Record:
        """Return the record of an outcome; no answer becomes a failure with its penalty."""
        if outcome.status == "ok":
            record: Record = dict(outcome.result)
        else:
            reason = outcome.reason or "no reason given"
            if outcome.status != "error":
                reason = f"{outcome.status}: {reason}"
            failed = failed_evaluation(self._study, {}, reason)
            record = evaluation_record(failed, candidate.index)
        record["parameters"] = self._values(candidate)
        record["index"] = candidate.index
        record["generation"] = candidate.generation
        record["notes"] = dict(candidate.notes)
        if self._limits:
            met = all(record["combined"][name] <= top for name, top in self._limits.items())
            record["notes"]["inside"] = record["status"] == "ok" and met
        return record

    def write(self, records: Sequence[Record]) -> None:
        """Journal records durably, then tell."""
        self._directory.append(records)
        for record in records:
            self._progress.evaluated(record)

    def _values(self, candidate: Candidate) -> dict[str, float]:
        return dict(zip(self._names, candidate.vector.tolist(), strict=True))


def duplicate(original: Mapping[str, Any], candidate: Candidate) -> Record:
    """Return the record of a candidate equal to one that was evaluated before."""
    kept = {key: value for key, value in original.items() if key not in ("seq", "run", "sha256")}
    return {
        **kept,
        "index": candidate.index,
        "generation": candidate.generation,
        "timings": {},
        "notes": {**original["notes"], **candidate.notes, "duplicate_of": original["index"]},
    }


def check_equal(record: Mapping[str, Any], names: Sequence[str], vector: FloatArray) -> None:
    """Make sure that a recorded evaluation is the one that is proposed now.

    Raises:
        ResultsError: If it is not, because something that decides proposals has changed.
    """
    recorded = [record["parameters"].get(name) for name in names]
    if recorded != vector.tolist():
        raise ResultsError(
            f"evaluation {record['index']} of the journal is not what the same search proposes "
            "now; resume with the versions, plug-ins and study that started the run"
        )
