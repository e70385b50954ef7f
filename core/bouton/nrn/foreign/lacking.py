"""Where foreign code failed, and which mechanism it lacked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from traceback import extract_tb, walk_tb

from bouton.errors import did_you_mean
from bouton.nrn.foreign.values import mechanism_names

_NAMED = re.compile(
    r"(?P<a>\w+) is not a (?:MECHANISM|template|Mechanism)"
    r"|'(?:hoc|nrn)\.\w+' object has no attribute '(?P<b>\w+)'"
    r"|'(?P<c>\w+)' is not a defined hoc variable name"
    r"|(?P<d>\w+)_ion +is not an ion"
)
_UNNAMED = "argument not a density mechanism name"
_INSERTED = re.compile(r"""\.insert\(\s*(["']?)(\w+)\1\s*\)""")


def place(error: BaseException, folder: Path) -> str:
    """Return the last line within a folder that an error passed; empty if none."""
    trace = extract_tb(error.__traceback__)
    passed = [one for one in trace if Path(one.filename).is_relative_to(folder)]
    return f" in {Path(passed[-1].filename).name}, line {passed[-1].lineno}" if passed else ""


def advice(failure: Exception, file: Path, mods: Path | None, known: Iterable[str]) -> str:
    """Return how to give a cell the mechanism that it lacked; empty if it lacked none.

    Args:
        failure: Its error; the cause is the one of NEURON.
        file: Where the cell stands.
        mods: Folder of MOD files that was given.
        known: Mechanisms that they define.
    """
    name = _missing(failure)
    if name is None:
        return ""
    what = f"mechanism {name!r}" if name else "such mechanism"
    if mods is not None:
        return f"; no MOD file in {mods} defines a {what}; {did_you_mean(name, known)}"
    return f"; {without(what, file)}"


def without(what: str, file: Path) -> str:
    """Return what to do about something that no MOD file gave, as none were named."""
    folders = ", ".join(str(folder) for folder in _folders(file.parent))
    where = f"; there are MOD files in {folders}" if folders else ""
    return f"NEURON itself has no {what}: name the folder of its MOD files (--mods){where}"


def _missing(failure: Exception) -> str | None:
    """Return the name of what was missing, empty if it is not told, None if nothing was."""
    found = _NAMED.search(str(failure))
    if found is None:
        return _inserted(failure.__cause__) if _UNNAMED in str(failure) else None
    name = next(name for name in found.groups() if name)
    present = [*mechanism_names(0), *mechanism_names(1)]
    is_there = any(name == one or name.endswith(f"_{one}") for one in present)
    return None if is_there else name


def _inserted(error: BaseException | None) -> str:
    """Return what the code wanted to insert, which NEURON does not tell."""
    trace = error.__traceback__ if error is not None else None
    passed = list(zip(walk_tb(trace), extract_tb(trace), strict=True))
    for (frame, _), line in reversed(passed):
        found = _INSERTED.search(line.line or "")
        if found is not None:
            quote, text = found.groups()
            value = text if quote else {**frame.f_globals, **frame.f_locals}.get(text)
            return value if isinstance(value, str) else ""
    return ""


def _folders(home: Path) -> Iterator[Path]:
    inner = sorted(path for path in home.iterdir() if path.is_dir())
    beside = [home.parent / name for name in ("mod", "mods", "mechanisms")]
    yield from (folder for folder in (home, *inner, *beside) if any(folder.glob("*.mod")))
