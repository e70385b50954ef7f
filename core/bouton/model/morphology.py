"""A morphology: an immutable tree of unbranched sections."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from bouton.errors import MorphologyError, did_you_mean

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def read_only(values: npt.ArrayLike) -> FloatArray:
    """Return a read-only float64 copy."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


def _points(values: npt.ArrayLike) -> FloatArray:
    array = read_only(values)
    if array.ndim != 2 or array.shape[1] != 4:
        raise MorphologyError(f"points need the shape (n, 4), got {array.shape}")
    return array


@frozen(eq=False)
class Section:
    """One unbranched piece of neurite or soma.

    Attributes:
        name: Unique name within the morphology, such as `soma`, `dend[3]`.
        labels: One or more labels, the first being the class of the section (soma, dend, apic,
            axon, or any other word).
        parent: Index of the parent section, -1 for the root. Parents come before children.
        parent_x: Place on the parent, 0 to 1.
        points: 3-D points, shape (n, 4): x, y, z, diameter, um. Read-only; at least two points.
        is_cylinder: The two points, of one diameter, stand for an exact cylinder: length and
            diameter keep double precision, where NEURON holds 3-D points in float32.
        child_x: Its end at the parent, 0 or 1.
        set_length_um: If positive, the length that is set after the points, in double precision.
        segment_diameters_um: If given, its segments are cylinders of these diameters, one for each,
            and the points only say where it lies.
        arcs_um: If given, arc length at each point in double precision, where the points in
            float32 do not give it: they were rescaled.
    """

    name: str
    labels: tuple[str, ...]
    parent: int
    parent_x: float
    points: FloatArray = field(converter=_points)
    is_cylinder: bool = False
    child_x: float = 0.0
    set_length_um: float = 0.0
    segment_diameters_um: tuple[float, ...] = ()
    arcs_um: tuple[float, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.child_x not in (0.0, 1.0):
            raise MorphologyError(f"section {self.name!r}: child_x is 0 or 1, got {self.child_x!r}")
        if self.arcs_um and len(self.arcs_um) != len(self.points):
            raise MorphologyError(
                f"section {self.name!r}: {len(self.arcs_um)} arc lengths for {len(self.points)} "
                "points"
            )
        if self.is_cylinder and (len(self.points) != 2 or self.points[0, 3] != self.points[1, 3]):
            raise MorphologyError(f"section {self.name!r}: a cylinder has two points, equally wide")

    @classmethod
    def cylinder(
        cls,
        name: str,
        labels: tuple[str, ...],
        *,
        length_um: float,
        diameter_um: float,
        parent: int = -1,
        parent_x: float = 0.0,
    ) -> Section:
        """Return an exact cylinder, drawn along x from the origin."""
        points = [[0.0, 0.0, 0.0, diameter_um], [length_um, 0.0, 0.0, diameter_um]]
        return cls(name, labels, parent, parent_x, points, is_cylinder=True)

    @property
    def label(self) -> str:
        """The class of the section: its first label."""
        return self.labels[0]

    @cached_property
    def arc_um(self) -> FloatArray:
        """Arc length at each point, um; bit for bit what NEURON makes of its float32 points."""
        if self.arcs_um:
            return np.array(self.arcs_um, dtype=np.float64)
        points = self.points[:, :3]
        if not self.is_cylinder:
            points = points.astype(np.float32)
        # NEURON subtracts in float32 and squares in double precision.
        steps = np.diff(points, axis=0).astype(np.float64)
        return np.concatenate(([0.0], np.cumsum(np.sqrt((steps**2).sum(axis=1)))))

    @property
    def length_um(self) -> float:
        """Length along the points, or the one set after them, um."""
        return self.set_length_um if self.set_length_um > 0 else float(self.arc_um[-1])

    @property
    def area_um2(self) -> float:
        """Lateral area of the frusta between the points, or of its cylinders, um2."""
        if self.segment_diameters_um:
            return float(np.pi * self.length_um * np.mean(self.segment_diameters_um))
        radius = self.points[:, 3] / 2
        slant = np.hypot(np.diff(self.arc_um), np.diff(radius))
        return float((np.pi * (radius[1:] + radius[:-1]) * slant).sum())


@frozen
class LabelTotal:
    """What the sections of one class add up to.

    Attributes:
        label: The class: first label of the sections.
        sections: Their number.
        points: Number of their 3-D points.
        length_um: Sum of their lengths, um.
        area_um2: Sum of their lateral areas, um2.
    """

    label: str
    sections: int
    points: int
    length_um: float
    area_um2: float


@frozen
class LoadReport:
    """What a loader did with a file, for the user to read.

    Attributes:
        source: File name.
        format: Loader name.
        soma_rule: How the soma was made, in words.
        dropped: What was left out and why.
        notes: Anything else worth knowing.
    """

    source: str = ""
    format: str = ""
    soma_rule: str = ""
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@frozen(eq=False)
class Morphology:
    """An immutable tree of sections; section 0 is the root.

    Attributes:
        name: Name for tables and figures.
        sections: Sections in order; every parent comes before its children.
        report: What the loader did.
    """

    name: str
    sections: tuple[Section, ...]
    report: LoadReport = LoadReport()

    def __attrs_post_init__(self) -> None:
        if not self.sections:
            raise MorphologyError(f"morphology {self.name!r} has no sections")
        names: set[str] = set()
        for index, section in enumerate(self.sections):
            self._check(index, section, names)
            names.add(section.name)
        self._check_points()

    def _check(self, index: int, section: Section, names: set[str]) -> None:
        where = self._where(index)
        if section.name in names:
            raise MorphologyError(f"{where}: the name is used twice")
        if not section.labels:
            raise MorphologyError(f"{where}: it has no label")
        if not (section.parent < index and (section.parent >= 0) == (index > 0)):
            raise MorphologyError(
                f"{where}: parent {section.parent} must come before it, and only the first "
                "section may be a root (-1)"
            )
        if not 0.0 <= section.parent_x <= 1.0:
            raise MorphologyError(f"{where}: parent_x {section.parent_x} is not within 0 to 1")
        if len(section.points) < 2:
            raise MorphologyError(f"{where}: it needs two or more points")

    def _check_points(self) -> None:
        """Check the points of all sections at once; sections can be many."""
        points = np.concatenate([section.points for section in self.sections])
        first = np.cumsum([0, *(len(section.points) for section in self.sections)])
        with np.errstate(over="ignore"):  # NEURON keeps points in float32; too large is inf there
            stored = points.astype(np.float32)
        place = stored[:, :3]
        moved = np.any(place[1:] != place[:-1], axis=1)
        moved[first[1:-1] - 1] = False  # a step from one section to the next is none
        has_length = np.logical_or.reduceat(np.append(moved, False), first[:-1])
        finite = np.isfinite(stored).all(axis=1)
        for bad, problem in (
            (~finite, "a coordinate or diameter is not a finite float32"),
            (finite & (stored[:, 3] <= 0), "a diameter is zero or negative"),
        ):
            if bad.any():
                index = int(np.searchsorted(first, np.flatnonzero(bad)[0], side="right")) - 1
                raise MorphologyError(f"{self._where(index)}: {problem}")
        if not has_length.all():
            index = int(np.flatnonzero(~has_length)[0])
            raise MorphologyError(f"{self._where(index)}: its length is zero")

    def _where(self, index: int) -> str:
        return f"morphology {self.name!r}, section {self.sections[index].name!r}"

    def __len__(self) -> int:
        return len(self.sections)

    def _repr_html_(self) -> str:
        from bouton.model.views import morphology_html

        return morphology_html(self)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All labels, in order of first appearance."""
        return tuple(dict.fromkeys(lab for section in self.sections for lab in section.labels))

    @cached_property
    def parents(self) -> IntArray:
        """Parent index of each section, -1 for the root, shape (n_sections,)."""
        return np.array([section.parent for section in self.sections], dtype=np.int64)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the children of each section."""
        table: list[list[int]] = [[] for _ in self.sections]
        for index, section in enumerate(self.sections):
            if section.parent >= 0:
                table[section.parent].append(index)
        return tuple(tuple(row) for row in table)

    def indices(self, label: str) -> IntArray:
        """Return the indices of the sections that carry `label`, shape (n,)."""
        found = [i for i, section in enumerate(self.sections) if label in section.labels]
        return np.array(found, dtype=np.int64)

    @cached_property
    def start_um(self) -> FloatArray:
        """Path distance from x = 0 of the root to x = 0 of each section, um, (n_sections,).

        Exact along the tree. Where a child hangs inside its parent NEURON takes the nearest
        segment centre instead: see `bouton.model.compartments.Compartments.start_um`.
        """
        start = np.zeros(len(self.sections))
        for index, section in enumerate(self.sections):
            if section.parent >= 0:
                above = self.sections[section.parent]
                along = abs(section.parent_x - above.child_x) - above.child_x
                start[index] = start[section.parent] + along * above.length_um
            start[index] += section.child_x * section.length_um
        return start

    @cached_property
    def end_um(self) -> FloatArray:
        """Path distance from x = 0 of the root to x = 1 of each section, um, (n_sections,)."""
        signed = [(1.0 - 2.0 * section.child_x) * section.length_um for section in self.sections]
        return np.add(self.start_um, np.array(signed, dtype=np.float64))

    def summary(self) -> tuple[LabelTotal, ...]:
        """Return totals per class of section, in order of first appearance."""
        classes: dict[str, list[Section]] = {}
        for section in self.sections:
            classes.setdefault(section.label, []).append(section)
        return tuple(
            LabelTotal(
                label=label,
                sections=len(members),
                points=sum(len(section.points) for section in members),
                length_um=sum(section.length_um for section in members),
                area_um2=sum(section.area_um2 for section in members),
            )
            for label, members in classes.items()
        )

    def totals(self) -> tuple[str, ...]:
        """Return the summary in words, one line per class, as loaders put it in their report."""
        return tuple(
            f"{total.label}: {total.sections} section{'s' if total.sections > 1 else ''}, "
            f"{total.length_um:.2f} um long, {total.area_um2:.1f} um2"
            for total in self.summary()
        )

    def index_of(self, name: str) -> int:
        """Return the index of the section called `name`.

        Raises:
            MorphologyError: If there is none, with close matches.
        """
        for index, section in enumerate(self.sections):
            if section.name == name:
                return index
        known = [section.name for section in self.sections]
        raise MorphologyError(
            f"morphology {self.name!r} has no section {name!r}; {did_you_mean(name, known)}"
        )

    def with_sections(self, extra: Sequence[Section]) -> Morphology:
        """Return a morphology with sections appended, for example an artificial axon."""
        return Morphology(self.name, (*self.sections, *extra), self.report)
