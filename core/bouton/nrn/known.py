"""The mechanisms that NEURON knows now, its own and those that were loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bouton.nrn.engine import h


def mechanisms(kind: int) -> Iterator[tuple[str, int, Any]]:
    """Yield all density mechanisms (0) or point processes (1).

    Each comes with its number and with the table that answers questions about that number.
    """
    table, name = h.MechanismType(kind), h.ref("")
    for number in range(int(table.count())):
        table.select(number)
        table.selected(name)
        yield str(name[0]), number, table
