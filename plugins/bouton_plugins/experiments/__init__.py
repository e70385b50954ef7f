"""Experiments: several simulations on one model, with stored states, chunks and plots."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.experiments"


@hookimpl
def bouton_register_jobs() -> Iterable[Entry]:
    """Offer the section `experiment` of studies."""
    yield Entry(
        "experiment",
        f"{_HERE}.section:ExperimentSection",
        "Simulations one after another on one model, with stored states and chunks.",
    )


@hookimpl
def bouton_register_studies() -> Iterable[Entry]:
    """Offer the ready-made experiment."""
    yield Entry(
        "experiment-bischop",
        f"{_HERE}.studies:experiment_bischop",
        "a ramp and a step on a fast-spiking interneuron, at two leak potentials",
    )
