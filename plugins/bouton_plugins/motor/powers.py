"""`motor-alpha-powers`: a motoneuron of a soma and four dendrites, resting near -71 mV."""

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
from bouton_plugins.motor.tables import POWERS

CATALOGUE = "motor-powers"
LAMBDA_TARGETS = ("soma.naps.gbar",)
GAMMA_TARGETS = tuple(f"dend[{i}].L_Ca_inact.gcabar" for i in range(4))
GAMMA = 0.2
_SOURCE = "Powers & Heckman (2017) J Neurophysiol 118:2238, as a motor pool"
_FIXED = (
    ("soma.Ra_ohm_cm", "ohm cm", 0.001, "axial resistivity"),
    ("soma.ena", "mV", 50.0, "sodium reversal"),
    ("soma.ek", "mV", -80.0, "potassium reversal"),
    ("soma.eca", "mV", 132.4579341637009, "calcium reversal (NEURON's own default)"),
    ("soma.na3rp.sh", "mV", 1.0, "shift"),
    ("soma.na3rp.ar", "", 1.0, "1: no slow inactivation"),
    ("soma.na3rp.qinf", "mV", 8.0, "slope of inactivation"),
    ("soma.na3rp.thinf", "mV", -50.0, "half inactivation"),
    ("soma.naps.sh", "mV", 5.0, "shift"),
    ("soma.naps.ar", "", 1.0, "1: no slow inactivation"),
    ("soma.gh.half", "mV", -77.0, "half activation"),
    ("dend.gh.half", "mV", -77.0, "half activation"),
)


def _default(target: str, first: float) -> float:
    return GAMMA * first if target in GAMMA_TARGETS else first


def _parameters() -> tuple[Parameter, ...]:
    varied = [
        Parameter(
            row.target,
            row.unit,
            _default(row.target, min(row.spread.first, row.spread.last)),
            _default(row.target, max(row.spread.first, row.spread.last)),
            _default(row.target, row.spread.first),
            summary=row.summary,
            source=_SOURCE,
        )
        for row in POWERS
    ]
    fixed = [
        Parameter(name, unit, default=value, free=False, summary=summary, source=_SOURCE)
        for name, unit, value, summary in _FIXED
    ]
    return (*varied, *fixed)


PARAMETERS = _parameters()


@frozen
class MotorAlphaPowers:
    """Motoneuron with a long soma and four dendrites, two at each end.

    Defaults are those of the first recruited cell of a pool (threshold 0).

    Attributes:
        dendrite_nseg: Segments of each dendrite. The model is defined with 1.
        excitatory_reversal_mV: Reversal of the synapses `exc[0]` to `exc[3]`.
        inhibitory_reversal_mV: Reversal of the synapses `inh[0]` to `inh[3]`.
        spike_threshold_mV: Upward crossing that counts as a spike. (The +50 mV of the other model
            belong to its frame; here sodium reverses at +50 mV.)

    Source: Powers & Heckman (2017) J Neurophysiol 118:2238.
    """

    dendrite_nseg: int = field(default=1, validator=validators.ge(1))
    excitatory_reversal_mV: float = 0.0
    inhibitory_reversal_mV: float = -75.0
    spike_threshold_mV: float = -20.0

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters."""
        return PARAMETERS

    def structural(self, values: Mapping[str, Any]) -> tuple[float, ...]:
        """Return lengths and diameters, which the sections are made from."""
        complete = checked("motor-alpha-powers", PARAMETERS, values)
        return tuple(
            complete[f"{region}.{what}"]
            for region in ("soma", "dend")
            for what in ("length_um", "diameter_um")
        )

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return soma and dendrites with their mechanisms and synapses.

        Raises:
            CellError: If a morphology is given, or a value is unknown or impossible.
        """
        if morphology is not None:
            raise CellError("motor-alpha-powers brings its own shape; leave cell.morphology out")
        complete = checked("motor-alpha-powers", PARAMETERS, values)
        tree = _tree(complete)
        compartments = Compartments(tree, np.array([1, *[self.dendrite_nseg] * 4]))
        made = structure_from_regions(compartments, region_plans(tree, complete), (CATALOGUE,))
        return evolve(
            made,
            point_processes=synapses(
                range(1, 5),
                excitatory_mV=self.excitatory_reversal_mV,
                inhibitory_mV=self.inhibitory_reversal_mV,
            ),
            spike_source=At("soma", 0.5),
            spike_threshold_mV=self.spike_threshold_mV,
        )

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number of the cell."""
        complete = checked("motor-alpha-powers", PARAMETERS, values)
        return settings_from_regions(structure, region_plans(structure.morphology, complete))


def _tree(values: Mapping[str, float]) -> Morphology:
    soma = Section.cylinder(
        "soma",
        ("soma",),
        length_um=values["soma.length_um"],
        diameter_um=values["soma.diameter_um"],
    )
    dendrites = [
        Section.cylinder(
            f"dend[{i}]",
            ("dend", f"dend[{i}]"),
            length_um=values["dend.length_um"],
            diameter_um=values["dend.diameter_um"],
            parent=0,
            parent_x=float(i % 2),  # the first and the third start at soma(0)
        )
        for i in range(4)
    ]
    return Morphology("motor-alpha-powers", (soma, *dendrites))
