"""The layer 5 pyramidal tract neuron: regions, channels and their distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import field, frozen, validators

from bouton.errors import CellError, did_you_mean
from bouton.model.cell import (
    CellSettings,
    CellStructure,
    Distributed,
    Parameter,
    RegionPlan,
    settings_from_regions,
    structure_from_regions,
)
from bouton.model.compartments import Compartments, d_lambda_nseg
from bouton.model.morphology import Morphology
from bouton.model.rules import Exponential, Linear, Range
from bouton_plugins.hay.axon import (
    AXON_LABELS,
    axon_segments,
    with_artificial_axon,
    without_axon,
)
from bouton_plugins.hay.parameters import calcium_pool, parameter_table

Mechanisms = Mapping[str, Mapping[str, float | Distributed]]

CATALOGUE = "hay"
_REGIONS = ("soma", "axon", "dend", "apic", "myelin")
_CM_UF_CM2 = {"soma": 1.0, "axon": 1.0, "dend": 2.0, "apic": 2.0, "myelin": 0.02}
_RA_OHM_CM = 100.0
_IONS = {"ek": -85.0, "ena": 50.0}
_E_PAS_MV = -90.0
_MYELIN_G_PAS = 4e-5
_IH_SOMA, _IH_DENDRITE = 8e-5, 2e-4
# Ih rises along the apical dendrite: Kole, Hallermann & Stuart (2006) J Neurosci 26:1677
_IH_RULE = Exponential(offset=-0.8696, scale=2.087, steepness=3.6161)
_OUTSIDE_HVA, _OUTSIDE_LVA = 0.1, 0.01
_SOMATIC = ("Ca_HVA", "Ca_LVAst", "K_Pst", "K_Tst", "NaTa_t", "Nap_Et2", "SK_E2", "SKv3_1")


@lru_cache(maxsize=4)
def _table(version: int) -> tuple[Parameter, ...]:
    return parameter_table(version)


@frozen
class HayL5PT:
    """Layer 5 pyramidal tract neuron with an artificial axon.

    Attributes:
        version: 2 has a gradient of SKv3_1 and a scaled apical dendrite; 1 is the older form.
        frequency_Hz: Frequency of the d-lambda rule that chooses the number of segments.
        max_segment_um: If positive, no segment outside the axon is longer.
        drop_axon: Whether an axon in the file is replaced; otherwise it is an error.

    Source: Hay, Hill, Schuermann, Markram & Segev (2011) PLoS Comput Biol 7:e1002107.
    """

    version: int = field(default=2, validator=validators.in_((1, 2)))
    frequency_Hz: float = field(default=100.0, validator=validators.gt(0.0))
    max_segment_um: float = field(default=0.0, validator=validators.ge(0.0))
    drop_axon: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, the free ones in the order of published model tables."""
        return _table(self.version)

    def structural(self, values: Mapping[str, Any]) -> tuple[()]:
        """Return an empty key: no value changes sections, segments or mechanisms."""
        del values
        return ()

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return the tree with its artificial axon, segments and mechanisms.

        Raises:
            CellError: If the morphology lacks a soma, basal or apical dendrites, or has an axon.
        """
        del values
        tree = with_artificial_axon(self._prepared(morphology))
        cm = np.array([_CM_UF_CM2[section.label] for section in tree.sections])
        nseg = d_lambda_nseg(
            tree,
            np.full(len(tree), _RA_OHM_CM),
            cm,
            frequency_Hz=self.frequency_Hz,
            max_segment_um=self.max_segment_um,
        )
        own = axon_segments()
        nseg[-len(own) :] = own
        plans = self._regions({p.name: p.lower for p in self.parameters if p.default is None})
        return structure_from_regions(Compartments(tree, nseg), plans, (CATALOGUE,))

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number of the cell.

        Raises:
            CellError: Naming all values that are missing, unknown or impossible.
        """
        complete = self._checked(structure, values)
        scale = {"apic": complete["scale_apical.scale"]} if self.version == 2 else {}
        return settings_from_regions(structure, self._regions(complete), diameter_scale=scale)

    def _prepared(self, morphology: Morphology | None) -> Morphology:
        if morphology is None:
            raise CellError("hay-l5pt needs a morphology; add cell.morphology to the study")
        where = f"morphology {morphology.name!r}"
        if set(AXON_LABELS) & set(morphology.labels):
            if not self.drop_axon:
                raise CellError(
                    f"{where} has an axon, and hay-l5pt makes its own; set drop_axon: true in "
                    "cell.template to leave the file's axon out (section numbers then count "
                    "without it)"
                )
            morphology = without_axon(morphology)
        _check_labels(morphology, where)
        return morphology

    def _checked(self, structure: CellStructure, values: Mapping[str, Any]) -> dict[str, Any]:
        complete: dict[str, Any] = {
            p.name: p.default for p in self.parameters if p.default is not None
        }
        complete.update(values)
        known = {p.name: p for p in self.parameters}
        problems = [
            f"{name} is no parameter of hay-l5pt version {self.version}; "
            f"{did_you_mean(name, known)}"
            for name in complete
            if name not in known
        ]
        missing = [name for name in known if name not in complete]
        if missing:
            problems.append(f"no value for {', '.join(missing)}")
        problems += [
            problem
            for name, value in complete.items()
            if name in known
            for problem in _value_problems(name, value, len(structure.morphology))
        ]
        if not problems and complete["hot_zone.min_"] > complete["hot_zone.max_"]:
            problems.append("hot_zone.min_ lies beyond hot_zone.max_")
        if problems:
            raise CellError("; ".join(problems))
        return complete

    def _regions(self, values: Mapping[str, Any]) -> tuple[RegionPlan, ...]:
        plans: dict[str, Mechanisms] = {
            "soma": self._somatic("soma", values),
            "axon": self._somatic("axon", values),
            "dend": {
                "pas": {"g": values["ephys.none.dend.g_pas"], "e": _E_PAS_MV},
                "Ih": {"gIhbar": _IH_DENDRITE},
            },
            "apic": self._apical(values),
            "myelin": {"pas": {"g": _MYELIN_G_PAS, "e": _E_PAS_MV}},
        }
        return tuple(
            RegionPlan(
                label=label,
                cm_uF_cm2=_CM_UF_CM2[label],
                Ra_ohm_cm=_RA_OHM_CM,
                ions=_IONS if label in ("soma", "axon", "apic") else {},
                mechanisms=plans[label],
            )
            for label in _REGIONS
        )

    def _pool(self, region: str, values: Mapping[str, Any]) -> Mechanisms:
        pool = calcium_pool(self.version)
        names = ("gamma", "decay")
        return {pool: {name: values[f"ephys.{pool}.{region}.{name}"] for name in names}}

    def _somatic(self, region: str, values: Mapping[str, Any]) -> Mechanisms:
        channels = {
            name: {f"g{name}bar": values[f"ephys.{name}.{region}.g{name}bar"]} for name in _SOMATIC
        }
        return {
            "pas": {"g": values[f"ephys.none.{region}.g_pas"], "e": _E_PAS_MV},
            "Ih": {"gIhbar": _IH_SOMA},
            **self._pool(region, values),
            **channels,
        }

    def _apical(self, values: Mapping[str, Any]) -> Mechanisms:
        def bar(name: str) -> float:
            return float(values[f"ephys.{name}.apic.g{name}bar"])

        def zone(scale: float) -> Range:
            return Range(
                values.get("hot_zone.min_", 0.0),
                values.get("hot_zone.max_", 0.0),
                scale,
                tuple(values.get("hot_zone.outsidescale_sections", ())),
            )

        repolarising: float | Distributed = bar("SKv3_1")
        if self.version == 2:
            slope = values["ephys.SKv3_1.apic.slope"]
            offset = values["ephys.SKv3_1.apic.offset"]
            repolarising = Distributed(bar("SKv3_1"), Linear(slope, offset))
        return {
            "pas": {"g": values["ephys.none.apic.g_pas"], "e": _E_PAS_MV},
            "Ih": {"gIhbar": Distributed(_IH_DENDRITE, _IH_RULE)},
            **self._pool("apic", values),
            "Im": {"gImbar": bar("Im")},
            "NaTa_t": {"gNaTa_tbar": bar("NaTa_t")},
            "SK_E2": {"gSK_E2bar": bar("SK_E2")},
            "SKv3_1": {"gSKv3_1bar": repolarising},
            "Ca_HVA": {"gCa_HVAbar": Distributed(bar("Ca_HVA"), zone(_OUTSIDE_HVA))},
            "Ca_LVAst": {"gCa_LVAstbar": Distributed(bar("Ca_LVAst"), zone(_OUTSIDE_LVA))},
        }


