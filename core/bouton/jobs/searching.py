"""Searches: ask, evaluate, record, tell; taken up again by replaying the journal.

Fit and explore are the same loop with different optimizers and limits.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Literal

import numpy as np
from attrs import Factory, frozen

from bouton.contracts import Executor, Optimizer, Search
from bouton.errors import ResultsError
from bouton.files import load_document
from bouton.jobs.dispatch import Candidate, Dispatcher, check_equal, digest
from bouton.jobs.evaluating import Evaluator, Work
from bouton.jobs.progress import Progress, Silent
from bouton.model.search import Proposal, SearchProblem, Verdict
from bouton.model.study import Study
from bouton.model.tasks import WorkerSpec
from bouton.results.directory import RunDirectory
from bouton.results.journal import Record, trusted
from bouton.results.records import start_record

Schedule = Literal["generational", "steady-state"]


@frozen(eq=False)
class SearchPlan:
    """Everything that decides what a search does.

    Attributes:
        study: The study.
        problem: Space, objectives, seed vectors, limits.
        optimizer: Who proposes.
        executor: Where evaluations run.
        workers: How many at once.
        seed: Run seed.
        rounds: Generations (or steps of a walk) to have in the end; evaluations if steady-state.
        worker: What worker processes serve: `"module:attr"` of a function that takes the study's
            document and gives the function of a candidate.
        schedule: Whether whole generations are evaluated, or one candidate replaces another.
        targets: If not empty, the search ends once one candidate meets all of them.
    """

    study: Study
    problem: SearchProblem
    optimizer: Optimizer
    executor: Executor
    workers: int
    seed: int
    rounds: int
    worker: str = "bouton.jobs.searching:worker"
    schedule: Schedule = "generational"
    targets: Mapping[str, float] = Factory(dict)


@frozen
class SearchOutcome:
    """How a search ended.

    Attributes:
        rounds: Complete generations.
        evaluations: Records in the journal.
        failed: How many of them failed.
        stopped: Whether it ended before the plan did, because that was asked for.
        satisfied: Index of the first candidate that met all targets, -1 for none.
    """

    rounds: int
    evaluations: int
    failed: int
    stopped: bool
    satisfied: int


def worker(argument: Mapping[str, Any]) -> Work:
    """Return what worker processes serve."""
    evaluator = Evaluator(load_document(argument["document"]))
    evaluator.load_catalogues()
    return Work(evaluator)


def run_search(
    plan: SearchPlan, directory: RunDirectory, progress: Progress | None = None
) -> SearchOutcome:
    """Carry a search on from whatever the directory holds until the plan is fulfilled.

    Ctrl-C ends it after the evaluations under way; a second one ends it at once.

    Raises:
        ResultsError: If the journal does not fit the plan, or cannot be written.
        WorkerStartError: If no worker can be made ready.
    """
    told = progress or Silent()
    spec = WorkerSpec(plan.worker, {"document": plan.study.document})
    with _interrupts(told) as stopping, plan.executor.open(spec, plan.workers) as pool:
        names = plan.problem.space.names
        limits = plan.problem.limits
        dispatcher = Dispatcher(plan.study, names, pool, directory, told, stopping, limits)
        run = _Run(plan, directory, dispatcher, told)
        try:
            return run.generational() if plan.schedule == "generational" else run.steady()
        finally:
            told.end()


class _Run:
    def __init__(
        self, plan: SearchPlan, directory: RunDirectory, dispatcher: Dispatcher, told: Progress
    ) -> None:
        self.plan = plan
        self.directory = directory
        self.dispatcher = dispatcher
        self.told = told
        self.names = plan.problem.space.names
        past = trusted(directory.journal.path, directory.manifest.run_id).records
        self.past: list[Record] = [r for r in past if r["kind"] == "evaluation"]
        self._generations = {r["generation"] for r in past if r["kind"] == "generation"}
        # A run that once had more than the plan asks for keeps it.
        key = "generation" if plan.schedule == "generational" else "index"
        self.rounds = max([plan.rounds, *(record[key] + 1 for record in self.past)])
        self._count = 0
        self._failed = 0
        self.satisfied = -1
        if not any(record["kind"] == "start" for record in past):
            directory.append([_start(plan)])

    def generational(self) -> SearchOutcome:
        search = self._start_search()
        stopped = False
        done = 0
        while done < self.rounds and self.satisfied < 0:
            proposal = search.ask()
            expected = self._count + len(proposal.vectors) * (self.rounds - done)
            if done == 0:
                self._begin(expected)
            else:  # batches need not be equally large: a walk begins with its seeds alone
                self.told.expect(total=expected)
            candidates = list(self._candidates(done, proposal))
            records = self._evaluate(candidates)
            if len(records) < len(candidates):
                stopped = True
                break
            search.tell(self.verdict(candidates, records))
            self._close_generation(done, records)
            done += 1
        return self._outcome(done, stopped)

    def steady(self) -> SearchOutcome:
        search = self._start_search()
        self._begin(self.rounds)
        stopped = _Steady(self, search).work()
        return self._outcome(0, stopped)

    def _start_search(self) -> Search:
        return self.plan.optimizer.start(self.plan.problem, self.plan.seed)

    def _begin(self, total: int) -> None:
        objectives = self.plan.problem.objectives
        self.told.begin(total=total, done=len(self.past), objectives=objectives)

    def _candidates(self, generation: int, proposal: Proposal) -> Iterator[Candidate]:
        for row, vector in enumerate(proposal.vectors):
            notes = row_notes(proposal, row)
            yield Candidate(self._count + row, generation, np.asarray(vector), notes)

    def _evaluate(self, candidates: Sequence[Candidate]) -> list[Record]:
        recorded = self.past[self._count : self._count + len(candidates)]
        for candidate, record in zip(candidates, recorded, strict=False):
            check_equal(record, self.names, candidate.vector)
            self.dispatcher.memory.add(candidate.vector, record)
        fresh = self.dispatcher.in_order(candidates[len(recorded) :])
        records = [*recorded, *fresh]
        for record in records:
            self.account(record)
        return records

    def account(self, record: Mapping[str, Any]) -> None:
        self._count += 1
        self._failed += record["status"] == "failed"
        targets = self.plan.targets
        if targets and self.satisfied < 0 and record["status"] == "ok":
            combined = record["combined"]
            if all(combined[name] <= limit for name, limit in targets.items()):
                self.satisfied = record["index"]

    def verdict(self, candidates: Sequence[Candidate], records: Sequence[Record]) -> Verdict:
        names = self.plan.problem.objectives
        return Verdict(
            np.array([candidate.vector for candidate in candidates]),
            np.array([[r["combined"][name] for name in names] for r in records]).reshape(
                len(records), len(names)
            ),
            np.array([record["status"] == "failed" for record in records]),
        )

    def _close_generation(self, generation: int, records: Sequence[Record]) -> None:
        summary = summarise(generation, records, self.plan.problem.objectives)
        if generation not in self._generations:
            self.directory.append([summary])
        self.told.generation(summary)

    def _outcome(self, rounds: int, stopped: bool) -> SearchOutcome:
        return SearchOutcome(rounds, self._count, self._failed, stopped, self.satisfied)


class _Steady:
    """One candidate replaces another; what arrives decides what comes next."""

    def __init__(self, run: _Run, search: Search) -> None:
        self._run = run
        self._search = search
        self._asked = 0
        self._under_way: dict[int, Candidate] = {}  # asked and not learned
        self._given_out: set[bytes] = set()  # vectors that are being evaluated

    def work(self) -> bool:
        """Return whether it stopped before the budget was used."""
        self._replay()
        run, dispatcher = self._run, self._run.dispatcher
        while True:
            stopping, before = dispatcher.stopping(), self._asked
            if not stopping and run.satisfied < 0:
                while len(self._under_way) < dispatcher.depth and self._asked < run.rounds:
                    if not self._ask():
                        break
            self._give_out()
            if not self._under_way and before == self._asked:
                return stopping
            for outcome in dispatcher.collect():
                candidate = self._under_way[outcome.index]
                self._given_out.remove(digest(candidate.vector))
                self._take(candidate, dispatcher.record(candidate, outcome))

    def _replay(self) -> None:
        """Ask and tell as it was; each record says how many candidates had been asked by then."""
        for record in self._run.past:
            while self._asked < record["asked"] and self._ask():
                pass
            candidate = self._under_way.get(record["index"])
            if candidate is None:
                raise ResultsError(
                    f"evaluation {record['index']} of the journal could not have been under way; "
                    "resume with the versions, plug-ins and study that started the run"
                )
            check_equal(record, self._run.names, candidate.vector)
            self._learn(candidate, record)

    def _ask(self) -> bool:
        """Ask for one candidate; return whether there is any."""
        proposal = self._search.ask_one()
        if not len(proposal.vectors):
            return False
        candidate = Candidate(self._asked, 0, proposal.vectors[0], row_notes(proposal, 0))
        self._under_way[candidate.index] = candidate
        self._asked += 1
        return True

    def _give_out(self) -> None:
        """Submit what is new; equals of what is being evaluated wait for it."""
        for candidate in list(self._under_way.values()):
            known = self._run.dispatcher.copy(candidate)
            if known is not None:
                self._take(candidate, known)
            elif (key := digest(candidate.vector)) not in self._given_out:
                self._given_out.add(key)
                self._run.dispatcher.submit(candidate)

    def _take(self, candidate: Candidate, record: Record) -> None:
        record["asked"] = self._asked
        self._run.dispatcher.write([record])
        self._learn(candidate, record)

    def _learn(self, candidate: Candidate, record: Record) -> None:
        del self._under_way[candidate.index]
        self._run.dispatcher.memory.add(candidate.vector, record)
        self._run.account(record)
        self._search.tell_one(self._run.verdict([candidate], [record]))


def row_notes(proposal: Proposal, row: int) -> dict[str, Any]:
    """Return what a proposal notes beside one of its candidates, JSON-ready."""
    notes = {name: column[row] for name, column in proposal.notes.items()}
    return {n: v.item() if isinstance(v, np.generic) else v for n, v in notes.items()}


def summarise(generation: int, records: Sequence[Record], objectives: Sequence[str]) -> Record:
    """Return the journal record that closes a generation; it holds nothing that may vary."""
    good = [record for record in records if record["status"] != "failed"]
    best = {name: min((r["combined"][name] for r in good), default=None) for name in objectives}
    return {
        "kind": "generation",
        "generation": generation,
        "evaluations": len(records),
        "failed": len(records) - len(good),
        "best": best,
    }


def _start(plan: SearchPlan) -> Record:
    space = plan.problem.space
    objectives = plan.study.objectives
    return start_record(
        objectives.targets if objectives is not None else (),
        names=list(space.names),
        lower=space.lower.tolist(),
        upper=space.upper.tolist(),
        scales=list(space.scales),
        objectives=list(plan.problem.objectives),
        seeds=plan.problem.seeds.tolist(),  # an earlier run they came from may change or go
        seed=plan.seed,
        schedule=plan.schedule,
    )


@contextmanager
def _interrupts(told: Progress) -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a request to stop; the second one interrupts as usual."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def handler(number: int, frame: FrameType | None) -> None:
        if asked.is_set() and callable(before):
            before(number, frame)
        asked.set()
        told.note("stopping after the evaluations under way; press Ctrl-C again to stop at once")

    signal.signal(signal.SIGINT, handler)
    signal_before_term = signal.signal(signal.SIGTERM, handler)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, signal_before_term)
