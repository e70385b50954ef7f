"""STATE variables of a live cell by name, and what else mechanisms remember."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import field, frozen

from bouton.errors import CellError, did_you_mean
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h

# NEURON's numbers for kinds of variables.
_ASSIGNED = 2
_STATE = 3


def state_pointers(cell: LiveCell, variable: str) -> list[Any]:
    """Return references to a potential or STATE variable wherever a cell has it.

    Raises:
        CellError: If it has none, with close matches.
    """
    owner, _, rest = variable.rpartition(".")
    if owner in cell.point_processes:
        point = cell.point_process(owner)
        if rest in _names(point.hname().partition("[")[0]):
            return [getattr(point, f"_ref_{rest}")]
        raise _unknown(cell, variable)
    name = f"{rest}_{owner}" if owner else rest
    if name != "v" and name not in _density_states(cell):
        raise _unknown(cell, variable)
    segments = (cell.centre(i) for i in range(len(cell.structure.compartments)))
    return [getattr(one, f"_ref_{name}") for one in segments if hasattr(one, name)]


def _density_states(cell: LiveCell) -> list[str]:
    return [name for mechanism in cell.structure.mechanisms for name in _names(mechanism)]


def _unknown(cell: LiveCell, variable: str) -> CellError:
    known = ["v", *_density_states(cell)]
    for name, point in cell.point_processes.items():
        known += [f"{name}.{state}" for state in _names(point.hname().partition("[")[0])]
    return CellError(
        f"{variable!r} is no state of the cell (potentials and STATE variables are; set parameters "
        f"by their names instead); {did_you_mean(variable, known)}"
    )


def _names(mechanism: str, kind: int = _STATE) -> Iterable[str]:
    """Return the names of the STATE or ASSIGNED variables of a mechanism, but for arrays."""
    standard = h.MechanismStandard(mechanism, kind)
    found = []
    text = h.ref("")
    for index in range(int(standard.count())):
        size = int(standard.name(text, index))
        if size == 1:
            found.append(str(text[0]))
    return found


@frozen(eq=False)
class AssignedValues:
    """All ASSIGNED variables of some cells at one moment.

    NEURON's SaveState leaves them out, and a mechanism may remember something in one, such as the
    last random number.
    """

    _pointers: Any = field(repr=False)
    _values: Any = field(repr=False)

    @classmethod
    def taken(cls, cells: Sequence[LiveCell]) -> AssignedValues:
        """Read them."""
        found = [pointer for cell in cells for pointer in _assigned(cell)]
        values = h.Vector(len(found))
        if not found:
            return cls(None, values)
        pointers = h.PtrVector(len(found))
        for index, pointer in enumerate(found):
            pointers.pset(index, pointer)
        pointers.gather(values)
        return cls(pointers, values)

    def restore(self) -> None:
        """Write them; the structure must be what it was."""
        if self._pointers is not None:
            self._pointers.scatter(self._values)


def _assigned(cell: LiveCell) -> Iterator[Any]:
    for index in range(len(cell.structure.compartments)):
        segment = cell.centre(index)
        for mechanism in segment:
            yield from _references(segment, _names(mechanism.name(), _ASSIGNED))
    for point in cell.point_processes.values():
        yield from _references(point, _names(point.hname().partition("[")[0], _ASSIGNED))


def _references(owner: Any, names: Iterable[str]) -> Iterator[Any]:  # noqa: ANN401
    for name in names:
        found = getattr(owner, f"_ref_{name}", None)
        # Random streams and unset pointers have other types or none.
        if type(found).__name__ == "HocObject":
            yield found
