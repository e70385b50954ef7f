"""Accuracy and cost of integrators on the experiment of the tutorial.

    python benchmarks/experiments.py

Errors are largest differences of spike times to a run at an absolute tolerance of 1e-12.
"""

from __future__ import annotations

from time import process_time

import numpy as np

from bouton import Integration, find_study
from bouton_plugins.experiments.accuracy import estimate_error
from bouton_plugins.experiments.data import RunResult

SETTINGS = (
    Integration("cvode", dt_ms=0.01, absolute_tolerance=1e-6, v_init_mV=-68.0),
    Integration("cvode", dt_ms=0.01, absolute_tolerance=1e-8, v_init_mV=-68.0),
    Integration("cvode", dt_ms=0.1, absolute_tolerance=1e-8, v_init_mV=-68.0),
    Integration("crank-nicolson", dt_ms=0.005, v_init_mV=-68.0),
    Integration("crank-nicolson", dt_ms=0.01, v_init_mV=-68.0),
    Integration("crank-nicolson", dt_ms=0.025, v_init_mV=-68.0),
    Integration("fixed", dt_ms=0.01, v_init_mV=-68.0),
    Integration("fixed", dt_ms=0.025, v_init_mV=-68.0),
)


def run(integration: Integration) -> list[RunResult]:
    """Return the results of both runs."""
    study = find_study("experiment-bischop")
    with study.jobs["experiment"].experiment(study, integration) as experiment:
        return list(experiment.run_all())


def spikes(results: list[RunResult]) -> np.ndarray:
    """Return all spike times."""
    return np.concatenate([chunk.spike_times_ms for r in results for chunk in r.chunks])


def main() -> None:
    """Print one line per setting."""
    truth = run(Integration("cvode", dt_ms=0.01, absolute_tolerance=1e-12, v_init_mV=-68.0))
    print("method          step/ms  tolerance  error/ms  estimate/ms  CPU/s")
    for one in SETTINGS:
        began = process_time()
        results = run(one)
        spent = process_time() - began
        error = np.abs(spikes(results) - spikes(truth)).max()
        estimate = estimate_error(run, one, results).spike_time_ms
        tolerance = f"{one.absolute_tolerance:.0e}" if one.method == "cvode" else "-"
        print(
            f"{one.method:14}  {one.dt_ms:<7g}  {tolerance:9}  {error:<8.2g}  {estimate:<11.2g}  "
            f"{spent:.2f}"
        )


if __name__ == "__main__":
    main()
