"""Branches as straight segments, and where two segments come closest."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from attrs import frozen

from bouton.model.morphology import FloatArray, IntArray, Morphology, Section
from bouton_plugins.reconstruction.contacts.places import arc_fractions

PIECE_UM = 7


@frozen(eq=False)
class Segments:
    """Straight lines between neighbouring points, each of one radius, with round ends.

    Lines without length are left out. The segments of a section are grouped into pieces of at
    most `PIECE_UM` of length, each within a ball, so that a search compares few balls; a long
    segment is in several pieces.

    Attributes:
        start: Where they start, as loaded, shape (n, 3), um.
        step: From there to their end, shape (n, 3), um.
        middle: Half way, shape (n, 3), um.
        around: Radius of the ball around the middle that holds the segment, shape (n,), um.
        radius: Mean radius of the two ends, shape (n,), um.
        section: Section, shape (n,).
        x: Place of the start on it, 0 to 1, shape (n,).
        length: Share of the section's length, shape (n,).
        ball: Middle of the ball around each piece, surface included, shape (m, 3), um.
        reach: Radius of the ball, shape (m,), um.
        first: First segment of each piece, shape (m,).
        count: Number of its segments, shape (m,).
    """

    start: FloatArray
    step: FloatArray
    middle: FloatArray
    around: FloatArray
    radius: FloatArray
    section: IntArray
    x: FloatArray
    length: FloatArray
    ball: FloatArray
    reach: FloatArray
    first: IntArray
    count: IntArray


@lru_cache(maxsize=256)
def labelled_segments(morphology: Morphology, sections: tuple[int, ...]) -> Segments:
    """Return the segments of sections."""
    rows: list[tuple[FloatArray, ...]] = []
    pieces: list[FloatArray] = []
    before = 0
    for index in sections:
        row = _segments(morphology.sections[index])
        piece = _pieces(*row[:3])
        piece[:, 4] += before
        before += len(row[0])
        rows.append((*row, np.full(len(row[0]), index)))
        pieces.append(piece)
    start, step, radius, x, length, section = map(np.concatenate, zip(*rows, strict=True))
    table = np.concatenate(pieces)
    first, count = table[:, 4:].astype(np.int64).T
    ball, reach = table[:, :3], table[:, 3]
    middle = start + step / 2
    around = np.sqrt(_dot(step, step)) / 2 + radius
    return Segments(
        start, step, middle, around, radius, section, x, length, ball, reach, first, count
    )


def _segments(section: Section) -> tuple[FloatArray, ...]:
    """Return start, step, radius, place and share of length of each segment that has a length."""
    xyz, diameter, x = section.points[:, :3], section.points[:, 3], arc_fractions(section)
    step = np.diff(xyz, axis=0)
    moved = step.any(axis=1)
    radius = (diameter[:-1] + diameter[1:]) / 4
    return xyz[:-1][moved], step[moved], radius[moved], x[:-1][moved], np.diff(x)[moved]


def _pieces(start: FloatArray, step: FloatArray, radius: FloatArray) -> FloatArray:
    """Return middle, radius, first segment and number of segments of each piece, shape (m, 6)."""
    xyz = np.vstack((start, start[-1] + step[-1]))
    arc = np.concatenate(([0.0], np.cumsum(np.sqrt((step**2).sum(axis=1)))))
    cuts = np.linspace(0.0, arc[-1], max(1, int(np.ceil(arc[-1] / PIECE_UM))) + 1)
    made = np.empty((len(cuts) - 1, 6))
    for row, (low, high) in enumerate(pairwise(cuts)):
        first = int(np.searchsorted(arc, low, side="right")) - 1
        last = int(np.searchsorted(arc, high, side="left"))
        along = np.concatenate(([low], arc[first + 1 : last], [high]))
        line = np.stack([np.interp(along, arc, xyz[:, axis]) for axis in range(3)], axis=1)
        middle = (line.min(axis=0) + line.max(axis=0)) / 2
        apart = np.sqrt(((line - middle) ** 2).sum(axis=1).max())
        made[row] = [*middle, apart + radius[first:last].max(), first, last - first]
    return made


def closest(
    start: FloatArray, step: FloatArray, other_start: FloatArray, other_step: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return where pairs of segments come closest: two fractions, 0 to 1, and the distance, um.

    The smallest of five candidates: the closest points of the two lines, if both lie within the
    segments, and each of the four ends with the closest point of the other segment. A segment
    without length is a point.

    Args:
        start: Start of the first segments, shape (n, 3), um.
        step: From their start to their end, shape (n, 3), um.
        other_start: The same for the second segments.
        other_step: From their start to their end.
    """
    apart = other_start - start
    long, other_long, mixed = _dot(step, step), _dot(other_step, other_step), _dot(step, other_step)
    ahead, other_ahead = _dot(step, apart), _dot(other_step, apart)
    s = _share(ahead * other_long - other_ahead * mixed, long * other_long - mixed * mixed)
    candidates = [
        (s, _share(s * mixed - other_ahead, other_long)),
        (np.zeros_like(s), _share(-other_ahead, other_long)),
        (np.ones_like(s), _share(mixed - other_ahead, other_long)),
        (_share(ahead, long), np.zeros_like(s)),
        (_share(ahead + mixed, long), np.ones_like(s)),
    ]
    best_s, best_t = candidates[0]
    best = np.full(len(s), np.inf)
    for one, other in candidates:
        between = apart + other[:, None] * other_step - one[:, None] * step
        square = _dot(between, between)
        nearer = square < best
        best = np.where(nearer, square, best)
        best_s, best_t = np.where(nearer, one, best_s), np.where(nearer, other, best_t)
    return best_s, best_t, np.sqrt(best)


def _dot(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.asarray(one[:, 0] * other[:, 0] + one[:, 1] * other[:, 1] + one[:, 2] * other[:, 2])


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return part / whole within 0 to 1, and 0 where the whole is nothing."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        share = np.where(whole > 0, part / whole, 0.0)
    return np.clip(share, 0.0, 1.0)
