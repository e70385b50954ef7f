"""Whether an object is what a target text names, found out without importing anything."""

from __future__ import annotations

import sys
from operator import attrgetter


def is_target(text: str, thing: object) -> bool:
    """Return whether `thing` is the target `module:attribute`.

    A target may name the module that defines the object or one that passes it on; the latter is
    recognised once that module was imported.
    """
    name = f"{getattr(thing, '__module__', '')}:{getattr(thing, '__qualname__', '')}"
    if name == text:
        return True
    module, _, attribute = text.partition(":")
    try:
        return attrgetter(attribute)(sys.modules[module]) is thing
    except (KeyError, AttributeError):
        return False
