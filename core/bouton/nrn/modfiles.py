"""Reads what a MOD file says about itself: its name, its kind and its interface to NEURON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from attrs import field, frozen

from bouton.errors import MechanismError

KINDS = {
    "SUFFIX": "density",
    "POINT_PROCESS": "point process",
    "ARTIFICIAL_CELL": "artificial cell",
}
NO_NAME = "nothing"

_VERBATIM = re.compile(r"^[ \t]*(COMMENT|VERBATIM)\b.*?^[ \t]*END\1\b", re.DOTALL | re.MULTILINE)
_LINE_COMMENT = re.compile(r"[:?].*")
_TITLE = re.compile(r"^[ \t]*TITLE\b.*", re.MULTILINE)
_BLOCK = re.compile(r"\bNEURON\s*\{([^}]*)\}")
_INCLUDE = re.compile(r'^[ \t]*INCLUDE\s+"([^"\n]+)"', re.MULTILINE)
_STATEMENT = re.compile(
    r"\b(SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL|USEION|NONSPECIFIC_CURRENT|ELECTRODE_CURRENT|RANGE"
    r"|GLOBAL|POINTER|BBCOREPOINTER|EXTERNAL|THREADSAFE|REPRESENTS|RANDOM)\b"
)
_ION_PART = re.compile(r"\b(READ|WRITE|VALENCE|REPRESENTS)\b")


@frozen
class IonUse:
    """How a mechanism uses an ion.

    Attributes:
        ion: Name, such as `ca`.
        read: Variables that it reads.
        write: Variables that it writes.
    """

    ion: str
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


@frozen
class Mechanism:
    """What one MOD file defines.

    Attributes:
        name: The NEURON name (SUFFIX, POINT_PROCESS or ARTIFICIAL_CELL).
        kind: `density`, `point process` or `artificial cell`.
        file: The MOD file.
        digest: SHA-256 of the file and of what it includes.
        ions: Ions that it uses.
        range_variables: RANGE variables, in file order.
        global_variables: GLOBAL variables, in file order.
        currents: Currents that belong to no ion.
        pointers: POINTER and BBCOREPOINTER variables.
        is_thread_safe: Whether it says THREADSAFE.
    """

    name: str
    kind: str
    file: Path
    digest: str
    ions: tuple[IonUse, ...] = ()
    range_variables: tuple[str, ...] = ()
    global_variables: tuple[str, ...] = ()
    currents: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    is_thread_safe: bool = False
    includes: tuple[Path, ...] = field(default=(), repr=False)


def read_mechanism(file: Path) -> Mechanism:
    """Return what a MOD file defines.

    Raises:
        MechanismError: If the file cannot be read or has no usable NEURON block.
    """
    includes = tuple(included_files(file))
    # NEURON takes several blocks, and those of included files, as one.
    blocks = _BLOCK.findall(whole_text(file, includes))
    if not blocks:
        raise MechanismError(
            f"{file}: no NEURON {{ ... }} block, so this is not a NEURON mechanism; "
            "add one with a SUFFIX, or take the file out of the catalogue"
        )
    said: dict[str, list[str]] = {}
    for keyword, rest in _statements("\n".join(blocks)):
        said.setdefault(keyword, []).append(rest)
    name, kind = _name_and_kind(said, file)
    return Mechanism(
        name=name,
        kind=kind,
        file=file,
        digest=_digest(file, *includes),
        ions=tuple(_ion(rest) for rest in said.get("USEION", ())),
        range_variables=_names(said, "RANGE"),
        global_variables=_names(said, "GLOBAL"),
        currents=_names(said, "NONSPECIFIC_CURRENT") + _names(said, "ELECTRODE_CURRENT"),
        pointers=_names(said, "POINTER") + _names(said, "BBCOREPOINTER"),
        is_thread_safe="THREADSAFE" in said,
        includes=includes,
    )


def included_files(file: Path) -> list[Path]:
    """Return the files that a MOD file includes, directly or not.

    Raises:
        MechanismError: If an included file is missing or outside the folder of the MOD file.
    """
    found: list[Path] = []
    waiting = [file]
    while waiting:
        current = waiting.pop()
        for name in _INCLUDE.findall(without_comments(_read(current))):
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise MechanismError(
                    f'{current}: INCLUDE "{name}" leaves the folder of the MOD file; '
                    "put the included file beside it"
                )
            path = _beside_or_above(file, name)
            if path is None:
                raise MechanismError(
                    f'{current}: INCLUDE "{name}": there is no {file.parent / name}'
                )
            if path not in found:
                found.append(path)
                waiting.append(path)
    return sorted(found)


def _beside_or_above(file: Path, name: str) -> Path | None:
    # NEURON's translator, too, looks one folder up.
    places = (file.parent / name, file.parent.parent / name)
    return next((path for path in places if path.is_file()), None)


def whole_text(file: Path, includes: Iterable[Path]) -> str:
    """Return the text of a MOD file and of what it includes, without comments."""
    return "\n".join(without_comments(_read(one)) for one in (file, *includes))


def without_comments(text: str) -> str:
    """Return a MOD text without comments, title and VERBATIM blocks."""
    return _LINE_COMMENT.sub("", _TITLE.sub("", _VERBATIM.sub("", text)))


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise MechanismError(f"{file}: cannot be read: {error.strerror}") from error


def _digest(*files: Path) -> str:
    digest = sha256()
    for file in files:
        digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _statements(block: str) -> Iterator[tuple[str, str]]:
    parts = _STATEMENT.split(block)
    yield from zip(parts[1::2], parts[2::2], strict=True)


def _name_and_kind(said: dict[str, list[str]], file: Path) -> tuple[str, str]:
    for keyword, kind in KINDS.items():
        if keyword in said:
            words = said[keyword][0].split()
            if not words:
                raise MechanismError(f"{file}: {keyword} without a name in the NEURON block")
            return words[0], kind
    return file.stem, "density"  # NEURON then takes the name of the file


def _names(said: dict[str, list[str]], keyword: str) -> tuple[str, ...]:
    return tuple(name for rest in said.get(keyword, ()) for name in _split(rest))


def _split(text: str) -> list[str]:
    return [name for name in re.split(r"[\s,]+", text) if name]


def _ion(rest: str) -> IonUse:
    parts = _ION_PART.split(rest)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    return IonUse(
        ion=(_split(parts[0]) or [""])[0],
        read=tuple(_split(told.get("READ", ""))),
        write=tuple(_split(told.get("WRITE", ""))),
    )
