"""The samples of an SWC file: text to checked arrays."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from bouton.model.morphology import FloatArray, IntArray
from bouton_plugins.morphologies.points import check_points, fail_on_line, raised
from bouton_plugins.morphologies.source import SourceText

_COLUMNS = "id type x y z radius parent"
_LARGEST_ID = 2**53


@frozen(eq=False)
class Samples:
    """Samples in file order.

    Attributes:
        line: Line of the file, shape (n,).
        tag: Type code, shape (n,).
        points: x, y, z, diameter, um, shape (n, 4).
        parent: Index of the parent sample, -1 for a root, shape (n,).
    """

    line: IntArray
    tag: IntArray
    points: FloatArray
    parent: IntArray

    def __len__(self) -> int:
        return len(self.line)


def read_samples(source: SourceText, minimum_diameter_um: float) -> tuple[Samples, list[str]]:
    """Return the samples and notes about what was changed.

    Raises:
        MorphologyError: Naming the line of the first thing wrong.
    """
    rows, lines = _split(source)
    if not rows:
        raise source.error(0, "there are no samples in this file", f"expected lines of {_COLUMNS}")
    table = _numbers(source, rows, lines)
    points = table[:, 2:6].copy()
    points[:, 3] *= 2
    count = check_points(points, minimum_diameter_um, "radius", fail_on_line(source, lines))
    identifier = _whole(source, table[:, 0], lines, "sample id", 0)
    tag = _whole(source, table[:, 1], lines, "type", 0)
    parent = _whole(source, table[:, 6], lines, "parent id", -1)
    samples = Samples(lines, tag, points, _parents(source, identifier, parent, lines))
    return samples, raised(count, minimum_diameter_um)


def _split(source: SourceText) -> tuple[list[list[str]], IntArray]:
    rows, lines = [], []
    for number, text in enumerate(source.lines, start=1):
        row = text.partition("#")[0].split()
        if row:
            rows.append(row)
            lines.append(number)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != 7:
            raise source.error(
                line,
                f"expected 7 numbers ({_COLUMNS}), found {len(row)} columns",
                "the file is cut off or is not SWC" if len(row) < 7 else "remove the others",
            )
    return rows, np.array(lines, dtype=np.int64)


def _numbers(source: SourceText, rows: list[list[str]], lines: IntArray) -> FloatArray:
    flat = [word for row in rows for word in row]
    try:
        if not any("_" in word for word in flat):  # float() accepts 1_000
            return np.array(list(map(float, flat))).reshape(-1, 7)
    except ValueError:
        pass
    for index, word in enumerate(flat):
        try:
            bad = "_" in word or float(word) is None
        except ValueError:
            bad = True
        if bad:
            column = _COLUMNS.split()[index % 7]
            raise source.error(int(lines[index // 7]), f"{column} {word!r} is not a number")
    raise AssertionError("unreachable: a word failed before")


def _whole(
    source: SourceText, column: FloatArray, lines: IntArray, what: str, least: int
) -> IntArray:
    whole = np.isfinite(column) & (column == np.floor(column))
    bad = ~whole | (np.abs(column) > _LARGEST_ID) | (column < least)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        hint = " (a root has -1)" if least < 0 else ""
        raise source.error(
            int(lines[row]),
            f"{what} {column[row]:.10g} must be a whole number of at least {least}{hint}",
        )
    return column.astype(np.int64)


def _parents(
    source: SourceText, identifier: IntArray, parent: IntArray, lines: IntArray
) -> IntArray:
    index_of: dict[int, int] = {}
    for index, number in enumerate(identifier.tolist()):
        if index_of.setdefault(number, index) != index:
            first = int(lines[index_of[number]])
            raise source.error(int(lines[index]), f"sample id {number} is used on line {first} too")
    result = np.full(len(parent), -1, dtype=np.int64)
    for index, number in enumerate(parent.tolist()):
        if number == -1:
            continue
        found = index_of.get(number)
        if found is None:
            raise source.error(int(lines[index]), f"parent {number} is no sample of this file")
        if found == index:
            raise source.error(int(lines[index]), f"sample {number} is its own parent")
        result[index] = found
    return result
