"""Features of voltage traces that need no further library, under the field's own names."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_feature_extractors() -> Iterable[Entry]:
    """Offer the extractor."""
    yield Entry(
        "trace-features",
        "bouton_plugins.features.extractor:TraceFeatures",
        "Spike counts, times, amplitudes, rates and levels, named as in eFEL.",
    )
