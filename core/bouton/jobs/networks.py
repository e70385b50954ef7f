"""Networks: simulate one, or give it parameter sets and judge what it does.

A search does not do the same work twice. The network stays built, and only the connections that a
candidate changes are written or wired anew. Populations that no searched parameter can reach are
simulated once; after that their spikes are replayed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from attrs import evolve, frozen

from bouton.contracts import NetworkSource
from bouton.errors import Problem, SimulationError, StudyError
from bouton.files import load_document, study_hash
from bouton.jobs.evaluating import Stopwatch, combined, with_penalties
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import (
    Network,
    NetworkResponse,
    Population,
    RecordedTrace,
    SpikeTrains,
    downstream,
    replayed,
    without,
)
from bouton.model.scores import Evaluation, Feature, Scores
from bouton.model.study import Study
from bouton.nrn import catalogues, mpi
from bouton.nrn.networks import LiveNetwork
from bouton.results.directory import NETWORK_NAME, RunDirectory
from bouton.results.journal import Record
from bouton.results.provenance import provenance
from bouton.results.records import evaluation_record, part_record, start_record
from bouton.results.sonata import Report, write_report, write_spikes

SpikeTimes = tuple[FloatArray, IntArray]

PROTOCOL = "network"
WORKER = "bouton.jobs.networks:worker"


def required_network(study: Study) -> NetworkSource:
    """Return the network of a study.

    Raises:
        StudyError: If it has none.
    """
    source = study.jobs.get("network")
    if not isinstance(source, NetworkSource):
        hint = "add a network section"
        raise StudyError([Problem("this job needs a network", path="network", hint=hint)])
    return source


def worker(argument: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Record]:
    """Return the function that worker processes serve: parameters in, record out."""
    evaluator = NetworkEvaluator(load_document(argument["document"]))

    def work(payload: Mapping[str, Any]) -> Record:
        return evaluation_record(evaluator.evaluate(payload["parameters"]), 0)

    return work


class NetworkEvaluator:
    """A study's network and objectives, ready to be given parameter sets.

    Args:
        study: A study with a network.
        reuse: Whether the network stays built, and what no parameter reaches is replayed. Without
            it everything is built and simulated anew, which is only good for comparison.

    Raises:
        StudyError: If the study has no network, or its objectives read anything else.
    """

    def __init__(self, study: Study, *, reuse: bool = True) -> None:
        self._rules = required_network(study)
        self._study = study
        self._reuse = reuse
        self._live: LiveNetwork | None = None
        self._replayed: dict[tuple[int, frozenset[str]], dict[str, Population]] = {}
        check_objectives(study)

    def __enter__(self) -> NetworkEvaluator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the network down."""
        if self._live is not None:
            self._live.close()
            self._live = None

    def evaluate(self, parameters: Mapping[str, Any]) -> Evaluation:
        """Run one parameter set in every realisation; scores are means over these.

        Raises:
            NetworkError: If the network is impossible with these values.
        """
        watch = Stopwatch()
        judged: list[Scores] = []
        status, reason = "ok", ""
        try:
            for repeat in range(self._rules.repeats):
                response = self.respond(parameters, repeat, watch)
                with watch.stage("features"):
                    judged.append(self._judge(response))
        except SimulationError as error:
            status, reason = "failed", f"realisation {len(judged)}: {error}"
        scores = averaged(judged) if status == "ok" else Scores()
        complete = with_penalties(self._study, scores)
        return Evaluation(
            parameters=dict(parameters),
            scores=complete,
            combined=combined(self._study, complete),
            status="ok" if status == "ok" else "failed",
            reason=reason,
            timings=watch.seconds,
        )

    def respond(
        self, parameters: Mapping[str, Any], repeat: int, watch: Stopwatch | None = None
    ) -> NetworkResponse:
        """Return what one realisation does."""
        watch = watch or Stopwatch()
        with watch.stage("connect"):
            network = self._rules.network(parameters, 0, 1, repeat)
        sources = frozenset(p.name for p in network.populations if p.is_source)
        if self._reuse:
            network = self._reduced(network, parameters, repeat, watch)
        with watch.stage("build"):
            live = self._prepared(network)
        with watch.stage("run"):
            response = live.run()
        if not self._reuse:
            self.close()
        return evolve(response, sources=sources)

    def _prepared(self, network: Network) -> LiveNetwork:
        if self._live is not None and self._live.update(network):
            return self._live
        self.close()
        self._live = LiveNetwork(network)
        return self._live

    def _reduced(
        self, network: Network, parameters: Mapping[str, Any], repeat: int, watch: Stopwatch
    ) -> Network:
        """Return the network in which what the parameters cannot reach is replayed."""
        felt = downstream(network, _changed(self._rules, network, parameters))
        rest = [p.name for p in network.populations if not p.is_source and p.name not in felt]
        key = (repeat, frozenset(rest))
        if key not in self._replayed:
            self._replayed[key] = self._known(network, felt, rest, watch) if rest else {}
        known = self._replayed[key]
        reduced = without(network, known)
        populations = tuple(known.get(p.name, p) for p in network.populations)
        return evolve(reduced, populations=populations)

    def _known(
        self, network: Network, felt: Iterable[str], rest: Iterable[str], watch: Stopwatch
    ) -> dict[str, Population]:
        self.close()
        with watch.stage("run"), LiveNetwork(without(network, felt)) as live:
            response = live.run()
        found = {}
        for name in rest:
            trace = response[name]
            trains = SpikeTrains(np.array(trace.t_ms), np.array(trace.values, dtype=np.int64))
            found[name] = replayed(network.population(name), trains)
        return found

    def _judge(self, response: NetworkResponse) -> Scores:
        objectives = self._study.objectives
        responses = {PROTOCOL: response}
        scores = objectives.score(PROTOCOL, responses) if objectives is not None else Scores()
        extracted = {
            f"{key}.{feature.name}": feature
            for key, extractor in self._study.features.items()
            for feature in extractor.extract(responses)
        }
        return scores.merged(Scores(features=extracted))


