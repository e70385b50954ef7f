"""One parameter set through the protocols of a study, in this process.

This is what every worker runs. The cell is built once and parameters are set in place; it is built
anew only when a structural value changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import process_time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bouton.errors import CellError, ProtocolError, SimulationError, StudyError, did_you_mean
from bouton.jobs.cells import WorkingCell, catalogue_digests, check_code
from bouton.model.protocol import Protocol, Signal
from bouton.model.scores import Evaluation, Scores, Status
from bouton.model.study import Cell, Study
from bouton.model.traces import Response
from bouton.nrn import catalogues
from bouton.results.journal import Record
from bouton.results.records import evaluation_record

if TYPE_CHECKING:
    from bouton.jobs.network_tuning import NetworkEvaluator
    from bouton.model.cell import CellStructure


@frozen
class Work:
    """What a worker serves: parameters in, record out.

    Attributes:
        evaluator: Who evaluates.
    """

    evaluator: Evaluator | NetworkEvaluator

    def __call__(self, payload: Mapping[str, Any]) -> Record:
        """Return the record of one parameter set."""
        return evaluation_record(self.evaluator.evaluate(payload["parameters"]), 0)

    def close(self) -> None:
        """Leave nothing in NEURON; a worker that is no process of its own needs this."""
        self.evaluator.close()


class Stopwatch:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, *names: str) -> Iterator[None]:
        """Add the CPU time of the block to the named stages."""
        start = process_time()
        try:
            yield
        finally:
            spent = process_time() - start
            for name in names:
                self.seconds[name] = self.seconds.get(name, 0.0) + spent


class Evaluator:
    """A study's cell, protocols and objectives, ready to be given parameter sets.

    Args:
        study: A study with a cell.
        keep_responses: Whether evaluations carry their traces.
        extra_signals: Gives what is recorded besides a protocol's own signals, such as a movie.

    Raises:
        StudyError: If the study has no cell or no protocols, or names protocols it lacks.
    """

    def __init__(
        self,
        study: Study,
        *,
        keep_responses: bool = False,
        extra_signals: Callable[[Protocol], Iterable[Signal]] = lambda _: (),
    ) -> None:
        self._cell_description = required_cell(study)
        self._study = study
        self._order = protocol_order(study)
        self._keep = keep_responses
        self._extra = extra_signals
        self._cell = WorkingCell(self._cell_description, study.allow_code)

    def __enter__(self) -> Evaluator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the cell down; the evaluator builds a new one if used again."""
        self._cell.close()

    @property
    def structure(self) -> CellStructure:
        """Structure of the cell that is built.

        Raises:
            CellError: If none is built yet.
        """
        return self._cell.structure

    def split(
        self, parameters: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Return the values for the template and those for each protocol.

        Values come from, in rising order of precedence, the template's defaults, the study, and
        `parameters`. A name that starts with a protocol's name and a dot belongs to the protocol.
        """
        cell = self._cell_description
        values: dict[str, Any] = {
            p.name: p.default for p in cell.template.parameters if p.default is not None
        }
        addressed: dict[str, dict[str, Any]] = {name: {} for name in self._study.protocols}
        for name, value in {**cell.parameters, **parameters}.items():
            owner, _, rest = name.partition(".")
            if rest and owner in addressed:
                addressed[owner][rest] = value
            else:
                values[name] = value
        return values, addressed

    def protocols(self, parameters: Mapping[str, Any]) -> dict[str, Protocol]:
        """Return the protocols, in the order they run, for a parameter set."""
        _, addressed = self.split(parameters)
        sources = self._study.protocols
        made = {name: sources[name].protocol(addressed[name]) for name in self._order}
        return {name: made[name].with_signals(*self._extra(made[name])) for name in made}

    def examine(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """Make sure, before anything is simulated, that cell and protocols are possible.

        Returns:
            A hash of the content of every catalogue that is needed, by name.

        Raises:
            CellError: If a value is unknown, missing or impossible.
            ProtocolError: If a protocol is.
        """
        values, _ = self.split(parameters)
        template = self._cell_description.template
        structure = template.structure(self._cell.morphology, values)
        template.settings(structure, values)
        needed = [*structure.catalogues]
        protocols = self.protocols(parameters).values()
        needed += [name for made in protocols for name in made.catalogues]
        return catalogue_digests(needed)

    def evaluate(self, parameters: Mapping[str, Any]) -> Evaluation:
        """Run one parameter set; a failed simulation is an evaluation with a reason.

        Raises:
            CellError: If a parameter is unknown, missing or impossible.
            BoutonError: If the study itself cannot work, whatever the parameters.
        """
        watch = Stopwatch()
        values, _ = self.split(parameters)
        protocols = self.protocols(parameters)
        responses: dict[str, Response] = {}
        scores, status, reason = Scores(), "ok", ""
        stage = "cell"
        try:
            self._prepare(values, protocols, watch)
            for name, protocol in protocols.items():
                stage = name
                with watch.stage("run", f"run.{name}"):
                    responses[name] = self._cell.run(protocol, name)
                with watch.stage("features"):
                    scores = scores.merged(self._judge(name, responses))
                if reason := self._cutoff(name, scores):
                    status = "stopped"
                    break
        except SimulationError as error:
            status, reason = "failed", f"{stage}: {error}"
        return self._evaluation(parameters, responses, scores, (status, reason), watch)

    def load_catalogues(self) -> None:
        """Load, and compile if need be, what the study's own values need.

        Workers do so before they are ready, so that no limit on an evaluation counts compiling.

        Raises:
            MechanismError: If a catalogue does not compile or clashes with another.
        """
        try:
            values, _ = self.split({})
            template = self._cell_description.template
            needed = [*template.structure(self._cell.morphology, values).catalogues]
            check_code(needed, self._study.allow_code)
            needed += [c for p in self.protocols({}).values() for c in p.catalogues]
        except (CellError, ProtocolError):
            return  # some values come with the candidates only; `evaluate` loads then
        catalogues.load(dict.fromkeys(needed))

    def _prepare(
        self, values: Mapping[str, Any], protocols: Mapping[str, Protocol], watch: Stopwatch
    ) -> None:
        needed = [name for protocol in protocols.values() for name in protocol.catalogues]
        with watch.stage("set" if self._cell.fits(values) else "build"):
            self._cell.place(values, needed)

    def _judge(self, name: str, responses: Mapping[str, Response]) -> Scores:
        objectives = self._study.objectives
        scores = objectives.score(name, responses) if objectives is not None else Scores()
        if name != self._order[-1]:
            return scores
        return with_features(self._study, scores, responses)

    def _cutoff(self, name: str, scores: Scores) -> str:
        limit = self._study.evaluation.cutoffs.get(name)
        objectives = self._study.objectives
        if limit is None or objectives is None or name == self._order[-1]:
            return ""
        own = [t.objective for t in objectives.targets if t.protocol == name]
        # a score that is no number is worse than any
        judged = {
            objective: math.inf if math.isnan(score) else score
            for objective, score in scores.scores.items()
            if objective in own
        }
        worst = max(judged, key=judged.__getitem__, default="")
        if not worst or judged[worst] <= limit:
            return ""
        return f"{name}: {worst} is {judged[worst]:.3g}, cut-off {limit:g}"

    def _evaluation(
        self,
        parameters: Mapping[str, Any],
        responses: Mapping[str, Response],
        scores: Scores,
        outcome: tuple[str, str],
        watch: Stopwatch,
    ) -> Evaluation:
        status, reason = outcome
        complete = with_penalties(self._study, scores)
        return Evaluation(
            parameters={**self._cell_description.parameters, **parameters},
            scores=complete,
            combined=combined(self._study, complete),
            status=_status(status),
            reason=reason,
            timings=watch.seconds,
            responses=responses if self._keep else {},
        )


def _status(text: str) -> Status:
    return "ok" if text == "ok" else "stopped" if text == "stopped" else "failed"


def penalties(study: Study) -> dict[str, float]:
    """Return the score of every objective of a study that was not judged."""
    missing: dict[str, float] = {}
    if study.objectives is not None:
        for name in study.objectives.protocols():
            missing.update(study.objectives.penalty(name))
    return missing


def with_features(study: Study, scores: Scores, responses: Mapping[str, Response]) -> Scores:
    """Return scores with all features that a study takes besides."""
    extracted = {
        f"{key}.{feature.name}": feature
        for key, extractor in study.features.items()
        for feature in extractor.extract(responses)
    }
    return scores.merged(Scores(features=extracted))


def with_penalties(study: Study, scores: Scores) -> Scores:
    """Return the scores with the penalty of every objective that was not judged."""
    return Scores(scores.features, {**penalties(study), **scores.scores}, scores.checks)


def combined(study: Study, scores: Scores) -> dict[str, float]:
    """Return the combined objectives, all finite: a score that is nan counts as its penalty."""
    if study.objectives is None:
        return {}
    missing = penalties(study)
    finite = {k: v if math.isfinite(v) else missing[k] for k, v in scores.scores.items()}
    return dict(study.objectives.combine(finite))


def failed_evaluation(study: Study, parameters: Mapping[str, Any], reason: str) -> Evaluation:
    """Return the evaluation of a parameter set whose worker gave no answer."""
    scores = with_penalties(study, Scores())
    fixed = study.cell.parameters if study.cell is not None else {}
    return Evaluation(
        parameters={**fixed, **parameters},
        scores=scores,
        combined=combined(study, scores),
        status="failed",
        reason=reason,
    )


def required_cell(study: Study) -> Cell:
    """Return the study's cell.

    Raises:
        StudyError: If it has none.
    """
    from bouton.errors import Problem

    if study.cell is None:
        raise StudyError([Problem("this job needs a cell", path="cell", hint="add a cell section")])
    return study.cell


def protocol_order(study: Study) -> tuple[str, ...]:
    """Return the protocols in the order they run.

    Raises:
        StudyError: If there are none, or the order or the objectives name others.
    """
    from bouton.errors import Problem

    problems = []
    if not study.protocols:
        problems.append(Problem("this job needs at least one protocol", path="protocols"))
    wanted = [("evaluation.order", name) for name in study.evaluation.order]
    wanted += [("evaluation.cutoffs", name) for name in study.evaluation.cutoffs]
    if study.objectives is not None:
        wanted += [("objectives", name) for name in study.objectives.protocols()]
    problems += [
        Problem(
            f"no protocol is called {name!r}", path=path, hint=did_you_mean(name, study.protocols)
        )
        for path, name in wanted
        if name not in study.protocols
    ]
    if problems:
        raise StudyError(problems)
    rest = [name for name in study.protocols if name not in study.evaluation.order]
    return (*study.evaluation.order, *rest)
