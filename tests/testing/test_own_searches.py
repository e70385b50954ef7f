"""The suite for executors over our own entries; that for optimizers is beside the optimizers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bouton.testing import ExecutorSuite


class TestSerial(ExecutorSuite):
    entry = "serial"
    is_isolated = False


class TestLocal(ExecutorSuite):
    entry = "local"
    options = {"attempts": 1}


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """One cluster for all tests: making one takes seconds."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


class TestDask(ExecutorSuite):
    entry = "dask"

    @pytest.fixture(autouse=True)
    def _cluster(self, scheduler: str) -> None:
        TestDask.options = {"attempts": 1, "scheduler": scheduler}
