"""A described network, alive in NEURON: in one process, or spread over those of MPI.

Every cell has a number. A process builds the cells whose number leaves its rank as remainder, and
the synapses on them. Spikes that are known beforehand are injected by one object, not by one
generator per cell, so a source costs nothing to build and its spikes travel between no processes.
"""

from bouton.nrn.networks.live import LiveNetwork

__all__ = ["LiveNetwork"]
