"""Simulates a network once, and leaves what it did in a run directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, frozen

from bouton.contracts import NetworkSource
from bouton.errors import Problem, StudyError
from bouton.files import study_hash
from bouton.jobs.cells import catalogue_digests, check_code
from bouton.jobs.evaluating import Stopwatch, combined, with_features
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import Network, NetworkResponse, RecordedTrace
from bouton.model.scores import Evaluation, Scores
from bouton.model.study import Study
from bouton.nrn import mpi
from bouton.nrn.networks import LiveNetwork
from bouton.results.directory import NETWORK_NAME, RunDirectory
from bouton.results.provenance import provenance
from bouton.results.records import part_record, start_record
from bouton.results.sonata import Report, write_report, write_spikes

SpikeTimes = tuple[FloatArray, IntArray]

PROTOCOL = "network"


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


def allowed_network(
    study: Study, parameters: Mapping[str, Any], rank: int = 0, ranks: int = 1, repeat: int = 0
) -> Network:
    """Return the network of a study, none of whose code needs more leave than the study gives.

    Raises:
        StudyError: If the study has no network.
        NetworkError: If it is impossible.
        CellError: If it needs MOD files that `allow_code` lacks.
    """
    network = required_network(study).network(parameters, rank, ranks, repeat)
    check_code(network.catalogues, study.allow_code)
    return network


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
            network = allowed_network(study, {}, rank, ranks)
        with watch.stage("build"):
            live = LiveNetwork(network, rank, ranks)
    directory: RunDirectory | None = None
    with live, ExitStack() as stack:

        def begin() -> None:
            nonlocal directory
            if rank == 0:
                told = provenance(
                    study.document,
                    study_sha256=study_hash(study.document),
                    seed=rules.seed,
                    catalogues=catalogue_digests(network.catalogues),
                )
                directory = stack.enter_context(
                    RunDirectory.create(out, PROTOCOL, study.document, told, force=force)
                )

        # A network that cannot be run leaves no directory.
        with mpi.together(), watch.stage("run"):
            response = live.run(begin)
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
    scores = judged(study, response)
    targets = study.objectives.targets if study.objectives is not None else ()
    directory.append([start_record(targets), part_record(PROTOCOL, done.summary())])
    directory.record([Evaluation({}, scores, combined(study, scores), timings=watch.seconds)])


def judged(study: Study, response: NetworkResponse) -> Scores:
    """Return features and scores of what a network did."""
    responses, scores, objectives = {PROTOCOL: response}, Scores(), study.objectives
    if objectives is not None and PROTOCOL in objectives.protocols():
        scores = objectives.score(PROTOCOL, responses)
    return with_features(study, scores, responses)


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
