"""Where evaluations run: this process, this machine, a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_executors() -> Iterable[Entry]:
    """Offer the executors."""
    yield Entry("serial", "bouton.execution.pools:Serial", "In this process, one after another.")
    yield Entry("local", "bouton.execution.pools:Local", "Guarded workers on this machine.")
