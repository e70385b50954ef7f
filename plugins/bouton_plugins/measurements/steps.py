"""The protocol that all measurements are made of: one current step at one place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, fields, frozen, validators

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.protocol import Protocol
from bouton_plugins.measurements.bench import Electrode


@frozen
class CurrentStep:
    """A current step, with the potential recorded at every step at the same place.

    Attributes:
        amplitude_nA: Current while it is on.
        pulse_ms: How long it is on.
        delay_ms: When it begins.
        duration_ms: How long the run is.
        start_mV: Starting potential, of all sections.
        electrode: Place and integration.
    """

    amplitude_nA: float = 0.0
    pulse_ms: float = field(default=500.0, validator=validators.ge(0.0))
    delay_ms: float = field(default=0.0, validator=validators.ge(0.0))
    duration_ms: float = field(default=500.0, validator=validators.gt(0.0))
    start_mV: float = -67.0
    electrode: Electrode = Electrode()

    def protocol(self, values: Mapping[str, Any]) -> Protocol:
        """Return the protocol; any number of it may come from a parameter set.

        Raises:
            ProtocolError: If a value is unknown or no number.
        """
        known = [a.name for a in fields(CurrentStep) if a.name != "electrode"]
        for name, value in values.items():
            if name not in known:
                raise ProtocolError(f"current-step has no {name!r}; {did_you_mean(name, known)}")
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value):
                raise ProtocolError(f"{name} must be a number, got {value!r}")
        made = evolve(self, **values)
        return made.electrode.step(
            made.start_mV,
            made.duration_ms,
            made.amplitude_nA,
            delay_ms=made.delay_ms,
            pulse_ms=made.pulse_ms,
        )
