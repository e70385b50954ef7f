"""Writing many values into a built cell at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from bouton.errors import CellError, did_you_mean
from bouton.model.cell import Assignment, CellStructure
from bouton.model.morphology import FloatArray, IntArray
from bouton.nrn.engine import h
from bouton.nrn.sections import element_of

# Set through NEURON's own channels, not as values of segments.
_ELSEWHERE = {
    "v": "the starting potential is v_init_mV of the protocol's integration",
    "diam": "diameters follow the morphology; use diameter_scale",
}
_PROCESS_WIDE = ("celsius", "dt", "t", "secondorder", "v_init", "tstop")


class RangeVariable:
    """One range variable on all segments that have it, written and read in one call.

    Attributes:
        name: NEURON's name with suffix.
        first: Its values when the cell was built, shape (n,).
    """

    def __init__(self, name: str, pointers: Any, rows: IntArray, structure: CellStructure) -> None:  # noqa: ANN401
        self.name = name
        self._pointers = pointers
        self._rows = rows
        self._structure = structure
        self._buffer = h.Vector(int(pointers.size()))
        self.first: FloatArray = self._read()
        self._written = self.first

    @classmethod
    def on(cls, name: str, segments: Sequence[Any], structure: CellStructure) -> RangeVariable:
        """Return the variable on every section that has it.

        Args:
            name: NEURON's name.
            segments: All segments of the cell.
            structure: What the cell was built from.

        Raises:
            CellError: If no section has it, or if it is not one plain number per segment.
        """
        if name in _ELSEWHERE:
            raise CellError(f"{name!r} cannot be assigned: {_ELSEWHERE[name]}")
        compartments = structure.compartments
        firsts = [segments[index] for index in compartments.first]
        plain, element = element_of(name)
        having = [index for index, first in enumerate(firsts) if _has(first, plain)]
        if not having:
            raise CellError(_unknown(name, firsts))
        if not _is_number(getattr(firsts[having[0]], plain), element):
            raise CellError(
                f"{name!r} is not one number per segment (it is an array or a stream), so "
                "it cannot be assigned"
            )
        chosen = compartments.of_sections(np.array(having))
        rows = np.full(len(compartments), -1)
        rows[chosen] = np.arange(len(chosen))
        pointers = h.PtrVector(len(chosen))
        reference = f"_ref_{plain}"
        for row, index in enumerate(chosen.tolist()):
            found = getattr(segments[index], reference)
            pointers.pset(row, found if element is None else found[element])
        return cls(name, pointers, rows, structure)

    def place(self, target: FloatArray, assignment: Assignment) -> None:
        """Put the values of an assignment into a full array of values.

        Raises:
            CellError: If a segment lacks the variable, or a value is not finite.
        """
        segments, values = assignment.segments, assignment.values
        if segments.shape != values.shape or segments.ndim != 1:
            raise CellError(
                f"{self.name!r}: {segments.shape} segments and {values.shape} values do not match"
            )
        if not len(segments):
            return
        if segments.min() < 0 or segments.max() >= len(self._rows):
            raise CellError(
                f"{self.name!r}: segments must be within 0 to {len(self._rows) - 1}, got "
                f"{segments.min()} to {segments.max()}"
            )
        rows = self._rows[segments]
        if (rows < 0).any():
            raise CellError(self._missing(int(segments[np.argmax(rows < 0)])))
        if not np.isfinite(values).all():
            bad = float(values[np.argmin(np.isfinite(values))])
            raise CellError(f"{self.name!r}: values must be finite, got {bad!r}")
        target[rows] = values

    def _missing(self, segment: int) -> str:
        compartments = self._structure.compartments
        section = compartments.morphology.sections[int(compartments.section[segment])].name
        return (
            f"section {section!r} has no variable {self.name!r}; its mechanism is inserted "
            "elsewhere only"
        )

    def write(self, values: FloatArray) -> None:
        """Write one value per segment that has the variable, unless they are there already.

        Raises:
            CellError: If NEURON did not take them.
        """
        if np.array_equal(values, self._written):
            return
        self._buffer.from_python(values)
        self._pointers.scatter(self._buffer)
        self._written = values
        if not np.array_equal(self._read(), values):
            raise CellError(f"NEURON did not take the values of {self.name!r}")

    def _read(self) -> FloatArray:
        self._pointers.gather(self._buffer)
        return np.array(self._buffer, dtype=np.float64)


def _has(segment: Any, name: str) -> bool:  # noqa: ANN401
    value = getattr(segment, name, None)
    # NEURON gives an array to every segment, and says at the first element that it is not there.
    return value is not None and (not hasattr(value, "__len__") or _first_of(value))


def _first_of(array: Any) -> bool:  # noqa: ANN401
    try:
        array[0]
    except AttributeError:
        return False
    return True


def _is_number(value: Any, element: int | None) -> bool:  # noqa: ANN401
    if element is None:
        return isinstance(value, float)
    return hasattr(value, "__len__") and element < len(value)


def _unknown(name: str, segments: Iterable[Any]) -> str:
    known = {"cm"}
    for segment in segments:
        known.update(variable.name() for mechanism in segment for variable in mechanism)
    if name in known:
        return f"{name!r} is a pointer or a random stream, so it cannot be assigned"
    return f"no section has a variable {name!r}; {did_you_mean(name, known)}"


class GlobalValues:
    """Mechanism globals that one cell has set, so that they can be put back.

    They are the process's: cells that are alive together and name one must agree on its value.
    """

    _alive: ClassVar[list[GlobalValues]] = []

    def __init__(self) -> None:
        self._before: dict[str, float] = {}
        self._values: dict[str, float] = {}

    def check(self, values: Mapping[str, float]) -> None:
        """Refuse names and values that cannot be set.

        Raises:
            CellError: Naming the global.
        """
        for name, value in values.items():
            if name in _PROCESS_WIDE:
                raise CellError(
                    f"{name!r} belongs to the integration settings of a protocol, not to a cell"
                )
            try:
                number = getattr(h, name)
            except (AttributeError, TypeError):
                number = None
            if not isinstance(number, float | int):
                raise CellError(f"no loaded mechanism has a global {name!r}")
            if not np.isfinite(value):
                raise CellError(f"global {name!r} must be finite, got {value!r}")
            for other in self._others(name):
                if other._values[name] != value:
                    raise CellError(
                        f"global {name!r} is {other._values[name]:g} for another cell in this "
                        f"process and cannot be {value:g} for this one: NEURON has one value for "
                        "all; decide on one, and give it to both"
                    )

    def write(self, values: Mapping[str, float]) -> None:
        """Set the globals; those set earlier and not named now get their first value back."""
        if self not in self._alive:
            self._alive.append(self)
        for name, value in {**self._before, **values}.items():
            self._before.setdefault(name, float(getattr(h, name)))
            if getattr(h, name) != value and (name in values or not self._others(name)):
                setattr(h, name, float(value))
        self._values = dict(values)

    def restore(self) -> None:
        """Put back what was there before the first write."""
        for name, value in self._before.items():
            for other in self._others(name):
                other._before[name] = value  # the last one puts it back
        self.write({})
        self._before.clear()
        self._alive.remove(self)

    def _others(self, name: str) -> list[GlobalValues]:
        return [one for one in self._alive if one is not self and name in one._values]
