"""Google-style docstrings read back: the summary, the attributes, the source."""

from __future__ import annotations

import re
from inspect import cleandoc, getdoc

_SECTION = re.compile(r"^(Attributes|Args|Returns|Yields|Raises|Source|Example|Examples|Note):\s*")
_ITEM = re.compile(r"^(?P<names>\w+(, \w+)*)( \([^)]*\))?:\s*(?P<text>.*)$")


def sections(thing: object) -> dict[str, str]:
    """Return the sections of a docstring by heading; what comes before the first is `""`.

    Only the object's own docstring counts, not one it inherits from a base class of Python.
    """
    own = vars(thing).get("__doc__") if isinstance(thing, type) else getdoc(thing)
    found: dict[str, list[str]] = {"": []}
    heading = ""
    for line in cleandoc(own or "").splitlines():
        if match := _SECTION.match(line):
            heading = match[1]
            line = line[match.end() :]
        found.setdefault(heading, []).append(line)
    return {key: cleandoc("\n".join(lines)).strip() for key, lines in found.items()}


def attribute_texts(thing: object) -> dict[str, str]:
    """Return what the section `Attributes` says of each name; `a, b: text` counts for both.

    A class also answers for the options that it inherits.
    """
    if isinstance(thing, type) and len(thing.__mro__) > 2:
        inherited = [_own_texts(base) for base in reversed(thing.__mro__[:-1])]
        return {name: text for texts in inherited for name, text in texts.items()}
    return _own_texts(thing)


def _own_texts(thing: object) -> dict[str, str]:
    texts: dict[str, str] = {}
    names: list[str] = []
    for line in sections(thing).get("Attributes", "").splitlines():
        match = _ITEM.match(line)
        if match:
            names = match["names"].split(", ")
        for name in names:
            text = match["text"] if match else line.strip()
            texts[name] = f"{texts.get(name, '')} {text}".strip()
    return texts
