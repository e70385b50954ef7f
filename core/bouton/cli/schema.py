"""`bouton schema`: what editors need to complete and check study files."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; standard output if left out.",
)
def command(out: Path | None) -> None:
    """Write the JSON Schema of study files, with the options of all installed plug-ins.

    In an editor with a YAML language server, begin a study with the line
    `# yaml-language-server: $schema=study.schema.json`.

    \b
    Example:
      bouton schema -o study.schema.json
    """
    import json

    from bouton.files.schema import study_schema
    from bouton.results.atomic import write_atomic

    text = json.dumps(study_schema(), indent=1, sort_keys=True) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_atomic(out, text.encode())
        click.echo(f"wrote {out}", err=True)
