"""Suites for what networks are made of: placements, connectors, targets, devices, importers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs
import numpy as np

from bouton.model.devices import DeviceParts, Scene
from bouton.model.draws import Draws
from bouton.model.network import CellModel, ConnectionSet, Network, Population, SynapseType
from bouton.model.wiring import Box, Branches, Contacts, Crowd, Side
from bouton.testing.suite import OptionsSuite, Suite, fail, require, require_equal
from bouton.testing.tiny import TinyTemplate, tiny_morphology

TINY_BOX = Box(np.array([-50.0, 0.0, 10.0]), np.array([100.0, 200.0, 50.0]))


def tiny_side(
    name: str,
    cells: int,
    wanted: Any = None,  # noqa: ANN401
    *,
    branches: bool = False,
) -> Side:
    """Return a population in a small box, as connectors see it.

    Args:
        name: Name of the population; equal names are the same cells.
        cells: Number of cells.
        wanted: Cells whose contacts are asked for; all if None.
        branches: Whether cells have shapes: those of `tiny_morphology`, not rotated.
    """
    inside = Draws(1, name).uniform(np.arange(cells)[:, None], np.arange(3)[None, :])
    positions = TINY_BOX.origin_um + inside * TINY_BOX.size_um
    chosen = np.arange(cells) if wanted is None else np.asarray(wanted, dtype=np.int64)
    shapes = None
    if branches:
        upright = np.broadcast_to(np.eye(3), (cells, 3, 3))
        shapes = Branches((tiny_morphology(),), np.zeros(cells, dtype=np.int64), upright)
    return Side(name, positions, TINY_BOX, chosen, shapes)


class PlacementSuite(OptionsSuite):
    """A placement puts cells where it says, the same every time.

    Attributes:
        box: Where cells are placed.
        stays_inside: Whether all cells must lie in the box.
        crowd: Cells to place, for placements that are told (contract `CrowdPlacement`).
    """

    kind = "placements"
    box: ClassVar[Box] = TINY_BOX
    stays_inside: ClassVar[bool] = True
    crowd: ClassVar[Crowd | None] = None

    def place(self, seed: int = 1) -> Any:  # noqa: ANN401
        """Return the positions."""
        draws = Draws(seed, "placement")
        if self.crowd is not None:
            return self.make().place_crowd(self.crowd, self.box, draws)
        return self.make().place(self.box, draws)

    def test_places_cells(self) -> None:
        """Finite positions of shape (n, 3), inside the box."""
        found = np.asarray(self.place())
        fits = found.ndim == 2 and found.shape[1] == 3 and len(found)
        require(fits, f"positions have the shape {found.shape}, expected (n, 3)")
        require(np.isfinite(found).all(), "positions are not finite")
        if self.stays_inside:
            inside = self.box.inside(found)
            out = np.flatnonzero(((inside < -1e-9) | (inside > 1 + 1e-9)).any(axis=1))
            where = found[out[0]].tolist() if len(out) else None
            require(not len(out), f"{len(out)} cells lie outside the box, the first at {where}")

    def test_places_them_there_every_time(self) -> None:
        """Equal draws give equal positions."""
        require_equal(self.place(), self.place(), "equal seeds, different positions")


class ConnectorSuite(OptionsSuite):
    """A connector wires the same pairs however the work is divided.

    Attributes:
        pre: Sending population.
        post: Receiving population.
        may_connect_self: Whether cells of one population may connect to themselves.
        allows_multiple: Whether a pair may have several contacts.
    """

    kind = "connectors"
    pre: ClassVar[Side] = tiny_side("pre", 40)
    post: ClassVar[Side] = tiny_side("post", 40)
    may_connect_self: ClassVar[bool] = False
    allows_multiple: ClassVar[bool] = False

    def contacts(self, wanted: Any = None, seed: int = 4) -> Contacts:  # noqa: ANN401
        """Return the contacts of the trial populations, or of some receiving cells."""
        post = self.post
        chosen = post.wanted if wanted is None else np.asarray(wanted, dtype=np.int64)
        side = Side(post.name, post.positions, post.box, chosen, post.branches)
        made = self.make().contacts(self.pre, side, Draws(seed, "conformance"))
        require(isinstance(made, Contacts), f"contacts returns {type(made).__name__}, no Contacts")
        return made  # type: ignore[no-any-return]

    def test_connects(self) -> None:
        """Cells that exist, sorted by target, then source; every array of one length."""
        made = self.contacts()
        source, target = np.asarray(made.source), np.asarray(made.target)
        require(len(source), "no cell is connected; choose `options` or populations that show some")
        for what, cells, side in (("source", source, self.pre), ("target", target, self.post)):
            exist = (cells >= 0) & (cells < len(side))
            require(exist.all(), f"a {what} does not exist: {side.name!r} has {len(side)} cells")
        order = np.lexsort((source, target))
        in_order = (source == source[order]).all() and (target == target[order]).all()
        require(in_order, "contacts are not sorted by target, then source")
        for name, values in vars_of(made):
            require(len(values) == len(source), f"{name} has {len(values)} of {len(source)} values")
            require(np.isfinite(values).all(), f"{name} is not finite")
        pairs = len(np.unique(np.stack([source, target]), axis=1).T)
        require(self.allows_multiple or pairs == len(source), "a pair of cells is connected twice")

    def test_connects_the_same_every_time(self) -> None:
        """Equal draws give equal contacts."""
        require_equal(self.contacts(), self.contacts(), "equal seeds, different contacts")

    def test_any_division_of_the_work_gives_the_same_contacts(self) -> None:
        """Three ranks, or one cell alone, get what one process has for those cells."""
        whole = self.contacts()
        everyone = np.arange(len(self.post))
        shares = [everyone[rank::3] for rank in range(3)]
        for wanted in (*shares, everyone[:1], everyone[-1:], everyone[:0]):
            made = self.contacts(wanted)
            keep = np.isin(whole.target, wanted)
            for (name, values), (_, all_values) in zip(
                vars_of(made, whole), vars_of(whole, made), strict=True
            ):
                message = f"asked for {len(wanted)} of {len(everyone)} cells, {name} differs from"
                require_equal(values, np.asarray(all_values)[keep], f"{message} the whole network")

    def test_no_cell_connects_to_itself(self) -> None:
        """Within one population, unless the suite says that it may."""
        if self.may_connect_self:
            return
        made = self.make().contacts(self.pre, self.pre, Draws(4, "conformance"))
        alone = np.flatnonzero(np.asarray(made.source) == np.asarray(made.target))
        require(not len(alone), f"{len(alone)} cells connect to themselves")


def vars_of(made: Contacts, other: Contacts | None = None) -> list[tuple[str, Any]]:
    """Return the arrays that contacts have, by name; those of `other` must be the same ones."""
    names = [field.name for field in attrs.fields(Contacts)]
    found = [(name, getattr(made, name)) for name in names if getattr(made, name) is not None]
    if other is not None:
        for name in names:
            both = (getattr(made, name) is None) == (getattr(other, name) is None)
            require(both, f"{name} is given or not, depending on which cells are wanted")
    return found


def tiny_scene(seed: int = 1) -> Scene:
    """Return a network for devices to aim at: populations `inner` and `outer` of tiny cells.

    Six cells and four, all with the sections of `tiny_morphology`; every cell can be given the
    synapses `exc` and `inh`, and `inner` sends to `outer` over three `exc`.

    Args:
        seed: Seed of the random numbers that devices get.
    """
    template = TinyTemplate()
    values = {parameter.name: parameter.default for parameter in template.parameters}
    structure = template.structure(None, values)
    model = CellModel("tiny", structure, template.settings(structure, values))
    populations = tuple(
        Population(name, tiny_side(name, size).positions, (model,), np.zeros(size, dtype=np.int64))
        for name, size in (("inner", 6), ("outer", 4))
    )
    kinds = (("exc", {"tau": 2.0, "e": 0.0}), ("inh", {"tau": 8.0, "e": -80.0}))
    synapses = {name: SynapseType(name, "ExpSyn", values) for name, values in kinds}
    ids, ones = np.arange(3), np.ones(3)
    wires = ConnectionSet(
        "inner->outer", "inner", "outer", "exc", ids, ids, ids, 0.5 * ones, 0.01 * ones, ones
    )
    network = Network(populations, synapses, (wires,), duration_ms=200.0)
    return Scene(network, dict.fromkeys(("inner", "outer"), synapses), Draws(seed, "devices"))


class TargetSuite(OptionsSuite):
    """A target chooses cells that exist, the same every time.

    Attributes:
        scene: What there is to choose from.
    """

    kind = "targets"
    scene: ClassVar[Scene] = tiny_scene()

    def cells(self, seed: int = 1) -> dict[str, Any]:
        """Return the chosen cells by population."""
        return dict(self.make().cells(self.scene, Draws(seed, "target")))

    def test_chooses_cells(self) -> None:
        """Of populations that exist, rising, none twice; populations without any are left out."""
        found = self.cells()
        require(found, "it chooses nobody; choose `options` or a `scene` that show something")
        for name, chosen in found.items():
            size = len(self.scene.network.population(name))
            ids = np.asarray(chosen)
            whole = ids.ndim == 1 and ids.dtype.kind == "i" and len(ids)
            require(whole, f"{name}: give cells as whole numbers of shape (n,), got {chosen!r:.60}")
            require((np.diff(ids) > 0).all(), f"{name}: cells are not rising, or one comes twice")
            require(((ids >= 0) & (ids < size)).all(), f"{name} has {size} cells: {ids.tolist()}")

    def test_chooses_the_same_cells_every_time(self) -> None:
        """Equal draws, equal cells."""
        require_equal(self.cells(), self.cells(), "equal seeds, different cells")


class DeviceSuite(OptionsSuite):
    """A device gives the same spikes, or adds the same parts to a network, every time.

    A device of contract `SpikeSource` is tried for a number of cells, one of contract `Device` is
    shown a network.

    Attributes:
        cells: Number of cells of a source.
        duration_ms: How long a source is asked for.
        scene: Network that a device is shown.
    """

    kind = "devices"
    cells: ClassVar[int] = 5
    duration_ms: ClassVar[float] = 500.0
    scene: ClassVar[Scene] = tiny_scene()

    @property
    def is_source(self) -> bool:
        """Whether the device is a source of spikes."""
        return not hasattr(self.target, "parts")

    def parts(self) -> DeviceParts:
        """Return what the device adds to the network under the name `dev`."""
        made = self.make().parts("dev", self.scene)
        fits = isinstance(made, DeviceParts)
        require(fits, f"parts returns {type(made).__name__}, no DeviceParts")
        return made  # type: ignore[no-any-return]

    def test_adds_parts(self) -> None:
        """At least one, called after the device, onto cells that exist."""
        if self.is_source:
            return
        made = self.parts()
        groups = [getattr(made, field.name) for field in attrs.fields(DeviceParts)]
        require(any(len(group) for group in groups), "the device adds nothing to the network")
        for part in (p for group in groups if not isinstance(group, Mapping) for p in group):
            mine = part.name == "dev" or part.name.startswith("dev/")
            require(mine, f"{part.name!r} is not called after the device: dev, or dev/...")
        network = self.scene.network
        aims = [(p.name, p.population, p.cells) for p in made.stimulation]
        aims += [(p.name, p.population, p.cells) for p in made.recordings]
        for name, population, cells in aims:
            ids, size = np.asarray(cells), len(network.population(population))
            exist = len(ids) and ((ids >= 0) & (ids < size)).all()
            require(exist, f"{name}: {population!r} has {size} cells: {ids.tolist()}")
        sources = {population.name: len(population) for population in made.populations}
        for wires in made.connections:
            size = sources.get(wires.pre) or len(network.population(wires.pre))
            require((wires.source < size).all(), f"{wires.name}: a source does not exist")
            post = len(network.population(wires.post))
            require((wires.target < post).all(), f"{wires.name}: a target does not exist")
            known = wires.synapse in {**network.synapses, **made.synapses}
            require(known, f"{wires.name}: nobody knows the synapse {wires.synapse!r}")

    def test_adds_the_same_parts_every_time(self) -> None:
        """Equal draws give equal parts."""
        if not self.is_source:
            require_equal(self.parts(), self.parts(), "equal seeds, different parts")

    def trains(self, duration_ms: float = 0.0, seed: int = 1) -> list[Any]:
        """Return the spikes of every cell."""
        draws = Draws(seed, "source")
        return list(self.make().trains(self.cells, duration_ms or self.duration_ms, draws))

    def test_gives_every_cell_a_train(self) -> None:
        """Rising, finite, from 0 to the duration; somebody fires."""
        if not self.is_source:
            return
        found = self.trains()
        require(len(found) == self.cells, f"{len(found)} trains for {self.cells} cells")
        require(any(len(train) for train in found), f"nobody fires in {self.duration_ms:g} ms")
        for cell, train in enumerate(np.asarray(t, dtype=np.float64) for t in found):
            require(train.ndim == 1, f"the train of cell {cell} has the shape {train.shape}")
            require((np.diff(train) >= 0).all(), f"the spikes of cell {cell} do not rise")
            inside = ((train >= 0) & (train <= self.duration_ms)).all()  # nan compares false
            require(inside, f"cell {cell} fires outside 0 to {self.duration_ms:g} ms")

    def test_gives_the_same_trains_every_time(self) -> None:
        """Equal draws give equal trains, and a longer run begins like a shorter one."""
        if not self.is_source:
            return
        found = self.trains()
        require_equal(self.trains(), found, "equal seeds, different trains")
        for long, short in zip(found, self.trains(self.duration_ms / 2), strict=True):
            early = np.asarray(long)[np.asarray(long) <= self.duration_ms / 2]
            require_equal(early, np.asarray(short), "a shorter run is not the start of a longer")


class NetworkImporterSuite(Suite):
    """An importer can be looked up and imported; Bouton asks nothing else of it so far."""

    kind = "network_importers"

    def test_can_be_looked_up(self) -> None:
        """By its name and by its full name, the same thing."""
        if self.registries[self.kind].resolve(self.offer.qualified)[0] is not self.target:
            fail(f"{self.offer.qualified} is something else than {self.entry}")
