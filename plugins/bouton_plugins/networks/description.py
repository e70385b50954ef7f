"""Section `network` of a study: what a user writes about a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import Factory, field, frozen

from bouton.contracts import Connector, Placement, Recorder, SpikeSource, Stimulus
from bouton.errors import NetworkError
from bouton.model.expressions import parsed
from bouton.model.inline import with_value
from bouton.model.locations import Location
from bouton.model.network import Network
from bouton.model.protocol import Integration, Validity
from bouton.model.study import Cell
from bouton.model.wiring import CELL_NAMES
from bouton_plugins.networks.checks import above_zero, counted, pair_value


def _cell_formulas(instance: object, attribute: object, value: Mapping[str, float | str]) -> None:
    del instance, attribute
    for text in value.values():
        parsed(text, CELL_NAMES)


@frozen(eq=False)
class CellKind:
    """One kind of cell of a mixed population.

    Attributes:
        cell: Template, morphology and values.
        share: Its share, relative to the other kinds.
        vary: Parameter -> formula of the cell (`id`, `x`, `ynorm`, `uniform(a, b)`, ...);
            `diameter_scale.LABEL` is a factor on the diameters of a label.
    """

    cell: Cell
    share: float = field(default=1.0, validator=above_zero)
    vary: Mapping[str, float | str] = field(factory=dict, validator=_cell_formulas)


@frozen(eq=False)
class Artificial:
    """Cells without sections.

    Attributes:
        mechanism: Artificial cell of NEURON or of a catalogue, such as `IntFire1`.
        parameters: Its parameters.
        catalogues: Catalogues that define it.
    """

    mechanism: str
    parameters: Mapping[str, float] = Factory(dict)
    catalogues: tuple[str, ...] = ()


@frozen(eq=False)
class PopulationRule:
    """Cells, or a source of spikes: give one of `cells`, `artificial` and `source`.

    Attributes:
        count: Number of cells, at random places of the volume.
        placement: Where they are, instead of a count.
        cells: Kinds of cells by name; one kind is enough.
        artificial: Artificial cells instead.
        source: A source of known spikes instead.
    """

    count: int = field(default=0, validator=counted)
    placement: Placement | None = None
    cells: Mapping[str, CellKind] = Factory(dict)
    artificial: Artificial | None = None
    source: SpikeSource | None = field(default=None, metadata={"plugin": "devices"})

    def __attrs_post_init__(self) -> None:
        if (self.count > 0) == (self.placement is not None):
            raise ValueError("give either count, above 0, or placement")
        given = [bool(self.cells), self.artificial is not None, self.source is not None]
        if sum(given) != 1:
            raise ValueError("give one of cells, artificial and source")


@frozen(eq=False)
class SynapseRule:
    """A type of synapse: a point process, or a receptor that the target cell has.

    Attributes:
        mechanism: Point process that is put on the target cell.
        parameters: Its parameters.
        catalogues: Catalogues that define it.
        receptor: Instead, a receptor or point process of the target cell.
        shared: Whether the connections in one segment share one synapse. `auto` does so for
            ExpSyn and Exp2Syn, whose events add up exactly.
    """

    mechanism: str = ""
    parameters: Mapping[str, float] = Factory(dict)
    catalogues: tuple[str, ...] = ()
    receptor: str = ""
    shared: Literal["auto", "yes", "no"] = "auto"

    def __attrs_post_init__(self) -> None:
        if bool(self.mechanism) == bool(self.receptor):
            raise ValueError("give either mechanism or receptor")


@frozen(eq=False)
class SynapseUse:
    """Synapses that every connection of a rule makes.

    Attributes:
        synapse: Name of a synapse, or of a group of them; may be empty for artificial cells.
        weight: A number or a formula of the pair, in the unit of the synapse (uS for Exp2Syn).
        delay_ms: A number or a formula of the pair.
        place: Where on the target cell; default: its spike source.
        choose: Which of several places: one at `random`, the next one in a `cycle`, or a synapse
            on `each`.
        count: Synapses per connection.
    """

    synapse: str = ""
    weight: float | str = field(default=0.0, validator=pair_value)
    delay_ms: float | str = field(default=1.0, validator=pair_value)
    place: Location | None = None
    choose: Literal["random", "cycle", "each"] = "random"
    count: int = field(default=1, validator=above_zero)


@frozen(eq=False)
class ConnectionRule:
    """Connections between two populations.

    Attributes:
        pre: Population that sends.
        post: Population that receives.
        rule: Which cells connect.
        synapses: What every connection consists of.
    """

    pre: str
    post: str
    rule: Connector
    synapses: tuple[SynapseUse, ...] = field()

    @synapses.validator
    def _at_least_one(self, _attribute: object, value: tuple[SynapseUse, ...]) -> None:
        if not value:
            raise ValueError("synapses needs at least one entry")


@frozen(eq=False)
class GapRule:
    """Electrical synapses between two populations.

    Attributes:
        pre: One population.
        post: The other.
        rule: Which cells are coupled.
        conductance_uS: A number or a formula of the pair.
        pre_place: Where on the cells of `pre`; default: their spike source.
        post_place: Where on the cells of `post`; default: their spike source.
    """

    pre: str
    post: str
    rule: Connector
    conductance_uS: float | str = field(validator=pair_value)
    pre_place: Location | None = None
    post_place: Location | None = None


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
    """

    duration_ms: float = field(default=1000.0, validator=above_zero)
    integration: Integration = Integration()
    validity: Validity = Validity()


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
        recordings: Recordings, by name.
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
    simulation: SimulationRule = Factory(SimulationRule)
    volume_um: tuple[float, float, float] = (100.0, 100.0, 100.0)
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
        owner: Any = self
        for key in path.split("."):
            owner = _step(owner, key, path)
        if isinstance(owner, bool) or not isinstance(owner, int | float):
            raise NetworkError(f"there is no number at {path!r}")
        return float(owner)

    def parts(self, path: str) -> tuple[str, ...]:
        """Return the populations, connections and other parts that a number at a path changes."""
        keys = path.split(".")
        if keys[0] in ("populations", "connections", "gap_junctions", "stimulation"):
            return tuple(keys[1:2])
        return tuple(self.populations)


def _step(owner: Any, key: str, path: str) -> Any:  # noqa: ANN401
    if isinstance(owner, Mapping) and key in owner:
        return owner[key]
    if isinstance(owner, tuple) and key.isdecimal() and int(key) < len(owner):
        return owner[int(key)]
    if hasattr(owner, "__attrs_attrs__") and hasattr(owner, key):
        return getattr(owner, key)
    raise NetworkError(f"{path!r} leads nowhere: there is no {key!r}")
