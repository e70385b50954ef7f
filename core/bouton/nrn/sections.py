"""Sections, mechanisms and point processes: from description to NEURON."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from bouton.errors import CellError, MechanismError, did_you_mean
from bouton.model.cell import Played
from bouton.model.compartments import Compartments
from bouton.model.morphology import FloatArray, Section
from bouton.nrn.engine import exists, h


def create(compartments: Compartments, shapes: Sequence[Shape]) -> tuple[Any, ...]:
    """Return NEURON sections for every section of the morphology, connected, with nseg set."""
    live: list[Any] = []
    tree = zip(compartments.morphology.sections, shapes, compartments.nseg, strict=True)
    for section, shape, nseg in tree:
        one = h.Section(name=section.name)
        shape.give(one)
        # nseg before connecting: children of this section then see its final segments.
        one.nseg = int(nseg)
        if section.segment_diameters_um:
            shape.give(one)  # now that it has the segments
        if section.parent >= 0:
            one.connect(live[section.parent](section.parent_x), section.child_x)
        live.append(one)
    return tuple(live)


def shapes_of(compartments: Compartments) -> tuple[Shape, ...]:
    """Return the shapes of all sections; equal cells of a network share them."""
    if compartments not in _shapes:
        _shapes[compartments] = tuple(Shape(one) for one in compartments.morphology.sections)
    return _shapes[compartments]


class Shape:
    """The 3-D points of one section (or its cylinder), ready to be given to NEURON."""

    def __init__(self, section: Section) -> None:
        columns = np.ascontiguousarray(section.points.T)
        self._x, self._y, self._z, self._diameters = (h.Vector(column) for column in columns)
        if section.arcs_um:
            # What counts in NEURON is how long and wide a section is along its way, so its way may
            # be folded up.
            columns = folded(section.arc_um).T
            self._x, self._y, self._z = (h.Vector(column) for column in columns)
        self._cylinder: tuple[float, tuple[float, ...]] | None = None
        if section.segment_diameters_um:
            self._cylinder = section.length_um, section.segment_diameters_um
        elif section.is_cylinder:
            self._cylinder = section.length_um, (float(section.points[0, 3]),)
        self._length_um = section.set_length_um

    def give(self, live: Any, scale: float = 1.0) -> None:  # noqa: ANN401
        """Replace the points of a section; nseg and connections stay."""
        if self._cylinder is not None:
            live.L, widths = self._cylinder
            live.diam = widths[0] * scale
            if len(widths) == live.nseg > 1:
                for segment, width in zip(live, widths, strict=True):
                    segment.diam = width * scale
            return
        diameters = self._diameters if scale == 1.0 else self._diameters.c().mul(scale)
        h.pt3dclear(sec=live)
        h.pt3dadd(self._x, self._y, self._z, diameters, sec=live)
        if self._length_um > 0:
            live.L = self._length_um  # the points alone, in float32, give it to 7 digits only


_shapes: WeakKeyDictionary[Compartments, tuple[Shape, ...]] = WeakKeyDictionary()


def folded(arcs_um: FloatArray) -> FloatArray:
    """Return points in float32 whose arc lengths are exact to double precision, shape (n, 3).

    Each step goes forth or back along x, almost as far as it must; y and z make up for the rest,
    each with a step so short that float32 resolves it finely.
    """
    place = np.zeros(3, dtype=np.float32)
    points = [place]
    for number, length in enumerate(np.diff(arcs_um)):
        sign, rest = (1 if number % 2 == 0 else -1), float(length) ** 2
        new = place.copy()
        for axis in range(3):
            part = 1.0 if axis == 2 else 1.0 - 1e-6
            new[axis] = place[axis] + np.float32(sign * part * math.sqrt(max(rest, 0.0)))
            rest -= float(new[axis] - place[axis]) ** 2
        points.append(new)
        place = new
    return np.array(points, dtype=np.float64)


def insert(mechanism: str, live: Iterable[Any], catalogues: Sequence[str]) -> None:
    """Insert a density mechanism into sections.

    Raises:
        CellError: If no such mechanism is loaded.
    """
    for section in live:
        try:
            section.insert(mechanism)
        except ValueError as error:
            loaded = ", ".join(catalogues) or "none"
            raise CellError(
                f"no density mechanism {mechanism!r} for section {section.name()!r}; catalogues "
                f"of this cell: {loaded}; name the catalogue that defines it"
            ) from error


def point_process(
    mechanism: str,
    segment: Any,  # noqa: ANN401
    values: Mapping[str, float],
    catalogues: Sequence[str],
) -> Any:  # noqa: ANN401
    """Return a new point process in a segment with its parameters set.

    Raises:
        MechanismError: If no such point process is loaded.
        CellError: If it has no such parameter.
    """
    kind = getattr(h, mechanism, None) if exists(mechanism) else None
    made = None
    if kind is not None and callable(kind) and hasattr(kind(), "get_segment"):
        made = kind(segment)
    if made is None:
        loaded = ", ".join(catalogues) or "none"
        raise MechanismError(
            f"no point process {mechanism!r} is loaded; catalogues named: {loaded}; name the "
            "catalogue that defines it"
        )
    for name, value in values.items():
        _set(made, mechanism, name, value)
    return made


_ELEMENT = re.compile(r"(?P<name>\w+)\[(?P<index>\d+)\]")


def element_of(variable: str) -> tuple[str, int | None]:
    """Return name and index of an element of an array, `w[1]`; the index is None for a number."""
    found = _ELEMENT.fullmatch(variable)
    return (found["name"], int(found["index"])) if found else (variable, None)


def set_ion_style(ion: str, code: int, live: Any) -> None:  # noqa: ANN401
    """Give an ion its style in a section.

    Args:
        ion: Its name, such as `ca`.
        code: As `ion_style` gives it: c_style + 4 cinit + 8 e_style + 32 einit + 64 eadvance.
        live: The section.

    Raises:
        CellError: If the section has no such ion.
    """
    if not live.has_membrane(f"{ion}_ion"):
        raise CellError(f"section {live.name()!r} has no ion {ion!r}, so it takes no style")
    c_style, cinit, e_style = code & 3, code >> 2 & 1, code >> 3 & 3
    einit, eadvance = code >> 5 & 1, code >> 6 & 1
    h.ion_style(f"{ion}_ion", c_style, e_style, einit, eadvance, cinit, sec=live)


def point(owner: Any, variable: str, target: Any) -> None:  # noqa: ANN401
    """Make a POINTER variable point to something.

    Args:
        owner: The segment, for a density mechanism, or the point process that has it.
        variable: NEURON name, with suffix for a density mechanism.
        target: NEURON's reference.

    Raises:
        CellError: If there is no such POINTER variable.
    """
    plain, holder = variable, owner
    if not hasattr(owner, "get_segment"):
        holders = [m for m in owner if variable.endswith(f"_{m.name()}")]
        holder = max(holders, key=lambda m: len(m.name()), default=None)
        plain = variable.removesuffix(f"_{holder.name()}") if holder is not None else variable
    try:
        h.setpointer(target, plain, holder)
    except (TypeError, RuntimeError, ValueError, AttributeError) as error:
        raise CellError(f"{owner} has no POINTER variable {variable!r}") from error


def played(target: Any, told: Played) -> tuple[Any, ...]:  # noqa: ANN401
    """Let a variable follow values during every run, as long as the result is kept.

    Args:
        target: NEURON's reference to the variable.
        told: Values and times.
    """
    values, times = h.Vector(told.values), h.Vector(told.times_ms)
    if told.is_continuous:
        values.play(target, times, True)
    else:
        values.play(target, times)

    def begin() -> None:
        target[0] = told.start  # not what the last run left

    return values, times, h.FInitializeHandler(3, begin)  # before anything is played


_NOT_PARAMETERS = frozenset(
    ("baseattr", "get_loc", "get_segment", "has_loc", "hname", "hocobjptr", "loc", "same")
)


def _set(made: Any, mechanism: str, name: str, value: float) -> None:  # noqa: ANN401
    known = [n for n in dir(made) if not n.startswith("_") and n not in _NOT_PARAMETERS]
    plain, element = element_of(name)
    if plain not in known:
        raise CellError(
            f"point process {mechanism!r} has no parameter {name!r}; {did_you_mean(name, known)}"
        )
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise CellError(f"{mechanism}.{name} must be a finite number, got {value!r:.60}")
    try:
        if element is None:
            setattr(made, plain, number)
        else:
            getattr(made, plain)[element] = number
    except (TypeError, ValueError, LookupError) as error:
        raise CellError(f"{mechanism}.{name} is not a number that can be set") from error
