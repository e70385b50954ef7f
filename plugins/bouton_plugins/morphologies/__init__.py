"""Morphology loaders: SWC, point lists in hoc, and (with MorphIO) Neurolucida ASC and HDF5."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.morphologies"


@hookimpl
def bouton_register_morphology_loaders() -> Iterable[Entry]:
    """Offer the loaders."""
    return (
        Entry("swc", f"{_HERE}.swc:Swc", "SWC samples, with a table of tags and labels"),
        Entry(
            "hoc",
            f"{_HERE}.hoc:HocPoints",
            "hoc point list (create, connect, pt3dadd) as text",
        ),
        Entry("asc", f"{_HERE}.morphio:Asc", "Neurolucida ASC, by MorphIO", "bouton[morphio]"),
        Entry("h5", f"{_HERE}.morphio:H5", "morphology HDF5, by MorphIO", "bouton[morphio]"),
    )
