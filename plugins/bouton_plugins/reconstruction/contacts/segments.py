"""Branches as straight segments, and where two segments come closest."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from attrs import frozen

from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton_plugins.reconstruction.contacts.places import arc_fractions

PIECE_UM = 4.0


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
        ball: Middle of each piece, along it, shape (m, 3), um.
        reach: Radius of a ball around it that holds the piece and its surface, shape (m,), um.
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


@lru_cache(maxsize=1024)
def labelled_segments(morphology: Morphology, sections: tuple[int, ...]) -> Segments:
    """Return the segments of sections."""
    parts = [morphology.sections[index] for index in sections]
    points = np.concatenate([part.points for part in parts])
    fraction = np.concatenate([arc_fractions(part) for part in parts])
    owner = np.repeat(np.array(sections), [len(part.points) for part in parts])
    steps = np.diff(points[:, :3], axis=0)
    kept = (owner[1:] == owner[:-1]) & (_dot(steps, steps) > 0)
    start, step, section = points[:-1, :3][kept], steps[kept], owner[:-1][kept]
    radius = ((points[:-1, 3] + points[1:, 3]) / 4)[kept]
    length = np.sqrt(_dot(step, step))
    at, share, half, first, last = _pieces(length, section)
    widest = np.maximum.reduceat(np.append(radius, 0.0), np.stack((first, last), axis=1).ravel())
    return Segments(
        start=start,
        step=step,
        middle=start + step / 2,
        around=length / 2 + radius,
        radius=radius,
        section=section,
        x=fraction[:-1][kept],
        length=np.diff(fraction)[kept],
        ball=start[at] + share[:, None] * step[at],
        reach=half + widest[::2],
        first=first,
        count=last - first,
    )


def _pieces(
    length: FloatArray, section: IntArray
) -> tuple[IntArray, FloatArray, FloatArray, IntArray, IntArray]:
    """Return how sections are cut into equal pieces.

    Returns:
        Segment in which the middle of each piece lies, where on it, half the length of the piece,
        um, its first segment and the one after its last, shape (m,) each.
    """
    upto = np.cumsum(length)
    before = upto - length
    starts = np.flatnonzero(np.diff(section, prepend=-1))
    ends = np.append(starts[1:], len(section))
    whole = upto[ends - 1] - before[starts]
    numbers = np.maximum(np.ceil(whole / PIECE_UM), 1).astype(np.int64)
    own = np.repeat(np.arange(len(starts)), numbers)
    nth = np.arange(len(own)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    size = (whole / numbers)[own]
    low = before[starts][own] + nth * size
    first = np.clip(np.searchsorted(upto, low, side="right"), starts[own], ends[own] - 1)
    last = np.searchsorted(before, low + size, side="left")
    last = np.clip(last, first + 1, ends[own])
    middle = low + size / 2
    at = np.clip(np.searchsorted(upto, middle, side="right"), first, last - 1)
    share = np.clip((middle - before[at]) / length[at], 0.0, 1.0)
    return at, share, size / 2, first, last


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
