"""The suites for optimizers and executors over our own entries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bouton.testing import ExecutorSuite, OptimizerSuite


class TestIbea(OptimizerSuite):
    entry = "ibea"
    options = {"offspring": 8}
    is_steady = True


class TestCma(OptimizerSuite):
    entry = "cma"
    options = {"offspring": 6}


class TestNsga2(OptimizerSuite):
    entry = "nsga2"
    options = {"offspring": 8}


class TestNsga3(OptimizerSuite):
    entry = "nsga3"
    options = {"offspring": 8}


class TestSmsEmoa(OptimizerSuite):
    entry = "sms-emoa"
    options = {"offspring": 8}


class TestNevergrad(OptimizerSuite):
    entry = "nevergrad:DE"
    options = {"batch": 6}
    is_steady = True
    accepts_non_finite = True


class TestRandom(OptimizerSuite):
    entry = "random"
    options = {"batch": 6}
    is_steady = True


class TestSobol(OptimizerSuite):
    entry = "sobol"
    options = {"batch": 8}
    is_steady = True


class TestRandomWalk(OptimizerSuite):
    entry = "random-walk"
    options = {"particles": 2}
    is_steady = True


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
