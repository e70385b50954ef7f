"""From amounts and partitions to cells: how many, where, with which shape, turned how.

Numbers belong to whole partitions, never to chunks: an expected number is rounded to the nearest
whole one. What is drawn for a cell is keyed by seed, placement, partition, cell type and number.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from attrs import frozen

from bouton.contracts import CrowdPlacement
from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.wiring import Crowd
from bouton_plugins.reconstruction import rotations
from bouton_plugins.reconstruction.description import Amount, PlacementRule, Reconstruction
from bouton_plugins.reconstruction.layout import Boxes, area_um2, layout
from bouton_plugins.reconstruction.tissue import PlacedPopulation

MOST_CELLS = 10_000_000
IMPOSSIBLE, TOO_DENSE, DENSE = 0.64, 0.4, 0.2

Warn = Callable[[str], None]


@frozen(eq=False)
class _Group:
    """Cells of one type that one rule places.

    Attributes:
        rule: Name of the rule.
        cell_type: Their type.
        positions: Shape (n, 3), um.
    """

    rule: str
    cell_type: str
    positions: FloatArray


def place_cells(tissue: Reconstruction, warn: Warn) -> tuple[PlacedPopulation, ...]:
    """Return the cells of all types.

    Args:
        tissue: The description; its names must lead somewhere.
        warn: Told what is unusual, such as dense packing.

    Raises:
        NetworkError: If there is no room, or no cell.
    """
    return _Placer(tissue, warn).populations()


class _Placer:
    def __init__(self, tissue: Reconstruction, warn: Warn) -> None:
        self.tissue = tissue
        self.warn = warn
        self.boxes: Boxes = layout(tissue)
        self.draws = Draws(tissue.seed, "placement")
        self.groups: dict[tuple[str, str], _Group] = {}
        self.counts: dict[tuple[str, str], int] = {}

    def populations(self) -> tuple[PlacedPopulation, ...]:
        wanted = [
            (name, rule, cell_type)
            for name, rule in self.tissue.placement.items()
            for cell_type in rule.cell_types
        ]
        # Places that a strategy brings itself come first: others keep away from them, and their
        # number may be what another amount is relative to.
        crowds = [isinstance(rule.strategy, CrowdPlacement) for _, rule, _ in wanted]
        for told in (False, True):
            for (name, rule, cell_type), crowd in zip(wanted, crowds, strict=True):
                if crowd == told:
                    where = f"placement.{name}, cell type {cell_type!r}"
                    try:
                        self._place(name, rule, cell_type)
                    except NetworkError as error:
                        raise NetworkError(f"{where}: {error}") from error
            if told is False:
                self._check_packing(wanted)
        return tuple(self._population(cell_type) for cell_type in self.tissue.cell_types)

    def _place(self, name: str, rule: PlacementRule, cell_type: str) -> None:
        amount = self._amount(name, cell_type)
        draws = self.draws.of(f"{name}\0{cell_type}")
        if isinstance(rule.strategy, CrowdPlacement):
            positions = self._crowd(name, rule.strategy, cell_type, draws)
        else:
            positions = self._brought(rule, draws)
            if amount is not None:
                positions = _chosen(positions, self._count(name, cell_type), draws.of("chosen"))
        self.groups[name, cell_type] = _Group(name, cell_type, positions)
        self.counts[name, cell_type] = len(positions)

    def _brought(self, rule: PlacementRule, draws: Draws) -> FloatArray:
        """Return the places that a strategy brings for every partition."""
        found: list[FloatArray] = []
        for partition in rule.partitions:
            made = _checked(rule.strategy.place(self.boxes[partition], draws.of(partition)))
            # Given positions are the same for every partition, and one cell is at each.
            if not any(np.array_equal(made, other) for other in found):
                found.append(made)
        return np.concatenate(found)

    def _crowd(
        self, name: str, strategy: CrowdPlacement, cell_type: str, draws: Draws
    ) -> FloatArray:
        count = self._count(name, cell_type)
        partitions = self.tissue.placement[name].partitions
        volumes = [float(np.prod(self.boxes[p].size_um)) for p in partitions]
        radius = self.tissue.cell_types[cell_type].radius_um
        found: list[FloatArray] = []
        for partition, share in zip(partitions, _shared(count, volumes), strict=True):
            others = [group.positions for group in self.groups.values()]
            radii = [
                np.full(len(g.positions), self.tissue.cell_types[g.cell_type].radius_um)
                for g in self.groups.values()
            ]
            crowd = Crowd(
                share,
                radius,
                np.concatenate([np.empty((0, 3)), *others, *found]),
                np.concatenate([np.empty(0), *radii, *(np.full(len(p), radius) for p in found)]),
            )
            box = self.boxes[partition]
            found.append(_checked(strategy.place_crowd(crowd, box, draws.of(partition)), share))
        return np.concatenate([np.empty((0, 3)), *found])

    def _amount(self, name: str, cell_type: str) -> Amount | None:
        rule = self.tissue.placement[name]
        return rule.amounts.get(cell_type, self.tissue.cell_types[cell_type].amount)

    def _count(self, name: str, cell_type: str) -> int:
        """Return the number of cells of a type that a rule places."""
        key = (name, cell_type)
        if key not in self.counts:
            amount = self._amount(name, cell_type)
            if amount is None:
                raise NetworkError(f"cell type {cell_type!r} has no amount")
            expected = self._expected(name, amount)
            if not 0.5 <= expected <= MOST_CELLS:
                raise NetworkError(f"the amount comes to {expected:g} cells in this volume")
            self.counts[key] = round(expected)
        return self.counts[key]

    def _expected(self, name: str, amount: Amount) -> float:
        partitions = self.tissue.placement[name].partitions
        volume = self._volume(partitions)
        if amount.count is not None:
            return float(amount.count)
        if amount.density_per_um3 is not None:
            return amount.density_per_um3 * volume
        if amount.density_per_mm3 is not None:
            return amount.density_per_mm3 * volume * 1e-9
        if amount.planar_density_per_um2 is not None:
            areas = [area_um2(self.tissue.partitions[p], self.boxes[p]) for p in partitions]
            return amount.planar_density_per_um2 * sum(areas)
        rules = [
            rule
            for rule, found in self.tissue.placement.items()
            if amount.relative_to in found.cell_types
        ]
        others = sum(self._count(rule, amount.relative_to) for rule in rules)
        if amount.count_ratio is not None:
            return amount.count_ratio * others
        space = {p for rule in rules for p in self.tissue.placement[rule].partitions}
        return (amount.density_ratio or 0.0) * others / self._volume(sorted(space)) * volume

    def _volume(self, partitions: Sequence[str]) -> float:
        return float(sum(np.prod(self.boxes[name].size_um) for name in partitions))

    def _check_packing(self, wanted: Sequence[tuple[str, PlacementRule, str]]) -> None:
        """Refuse more somata than a partition can hold, and warn where they are many."""
        filled = dict.fromkeys(self.boxes, 0.0)
        for name, rule, cell_type in wanted:
            if not isinstance(rule.strategy, CrowdPlacement):
                continue
            radius = self.tissue.cell_types[cell_type].radius_um
            volumes = [float(np.prod(self.boxes[p].size_um)) for p in rule.partitions]
            shares = _shared(self._count(name, cell_type), volumes)
            for partition, share in zip(rule.partitions, shares, strict=True):
                filled[partition] += share * 4.0 / 3.0 * np.pi * radius**3
        for partition, somata in filled.items():
            self._judge(partition, somata / float(np.prod(self.boxes[partition].size_um)))

    def _judge(self, partition: str, fraction: float) -> None:
        found = f"partition {partition!r}: somata fill {fraction:.0%} of it"
        if fraction > IMPOSSIBLE:
            raise NetworkError(f"{found}; spheres at random fill {IMPOSSIBLE:.0%} at most")
        if fraction > TOO_DENSE:
            raise NetworkError(
                f"{found}; placing one after another reaches {TOO_DENSE:.0%} at most"
            )
        if fraction > DENSE:
            self.warn(f"{found}, which is dense")

    def _population(self, cell_type: str) -> PlacedPopulation:
        groups = [group for group in self.groups.values() if group.cell_type == cell_type]
        order = list(self.tissue.placement)
        groups.sort(key=lambda group: order.index(group.rule))
        kind = self.tissue.cell_types[cell_type]
        names = matching(kind.morphologies, list(self.tissue.morphologies))
        turns, shapes = [], []
        for group in groups:
            rule = self.tissue.placement[group.rule]
            cells = np.arange(len(group.positions))
            draws = self.draws.of(f"{group.rule}\0{cell_type}")
            turns.append(_turned(rule, cells, draws.of("rotation")))
            if names:
                shapes.append(_shapes(rule, cells, len(names), draws.of("morphology")))
        return PlacedPopulation(
            cell_type,
            np.concatenate([group.positions for group in groups]),
            np.concatenate(turns),
            np.concatenate([np.empty(0, dtype=np.int64), *shapes]),
            names,
            kind.radius_um,
        )


def _checked(positions: FloatArray, count: int | None = None) -> FloatArray:
    """Refuse what a strategy must not return."""
    array = np.asarray(positions, dtype=np.float64)
    wanted = "n" if count is None else str(count)
    if array.ndim != 2 or array.shape[1] != 3 or count not in (None, len(array)):
        raise NetworkError(f"the strategy gave the shape {array.shape}, not ({wanted}, 3)")
    if not np.isfinite(array).all():
        raise NetworkError("the strategy gave a position that is not finite")
    return array


def matching(patterns: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that any pattern matches, in the order of the patterns."""
    found = [n for pattern in patterns for n in names if fnmatch.fnmatchcase(n, pattern)]
    return tuple(dict.fromkeys(found))


