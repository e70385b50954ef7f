"""Cells of any template, alive and continuable: what experiments of any plug-in are built on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np

from bouton.errors import CellError, ProtocolError, did_you_mean
from bouton.model.locations import Location
from bouton.model.morphology import Morphology
from bouton.model.pieces import Column, Piece, whole_ticks
from bouton.model.protocol import Integration, Signal, Validity
from bouton.model.study import Cell
from bouton.nrn.sessions import Session, Snapshot

__all__ = ["Column", "LiveModel", "Piece", "Session", "Snapshot", "Values", "whole_ticks"]

Values = tuple[Mapping[str, Any], ...]


class LiveModel:
    """One cell, or a population of independent cells, under one session.

    Each cell has values of its own: for every parameter of its template, and for every electrode
    (nA, 0 at the start). They are set in place; states are left alone.

        with LiveModel([study.cell], Integration("cvode", dt_ms=0.01)) as model:
            model.set({"E_L": -70.0})
            piece = model.session.advance(1000)

    Args:
        cells: One description per cell; a description may be there several times.
        integration: Process-wide settings; `dt_ms` is the tick of the clock.
        signals: What can be recorded, on every cell.
        electrodes: Name -> place of a current clamp on every cell.
        validity: What every potential must satisfy.

    Attributes:
        session: The simulation; set electrodes and parameters through the model, not through it.
        units: Name of a parameter or electrode -> its unit.

    Raises:
        CellError: If a value is unknown, missing or impossible.
        ProtocolError: If a signal or electrode does not fit a cell.
        EngineError: If other cells are alive in this process.
    """

    session: Session

    def __init__(
        self,
        cells: Sequence[Cell],
        integration: Integration,
        *,
        signals: Sequence[Signal] = (),
        electrodes: Mapping[str, Location] | None = None,
        validity: Validity | None = None,
    ) -> None:
        self._templates = [cell.template for cell in cells]
        own = [_own_values(cell) for cell in cells]
        trees = _morphologies(cells)
        names = dict(electrodes or {})
        _check_names(own, names)
        structures = [
            template.structure(tree, values)
            for template, tree, values in zip(self._templates, trees, own, strict=True)
        ]
        settings = [
            template.settings(structure, values)
            for template, structure, values in zip(self._templates, structures, own, strict=True)
        ]
        self.units = dict.fromkeys(names, "nA")
        for template in self._templates:
            self.units |= {p.name: p.unit for p in template.parameters}
        self._keys = [t.structural(values) for t, values in zip(self._templates, own, strict=True)]
        self._values: list[dict[str, Any]] = [{**v, **dict.fromkeys(names, 0.0)} for v in own]
        self.session = Session(
            list(zip(structures, settings, strict=True)),
            integration,
            signals=signals,
            electrodes=names,
            validity=validity,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the cells down."""
        self.session.close()

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self._values)

    @property
    def values(self) -> Values:
        """The values of every cell as they are, electrodes included; copies."""
        return tuple(dict(values) for values in self._values)

    def set(
        self, values: Mapping[str, float | Sequence[float]], cells: Iterable[int] | None = None
    ) -> None:
        """Give parameters or electrodes new values, from now on.

        Args:
            values: Name -> one number, or one per chosen cell.
            cells: Indices of the cells; all if None.

        Raises:
            CellError: If a name or value does not fit, or would need another structure; nothing is
                changed then.
        """
        chosen = list(range(self.n_cells)) if cells is None else list(cells)
        for index in chosen:
            if not 0 <= index < self.n_cells:
                raise CellError(f"there is no cell {index}; cells are 0 to {self.n_cells - 1}")
        wanted = [dict(told) for told in self._values]
        for name, value in values.items():
            for index, one in zip(chosen, _per_cell(name, value, len(chosen)), strict=True):
                if name not in wanted[index]:
                    hint = did_you_mean(name, wanted[index])
                    raise CellError(f"nothing to set is called {name!r}; {hint}")
                wanted[index][name] = one
        self.restore_values(wanted)

    def restore_values(self, values: Sequence[Mapping[str, Any]]) -> None:
        """Give every cell the complete values that `values` once had.

        Raises:
            CellError: If they do not fit; nothing is changed then.
        """
        changed = [i for i, told in enumerate(values) if dict(told) != self._values[i]]
        settings = {index: self._settings(index, values[index]) for index in changed}
        for index in changed:
            if settings[index] is not None:
                self.session.apply(index, settings[index])
            for name in self.session.electrodes:
                self.session.inject(name, index, float(values[index][name]))
            self._values[index] = dict(values[index])

    def _settings(self, index: int, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the settings of a cell, None if only electrodes differ from what it has."""
        own, now = self._parameters(values), self._parameters(self._values[index])
        for name in self.session.electrodes:
            if not np.isfinite(values[name]):
                raise CellError(f"{name} must be finite, got {values[name]!r}")
        if own == now:
            return None
        template = self._templates[index]
        if template.structural(own) != self._keys[index]:
            names = ", ".join(name for name in own if own[name] != now[name])
            raise CellError(
                f"{names} cannot change while the cell is alive: the structure depends on it; make "
                "a new experiment with this value"
            )
        return template.settings(self.session.cells[index].structure, own)

    def _parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: v for name, v in values.items() if name not in self.session.electrodes}


def _per_cell(name: str, value: float | Sequence[float], n: int) -> list[Any]:
    if isinstance(value, str | int | float):
        return [value] * n
    if len(value) != n:
        raise CellError(f"{name} needs one value, or {n} (one per cell), got {len(value)}")
    return [float(one) for one in value]


def _own_values(cell: Cell) -> dict[str, Any]:
    defaults = {p.name: p.default for p in cell.template.parameters if p.default is not None}
    return {**defaults, **cell.parameters}


def _morphologies(cells: Sequence[Cell]) -> list[Morphology | None]:
    """Return the morphology of every cell; those that share a source share what was read."""
    known: dict[int, Morphology | None] = {}
    for cell in cells:
        source = cell.morphology
        if id(source) not in known:
            known[id(source)] = None if source is None else source.loader.load(source.file)
    return [known[id(cell.morphology)] for cell in cells]


def _check_names(own: Sequence[Mapping[str, Any]], electrodes: Mapping[str, Location]) -> None:
    clash = [name for name in electrodes if any(name in values for values in own)]
    if clash:
        raise ProtocolError(f"electrode {clash[0]!r} has the name of a parameter; give it another")
