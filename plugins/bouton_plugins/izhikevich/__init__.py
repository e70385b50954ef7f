"""Neurons of Izhikevich (2003, 2007), each with a potential of its own or as a membrane."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.izhikevich.templates"


@hookimpl
def bouton_register_cell_templates() -> Iterable[Entry]:
    """Offer the templates."""
    yield Entry(
        "izhikevich-2003a", f"{_HERE}:Izhikevich2003a", "point neuron of 2003, own potential"
    )
    yield Entry(
        "izhikevich-2003b", f"{_HERE}:Izhikevich2003b", "neuron of 2003 as a section's membrane"
    )
    yield Entry(
        "izhikevich-2007a",
        f"{_HERE}:Izhikevich2007a",
        "point neuron of 2007, own potential and receptors",
    )
    yield Entry(
        "izhikevich-2007b", f"{_HERE}:Izhikevich2007b", "neuron of 2007 as a section's membrane"
    )


@hookimpl
def bouton_register_catalogues() -> Iterable[Entry]:
    """Offer the mechanisms."""
    yield Entry("izhikevich", "bouton_mechanisms:izhikevich_folder", "point neurons of Izhikevich")
