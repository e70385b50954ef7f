"""What of a cell a NEURON reference leads to, and what its POINTER variables point to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bouton.errors import CellError
from bouton.nrn.foreign.points import PYTHON_NAME
from bouton.nrn.foreign.values import Plain, variables
from bouton.nrn.modfiles import Mechanism
from bouton.nrn.sections import element_of

_KINDS = (1, 2, 3)  # PARAMETER, ASSIGNED, STATE


class Places:
    """Every variable of a cell, to be found by a reference to it.

    Args:
        sections: Sections by name.
        points: Point processes that are kept, by name.
    """

    def __init__(self, sections: Mapping[str, Any], points: Mapping[str, Any]) -> None:
        self.sections = sections
        self.points = points
        self._of: dict[str, list[str]] = {}

    def find(self, reference: Any) -> Plain | None:  # noqa: ANN401
        """Return which variable a reference leads to; None if none of the cell."""
        found = (place for place, mine in self._all() if mine == reference)
        return next(found, None)

    def _all(self) -> Iterator[tuple[Plain, Any]]:
        for name, section in self.sections.items():
            for segment in section:
                place = {"section": name, "x": float(segment.x), "point": ""}
                known = [v for m in segment for v in self._variables(m.name())]
                yield from _references(segment, ["v", "cm", *known], place)
        for name, point in self.points.items():
            mechanism = point.hname().split("[", maxsplit=1)[0]
            place = {"section": None, "x": 0.5, "point": name}
            yield from _references(point, self._variables(mechanism), place)

    def _variables(self, mechanism: str) -> list[str]:
        if mechanism not in self._of:
            self._of[mechanism] = [v for kind in _KINDS for v in variables(mechanism, kind)]
        return self._of[mechanism]


def _references(owner: Any, names: Sequence[str], place: Plain) -> Iterator[tuple[Plain, Any]]:  # noqa: ANN401
    for name in names:
        plain, element = element_of(PYTHON_NAME.get(name, name))
        reference = getattr(owner, f"_ref_{plain}", None)
        if reference is not None:
            mine = reference if element is None else reference[element]
            yield {"variable": PYTHON_NAME.get(name, name), **place}, mine


def pointers(places: Places, mods: Sequence[Mechanism]) -> list[Plain]:
    """Return every POINTER variable of a cell with what it points to.

    Raises:
        CellError: If one points to nothing, or out of the cell.
    """
    having = {one.name: one for one in mods if one.pointers}
    found = []
    for place, owner, mechanism in _owners(places, having):
        for name in having[mechanism].pointers:
            own = name if place["point"] else f"{name}_{mechanism}"
            target = _target(places, owner, name)
            if target is None:
                where = place["point"] or f"{place['section']}({place['x']:g})"
                raise CellError(
                    f"POINTER variable {name!r} of {mechanism} at {where} points to nothing, or out"
                    " of the cell: only what points to a variable of the same cell can be kept"
                )
            found.append({"pointer": {"variable": own, **place}, "target": target})
    return found


def _owners(places: Places, having: Mapping[str, Any]) -> Iterator[tuple[Plain, Any, str]]:
    for name, section in places.sections.items() if having else ():
        for segment in section:
            for mechanism in segment:
                if mechanism.name() in having:
                    place = {"section": name, "x": float(segment.x), "point": ""}
                    yield place, mechanism, mechanism.name()
    for name, point in places.points.items():
        mechanism = point.hname().split("[", maxsplit=1)[0]
        if mechanism in having:
            yield {"section": None, "x": 0.5, "point": name}, point, mechanism


def _target(places: Places, owner: Any, name: str) -> Plain | None:  # noqa: ANN401
    try:
        reference = getattr(owner, f"_ref_{name}")
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return None  # it was never set
    return places.find(reference)
