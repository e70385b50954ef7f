"""How far results are from what a perfect integrator would give: measured, not promised."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import evolve, frozen

from bouton.model.protocol import Integration
from bouton_plugins.experiments.data import RunResult

# Halving the step divides the error of a method of order p by 2**p.
_ORDER = {"fixed": 1, "crank-nicolson": 2}


@frozen
class ErrorEstimate:
    """Error of spike times.

    Attributes:
        spike_time_ms: Largest error of any spike time, as estimated; nan if no spikes can be
            compared.
        counts_agree: Whether the other run has as many spikes in every chunk; if not, spikes are
            missing or too many, and the times cannot be compared.
        n_spikes: Spikes that were compared.
        method: How it was estimated.
    """

    spike_time_ms: float
    counts_agree: bool
    n_spikes: int
    method: str


def other_settings(integration: Integration) -> Integration:
    """Return the settings of the run to compare with: ten times the tolerance, or half the step.

    Half the step, not twice: every duration stays a whole number of steps.
    """
    if integration.method == "cvode":
        return evolve(
            integration,
            absolute_tolerance=10.0 * integration.absolute_tolerance,
            relative_tolerance=10.0 * integration.relative_tolerance,
        )
    return evolve(integration, dt_ms=0.5 * integration.dt_ms)


def estimate_error(
    run: Callable[[Integration], Sequence[RunResult]],
    integration: Integration,
    results: Sequence[RunResult] | None = None,
) -> ErrorEstimate:
    """Run an experiment once more with other settings and compare the spikes.

    Args:
        run: Does the whole experiment with given settings of the integrator.
        integration: The settings in question.
        results: Results with these settings, if there are any already.

    Returns:
        For the variable step, the whole difference to ten times the tolerance, which is more than
        the error. With fixed steps, the difference to half the step times 2**p / (2**p - 1) (p is
        the order of the method), which is the error to first order.
    """
    if results is None:
        results = run(integration)
    return compared(results, run(other_settings(integration)), integration)


def compared(
    results: Sequence[RunResult], others: Sequence[RunResult], integration: Integration
) -> ErrorEstimate:
    """Return the estimate from two sets of results of the same experiment."""
    pairs = [
        (one, other)
        for a, b in zip(results, others, strict=True)
        for one, other in zip(a.chunks, b.chunks, strict=True)
    ]
    agree = all(
        np.array_equal(np.sort(one.spike_cells), np.sort(other.spike_cells)) for one, other in pairs
    )
    order = _ORDER.get(integration.method)
    what = "ten times the tolerance" if order is None else "half the step"
    method = f"spike times compared with a run at {what}"
    if not agree:
        return ErrorEstimate(float("nan"), False, 0, method)
    differences = [
        np.abs(one.spikes_of(cell) - other.spikes_of(cell))
        for one, other in pairs
        for cell in np.unique(one.spike_cells).tolist()
    ]
    joined = np.concatenate(differences) if differences else np.zeros(0)
    share = 1.0 if order is None else 2**order / (2**order - 1)
    worst = share * float(joined.max()) if len(joined) else float("nan")
    return ErrorEstimate(worst, True, len(joined), method)
