"""Runs somebody's file and gets one cell out of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from attrs import field, frozen

from bouton.errors import CellError, did_you_mean
from bouton.nrn.engine import h
from bouton.nrn.foreign.hearing import explained, said
from bouton.nrn.foreign.watching import Played, watched

Arguments = Sequence[Any] | Mapping[str, Any]
_TEMPLATE_OR_FUNCTION, _OBJECT = 1, 2


@frozen(eq=False)
class Loaded:
    """A cell as its own code made it.

    Attributes:
        instance: The object; None for a hoc file that makes sections without an object.
        made: Sections that appeared while it was made.
        modules: Names of the modules that its file brought.
        said: What the file wrote to its output, shortened.
        plays: What its Python code plays into variables.
    """

    instance: Any
    made: tuple[Any, ...]
    modules: frozenset[str] = field(repr=False)
    said: str = ""
    plays: Played = field(factory=Played, repr=False)


def load(file: Path, name: str, arguments: Arguments) -> Loaded:
    """Run a hoc or Python file and make the cell.

    Args:
        file: Absolute path.
        name: Template, class, factory function or object; may be empty for hoc only.
        arguments: Positional or, for Python, keyword arguments.

    Raises:
        CellError: If the file fails, or offers no such cell.
    """
    loader = {".py": _load_python, ".hoc": _load_hoc, ".tem": _load_hoc}.get(file.suffix.lower())
    if loader is None:
        raise CellError(f"{file}: expected a .hoc, .tem, .py or .swc file")
    os.chdir(file.parent)  # where the file expects to find what it opens
    return loader(file, name, arguments)


def _load_python(file: Path, name: str, arguments: Arguments) -> Loaded:
    if not name:
        raise CellError(f"{file}: say which class or function makes the cell (--name)")
    known = frozenset(sys.modules)
    sys.path.insert(0, str(file.parent))
    with said() as heard, watched() as plays:
        with explained(str(file), file.parent, heard):
            module = _module(file)
        offered = [n for n in vars(module) if not n.startswith("_")]
        if name not in vars(module):
            raise CellError(f"{file} has no {name!r}; {_offer(name, offered)}")
        maker = vars(module)[name]
        before = list(h.allsec())
        if callable(maker):
            with explained(f"{name} of {file}", file.parent, heard):
                instance = _called(maker, arguments)
        else:
            _refuse_arguments(name, arguments)
            instance = maker
        made = tuple(section for section in h.allsec() if section not in before)
    return Loaded(instance, made, frozenset(sys.modules) - known, heard(), plays)


def _module(file: Path) -> Any:  # noqa: ANN401
    # A name of its own: the file may be called like a library, or like another file. NEURON wants
    # ASCII in the names of a cell's sections, and that of its module is part of them.
    package, home = "", file.parent
    while (home / "__init__.py").is_file():  # relative imports are from there
        package, home = f"{home.name}.{package}", home.parent
    if package:
        sys.path.insert(1, str(home))
    private = f"{package}bouton_foreign_" + re.sub(r"\W", "_", file.stem, flags=re.ASCII)
    spec = spec_from_file_location(private, file)
    if spec is None or spec.loader is None:
        raise CellError(f"{file} is not a Python file")
    module = module_from_spec(spec)
    sys.modules[private] = module
    spec.loader.exec_module(module)
    return module


def _called(maker: Callable[..., Any], arguments: Arguments) -> Any:  # noqa: ANN401
    if isinstance(arguments, Mapping):
        return maker(**arguments)
    return maker(*arguments)


def _load_hoc(file: Path, name: str, arguments: Arguments) -> Loaded:
    if isinstance(arguments, Mapping) and arguments:
        raise CellError(f"{file}: a hoc template takes arguments by position: give a JSON list")
    if not file.name.isascii():
        raise CellError(f"{file}: hoc opens no file whose name is not plain ASCII: rename it")
    known, before = set(dir(h)), list(h.allsec())
    with said() as heard:
        with explained(str(file), file.parent, heard):
            if not h.load_file(1, file.name):  # of this folder; its path may not be ASCII
                raise CellError(f"{file} could not be loaded: {heard()}")
        offered = sorted(set(dir(h)) - known)
        if not name:
            _refuse_arguments("the file", arguments)
            if not _new(before):
                raise CellError(
                    f"{file} makes no sections by itself; give --name; {_offer('', offered)}"
                )
            return Loaded(None, _new(before), frozenset(), heard())
        if name not in offered:
            raise CellError(f"{file} defines no {name!r}; {_offer(name, offered)}")
        kind = int(h.name_declared(name))
        if kind == _TEMPLATE_OR_FUNCTION:
            before = list(h.allsec())
            with explained(f"{name} of {file}", file.parent, heard):
                instance = getattr(h, name)(*arguments)
        elif kind == _OBJECT:
            _refuse_arguments(name, arguments)
            instance, before = getattr(h, name), list(h.allsec())  # others may be in the file
        else:
            raise CellError(
                f"{name!r} of {file} is no template and no object; without --name all sections of "
                "the file are taken"
            )
        if not hasattr(instance, "hname"):
            raise CellError(f"{name!r} of {file} gave {instance!r:.60}, not a cell")
    return Loaded(instance, _new(before), frozenset(), heard())


def _offer(name: str, offered: Sequence[str]) -> str:
    return did_you_mean(name, offered) or "it defines nothing"


def _new(before: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(section for section in h.allsec() if section not in before)


def _refuse_arguments(name: str, arguments: Arguments) -> None:
    if arguments:
        raise CellError(f"{name!r} is made already, so it takes no arguments")
