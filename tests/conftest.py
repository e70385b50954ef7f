"""Fixtures that every test may use."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Started in the background by a shell, a process ignores Ctrl-C, and so do all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(os.environ.get("BOUTON_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))

# A run of the tests is the same every time, on a slow or crowded machine, too; examples that were
# never tried come with `--hypothesis-profile=search`.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
settings.register_profile("search", PATIENT)
settings.register_profile("repeatable", PATIENT, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of reference data that is not part of the project; tests skip without it."""
    if not SHARED.is_dir():
        pytest.skip(f"reference data are absent ({SHARED}); set BOUTON_SHARED_DATA to their folder")
    return SHARED


@pytest.fixture
def cpu_units() -> Callable[[Callable[[], object]], float]:
    """Measure CPU time in units of a fixed loop that runs beside the work; the best of three.

    A unit is 5 to 30 ms, so that bounds hold on any machine.
    """

    def measured(work: Callable[[], object]) -> float:
        return min(_cpu_s(work) / min(_cpu_s(_loop) for _ in range(3)) for _ in range(3))

    return measured


def _cpu_s(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _loop() -> int:
    return sum(i * i % 7 for i in range(200_000))
