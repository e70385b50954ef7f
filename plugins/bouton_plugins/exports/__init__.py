"""Runs in formats of other programs."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_exporters() -> Iterable[Entry]:
    """Offer the exporters."""
    yield Entry(
        "hoc",
        "bouton_plugins.exports.hoc:HocExporter",
        "One model as a hoc template, with a file per protocol that runs it in plain NEURON.",
    )
