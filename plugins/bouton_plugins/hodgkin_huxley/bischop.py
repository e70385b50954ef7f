"""The striatal fast-spiking interneuron of Bischop et al. (2012), one compartment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from attrs import field, frozen, validators

from bouton.errors import CellError, did_you_mean
from bouton.model.cell import (
    Assignment,
    CellSettings,
    CellStructure,
    Parameter,
    PlacedMechanism,
)
from bouton.model.compartments import Compartments
from bouton.model.locations import At
from bouton.model.morphology import Morphology, Section

_SOURCE = "CompNeuroPy 1.0.4 after Bischop et al. (2012) Front Mol Neurosci 5:78"
_AREA_um2 = 3000.0

# name: (default, unit, what it is)
_MEMBRANE: dict[str, tuple[float, str, str]] = {
    "C_m": (30.0, "pF", "membrane capacitance"),
    "A": (_AREA_um2, "um2", "membrane area"),
    "gg_L": (2.5, "nS", "leak conductance"),
    "E_L": (-68.0, "mV", "leak reversal potential"),
    "gg_Na": (700.0, "nS", "sodium conductance"),
    "E_Na": (74.0, "mV", "sodium reversal potential"),
    "gg_Kv1": (2.0, "nS", "Kv1 conductance"),
    "gg_Kv3": (300.0, "nS", "Kv3 conductance"),
    "gg_SK": (2.0, "nS", "calcium-activated potassium conductance"),
    "E_K": (-90.0, "mV", "potassium reversal potential"),
    "gg_Ca": (30.0, "nS", "calcium conductance"),
    "E_Ca": (80.0, "mV", "calcium reversal potential"),
    "K_SK": (0.5, "uM", "calcium level of half activation of SK"),
    "F": (96485.332, "C/mol", "Faraday constant"),
    "d": (0.2, "um", "depth of the calcium shell"),
    "gamma": (1.0, "1/ms", "rate of calcium removal"),
    "Ca_rest": (0.07, "uM", "resting calcium level"),
    "k_on_ca": (0.1, "1/(uM ms)", "calcium binding to parvalbumin"),
    "k_off_ca": (0.001, "1/ms", "calcium leaving parvalbumin"),
    "k_on_mg": (0.0008, "1/(uM ms)", "magnesium binding to parvalbumin"),
    "k_off_mg": (0.025, "1/ms", "magnesium leaving parvalbumin"),
    "Mg": (500.0, "uM", "magnesium level"),
    "PV_T": (63.5, "uM", "total parvalbumin"),
    "v_t": (30.0, "mV", "upward crossing that counts as a spike"),
}
_SYNAPSES: dict[str, tuple[float, str, str]] = {
    "tau_ampa": (10.0, "ms", "decay of the AMPA conductance"),
    "tau_gaba": (10.0, "ms", "decay of the GABA conductance"),
    "E_ampa": (0.0, "mV", "AMPA reversal potential"),
    "E_gaba": (-90.0, "mV", "GABA reversal potential"),
}
_CONDUCTANCES = tuple(name for name in _MEMBRANE if name.startswith("gg_"))
_POSITIVE = ("C_m", "A", "F", "d", "tau_ampa", "tau_gaba")
_ELSEWHERE = ("C_m", "A", "v_t")  # not parameters of the mechanism


@frozen(eq=False)
class Bischop:
    """A striatal fast-spiking interneuron in one compartment, in absolute units.

    At the start every gate, calcium and parvalbumin variable is 0, as in the published code, and
    parvalbumin takes seconds to fill: let it settle, or start from rest (`start: steady`).

    Attributes:
        calcium: `published-code` for the calcium influx as that code has it (wrong sign, 1e6 times
            too small: SK does not see spikes), or `corrected`.
        synapses: Add the conductances `ampa` and `gaba`, which can only depolarise and only
            hyperpolarise; events add nS to them.
        start: `zero` as published, or `steady` for gates at rest at the first potential and calcium
            and parvalbumin in equilibrium.
    """

    calcium: Literal["published-code", "corrected"] = field(
        default="published-code", validator=validators.in_(("published-code", "corrected"))
    )
    synapses: bool = False
    start: Literal["zero", "steady"] = field(
        default="zero", validator=validators.in_(("zero", "steady"))
    )

    @cached_property
    def parameters(self) -> Sequence[Parameter]:
        """All parameters, in the units of the paper."""
        table = {**_MEMBRANE, **(_SYNAPSES if self.synapses else {})}
        return tuple(_parameter(name, *row) for name, row in table.items())

    def structural(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the spike threshold and the values of the synapses."""
        self._check(values)
        return tuple(values[name] for name in ("v_t", *(_SYNAPSES if self.synapses else ())))

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return the compartment."""
        self._check(values)
        if morphology is not None:
            raise CellError("hh-bischop is one compartment of its own; leave the morphology out")
        size_um = math.sqrt(_AREA_um2 / math.pi)
        soma = Section.cylinder("soma", ("soma",), length_um=size_um, diameter_um=size_um)
        return CellStructure(
            Compartments(Morphology("bischop", (soma,)), np.array([1])),
            {"bischop": np.array([0])},
            catalogues=("bischop",),
            point_processes=tuple(self._synapses(values)) if self.synapses else (),
            spike_source=At("soma", 0.5),
            spike_threshold_mV=float(values["v_t"]),
        )

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return the densities that the absolute values mean on the area."""
        del structure
        self._check(values)
        area = float(values["A"])
        told = {name: float(values[name]) for name in _MEMBRANE if name not in _ELSEWHERE}
        for name in _CONDUCTANCES:
            told[name.removeprefix("g")] = 0.1 * told.pop(name) / area  # nS/um2 is 0.1 S/cm2
        told["influx"] = 1.0 if self.calcium == "published-code" else -1e6
        told["steady"] = 1.0 if self.start == "steady" else 0.0
        ranges = {f"{name}_bischop": value for name, value in told.items()}
        ranges["cm"] = 100.0 * float(values["C_m"]) / area  # pF/um2 is 100 uF/cm2
        return CellSettings(
            tuple(
                Assignment(name, np.array([0]), np.array([value])) for name, value in ranges.items()
            ),
            Ra_ohm_cm=np.array([100.0]),
            diameter_scale=np.array([area / _AREA_um2]),
        )

    def _synapses(self, values: Mapping[str, Any]) -> list[PlacedMechanism]:
        signs = {"ampa": 1.0, "gaba": -1.0}
        return [
            PlacedMechanism(
                name,
                "ClippedSyn",
                section=0,
                x=0.5,
                values={
                    "tau": float(values[f"tau_{name}"]),
                    "e": float(values[f"E_{name}"]),
                    "sign": sign,
                },
            )
            for name, sign in signs.items()
        ]

    def _check(self, values: Mapping[str, Any]) -> None:
        known = [parameter.name for parameter in self.parameters]
        for name, value in values.items():
            if name not in known:
                raise CellError(f"unknown parameter {name!r}; {did_you_mean(name, known)}")
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (is_number and math.isfinite(value)):
                raise CellError(f"parameter {name} must be a finite number, got {value!r}")
            if name in _POSITIVE and value <= 0:
                raise CellError(f"parameter {name} must be above 0, got {value!r}")
        if missing := [name for name in known if name not in values]:
            raise CellError(f"no value is given for {', '.join(missing)}")


def _parameter(name: str, default: float, unit: str, summary: str) -> Parameter:
    """Return a parameter; a search may vary the conductances tenfold and total parvalbumin."""
    is_free = name in _CONDUCTANCES or name == "PV_T"
    lower, upper = (0.0, 10.0 * default) if name in _CONDUCTANCES else (-math.inf, math.inf)
    if name == "PV_T":
        lower, upper = 0.0, 1000.0
    return Parameter(name, unit, lower, upper, default, is_free, summary, _SOURCE)
