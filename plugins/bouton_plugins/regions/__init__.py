"""Cells described region by region in the study itself."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_cell_templates() -> Iterable[Entry]:
    """Offer the template."""
    yield Entry(
        "by-region",
        "bouton_plugins.regions.template:ByRegion",
        "A cell described region by region in the study, with or without a morphology file.",
    )
