"""Connections of a network: synapses, one row each, and gap junctions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import Factory, evolve, frozen

from bouton.errors import NetworkError
from bouton.model.morphology import FloatArray, IntArray

SHARABLE = ("ExpSyn", "Exp2Syn")


@frozen(eq=False)
class SynapseType:
    """A kind of synapse.

    Attributes:
        name: Unique in the network.
        mechanism: NEURON name of the point process; empty for a receptor that the target has.
        values: Parameters by NEURON name.
        catalogues: Catalogues that define it.
        receptor: Receptor of a point neuron, or point process of the target cell, that takes the
            events.
        is_shared: Whether all connections in one segment share one synapse; exact where events
            add up linearly.
    """

    name: str
    mechanism: str = ""
    values: Mapping[str, float] = Factory(dict)
    catalogues: tuple[str, ...] = ()
    receptor: str = ""
    is_shared: bool = False


@frozen(eq=False)
class ConnectionSet:
    """Connections between two populations, one entry per synapse.

    Attributes:
        name: Unique in the network.
        pre: Population that sends.
        post: Population that receives.
        synapse: Name of the synapse type.
        source: Sending cell, shape (n,).
        target: Receiving cell, shape (n,).
        section: Section of the receiving cell, shape (n,); -1 where there is none.
        x: Place on it, shape (n,).
        weight: Shape (n,).
        delay_ms: Shape (n,).
        source_section: Section of the sending cell whose potential sends, shape (n,); -1 for the
            spike source of the cell, None for that of all.
        source_x: Place on it, shape (n,); given with `source_section`.
        onto: Connection set before this one whose synapses get the events instead of new ones: the
            first connection to a place meets the first synapse there, the second the second.
    """

    name: str
    pre: str
    post: str
    synapse: str
    source: IntArray
    target: IntArray
    section: IntArray
    x: FloatArray
    weight: FloatArray
    delay_ms: FloatArray
    source_section: IntArray | None = None
    source_x: FloatArray | None = None
    onto: str = ""

    def __attrs_post_init__(self) -> None:
        if (self.source_section is None) != (self.source_x is None):
            raise NetworkError(
                f"connections {self.name!r}: source_section and source_x come together"
            )
        if {getattr(self, name).shape for name in self.arrays} != {self.source.shape}:
            raise NetworkError(f"connections {self.name!r}: arrays of different lengths")

    def __len__(self) -> int:
        return len(self.source)

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the arrays that are given."""
        ends = ("source_section", "source_x") if self.source_section is not None else ()
        return ("source", "target", "section", "x", *ends, "weight", "delay_ms")

    def only(self, keep: IntArray) -> ConnectionSet:
        """Return some of the connections, by index or by mask."""
        return evolve(self, **{name: getattr(self, name)[keep] for name in self.arrays})

    def same_synapses(self, other: ConnectionSet) -> bool:
        """Return whether only weights and delays differ."""
        names = ("name", "pre", "post", "synapse", "onto", "arrays")
        return all(getattr(self, n) == getattr(other, n) for n in names) and all(
            getattr(self, n) is getattr(other, n)
            or np.array_equal(getattr(self, n), getattr(other, n))
            for n in self.arrays
            if n not in ("weight", "delay_ms")
        )


@frozen(eq=False)
class GapJunctions:
    """Electrical synapses: each couples two places both ways.

    Attributes:
        name: Unique in the network.
        pre: One population.
        post: The other.
        mechanism: Point process of each half, with a variable for the other side's potential.
        variable: That variable.
        conductance: Parameter that holds the conductance.
        catalogues: Catalogues that define it.
        source: Cell on one side, shape (n,).
        source_section: Its section, shape (n,).
        source_x: Place on it, shape (n,).
        target: Cell on the other side, shape (n,).
        target_section: Its section, shape (n,).
        target_x: Place on it, shape (n,).
        weight: Conductance, shape (n,).
    """

    name: str
    pre: str
    post: str
    source: IntArray
    source_section: IntArray
    source_x: FloatArray
    target: IntArray
    target_section: IntArray
    target_x: FloatArray
    weight: FloatArray
    mechanism: str = "HalfGap"
    variable: str = "vgap"
    conductance: str = "g"
    catalogues: tuple[str, ...] = ("networks",)

    def __len__(self) -> int:
        return len(self.source)
