"""`run`: the protocols of a study on its cell, once, with traces."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol as Contract
from typing import runtime_checkable

from attrs import evolve

from bouton.errors import Problem, StudyError
from bouton.files import study_hash
from bouton.jobs.evaluating import Evaluator
from bouton.jobs.progress import Progress
from bouton.model.locations import EverySegment
from bouton.model.protocol import Protocol, Signal
from bouton.model.scores import Evaluation
from bouton.model.study import Study
from bouton.model.traces import Response
from bouton.results.directory import RunDirectory
from bouton.results.geometry import MORPHOLOGY_NAME, geometry_text
from bouton.results.provenance import provenance
from bouton.results.records import start_record

MOVIE = "every segment"
_MOVIE_INTERVAL_MS = 0.25
_MOVIE_DURATION_MS = 1000.0


def run_study(
    study: Study, out: Path | str, *, force: bool = False, movie: bool = True
) -> Evaluation:
    """Run a study's protocols once and leave a finished run directory.

    Args:
        study: A study with a cell and protocols.
        out: Run directory; made if missing.
        force: Replace the run that is there.
        movie: Record the potential of every segment in protocols of up to a second.

    Returns:
        The evaluation, with its traces.

    Raises:
        StudyError: If the study cannot be run.
        ResultsError: If the directory cannot be written or is in use.
    """
    signals = movie_signals if movie else no_signals
    with Evaluator(study, keep_responses=True, extra_signals=signals) as evaluator:
        digests = evaluator.examine({})  # what is wrong shows before any file
        told = provenance(
            study.document, study_sha256=study_hash(study.document), catalogues=digests
        )
        with RunDirectory.create(out, "run", study.document, told, force=force) as directory:
            targets = study.objectives.targets if study.objectives is not None else ()
            directory.append([start_record(targets)])
            evaluation = evaluator.evaluate({})
            shape = geometry_text(evaluator.structure.compartments)
            directory.write_text(MORPHOLOGY_NAME, shape)
            directory.record([thinned(evaluation)])
    return evaluation


@runtime_checkable
class Executable(Contract):
    """A section of a study that `bouton run` can carry out as a whole, such as `measure`."""

    def execute(
        self,
        study: Study,
        out: Path | str,
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Do it in a new run directory.

        Raises:
            StudyError: If the study does not fit the job.
            ResultsError: If the directory is in use or cannot be written.
        """


def executable_job(study: Study) -> Executable | None:
    """Return the job that `bouton run` carries out: none if the study has protocols to run.

    Raises:
        StudyError: If there are several such jobs and no protocols.
    """
    found = {name: job for name, job in study.jobs.items() if isinstance(job, Executable)}
    if study.protocols or not found:
        return None
    if len(found) > 1:
        message = f"the study has several jobs to run: {', '.join(found)}"
        raise StudyError([Problem(message, hint="keep one of them, or use its own command")])
    return next(iter(found.values()))


def no_signals(protocol: Protocol) -> Iterable[Signal]:
    """Return nothing to record besides a protocol's own signals."""
    del protocol
    return ()


def movie_signals(protocol: Protocol) -> Iterable[Signal]:
    """Return the potential of every segment, for protocols that are short enough."""
    if protocol.duration_ms <= _MOVIE_DURATION_MS:
        yield Signal(MOVIE, "v", EverySegment())


def thinned(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation with movies no denser than a picture can show."""
    return evolve(
        evaluation,
        responses={name: _thinned(response) for name, response in evaluation.responses.items()},
    )


def _thinned(response: Response) -> Response:
    traces = (
        trace.thinned(_MOVIE_INTERVAL_MS) if trace.name == MOVIE else trace for trace in response
    )
    return evolve(response, traces=tuple(traces))
