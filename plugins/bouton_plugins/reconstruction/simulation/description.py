"""One simulation of a stored network, as a configuration says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from attrs import Factory, field, frozen

from bouton.contracts import CellTemplate, Device
from bouton.errors import NetworkError, Problem, did_you_mean
from bouton.model.protocol import Integration, Validity
from bouton.model.study import ParameterValue
from bouton_plugins.networks.checks import above_zero, not_below_zero
from bouton_plugins.networks.connection_rules import SynapseRule

_FILE_NAME = re.compile(r"\w[\w .+-]*")


@frozen(eq=False)
class CellModelRule:
    """What the cells of one type are made of.

    Attributes:
        template: Cell template; it is put on the morphologies that the network stores.
        parameters: Values by the template's own names.
    """

    template: CellTemplate
    parameters: Mapping[str, ParameterValue] = Factory(dict)


@frozen
class SynapseOfContact:
    """A synapse that is made at every contact of a set.

    Attributes:
        synapse: Name under `synapses`, or of a synapse that the template of the receiving cells
            brings, such as `AMPA`.
        weight: Weight of every event, in the unit of the synapse.
        delay_ms: From the spike to the event.
    """

    synapse: str
    weight: float = 1.0
    delay_ms: float = field(default=1.0, validator=above_zero)


@frozen
class ConnectionModelRule:
    """What the contacts of one connection set are made of.

    Attributes:
        synapses: Synapses of every contact; a name alone stands for its defaults.
        spikes_from: Where a spike must arrive to be sent: at the `branch`, the stored place on the
            sending cell, or at the `cell`, where it detects its own spikes.
    """

    synapses: tuple[str | SynapseOfContact, ...] = field()
    spikes_from: Literal["branch", "cell"] = "branch"

    @synapses.validator
    def _at_least_one(self, _attribute: object, value: tuple[Any, ...]) -> None:
        if not value:
            raise ValueError("synapses needs at least one entry")

    @property
    def each(self) -> tuple[SynapseOfContact, ...]:
        """The synapses, each written out."""
        return tuple(SynapseOfContact(s) if isinstance(s, str) else s for s in self.synapses)


def _devices(_instance: object, _attribute: object, value: Mapping[str, Any]) -> None:
    for name, device in value.items():
        if not _FILE_NAME.fullmatch(name):
            raise NetworkError(
                f"devices: {name!r} also names a file; use letters, digits, spaces and any of _+.-"
            )
        if not isinstance(device, Device):
            raise NetworkError(
                f"devices: {name!r} is a source of spikes for populations of rules; use "
                "spike-generator, poisson-generator or source-generator"
            )


@frozen(eq=False)
class SimulationRule:
    """A simulation of a stored network.

    Attributes:
        duration_ms: How long it runs.
        celsius: Temperature.
        cell_models: Cell type -> what its cells are made of; other types are not simulated.
        connection_models: Connection set -> what its contacts are made of; other sets send nothing.
        synapses: Further types of synapses, by name.
        devices: Stimulators and recorders, by name.
        dt_ms: Step.
        v_init_mV: Starting potential.
        v_init_jitter_mV: Standard deviation of each cell's own start around it, so that equal cells
            do not fire together.
        seed: Seed of everything random here; that of the network if left out.
        method: How steps are taken.
        engine: `neuron`, or `coreneuron` for its solver of large networks, which can do less.
        validity: What makes a voltage acceptable.
    """

    duration_ms: float = field(validator=above_zero)
    celsius: float
    cell_models: Mapping[str, CellModelRule]
    connection_models: Mapping[str, ConnectionModelRule] = Factory(dict)
    synapses: Mapping[str, SynapseRule] = Factory(dict)
    devices: Mapping[str, Device] = field(factory=dict, validator=_devices)
    dt_ms: float = field(default=0.025, validator=above_zero)
    v_init_mV: float = -65.0
    v_init_jitter_mV: float = field(default=0.0, validator=not_below_zero)
    seed: int | None = None
    method: Literal["fixed", "crank-nicolson"] = "fixed"
    engine: Literal["neuron", "coreneuron"] = "neuron"
    validity: Validity = Validity()

    @property
    def integration(self) -> Integration:
        """Process-wide settings; the seed is that of random mechanisms."""
        return Integration(
            method=self.method,
            dt_ms=self.dt_ms,
            celsius=self.celsius,
            v_init_mV=self.v_init_mV,
            seed=(self.seed or 0) % 2**32,
        )


def name_problems(
    rule: SimulationRule, cell_types: Iterable[str], connections: Mapping[str, tuple[str, str]]
) -> Iterator[Problem]:
    """Yield what names nothing, with its path within the simulation.

    Args:
        rule: The simulation.
        cell_types: Cell types of the network.
        connections: Connection set -> sending and receiving cell type.
    """
    types = list(cell_types)
    for name in rule.cell_models:
        if name not in types:
            hint = did_you_mean(name, types)
            yield Problem(f"no cell type {name!r}", path=f"cell_models.{name}", hint=hint)
    for name in rule.connection_models:
        path = f"connection_models.{name}"
        if name not in connections:
            hint = did_you_mean(name, connections)
            yield Problem(f"no connection set {name!r}", path=path, hint=hint)
            continue
        for end in dict.fromkeys(connections[name]):
            if end not in rule.cell_models:
                message = f"it connects {end!r} cells, and cell_models says nothing about them"
                yield Problem(message, path=path, hint=f"add cell_models.{end}")