def _check_labels(morphology: Morphology, where: str) -> None:
    if list(morphology.indices("soma")) != [0]:
        raise CellError(f"{where} needs one section labelled 'soma', and it must be the first")
    for label in ("dend", "apic"):
        if not len(morphology.indices(label)):
            raise CellError(f"{where} has no section labelled {label!r}, which hay-l5pt needs")
    strange = sorted({s.label for s in morphology.sections} - set(_REGIONS))
    if strange:
        raise CellError(
            f"{where} has sections labelled {', '.join(strange)}; hay-l5pt knows only "
            "soma, dend and apic: relabel or remove them in the file"
        )


def _value_problems(name: str, value: object, n_sections: int) -> list[str]:
    if name == "hot_zone.outsidescale_sections":
        return _section_problems(name, value, n_sections)
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return [f"{name} must be a number, got {value!r}"]
    number = float(value)
    if not math.isfinite(number):
        return [f"{name} must be finite, got {number}"]
    if name.endswith((".decay", "scale_apical.scale")):
        return [] if number > 0 else [f"{name} must be above 0, got {number:g}"]
    if name.endswith(".slope"):
        return []
    return [] if number >= 0 else [f"{name} must not be negative, got {number:g}"]


def _section_problems(name: str, value: object, n_sections: int) -> list[str]:
    numbers = value if isinstance(value, list | tuple | np.ndarray) else None
    if numbers is None or not all(isinstance(n, int | np.integer) for n in numbers):
        return [f"{name} must be a list of section numbers, got {value!r}"]
    wrong = [int(n) for n in numbers if not 0 <= n < n_sections]
    if wrong:
        return [f"{name}: the cell has sections 0 to {n_sections - 1}, there is no {wrong[0]}"]
    return []
