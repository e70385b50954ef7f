"""Contacts as rows: sorted, kept on disk while a network is compiled, and read back in order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from attrs import define, field

from bouton.results.atomic import storage_errors
from bouton_plugins.reconstruction.tissue import EDGE_COLUMNS

Rows = npt.NDArray[np.void]

ROW = np.dtype(
    [
        (name, "<i4" if name.endswith("section") else "<f8" if "_" in name else "<i8")
        for name in EDGE_COLUMNS
    ]
)
_ROWS_AT_ONCE = 1 << 17


def in_order(rows: Rows) -> Rows:
    """Return rows sorted by target, source, then the places."""
    keys = ("target_x", "target_section", "source_x", "source_section", "source", "target")
    return rows[np.lexsort(tuple(rows[key] for key in keys))]


@define(eq=False)
class Runs:
    """Rows on disk, in runs that are sorted each for itself.

    Attributes:
        path: File of the rows; made when the first run comes.
        lengths: Number of rows of each run.
    """

    path: Path
    lengths: list[int] = field(factory=list)

    def __len__(self) -> int:
        return sum(self.lengths)

    def append(self, rows: Rows) -> None:
        """Add a run, sorting it.

        Raises:
            ResultsError: If it cannot be written.
        """
        if len(rows):
            with storage_errors(f"writing {self.path}"), self.path.open("ab") as file:
                file.write(in_order(rows).tobytes())
            self.lengths.append(len(rows))

    def take(self, path: Path) -> None:
        """Add the rows of a file that somebody else wrote, and remove it."""
        self.append(np.fromfile(path, dtype=ROW))
        path.unlink()

    def blocks(self, targets: int) -> Iterator[Rows]:
        """Yield all rows in order, a bounded number at a time.

        Args:
            targets: Number of cells that may receive.
        """
        if not self.lengths:
            return
        stored = np.memmap(self.path, dtype=ROW, mode="r")
        step = max(1, targets * _ROWS_AT_ONCE // len(stored))
        limits = np.arange(0, targets + step, step)
        ends = np.cumsum([0, *self.lengths])
        bounds = np.array(
            [
                first + np.searchsorted(stored["target"][first:last], limits)
                for first, last in pairwise(ends)
            ]
        )
        for low, high in pairwise(bounds.T):
            pieces = [stored[a:b] for a, b in zip(low, high, strict=True) if b > a]
            if pieces:
                yield in_order(np.concatenate(pieces))
