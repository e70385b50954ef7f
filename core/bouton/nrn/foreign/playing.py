"""Vectors that a cell plays into its own variables.

NEURON does not tell what is played into what. Calls from Python were watched; what hoc plays is
seen by its events, and by what it changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bouton.errors import CellError
from bouton.nrn.engine import cvode, h
from bouton.nrn.foreign.hearing import said
from bouton.nrn.foreign.references import Places
from bouton.nrn.foreign.values import Plain
from bouton.nrn.foreign.watching import Call, Played

_EVENT = re.compile(r"PlayRecordEvent (?P<time>\S+) VecPlay\w+\s+(?P<name>Vector\[\d+\])")
_SENTINEL = 0.8125397
_LATEST_MS = 100.0  # until then it is tried out
_ALL_OF_IT = 10_000_000


def alive() -> dict[str, Any]:
    """Return the Vectors of this process by name."""
    vectors = h.List("Vector")
    return {(one := vectors.o(index)).hname(): one for index in range(int(vectors.count()))}


def played(places: Places, calls: Played) -> tuple[list[Plain], list[str]]:
    """Return what is played into variables of the cell, and in words what is played elsewhere.

    Args:
        places: The variables of the cell.
        calls: What Python plays.

    Raises:
        CellError: If a play cannot be kept.
    """
    vectors = alive()
    kept, dropped = [], []
    for call in calls.calls.values():
        if call.vector not in vectors:
            continue
        target = places.find(call.target)
        if target is None:
            dropped.append(f"{call.vector} is played into something that is not kept")
        else:
            kept.append(
                {"target": target, "start": float(call.target[0]), **_schedule(call, vectors)}
            )
    return kept, dropped


def _schedule(call: Call, vectors: Mapping[str, Any]) -> Plain:
    values = list(vectors[call.vector])
    timing, *rest = call.arguments or (None,)
    where = f"{call.vector} is played"
    if isinstance(timing, str) and timing in vectors:
        times = list(vectors[timing])
    elif isinstance(timing, int | float):
        times = [index * float(timing) for index in range(len(values))]
    else:
        raise CellError(f"{where} in a way that cannot be kept: give it a Vector of times")
    if any(isinstance(one, str) for one in rest):
        raise CellError(f"{where} with indices of jumps, which cannot be kept")
    count = min(len(values), len(times))
    return {
        "values": values[:count],
        "times_ms": times[:count],
        "is_continuous": bool(rest and rest[0]),
    }


def check_hoc_plays(calls: Played, values: Callable[[], Plain]) -> list[str]:
    """Return in words what hoc plays into things that are not kept.

    Args:
        calls: What Python plays.
        values: Gives every PARAMETER of the cell.

    Raises:
        CellError: If hoc plays into a variable of the cell, or might.
    """
    vectors = alive()
    unknown = _unknown_plays(calls) if vectors else {}
    for name, begins_ms in unknown.items():
        if begins_ms > _LATEST_MS or _reaches(vectors[name], begins_ms, values):
            raise CellError(
                f"hoc plays {name} into a variable of the cell, and what exactly it plays "
                "cannot be told; play it from Python, or leave it out"
            )
    return [f"{name} is played into something that is not kept" for name in unknown]


def _unknown_plays(calls: Played) -> dict[str, float]:
    with said(_ALL_OF_IT) as heard:
        h.finitialize()
        cvode.print_event_queue()
    told = {one["name"]: float(one["time"]) for one in _EVENT.finditer(heard())}
    return {name: begins_ms for name, begins_ms in told.items() if name not in calls.calls}


def _reaches(vector: Any, begins_ms: float, values: Callable[[], Plain]) -> bool:  # noqa: ANN401
    kept = vector.c()
    before = _values_after(begins_ms, values)
    vector.fill(_SENTINEL)
    after = _values_after(begins_ms, values)
    vector.copy(kept)
    return after != before


def _values_after(begins_ms: float, values: Callable[[], Plain]) -> Plain:
    h.finitialize()
    while h.t <= begins_ms:
        h.fadvance()
    return values()
