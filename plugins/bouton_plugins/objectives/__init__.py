"""Objectives that a study writes down itself."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_objectives() -> Iterable[Entry]:
    """Offer the objectives."""
    yield Entry(
        "targets",
        "bouton_plugins.objectives.targets:Targets",
        "Any feature of any extractor against a mean and a standard deviation.",
    )
