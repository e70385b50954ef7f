"""Whether an MPI launcher started this process, and where its library is; no simulator needed.

NEURON loads an MPI library by itself. One that came with pip (`pip install mpich`) lies where
NEURON does not look, so its path is given.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MPI_LOCALNRANKS")
_LIBRARIES = ("libmpi.so.12", "libmpi.so", "libmpi.12.dylib", "libmpi.dylib")
_SMALLEST = 4096


def launched() -> int:
    """Return how many processes an MPI launcher started; 1 without a launcher."""
    sizes = [os.environ.get(name, "") for name in _SIZES]
    return max([1, *(int(size) for size in sizes if size.isdecimal())])


def name_library() -> None:
    """Tell NEURON the MPI library of this environment, unless something else is told already."""
    library = _library()
    if "MPI_LIB_NRN_PATH" not in os.environ and library is not None:
        os.environ["MPI_LIB_NRN_PATH"] = str(library)


def _library() -> Path | None:
    for name in _LIBRARIES:
        path = Path(sys.prefix) / "lib" / name
        # pip turns links into small text files, which no loader takes.
        if path.exists() and path.stat().st_size > _SMALLEST:
            return path
    return None
