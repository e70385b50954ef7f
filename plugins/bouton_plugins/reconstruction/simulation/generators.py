"""Devices that send spikes to synapses, their own or those that connections made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
from attrs import field, frozen

from bouton.contracts import SpikeSource
from bouton.errors import NetworkError, NoSynapseError, did_you_mean
from bouton.model.devices import DeviceParts, Scene
from bouton.model.draws import Draws
from bouton.model.locations import Location
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import (
    CellModel,
    ConnectionSet,
    Population,
    SpikeTrains,
    SynapseType,
)
from bouton_plugins.networks.checks import above_zero, counted, not_below_zero
from bouton_plugins.networks.sources import PoissonSpikes, RegularSpikes, SpikeList
from bouton_plugins.reconstruction.simulation.aiming import Aimed
from bouton_plugins.reconstruction.simulation.places import filled


@frozen
class _Places:
    """Where one population gets events: one row per place."""

    population: Population
    cells: IntArray
    sections: IntArray
    x: FloatArray

    def __len__(self) -> int:
        return len(self.cells)


@frozen(kw_only=True)
class Generator(Aimed, ABC):
    """Sends spikes to synapses.

    Attributes:
        synapses: Types of synapses that get every spike: names under `synapses` of the simulation,
            or of synapses that the template of the cells brings.
        existing: Whether spikes go to synapses that connections made, in the sections of the
            places, instead of to new ones at the places.
        weight: Weight of every event, in the unit of the synapse.
        delay_ms: From the spike to the event.
        trains: Whether every place has spikes of its own, or all places of a cell share them, or
            all places.
    """

    watches_devices: ClassVar[bool] = False

    synapses: tuple[str, ...] = field(validator=filled)
    existing: bool = False
    weight: float = 1.0
    delay_ms: float = field(default=1.0, validator=above_zero)
    trains: Literal["place", "cell", "device"] = "place"

    @property
    def is_random(self) -> bool:
        """Whether trains differ; equal ones come from one source."""
        return True

    @abstractmethod
    def spikes(self, number: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return so many trains of spikes."""

    def parts(self, name: str, scene: Scene) -> DeviceParts:
        """Return the source and its connections.

        Raises:
            NetworkError: If there is no cell, no place or no such synapse.
            NoSynapseError: If no synapse exists there.
        """
        groups = [_gathered(part) for part in self._by_population(name, scene)]
        kinds = {
            (group.population.name, synapse): synapse_type(
                name, synapse, group.population.name, scene
            )
            for group in groups
            for synapse in self.synapses
        }
        if self.existing:
            groups = self._met(name, groups, kinds, scene.network.connections)
        numbers, total = self._numbered(groups)
        draws = scene.draws.of(f"spikes of {name}")
        trains = self.spikes(total, scene.network.duration_ms, draws)
        source = Population(
            name, _positions(groups, numbers, total), trains=SpikeTrains.merged(trains)
        )
        connections: list[ConnectionSet] = []
        for group, sources in zip(groups, numbers, strict=True):
            for synapse in self.synapses:
                where = group.population.name
                several = len(groups) * len(self.synapses) > 1
                label = f"{name}/{where}/{synapse}" if several else name
                made = scene.network.connections
                connections += self._connections(
                    label, name, group, sources, kinds[where, synapse], made
                )
        return DeviceParts((source,), {k.name: k for k in kinds.values()}, tuple(connections))

    def _met(
        self,
        name: str,
        groups: Sequence[_Places],
        kinds: Mapping[tuple[str, str], SynapseType],
        connections: Sequence[ConnectionSet],
    ) -> list[_Places]:
        """Return the places of synapses that exist in the sections of given places.

        Raises:
            NetworkError: If no connections make such synapses.
            NoSynapseError: If they make none there.
        """
        found = []
        missing: type[NetworkError] = NetworkError
        for group in groups:
            wanted = {kinds[group.population.name, synapse].name for synapse in self.synapses}
            sections = set(zip(group.cells.tolist(), group.sections.tolist(), strict=True))
            onto = [c for c in connections if c.post == group.population.name]
            onto = [made for made in onto if made.synapse in wanted]
            if onto:
                missing = NoSynapseError  # it depends on the contacts
            ends = {end for made in onto for end in _ends(made) if end[:2] in sections}
            if ends:
                cells, section, x = zip(*sorted(ends), strict=True)
                found.append(
                    _Places(group.population, np.array(cells), np.array(section), np.array(x))
                )
        if not found:
            wanted_types = " or ".join(self.synapses)
            raise missing(
                f"device {name!r}: no connection made a synapse {wanted_types} where it aims; "
                "leave out existing to give it synapses of its own"
            )
        return found

    def _by_population(
        self, name: str, scene: Scene
    ) -> Iterator[list[tuple[Population, IntArray, Location]]]:
        found: dict[str, list[tuple[Population, IntArray, Location]]] = {}
        for part in self.places(name, scene):
            found.setdefault(part[0].name, []).append(part)
        yield from found.values()

    def _numbered(self, groups: Sequence[_Places]) -> tuple[list[IntArray], int]:
        """Return which train every place gets, and how many trains there are."""
        if self.trains == "device" or not self.is_random:
            return [np.zeros(len(group), dtype=np.int64) for group in groups], 1
        numbers, first = [], 0
        for group in groups:
            own = np.arange(len(group))
            if self.trains == "cell":
                own = np.unique(group.cells, return_inverse=True)[1]
            numbers.append(own + first)
            first += int(own.max()) + 1
        return numbers, first

    def _connections(
        self,
        label: str,
        name: str,
        group: _Places,
        sources: IntArray,
        kind: SynapseType,
        others: Sequence[ConnectionSet],
    ) -> Iterator[ConnectionSet]:
        if not self.existing:
            yield self._set(label, name, group, sources, kind, "")
            return
        places = zip(group.cells.tolist(), group.sections.tolist(), group.x.tolist(), strict=True)
        number_of = {place: number for number, place in enumerate(places)}
        for made in others:
            if made.synapse == kind.name and made.post == group.population.name:
                rows = [(r, number_of[e]) for r, e in enumerate(_ends(made)) if e in number_of]
                row, number = np.array(rows, dtype=np.int64).reshape(-1, 2).T
                met = _Places(group.population, made.target[row], made.section[row], made.x[row])
                if len(met):
                    one = f"{label}/{made.name}"
                    yield self._set(one, name, met, sources[number], kind, made.name)

    def _set(
        self,
        label: str,
        name: str,
        group: _Places,
        sources: IntArray,
        kind: SynapseType,
        onto: str,
    ) -> ConnectionSet:
        n = len(group)
        return ConnectionSet(
            label,
            name,
            group.population.name,
            kind.name,
            sources,
            group.cells,
            group.sections,
            group.x,
            np.full(n, self.weight),
            np.full(n, self.delay_ms),
            onto=onto,
        )


