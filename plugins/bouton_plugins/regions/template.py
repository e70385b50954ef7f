"""A cell template whose regions, mechanisms and spatial rules stand in the study."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from attrs import Factory, evolve, field, fields, frozen

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
from bouton.model.locations import At
from bouton.model.morphology import Morphology, Section
from bouton.model.rules import (
    Exponential,
    ExponentialHeight,
    Linear,
    LinearCapped,
    Range,
    Sigmoid,
    SpatialRule,
    Uniform,
)


def _positive(instance: object, attribute: Any, value: float) -> None:  # noqa: ANN401
    del instance
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{attribute.name} must be above 0, got {value!r}")


@frozen
class Cylinder:
    """One section of a cell that has no morphology file.

    Attributes:
        name: Unique name.
        length_um: Length.
        diameter_um: Diameter.
        label: Region; default: the name without an index.
        parent: Name of the section that it is attached to; empty for the first one.
        parent_x: Place on the parent.
        nseg: Number of segments; 0 for the d-lambda rule.
    """

    name: str
    length_um: float = field(validator=_positive)
    diameter_um: float = field(validator=_positive)
    label: str = ""
    parent: str = ""
    parent_x: float = 1.0
    nseg: int = 0


@frozen
class Spread:
    """A value and how it is spread over a region: give at most one rule.

    Attributes:
        value: The value that the rule is applied to.
        linear: value * max(slope * r + 1, offset).
        linear_capped: value * a line that ends at a distance.
        exponential: value * (offset + scale * exp(steepness * (r - x_offset))).
        exponential_height: The same over the height above the soma.
        sigmoid: value * (offset + scale / (1 + exp((r - x_offset) / width))).
        range: The value within a zone, a fraction of it outside.
    """

    value: float
    linear: Linear | None = None
    linear_capped: LinearCapped | None = None
    exponential: Exponential | None = None
    exponential_height: ExponentialHeight | None = None
    sigmoid: Sigmoid | None = None
    range: Range | None = None

    def __attrs_post_init__(self) -> None:
        if len(self._rules) > 1:
            raise ValueError("give one spatial rule, not several")

    @property
    def _rules(self) -> list[SpatialRule]:
        given = (getattr(self, attribute.name) for attribute in fields(Spread)[1:])
        return [rule for rule in given if rule is not None]

    @property
    def rule(self) -> SpatialRule:
        """The rule, uniform if none is given."""
        return self._rules[0] if self._rules else Uniform()


@frozen
class Region:
    """What the sections of one label are made of.

    Attributes:
        cm_uF_cm2: Specific membrane capacitance.
        Ra_ohm_cm: Axial resistivity.
        ions: Ion levels by NEURON name, such as `ena`.
        mechanisms: Mechanism -> its parameters; an empty mapping keeps the mechanism's defaults.
    """

    cm_uF_cm2: float = field(default=1.0, validator=_positive)
    Ra_ohm_cm: float = field(default=100.0, validator=_positive)
    ions: Mapping[str, float] = Factory(dict)
    mechanisms: Mapping[str, Mapping[str, float | Spread]] = Factory(dict)


@frozen(eq=False)
class ByRegion:
    """A cell described region by region.

    Every number below `regions` is a parameter, named by its place: `soma.hh.gnabar`,
    `dend.cm_uF_cm2`, `soma.ena`. None is free by itself: a search names what it varies.

    Attributes:
        regions: Label -> what its sections are made of; every label of the cell needs one.
        sections: The sections, for a cell without a morphology file.
        catalogues: Catalogues that define its mechanisms; NEURON's own need none.
        d_lambda: Longest segment as a fraction of the length constant.
        frequency_Hz: Frequency at which the length constant is taken.
        max_segment_um: If positive, no segment is longer.
        spike_threshold_mV: Upward crossing in the first section that counts as a spike.
        labels: `all` to insist that every label of the morphology has a region; `known` to
            leave other labels without mechanisms.
    """

    regions: Mapping[str, Region]
    sections: tuple[Cylinder, ...] = ()
    catalogues: tuple[str, ...] = ()
    d_lambda: float = field(default=0.1, validator=_positive)
    frequency_Hz: float = field(default=100.0, validator=_positive)
    max_segment_um: float = 0.0
    spike_threshold_mV: float = -20.0
    labels: Literal["all", "known"] = "all"

    @cached_property
    def parameters(self) -> Sequence[Parameter]:
        """Every number of every region."""
        found = []
        for label, region in self.regions.items():
            found += [
                Parameter(f"{label}.cm_uF_cm2", "uF/cm2", default=region.cm_uF_cm2, free=False),
                Parameter(f"{label}.Ra_ohm_cm", "ohm cm", default=region.Ra_ohm_cm, free=False),
            ]
            levels = region.ions.items()
            found += [Parameter(f"{label}.{n}", default=v, free=False) for n, v in levels]
            for mechanism, values in region.mechanisms.items():
                for name, value in values.items():
                    number = value.value if isinstance(value, Spread) else value
                    path = f"{label}.{mechanism}.{name}"
                    found.append(Parameter(path, default=number, free=False))
        return tuple(found)

    def structural(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return what the number of segments depends on."""
        self._check(values)
        return tuple(
            (values[f"{label}.Ra_ohm_cm"], values[f"{label}.cm_uF_cm2"]) for label in self.regions
        )

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return the cell with the mechanisms of its regions."""
        self._check(values)
        if (morphology is None) == (not self.sections):
            raise CellError("by-region needs either a morphology or sections, not both or none")
        tree = morphology or self._cylinders()
        plans = self._plans(values, tree)
        compartments = Compartments(tree, self._nseg(tree, plans))
        made = structure_from_regions(compartments, plans, self.catalogues)
        return evolve(
            made,
            spike_source=At(tree.sections[0].name, 0.5),
            spike_threshold_mV=self.spike_threshold_mV,
        )

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number of every region."""
        self._check(values)
        return settings_from_regions(structure, self._plans(values, structure.morphology))

    def _check(self, values: Mapping[str, Any]) -> None:
        known = {parameter.name for parameter in self.parameters}
        for name, value in values.items():
            if name not in known:
                raise CellError(f"unknown parameter {name!r}; {did_you_mean(name, known)}")
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value):
                raise CellError(f"parameter {name} must be a finite number, got {value!r}")
        missing = sorted(known - set(values))
        if missing:
            raise CellError(f"no value is given for {', '.join(missing)}")

    def _plans(self, values: Mapping[str, Any], tree: Morphology) -> list[RegionPlan]:
        bare = [label for label in tree.labels if label not in self.regions]
        if bare and self.labels == "all":
            raise CellError(
                f"no region describes {', '.join(map(repr, bare))} of {tree.name!r}; add one, or "
                "set labels: known"
            )
        return [self._plan(label, region, values) for label, region in self.regions.items()]

    def _plan(self, label: str, region: Region, values: Mapping[str, Any]) -> RegionPlan:
        mechanisms: dict[str, dict[str, float | Distributed]] = {}
        for mechanism, given in region.mechanisms.items():
            mechanisms[mechanism] = {}
            for name, value in given.items():
                number = float(values[f"{label}.{mechanism}.{name}"])
                rule = value.rule if isinstance(value, Spread) else Uniform()
                mechanisms[mechanism][name] = Distributed(number, rule)
        return RegionPlan(
            label,
            float(values[f"{label}.cm_uF_cm2"]),
            float(values[f"{label}.Ra_ohm_cm"]),
            {name: float(values[f"{label}.{name}"]) for name in region.ions},
            mechanisms,
        )

    def _nseg(self, tree: Morphology, plans: Sequence[RegionPlan]) -> np.ndarray[Any, Any]:
        Ra = np.full(len(tree), 35.4)
        cm = np.ones(len(tree))
        for plan in plans:
            Ra[tree.indices(plan.label)] = plan.Ra_ohm_cm
            cm[tree.indices(plan.label)] = plan.cm_uF_cm2
        nseg = d_lambda_nseg(
            tree,
            Ra,
            cm,
            frequency_Hz=self.frequency_Hz,
            d_lambda=self.d_lambda,
            max_segment_um=self.max_segment_um,
        )
        for index, cylinder in enumerate(self.sections):
            if cylinder.nseg > 0:
                nseg[index] = cylinder.nseg
        return nseg

    def _cylinders(self) -> Morphology:
        made: list[Section] = []
        index: dict[str, int] = {}
        for cylinder in self.sections:
            if cylinder.parent and cylinder.parent not in index:
                hint = did_you_mean(cylinder.parent, index)
                raise CellError(
                    f"section {cylinder.name!r}: its parent {cylinder.parent!r} must be an earlier "
                    f"section; {hint}"
                )
            parent = index.get(cylinder.parent, -1)
            origin = made[parent].points[-1, :3] if parent >= 0 else np.zeros(3)
            step = np.array([cylinder.length_um, 0.0, 0.0])
            ends = np.stack([origin, origin + step])
            points = np.column_stack([ends, [cylinder.diameter_um] * 2])
            label = cylinder.label or cylinder.name.split("[", maxsplit=1)[0]
            x = cylinder.parent_x if parent >= 0 else 0.0
            index[cylinder.name] = len(made)
            made.append(Section(cylinder.name, (label,), parent, x, points))
        return Morphology("cylinders", tuple(made))
