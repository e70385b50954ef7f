"""A protocol: a current step into the soma."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, fields, frozen, validators

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.locations import At
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal


@frozen
class Skeleton:
    """A current step into the middle of the soma, where the potential is recorded.

    Attributes:
        amplitude_nA: Current while it is on.
        onset_ms: When it begins.
        step_ms: How long it is on.
        duration_ms: How long the run is.
        celsius: Temperature.
        v_init_mV: Starting potential.
    """

    amplitude_nA: float = 0.5
    onset_ms: float = field(default=50.0, validator=validators.ge(0.0))
    step_ms: float = field(default=200.0, validator=validators.gt(0.0))
    duration_ms: float = field(default=300.0, validator=validators.gt(0.0))
    celsius: float = 6.3
    v_init_mV: float = -65.0

    def protocol(self, values: Mapping[str, Any]) -> Protocol:
        """Return the protocol; any of its numbers may come from a parameter set.

        Raises:
            ProtocolError: If a value is unknown or no number.
        """
        known = [option.name for option in fields(Skeleton)]
        for name, value in values.items():
            if name not in known:
                raise ProtocolError(f"skeleton-entry has no {name!r}; {did_you_mean(name, known)}")
            if not isinstance(value, int | float) or not math.isfinite(value):
                raise ProtocolError(f"{name} must be a number, got {value!r}")
        return evolve(self, **values)._made()

    def _made(self) -> Protocol:
        soma = At("soma", 0.5)
        clamp = {"delay": self.onset_ms, "dur": self.step_ms, "amp": self.amplitude_nA}
        return Protocol(
            drives=(PointDrive("IClamp", soma, clamp),),
            signals=(Signal("soma", "v", soma),),
            duration_ms=self.duration_ms,
            integration=Integration(celsius=self.celsius, v_init_mV=self.v_init_mV),
            onset_ms=self.onset_ms,
            stimulus_ms=self.step_ms,
        )
