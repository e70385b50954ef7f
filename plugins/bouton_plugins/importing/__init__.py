"""Cells that others wrote in hoc or Python, as portable files."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.importing"


@hookimpl
def bouton_register_commands() -> Iterable[Entry]:
    """Offer the import."""
    yield Entry(
        "import",
        f"{_HERE}.command:command",
        "Turn a cell written in hoc, Python or SWC into a portable file, and prove it equal.",
    )


@hookimpl
def bouton_register_cell_templates() -> Iterable[Entry]:
    """Offer the template that builds a portable cell."""
    yield Entry(
        "imported",
        f"{_HERE}.template:Imported",
        "A cell from a portable file that 'bouton import' made.",
    )
