"""Networks in a search: give one parameter sets, and judge what it does.

A search does not do the same work twice. The network stays built, and only the connections that a
candidate changes are written or wired anew. Populations that no searched parameter can reach are
simulated once; after that their spikes are replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

import numpy as np
from attrs import evolve

from bouton.contracts import NetworkSource
from bouton.errors import Problem, SimulationError, StudyError
from bouton.files import load_document
from bouton.jobs.evaluating import Stopwatch, Work, combined, with_penalties
from bouton.jobs.networks import PROTOCOL, allowed_network, judged, required_network
from bouton.model.network import (
    Network,
    NetworkResponse,
    Population,
    SpikeTrains,
    downstream,
    replayed,
    without,
)
from bouton.model.scores import Evaluation, Feature, Scores
from bouton.model.study import Study
from bouton.nrn.networks import LiveNetwork


def worker(argument: Mapping[str, Any]) -> Work:
    """Return what worker processes serve."""
    return Work(NetworkEvaluator(load_document(argument["document"])))


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
        scored: list[Scores] = []
        status, reason = "ok", ""
        try:
            for repeat in range(self._rules.repeats):
                response = self.respond(parameters, repeat, watch)
                with watch.stage("features"):
                    scored.append(judged(self._study, response))
        except SimulationError as error:
            status, reason = "failed", f"realisation {len(scored)}: {error}"
        scores = averaged(scored) if status == "ok" else Scores()
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
            network = allowed_network(self._study, parameters, repeat=repeat)
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
        live, self._live = self._live, None
        if live is None or not live.update(network):
            if live is not None:
                live.close()
            live = LiveNetwork(network)
        self._live = live
        return live

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


def _changed(rules: NetworkSource, network: Network, parameters: Mapping[str, Any]) -> set[str]:
    """Return the names of all parts that cannot be replayed: some parameters change them.

    Neither can populations that send from places of their own, whose spikes nobody records.
    """
    parts = {part for path in parameters for part in rules.parts(path)}
    sets = {c.name for c in network.connections if c.name.partition("/")[0] in parts}
    return parts | sets | {c.pre for c in network.connections if c.source_section is not None}


def averaged(scored: list[Scores]) -> Scores:
    """Return the means over realisations, and the spread of every feature beside it."""
    if len(scored) == 1:
        return scored[0]
    features: dict[str, Feature] = {}
    for key, first in scored[0].features.items():
        values = np.array([scores.features[key].value for scores in scored], dtype=np.float64)
        features[key] = evolve(first, value=float(values.mean()))
        spread = f"{key}.spread"
        features[spread] = Feature(spread, float(values.std(ddof=1)), first.unit)
    names = scored[0].scores
    scores = {name: float(np.mean([one.scores[name] for one in scored])) for name in names}
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