def _changed(rules: NetworkSource, network: Network, parameters: Mapping[str, Any]) -> set[str]:
    """Return the names of all parts that some parameters change."""
    parts = {part for path in parameters for part in rules.parts(path)}
    sets = {c.name for c in network.connections if c.name.partition("/")[0] in parts}
    return parts | sets


def averaged(judged: list[Scores]) -> Scores:
    """Return the means over realisations, and the spread of every feature beside it."""
    if len(judged) == 1:
        return judged[0]
    features: dict[str, Feature] = {}
    for key, first in judged[0].features.items():
        values = np.array([scores.features[key].value for scores in judged], dtype=np.float64)
        features[key] = evolve(first, value=float(values.mean()))
        spread = f"{key}.spread"
        features[spread] = Feature(spread, float(values.std(ddof=1)), first.unit)
    names = judged[0].scores
    scores = {name: float(np.mean([one.scores[name] for one in judged])) for name in names}
    return Scores(features, scores)


def check_objectives(study: Study) -> None:
    """Refuse objectives that read anything but the network.

    Raises:
        StudyError: Naming what they read.
    """
    read = study.objectives.protocols() if study.objectives is not None else ()
    problems = [
        Problem(
            f"objectives of a network read protocol {PROTOCOL!r}, not {name!r}",
            path="objectives",
            hint=f"say protocol: {PROTOCOL}",
        )
        for name in read
        if name != PROTOCOL
    ]
    if problems:
        raise StudyError(problems)


def catalogue_digests(network: Network) -> dict[str, str]:
    """Return the hash of the content of every catalogue that a network needs, by name."""
    digests = {}
    for name in network.catalogues:
        parts = sorted(f"{m.name} {m.digest}" for m in catalogues.read(name).mechanisms)
        digests[name] = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return digests


def simulate_network(
    study: Study,
    out: Path | str,
    *,
    force: bool = False,
    then: Callable[[Simulated], None] | None = None,
) -> Simulated | None:
    """Simulate a study's network once and leave a finished run directory.

    Started by an MPI launcher, all processes take part and the first one writes.

    Args:
        study: A study with a network.
        out: Run directory; made if missing.
        force: Replace the run that is there.
        then: Called by the first process when all is written, while the others wait.

    Returns:
        What happened; None in all processes but the first.

    Raises:
        StudyError: If the study cannot be run.
        NetworkError: If the network is impossible.
        SimulationError: If the run failed.
        ResultsError: If the directory cannot be written or is in use.
    """
    rules = required_network(study)
    rank, ranks = mpi.start()
    watch = Stopwatch()
    with mpi.together():
        with watch.stage("connect"):
            network = rules.network({}, rank, ranks, 0)
        with watch.stage("build"):
            live = LiveNetwork(network, rank, ranks)
    directory = None
    with live, ExitStack() as stack:
        with mpi.together():
            if rank == 0:
                told = provenance(
                    study.document,
                    study_sha256=study_hash(study.document),
                    catalogues=catalogue_digests(network),
                )
                directory = stack.enter_context(
                    RunDirectory.create(out, PROTOCOL, study.document, told, force=force)
                )
        with mpi.together(), watch.stage("run"):
            response = live.run()
        recordings = mpi.gathered_recordings(network, response)
        counts = mpi.summed([float(len(c)) for c in network.connections])
        done = None
        with mpi.together():
            if directory is not None:
                response = evolve(response, recordings=recordings)
                done = Simulated(network, response, [int(count) for count in counts], ranks)
                _write(directory, study, done, watch)
    with mpi.together():
        if done is not None and then is not None:
            then(done)
    return done


