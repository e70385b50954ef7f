"""Evaluations on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_executors() -> Iterable[Entry]:
    """Offer the executor."""
    yield Entry(
        "dask",
        "bouton_plugins.dask.executor:Dask",
        "Workers of a Dask cluster, or of a local one made for the run.",
        requires="bouton[dask]",
        shorthand="scheduler",
    )
