"""The commands of Bouton itself, by name: nothing of theirs is imported until one is run.

This module is also a plug-in, so that our commands are listed and checked like everybody's.
"""

from __future__ import annotations

from bouton.plugins.entry import Entry
from bouton.plugins.specs import hookimpl

COMMANDS = (
    Entry("run", "bouton.cli.run:command", "Run the protocols of a study on its cell."),
    Entry("fit", "bouton.cli.searching:fit", "Search for parameters that meet objectives."),
    Entry("explore", "bouton.cli.searching:explore", "Walk through the space of good models."),
    Entry("resume", "bouton.cli.searching:resume", "Go on with a fit or an exploration."),
    Entry("watch", "bouton.cli.watch:command", "Show a run while it works."),
    Entry("results", "bouton.cli.results:command", "Show, verify, rebuild and export a run."),
    Entry("schema", "bouton.cli.schema:command", "Write the JSON Schema of study files."),
    Entry("mechanisms", "bouton.cli.mechanisms:command", "List, compile and clean MOD files."),
    Entry("doctor", "bouton.cli.doctor:command", "Say whether this machine is fit to work."),
    Entry("plugins", "bouton.cli.plugins:command", "List, check and show plug-ins."),
)


@hookimpl
def bouton_register_commands() -> tuple[Entry, ...]:
    """Offer our own commands."""
    return COMMANDS
