"""STATE variables of a live cell by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bouton.errors import CellError, did_you_mean
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h

_STATE = 3  # NEURON's number for STATE variables


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


def _names(mechanism: str) -> Iterable[str]:
    """Return the names of the STATE variables of a mechanism."""
    standard = h.MechanismStandard(mechanism, _STATE)
    found = []
    text = h.ref("")
    for index in range(int(standard.count())):
        size = int(standard.name(text, index))
        if size == 1:
            found.append(str(text[0]))
    return found
