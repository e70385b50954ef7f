"""Where the cells of a population are."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray
from bouton.model.wiring import Box
from bouton_plugins.networks.checks import counted, not_below_zero

_MOST = 10_000_000


@frozen
class Uniform:
    """Cells at random places of the box; give a number or a density.

    Attributes:
        count: Number of cells.
        density_per_mm3: Cells per mm3 of the box; the number is rounded.
    """

    count: int = field(default=0, validator=counted)
    density_per_mm3: float = field(default=0.0, validator=not_below_zero)

    def __attrs_post_init__(self) -> None:
        if (self.count > 0) == (self.density_per_mm3 > 0):
            raise ValueError("give either count or density_per_mm3, above 0")

    def place(self, box: Box, draws: Draws) -> FloatArray:
        """Return the positions; a larger number only adds cells."""
        n = self.count or round(self.density_per_mm3 * box.volume_mm3)
        if not 0 < n <= _MOST:
            asked = f"{self.density_per_mm3:g} per mm3" if self.density_per_mm3 else "count"
            raise NetworkError(
                f"{asked} gives {n:,} cells in this box; 1 to {_MOST:,} are possible"
            )
        parts = draws.uniform(np.arange(n)[:, None], np.arange(3)[None, :])
        return np.asarray(box.origin_um + parts * box.size_um)


@frozen
class Grid:
    """Cells on a lattice that fills the box from its lower corner.

    Attributes:
        spacing_um: Distance between neighbours, one number or one per axis.
    """

    spacing_um: float | tuple[float, float, float]

    def __attrs_post_init__(self) -> None:
        if not (np.isfinite(self._steps).all() and (self._steps > 0).all()):
            raise ValueError(f"spacing_um must be above 0, got {self.spacing_um!r}")

    @property
    def _steps(self) -> FloatArray:
        return np.broadcast_to(np.asarray(self.spacing_um, dtype=np.float64), (3,))

    def place(self, box: Box, draws: Draws) -> FloatArray:
        """Return the positions; x changes slowest, z fastest."""
        del draws
        numbers = np.floor(box.size_um / self._steps * (1 + 1e-12)).astype(int) + 1
        if np.prod(numbers.astype(float)) > _MOST:
            raise NetworkError(f"a spacing of {self.spacing_um} um gives more than {_MOST} cells")
        axes = [np.arange(n) * step for n, step in zip(numbers, self._steps, strict=True)]
        mesh = np.meshgrid(*axes, indexing="ij")
        return np.asarray(box.origin_um + np.stack(mesh, axis=-1).reshape(-1, 3))


@frozen
class Positions:
    """Cells at given positions.

    Attributes:
        positions_um: x, y, z of each cell.
    """

    positions_um: tuple[tuple[float, float, float], ...]

    def __attrs_post_init__(self) -> None:
        if not self.positions_um or not np.isfinite(self.positions_um).all():
            raise ValueError("positions_um needs at least one position, all numbers finite")

    def place(self, box: Box, draws: Draws) -> FloatArray:
        """Return the positions, inside the box or not."""
        del box, draws
        return np.array(self.positions_um, dtype=np.float64)
