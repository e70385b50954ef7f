"""The command line: one small module per command, imported when it is run."""

from __future__ import annotations

import faulthandler
import os
import sys

import click

from bouton.cli.group import LazyGroup, clean_errors


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", is_flag=True, help="Log details to stderr.")
@click.option("--debug", is_flag=True, envvar="BOUTON_DEBUG", help="Show tracebacks of errors.")
@click.version_option(package_name="bouton", prog_name="bouton", message="%(prog)s %(version)s")
def bouton(verbose: bool, debug: bool) -> None:
    """Describe a neuron or a network once; run it, fit it, measure it, look at what came out.

    \b
    Examples:
      bouton run l5pt-bac --out runs/l5pt-bac
      bouton COMMAND --help

    Exit codes: 0 done, 1 the work failed, 2 the request was wrong.
    """
    del debug  # read by LazyGroup.invoke
    # What takes long, such as a first compile, says so; nothing of the logger is imported here.
    os.environ.setdefault("BOUTON_LOG", "DEBUG" if verbose else "INFO")


def main() -> None:
    """Run the command line and exit."""
    # A window system is neither needed nor always there, and NEURON looks for one when imported.
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
    if sys.stderr is not None:  # it may be closed
        faulthandler.enable()  # a plug-in that crashes the interpreter is named by its file
    bouton(prog_name="bouton")


__all__ = ["bouton", "clean_errors", "main"]
