"""For those who write plug-ins: the start of one."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_commands() -> Iterable[Entry]:
    """Offer the command."""
    yield Entry(
        "new-plugin",
        "bouton_plugins.authoring.command:command",
        "Write a working third-party plug-in to start from.",
    )
