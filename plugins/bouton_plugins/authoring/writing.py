"""A new plug-in on disk: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bouton.errors import PluginError
from bouton.plugins.specs import API_VERSION, one_of, singular
from bouton_plugins.authoring.names import Names

_PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "{distribution}"
version = "0.1.0"
description = "Bouton: {one}"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["bouton>=0.1,<1"]
# license = "..."  # see LICENSE

[project.optional-dependencies]
test = ["pytest>=8"]

[project.entry-points."bouton.plugins"]
{thing} = "{package}"

[tool.hatch.build.targets.wheel]
packages = ["src/{package}"]

[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = ["--import-mode=importlib"]
"""

_README = """\
# {distribution}

A plug-in for Bouton. It offers the {singular} `{thing}`.

    pip install -e ".[test]"
    python -m pytest
    bouton plugins show {thing} --kind {kind}

- `src/{package}/__init__.py` says what there is. It is imported whenever plug-ins are listed, so it
  imports nothing but `bouton`.
- `src/{package}/{word}.py` is the entry itself. It works as it is: make it yours.
- `tests/test_{word}.py` inherits the conformance suite of its kind from `bouton.testing`.

Install again after changing `pyproject.toml`: entry points are read when a plug-in is installed.
`bouton plugins check` says what is wrong with an installed plug-in, and how to mend it.

Choose a licence before you give it to others: see `LICENSE`.
"""

_LICENSE = """\
No licence has been chosen yet, so nobody but its authors may use or copy this work.

Put the text of a licence here (BSD-3-Clause, MIT, Apache-2.0, GPL-3.0-or-later, ...; see
https://choosealicense.com), and its short name into pyproject.toml: license = "BSD-3-Clause".
"""

_INIT = '''\
"""What the plug-in offers: this module only says what there is, and imports none of it."""

from __future__ import annotations

from bouton import Entry, hookimpl

bouton_plugin_api = {api}


@hookimpl
def bouton_register_{kind}() -> list[Entry]:
    """Offer the {singular}."""
    return [
        Entry(
            "{thing}",
            "{package}.{word}:{attribute}",
            "{summary}",
        )
    ]
'''


def write_plugin(names: Names, out: Path) -> Path:
    """Write a distribution below a folder and return where it is.

    Args:
        names: Its names, checked.
        out: The folder; made if missing.

    Raises:
        PluginError: If there is something of this name already, or the folder cannot be written;
            nothing is left behind.
    """
    target = out / names.distribution
    try:
        if target.exists() or target.is_symlink():
            raise PluginError(f"{target} exists; choose another name, or another --out")
        out.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{names.distribution}-", dir=out))
        try:
            for name, text in _files(names):
                file = part / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            part.chmod(0o755)  # a temporary folder is private
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise PluginError(f"{target} cannot be written: {error}") from error
    return target


def _files(names: Names) -> Iterator[tuple[str, str]]:
    """Yield every file of the distribution, by relative path."""
    package = f"src/{names.package}"
    yield "pyproject.toml", _filled(_PYPROJECT, names)
    yield "README.md", _filled(_README, names)
    yield "LICENSE", _LICENSE
    yield f"{package}/__init__.py", _filled(_INIT, names)
    yield f"{package}/py.typed", ""
    for file in sorted(path for path in names.skeleton.rglob("*") if path.is_file()):
        name = file.relative_to(names.skeleton).as_posix()
        if file.suffix == ".pyc":
            continue
        text = _renamed(file.read_text(encoding="utf-8"), names)
        if name == "entry.py":
            yield f"{package}/{names.word}.py", text
        elif name == "test_entry.txt":
            yield f"tests/test_{names.word}.py", text
        else:
            yield f"{package}/{_renamed(name, names)}", text


def _renamed(text: str, names: Names) -> str:
    """Put the names of the plug-in in place of the skeleton's own."""
    for old, new in (
        ("bouton_skeleton", names.package),
        ("skeleton-entry", names.thing),
        ("Skeleton", names.class_name),
        ("skeleton", names.word),
    ):
        text = text.replace(old, new)
    return text


def _filled(text: str, names: Names) -> str:
    source = (names.skeleton / "entry.py").read_text(encoding="utf-8")
    is_class = "class Skeleton:" in source
    return text.format(
        api=API_VERSION,
        attribute=names.class_name if is_class else names.word,
        distribution=names.distribution,
        kind=names.kind,
        one=one_of(names.kind),
        package=names.package,
        singular=singular(names.kind),
        summary=_renamed(source.partition(": ")[2].partition('."""')[0], names),
        thing=names.thing,
        word=names.word,
    )
