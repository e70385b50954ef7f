"""What a run leaves behind: a directory with a journal, an HDF5 file and tables.

Nothing here imports NEURON, and PyTables and pandas are imported only by what needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bouton.results.checking import Finding, rebuild, verify
    from bouton.results.directory import RunDirectory
    from bouton.results.reading import Results

_PUBLIC = {
    "Finding": "bouton.results.checking",
    "Results": "bouton.results.reading",
    "RunDirectory": "bouton.results.directory",
    "rebuild": "bouton.results.checking",
    "verify": "bouton.results.checking",
}

__all__ = ["Finding", "Results", "RunDirectory", "rebuild", "verify"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    module = _PUBLIC.get(name)
    if module is None:
        raise AttributeError(f"module 'bouton.results' has no attribute {name!r}")
    return getattr(import_module(module), name)
