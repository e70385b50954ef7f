"""The cerebellar stellate cell: template, channels, synapses, and a small morphology."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.stellate"


@hookimpl
def bouton_register_catalogues() -> Iterable[Entry]:
    """Offer the mechanisms."""
    yield Entry(
        "stellate",
        "bouton_mechanisms:stellate_folder",
        "channels, calcium and synapses of the cerebellar stellate cell",
    )


@hookimpl
def bouton_register_cell_templates() -> Iterable[Entry]:
    """Offer the template."""
    yield Entry(
        "stellate",
        f"{_HERE}.template:Stellate",
        "cerebellar stellate cell on a labelled morphology",
    )


@hookimpl
def bouton_register_studies() -> Iterable[Entry]:
    """Offer the ready-made study."""
    yield Entry(
        "stellate",
        f"{_HERE}.studies:stellate",
        "a stellate cell that fires by itself, and under a current step",
    )
