"""Runs as one HTML file that needs nothing else: no network, no server, no Python."""

from __future__ import annotations

from bouton import Entry, hookimpl


@hookimpl
def bouton_register_commands() -> list[Entry]:
    """Offer the command."""
    target = "bouton_plugins.html_report.command:command"
    return [Entry("report", target, "Make one HTML file of a run.")]
