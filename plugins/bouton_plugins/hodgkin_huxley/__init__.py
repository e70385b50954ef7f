"""One-compartment neurons of the Hodgkin-Huxley kind, in the absolute units of their papers."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_cell_templates() -> Iterable[Entry]:
    """Offer the templates."""
    yield Entry(
        "hh-bischop",
        "bouton_plugins.hodgkin_huxley.bischop:Bischop",
        "striatal fast-spiking interneuron with parvalbumin, one compartment",
    )


@hookimpl
def bouton_register_catalogues() -> Iterable[Entry]:
    """Offer the mechanisms."""
    yield Entry(
        "bischop",
        "bouton_mechanisms:bischop_folder",
        "currents, calcium and synapses of the striatal fast-spiking interneuron",
    )
