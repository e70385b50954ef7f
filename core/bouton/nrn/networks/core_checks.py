"""What CoreNEURON cannot do in a network: it would end the process, or leave it out silently."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bouton.errors import NetworkError
from bouton.model.network import ArtificialModel, CellModel, Network
from bouton.model.protocol import Drive, WaveformDrive
from bouton.nrn import catalogues
from bouton.nrn.core_building import own_mechanisms
from bouton.nrn.modfiles import Mechanism, whole_text


def check_coreneuron(network: Network) -> list[Mechanism]:
    """Return the mechanisms of a network that CoreNEURON can run.

    Raises:
        NetworkError: With everything that stands against it.
        MechanismError: If this NEURON came without CoreNEURON.
    """
    known = {m.name: m for m in own_mechanisms()}
    for name in network.catalogues:
        known.update({m.name: m for m in catalogues.read(name).mechanisms})
    # The solver refers to pas, whether a cell has it or not.
    used: dict[str, str] = {"PatternStim": "known spikes", "pas": "CoreNEURON itself"}
    for name, where in _used(network):
        used.setdefault(name, where)
    problems = [*_mechanisms(known, used), *_settings(network)]
    if problems:
        raise NetworkError(
            f"CoreNEURON cannot run this network; use engine: neuron. {'; '.join(problems)}"
        )
    return [known[name] for name in used if name in known]


def _settings(network: Network) -> Iterator[str]:
    if network.integration.method != "fixed":
        yield f"its only method is fixed, not {network.integration.method}"
    for population in network.populations:
        for model in population.models:
            played = model.structure.played if isinstance(model, CellModel) else ()
            if not all(one.is_continuous for one in played):
                yield f"cells of population {population.name!r} have values played in steps"
                break
    for stimulation in network.stimulation:
        for drive in stimulation.drives:
            if isinstance(drive, WaveformDrive) and not drive.interpolate:
                yield f"stimulation {stimulation.name!r} plays a waveform in steps"


def _mechanisms(known: Mapping[str, Mechanism], used: Mapping[str, str]) -> Iterator[str]:
    ions = {f"{use.ion}_ion" for name in used if name in known for use in known[name].ions}
    for name, where in used.items():
        if name in ions:  # it makes these itself, for the mechanisms that use them
            continue
        if name not in known:
            yield f"it has no mechanism {name!r} ({where})"
        elif known[name].pointers and name != "PatternStim":
            yield f"mechanism {name!r} ({where}) has POINTER variables"
        elif known[name].kind == "point process" and _sets_potential(known[name]):
            yield f"mechanism {name!r} ({where}) sets v when an event comes"


def _sets_potential(mechanism: Mechanism) -> bool:
    """Return whether its NET_RECEIVE block assigns v, which CoreNEURON forgets."""
    text = whole_text(mechanism.file, mechanism.includes)
    _, _, block = text.partition("NET_RECEIVE")
    depth, end = 0, len(block)
    for brace in re.finditer(r"[{}]", block):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            end = brace.end()
            break
    return re.search(r"(?<![\w'])v\s*=(?!=)", block[:end]) is not None


def _used(network: Network) -> Iterator[tuple[str, str]]:
    """Yield mechanisms, and where each is."""
    for population in network.populations:
        for model in population.models:
            where = f"population {population.name!r}"
            if isinstance(model, ArtificialModel):
                yield model.mechanism, where
            elif isinstance(model, CellModel):
                yield from ((name, where) for name in model.structure.mechanisms)
                yield from ((one.mechanism, where) for one in model.structure.point_processes)
    for connections in network.connections:
        synapse = network.synapses.get(connections.synapse)
        if synapse is not None and synapse.mechanism:
            yield synapse.mechanism, f"connections {connections.name!r}"
    for gaps in network.gap_junctions:
        yield gaps.mechanism, f"gap junctions {gaps.name!r}"
    for stimulation in network.stimulation:
        for drive in stimulation.drives:
            yield _mechanism(drive), f"stimulation {stimulation.name!r}"


def _mechanism(drive: Drive) -> str:
    return "IClamp" if isinstance(drive, WaveformDrive) else drive.mechanism
