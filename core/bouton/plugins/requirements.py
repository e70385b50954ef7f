"""Whether what an entry requires is installed: told from metadata, nothing imported."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires, version

_REQUIREMENT = re.compile(r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[(?P<extras>[^\]]*)\])?")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def missing(text: str) -> tuple[str, ...]:
    """Return the distributions that `text` asks for and that are not installed.

    Args:
        text: A requirement as pip takes it, such as `bouton[efel]` or `morphio>=3`; only presence
            is looked at, not versions.
    """
    match = _REQUIREMENT.match(text)
    if match is None:
        return ()
    name = match["name"]
    if not is_installed(name):
        return (name,)
    extras = {extra.strip() for extra in (match["extras"] or "").split(",") if extra.strip()}
    wanted = (line for line in requires(name) or [] if extras & set(_EXTRA.findall(line)))
    names = (_REQUIREMENT.match(line) for line in wanted)
    return tuple(m["name"] for m in names if m and not is_installed(m["name"]))


def is_installed(name: str) -> bool:
    """Return whether a distribution is installed, in any version."""
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
