"""From flat parameter names such as `soma.napp.gnabar` to sections and settings of a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from bouton.errors import CellError, did_you_mean
from bouton.model.cell import Parameter, PlacedMechanism, RegionPlan
from bouton.model.morphology import Morphology

CM, RA = "cm_uF_cm2", "Ra_ohm_cm"
SHAPE = ("length_um", "diameter_um")


def checked(
    template: str, parameters: Sequence[Parameter], values: Mapping[str, Any]
) -> dict[str, float]:
    """Return the values, complete with defaults, as numbers.

    Raises:
        CellError: Naming everything that is unknown or impossible.
    """
    known = {p.name: p for p in parameters}
    problems = [
        f"{name} is no parameter of {template}; {did_you_mean(name, known)}"
        for name in values
        if name not in known
    ]
    complete = {p.name: p.default for p in parameters} | dict(values)
    for name, value in complete.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name in known and (not is_number or not isfinite(value)):
            problems.append(f"{name} must be a finite number, got {value!r}")
        elif name in known and _must_be_positive(name) and not value > 0:
            problems.append(f"{name} must be above 0, got {value!r}")
    if problems:
        raise CellError(f"{template}: " + "; ".join(problems))
    return {name: float(value) for name, value in complete.items()}


def _must_be_positive(name: str) -> bool:
    return name.rpartition(".")[2] in (CM, RA, *SHAPE)


def region_plans(tree: Morphology, values: Mapping[str, float]) -> list[RegionPlan]:
    """Return one plan per section, put together from the values of all its labels.

    `dend.pas.g` counts for every section labelled `dend`, `dend[0].pas.g` for one of them.
    """
    return [_plan(section.name, section.labels, values) for section in tree.sections]


def _plan(name: str, labels: Iterable[str], values: Mapping[str, float]) -> RegionPlan:
    passive = {CM: 1.0, RA: 100.0}
    ions: dict[str, float] = {}
    mechanisms: dict[str, dict[str, float]] = {}
    for label in labels:
        for path, value in values.items():
            region, _, rest = path.partition(".")
            if region != label or rest in SHAPE:
                continue
            owner, _, variable = rest.partition(".")
            if variable:
                mechanisms.setdefault(owner, {})[variable] = value
            elif rest in passive:
                passive[rest] = value
            else:
                ions[rest] = value
    return RegionPlan(name, passive[CM], passive[RA], ions, mechanisms)


def synapses(
    dendrites: Iterable[int], *, excitatory_mV: float, inhibitory_mV: float
) -> tuple[PlacedMechanism, ...]:
    """Return the two silent synapses of each dendrite: `exc[i]` and `inh[i]`."""
    return tuple(
        PlacedMechanism(
            f"{kind}[{number}]", "Exp2Syn", section, 0.5, {"tau1": 0.2, "tau2": 0.3, "e": reversal}
        )
        for number, section in enumerate(dendrites)
        for kind, reversal in (("exc", excitatory_mV), ("inh", inhibitory_mV))
    )
