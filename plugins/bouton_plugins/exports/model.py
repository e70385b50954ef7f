"""One model of a run as plain descriptions: cell structure, settings, protocols."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from bouton import Results
from bouton.errors import ResultsError
from bouton.files import load_document
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.protocol import Protocol
from bouton.model.study import Cell, Study


@frozen(eq=False)
class Model:
    """What is exported.

    Attributes:
        title: Words for the head of files: study, run, row.
        structure: What is built.
        settings: What is set on it.
        protocols: What is done to it, by name.
    """

    title: str
    structure: CellStructure
    settings: CellSettings
    protocols: Mapping[str, Protocol]

    @property
    def catalogues(self) -> tuple[str, ...]:
        """Catalogues that the cell and the protocols need."""
        own = [*self.structure.catalogues]
        own += [name for protocol in self.protocols.values() for name in protocol.catalogues]
        return tuple(dict.fromkeys(own))


def model_of(results: Results, row: int) -> Model:
    """Return the model that a row of a run evaluated.

    Raises:
        ResultsError: If there is no such row, or the run's study has no cell.
    """
    study = load_document(results.study)
    cell = study.cell
    if cell is None:
        raise ResultsError(f"{results.path}: the study of this run has no cell to export")
    record = results.evaluation_record(row)
    values, addressed = _split(study, cell, record["parameters"])
    source = cell.morphology
    morphology = source.loader.load(source.file) if source is not None else None
    structure = cell.template.structure(morphology, values)
    return Model(
        f"evaluation {record['index']} of the {results.kind} of study {study.name!r}",
        structure,
        cell.template.settings(structure, values),
        {name: made.protocol(addressed[name]) for name, made in study.protocols.items()},
    )


def _split(
    study: Study, cell: Cell, parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the values for the template and those for each protocol, as evaluations do."""
    table = cell.template.parameters
    values: dict[str, Any] = {p.name: p.default for p in table if p.default is not None}
    addressed: dict[str, dict[str, Any]] = {name: {} for name in study.protocols}
    for name, value in {**cell.parameters, **_tupled(parameters)}.items():
        owner, _, rest = name.partition(".")
        if rest and owner in addressed:
            addressed[owner][rest] = value
        else:
            values[name] = value
    return values, addressed


def _tupled(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}
