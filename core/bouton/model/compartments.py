"""Segments of a discretised morphology: where each one is, as plain arrays.

The same numbers that NEURON's path-distance functions give, so that spatial rules and locations
can be worked out, and tested, without NEURON.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import frozen

from bouton.errors import CellError
from bouton.model.morphology import FloatArray, IntArray, Morphology


@frozen(eq=False)
class Compartments:
    """The segments of every section, in section order.

    Attributes:
        morphology: The tree.
        nseg: Number of segments of each section, shape (n_sections,).
    """

    morphology: Morphology
    nseg: IntArray

    def __attrs_post_init__(self) -> None:
        if self.nseg.shape != (len(self.morphology),) or (self.nseg < 1).any():
            raise CellError("nseg needs one number of at least 1 for every section")
        for section, nseg in zip(self.morphology.sections, self.nseg.tolist(), strict=True):
            if len(section.segment_diameters_um) not in (0, nseg):
                raise CellError(
                    f"section {section.name!r}: {len(section.segment_diameters_um)} diameters for "
                    f"{nseg} segments"
                )

    def __len__(self) -> int:
        return int(self.nseg.sum())

    @cached_property
    def first(self) -> IntArray:
        """Index of the first segment of each section, shape (n_sections,)."""
        return np.concatenate(([0], np.cumsum(self.nseg)[:-1])).astype(np.int64)

    @cached_property
    def section(self) -> IntArray:
        """Section index of each segment, shape (n_segments,)."""
        return np.repeat(np.arange(len(self.morphology)), self.nseg)

    @cached_property
    def x(self) -> FloatArray:
        """Centre of each segment on its section, 0 to 1, shape (n_segments,)."""
        local = np.arange(len(self)) - self.first[self.section]
        return np.asarray((local + 0.5) / self.nseg[self.section], dtype=np.float64)

    @cached_property
    def lengths_um(self) -> FloatArray:
        """Length of each section, um, shape (n_sections,)."""
        return np.array([section.length_um for section in self.morphology.sections])

    @cached_property
    def start_um(self) -> FloatArray:
        """Path distance from x = 0 of the root to x = 0 of each section, um, (n_sections,).

        A child attached inside its parent hangs, as in NEURON, at the centre of the segment that
        contains the place.
        """
        start = np.zeros(len(self.morphology))
        for index, section in enumerate(self.morphology.sections):
            if section.parent >= 0:
                place = self.node_x(section.parent, section.parent_x)
                along = place * self._direction[section.parent]
                start[index] = start[section.parent] + along * self.lengths_um[section.parent]
            start[index] += section.child_x * self.lengths_um[index]
        return start

    @cached_property
    def _direction(self) -> FloatArray:
        """1 for sections that lead away from the root, -1 for those that hang by their end."""
        return np.array([1.0 - 2.0 * s.child_x for s in self.morphology.sections])

    @cached_property
    def end_um(self) -> FloatArray:
        """Path distance from x = 0 of the root to x = 1 of each section, um, (n_sections,)."""
        return self.start_um + self._direction * self.lengths_um

    @cached_property
    def distance_um(self) -> FloatArray:
        """Path distance from x = 0 of the root to each segment centre, um, (n_segments,)."""
        along = self.x * self._direction[self.section]
        return self.start_um[self.section] + along * self.lengths_um[self.section]

    def node_x(self, section: int, x: float) -> float:
        """Return where NEURON's node for place `x` is: an end, or a segment centre."""
        if x <= 0.0 or x >= 1.0:
            return float(x)
        n = int(self.nseg[section])
        return (min(int(x * n), n - 1) + 0.5) / n

    def segment_at(self, section: int, x: float) -> int:
        """Return the index of the segment that contains place `x` of a section."""
        n = int(self.nseg[section])
        return int(self.first[section]) + min(int(x * n), n - 1)

    def of_sections(self, sections: IntArray) -> IntArray:
        """Return the indices of all segments of the given sections, in order."""
        wanted = np.zeros(len(self.nseg), dtype=bool)
        wanted[np.asarray(sections, dtype=np.int64)] = True
        return np.flatnonzero(wanted[self.section])


def d_lambda_nseg(
    morphology: Morphology,
    Ra_ohm_cm: FloatArray,
    cm_uF_cm2: FloatArray,
    *,
    frequency_Hz: float = 100.0,
    d_lambda: float = 0.1,
    max_segment_um: float = 0.0,
) -> IntArray:
    """Return an odd number of segments per section by the d-lambda rule, shape (n_sections,).

    The diameter is that of the middle 3-D point, so the result does not depend on nseg itself.

    Args:
        morphology: The tree.
        Ra_ohm_cm: Axial resistivity of each section, ohm cm, shape (n_sections,).
        cm_uF_cm2: Membrane capacitance of each section, uF/cm2, shape (n_sections,).
        frequency_Hz: Frequency at which the length constant is taken.
        d_lambda: Longest segment as a fraction of that length constant.
        max_segment_um: If positive, no segment is longer; nseg may then be even.

    Source: Hines & Carnevale (2001), "NEURON: a tool for neuroscientists", d_lambda rule.
    """
    sections = morphology.sections
    middle = np.array([np.float32(s.points[len(s.points) // 2, 3]) for s in sections], dtype=float)
    lengths = np.array([s.length_um for s in sections])
    space_constant = 1e5 * np.sqrt(middle / (4 * np.pi * frequency_Hz * Ra_ohm_cm * cm_uF_cm2))
    nseg = ((lengths / (d_lambda * space_constant) + 0.5) // 2 * 2 + 1).astype(np.int64)
    if max_segment_um > 0:
        too_long = lengths / nseg > max_segment_um
        nseg[too_long] = np.ceil(lengths[too_long] / max_segment_um).astype(np.int64)
    return nseg
