"""A reconstruction: what a user writes about a tissue, in a file or in Python."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from attrs import Factory, field, fields, frozen

from bouton.contracts import Connector, Placement
from bouton.model.study import MorphologySource
from bouton_plugins.networks.checks import not_below_zero
from bouton_plugins.reconstruction.placements import RandomCells
from bouton_plugins.reconstruction.simulation.description import SimulationRule

Vector = tuple[float, float, float]
Axis = Literal["x", "y", "z"]

_FARTHEST_UM = 1e9


def _sides(_instance: object, attribute: Any, value: Any) -> None:  # noqa: ANN401
    if value is None:
        return
    sides: tuple[float, ...] = value if isinstance(value, tuple) else (value,)
    if not all(0 < side <= _FARTHEST_UM for side in sides):
        raise ValueError(f"{attribute.name} must be above 0, at most 1e9, got {value!r}")


def _corner(_instance: object, attribute: Any, value: Vector | None) -> None:  # noqa: ANN401
    if value is not None and not all(abs(part) <= _FARTHEST_UM for part in value):
        raise ValueError(f"{attribute.name} must be within -1e9 to 1e9, got {value!r}")


def _chunk(_instance: object, attribute: Any, value: Any) -> None:  # noqa: ANN401
    sides: tuple[float, ...] = value if isinstance(value, tuple) else (value,)
    if not all(math.isfinite(side) and side >= 1.0 for side in sides):
        raise ValueError(f"{attribute.name} must be 1 or above, got {value!r}")


@frozen
class Volume:
    """The space that the tissue fills, and how work on it is divided.

    Attributes:
        size_um: Sides of the box that partitions are laid out in.
        origin_um: Its lower corner.
        chunk_um: Sides of the pieces that cells are worked on in; changes cost, never the network.
    """

    size_um: Vector = field(validator=_sides)
    origin_um: Vector = field(default=(0.0, 0.0, 0.0), validator=_corner)
    chunk_um: float | Vector = field(default=100.0, validator=_chunk)


@frozen
class Partition:
    """A part of the volume that cells are placed in.

    Attributes:
        type: `layer`: the whole extent of its region on two axes, and `thickness_um` on the third;
            `box`: any box.
        thickness_um: Of a layer.
        axis: Of a layer: the axis that it is thick along.
        size_um: Of a box; by default that of its region.
        origin_um: Lower corner; by default that of its region.
    """

    type: Literal["layer", "box"] = "layer"
    thickness_um: float | None = field(default=None, validator=_sides)
    axis: Axis = "z"
    size_um: Vector | None = field(default=None, validator=_sides)
    origin_um: Vector | None = field(default=None, validator=_corner)

    def __attrs_post_init__(self) -> None:
        if self.type == "layer" and self.thickness_um is None:
            raise ValueError("type: a layer needs thickness_um")
        if self.type == "layer" and self.size_um is not None:
            raise ValueError("size_um belongs to a box; a layer has thickness_um")
        if self.type == "box" and self.thickness_um is not None:
            raise ValueError("thickness_um belongs to a layer; a box has size_um")


@frozen
class Region:
    """Partitions and regions that belong together.

    Attributes:
        children: Names of partitions and regions.
        type: `group` leaves them where they are; `stack` puts one after another along an axis.
        axis: Of a stack.
        anchor: Of a stack: the child that keeps its place; the first one by default.
    """

    children: tuple[str, ...] = field()
    type: Literal["group", "stack"] = "group"
    axis: Axis = "z"
    anchor: str = ""

    @children.validator
    def _at_least_one(self, _attribute: object, value: tuple[str, ...]) -> None:
        if not value:
            raise ValueError("children needs at least one name")

    def __attrs_post_init__(self) -> None:
        if self.anchor and self.type == "group":
            raise ValueError("anchor belongs to a stack, a group moves nothing")


@frozen
class Amount:
    """How many cells: give one of these.

    Attributes:
        count: So many.
        density_per_um3: Times the volume of the partitions.
        density_per_mm3: The same in another unit.
        planar_density_per_um2: Times the area of the partitions, seen along their axis.
        relative_to: Another cell type, together with one of the next two.
        count_ratio: Times the number of cells of the other type.
        density_ratio: Times the density of the other type in its own partitions.
    """

    count: int | None = None
    density_per_um3: float | None = None
    density_per_mm3: float | None = None
    planar_density_per_um2: float | None = None
    relative_to: str = ""
    count_ratio: float | None = None
    density_ratio: float | None = None

    def __attrs_post_init__(self) -> None:
        given = [f.name for f in fields(Amount) if getattr(self, f.name) not in (None, "")]
        numbers = [name for name in given if name != "relative_to"]
        if len(numbers) != 1:
            raise ValueError(
                "give one of count, density_per_um3, density_per_mm3, planar_density_per_um2, "
                f"count_ratio and density_ratio, got {', '.join(numbers) or 'none'}"
            )
        (name,) = numbers
        value = getattr(self, name)
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be above 0, got {value!r}")
        if name.endswith("ratio") != bool(self.relative_to):
            raise ValueError("relative_to and count_ratio or density_ratio go together")


@frozen
class CellType:
    """Cells of one kind: a population.

    Attributes:
        radius_um: Radius of the soma; 0 if it takes no room.
        amount: How many; a placement may say otherwise.
        morphologies: Names of morphologies, `*` standing for any letters; empty for cells without
            branches.
    """

    radius_um: float = field(default=0.0, validator=not_below_zero)
    amount: Amount | None = None
    morphologies: tuple[str, ...] = ()


@frozen(eq=False)
class PlacementRule:
    """Where cells are.

    Attributes:
        cell_types: Who is placed.
        partitions: Where.
        strategy: How.
        amounts: Cell type -> how many, in place of what the cell type says.
        morphologies: Which of its morphologies a cell has: any at `random`, or each `in-turn`.
        rotation: `none`, `random` (every rotation equally likely), or angles in degrees about the
            fixed axes x, then y, then z.
    """

    cell_types: tuple[str, ...] = field()
    partitions: tuple[str, ...] = field()
    strategy: Placement = Factory(RandomCells)
    amounts: Mapping[str, Amount] = Factory(dict)
    morphologies: Literal["random", "in-turn"] = "random"
    rotation: Literal["none", "random"] | Vector = "none"

    @cell_types.validator
    @partitions.validator
    def _at_least_one(self, attribute: Any, value: tuple[str, ...]) -> None:  # noqa: ANN401
        if not value:
            raise ValueError(f"{attribute.name} needs at least one name")


@frozen
class Side:
    """One end of connections.

    Attributes:
        cell_types: Who.
        labels: Contacts lie on sections with any of these labels; empty for the whole cell.
    """

    cell_types: tuple[str, ...] = field()
    labels: tuple[str, ...] = ()

    @cell_types.validator
    def _at_least_one(self, _attribute: object, value: tuple[str, ...]) -> None:
        if not value:
            raise ValueError("cell_types needs at least one name")


@frozen(eq=False)
class ConnectivityRule:
    """Connections by rule, from one side to the other.

    Attributes:
        pre: Who sends.
        post: Who receives.
        rule: What connects.
    """

    pre: Side
    post: Side
    rule: Connector


@frozen
class Storage:
    """Where the network is stored.

    Attributes:
        file: Path of the HDF5 file, from the current folder.
    """

    file: str = ""


@frozen(eq=False)
class Reconstruction:
    """A tissue, and simulations of it.

    Attributes:
        network: Volume.
        partitions: Parts of the volume, by name.
        cell_types: Populations, by name.
        placement: Where cells are, by name.
        morphologies: Shapes of cells, by name.
        regions: How partitions lie to each other, by name.
        connectivity: Who connects, by name.
        simulations: Simulations, by name.
        storage: Where it is stored.
        seed: Seed of everything random in the tissue.
        name: Free text.
    """

    network: Volume
    partitions: Mapping[str, Partition]
    cell_types: Mapping[str, CellType]
    placement: Mapping[str, PlacementRule]
    morphologies: Mapping[str, MorphologySource] = Factory(dict)
    regions: Mapping[str, Region] = Factory(dict)
    connectivity: Mapping[str, ConnectivityRule] = Factory(dict)
    simulations: Mapping[str, SimulationRule] = Factory(dict)
    storage: Storage = Storage()
    seed: int = field(default=1)
    name: str = ""

    @seed.validator
    def _in_range(self, _attribute: object, value: int) -> None:
        if not 0 <= value < 2**63:
            raise ValueError(f"seed must be 0 or above and fit into 63 bits, got {value!r}")


def sets_of(rules: Mapping[str, ConnectivityRule]) -> dict[str, tuple[str, str, str]]:
    """Return every connection set: name -> rule, sending and receiving cell type."""
    found = {}
    for name, rule in rules.items():
        pairs = [(a, b) for a in rule.pre.cell_types for b in rule.post.cell_types]
        for pre, post in pairs:
            own = name if len(pairs) == 1 else f"{name}_{pre}_to_{post}"
            found[own] = (name, pre, post)
    return found
