"""Devices that record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np
from attrs import field, frozen

from bouton.contracts import CellTarget
from bouton.errors import NetworkError, NoSynapseError, did_you_mean
from bouton.jobs.recordable import check_membrane, check_synapse
from bouton.model.cell import CellStructure
from bouton.model.devices import DeviceParts, Scene
from bouton.model.locations import Location, SpikeSource
from bouton.model.network import CellModel, CellRecording, ConnectionSet, SynapseRecording
from bouton.model.protocol import SPIKES, STIMULUS, Signal
from bouton_plugins.networks.checks import not_below_zero
from bouton_plugins.reconstruction.simulation.aiming import Aimed, aimed_cells, checked_places, told
from bouton_plugins.reconstruction.simulation.generators import synapse_type
from bouton_plugins.reconstruction.simulation.targets import AllCells


@frozen(kw_only=True)
class CellRecorder(Aimed, ABC):
    """Records a signal at every place.

    Attributes:
        interval_ms: Time between samples; 0 for every step.
    """

    watches_devices: ClassVar[bool] = True

    interval_ms: float = field(default=0.0, validator=not_below_zero)

    @abstractmethod
    def signal(self, location: Location) -> Signal:
        """Return what is recorded."""

    def parts(self, name: str, scene: Scene) -> DeviceParts:
        """Return the recordings.

        Raises:
            NetworkError: If there is no cell or no place.
        """
        return DeviceParts(
            recordings=tuple(
                CellRecording(name, population.name, cells, (self.signal(location),))
                for population, cells, location in self.places(name, scene)
            )
        )


@frozen(kw_only=True)
class VoltageRecorder(CellRecorder):
    """The membrane potential."""

    def signal(self, location: Location) -> Signal:
        """Return the potential."""
        return Signal("v", "v", location, self.interval_ms)


@frozen(kw_only=True)
class IonRecorder(CellRecorder):
    """A concentration, current or reversal potential of an ion, or any variable of the membrane.

    Attributes:
        variable: Such as `cai`, `ica`, `ek`, or `Mechanism.variable`.
    """

    variable: str = field(default="cai", validator=lambda _, __, text: _named(text))

    def parts(self, name: str, scene: Scene) -> DeviceParts:
        """Return the recordings.

        Raises:
            NetworkError: If there is no cell, no place, or no such variable.
        """
        found = super().parts(name, scene)
        wanted: dict[CellStructure, set[int]] = {}
        for one in found.recordings:
            for structure, sections in _sections(one, scene):
                wanted.setdefault(structure, set()).update(sections)
        with told(name):
            for structure, where in wanted.items():
                check_membrane(structure, sorted(where), self.variable)
        return found

    def signal(self, location: Location) -> Signal:
        """Return the variable."""
        return Signal(self.variable, self.variable, location, self.interval_ms)


@frozen(kw_only=True)
class ClampRecorder(CellRecorder):
    """The current that clamps really inject at the places, nA; positive depolarises."""

    def signal(self, location: Location) -> Signal:
        """Return the current."""
        return Signal("i", STIMULUS, location, self.interval_ms)


@frozen(kw_only=True)
class SpikeRecorder:
    """Spikes at one place per cell; those that cells send by themselves are always kept.

    Attributes:
        target: Which cells.
        location: Where; the place where the cell detects its own spikes if left out.
        threshold_mV: Upward crossings of this level are spikes; the cell's own if left out.
    """

    watches_devices: ClassVar[bool] = True

    target: CellTarget = field(factory=AllCells)
    location: Location | None = None
    threshold_mV: float | None = None

    def parts(self, name: str, scene: Scene) -> DeviceParts:
        """Return the recordings.

        Raises:
            NetworkError: If there is no cell or not one place.
        """
        where = self.location or SpikeSource()
        signal = Signal("spikes", SPIKES, where, threshold_mV=self.threshold_mV)
        found = []
        for population, cells in aimed_cells(name, self.target, scene).items():
            if self.location is not None:
                checked_places(name, self.location, scene.network.population(population), cells, 1)
            found.append(CellRecording(name, population, cells, (signal,)))
        return DeviceParts(recordings=tuple(found))


@frozen(kw_only=True)
class SynapseRecorder:
    """A variable of synapses that connections or generators made.

    Attributes:
        target: The receiving cells.
        connections: Connection sets, or names of generators; all if empty.
        synapses: Types of synapses; all if empty.
        variable: Variable of the synapse: its current `i`, conductance `g`, or any other.
        interval_ms: Time between samples; 0 for every step.
    """

    watches_devices: ClassVar[bool] = True

    target: CellTarget = field(factory=AllCells)
    connections: tuple[str, ...] = ()
    synapses: tuple[str, ...] = ()
    variable: str = field(default="i", validator=lambda _, __, text: _named(text))
    interval_ms: float = field(default=0.0, validator=not_below_zero)

    def parts(self, name: str, scene: Scene) -> DeviceParts:
        """Return the recordings, one per population.

        Raises:
            NetworkError: If there is no cell, no such connection set, or no such variable.
            NoSynapseError: If there is no synapse.
        """
        made = self._sets(name, scene)
        found: list[SynapseRecording] = []
        missing: type[NetworkError] = NetworkError
        for population, cells in aimed_cells(name, self.target, scene).items():
            kinds = {synapse_type(name, one, population, scene).name for one in self.synapses}
            onto = [
                one
                for one in made
                if one.post == population and (one.synapse in kinds or not kinds)
            ]
            with told(name):
                for one in onto:
                    missing = NoSynapseError  # it depends on the contacts
                    check_synapse(scene.network.synapses[one.synapse], self.variable)
            sets = tuple(one.name for one in onto if np.isin(one.target, cells).any())
            if sets:
                found.append(SynapseRecording(name, sets, self.variable, cells, self.interval_ms))
        if not found:
            of = f" of type {' or '.join(self.synapses)}" if self.synapses else ""
            raise missing(f"device {name!r}: the cells that it aims at have no synapse{of}")
        return DeviceParts(synapse_recordings=tuple(found))

    def _sets(self, name: str, scene: Scene) -> list[ConnectionSet]:
        """Return the connection sets that made synapses and are meant.

        Raises:
            NetworkError: If a name means none.
        """
        made = [one for one in scene.network.connections if not one.onto]
        found: dict[str, ConnectionSet] = {}
        for wanted in self.connections:
            of = [o for o in made if o.name == wanted or o.name.startswith(f"{wanted}/")]
            if not of:
                hint = did_you_mean(wanted, [one.name for one in made])
                raise NetworkError(f"device {name!r}: no connections {wanted!r}; {hint}")
            found |= {one.name: one for one in of}
        return list(found.values()) or made


def _sections(
    recording: CellRecording, scene: Scene
) -> Iterator[tuple[CellStructure, Iterable[int]]]:
    """Yield every kind of cell that is recorded, and the sections of its places."""
    population = scene.network.population(recording.population)
    for kind in np.unique(population.model_of[recording.cells]).tolist():
        model = population.models[kind]
        if isinstance(model, CellModel):
            (signal,) = recording.signals
            places = signal.location.places(model.structure.compartments)
            yield model.structure, (place.section for place in places)


def _named(text: str) -> None:
    if not text.strip():
        raise ValueError("variable must not be empty")
