"""Section `network` of a study: what a user writes about a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Factory, field, frozen
from attrs.validators import deep_iterable

from bouton.errors import NetworkError
from bouton.model.inline import with_value
from bouton.model.network import Network
from bouton_plugins.networks.checks import above_zero
from bouton_plugins.networks.connection_rules import ConnectionRule, GapRule, SynapseRule
from bouton_plugins.networks.population_rules import PopulationRule
from bouton_plugins.networks.simulation_rules import (
    RecordingRule,
    SimulationRule,
    StimulationRule,
    SynapseRecordingRule,
)

__all__ = [
    "ConnectionRule",
    "GapRule",
    "NetworkRules",
    "PopulationRule",
    "RecordingRule",
    "SimulationRule",
    "StimulationRule",
    "SynapseRecordingRule",
    "SynapseRule",
]


@frozen(eq=False)
class NetworkRules:
    """Section `network` of a study.

    Attributes:
        populations: Cells and sources of spikes, by name.
        synapses: Types of synapses, by name.
        synapse_groups: Group -> synapse -> factor on the weight, for synapses that come together.
        connections: Connections by rule, by name.
        gap_junctions: Electrical synapses, by name.
        stimulation: Stimuli, by name.
        recordings: Recordings of cells, by name.
        synapse_recordings: Recordings of synapses, by name.
        simulation: How it runs.
        volume_um: Sides of the box that cells are placed in.
        origin_um: Its lower corner.
        seed: Seed of everything random.
        repeats: Realisations that a search averages, each with its own random numbers.
        globals: Mechanism globals that hold for all cells, whatever these ask for.
        ignore_cell_settings: Run cells at the simulation's temperature and starting potential
            although they are made for others.
    """

    populations: Mapping[str, PopulationRule]
    synapses: Mapping[str, SynapseRule] = Factory(dict)
    synapse_groups: Mapping[str, Mapping[str, float]] = Factory(dict)
    connections: Mapping[str, ConnectionRule] = Factory(dict)
    gap_junctions: Mapping[str, GapRule] = Factory(dict)
    stimulation: Mapping[str, StimulationRule] = Factory(dict)
    recordings: Mapping[str, RecordingRule] = Factory(dict)
    synapse_recordings: Mapping[str, SynapseRecordingRule] = Factory(dict)
    simulation: SimulationRule = Factory(SimulationRule)
    volume_um: tuple[float, float, float] = field(
        default=(100.0, 100.0, 100.0), validator=deep_iterable(above_zero)
    )
    origin_um: tuple[float, float, float] = (0.0, 0.0, 0.0)
    seed: int = 1
    repeats: int = field(default=1, validator=above_zero)
    globals: Mapping[str, float] = Factory(dict)
    ignore_cell_settings: bool = False
    _memory: dict[Any, Any] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        from bouton_plugins.networks.names import check_names

        check_names(self)

    def network(
        self,
        values: Mapping[str, Any] | None = None,
        rank: int = 0,
        ranks: int = 1,
        repeat: int = 0,
    ) -> Network:
        """Return the network; what equal rules gave the last time is used again.

        Args:
            values: Numbers to put in place, by path, such as
                `connections.S->M.rule.probability`.
            rank: Number of the process.
            ranks: Number of processes.
            repeat: Number of the realisation.

        Raises:
            NetworkError: If a path leads nowhere, or the network is impossible.
        """
        from bouton_plugins.networks.compiling import Compiler

        changed = self
        for path, value in (values or {}).items():
            changed = with_value(changed, path, value, NetworkError)
        memory = self._memory.setdefault((rank, ranks, repeat), {})
        return Compiler(changed, rank, ranks, repeat, memory).network()

    def default(self, path: str) -> float:
        """Return the number at a path.

        Raises:
            NetworkError: If there is no number.
        """
        return number_at(self, path)

    def parts(self, path: str) -> tuple[str, ...]:
        """Return the populations, connections and other parts that a number at a path changes."""
        keys = path.split(".")
        if keys[0] in ("populations", "connections", "gap_junctions", "stimulation"):
            return tuple(keys[1:2])
        return tuple(self.populations)


def number_at(owner: Any, path: str) -> float:  # noqa: ANN401
    """Return the number at a path of a description.

    Raises:
        NetworkError: If there is no number.
    """
    for key in path.split("."):
        owner = _step(owner, key, path)
    if isinstance(owner, bool) or not isinstance(owner, int | float):
        raise NetworkError(f"there is no number at {path!r}")
    return float(owner)


def _step(owner: Any, key: str, path: str) -> Any:  # noqa: ANN401
    if isinstance(owner, Mapping) and key in owner:
        return owner[key]
    if isinstance(owner, tuple) and key.isdecimal() and int(key) < len(owner):
        return owner[int(key)]
    if hasattr(owner, "__attrs_attrs__") and hasattr(owner, key):
        return getattr(owner, key)
    raise NetworkError(f"{path!r} leads nowhere: there is no {key!r}")