def _shared(count: int, volumes: Sequence[float]) -> list[int]:
    """Return whole shares of a number by volume: no cell is lost, none is added."""
    parts = np.cumsum([0.0, *volumes])
    limits = np.rint(parts / parts[-1] * count).astype(int).tolist()
    return [high - low for low, high in pairwise(limits)]


def _chosen(positions: FloatArray, count: int, draws: Draws) -> FloatArray:
    """Return so many of the positions, each equally likely, in their order."""
    if count > len(positions):
        raise NetworkError(f"there are {len(positions)} places for {count} cells")
    order = np.argsort(draws.bits(np.arange(len(positions))), kind="stable")
    return np.asarray(positions[np.sort(order[:count])])


def _turned(rule: PlacementRule, cells: IntArray, draws: Draws) -> FloatArray:
    if rule.rotation == "none":
        return rotations.unrotated(len(cells))
    if rule.rotation == "random":
        return rotations.uniform(draws, cells)
    return np.tile(rotations.from_euler(rule.rotation), (len(cells), 1))


def _shapes(rule: PlacementRule, cells: IntArray, choices: int, draws: Draws) -> IntArray:
    if rule.morphologies == "in-turn":
        return np.asarray(cells % choices)
    return np.floor(draws.uniform(cells) * choices).astype(np.int64)


def chunks_of(positions: FloatArray, origin_um: FloatArray, chunk_um: FloatArray) -> list[IntArray]:
    """Return the cells of every chunk that has any, rising within each."""
    if not len(positions):
        return []
    numbers = np.floor((positions - origin_um) / chunk_um).astype(np.int64)
    _, chunk = np.unique(numbers, axis=0, return_inverse=True)
    chunk = chunk.reshape(-1)
    order = np.argsort(chunk, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(chunk[order])) + 1)
