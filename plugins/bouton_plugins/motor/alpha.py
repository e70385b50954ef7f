"""`motor-alpha`: a motoneuron of two compartments whose rest is near 0 mV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve, field, frozen, validators

from bouton.errors import CellError
from bouton.model.cell import (
    CellSettings,
    CellStructure,
    Parameter,
    settings_from_regions,
    structure_from_regions,
)
from bouton.model.compartments import Compartments
from bouton.model.locations import At
from bouton.model.morphology import Morphology, Section
from bouton_plugins.motor.sections import checked, region_plans, synapses
from bouton_plugins.motor.tables import ALPHA, NAPP

CATALOGUE = "motor"
_SOURCE = "Cisi & Kohn (2008) J Comput Neurosci 25:520; values of the NERLab pool"
_FIXED = (
    ("soma.cm_uF_cm2", "uF/cm2", 1.0, "membrane capacitance"),
    ("soma.Ra_ohm_cm", "ohm cm", 70.0, "axial resistivity"),
    ("soma.ena", "mV", 120.0, "sodium reversal"),
    ("soma.ek", "mV", -10.0, "potassium reversal"),
    ("soma.napp.el", "mV", 0.0, "leak reversal"),
    ("soma.napp.vtraub", "mV", 0.0, "shift of all rates"),
    ("soma.Constant.ic", "mA/cm2", 0.0, "bias current"),
    ("dend.cm_uF_cm2", "uF/cm2", 1.0, "membrane capacitance"),
    ("dend.Ra_ohm_cm", "ohm cm", 70.0, "axial resistivity"),
    ("dend.ecaL", "mV", 140.0, "calcium reversal"),
    ("dend.caL.el", "mV", 0.0, "leak reversal"),
    ("dend.caL.gama", "", 0.2, "level of neuromodulation, scales the persistent inward current"),
    ("dend.Constant.ic", "mA/cm2", 0.0, "bias current"),
)


def _parameters() -> tuple[Parameter, ...]:
    varied = [
        Parameter(
            row.target,
            row.unit,
            min(row.spread.first, row.spread.last),
            max(row.spread.first, row.spread.last),
            float(row.spread.by_threshold(np.zeros(1))[0]),
            summary=row.summary,
            source=_SOURCE,
        )
        for row in ALPHA
    ]
    fixed = [
        Parameter(name, unit, default=value, free=False, summary=summary, source=_SOURCE)
        for name, unit, value, summary in _FIXED
    ]
    rates = [
        Parameter(f"soma.napp.{name}", unit, default=value, free=False, source=_SOURCE)
        for name, (value, unit) in NAPP.items()
    ]
    return (*varied, *fixed, *rates)


PARAMETERS = _parameters()


@frozen
class MotorAlpha:
    """Motoneuron with a spherical soma and one dendrite, in the frame where rest is near 0 mV.

    Defaults are those of the first recruited cell of a pool (threshold 0).

    Attributes:
        soma_nseg: Segments of the soma.
        dendrite_nseg: Segments of the dendrite. The model is defined with 1; more make another,
            better resolved cell (docs/concepts/measurements.md).
        excitatory_reversal_mV: Reversal of the synapse `exc[0]`.
        inhibitory_reversal_mV: Reversal of the synapse `inh[0]`; published as -75, far outside of
            a frame in which potassium reverses at -10.
        spike_threshold_mV: Upward crossing that counts as a spike.

    Source: Cisi & Kohn (2008) J Comput Neurosci 25:520, as used by the NERLab motor pools.
    """

    soma_nseg: int = field(default=1, validator=validators.ge(1))
    dendrite_nseg: int = field(default=1, validator=validators.ge(1))
    excitatory_reversal_mV: float = 70.0
    inhibitory_reversal_mV: float = -75.0
    spike_threshold_mV: float = 50.0

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters."""
        return PARAMETERS

    def structural(self, values: Mapping[str, Any]) -> tuple[float, ...]:
        """Return length and diameters, which the sections are made from."""
        complete = checked("motor-alpha", PARAMETERS, values)
        return tuple(
            complete[name] for name in ("soma.diameter_um", "dend.length_um", "dend.diameter_um")
        )

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return soma and dendrite with their mechanisms and synapses.

        Raises:
            CellError: If a morphology is given, or a value is unknown or impossible.
        """
        if morphology is not None:
            raise CellError("motor-alpha brings its own shape; leave cell.morphology out")
        complete = checked("motor-alpha", PARAMETERS, values)
        d = complete["soma.diameter_um"]
        soma = Section.cylinder("soma", ("soma",), length_um=d, diameter_um=d)
        dendrite = Section.cylinder(
            "dend[0]",
            ("dend", "dend[0]"),
            length_um=complete["dend.length_um"],
            diameter_um=complete["dend.diameter_um"],
            parent=0,
            parent_x=0.0,
        )
        tree = Morphology("motor-alpha", (soma, dendrite))
        compartments = Compartments(tree, np.array([self.soma_nseg, self.dendrite_nseg]))
        made = structure_from_regions(compartments, region_plans(tree, complete), (CATALOGUE,))
        return evolve(
            made,
            point_processes=synapses(
                (1,),
                excitatory_mV=self.excitatory_reversal_mV,
                inhibitory_mV=self.inhibitory_reversal_mV,
            ),
            spike_source=At("soma", 0.5),
            spike_threshold_mV=self.spike_threshold_mV,
        )

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number of the cell."""
        complete = checked("motor-alpha", PARAMETERS, values)
        return settings_from_regions(structure, region_plans(structure.morphology, complete))
