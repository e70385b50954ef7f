"""Templates of the neurons: one section with one point process called `izh`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from attrs import field, frozen

from bouton.errors import CellError, did_you_mean
from bouton.model.cell import CellSettings, CellStructure, Parameter, PlacedMechanism
from bouton.model.compartments import Compartments
from bouton.model.locations import At
from bouton.model.morphology import Morphology, Section
from bouton_plugins.izhikevich.tables import (
    SOURCE_2003,
    SOURCE_2007,
    TYPES_2003,
    TYPES_2007,
    parameters_2003,
    parameters_2007,
)

_FREE = ("a", "b", "c", "d", "k", "bhigh", "Iin")
_UNITS = {
    **dict.fromkeys(("c", "erev", "thresh", "V0", "vr", "vt", "vpeak", "vu", "vb"), "mV"),
    **dict.fromkeys(("taug", "tauAMPA", "tauNMDA", "tauGABAA", "tauGABAB", "tauOpsin"), "ms"),
    "a": "1/ms",
    "C": "pF",
}
_POSITIVE = ("C", "taug", "tauAMPA", "tauNMDA", "tauGABAA", "tauGABAB", "tauOpsin")
_AREA_um2_PER_pF = 100.0  # at 1 uF/cm2


def _one_of(types: tuple[str, ...]) -> Any:  # noqa: ANN401
    def check(_: object, attribute: Any, value: str) -> None:  # noqa: ANN401
        if value not in types:
            hint = did_you_mean(value, types)
            raise ValueError(f"no {attribute.name} of neuron is called {value!r}; {hint}")

    return check


class _Izhikevich:
    """What the four have in common."""

    mechanism: ClassVar[str]
    voltage: ClassVar[str] = ""
    receptors: ClassVar[tuple[str, ...]] = ()
    source: ClassVar[str]

    def defaults(self) -> Mapping[str, float]:
        """Return every parameter with its value."""
        raise NotImplementedError

    def capacitance_pF(self, values: Mapping[str, Any]) -> float:
        """Return the capacitance of the section."""
        raise NotImplementedError

    def own(self, values: Mapping[str, Any]) -> dict[str, float]:
        """Return the values of the point process."""
        return {name: float(value) for name, value in values.items()}

    @cached_property
    def parameters(self) -> Sequence[Parameter]:
        """All parameters, with the values of the type."""
        return tuple(
            Parameter(
                name, _UNITS.get(name, ""), default=value, free=name in _FREE, source=self.source
            )
            for name, value in self.defaults().items()
        )

    def structural(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return every value: they are those of a point process, given when it is made."""
        self._check(values)
        return tuple(sorted((name, float(value)) for name, value in values.items()))

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return the section with its point process."""
        self._check(values)
        if morphology is not None:
            raise CellError("a neuron of Izhikevich is one section; leave the morphology out")
        size_um = math.sqrt(self.capacitance_pF(values) * _AREA_um2_PER_pF / math.pi)
        soma = Section.cylinder("soma", ("soma",), length_um=size_um, diameter_um=size_um)
        point = PlacedMechanism(
            "izh", self.mechanism, 0, 0.5, self.own(values), self.voltage, self.receptors
        )
        return CellStructure(
            Compartments(Morphology(self.mechanism, (soma,)), np.array([1])),
            {},
            catalogues=("izhikevich",),
            point_processes=(point,),
            spike_source=At("soma", 0.5),
            spike_process="izh",
        )

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return nothing that could change in place."""
        del structure
        self._check(values)
        return CellSettings((), np.array([100.0]), np.array([1.0]))

    def _check(self, values: Mapping[str, Any]) -> None:
        known = self.defaults()
        for name, value in values.items():
            if name not in known:
                raise CellError(f"unknown parameter {name!r}; {did_you_mean(name, known)}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise CellError(f"parameter {name} must be a number, got {value!r}")
            if not math.isfinite(value) or (name in _POSITIVE and value <= 0):
                raise CellError(f"parameter {name} is impossible: {value!r}")
        missing = sorted(known.keys() - values.keys())
        if missing:
            raise CellError(f"no value is given for {', '.join(missing)}")


@frozen(eq=False, slots=False)
class Izhikevich2003a(_Izhikevich):
    """Point neuron with its own potential `V` and one conductance for input, `gsyn`.

    Attributes:
        type: One of the twenty types of 2004, which gives the defaults of the parameters.
    """

    type: str = field(default="tonic spiking", validator=_one_of(TYPES_2003))
    mechanism = "Izhikevich2003a"
    voltage = "V"
    receptors = ("gsyn",)
    source = SOURCE_2003

    def defaults(self) -> Mapping[str, float]:
        """Return every parameter with its value."""
        rest = {"Iin": 0.0, "erev": 0.0, "taug": 1.0, "thresh": 30.0}
        return {**parameters_2003(self.type), **rest}

    def capacitance_pF(self, values: Mapping[str, Any]) -> float:
        """Return that of the host section, which plays no part."""
        del values
        return 1.0


@frozen(eq=False, slots=False)
class Izhikevich2003b(_Izhikevich):
    """Neuron whose potential is that of its section (1 pF), so that it takes any synapse.

    Attributes:
        type: One of the twenty types of 2004, which gives the defaults of the parameters.
    """

    type: str = field(default="tonic spiking", validator=_one_of(TYPES_2003))
    mechanism = "Izhikevich2003b"
    source = SOURCE_2003

    def defaults(self) -> Mapping[str, float]:
        """Return every parameter with its value."""
        rest = {"Iin": 0.0, "thresh": 30.0}
        return {**parameters_2003(self.type), **rest}

    def capacitance_pF(self, values: Mapping[str, Any]) -> float:
        """Return the capacitance with which the section's potential is the model's."""
        del values
        return 1.0


@frozen(eq=False, slots=False)
class Izhikevich2007a(_Izhikevich):
    """Point neuron with its own potential `V`; each event carries a weight for each receptor (nS).

    Attributes:
        type: RS, IB, CH, LTS, FS, TC, TC_burst, RTN or RTN_burst.
    """

    type: str = field(default="RS", validator=_one_of(TYPES_2007))
    mechanism = "Izhikevich2007a"
    voltage = "V"
    receptors = ("AMPA", "NMDA", "GABAA", "GABAB", "Opsin")
    source = SOURCE_2007

    def defaults(self) -> Mapping[str, float]:
        """Return every parameter with its value."""
        taus = {"tauAMPA": 5.0, "tauNMDA": 150.0, "tauGABAA": 6.0, "tauGABAB": 150.0}
        return {**parameters_2007(self.type), "Iin": 0.0, "u0": 0.0, **taus, "tauOpsin": 50.0}

    def capacitance_pF(self, values: Mapping[str, Any]) -> float:
        """Return that of the host section, which plays no part."""
        del values
        return 1.0


@frozen(eq=False, slots=False)
class Izhikevich2007b(_Izhikevich):
    """Neuron whose potential is that of its section of capacitance `C`; it takes any synapse.

    Attributes:
        type: RS, IB, CH, LTS, FS, TC, TC_burst, RTN or RTN_burst.
    """

    type: str = field(default="RS", validator=_one_of(TYPES_2007))
    mechanism = "Izhikevich2007b"
    source = SOURCE_2007

    def defaults(self) -> Mapping[str, float]:
        """Return every parameter with its value."""
        return {**parameters_2007(self.type), "Iin": 0.0, "u0": 0.0}

    def capacitance_pF(self, values: Mapping[str, Any]) -> float:
        """Return `C`."""
        return float(values["C"])

    def own(self, values: Mapping[str, Any]) -> dict[str, float]:
        """Return the values of the point process, which leaves `C` to the section."""
        return {name: float(value) for name, value in values.items() if name != "C"}
