"""What a trace must satisfy before anybody measures it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bouton.errors import SimulationError
from bouton.model.morphology import FloatArray
from bouton.model.protocol import Protocol, Validity
from bouton.model.traces import Trace

_MIN_SAMPLES = 2


def check_traces(traces: Iterable[Trace], protocol: Protocol) -> None:
    """Refuse traces that are not finite, leave the valid range or end too early.

    Raises:
        SimulationError: With reason `not finite`, `out of range`, `stopped early` or
            `too few samples`.
    """
    for trace in traces:
        if trace.variable == "spikes":
            continue
        check_values(trace.values, f"trace {trace.name!r}")
        if trace.variable == "v":
            check_range(trace.values, protocol.validity, f"trace {trace.name!r}")
        _check_length(trace, protocol)


def check_values(values: FloatArray, where: str) -> None:
    """Refuse anything that is not a finite number."""
    if not np.isfinite(values).all():
        raise SimulationError("not finite", f"{where} holds nan or infinity")


def check_range(values_mV: FloatArray, validity: Validity, where: str) -> None:
    """Refuse voltages outside the valid range."""
    if not len(values_mV):
        return
    low, high = float(values_mV.min()), float(values_mV.max())
    if low < validity.lower_mV or high > validity.upper_mV:
        raise SimulationError(
            "out of range",
            f"{where} spans {low:.4g} to {high:.4g} mV; valid is {validity.lower_mV:g} to "
            f"{validity.upper_mV:g} mV",
        )


def _check_length(trace: Trace, protocol: Protocol) -> None:
    where = f"trace {trace.name!r}"
    if len(trace.t_ms) < _MIN_SAMPLES:
        raise SimulationError("too few samples", f"{where} has {len(trace.t_ms)}")
    # The clock of the fixed step sums rounding errors, far below a tenth of a step.
    slack = 0.1 * protocol.integration.dt_ms
    slack += next((s.interval_ms for s in protocol.signals if s.name == trace.name), 0.0)
    last = float(trace.t_ms[-1])
    if last < protocol.duration_ms - slack:
        raise SimulationError(
            "stopped early", f"{where} ends at {last:g} of {protocol.duration_ms:g} ms"
        )