@frozen(kw_only=True)
class SpikeGenerator(Generator):
    """Regular or noisy spikes, or given ones.

    Attributes:
        start_ms: Time of the first spike, without noise.
        number: How many spikes of each train; 0 for as many as there is time for.
        interval_ms: Mean time between them.
        noise: 0 for equal intervals to 1 for those of a Poisson process.
        times_ms: Given times instead of all these.
    """

    start_ms: float = field(default=0.0, validator=not_below_zero)
    number: int = field(default=1, validator=counted)
    interval_ms: float = field(default=10.0, validator=above_zero)
    noise: float = field(default=0.0, validator=not_below_zero)
    times_ms: tuple[float, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.noise > 1:
            raise ValueError(f"noise must be within 0 to 1, got {self.noise!r}")
        if self.times_ms:
            SpikeList((self.times_ms,))

    @property
    def is_random(self) -> bool:
        """Whether trains differ; equal ones come from one source."""
        return self.noise > 0 and not self.times_ms

    def spikes(self, number: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return so many trains of spikes."""
        if self.times_ms:
            return SpikeList((self.times_ms,)).trains(number, duration_ms, draws)
        rate_Hz = 1000.0 / self.interval_ms
        regular = RegularSpikes(rate_Hz, self.noise, self.start_ms, 0.0, self.number)
        return regular.trains(number, duration_ms, draws)


@frozen(kw_only=True)
class PoissonGenerator(Generator):
    """Independent Poisson processes.

    Attributes:
        rate_Hz: Rate of each train.
        start_ms: When they start.
        stop_ms: When they stop; 0 for never.
    """

    rate_Hz: float = field(validator=above_zero)
    start_ms: float = field(default=0.0, validator=not_below_zero)
    stop_ms: float = field(default=0.0, validator=not_below_zero)

    def spikes(self, number: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return so many trains of spikes."""
        poisson = PoissonSpikes(self.rate_Hz, self.start_ms, self.stop_ms)
        return poisson.trains(number, duration_ms, draws)


@frozen(kw_only=True)
class SourceGenerator(Generator):
    """Spikes of any source that rules can use as a population.

    Attributes:
        source: The source; its cells are the trains.
    """

    source: SpikeSource = field(metadata={"plugin": "devices"})

    def spikes(self, number: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return so many trains of spikes."""
        return self.source.trains(number, duration_ms, draws)


def synapse_type(device: str, name: str, population: str, scene: Scene) -> SynapseType:
    """Return a type of synapse by the name that it has for the cells of a population.

    Raises:
        NetworkError: If these cells know none of that name.
    """
    known: Mapping[str, SynapseType] = scene.synapses[population]
    if name not in known:
        hint = did_you_mean(name, known) or "their template brings none; describe it in synapses"
        raise NetworkError(
            f"device {device!r}: {population!r} cells know no synapse {name!r}; {hint}"
        )
    return known[name]


def _gathered(parts: Sequence[tuple[Population, IntArray, Location]]) -> _Places:
    """Return a row for every place, by cell."""
    cells, sections, x = [], [], []
    for population, group, location in parts:
        of_kind = {}
        for kind in np.unique(population.model_of[group]).tolist():
            model = population.models[kind]
            if isinstance(model, CellModel):
                of_kind[kind] = location.places(model.structure.compartments)
        for cell, kind in zip(group.tolist(), population.model_of[group].tolist(), strict=True):
            cells += [cell] * len(of_kind[kind])
            sections += [place.section for place in of_kind[kind]]
            x += [place.x for place in of_kind[kind]]
    return _Places(parts[0][0], np.array(cells), np.array(sections), np.array(x, dtype=np.float64))


def _positions(groups: Sequence[_Places], numbers: Sequence[IntArray], total: int) -> FloatArray:
    """Return a position for every train: that of the last cell that hears it."""
    positions = np.zeros((total, 3))
    for group, own in zip(groups, numbers, strict=True):
        positions[own] = group.population.positions[group.cells]
    return positions


def _ends(made: ConnectionSet) -> Iterator[tuple[int, int, float]]:
    """Yield cell, section and x of every receiving end."""
    return zip(made.target.tolist(), made.section.tolist(), made.x.tolist(), strict=True)
