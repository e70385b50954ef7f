"""A network in NEURON from building to closing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from types import TracebackType
from typing import Any, Self

from bouton.errors import EngineError
from bouton.model.network import Network, NetworkResponse
from bouton.nrn import catalogues, coreneuron, engine, mpi
from bouton.nrn.engine import h, parallel
from bouton.nrn.global_settings import check_cell_settings, network_globals
from bouton.nrn.networks.cells import NetworkCells
from bouton.nrn.networks.connecting import Connections
from bouton.nrn.networks.core_checks import check_coreneuron
from bouton.nrn.networks.gaps import coupled
from bouton.nrn.networks.running import run_network
from bouton.nrn.settings import GlobalValues


class LiveNetwork:
    """A network in NEURON, for use in a `with` statement.

    Attributes:
        network: What is built; connections onto cells of other processes are absent.
        cells: The cells of this process.
        connections: The connections onto them.
        cpu_s: CPU seconds spent on building, by part.
    """

    def __init__(self, network: Network, rank: int = 0, ranks: int = 1) -> None:
        """Build everything.

        Args:
            network: What to build.
            rank: Number of this process, as `mpi.start` gives it.
            ranks: Number of processes.

        Raises:
            NetworkError: If a place, synapse or receptor does not exist, or cells disagree.
            EngineError: If other sections or another network are alive in this process.
        """
        engine.check_thread()
        _refuse_others()
        self.network = network
        self.cpu_s: dict[str, float] = {}
        self.cells = NetworkCells(network, rank, ranks)
        self.connections = Connections(self.cells)
        self._gaps: list[Any] = []
        self._globals = GlobalValues()
        self._is_open = True
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self) -> None:
        with mpi.together():
            check_cell_settings(self.network)
            with self._timed("mechanisms"):
                catalogues.load(self.network.catalogues)
                if self.network.engine == "coreneuron":
                    coreneuron.prepare(check_coreneuron(self.network))
                values = network_globals(self.network)
                self._globals.check(values)
                self._globals.write(values)
            with self._timed("cells"):
                self.cells.build()
        with self._timed("connections"):
            self.connections.build(self.network.connections)
            with mpi.together():
                self._gaps = coupled(self.cells, self.network.gap_junctions)
        if self.network.gap_junctions:
            with mpi.in_step():
                parallel.setup_transfer()

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = process_time()
        yield
        self.cpu_s[part] = self.cpu_s.get(part, 0.0) + process_time() - began

    def update(self, network: Network) -> bool:
        """Make this network equal to another one in place, if only connections differ.

        Returns:
            Whether it was possible; if not, nothing was changed.

        Raises:
            NetworkError: If the connections are impossible; the network is then closed.
        """
        self._check_open()
        if not _same_but_connections(self.network, network):
            return False
        before = self.network.connections
        self.network = self.cells.network = network
        try:
            self.connections.change(before, network.connections)
        except BaseException:
            self.close()  # part of it may be changed
            raise
        return True

    def run(self, ready: Callable[[], None] | None = None) -> NetworkResponse:
        """Simulate, and return what happened; over MPI only process 0 gets it all.

        Args:
            ready: Called when everything fits, before the first step.

        Raises:
            SimulationError: If the run failed or its voltages make no sense.
            NetworkError: If a drive or recording does not fit its cells.
        """
        self._check_open()
        return run_network(self.network, self.cells, self.connections, ready)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        engine.check_thread()
        if not self._is_open:
            raise EngineError("the network is closed; build it again")

    def close(self) -> None:
        """Remove the network from NEURON."""
        self._is_open = False
        self.connections.close()
        self._gaps.clear()
        self.cells.close()
        self._globals.restore()


def _same_but_connections(old: Network, new: Network) -> bool:
    def key(network: Network) -> tuple[Any, ...]:
        return (
            [id(p) for p in network.populations],
            {name: id(synapse) for name, synapse in network.synapses.items()},
            [id(g) for g in network.gap_junctions],
            [c.name for c in network.connections],
            network.integration.dt_ms,
            dict(network.global_values),
            network.engine,
        )

    return key(old) == key(new)


def _refuse_others() -> None:
    others = [section.name() for section in h.allsec()]
    if others:
        raise EngineError(
            f"{len(others)} sections ({', '.join(others[:3])}, ...) are alive in this process; "
            "close the other cell or network first"
        )
