"""A cell template: a soma that spikes and one passive dendrite."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen, validators

from bouton.errors import CellError
from bouton.model.cell import (
    CellSettings,
    CellStructure,
    Parameter,
    RegionPlan,
    settings_from_regions,
    structure_from_regions,
)
from bouton.model.compartments import Compartments
from bouton.model.morphology import Morphology, Section


@frozen
class Skeleton:
    """A soma with the channels of Hodgkin and Huxley, and a passive dendrite.

    Attributes:
        segments: Segments of the dendrite.

    Source: name the paper that the numbers come from.
    """

    segments: int = field(default=5, validator=validators.ge(1))

    @property
    def parameters(self) -> Sequence[Parameter]:
        """The parameters, in the order of tables."""
        return (
            Parameter("soma.gnabar", "S/cm2", 0.05, 0.3, 0.12, summary="sodium conductance"),
            Parameter("soma.gkbar", "S/cm2", 0.01, 0.1, 0.036, summary="potassium conductance"),
            Parameter("dend.g_pas", "S/cm2", 1e-5, 1e-3, 1e-4, summary="leak of the dendrite"),
            Parameter("dend.length", "um", 50.0, 500.0, 200.0, summary="length of the dendrite"),
        )

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return what is built: two sections and their mechanisms."""
        if morphology is not None:
            raise CellError("skeleton-entry brings its own shape, so it takes no morphology")
        numbers = self._checked(values)
        sections = (
            Section.cylinder("soma", ("soma",), length_um=20.0, diameter_um=20.0),
            Section.cylinder(
                "dend",
                ("dend",),
                length_um=numbers["dend.length"],
                diameter_um=2.0,
                parent=0,
                parent_x=1.0,
            ),
        )
        tree = Morphology("skeleton-entry", sections)
        compartments = Compartments(tree, np.array([1, self.segments]))
        return structure_from_regions(compartments, self._regions(numbers))

    def structural(self, values: Mapping[str, Any]) -> float:
        """Return the only value that a built cell cannot take: the length."""
        return self._checked(values)["dend.length"]

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number to set on the built cell."""
        return settings_from_regions(structure, self._regions(self._checked(values)))

    def _regions(self, values: Mapping[str, float]) -> list[RegionPlan]:
        kinetics = {"gnabar": values["soma.gnabar"], "gkbar": values["soma.gkbar"]}
        return [
            RegionPlan("soma", mechanisms={"hh": kinetics}),
            RegionPlan("dend", mechanisms={"pas": {"g": values["dend.g_pas"], "e": -65.0}}),
        ]

    def _checked(self, values: Mapping[str, Any]) -> dict[str, float]:
        for parameter in self.parameters:
            value = values.get(parameter.name)
            if not isinstance(value, int | float) or not math.isfinite(value):
                raise CellError(f"{parameter.name} must be a number, got {value!r}")
        return {parameter.name: float(values[parameter.name]) for parameter in self.parameters}
