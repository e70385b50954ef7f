"""Which plug-ins are installed: read from metadata, nothing of theirs imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, EntryPoint, distributions

from attrs import frozen

from bouton.plugins.specs import ENTRY_POINT_GROUP, PROJECT


@frozen
class Candidate:
    """A plug-in that some distribution announces.

    Attributes:
        name: Name of the entry point.
        value: Its value, `module` or `module:attribute`.
        distribution: Name of the distribution.
        version: Its version.
        problem: Why the announcement itself cannot be used; empty when it can.
    """

    name: str
    value: str = ""
    distribution: str = ""
    version: str = ""
    problem: str = ""

    @property
    def is_builtin(self) -> bool:
        """Whether it came with Bouton itself."""
        return normalized(self.distribution) == PROJECT


def normalized(name: str) -> str:
    """Return a distribution name in the form in which two spellings are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def scan(path: list[str] | None = None) -> tuple[Candidate, ...]:
    """Return all announced plug-ins: ours first, then by distribution and name.

    A distribution found twice on the path (a stray `*.egg-info` beside an installed package, say)
    counts once: the first wins, as it does for `import`.

    Args:
        path: Folders to search instead of `sys.path`.
    """
    found = distributions() if path is None else distributions(path=path)
    candidates = {candidate: None for dist in _once(found) for candidate in _announced(dist)}
    return tuple(sorted(candidates, key=_order))


def _order(candidate: Candidate) -> tuple[bool, str, str, str]:
    distribution = normalized(candidate.distribution)
    return (not candidate.is_builtin, distribution, candidate.name, candidate.value)


def _once(found: Iterable[Distribution]) -> Iterator[Distribution]:
    """Yield each distribution that mentions our group once.

    Names are read for these few only: reading all metadata costs more than all the rest.
    """
    seen: set[str] = set()
    for dist in found:
        if not _mentions_us(dist):
            continue
        name = normalized(_field(dist, "Name"))
        if not name or name not in seen:
            seen.add(name)
            yield dist


def _mentions_us(dist: Distribution) -> bool:
    try:
        text = dist.read_text("entry_points.txt")
    except (OSError, UnicodeDecodeError):
        return False
    return text is not None and ENTRY_POINT_GROUP in text


def _field(dist: Distribution, key: str) -> str:
    """Return a metadata field, empty when the METADATA file is missing or damaged."""
    try:
        metadata = dist.metadata
        return str(metadata[key]) if key in metadata else ""
    except (OSError, ValueError, TypeError):
        return ""


def _announced(dist: Distribution) -> Iterator[Candidate]:
    name = _field(dist, "Name") or "unknown"
    version = _field(dist, "Version")
    try:
        points = list(dist.entry_points.select(group=ENTRY_POINT_GROUP))
    except (TypeError, ValueError, AttributeError) as error:
        problem = f"its entry_points.txt cannot be read: {error}"
        yield Candidate(name, distribution=name, version=version, problem=problem)
        return
    for point in points:
        yield Candidate(point.name, point.value, name, version, _point_problem(point))


def _point_problem(point: EntryPoint) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", point.name):
        return f"plug-in name {point.name!r} has characters other than letters, digits, . _ and -"
    if not re.fullmatch(r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*)?", point.value.strip()):
        return f"entry point value {point.value!r} is not 'module' or 'module:attribute'"
    return ""