@frozen(eq=False)
class Simulated:
    """A network that was simulated.

    Attributes:
        network: The network; over MPI with the connections of the first process only.
        response: What it did.
        counts: Number of connections of every set, of all processes.
        ranks: Number of processes.
    """

    network: Network
    response: NetworkResponse
    counts: Sequence[int]
    ranks: int

    def summary(self) -> dict[str, Any]:
        """Return what there is and what it did, JSON-ready."""
        response = self.response
        seconds = response.description.duration_ms * 1e-3
        sets = zip(self.network.connections, self.counts, strict=True)
        return {
            "duration_ms": response.description.duration_ms,
            "processes": self.ranks,
            "populations": [
                {
                    "name": name,
                    "count": size,
                    "is_source": name in response.sources,
                    "spikes": len(response[name].t_ms),
                    "rate_Hz": len(response[name].t_ms) / size / seconds,
                }
                for name, size in response.sizes.items()
            ],
            "connections": [
                {"name": c.name, "pre": c.pre, "post": c.post, "synapse": c.synapse, "count": n}
                for c, n in sets
            ],
            "gap_junctions": [
                {"name": g.name, "count": len(g)} for g in self.network.gap_junctions
            ],
        }


def _write(directory: RunDirectory, study: Study, done: Simulated, watch: Stopwatch) -> None:
    """Write spikes, reports and the summary."""
    response = done.response
    folder = directory.folder(NETWORK_NAME)
    spikes = {t.name: (t.t_ms, t.values.astype(np.int64)) for t in response}
    write_spikes(folder / "spikes.h5", spikes)
    for name, reports in reports_of(response).items():
        write_report(folder / f"{name}.h5", reports)
    for name, recorded in recorded_spikes(response).items():
        write_spikes(folder / f"{name}.h5", recorded)
    objectives = study.objectives
    scores = Scores()
    if objectives is not None and PROTOCOL in objectives.protocols():
        scores = objectives.score(PROTOCOL, {PROTOCOL: response})
    extracted = {
        f"{key}.{feature.name}": feature
        for key, extractor in study.features.items()
        for feature in extractor.extract({PROTOCOL: response})
    }
    scores = scores.merged(Scores(features=extracted))
    targets = objectives.targets if objectives is not None else ()
    directory.append([start_record(targets), part_record(PROTOCOL, done.summary())])
    directory.record([Evaluation({}, scores, combined(study, scores), timings=watch.seconds)])


def reports_of(response: NetworkResponse) -> dict[str, list[Report]]:
    """Return the recorded signals as reports, by `recording` or `recording.signal`."""
    grouped: dict[tuple[str, str, str], list[RecordedTrace]] = {}
    for one in response.recordings:
        grouped.setdefault((one.recording, one.trace.name, one.population), []).append(one)
    found: dict[str, list[Report]] = {}
    for (recording, signal, population), traces in grouped.items():
        if traces[0].trace.variable != "spikes":
            found.setdefault(f"{recording}.{signal}", []).append(_report(population, traces))
    return found


def recorded_spikes(response: NetworkResponse) -> dict[str, dict[str, SpikeTimes]]:
    """Return spikes at places that were recorded, by `recording.signal` and population."""
    grouped: dict[tuple[str, str], list[RecordedTrace]] = {}
    for one in response.recordings:
        if one.trace.variable == "spikes":
            name = f"{one.recording}.{one.trace.name}"
            grouped.setdefault((name, one.population), []).append(one)
    found: dict[str, dict[str, SpikeTimes]] = {}
    for (name, population), traces in grouped.items():
        times = np.concatenate([one.trace.t_ms for one in traces])
        cells = np.repeat([one.cell for one in traces], [len(one.trace.t_ms) for one in traces])
        order = np.lexsort((cells, times))
        found.setdefault(name, {})[population] = times[order], cells[order]
    return found


def _report(population: str, traces: Sequence[RecordedTrace]) -> Report:
    ordered = sorted(traces, key=lambda one: one.cell)
    columns = [one.trace.values.reshape(len(one.trace.t_ms), -1) for one in ordered]
    widths = [column.shape[1] for column in columns]
    places = [place.asked for one in ordered for place in one.trace.places]
    sources = [source for one in ordered for source in one.sources]
    return Report(
        population,
        np.repeat([one.cell for one in ordered], widths),
        np.array([place.section for place in places], dtype=np.int64),
        np.array([place.x for place in places], dtype=np.float64),
        ordered[0].trace.t_ms,
        np.concatenate(columns, axis=1),
        ordered[0].trace.unit,
        tuple(one.connections for one in ordered for _ in one.sources),
        np.array(sources, dtype=np.int64) if sources else None,
    )
