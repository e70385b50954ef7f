"""What a measuring procedure works with: one cell, current steps in, potentials out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from attrs import define, field, frozen, validators

from bouton.errors import SimulationError
from bouton.model.locations import At, Location
from bouton.model.morphology import FloatArray
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal, Validity
from bouton.model.scores import Feature, FeatureValue
from bouton.model.traces import Response

TRACE = "soma"


@frozen
class Electrode:
    """Where currents go in and potentials come out, and how runs are integrated.

    Attributes:
        location: Place of the electrode.
        dt_ms: Step of the integrator.
        method: `fixed` (backward Euler) or `crank-nicolson`; empty for the procedure's own.
        celsius: Temperature.
        validity: Potentials outside make a run a failed one.
    """

    location: Location = At("soma", 0.5)
    dt_ms: float = field(default=0.0125, validator=validators.gt(0.0))
    method: Literal["", "fixed", "crank-nicolson"] = ""
    celsius: float = 36.0
    validity: Validity = Validity()

    def step(
        self,
        v_init_mV: float,
        duration_ms: float,
        amplitude_nA: float = 0.0,
        *,
        delay_ms: float = 0.0,
        pulse_ms: float = 0.0,
    ) -> Protocol:
        """Return the protocol of one current step; with amplitude 0 nothing is injected."""
        values = {"delay": delay_ms, "dur": pulse_ms, "amp": amplitude_nA}
        drives = (PointDrive("IClamp", self.location, values),) if amplitude_nA else ()
        return Protocol(
            drives,
            (Signal(TRACE, "v", self.location),),
            duration_ms,
            Integration(
                method=self.method or "fixed",
                dt_ms=self.dt_ms,
                celsius=self.celsius,
                v_init_mV=v_init_mV,
            ),
            self.validity,
            onset_ms=delay_ms,
            stimulus_ms=pulse_ms,
        )


@define
class Bench:
    """One cell under measurement, and what was found so far.

    Every run is a protocol of its own: its current is attached before and removed after it, and it
    starts from the starting potential with all states anew, so nothing leaks into the next.

    Attributes:
        run_protocol: Runs a protocol on the cell.
        electrode: Place and integration.
        start_mV: Starting potential of the first run.
        spike_level_mV: Upward crossing that counts as a spike.
        found: Features by name.
        reasons: Why features are missing, in order.
        simulated_ms: Time simulated so far.
        runs: Number of runs so far.
    """

    run_protocol: Callable[[Protocol, str], Response]
    electrode: Electrode
    start_mV: float
    spike_level_mV: float
    found: dict[str, Feature] = field(factory=dict)
    reasons: list[str] = field(factory=list)
    simulated_ms: float = 0.0
    runs: int = 0

    def step(
        self,
        v_init_mV: float,
        duration_ms: float,
        amplitude_nA: float = 0.0,
        *,
        delay_ms: float = 0.0,
        pulse_ms: float = 0.0,
    ) -> tuple[FloatArray, FloatArray]:
        """Run one current step and return times and potentials, ms and mV.

        Raises:
            SimulationError: If the run failed or its trace makes no sense; nothing is counted in
                such a trace.
        """
        protocol = self.electrode.step(
            v_init_mV, duration_ms, amplitude_nA, delay_ms=delay_ms, pulse_ms=pulse_ms
        )
        self.runs += 1
        self.simulated_ms += duration_ms
        trace = self.run_protocol(protocol, f"{amplitude_nA:g} nA")[TRACE]
        return trace.t_ms, trace.values

    def give(self, name: str, value: FeatureValue, unit: str = "") -> None:
        """Note a feature."""
        self.found[name] = Feature(name, value, unit)

    def miss(self, stage: str, reason: str) -> None:
        """Note why a stage has no result."""
        self.reasons.append(f"{stage}: {reason}")

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Run one stage; a failed simulation ends it, and the rest goes on."""
        try:
            yield
        except SimulationError as error:
            self.miss(name, str(error))

    def value(self, name: str) -> float:
        """Return a single number found before, nan if it is missing."""
        feature = self.found.get(name)
        return feature.value if feature and isinstance(feature.value, float) else math.nan
