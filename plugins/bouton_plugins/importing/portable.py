"""The portable form of a cell: its classes, read strictly from JSON.

`portable-cell.schema.json` beside this module says the same as JSON Schema.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cattrs
from attrs import Factory, frozen

from bouton.errors import CellError
from bouton_plugins.importing.writing import FORMAT, VERSION


@frozen
class Along:
    """A value along a section: one number, or one for each segment."""

    values: tuple[float, ...]

    def spread(self, nseg: int, what: str) -> tuple[float, ...]:
        """Return one value for each segment.

        Raises:
            CellError: If their number is another.
        """
        if len(self.values) == 1:
            return self.values * nseg
        if len(self.values) != nseg:
            raise CellError(f"{what}: {len(self.values)} values for {nseg} segments")
        return self.values


@frozen
class PortableIon:
    """An ion of a section: its style (NEURON's code) and its levels by NEURON name."""

    style: int
    values: Mapping[str, Along]


@frozen
class PortableSection:
    """One section; `docs/reference/portable-cell.md` explains every field."""

    name: str
    labels: tuple[str, ...]
    parent: str | None
    parent_x: float
    child_x: float
    L_um: float
    Ra_ohm_cm: float
    nseg: int
    points_um: tuple[tuple[float, float, float, float], ...]
    arcs_um: tuple[float, ...] | None
    diameter_um: Along | None
    cm_uF_cm2: Along
    mechanisms: Mapping[str, Mapping[str, Along]]
    ions: Mapping[str, PortableIon]


@frozen
class PortablePoint:
    """One point process."""

    name: str
    mechanism: str
    kind: str
    section: str
    x: float
    values: Mapping[str, float]
    voltage: str = ""
    receptors: tuple[str, ...] = ()
    sends_events: bool = False


@frozen
class PortableDetector:
    """One spike detector: of a segment, or (with `source`) of the events of a point process."""

    section: str | None
    x: float
    source: str
    threshold_mV: float


@frozen
class PortableConnection:
    """One connection within the cell."""

    section: str | None
    x: float
    source: str
    threshold_mV: float
    target: str
    weights: tuple[float, ...]
    delay_ms: float


@frozen
class PortableReference:
    """A variable of a segment, or (with `point`) of a point process."""

    variable: str
    section: str | None
    x: float
    point: str


@frozen
class PortablePointer:
    """A POINTER variable and what it points to."""

    pointer: PortableReference
    target: PortableReference


@frozen
class PortablePlay:
    """Values that a variable takes one after the other during every run."""

    target: PortableReference
    start: float
    values: tuple[float, ...]
    times_ms: tuple[float, ...]
    is_continuous: bool


@frozen
class SpikeSource:
    """Where the spikes of the cell are detected, and how that was chosen."""

    section: str
    x: float
    source: str
    threshold_mV: float
    chosen_by: str


@frozen
class BoundGlobals:
    """What of the process belongs to the cell; None where the cell says nothing."""

    celsius: float | None = None
    v_init_mV: float | None = None
    mechanisms: Mapping[str, float] = Factory(dict)
    changed: tuple[str, ...] = ()


@frozen
class Mods:
    """The folder of MOD files, relative to the portable file, and the SHA-256 of its files."""

    folder: str
    files: Mapping[str, str]


@frozen
class Provenance:
    """Where the cell came from."""

    file: str
    sha256: str
    name: str
    arguments: Any
    options: Mapping[str, Any]
    mods: Mods | None
    mechanisms: Mapping[str, str]
    neuron: str
    bouton: str


@frozen
class PortableCell:
    """A whole cell; `fidelity` is the report of the comparison with the native cell.

    Version 1 had neither `pointers` nor `played` nor `units`; a file without them is as valid.
    """

    format: str
    version: int
    name: str
    sections: tuple[PortableSection, ...]
    point_processes: tuple[PortablePoint, ...]
    detectors: tuple[PortableDetector, ...]
    connections: tuple[PortableConnection, ...]
    spike_source: SpikeSource
    globals: BoundGlobals
    dropped: tuple[str, ...]
    notes: tuple[str, ...]
    provenance: Provenance
    fidelity: Mapping[str, Any] = Factory(dict)
    pointers: tuple[PortablePointer, ...] = ()
    played: tuple[PortablePlay, ...] = ()
    units: Mapping[str, str] = Factory(dict)


def read_portable(path: Path) -> PortableCell:
    """Return the cell in a portable file.

    Raises:
        CellError: If the file is missing, damaged, of another version, or says what it must not.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise CellError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CellError(f"{path} is no portable cell: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CellError(
            f"{path} is no portable cell; make one with: bouton import FILE --name CELL"
        )
    if document.get("version") not in range(1, VERSION + 1):
        raise CellError(
            f"{path} has version {document.get('version')!r}, this Bouton reads 1 to {VERSION}; "
            "import the cell again"
        )
    try:
        return _converter().structure(document, PortableCell)
    except cattrs.BaseValidationError as error:
        told = cattrs.transform_error(error, format_exception=_words)
        raise CellError(f"{path} is no valid portable cell: {'; '.join(told[:5])}") from error


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a finite number")


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(forbid_extra_keys=True)
    made.register_structure_hook(float, _number)
    made.register_structure_hook(int, _whole)
    made.register_structure_hook(bool, _truth)
    made.register_structure_hook(str, _text)
    made.register_structure_hook(Along, _along)
    return made


def _words(error: BaseException, _: Any) -> str:  # noqa: ANN401
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        return f"unknown keys {', '.join(sorted(map(repr, error.extra_fields)))}"
    if isinstance(error, KeyError):
        return f"missing key {error}"
    return str(error)


def _number(value: Any, _: Any) -> float:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"expected a number, got {value!r:.40}")
    return float(value)


def _whole(value: Any, _: Any) -> int:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {value!r:.40}")  # noqa: TRY004
    return value


def _truth(value: Any, _: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {value!r:.40}")  # noqa: TRY004
    return value


def _text(value: Any, _: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r:.40}")  # noqa: TRY004
    return value


def _along(value: Any, _: Any) -> Along:  # noqa: ANN401
    given = value if isinstance(value, list) else [value]
    if not given:
        raise ValueError("expected one value, or one for each segment")
    return Along(tuple(_number(one, float) for one in given))
