"""From pairs of cells to synapses: where each one is, its weight and its delay."""

from __future__ import annotations

import numpy as np

from bouton.errors import NetworkError
from bouton.model.cell import CellStructure
from bouton.model.draws import Draws
from bouton.model.expressions import parsed
from bouton.model.locations import Location, Place, SpikeSource
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import ArtificialModel, CellModel, ConnectionSet, Population
from bouton.model.wiring import PAIR_NAMES, Contacts, PairVariables, Side, check_bounded
from bouton_plugins.networks.connection_rules import ConnectionRule, SynapseUse


def spread(contacts: Contacts, post: Population, use: SynapseUse, draws: Draws) -> Contacts:
    """Return one contact per synapse, with its place on the target cell."""
    if contacts.section is not None and use.place is None:
        return contacts
    if isinstance(post.models[0], ArtificialModel) or not len(contacts.source):
        if use.place is not None and len(contacts.source):
            raise NetworkError("artificial cells have no places; leave place out")
        check_bounded(len(contacts.source) * use.count, "synapses")
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
    check_bounded(len(rows) * copies, "synapses")
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


def one_place(
    population: Population, cells: IntArray, location: Location | None
) -> tuple[IntArray, FloatArray]:
    """Return section and place of each cell for a location that finds one place.

    Raises:
        NetworkError: If it finds several, or the cells have no sections, or potentials elsewhere.
    """
    found: dict[int, Place] = {}
    for number in np.unique(population.model_of[cells]).tolist() if len(population.models) else ():
        model = population.models[number]
        if not isinstance(model, CellModel):
            raise NetworkError(f"{population.name!r} has cells without sections")
        if kept := own_potential(model):
            raise NetworkError(
                f"cells {model.name!r} keep their potential in {kept!r} of a point process; a gap "
                "junction to their section would do nothing to it"
            )
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


def own_potential(model: CellModel | ArtificialModel) -> str:
    """Return where a point neuron keeps its potential, such as `izh.V`; empty for other cells."""
    if isinstance(model, ArtificialModel):
        return ""
    for point in model.structure.point_processes:
        if point.voltage and point.name == model.structure.spike_process:
            return f"{point.name}.{point.voltage}"
    return ""


def connection_set(
    name: str,
    rule: ConnectionRule,
    synapse: str,
    wide: Contacts,
    use: SynapseUse,
    factor: float,
    sides: tuple[Side, Side],
    draws: Draws,
) -> ConnectionSet:
    """Return the connections of one type of synapse, with weights and delays."""
    source, target = wide.source, wide.target
    numbers = _copies(source, target)
    weight, delay = wide.weight, wide.delay_ms
    if weight is None:
        weight = pair_values(use.weight, sides, source, target, numbers, draws.of("weight"))
    if delay is None:
        delay = pair_values(use.delay_ms, sides, source, target, numbers, draws.of("delay"))
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


def pair_values(
    value: float | str,
    sides: tuple[Side, Side],
    source: IntArray,
    target: IntArray,
    numbers: IntArray | int,
    draws: Draws,
) -> FloatArray:
    """Return a number, or the values of a formula, for every pair; copies of a pair differ."""
    told = parsed(value, PAIR_NAMES)
    if isinstance(told, float):
        return np.full(len(source), told)
    names = PairVariables(*sides, source, target)
    ids = (source, target, np.broadcast_to(np.asarray(numbers), source.shape))
    return np.broadcast_to(told.values(names, draws, ids), source.shape).copy()
