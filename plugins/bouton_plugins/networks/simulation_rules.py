"""What a study says about stimulation, recording and running of a network."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from bouton.contracts import Recorder, Stimulus
from bouton.model.protocol import Integration, Validity
from bouton_plugins.networks.checks import above_zero, counted, not_below_zero


@frozen(eq=False)
class Selection:
    """Cells of a population: all, given ones, or a random sample.

    Attributes:
        population: The population.
        cells: Their numbers; empty for all.
        sample: Number of cells chosen at random, instead.
    """

    population: str
    cells: tuple[int, ...] = ()
    sample: int = field(default=0, validator=counted)

    def __attrs_post_init__(self) -> None:
        if self.cells and self.sample:
            raise ValueError("give cells or sample, not both")


@frozen(eq=False)
class StimulationRule:
    """A stimulus on chosen cells.

    Attributes:
        target: The cells.
        stimulus: What each of them gets.
    """

    target: Selection
    stimulus: Stimulus


@frozen(eq=False)
class RecordingRule:
    """What is recorded of chosen cells, besides spikes.

    Attributes:
        target: The cells.
        recorder: What is recorded of each.
    """

    target: Selection
    recorder: Recorder


@frozen(eq=False)
class SimulationRule:
    """How the network runs.

    Attributes:
        duration_ms: How long.
        integration: Process-wide settings; networks take fixed steps.
        validity: What makes a voltage acceptable.
        engine: `neuron`, or `coreneuron` for its solver of large networks, which can do less.
    """

    duration_ms: float = field(default=1000.0, validator=above_zero)
    integration: Integration = Integration()
    validity: Validity = Validity()
    engine: Literal["neuron", "coreneuron"] = "neuron"


@frozen(eq=False)
class SynapseRecordingRule:
    """What is recorded of the synapses that connections made.

    Attributes:
        connections: Names of connections, all onto one population.
        variable: Variable of the synapses, such as `i` or `g`.
        synapse: Only synapses of this type; empty for all.
        cells: Receiving cells; empty for all.
        interval_ms: Sampling interval; 0 for every step.
    """

    connections: tuple[str, ...]
    variable: str = "i"
    synapse: str = ""
    cells: tuple[int, ...] = ()
    interval_ms: float = field(default=0.1, validator=not_below_zero)
