"""The cerebellar stellate cell on a labelled morphology."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import evolve, frozen

from bouton.errors import CellError, did_you_mean
from bouton.model.cell import (
    CellSettings,
    CellStructure,
    Parameter,
    RegionPlan,
    settings_from_regions,
    structure_from_regions,
)
from bouton.model.compartments import Compartments
from bouton.model.locations import At
from bouton.model.morphology import Morphology
from bouton.model.network import SynapseType
from bouton_plugins.stellate.parameters import CM, RA, REGIONS, SOMA, parameter_table
from bouton_plugins.stellate.synapses import SYNAPSES

CATALOGUE = "stellate"
_SEGMENT_UM = 10.0
_TAGS = (
    "{16: [dendrites, proximal_dendrites], 17: [dendrites, distal_dendrites], "
    "18: [axon, axon_initial_segment]}"
)


@lru_cache(maxsize=1)
def _table() -> tuple[Parameter, ...]:
    return parameter_table()


@frozen
class Stellate:
    """Cerebellar stellate cell, a spontaneously firing inhibitory interneuron.

    Labels `soma`, `proximal_dendrites`, `distal_dendrites`, `axon` and `axon_initial_segment` say
    what a section is made of; other labels, such as `dendrites`, are allowed beside them. A
    section with several of them has what each of them gives, and where two give one parameter, the
    later in this list wins: an initial segment (labels axon and axon_initial_segment) is an axon
    with more sodium channels and an M current. A section of length L has int(L/10 um) + 1 segments.

    Source: Rizza, Locatelli, Masoli, Sanchez-Ponce, Munoz, Prestori & D'Angelo (2021) Sci Rep
    11:3873.
    """

    @property
    def parameters(self) -> Sequence[Parameter]:
        """All parameters: densities, which a search may vary, and constants."""
        return _table()

    @property
    def synapses(self) -> Mapping[str, SynapseType]:
        """The synapses that its cells can be given: AMPA, NMDA and GABA."""
        return SYNAPSES

    def structural(self, values: Mapping[str, Any]) -> tuple[()]:
        """Return an empty key: no value changes sections, segments or mechanisms."""
        _check(values)
        return ()

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return the tree with its segments and mechanisms.

        Raises:
            CellError: If there is no morphology, or a section has no label that says what it is
                made of, or a label is nowhere, or a value does not fit.
        """
        complete = _check(values)
        if morphology is None:
            raise CellError("stellate needs a morphology; add cell.morphology to the study")
        _check_labels(morphology)
        lengths = np.array([section.length_um for section in morphology.sections])
        nseg = (lengths / _SEGMENT_UM).astype(np.int64) + 1
        made = structure_from_regions(
            Compartments(morphology, nseg), _plans(complete), (CATALOGUE,)
        )
        soma = morphology.sections[int(morphology.indices(SOMA)[0])]
        return evolve(made, spike_source=At(soma.name, 0.5))

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number of the cell.

        Raises:
            CellError: Naming all values that are unknown or impossible.
        """
        return settings_from_regions(structure, _plans(_check(values)))


def _check(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the values, completed by the defaults."""
    known = {p.name: p for p in _table()}
    problems = [
        f"{name} is no parameter of stellate; {did_you_mean(name, known)}"
        for name in values
        if name not in known
    ]
    problems += [problem for name, value in values.items() if (problem := _problem(name, value))]
    if problems:
        raise CellError("; ".join(problems))
    return {name: float(values.get(name, p.default)) for name, p in known.items()}


def _problem(name: str, value: object) -> str:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return f"{name} must be a number, got {value!r}"
    number = float(value)
    if not math.isfinite(number):
        return f"{name} must be finite, got {number}"
    last = name.rpartition(".")[2]
    if last in (CM, RA):
        return "" if number > 0 else f"{name} must be above 0, got {number:g}"
    if last in ("e", "ena", "ek") or number >= 0:
        return ""
    return f"{name} must not be negative, got {number:g}"


def _check_labels(morphology: Morphology) -> None:
    where = f"morphology {morphology.name!r}"
    bare = [s.name for s in morphology.sections if not set(s.labels) & set(REGIONS)]
    missing = [label for label in REGIONS if label not in morphology.labels]
    hint = f"with the loader swc, tags say what a type code means, such as {_TAGS}"
    if bare:
        raise CellError(
            f"{where}: {len(bare)} sections ({', '.join(bare[:3])}, ...) have none of the labels "
            f"{', '.join(REGIONS)}; {hint}"
        )
    if missing:
        raise CellError(f"{where} has no section labelled {' or '.join(missing)}; {hint}")


def _plans(values: Mapping[str, float]) -> list[RegionPlan]:
    """Return what each label gives, in the order in which later ones win."""
    return [_plan(label, values) for label in REGIONS]


def _plan(label: str, values: Mapping[str, float]) -> RegionPlan:
    ions: dict[str, float] = {}
    mechanisms: dict[str, dict[str, float]] = {}
    own = {
        name.partition(".")[2]: value
        for name, value in values.items()
        if name.partition(".")[0] == label
    }
    for path, value in own.items():
        mechanism, _, name = path.partition(".")
        if name:
            mechanisms.setdefault(mechanism, {})[name] = value
        elif path not in (CM, RA):
            ions[path] = value
    return RegionPlan(label, own[CM], own[RA], ions, mechanisms)
