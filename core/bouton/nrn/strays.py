"""Finds mechanisms that NEURON would load by itself, unasked, when it is imported."""

from __future__ import annotations

import os
from pathlib import Path


def stray_libraries(folder: Path) -> list[Path]:
    """Return the compiled mechanisms that NEURON finds if it is imported in `folder`.

    NEURON looks in the folder that is named after the machine, such as `x86_64`; older tools put
    the library one level deeper, into `.libs`.
    """
    patterns = ("*/libnrnmech.*", "*/.libs/libnrnmech.*")
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


def stray_variable() -> str:
    """Return what NRN_NMODL_PATH names, empty if it is not set."""
    return os.environ.get("NRN_NMODL_PATH", "")
