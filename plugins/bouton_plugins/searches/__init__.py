"""The jobs that search: fit and explore."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_jobs() -> Iterable[Entry]:
    """Offer the jobs."""
    yield Entry("fit", "bouton.jobs.fitting:Fit", "Search for parameters that meet objectives.")
    yield Entry("explore", "bouton.jobs.fitting:Explore", "Walk through the space of good models.")
