"""What a study says about synapses, connections and gap junctions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import Factory, field, frozen

from bouton.contracts import Connector
from bouton.model.locations import Location
from bouton_plugins.networks.checks import above_zero, pair_delay, pair_value


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
    delay_ms: float | str = field(default=1.0, validator=pair_delay)
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
