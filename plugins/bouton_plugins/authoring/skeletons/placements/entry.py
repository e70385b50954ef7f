"""A placement: cells on a ring."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen, validators

from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray
from bouton.model.wiring import Box


@frozen
class Skeleton:
    """Cells at equal distances on an ellipse that fills the box, at half its height.

    Attributes:
        count: Number of cells.
        jitter: Largest random shift along the ring, as a fraction of the distance.
    """

    count: int = field(default=10, validator=validators.ge(1))
    jitter: float = field(default=0.0, validator=[validators.ge(0.0), validators.le(1.0)])

    def place(self, box: Box, draws: Draws) -> FloatArray:
        """Return the positions."""
        cells = np.arange(self.count)
        shifts = self.jitter * (draws.uniform(cells) - 0.5)
        angles = 2.0 * np.pi * (cells + shifts) / self.count
        ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(self.count)], axis=1)
        return np.asarray(box.origin_um + box.size_um * (1.0 + ring) / 2.0)
