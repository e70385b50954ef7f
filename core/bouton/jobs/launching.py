"""Searches by run directory: begin one, go on with one."""

from __future__ import annotations

from numbers import Integral
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
from attrs import evolve

from bouton.errors import Problem, ResultsError, StudyError
from bouton.files import load_document, study_hash
from bouton.jobs.fitting import Explore, Fit, with_options
from bouton.jobs.notebook import default_progress
from bouton.jobs.progress import Progress
from bouton.jobs.searching import SearchOutcome, SearchPlan, run_search
from bouton.jobs.subjects import examine
from bouton.model.study import Study
from bouton.nrn.launch import launched
from bouton.results.directory import JOURNAL_NAME, STUDY_NAME, RunDirectory
from bouton.results.journal import first_record
from bouton.results.manifest import Manifest, read_manifest, run_folder
from bouton.results.provenance import document_digest, provenance
from bouton.results.reading import Results


class Options(TypedDict, total=False):
    """What a caller may decide besides the study; see `begin`."""

    workers: int
    executor: str
    force: bool
    progress: Progress | None


_JOBS: dict[str, type[Fit] | type[Explore]] = {"fit": Fit, "explore": Explore}


def fit(study: Study, out: Path | str, **options: Unpack[Options]) -> SearchOutcome:
    """Search for parameters that meet the objectives of a study, in a new run directory.

    Args:
        study: The study; without a `fit` section its defaults hold.
        out: Run directory.
        **options: `workers`, `executor`, `force`, `progress`.

    Raises:
        StudyError: If the study does not fit the job.
        ResultsError: If the directory is in use or cannot be written.
    """
    return begin(study, "fit", out, **options)


def explore(study: Study, out: Path | str, **options: Unpack[Options]) -> SearchOutcome:
    """Walk at random through the good models of a study, in a new run directory; see `fit`."""
    return begin(study, "explore", out, **options)


def begin(
    study: Study,
    kind: str,
    out: Path | str,
    *,
    workers: int = 0,
    executor: str = "",
    force: bool = False,
    progress: Progress | None = None,
) -> SearchOutcome:
    """Start a fit or an exploration in a new run directory.

    Args:
        study: The study; without a section of that name the defaults hold.
        kind: `fit` or `explore`.
        out: Run directory.
        workers: Evaluations at once; 0 for what the study says.
        executor: Name of an executor; empty for what the study says.
        force: Replace the run that is there.
        progress: Who is told.

    Raises:
        StudyError: If the study does not fit the job.
        ResultsError: If the directory is in use or cannot be written.
    """
    _refuse_launcher()
    if not isinstance(study, Study):
        hint = "load it with bouton.find_study"
        raise StudyError([Problem(f"expected a study, got {study!r}", "study", hint)])
    _check_options(executor, progress, workers=workers)
    folder = run_folder(out)
    job = study.jobs.get(kind) or _JOBS[kind]()
    plan = with_options(job, workers=workers, executor=executor).plan(study)
    plan.optimizer.start(plan.problem, plan.seed)  # what it refuses shows before any file
    digests = examine(study, space_corner(plan))
    told = provenance(
        study.document,
        study_sha256=study_hash(study.document),
        seed=plan.seed,
        catalogues=digests,
    )
    directory = RunDirectory.create(folder, kind, study.document, told, force=force)
    return _search(plan, directory, progress)


def resume(
    path: Path | str,
    *,
    rounds: int = 0,
    workers: int = 0,
    executor: str = "",
    progress: Progress | None = None,
) -> SearchOutcome:
    """Carry a fit or an exploration on from wherever it stopped.

    Args:
        path: Run directory.
        rounds: Generations (steps, evaluations) to have in the end; 0 for what the study says. What
            is begun already is finished, even beyond that.
        workers: Evaluations at once; 0 for what the study says.
        executor: Name of an executor; empty for what the study says.
        progress: Who is told.

    Raises:
        ResultsError: If it is no such run, in use or damaged.
    """
    _refuse_launcher()
    _check_options(executor, progress, workers=workers, rounds=rounds)
    folder = run_folder(path)
    manifest = read_manifest(folder)
    kind = manifest.kind
    if kind not in _JOBS:
        raise ResultsError(f"{folder} holds a {kind} run; only fit and explore can be resumed")
    document = _own_study(folder, manifest)
    begun = first_record(folder / JOURNAL_NAME, manifest.run_id) or {}
    if "seeds" in begun:  # the run that they came from may have changed since
        document[kind] = {k: v for k, v in (document.get(kind) or {}).items() if k != "start_from"}
    study = load_document(document)
    job = with_options(study.jobs.get(kind) or _JOBS[kind](), workers=workers, executor=executor)
    plan = job.plan(study)
    if "seeds" in begun:
        plan = evolve(plan, problem=evolve(plan.problem, seeds=np.array(begun["seeds"])))
    if rounds:
        plan = evolve(plan, rounds=rounds + (1 if kind == "explore" else 0))
    return _search(plan, RunDirectory.open(folder), progress)


def _check_options(executor: object, progress: object, **counts: object) -> None:
    """Refuse what Python lets through and the command line does not."""
    problems = [
        Problem(f"expected a whole number, 0 or more, got {value!r}", name)
        for name, value in counts.items()
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 0
    ]
    if progress is not None and not isinstance(progress, Progress):
        hint = "see bouton.jobs.progress.Progress"
        problems.append(Problem(f"expected who is told, got {progress!r}", "progress", hint))
    if not isinstance(executor, str):
        problems.append(Problem(f"expected the name of an executor, got {executor!r}", "executor"))
    if problems:
        raise StudyError(problems)


def _refuse_launcher() -> None:
    """Refuse to be one of several equal processes, which would all search into one directory."""
    processes = launched()
    if processes > 1:
        hint = f"start it without mpirun, and evaluate several at once with --workers {processes}"
        message = f"an MPI launcher started {processes} processes, but a search is one process"
        raise StudyError([Problem(message, hint=hint)])


def _search(plan: SearchPlan, directory: RunDirectory, progress: Progress | None) -> SearchOutcome:
    told = progress or default_progress()
    with directory:
        for notice in directory.notices:
            told.note(notice)
        outcome = run_search(plan, directory, told)
        if outcome.stopped:
            directory.derive()
            directory.interrupt(f"stopped after {outcome.evaluations} evaluations")
    return outcome


def space_corner(plan: SearchPlan) -> dict[str, float]:
    """Return one complete candidate: every searched parameter at its lower bound."""
    space = plan.problem.space
    return dict(zip(space.names, space.lower.tolist(), strict=True))


def _own_study(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """Return the study that a run began with, and no other."""
    document = dict(Results(folder, manifest, []).study)
    expected = manifest.provenance.get("document_sha256")
    if expected and document_digest(document) != expected:
        raise ResultsError(
            f"{folder / STUDY_NAME} is not what this run began with: its hash differs. Put it back "
            f"(`bouton results rebuild {folder}` does), and give another study a run of its own"
        )
    return document
