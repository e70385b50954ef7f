"""How one property of a cell varies over a pool: by recruitment threshold, or by index."""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen

from bouton.errors import CellError
from bouton.model.morphology import FloatArray

_LARGEST_FRACTION = 0.5


@frozen
class Spread:
    """First and last value of a property and how it goes from one to the other.

    Attributes:
        first: a, value of the first cell if ordered by index.
        last: b, value of the last cell if ordered by index.
        fraction: Part of the way that the middle cell has gone, for the order by index.
        is_flagged: Whether the property runs from last to first with rising threshold.
    """

    first: float
    last: float
    fraction: float
    is_flagged: bool = False

    def by_threshold(self, t: FloatArray) -> FloatArray:
        """Return the values of cells with thresholds `t`, shape (n,): a straight line (rule A)."""
        a, b = (self.last, self.first) if self.is_flagged else (self.first, self.last)
        return np.asarray(a + t * (b - a), dtype=np.float64)

    def by_index(self, n: int) -> FloatArray:
        """Return the values of `n` cells in order, shape (n,): an exponential (rule B).

        The first cell gets a and the last one b, flagged or not.

        Raises:
            CellError: If the fraction is not above 0 and at most 1/2.
        """
        if not 0 < self.fraction <= _LARGEST_FRACTION:
            raise CellError(
                f"the middle cell must have gone more than 0 and at most 1/2 of the way, got "
                f"{self.fraction:g} (from {self.first:g} to {self.last:g})"
            )
        if n == 1:
            return np.array([self.first])
        s = np.arange(n) / (n - 1)
        q = 1 / self.fraction - 1
        a, b = self.first, self.last
        if math.isclose(q, 1.0, rel_tol=1e-12):
            return np.asarray(a + s * (b - a), dtype=np.float64)
        if (b <= a) if self.is_flagged else (a <= b):
            return np.asarray(a + (b - a) * (q ** (2 * s) - 1) / (q**2 - 1), dtype=np.float64)
        share = (q ** (-2 * s) - q**-2) / (1 - q**-2)
        return np.asarray(b + (a - b) * share, dtype=np.float64)
