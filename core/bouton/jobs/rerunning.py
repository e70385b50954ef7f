"""Chosen evaluations of a run once more, now with traces; and whether they give the same scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import evolve, frozen

from bouton.contracts import Executor
from bouton.errors import ResultsError
from bouton.execution.pools import Local
from bouton.files import load_document
from bouton.jobs.evaluating import Evaluator, Work
from bouton.jobs.subjects import is_network
from bouton.model.scores import Evaluation
from bouton.model.tasks import Outcome, Task, WorkerSpec
from bouton.model.traces import Response
from bouton.results.exact_json import encode
from bouton.results.journal import Record
from bouton.results.reading import Results
from bouton.results.records import evaluation_from_record, evaluation_record
from bouton.results.safe_tables import open_tables
from bouton.results.trace_files import read_responses, write_trace_file

_COMPARED = ("status", "reason", "features", "scores", "checks", "combined")


@frozen(eq=False)
class Rerun:
    """One evaluation of a run, done again.

    Attributes:
        row: Its row in the run.
        evaluation: What came of it now, with traces if a cell was searched; None if the worker
            gave no answer.
        differences: What is not equal to the run's own record, to the last digit; empty if all is.
    """

    row: int
    evaluation: Evaluation | None
    differences: tuple[str, ...]


@frozen
class _TracedWork(Work):
    def __call__(self, payload: Mapping[str, Any]) -> Record:
        evaluation = self.evaluator.evaluate(payload["parameters"])
        if evaluation.responses:
            write_trace_file(Path(payload["traces"]), evaluation.responses)
        return evaluation_record(evaluation, 0)


def worker(argument: Mapping[str, Any]) -> Work:
    """Return what worker processes serve; traces go into the file that is named.

    A network's spikes and signals are not kept: there are several realisations of it.
    """
    study = load_document(argument["document"])
    if is_network(study):
        from bouton.jobs.network_tuning import worker as network_worker

        return network_worker(argument)
    evaluator = Evaluator(study, keep_responses=True)
    evaluator.load_catalogues()
    return _TracedWork(evaluator)


def rerun(
    run: Results | Path | str,
    rows: Sequence[int],
    *,
    workers: int = 1,
    executor: Executor | None = None,
) -> list[Rerun]:
    """Evaluate rows of a fit, an exploration or a run again and keep their traces.

    They run in guarded worker processes, as they did in the run. Nothing is written into it.

    Args:
        run: The run, or its directory.
        rows: Rows of its evaluations.
        workers: Evaluations at once.
        executor: Where they run; it must see the same files as this process.

    Raises:
        ResultsError: If there is no such row.
        WorkerStartError: If no worker can be made ready.
    """
    results = run if isinstance(run, Results) else Results.open(run)
    records = {row: results.evaluation_record(row) for row in rows}
    if not records:
        return []
    spec = WorkerSpec("bouton.jobs.rerunning:worker", {"document": results.study})
    place = executor or Local(recycle_after=0)
    with TemporaryDirectory() as folder, place.open(spec, workers) as pool:
        files = {number: Path(folder) / f"{number}.h5" for number in range(len(records))}
        for number, record in enumerate(records.values()):
            payload = {"parameters": record["parameters"], "traces": str(files[number])}
            pool.submit(Task(number, payload))
        outcomes: dict[int, Outcome] = {}
        while len(outcomes) < len(records):
            outcomes.update({outcome.index: outcome for outcome in pool.collect(1.0)})
        return [
            _rerun(row, record, outcomes[number], files[number])
            for number, (row, record) in enumerate(records.items())
        ]


def _rerun(row: int, before: Record, outcome: Outcome, traces: Path) -> Rerun:
    if outcome.status != "ok":
        if before["status"] == "failed":
            return Rerun(row, None, ())
        return Rerun(row, None, (f"{outcome.status}: {outcome.reason}",))
    after: Record = outcome.result
    evaluation = evaluation_from_record(after)
    if traces.exists():
        evaluation = evolve(evaluation, responses=_responses(traces))
    return Rerun(row, evaluation, tuple(_differences(before, after)))


def _responses(path: Path) -> dict[str, Response]:
    with open_tables(path) as file:
        return read_responses(file.root)


def _differences(before: Record, after: Record) -> Iterator[str]:
    """Yield what differs; numbers are compared as the text that gives every digit."""
    for part in _COMPARED:
        old, new = before[part], after[part]
        if not isinstance(old, Mapping):
            if old != new:
                yield f"{part}: {old!r} before, {new!r} now"
            continue
        for name in dict.fromkeys([*old, *new]):
            values = encode(old.get(name)), encode(new.get(name))
            if values[0] != values[1]:
                yield f"{part}.{name}: {values[0]} before, {values[1]} now"


def check_reproduced(reruns: Sequence[Rerun]) -> None:
    """Make sure that evaluations give the same features and scores as before.

    Raises:
        ResultsError: Naming the rows and what differs.
    """
    different = [rerun for rerun in reruns if rerun.differences]
    if different:
        first = different[0]
        raise ResultsError(
            f"{len(different)} of {len(reruns)} evaluations do not give what the run says, such "
            f"as row {first.row}: {'; '.join(first.differences[:3])}. Versions, plug-ins or "
            "catalogues may differ from those in the run's provenance"
        )
