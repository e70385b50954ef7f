"""Connections and their synapses, in NEURON."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from bouton.errors import CellError, MechanismError, NetworkError, did_you_mean
from bouton.model.network import ConnectionSet, Network, SynapseType
from bouton.nrn import mpi, sections
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import parallel
from bouton.nrn.networks.cells import NetworkCells
from bouton.nrn.networks.senders import Senders


class Connections:
    """The connections onto the cells of one process.

    Attributes:
        synapses: Synapse of every connection of a set, by its name; empty where the set made none.
    """

    def __init__(self, cells: NetworkCells) -> None:
        self._cells = cells
        self._senders = Senders(cells)
        self._wired: dict[str, list[Any]] = {}
        self._index_of: dict[str, int] = {}
        self._shared: dict[tuple[str, int, int, int], Any] = {}
        self.synapses: dict[str, list[Any]] = {}

    @property
    def _network(self) -> Network:
        return self._cells.network

    def build(self, every: Iterable[ConnectionSet]) -> None:
        """Make connections.

        Raises:
            NetworkError: If a place, synapse or receptor does not exist.
        """
        sets = list(every)
        with mpi.together():
            for connections in sets:
                self._check(connections)
            needed = self._senders.needed(sets)
        self._senders.make(needed)
        with mpi.together():
            for connections in sets:
                self._connect(connections)

    def change(self, before: Iterable[ConnectionSet], after: Iterable[ConnectionSet]) -> None:
        """Turn connection sets into others of the same names.

        Weights and delays are written into the connections that are there; where other cells
        connect, only that connection set is made anew.
        """
        old_sets = {one.name: one for one in before}
        anew: dict[str, ConnectionSet] = {}
        for connections in after:
            old = old_sets[connections.name]
            if connections.onto in anew or not old.same_synapses(connections):
                anew[connections.name] = connections
            elif old is not connections:
                self._rewrite(old, connections)
        for name in anew:
            self._wired.pop(name).clear()
            self.synapses.pop(name).clear()
        self.build(anew.values())

    def close(self) -> None:
        """Remove all connections and the synapses that they made."""
        self._wired.clear()
        self.synapses.clear()
        self._shared.clear()

    def _rewrite(self, old: ConnectionSet, new: ConnectionSet) -> None:
        changed = (old.weight != new.weight) | (old.delay_ms != new.delay_ms)
        live = self._wired[new.name]
        self._check_numbers(new)
        for row in np.flatnonzero(changed).tolist():
            connection = live[row]
            connection.weight[self._index_of[new.name]] = new.weight[row]
            connection.delay = new.delay_ms[row]

    def _check(self, connections: ConnectionSet) -> None:
        self._check_numbers(connections)
        post = self._network.population(connections.post)
        pre = self._network.population(connections.pre)
        _check_range(connections, len(pre), len(post))
        if post.is_source:
            raise NetworkError(
                f"connections {connections.name!r}: {post.name!r} is a source of spikes, nothing "
                "can connect to it"
            )

    def _connect(self, connections: ConnectionSet) -> None:
        bare = {"": SynapseType("")}  # artificial cells take events themselves
        synapse = {**self._network.synapses, **bare}.get(connections.synapse)
        if synapse is None:
            hint = did_you_mean(connections.synapse, self._network.synapses)
            raise NetworkError(
                f"connections {connections.name!r}: no synapse {connections.synapse!r}; {hint}"
            )
        senders = self._senders.numbers(connections)
        first = self._network.first_ids[connections.post]
        targets, index = self._targets(connections, synapse, first)
        self._index_of[connections.name] = index
        self._wired[connections.name] = _wire(
            senders.tolist(),
            targets,
            connections.weight.tolist(),
            connections.delay_ms.tolist(),
            index,
        )

    def _check_numbers(self, connections: ConnectionSet) -> None:
        dt = self._network.integration.dt_ms
        delays, weights = connections.delay_ms, connections.weight
        if len(delays) and not (np.isfinite(delays).all() and delays.min() >= dt):
            raise NetworkError(
                f"connections {connections.name!r}: delays must be at least the step of {dt:g} ms, "
                f"got {delays.min():g} ms"
            )
        if not np.isfinite(weights).all():
            raise NetworkError(f"connections {connections.name!r}: a weight is not finite")

    def _targets(
        self, connections: ConnectionSet, synapse: SynapseType, first: int
    ) -> tuple[list[Any], int]:
        """Return the receiving object of every connection, and which weight is meant."""
        cells = (connections.target + first).tolist()
        made: list[Any] = []
        self.synapses[connections.name] = made
        if not cells:
            return made, 0
        if cells[0] in self._cells.artificial:
            self._refuse_synapse(connections, synapse)
            return [self._cells.artificial[cell] for cell in cells], 0
        if not (synapse.mechanism or synapse.receptor):
            raise NetworkError(
                f"connections {connections.name!r}: cells of {connections.post!r} need a synapse"
            )
        if synapse.receptor:
            return self._receptors(connections, synapse.receptor, cells)
        if connections.onto:
            return self._met(connections), 0
        places = zip(cells, connections.section.tolist(), connections.x.tolist(), strict=True)
        for cell, section, x in places:
            made.append(self._synapse(connections.name, synapse, cell, section, x))
        return made, 0

    def _refuse_synapse(self, connections: ConnectionSet, synapse: SynapseType) -> None:
        if synapse.mechanism:
            raise NetworkError(
                f"connections {connections.name!r}: {connections.post!r} are artificial cells and "
                f"take events themselves; synapse {synapse.name!r} cannot be put on them"
            )

    def _receptors(
        self, connections: ConnectionSet, receptor: str, cells: list[int]
    ) -> tuple[list[Any], int]:
        found: dict[int, tuple[Any, int]] = {}
        for cell in dict.fromkeys(cells):
            found[cell] = receptor_of(self._cells.live[cell], receptor, connections.name)
        indices = {index for _, index in found.values()}
        if len(indices) > 1:
            raise NetworkError(
                f"connections {connections.name!r}: receptor {receptor!r} is not the same weight "
                "on all cells; connect the kinds of cells separately"
            )
        return [found[cell][0] for cell in cells], indices.pop()

    def _met(self, connections: ConnectionSet) -> list[Any]:
        """Return synapses that another set made, place by place."""
        there = self._network.connection_set(connections.onto)
        if len(self.synapses[there.name]) != len(there):
            raise NetworkError(
                f"connections {connections.name!r}: {there.name!r} made no synapses of its own"
            )
        waiting: dict[tuple[int, int, float], deque[Any]] = {}
        for place, synapse in zip(_places(there), self.synapses[there.name], strict=True):
            waiting.setdefault(place, deque()).append(synapse)
        found = []
        for place in _places(connections):
            if not waiting.get(place):
                cell, section, x = place
                raise NetworkError(
                    f"connections {connections.name!r}: {there.name!r} made no synapse, or too "
                    f"few, at {x:g} of section {section} of cell {cell}"
                )
            found.append(waiting[place].popleft())
        return found

    def _synapse(self, name: str, kind: SynapseType, cell: int, section: int, x: float) -> Any:  # noqa: ANN401
        live = self._cells.live[cell]
        if not 0 <= section < len(live.sections):
            raise NetworkError(
                f"connections {name!r}: cell {cell} has {len(live.sections)} sections, there is "
                f"no number {section}"
            )
        segment = live.structure.compartments.segment_at(section, x)
        is_end = x in (0.0, 1.0)
        key = (kind.name, cell, segment, int(x * 2 + 1) if is_end else 0)
        if kind.is_shared and key in self._shared:
            return self._shared[key]
        try:
            made = sections.point_process(
                kind.mechanism, live.sections[section](x), kind.values, kind.catalogues
            )
        except (CellError, MechanismError) as error:
            raise NetworkError(f"synapse {kind.name!r}: {error}") from error
        if kind.is_shared:
            self._shared[key] = made
        return made


def _places(connections: ConnectionSet) -> Iterator[tuple[int, int, float]]:
    columns = (connections.target, connections.section, connections.x)
    return zip(*(column.tolist() for column in columns), strict=True)


def receptor_of(cell: LiveCell, receptor: str, where: str) -> tuple[Any, int]:
    """Return the point process with a receptor, and the number of its weight.

    Args:
        cell: The cell.
        receptor: Name of a receptor, of a point process, or `point:receptor`.
        where: For the message.

    Raises:
        NetworkError: If the cell has no such receptor, or several.
    """
    known: dict[str, tuple[str, int]] = {}
    doubled: set[str] = set()
    for placed in cell.structure.point_processes:
        known[placed.name] = (placed.name, 0)
        for number, name in enumerate(placed.receptors):
            known[f"{placed.name}:{name}"] = (placed.name, number)
            doubled |= {name} if name in known else set()
            known[name] = (placed.name, number)
    if receptor in doubled:
        raise NetworkError(f"{where}: several point processes have {receptor!r}; say which")
    if receptor not in known:
        hint = did_you_mean(receptor, known) or "the target cell has no receptors"
        raise NetworkError(f"{where}: the target cell has no receptor {receptor!r}; {hint}")
    point, index = known[receptor]
    return cell.point_process(point), index


def _wire(
    sources: list[int], targets: list[Any], weights: list[float], delays: list[float], index: int
) -> list[Any]:
    """Return one connection per synapse; this loop decides how fast a large network is built."""
    connect = parallel.gid_connect
    made = []
    for source, target, weight, delay in zip(sources, targets, weights, delays, strict=True):
        connection = connect(source, target)
        connection.weight[index] = weight
        connection.delay = delay
        made.append(connection)
    return made


def _check_range(connections: ConnectionSet, pre: int, post: int) -> None:
    for what, cells, size in (
        ("source", connections.source, pre),
        ("target", connections.target, post),
    ):
        if len(cells) and (cells.min() < 0 or cells.max() >= size):
            raise NetworkError(
                f"connections {connections.name!r}: {what} {int(cells.max())} does not exist, the "
                f"population has {size} cells"
            )
