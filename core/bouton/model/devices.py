"""What devices see of a network, and what they add to it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from bouton.model.draws import Draws
from bouton.model.network import (
    CellRecording,
    ConnectionSet,
    Network,
    Population,
    Stimulation,
    SynapseRecording,
    SynapseType,
)


@frozen(eq=False)
class Scene:
    """A network before its devices: what they aim at.

    Attributes:
        network: Cells with positions and models, and all connections; nothing of any device.
        synapses: Population -> synapses that its cells can be given, by name.
        draws: Random numbers, by seed of the simulation.
    """

    network: Network
    synapses: Mapping[str, Mapping[str, SynapseType]]
    draws: Draws


@frozen(eq=False)
class DeviceParts:
    """What a device adds to a network.

    Attributes:
        populations: Sources of spikes.
        synapses: Synapse types that its connections use, by name.
        connections: Connections of its sources.
        stimulation: Drives on cells.
        recordings: What it records of cells.
        synapse_recordings: What it records of synapses.
    """

    populations: tuple[Population, ...] = ()
    synapses: Mapping[str, SynapseType] = Factory(dict)
    connections: tuple[ConnectionSet, ...] = ()
    stimulation: tuple[Stimulation, ...] = ()
    recordings: tuple[CellRecording, ...] = ()
    synapse_recordings: tuple[SynapseRecording, ...] = ()
