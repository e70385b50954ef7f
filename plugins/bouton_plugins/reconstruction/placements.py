"""Placements that know how many cells there are and how much room they need."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
from attrs import field, frozen

from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.wiring import Box, Crowd
from bouton_plugins.networks.checks import above_zero, not_below_zero
from bouton_plugins.reconstruction.crowding import close_pairs


@frozen
class RandomCells:
    """Cells at random places of their partition, each place equally likely.

    Attributes:
        avoid_overlap: Keep somata from overlapping each other and those that were placed before.
        minimum_distance_um: Keep centres at least so far apart, whatever the radii.
        attempts: Places that a cell tries before it counts as without room.
        spread_um: If above 0, the cells are dealt out evenly to boxes of about this side, which
            fill the partition; within its box a cell may be anywhere.
    """

    avoid_overlap: bool = False
    minimum_distance_um: float = field(default=0.0, validator=not_below_zero)
    attempts: int = field(default=200, validator=above_zero)
    spread_um: float = field(default=0.0, validator=not_below_zero)

    def place(self, box: Box, draws: Draws) -> FloatArray:
        """Refuse: in networks of rules the number of cells comes with the placement.

        Raises:
            NetworkError: Always.
        """
        del box, draws
        raise NetworkError("random-cells must be told how many cells there are; use uniform")

    def place_crowd(self, crowd: Crowd, box: Box, draws: Draws) -> FloatArray:
        """Return the positions; where nothing is in the way, more cells change no others.

        Raises:
            NetworkError: If some cells find no room.
        """
        every = np.arange(crowd.count)
        origins, size = self._boxes(crowd.count, box, draws.of("boxes"))
        positions = _tried(origins, size, draws, every, 0)
        if not (self.avoid_overlap or self.minimum_distance_um):
            return positions
        pending = every
        for attempt in range(1, self.attempts + 1):
            pending = self._blocked(positions, pending, crowd)
            if not len(pending):
                return positions
            if attempt < self.attempts:
                positions[pending] = _tried(origins[pending], size, draws, pending, attempt)
        raise NetworkError(
            f"{len(pending)} of {crowd.count} cells found no room after {self.attempts} attempts; "
            "fewer or smaller cells, a larger volume or more attempts would help"
        )

    def _boxes(self, count: int, box: Box, draws: Draws) -> tuple[FloatArray, FloatArray]:
        """Return the lower corner of the box of every cell, and the size of all boxes."""
        side = self.spread_um or math.inf
        along = np.maximum(1, np.rint(box.size_um / side)).astype(np.int64)
        size = box.size_um / along
        boxes = int(along.prod())
        rounds = np.arange(-(-count // boxes))[:, None]
        # each round deals one cell to every box, in an order of its own
        order = np.argsort(draws.uniform(rounds, np.arange(boxes)[None, :]), axis=1, kind="stable")
        corner = np.stack(np.unravel_index(order.reshape(-1)[:count], along), axis=1)
        return box.origin_um + corner * size, size

    def _blocked(self, positions: FloatArray, pending: IntArray, crowd: Crowd) -> IntArray:
        """Return the pending cells that are too close to others; of two, the later one gives way.

        Cells that have a place already keep it.
        """
        points = np.concatenate([positions, crowd.others])
        radii = np.concatenate([np.full(crowd.count, crowd.radius_um), crowd.other_radii_um])
        radii *= self.avoid_overlap
        reach = max(
            crowd.radius_um * self.avoid_overlap + radii.max(initial=0.0), self.minimum_distance_um
        )
        if reach == 0.0:
            return np.empty(0, dtype=np.int64)  # points do not overlap
        rows, columns = close_pairs(positions[pending], points, reach)
        cells = pending[rows]
        limit = np.maximum(radii[cells] + radii[columns], self.minimum_distance_um)
        distance = np.sqrt(((positions[cells] - points[columns]) ** 2).sum(axis=1))
        is_pending = np.zeros(len(points), dtype=bool)
        is_pending[pending] = True
        gives_way = ~is_pending[columns] | (columns < cells)
        return np.unique(cells[(distance < limit) & (columns != cells) & gives_way])


def _tried(
    origins: FloatArray, size: FloatArray, draws: Draws, cells: IntArray, attempt: int
) -> FloatArray:
    parts = draws.uniform(cells[:, None], np.arange(3)[None, :], attempt)
    return np.asarray(origins + parts * size)


@frozen
class PositionsFile:
    """Cells at the positions in a table with a line of names.

    Attributes:
        file: CSV file.
        x: Column of x, um.
        y: Column of y, um.
        z: Column of z, um.
        delimiter: Between columns.
    """

    file: Path
    x: str = "x"
    y: str = "y"
    z: str = "z"
    delimiter: str = field(default=",")

    @delimiter.validator
    def _one_letter(self, _attribute: object, value: str) -> None:
        if len(value) != 1:
            raise ValueError(f"delimiter must be one character, got {value!r}")

    def place(self, box: Box, draws: Draws) -> FloatArray:
        """Return the positions, inside the box or not.

        Raises:
            NetworkError: If the table cannot be used, naming its line.
        """
        del box, draws
        try:
            text = self.file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise NetworkError(f"{self.file} cannot be read: {error}") from error
        rows = csv.DictReader(text.splitlines(), delimiter=self.delimiter)
        names = [self.x, self.y, self.z]
        missing = [name for name in names if name not in (rows.fieldnames or ())]
        if missing:
            found = ", ".join(rows.fieldnames or ()) or "nothing"
            raise NetworkError(f"{self.file}: no column {missing[0]!r}; its first line has {found}")
        positions = [[self._number(row, name, rows.line_num) for name in names] for row in rows]
        if not positions:
            raise NetworkError(f"{self.file} has no rows")
        return np.array(positions)

    def _number(self, row: dict[str, str | None], name: str, line: int) -> float:
        try:
            value = float(row[name] or "")
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise NetworkError(f"{self.file}:{line}: {name} must be a number, got {row[name]!r}")
        return value
