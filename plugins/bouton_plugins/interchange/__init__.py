"""Traces and spikes in the formats that electrophysiologists share."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.interchange"


@hookimpl
def bouton_register_exporters() -> Iterable[Entry]:
    """Offer the exporters."""
    yield Entry(
        "nwb",
        f"{_HERE}.nwb:NwbExporter",
        "Traces as intracellular recordings in an NWB file.",
        requires="bouton[nwb]",
    )
    yield Entry(
        "neo",
        f"{_HERE}.neo:NeoExporter",
        "Traces as a block of Neo in a NIX file.",
        requires="bouton[neo]",
    )
