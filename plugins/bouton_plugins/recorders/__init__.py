"""Recorders: voltage, any variable, whole-cell movies, spikes and the injected current."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.recorders"


@hookimpl
def bouton_register_recorders() -> Iterable[Entry]:
    """Offer the recorders."""
    return (
        Entry("voltage", f"{_HERE}.recorders:Voltage", "membrane potential at a place"),
        Entry("variable", f"{_HERE}.recorders:Variable", "any variable of a mechanism at a place"),
        Entry("movie", f"{_HERE}.recorders:Movie", "one variable in every segment"),
        Entry("spikes", f"{_HERE}.recorders:Spikes", "times of action potentials"),
        Entry("stimulus", f"{_HERE}.recorders:StimulusCurrent", "current really injected"),
    )
