"""Features by eFEL, under the names that the field uses."""

from __future__ import annotations

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_feature_extractors() -> list[Entry]:
    """Offer the extractor."""
    return [
        Entry(
            "efel",
            "bouton_plugins.efel.extractor:Efel",
            "eFEL features of one voltage trace",
            "bouton[efel]",
        )
    ]
