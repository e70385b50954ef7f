"""Populations of a network: cells, artificial cells and sources of spikes, with positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import Factory, frozen

from bouton.errors import NetworkError
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.morphology import FloatArray, IntArray


@frozen(eq=False)
class CellModel:
    """One kind of cell.

    Attributes:
        name: For messages.
        structure: What is built.
        settings: Every number on it.
    """

    name: str
    structure: CellStructure
    settings: CellSettings


@frozen(eq=False)
class ArtificialModel:
    """A cell without sections: an artificial cell of the simulator, such as `IntFire1`.

    Attributes:
        name: For messages.
        mechanism: NEURON name.
        values: Parameters by NEURON name.
        catalogues: Catalogues that define it.
    """

    name: str
    mechanism: str
    values: Mapping[str, float] = Factory(dict)
    catalogues: tuple[str, ...] = ()


@frozen(eq=False)
class SpikeTrains:
    """Spikes that are known beforehand.

    Attributes:
        times_ms: In rising order, shape (n,).
        cells: Who fires, numbered within the population, shape (n,).
    """

    times_ms: FloatArray
    cells: IntArray

    @classmethod
    def merged(cls, trains: Sequence[FloatArray]) -> SpikeTrains:
        """Return the trains of cells 0, 1, ... in order of time, ties in order of cells."""
        cells = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
        times = np.concatenate([np.empty(0), *trains])
        order = np.lexsort((cells, times))
        return cls(times[order], cells[order])


@frozen(eq=False)
class Population:
    """Cells, or sources of spikes, with positions.

    Attributes:
        name: Unique in the network.
        positions: Shape (n, 3), um.
        models: Kinds of cells; empty for a source.
        model_of: Which kind each cell is, shape (n,).
        trains: What a source fires; None for cells.
        v_init_offset_mV: How far from the starting potential of the run each cell starts, shape
            (n,); None for not at all.
    """

    name: str
    positions: FloatArray
    models: tuple[CellModel | ArtificialModel, ...] = ()
    model_of: IntArray = Factory(lambda: np.empty(0, dtype=np.int64))
    trains: SpikeTrains | None = None
    v_init_offset_mV: FloatArray | None = None

    def __attrs_post_init__(self) -> None:
        if self.positions.ndim != 2 or self.positions.shape[1] != 3:
            shape = self.positions.shape
            raise NetworkError(f"population {self.name!r}: positions need (n, 3), got {shape}")
        if self.trains is None and self.model_of.shape != (len(self),):
            raise NetworkError(f"population {self.name!r}: every cell needs a model")

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def is_source(self) -> bool:
        """Whether its spikes are known beforehand."""
        return self.trains is not None

    def model(self, cell: int) -> CellModel | ArtificialModel:
        """Return what a cell is made of."""
        return self.models[int(self.model_of[cell])]
