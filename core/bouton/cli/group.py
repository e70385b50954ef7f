"""The command `bouton`: a group whose commands are imported when they are run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import print_exc

import click

from bouton.cli.table import COMMANDS
from bouton.errors import (
    BoutonError,
    CellError,
    MorphologyError,
    NetworkError,
    NoRunError,
    PluginError,
    ProtocolError,
    StudyError,
    UnknownEntryError,
    did_you_mean,
)
from bouton.plugins import registry
from bouton.plugins.offers import Offer


class WorkFailedError(click.ClickException):
    """An error of ours as the command line shows it: its message and nothing else."""

    exit_code = 1


class WrongRequestError(WorkFailedError):
    """The same, when what was asked for cannot be done."""

    exit_code = 2


_WRONG_REQUESTS = (
    StudyError,
    UnknownEntryError,
    CellError,
    ProtocolError,
    MorphologyError,
    NetworkError,
    NoRunError,
)


@contextmanager
def clean_errors(*, debug: bool) -> Iterator[None]:
    """Show errors that a user can mend without a traceback, unless `debug` asks for it."""
    try:
        yield
    except BoutonError as error:
        if debug:
            print_exc()
        is_wrong = isinstance(error, _WRONG_REQUESTS)
        raise (WrongRequestError if is_wrong else WorkFailedError)(str(error)) from error
    except KeyboardInterrupt as error:
        for note in getattr(error, "__notes__", ()):  # what could not be waited for
            click.echo(note, err=True)
        raise


class LazyGroup(click.Group):
    """Takes commands from our own table first, then from the `commands` of plug-ins.

    A plug-in's command whose name is taken is available by its full name, `plugin:command`.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        del ctx
        return sorted(summaries())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; no plug-in is asked for one of ours.

        Raises:
            PluginError: If a plug-in's command cannot be imported.
        """
        del ctx
        offer = _own(cmd_name) or registry.commands.find(cmd_name)
        if offer is None:
            return None
        command = offer.load()
        if not isinstance(command, click.Command):
            raise PluginError(
                f"command {cmd_name!r} of plug-in {offer.plugin!r} is not a click.Command but "
                f"{type(command).__name__} (target {offer.entry.target})"
            )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Answer an unknown command with close matches."""
        name = args[0]
        is_unknown = not name.startswith("-") and self.get_command(ctx, name) is None
        if is_unknown and not ctx.resilient_parsing:
            hint = did_you_mean(name, self.list_commands(ctx))
            broken = _broken_line()
            ctx.fail(f"no command {name!r}; {hint}" + (f"\n{broken}" if broken else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the summaries that entries carry, so that help imports no command."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(summaries().items()))
        if broken := _broken_line():
            formatter.write_paragraph()
            formatter.write_text(broken)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command, with clean errors."""
        with clean_errors(debug=bool(ctx.params.get("debug"))):
            return super().invoke(ctx)


def summaries() -> dict[str, str]:
    """Return name and summary of every command."""
    ours = {entry.name: entry.summary for entry in COMMANDS}
    others = {
        registry.commands.name_of_offer(offer): offer.entry.summary
        for offer in registry.commands.offers()
    }
    return {**others, **ours}


def _own(name: str) -> Offer | None:
    for entry in COMMANDS:
        if entry.name == name:
            return Offer("commands", entry, plugin="core", distribution="bouton", is_builtin=True)
    return None


def _broken_line() -> str:
    broken = [record.name for record in registry.records if record.is_broken]
    if not broken:
        return ""
    return f"Plug-ins not in order: {', '.join(broken)} (see 'bouton plugins')."
