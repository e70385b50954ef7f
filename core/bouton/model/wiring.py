"""What placements and connectors work with: boxes, sides, contacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
from attrs import field, frozen

from bouton.errors import NetworkError
from bouton.model.morphology import FloatArray, IntArray, Morphology, read_only

PAIRS_AT_ONCE = 2**20
MOST_AT_ONCE = 20_000_000


@frozen(eq=False)
class Box:
    """A box with its sides along the axes.

    Attributes:
        origin_um: Lower corner, shape (3,).
        size_um: Length of the sides, shape (3,).
    """

    origin_um: FloatArray = field(converter=read_only)
    size_um: FloatArray = field(converter=read_only)

    def __attrs_post_init__(self) -> None:
        if self.size_um.shape != (3,) or self.origin_um.shape != (3,) or (self.size_um <= 0).any():
            raise NetworkError("a box needs an origin and three sides above 0 um")

    @property
    def volume_mm3(self) -> float:
        """Its volume, mm3."""
        return float(np.prod(self.size_um)) * 1e-9

    def inside(self, positions: FloatArray) -> FloatArray:
        """Return positions as fractions of the sides, shape (n, 3)."""
        return np.asarray((positions - self.origin_um) / self.size_um)


@frozen(eq=False)
class Crowd:
    """Cells that are to be placed, and those that are there already.

    Attributes:
        count: Number of cells to place.
        radius_um: Radius of their somata; 0 if they take no room.
        others: Where cells are already, shape (m, 3), um.
        other_radii_um: Radius of their somata, shape (m,).
    """

    count: int
    radius_um: float = 0.0
    others: FloatArray = field(factory=lambda: np.empty((0, 3)))
    other_radii_um: FloatArray = field(factory=lambda: np.empty(0))


@frozen(eq=False)
class Branches:
    """The shapes of the cells of a population, and which parts of them may touch.

    Attributes:
        morphologies: The distinct shapes, as loaded: not rotated, not moved.
        morphology_of: Which of them each cell has, shape (n,).
        rotations: Matrix of each cell, shape (n, 3, 3); a point p of its morphology lies at
            rotation @ p + position.
        labels: A section may touch if it carries any of these; empty for all sections.
    """

    morphologies: tuple[Morphology, ...]
    morphology_of: IntArray
    rotations: FloatArray
    labels: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.rotations.shape != (len(self.morphology_of), 3, 3):
            raise NetworkError("every cell needs a rotation matrix")

    def sections(self, morphology: int) -> IntArray:
        """Return the sections of a morphology that may touch, rising."""
        wanted = set(self.labels)
        return np.array(
            [
                index
                for index, section in enumerate(self.morphologies[morphology].sections)
                if not wanted or wanted & set(section.labels)
            ],
            dtype=np.int64,
        )


@frozen(eq=False)
class Side:
    """One population, as a connector sees it.

    Attributes:
        name: Name of the population.
        positions: Of all its cells, shape (n, 3), um.
        box: Where the cells are.
        wanted: Cells whose contacts are asked for, shape (m,), rising; receiving side only.
        branches: Shapes of the cells, for rules that look at them; None where there are none.
    """

    name: str
    positions: FloatArray
    box: Box
    wanted: IntArray
    branches: Branches | None = None

    def __len__(self) -> int:
        return len(self.positions)


@frozen(eq=False)
class Contacts:
    """Who connects to whom, and where if the rule knows.

    Attributes:
        source: Sending cell, shape (n,).
        target: Receiving cell, shape (n,).
        section: Section of the receiving cell, shape (n,); None where places are chosen later.
        x: Place on it.
        source_section: Section of the sending cell, for rules that know it.
        source_x: Place on it.
        weight: Weights that the rule itself brings, such as a list; None to use the study's.
        delay_ms: Delays that the rule itself brings.
        distance_um: Between the two places, for rules that know both.
    """

    source: IntArray
    target: IntArray
    section: IntArray | None = None
    x: FloatArray | None = None
    source_section: IntArray | None = None
    source_x: FloatArray | None = None
    weight: FloatArray | None = None
    delay_ms: FloatArray | None = None
    distance_um: FloatArray | None = None


def check_bounded(count: float, what: str) -> None:
    """Refuse more connections or spikes than a process can hold.

    Raises:
        NetworkError: If there are more than 20 million; in NEURON these connections take 9 GB.
    """
    if count > MOST_AT_ONCE:
        raise NetworkError(
            f"{count:.4g} {what} or more are too many: a process takes {MOST_AT_ONCE:,} at most; "
            "ask for fewer, or share the cells among more processes with mpirun"
        )


def blocks(post: Side, width: int) -> Iterator[IntArray]:
    """Yield the wanted targets in pieces, so that piece times width stays bounded."""
    step = max(1, PAIRS_AT_ONCE // max(width, 1))
    for start in range(0, len(post.wanted), step):
        yield post.wanted[start : start + step]


PAIR_NAMES = (
    "pre_id",
    "post_id",
    *(
        f"{side}_{axis}{kind}"
        for side in ("pre", "post")
        for axis in "xyz"
        for kind in ("", "norm")
    ),
    "distance",
    "distance_x",
    "distance_y",
    "distance_z",
    "distance_xy",
    "distance_xz",
    "distance_yz",
)
CELL_NAMES = ("id", *(f"{axis}{kind}" for axis in "xyz" for kind in ("", "norm")))


class PairVariables(Mapping[str, FloatArray]):
    """Values of the names that formulas of pairs may use, worked out when asked for.

    Args:
        pre: Sending population.
        post: Receiving population.
        source: Sending cells, broadcast against `target`.
        target: Receiving cells.
    """

    def __init__(self, pre: Side, post: Side, source: IntArray, target: IntArray) -> None:
        self._sides = {"pre": pre, "post": post}
        self._cells = {"pre": source, "post": target}

    def __getitem__(self, name: str) -> FloatArray:
        if name not in PAIR_NAMES:
            raise KeyError(name)
        first, _, rest = name.partition("_")
        if first == "distance":
            return self._distance(rest or "xyz")
        if rest == "id":
            return np.asarray(self._cells[first], dtype=np.float64)
        side = self._sides[first]
        axis = "xyz".index(rest[0])
        column = side.positions[:, axis]
        if rest.endswith("norm"):
            column = (column - side.box.origin_um[axis]) / side.box.size_um[axis]
        return np.asarray(column[self._cells[first]])

    def _distance(self, axes: str) -> FloatArray:
        steps = [self[f"pre_{axis}"] - self[f"post_{axis}"] for axis in axes]
        return np.sqrt(sum(step * step for step in steps))

    def __iter__(self) -> Iterator[str]:
        return iter(PAIR_NAMES)

    def __len__(self) -> int:
        return len(PAIR_NAMES)


@frozen(eq=False)
class CellVariables:
    """Values of the names that formulas of single cells may use."""

    positions: FloatArray
    box: Box

    @cached_property
    def values(self) -> dict[str, FloatArray]:
        """Arrays by name."""
        inside = self.box.inside(self.positions)
        found = {"id": np.arange(len(self.positions), dtype=np.float64)}
        for column, axis in enumerate("xyz"):
            found[axis] = self.positions[:, column]
            found[f"{axis}norm"] = inside[:, column]
        return found
