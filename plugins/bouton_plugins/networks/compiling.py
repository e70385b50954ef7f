"""From rules to arrays. What did not change since the last time is the same object again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from bouton.errors import CellError, MorphologyError, NetworkError
from bouton.model.draws import Draws
from bouton.model.morphology import IntArray
from bouton.model.network import (
    SHARABLE,
    ArtificialModel,
    CellRecording,
    ConnectionSet,
    GapJunctions,
    Network,
    Population,
    SpikeTrains,
    Stimulation,
    SynapseRecording,
    SynapseType,
)
from bouton.model.wiring import Box, Contacts, Side
from bouton_plugins.networks.connection_rules import ConnectionRule, GapRule, SynapseRule
from bouton_plugins.networks.description import NetworkRules
from bouton_plugins.networks.kinds import models_of
from bouton_plugins.networks.placements import Uniform
from bouton_plugins.networks.population_rules import PopulationRule
from bouton_plugins.networks.simulation_rules import (
    RecordingRule,
    Selection,
    StimulationRule,
    SynapseRecordingRule,
)
from bouton_plugins.networks.synapses import (
    connection_set,
    one_place,
    own_potential,
    pair_values,
    spread,
)


class Compiler:
    """Works a network out, for one process and one realisation.

    Args:
        rules: The rules.
        rank: Number of the process.
        ranks: Number of processes.
        repeat: Number of the realisation.
        memory: What was made before, by name; filled here.
    """

    def __init__(
        self, rules: NetworkRules, rank: int, ranks: int, repeat: int, memory: dict[Any, Any]
    ) -> None:
        self.rules = rules
        self.rank, self.ranks = rank, ranks
        self.memory = memory
        self.draws = Draws(rules.seed, f"realisation {repeat}")
        self.box = Box(rules.origin_um, rules.volume_um)
        self.populations: dict[str, Population] = {}

    def network(self) -> Network:
        """Return the network.

        Raises:
            NetworkError: If a rule is impossible.
        """
        rules = self.rules
        first = 0
        firsts: dict[str, int] = {}
        for name, rule in rules.populations.items():
            key = (rule, rules.volume_um, rules.origin_um, rules.seed, rules.simulation.duration_ms)
            arguments = f"populations.{name}", self._population, name, rule
            made = self._remembered(("population", name), key, _told, *arguments)
            self.populations[name] = made
            firsts[name] = first
            first += len(made)
        self.firsts = firsts
        connections = [
            one for name, rule in rules.connections.items() for one in self._connections(name, rule)
        ]
        gaps = tuple(
            self._remembered(("gap", name), (gap, *self._ends(gap)), self._gaps, name, gap)
            for name, gap in rules.gap_junctions.items()
        )
        simulation = rules.simulation
        return Network(
            populations=tuple(self.populations.values()),
            synapses={n: self._synapse(n, r) for n, r in rules.synapses.items()},
            connections=tuple(connections),
            gap_junctions=gaps,
            stimulation=tuple(self._stimulation(n, r) for n, r in rules.stimulation.items()),
            recordings=tuple(self._recording(n, r) for n, r in rules.recordings.items()),
            duration_ms=simulation.duration_ms,
            integration=simulation.integration,
            validity=simulation.validity,
            global_values=dict(rules.globals),
            ignore_cell_settings=rules.ignore_cell_settings,
            engine=simulation.engine,
            synapse_recordings=tuple(
                self._synapse_recording(n, r, connections)
                for n, r in rules.synapse_recordings.items()
            ),
        )

    def _remembered(
        self,
        what: tuple[str, ...],
        key: tuple[Any, ...],
        make: Callable[..., Any],
        *arguments: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Return what was made the last time from the same things, or make it now."""
        old = self.memory.get(what)
        if old is not None and all(map(_is_same, old[0], key)):
            return old[1]
        made = make(*arguments)
        self.memory[what] = (key, made)
        return made

    def _ends(self, rule: ConnectionRule | GapRule) -> tuple[Population, Population]:
        return self.populations[rule.pre], self.populations[rule.post]

    def _synapse(self, name: str, rule: SynapseRule) -> SynapseType:
        def make() -> SynapseType:
            is_shared = rule.shared == "yes" or (
                rule.shared == "auto" and rule.mechanism in SHARABLE
            )
            return SynapseType(
                name,
                rule.mechanism,
                dict(rule.parameters),
                rule.catalogues,
                rule.receptor,
                is_shared,
            )

        made: SynapseType = self._remembered(("synapse", name), (rule,), make)
        return made

    def _population(self, name: str, rule: PopulationRule) -> Population:
        draws = self.draws.of(f"population {name}")
        placement = rule.placement or Uniform(rule.count)
        positions = placement.place(self.box, draws.of("positions"))
        n = len(positions)
        if rule.source is not None:
            trains = rule.source.trains(n, self.rules.simulation.duration_ms, draws.of("spikes"))
            return Population(name, positions, trains=SpikeTrains.merged(trains))
        if rule.artificial is not None:
            told = rule.artificial
            model = ArtificialModel(name, told.mechanism, dict(told.parameters), told.catalogues)
            return Population(name, positions, (model,), np.zeros(n, dtype=np.int64))
        models, model_of = models_of(rule.cells, positions, self.box, draws)
        return Population(name, positions, models, model_of)

    def _side(self, population: Population, *, is_target: bool) -> Side:
        wanted = np.arange(len(population))
        if is_target:
            first = self.firsts[population.name]
            wanted = wanted[(wanted + first) % self.ranks == self.rank]
        return Side(population.name, population.positions, self.box, wanted)

    def _connections(self, name: str, rule: ConnectionRule) -> Iterator[ConnectionSet]:
        pre, post = self._ends(rule)
        sides = self._side(pre, is_target=False), self._side(post, is_target=True)
        draws = self.draws.of(f"connections {name}")
        where = f"connections.{name}"
        contacts: Contacts = self._remembered(
            ("contacts", name),
            (rule.rule, pre, post, self.firsts[post.name]),
            *(_told, where, rule.rule.contacts, *sides, draws.of("rule")),
        )
        for number, use in enumerate(rule.synapses):
            members = self.rules.synapse_groups.get(use.synapse, {use.synapse: 1.0})
            wide = self._remembered(
                ("places", name, str(number)),
                (contacts, post, use.place or 0, use.choose, use.count),
                *(_told, where, spread, contacts, post, use, draws.of(f"place {number}")),
            )
            for synapse, factor in members.items():
                several = len(rule.synapses) > 1 or len(members) > 1
                label = f"{name}/{number}/{synapse}" if several else name
                yield self._remembered(
                    ("connections", label),
                    (wide, use, pre, factor),
                    *(_told, where, connection_set, label, rule, synapse, wide, use, factor),
                    *(sides, draws.of(label)),
                )

    def _gaps(self, name: str, rule: GapRule) -> GapJunctions:
        pre, post = self._ends(rule)
        sides = self._side(pre, is_target=False), self._side(post, is_target=False)
        draws = self.draws.of(f"gap junctions {name}")
        where = f"gap_junctions.{name}"
        contacts = _told(where, rule.rule.contacts, *sides, draws.of("rule"))
        source, target = contacts.source, contacts.target
        if rule.pre == rule.post:
            keep = source < target  # a pair is coupled once, both ways
            source, target = source[keep], target[keep]
        pre_section, pre_x = _told(where, one_place, pre, source, rule.pre_place)
        post_section, post_x = _told(where, one_place, post, target, rule.post_place)
        weight = pair_values(rule.conductance_uS, sides, source, target, 0, draws.of("conductance"))
        if len(weight) and weight.min() < 0:
            raise NetworkError(f"{where}: a conductance is below 0")
        return GapJunctions(
            name=name,
            pre=rule.pre,
            post=rule.post,
            source=source,
            source_section=pre_section,
            source_x=pre_x,
            target=target,
            target_section=post_section,
            target_x=post_x,
            weight=weight,
        )

    def _stimulation(self, name: str, rule: StimulationRule) -> Stimulation:
        where = f"stimulation.{name}"
        cells = self._selected(where, rule.target)
        self._refuse_own_potential(where, rule.target, cells, "a current into their section")
        return Stimulation(name, rule.target.population, cells, tuple(rule.stimulus.drives()))

    def _recording(self, name: str, rule: RecordingRule) -> CellRecording:
        where = f"recordings.{name}"
        cells, signals = self._selected(where, rule.target), tuple(rule.recorder.signals())
        if any(signal.variable == "v" for signal in signals):
            self._refuse_own_potential(where, rule.target, cells, "the potential of their section")
        return CellRecording(name, rule.target.population, cells, signals)

    def _refuse_own_potential(
        self, where: str, target: Selection, cells: IntArray, what: str
    ) -> None:
        population = self.populations[target.population]
        for number in np.unique(population.model_of[cells]).tolist():
            kept = own_potential(population.models[number])
            if kept:
                raise NetworkError(
                    f"{where}: cells {population.models[number].name!r} keep their potential in "
                    f"{kept!r}, with which {what} has nothing to do; record {kept!r} with the "
                    "recorder `variable`, and drive them by events"
                )

    def _synapse_recording(
        self, name: str, rule: SynapseRecordingRule, connections: Sequence[ConnectionSet]
    ) -> SynapseRecording:
        """Return the recording of all connection sets that come of the named rules."""
        where = f"synapse_recordings.{name}"
        chosen = [
            one
            for one in connections
            if one.name.partition("/")[0] in rule.connections and rule.synapse in ("", one.synapse)
        ]
        if not chosen:
            raise NetworkError(f"{where}: no such synapses; check synapse")
        target = Selection(chosen[0].post, rule.cells)
        return SynapseRecording(
            name,
            tuple(one.name for one in chosen),
            rule.variable,
            self._selected(where, target),
            rule.interval_ms,
        )

    def _selected(self, where: str, selection: Selection) -> IntArray:
        size = len(self.populations[selection.population])
        if selection.sample:
            if selection.sample > size:
                raise NetworkError(
                    f"{where}: a sample of {selection.sample} of {size} cells is impossible"
                )
            name = where.partition(".")[2]
            order = np.argsort(self.draws.of(f"sample {name}").bits(np.arange(size)))
            return np.sort(order[: selection.sample])
        cells = np.array(selection.cells or range(size), dtype=np.int64)
        if cells.min() < 0 or cells.max() >= size:
            raise NetworkError(
                f"{where}: population {selection.population!r} has cells 0 to {size - 1}, not "
                f"{int(cells.max() if cells.max() >= size else cells.min())}"
            )
        return cells


def _is_same(old: Any, new: Any) -> bool:  # noqa: ANN401
    return old is new or (isinstance(new, int | float | str | tuple) and bool(old == new))


def _told(where: str, make: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
    """Return what is made, with errors that say where."""
    try:
        return make(*arguments)
    except (CellError, MorphologyError) as error:
        raise NetworkError(f"{where}: {error}") from error
    except NetworkError as error:
        if str(error).startswith(where):
            raise
        raise NetworkError(f"{where}: {error}") from error
