"""A study: what a user writes, in a file or in Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import Factory, frozen

if TYPE_CHECKING:
    from bouton.contracts import (
        CellTemplate,
        FeatureExtractor,
        MorphologyLoader,
        Objectives,
        ProtocolSource,
    )

ParameterValue = float | str | tuple[int, ...]


@frozen
class MorphologySource:
    """A morphology file and the loader that reads it.

    Attributes:
        loader: Loader with its options.
        file: Path; relative ones are resolved against the study file.
    """

    loader: MorphologyLoader
    file: Path


@frozen
class Cell:
    """A template, the morphology it is put on, and values.

    Attributes:
        template: Cell template with its options.
        morphology: None for templates that bring their own shape.
        parameters: Values by the template's own names; names that start with a protocol's name
            and a dot go to that protocol.
    """

    template: CellTemplate
    morphology: MorphologySource | None = None
    parameters: Mapping[str, ParameterValue] = Factory(dict)

    def _repr_html_(self) -> str:
        from bouton.model.views import cell_html

        return cell_html(self)


@frozen
class EvaluationPlan:
    """How one parameter set is run through the protocols.

    Attributes:
        order: Protocols in the order they run, cheap ones first; empty for the study's order.
        cutoffs: Protocol -> largest score of its objectives with which later protocols still run.
    """

    order: tuple[str, ...] = ()
    cutoffs: Mapping[str, float] = Factory(dict)


@frozen
class Study:
    """What a job works on.

    Attributes:
        name: Name for tables and directories.
        cell: The cell; None for studies of other things, such as networks.
        protocols: What is done to it, by name.
        objectives: What data say; may be None.
        features: Further feature extractors, by name.
        evaluation: Order and cut-offs.
        jobs: Sections that belong to a job (`fit`, `explore`, `measure`, ...), by name.
        description: Free text.
        allow_code: Files with code (hoc, MOD, Python) that this study may run.
        document: The document it was read from, complete and with absolute paths, JSON-ready.
            This is what runs store, what workers receive, and what is hashed.
    """

    name: str
    cell: Cell | None = None
    protocols: Mapping[str, ProtocolSource] = Factory(dict)
    objectives: Objectives | None = None
    features: Mapping[str, FeatureExtractor] = Factory(dict)
    evaluation: EvaluationPlan = EvaluationPlan()
    jobs: Mapping[str, Any] = Factory(dict)
    description: str = ""
    allow_code: tuple[Path, ...] = ()
    document: Mapping[str, Any] = Factory(dict)
