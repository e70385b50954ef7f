"""From kinds of cells to the distinct cells of a population."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve

from bouton.errors import NetworkError, did_you_mean
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.draws import Draws
from bouton.model.expressions import parsed
from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton.model.network import CellModel
from bouton.model.study import Cell
from bouton.model.wiring import CELL_NAMES, Box, CellVariables
from bouton_plugins.networks.population_rules import CellKind

_SCALE = "diameter_scale."


def models_of(
    kinds: Mapping[str, CellKind], positions: FloatArray, box: Box, draws: Draws
) -> tuple[tuple[CellModel, ...], IntArray]:
    """Return the distinct cells and which one each cell is."""
    n = len(positions)
    shares = np.cumsum([kind.share for kind in kinds.values()])
    kind_of = np.searchsorted(
        shares / shares[-1], draws.of("kind").uniform(np.arange(n)), side="right"
    )
    models: list[CellModel] = []
    model_of = np.zeros(n, dtype=np.int64)
    for number, (name, kind) in enumerate(kinds.items()):
        cells = np.flatnonzero(kind_of == number)
        made, which = _kind_models(name, kind, cells, CellVariables(positions, box).values, draws)
        model_of[cells] = which + len(models)
        models += made
    return tuple(models), model_of


def _kind_models(
    name: str, kind: CellKind, cells: IntArray, names: Mapping[str, FloatArray], draws: Draws
) -> tuple[list[CellModel], IntArray]:
    maker = _Maker(name, kind.cell)
    if not kind.vary:
        return [maker.model({})], np.zeros(len(cells), dtype=np.int64)
    columns = {}
    for parameter, text in kind.vary.items():
        value = parsed(text, CELL_NAMES)
        if isinstance(value, float):
            column = np.array(value)
        else:
            column = value.values(names, draws.of(f"vary {parameter}"), (names["id"],))
        columns[parameter] = np.broadcast_to(column, names["id"].shape)
    rows = [{p: float(column[cell]) for p, column in columns.items()} for cell in cells.tolist()]
    return [maker.model(row) for row in rows], np.arange(len(cells))


class _Maker:
    """Makes models of one kind of cell; equal structures are one object."""

    def __init__(self, name: str, cell: Cell) -> None:
        self.name = name
        self.template = cell.template
        source = cell.morphology
        self.morphology: Morphology | None = source.loader.load(source.file) if source else None
        table = {p.name: p.default for p in self.template.parameters}
        self.known = [*table]
        self.values: dict[str, Any] = {n: v for n, v in table.items() if v is not None}
        self.values.update(cell.parameters)
        self.structures: dict[Any, CellStructure] = {}

    def model(self, changes: Mapping[str, float]) -> CellModel:
        values = dict(self.values)
        scales: dict[str, float] = {}
        for name, value in changes.items():
            if name.startswith(_SCALE):
                scales[name.removeprefix(_SCALE)] = value
            elif name not in self.known:
                hint = did_you_mean(name, self.known)
                raise NetworkError(
                    f"cells of kind {self.name!r} have no parameter {name!r}; {hint}"
                )
            else:
                values[name] = value
        key = self.template.structural(values)
        if key not in self.structures:
            self.structures[key] = self.template.structure(self.morphology, values)
        structure = self.structures[key]
        settings = self.template.settings(structure, values)
        return CellModel(self.name, structure, self._scaled(structure, settings, scales))

    def _scaled(
        self, structure: CellStructure, settings: CellSettings, scales: Mapping[str, float]
    ) -> CellSettings:
        scale = settings.diameter_scale.copy()
        for label, factor in scales.items():
            sections = structure.morphology.indices(label)
            if not len(sections):
                hint = did_you_mean(label, structure.morphology.labels)
                raise NetworkError(f"kind {self.name!r} has no section labelled {label!r}; {hint}")
            scale[sections] *= factor
        return evolve(settings, diameter_scale=scale) if scales else settings
