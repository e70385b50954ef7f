"""From a stored network and a simulation of it to everything that is built and run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
from attrs import evolve

from bouton.contracts import HasSynapses
from bouton.errors import (
    BoutonError,
    CellError,
    NetworkError,
    NoSynapseError,
    StudyError,
    did_you_mean,
)
from bouton.model.devices import DeviceParts, Scene
from bouton.model.draws import Draws
from bouton.model.morphology import Morphology
from bouton.model.network import (
    SHARABLE,
    CellModel,
    ConnectionSet,
    Network,
    Population,
    SynapseType,
)
from bouton_plugins.networks.connection_rules import SynapseRule
from bouton_plugins.reconstruction.simulation.description import (
    CellModelRule,
    SimulationRule,
    SynapseOfContact,
    name_problems,
)
from bouton_plugins.reconstruction.tissue import PlacedPopulation, StoredConnections, Tissue

Synapses = Mapping[str, Mapping[str, SynapseType]]


Part = Callable[..., AbstractContextManager[None]]


def _strict(*_path: str) -> AbstractContextManager[None]:
    return nullcontext()


def network_of(
    tissue: Tissue, rule: SimulationRule, rank: int = 0, ranks: int = 1, part: Part = _strict
) -> Network:
    """Return the network of a simulation, with the connections onto the cells of one process.

    Args:
        tissue: The stored network.
        rule: The simulation.
        rank: Number of the process; it has the cells whose number leaves this remainder.
        ranks: Number of processes.
        part: Surrounds the making of each part, told its path within the simulation; one that
            swallows errors leaves the part out.

    Raises:
        StudyError: If the simulation names what the network does not have.
        NetworkError: If a cell, a synapse or a device is impossible.
    """
    check_names(tissue, rule)
    stored = [p for p in tissue.populations if p.name in rule.cell_models]
    draws = Draws(tissue.seed if rule.seed is None else rule.seed, "simulation")
    populations: list[Population] = []
    for one in stored:
        with part("cell_models", one.name):
            model = rule.cell_models[one.name]
            populations.append(_population(one, model, tissue, rule, draws))
    synapses = _synapse_types(rule, [p.name for p in stored])
    connections: list[ConnectionSet] = []
    for name in rule.connection_models:
        with part("connection_models", name):
            connections += _connections(name, tissue, rule, synapses)
    network = Network(
        populations=tuple(populations),
        synapses={kind.name: kind for known in synapses.values() for kind in known.values()},
        connections=tuple(connections),
        duration_ms=rule.duration_ms,
        integration=evolve(rule.integration, seed=draws.seed % 2**32),
        validity=rule.validity,
        engine=rule.engine,
    )
    if len(populations) == len(stored):  # devices cannot be judged without their cells
        network = _with_devices(network, rule, synapses, draws, part)
    return _shared_out(network, rank, ranks)


def misfits(
    tissue: Tissue, rule: SimulationRule, is_connected: bool = True
) -> list[tuple[tuple[str, ...], str]]:
    """Return what is impossible about a simulation, with paths within it; no simulator is needed.

    Args:
        tissue: The network.
        rule: The simulation.
        is_connected: Whether the contacts are known; if not, what needs some is not judged.
    """
    found: list[tuple[tuple[str, ...], str]] = []

    @contextmanager
    def part(*path: str) -> Iterator[None]:
        try:
            yield
        except BoutonError as error:
            if is_connected or not isinstance(error, NoSynapseError):
                found.append((path, str(error).removeprefix(f"{'.'.join(path)}: ")))

    network_of(tissue, rule, part=part)
    return found


def check_names(tissue: Tissue, rule: SimulationRule) -> None:
    """Refuse names of cell types and connection sets that the network does not have.

    Raises:
        StudyError: Naming all of them.
    """
    ends = {one.name: (one.pre, one.post) for one in tissue.connections}
    problems = list(name_problems(rule, [p.name for p in tissue.populations], ends))
    if problems:
        raise StudyError(problems)


def _population(
    stored: PlacedPopulation,
    rule: CellModelRule,
    tissue: Tissue,
    whole: SimulationRule,
    draws: Draws,
) -> Population:
    if not stored.morphologies:
        raise NetworkError(
            f"cell type {stored.name!r} has no morphology, so nothing of it can be simulated; give "
            "it one, or leave it out of cell_models"
        )
    values = _values(stored.name, rule)
    models = tuple(
        _model(stored.name, tissue.morphologies[name], rule, values) for name in stored.morphologies
    )
    offsets = None
    if whole.v_init_jitter_mV:
        cells = np.arange(len(stored))
        offsets = whole.v_init_jitter_mV * draws.of(f"start of {stored.name}").normal(cells)
    return Population(
        stored.name, stored.positions, models, stored.morphology_of, v_init_offset_mV=offsets
    )


def _values(name: str, rule: CellModelRule) -> dict[str, Any]:
    known = {p.name: p.default for p in rule.template.parameters}
    for given in rule.parameters:
        if given not in known:
            hint = did_you_mean(given, known)
            raise NetworkError(f"cell_models.{name}: there is no parameter {given!r}; {hint}")
    missing = [key for key, value in known.items() if value is None and key not in rule.parameters]
    if missing:
        raise NetworkError(f"cell_models.{name}: parameters {', '.join(missing)} are missing")
    return {**known, **rule.parameters}


def _model(
    name: str, morphology: Morphology, rule: CellModelRule, values: Mapping[str, Any]
) -> CellModel:
    try:
        structure = rule.template.structure(morphology, values)
        settings = rule.template.settings(structure, values)
    except CellError as error:
        raise NetworkError(
            f"cell_models.{name}, morphology {morphology.name!r}: {error}"
        ) from error
    kept = [section.name for section in structure.morphology.sections][: len(morphology)]
    if kept != [section.name for section in morphology.sections]:
        raise NetworkError(
            f"cell_models.{name}: the template changes the branches of {morphology.name!r}, so the "
            "stored contacts have no place on it; use a template that keeps them"
        )
    return CellModel(name, structure, settings)


def _synapse_types(rule: SimulationRule, cell_types: Iterable[str]) -> Synapses:
    """Return the synapses of every cell type by name, each called uniquely in the network."""
    own = {name: _described(name, one) for name, one in rule.synapses.items()}
    owner_of: dict[str, SynapseType] = {}
    found: dict[str, dict[str, SynapseType]] = {}
    for cell_type in cell_types:
        template = rule.cell_models[cell_type].template
        brought = template.synapses if isinstance(template, HasSynapses) else {}
        found[cell_type] = {}
        for name, kind in {**brought, **own}.items():
            if owner_of.setdefault(name, kind) is kind:
                found[cell_type][name] = evolve(kind, name=name)
            else:
                found[cell_type][name] = evolve(kind, name=f"{cell_type}.{name}")
    return found


def _described(name: str, rule: SynapseRule) -> SynapseType:
    is_shared = rule.shared == "yes" or (rule.shared == "auto" and rule.mechanism in SHARABLE)
    return SynapseType(
        name, rule.mechanism, dict(rule.parameters), rule.catalogues, rule.receptor, is_shared
    )


def _connections(
    name: str, tissue: Tissue, rule: SimulationRule, synapses: Synapses
) -> Iterator[ConnectionSet]:
    model, stored = rule.connection_models[name], tissue.connection(name)
    known = synapses[stored.post]
    for use in model.each:
        if use.synapse not in known:
            hint = did_you_mean(use.synapse, known) or "describe it in synapses"
            raise NetworkError(
                f"connection_models.{name}: {stored.post!r} cells know no synapse "
                f"{use.synapse!r}; {hint}"
            )
        label = name if len(model.each) == 1 else f"{name}/{use.synapse}"
        made = _set(label, stored, use, known[use.synapse].name)
        if model.spikes_from == "branch":
            section, x = stored.source_section, stored.source_x
            made = evolve(made, source_section=section, source_x=x)
        yield made


def _set(
    label: str, stored: StoredConnections, use: SynapseOfContact, synapse: str
) -> ConnectionSet:
    n = len(stored)
    return ConnectionSet(
        label,
        stored.pre,
        stored.post,
        synapse,
        stored.source,
        stored.target,
        stored.target_section,
        stored.target_x,
        np.full(n, use.weight),
        np.full(n, use.delay_ms),
    )


def _with_devices(
    network: Network, rule: SimulationRule, synapses: Synapses, draws: Draws, part: Part
) -> Network:
    """Return the network with its devices; those that watch others come last."""
    left = dict(rule.devices)
    for watching in (False, True):
        scene = Scene(network, synapses, draws)
        for name, device in rule.devices.items():
            if device.watches_devices == watching:
                with part("devices", name):
                    network = _joined(network, name, device.parts(name, scene))
                    del left[name]
        if not all(device.watches_devices for device in left.values()):
            break  # those that watch cannot be judged without them
    return network


def _joined(network: Network, name: str, parts: DeviceParts) -> Network:
    taken = {population.name for population in network.populations}
    for population in parts.populations:
        if population.name in taken:
            raise NetworkError(f"device {name!r}: cells of this name exist; call it differently")
    made = {one.name for one in network.connections}
    for connections in parts.connections:
        if connections.name in made:
            raise NetworkError(
                f"device {name!r}: connections {connections.name!r} exist; call it differently"
            )
    return evolve(
        network,
        populations=(*network.populations, *parts.populations),
        synapses={**network.synapses, **parts.synapses},
        connections=(*network.connections, *parts.connections),
        stimulation=(*network.stimulation, *parts.stimulation),
        recordings=(*network.recordings, *parts.recordings),
        synapse_recordings=(*network.synapse_recordings, *parts.synapse_recordings),
    )


def _shared_out(network: Network, rank: int, ranks: int) -> Network:
    """Return the network with the connections onto the cells of one process."""
    if ranks == 1:
        return network
    first = network.first_ids
    return evolve(
        network,
        connections=tuple(
            one.only((one.target + first[one.post]) % ranks == rank) for one in network.connections
        ),
    )
