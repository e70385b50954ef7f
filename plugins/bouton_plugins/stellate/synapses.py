"""The synapses of the stellate cell, as data for networks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bouton.model.network import SynapseType

CATALOGUE = "stellate"


def _synapse(name: str, **values: float) -> SynapseType:
    return SynapseType(name, mechanism=name, values=values, catalogues=(CATALOGUE,))


# The weight of an event is a factor without unit on the conductance (pS): 1 is the model's synapse.
SYNAPSES: Mapping[str, SynapseType] = MappingProxyType(
    {
        "AMPA": _synapse(
            "AMPA", tau_facil=10.8, tau_rec=35.1, tau_1=10.0, U=0.15, gmax=2300.0, Erev=0.0
        ),
        "NMDA": _synapse(
            "NMDA", tau_facil=5.0, tau_rec=8.0, tau_1=1.0, U=0.15, gmax=10000.0, Erev=-3.7
        ),
        "GABA": _synapse(
            "GABA", tau_facil=0.0, tau_rec=38.7, tau_1=1.0, U=0.42, gmaxA1=3230.0, Erev=-65.0
        ),
    }
)
