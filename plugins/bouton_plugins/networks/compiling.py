"""From rules to arrays. What did not change since the last time is the same object again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from attrs import evolve

from bouton.errors import LocationError, MorphologyError, NetworkError, did_you_mean
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.draws import Draws
from bouton.model.expressions import parsed
from bouton.model.locations import Location, Place, SpikeSource
from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton.model.network import (
    SHARABLE,
    ArtificialModel,
    CellModel,
    CellRecording,
    ConnectionSet,
    GapJunctions,
    Network,
    Population,
    SpikeTrains,
    Stimulation,
    SynapseType,
)
from bouton.model.study import Cell
from bouton.model.wiring import (
    CELL_NAMES,
    PAIR_NAMES,
    Box,
    CellVariables,
    Contacts,
    PairVariables,
    Side,
)
from bouton_plugins.networks.description import (
    CellKind,
    ConnectionRule,
    GapRule,
    NetworkRules,
    PopulationRule,
    Selection,
    SynapseRule,
    SynapseUse,
)
from bouton_plugins.networks.placements import Uniform

_SCALE = "diameter_scale."


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
            made = self._remembered(("population", name), key, self._population, name, rule)
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
            stimulation=tuple(
                Stimulation(
                    n, r.target.population, self._selected(n, r.target), tuple(r.stimulus.drives())
                )
                for n, r in rules.stimulation.items()
            ),
            recordings=tuple(
                CellRecording(
                    n, r.target.population, self._selected(n, r.target), tuple(r.recorder.signals())
                )
                for n, r in rules.recordings.items()
            ),
            duration_ms=simulation.duration_ms,
            integration=simulation.integration,
            validity=simulation.validity,
            global_values=dict(rules.globals),
            ignore_cell_settings=rules.ignore_cell_settings,
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
        models, model_of = _models(rule.cells, positions, self.box, draws)
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
                *(_told, where, _spread, contacts, post, use, draws.of(f"place {number}")),
            )
            for synapse, factor in members.items():
                several = len(rule.synapses) > 1 or len(members) > 1
                label = f"{name}/{number}/{synapse}" if several else name
                yield self._remembered(
                    ("connections", label),
                    (wide, use, pre, factor),
                    *(_told, where, _set, label, rule, synapse, wide, use, factor),
                    *(sides, draws.of(label)),
                )

    def _gaps(self, name: str, rule: GapRule) -> GapJunctions:
        pre, post = self._ends(rule)
        sides = self._side(pre, is_target=False), evolve(self._side(post, is_target=False))
        draws = self.draws.of(f"gap junctions {name}")
        where = f"gap_junctions.{name}"
        contacts = _told(where, rule.rule.contacts, *sides, draws.of("rule"))
        source, target = contacts.source, contacts.target
        if rule.pre == rule.post:
            keep = source < target  # a pair is coupled once, both ways
            source, target = source[keep], target[keep]
        pre_section, pre_x = _told(where, _one_place, pre, source, rule.pre_place)
        post_section, post_x = _told(where, _one_place, post, target, rule.post_place)
        weight = _pair_values(
            rule.conductance_uS, sides, source, target, 0, draws.of("conductance")
        )
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

    def _selected(self, name: str, selection: Selection) -> IntArray:
        size = len(self.populations[selection.population])
        if selection.sample:
            if selection.sample > size:
                raise NetworkError(
                    f"{name}: a sample of {selection.sample} of {size} cells is impossible"
                )
            order = np.argsort(self.draws.of(f"sample {name}").bits(np.arange(size)))
            return np.sort(order[: selection.sample])
        cells = np.array(selection.cells or range(size), dtype=np.int64)
        if cells.min() < 0 or cells.max() >= size:
            raise NetworkError(
                f"{name}: population {selection.population!r} has cells 0 to {size - 1}, not "
                f"{int(cells.max() if cells.max() >= size else cells.min())}"
            )
        return cells


def _is_same(old: Any, new: Any) -> bool:  # noqa: ANN401
    return old is new or (isinstance(new, int | float | str | tuple) and bool(old == new))


def _told(where: str, make: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
    """Return what is made, with errors that say where."""
    try:
        return make(*arguments)
    except (LocationError, MorphologyError) as error:
        raise NetworkError(f"{where}: {error}") from error
    except NetworkError as error:
        if str(error).startswith(where):
            raise
        raise NetworkError(f"{where}: {error}") from error


def _models(
    kinds: Mapping[str, CellKind], positions: FloatArray, box: Box, draws: Draws
) -> tuple[tuple[CellModel, ...], IntArray]:
    """Return the distinct cells and which one each cell is."""
    n = len(positions)
    shares = np.cumsum([kind.share for kind in kinds.values()])
    kind_of = np.searchsorted(
        shares / shares[-1], draws.of("kind").uniform(np.arange(n)), side="right"
    )
    models: list[CellModel] = []
    model_of = np.zeros(n, dtype=np.int64)
    for number, (name, kind) in enumerate(kinds.items()):
        cells = np.flatnonzero(kind_of == number)
        made, which = _kind_models(name, kind, cells, CellVariables(positions, box).values, draws)
        model_of[cells] = which + len(models)
        models += made
    return tuple(models), model_of


def _kind_models(
    name: str, kind: CellKind, cells: IntArray, names: Mapping[str, FloatArray], draws: Draws
) -> tuple[list[CellModel], IntArray]:
    maker = _Maker(name, kind.cell)
    if not kind.vary:
        return [maker.model({})], np.zeros(len(cells), dtype=np.int64)
    columns = {}
    for parameter, text in kind.vary.items():
        value = parsed(text, CELL_NAMES)
        if isinstance(value, float):
            column = np.array(value)
        else:
            column = value.values(names, draws.of(f"vary {parameter}"), (names["id"],))
        columns[parameter] = np.broadcast_to(column, names["id"].shape)
    rows = [{p: float(column[cell]) for p, column in columns.items()} for cell in cells.tolist()]
    return [maker.model(row) for row in rows], np.arange(len(cells))


class _Maker:
    """Makes models of one kind of cell; equal structures are one object."""

    def __init__(self, name: str, cell: Cell) -> None:
        self.name = name
        self.template = cell.template
        source = cell.morphology
        self.morphology: Morphology | None = source.loader.load(source.file) if source else None
        table = {p.name: p.default for p in self.template.parameters}
        self.known = [*table]
        self.values: dict[str, Any] = {n: v for n, v in table.items() if v is not None}
        self.values.update(cell.parameters)
        self.structures: dict[Any, CellStructure] = {}

    def model(self, changes: Mapping[str, float]) -> CellModel:
        values = dict(self.values)
        scales: dict[str, float] = {}
        for name, value in changes.items():
            if name.startswith(_SCALE):
                scales[name.removeprefix(_SCALE)] = value
            elif name not in self.known:
                hint = did_you_mean(name, self.known)
                raise NetworkError(
                    f"cells of kind {self.name!r} have no parameter {name!r}; {hint}"
                )
            else:
                values[name] = value
        key = self.template.structural(values)
        if key not in self.structures:
            self.structures[key] = self.template.structure(self.morphology, values)
        structure = self.structures[key]
        settings = self.template.settings(structure, values)
        return CellModel(self.name, structure, self._scaled(structure, settings, scales))

    def _scaled(
        self, structure: CellStructure, settings: CellSettings, scales: Mapping[str, float]
    ) -> CellSettings:
        scale = settings.diameter_scale.copy()
        for label, factor in scales.items():
            sections = structure.morphology.indices(label)
            if not len(sections):
                hint = did_you_mean(label, structure.morphology.labels)
                raise NetworkError(f"kind {self.name!r} has no section labelled {label!r}; {hint}")
            scale[sections] *= factor
        return evolve(settings, diameter_scale=scale) if scales else settings


def _spread(contacts: Contacts, post: Population, use: SynapseUse, draws: Draws) -> Contacts:
    """Return one contact per synapse, with its place on the target cell."""
    if contacts.section is not None and use.place is None:
        return contacts
    if isinstance(post.models[0], ArtificialModel) or not len(contacts.source):
        if use.place is not None and len(contacts.source):
            raise NetworkError("artificial cells have no places; leave place out")
        rows = np.repeat(np.arange(len(contacts.source)), use.count)
        return _rows(contacts, rows, np.full(len(rows), -1), np.full(len(rows), 0.5))
    location = use.place or SpikeSource()
    parts = []
    models = post.model_of[contacts.target]
    places: dict[int, tuple[Place, ...]] = {}
    for number in np.unique(models).tolist():
        model = post.models[number]
        structure = model.structure if isinstance(model, CellModel) else None
        if structure is None:
            raise NetworkError(f"population {post.name!r} mixes cells with and without sections")
        if id(structure) not in places:
            places[id(structure)] = _places(structure, location)
        rows = np.flatnonzero(models == number)
        parts.append(_placed(contacts, rows, places[id(structure)], use, draws))
    rows, section, x = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(rows, kind="stable")
    return _rows(contacts, rows[order], section[order], x[order])


def _placed(
    contacts: Contacts, rows: IntArray, places: tuple[Place, ...], use: SynapseUse, draws: Draws
) -> tuple[IntArray, IntArray, FloatArray]:
    sections = np.array([place.section for place in places], dtype=np.int64)
    xs = np.array([place.x for place in places])
    copies = len(places) if use.choose == "each" else use.count
    repeated = np.repeat(rows, copies)
    number = np.tile(np.arange(copies), len(rows))
    source, target = contacts.source[repeated], contacts.target[repeated]
    if use.choose == "each":
        chosen = number
    elif use.choose == "cycle":
        chosen = (source * use.count + number) % len(places)
    else:
        chosen = np.floor(draws.uniform(source, target, number) * len(places)).astype(np.int64)
    return repeated, sections[chosen], xs[chosen]


def _rows(contacts: Contacts, rows: IntArray, section: IntArray, x: FloatArray) -> Contacts:
    return Contacts(
        contacts.source[rows],
        contacts.target[rows],
        section.astype(np.int64),
        x,
        weight=None if contacts.weight is None else contacts.weight[rows],
        delay_ms=None if contacts.delay_ms is None else contacts.delay_ms[rows],
    )


def _places(structure: CellStructure, location: Location) -> tuple[Place, ...]:
    if isinstance(location, SpikeSource):
        location = structure.spike_source
    return location.places(structure.compartments)


def _one_place(
    population: Population, cells: IntArray, location: Location | None
) -> tuple[IntArray, FloatArray]:
    found: dict[int, Place] = {}
    for number in np.unique(population.model_of[cells]).tolist() if len(population.models) else ():
        model = population.models[number]
        if not isinstance(model, CellModel):
            raise NetworkError(f"{population.name!r} has cells without sections")
        places = _places(model.structure, location or SpikeSource())
        if len(places) != 1:
            raise NetworkError(f"a gap junction needs one place on a cell, got {len(places)}")
        found[number] = places[0]
    if population.is_source:
        raise NetworkError(f"{population.name!r} is a source, it has no sections")
    chosen = [found[number] for number in population.model_of[cells].tolist()]
    return (
        np.array([place.section for place in chosen], dtype=np.int64),
        np.array([place.x for place in chosen], dtype=np.float64),
    )


def _set(
    name: str,
    rule: ConnectionRule,
    synapse: str,
    wide: Contacts,
    use: SynapseUse,
    factor: float,
    sides: tuple[Side, Side],
    draws: Draws,
) -> ConnectionSet:
    source, target = wide.source, wide.target
    numbers = _copies(source, target)
    weight, delay = wide.weight, wide.delay_ms
    if weight is None:
        weight = _pair_values(use.weight, sides, source, target, numbers, draws.of("weight"))
    if delay is None:
        delay = _pair_values(use.delay_ms, sides, source, target, numbers, draws.of("delay"))
    if wide.section is None or wide.x is None:
        raise NetworkError("a contact has no place")
    return ConnectionSet(
        name,
        rule.pre,
        rule.post,
        synapse,
        source,
        target,
        wide.section,
        wide.x,
        weight * factor,
        delay,
    )


def _copies(source: IntArray, target: IntArray) -> IntArray:
    """Return the number of each contact among neighbours with the same pair."""
    same = np.zeros(len(source), dtype=bool)
    same[1:] = (source[1:] == source[:-1]) & (target[1:] == target[:-1])
    every = np.arange(len(source))
    starts = np.maximum.accumulate(np.where(same, 0, every)) if len(source) else every
    return every - starts


def _pair_values(
    value: float | str,
    sides: tuple[Side, Side],
    source: IntArray,
    target: IntArray,
    numbers: IntArray | int,
    draws: Draws,
) -> FloatArray:
    told = parsed(value, PAIR_NAMES)
    if isinstance(told, float):
        return np.full(len(source), told)
    names = PairVariables(*sides, source, target)
    ids = (source, target, np.broadcast_to(np.asarray(numbers), source.shape))
    return np.broadcast_to(told.values(names, draws, ids), source.shape).copy()
