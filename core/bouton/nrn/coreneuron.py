"""CoreNEURON: NEURON's solver for networks with a fixed step, with a library of its own.

It takes the model as NEURON built it, runs all of it at once, and gives the end state, spikes and
recorded vectors back. A process can load one library, and what CoreNEURON cannot do ends the
process; so everything is checked before.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from bouton.errors import EngineError, SimulationError
from bouton.nrn import catalogues
from bouton.nrn.building import CORE
from bouton.nrn.compiling import compile_mechanisms
from bouton.nrn.engine import h, parallel
from bouton.nrn.modfiles import Mechanism

_loaded: dict[str, Mechanism] = {}
_known_when_run: set[frozenset[str]] = set()


def prepare(mechanisms: Iterable[Mechanism]) -> None:
    """Make CoreNEURON, in this process, know some mechanisms; NEURON must know them already.

    Args:
        mechanisms: All that the network uses.

    Raises:
        MechanismError: If one does not compile.
        EngineError: If CoreNEURON has been prepared for others in this process, or ran before
            NEURON knew them.
    """
    # In its first run it learns NEURON's numbers of all mechanisms, once for all.
    new = {name for known in _known_when_run for name in catalogues.loaded() - known}
    if new:
        raise EngineError(
            f"CoreNEURON ran in this process before {', '.join(sorted(new))} were loaded, and does "
            "not learn new mechanisms; run this network in a process of its own"
        )
    needed = {one.name: one for one in mechanisms}
    lacking = [n for n, one in needed.items() if n not in _loaded or _loaded[n] != one]
    if not lacking:
        return
    if _loaded:
        raise EngineError(
            f"CoreNEURON takes one set of mechanisms per process and has been prepared for one "
            f"without {', '.join(sorted(lacking))}; run this network in a process of its own"
        )
    ordered = [needed[name] for name in sorted(needed)]
    library = compile_mechanisms(ordered, name="coreneuron", options=CORE)
    os.environ["CORENEURONLIB"] = str(library)
    _loaded.update(needed)


def run_whole(duration_ms: float, dt_ms: float) -> int:
    """Let CoreNEURON take the smallest number of steps that reaches the duration; return it.

    Raises:
        SimulationError: If it stopped elsewhere.
    """
    steps = math.ceil(duration_ms / dt_ms * (1.0 - 1e-12))
    _known_when_run.add(catalogues.loaded())
    with _enabled():
        parallel.psolve((steps + 0.25) * dt_ms)
    if abs(h.t - steps * dt_ms) > 0.5 * dt_ms:
        raise SimulationError("stopped early", f"CoreNEURON stopped at {h.t:g} ms")
    return steps


@contextmanager
def _enabled() -> Iterator[None]:
    settings: Any = import_module("neuron.coreneuron")
    told = settings.nrncore_arg

    def precise(stop_ms: float) -> str:
        # NEURON 9.0 tells the end of the run with six digits, so long runs end a step early.
        return str(told(stop_ms)).replace(f"--tstop {stop_ms:g}", f"--tstop {stop_ms!r}")

    with settings(enable=True, verbose=0, nrncore_arg=precise):
        yield
