"""The one place that imports NEURON: `h`, the version check and the thread rule.

NEURON is one simulator per process with process-wide settings, and it is not safe to use from two
threads. Whoever imports this module first fixes the thread; everybody else is refused.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bouton.errors import EngineError, MissingDependencyError
from bouton.nrn.launch import launched, name_library
from bouton.nrn.strays import stray_libraries

os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")


@contextmanager
def _without_found_mechanisms() -> Iterator[None]:
    """Keep NEURON from loading mechanisms that merely lie about.

    It loads `<machine>/libnrnmech.so` of the working directory, and what NRN_NMODL_PATH names,
    when it is imported. Mechanisms come from catalogues, where clashes are seen before NEURON sees
    them.
    """
    named = os.environ.pop("NRN_NMODL_PATH", None)
    here = Path.cwd()
    with TemporaryDirectory() as empty:
        try:
            if stray_libraries(here):
                os.chdir(empty)
            yield
        finally:
            os.chdir(here)
            if named is not None:
                os.environ["NRN_NMODL_PATH"] = named


try:
    with _without_found_mechanisms():
        import neuron
except ImportError as error:
    raise MissingDependencyError(
        "NEURON cannot be imported, so nothing can be simulated here; pip install 'neuron>=9.0.2' "
        "(Linux and macOS; on Windows use WSL)"
    ) from error

VERSION: str = str(neuron.__version__)

if int(VERSION.split(".", maxsplit=1)[0]) < 9:
    raise MissingDependencyError(
        f"NEURON {VERSION} is too old; pip install 'neuron>=9.0.2' into this environment"
    )

h: Any = neuron.h
if launched() > 1:
    # Before the first ParallelContext: one that is older than MPI crashes later on. Nothing of MPI
    # is touched in a plain process, where some libraries crash.
    name_library()
    h.nrnmpi_init()
cvode: Any = h.CVode()
parallel: Any = h.ParallelContext()

_THREAD = threading.get_ident()


def check_thread() -> None:
    """Refuse any thread but the one that imported NEURON.

    Raises:
        EngineError: In another thread; use worker processes instead.
    """
    if threading.get_ident() != _THREAD:
        raise EngineError(
            "wrong thread: NEURON belongs to the thread that imported it first; run simulations "
            "there, or in worker processes (one NEURON each)"
        )


def exists(name: str) -> bool:
    """Return whether NEURON knows `name` (a mechanism, function or variable)."""
    return hasattr(h, name)


def unit(variable: str) -> str:
    """Return NEURON's unit of a variable, empty when it declares none."""
    if variable.endswith("i_membrane_"):
        return "nA"
    try:
        return str(h.units(variable))
    except RuntimeError:
        return ""
