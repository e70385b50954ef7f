"""`bouton new-plugin`: a distribution that installs and passes its tests as it is written."""

from __future__ import annotations

from pathlib import Path

import click

from bouton.errors import PluginError
from bouton.plugins.specs import KINDS


class _Kind(click.Choice):  # type: ignore[type-arg]  # generic from click 8.2 on
    """A kind of plug-in; `cell-templates` will do for `cell_templates`."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the kind, or fail naming all kinds."""
        return str(super().convert(value.replace("-", "_"), param, ctx))


@click.command()
@click.argument("name")
@click.option(
    "--kind",
    type=_Kind(list(KINDS)),
    default="feature_extractors",
    show_default=True,
    metavar="KIND",
    help="What the plug-in offers; `bouton plugins` lists the kinds.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to put it in; default: this one.",
)
def command(name: str, kind: str, out: Path) -> None:
    """Write a distribution bouton-NAME with one working entry NAME, and its tests.

    It holds what a plug-in needs and nothing else: pyproject.toml with the entry point, the entry,
    tests that inherit the conformance suite of its kind, a README.

    \b
    Examples:
      bouton new-plugin spike-width
      bouton new-plugin my-walk --kind optimizers --out plugins
    """
    from bouton_plugins.authoring.names import Names
    from bouton_plugins.authoring.writing import write_plugin

    try:
        names = Names.checked(name, kind)
    except PluginError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    folder = write_plugin(names, out)
    click.echo(f"wrote {folder}; what to do next:", err=True)
    click.echo(f'  pip install -e "{folder}[test]"\n  python -m pytest "{folder}"', err=True)
    click.echo(f"  bouton plugins show {names.thing} --kind {kind}", err=True)
