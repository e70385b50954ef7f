"""Finds mechanisms that NEURON would load by itself, unasked, when it is imported."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def stray_libraries(folder: Path) -> list[Path]:
    """Return the compiled mechanisms that NEURON finds if it is imported in `folder`.

    NEURON looks in the folder that is named after the machine, such as `x86_64`; older tools put
    the library one level deeper, into `.libs`.
    """
    machines = sorted({platform.machine(), "x86_64", "arm64", "aarch64"})
    homes = [folder / machine / inner for machine in machines for inner in ("", ".libs")]
    return [path for home in homes for path in sorted(home.glob("libnrnmech.*"))]


def stray_variable() -> str:
    """Return what NRN_NMODL_PATH names, empty if it is not set."""
    return os.environ.get("NRN_NMODL_PATH", "")
