"""What a study says about populations: cells, artificial cells or sources of spikes."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, field, frozen

from bouton.contracts import Placement, SpikeSource
from bouton.model.expressions import parsed
from bouton.model.study import Cell
from bouton.model.wiring import CELL_NAMES
from bouton_plugins.networks.checks import above_zero, counted


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
