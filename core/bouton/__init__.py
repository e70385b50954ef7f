"""Bouton: a plug-in framework for biophysically detailed neurons and networks on NEURON.

Importing `bouton` is cheap: every public name is imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bouton.plugins.entry import Entry
    from bouton.plugins.specs import hookimpl

_PUBLIC = {
    "Entry": "bouton.plugins.entry",
    "hookimpl": "bouton.plugins.specs",
    "registry": "bouton.plugins",
}

__all__ = ["Entry", "hookimpl", "registry"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    module = _PUBLIC.get(name)
    if module is None:
        raise AttributeError(f"module 'bouton' has no attribute {name!r}")
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
