"""The additive epsilon indicator: fitness by it, and thinning a population by it.

Source: Zitzler and Künzli (2004), Indicator-based selection in multiobjective search, PPSN VIII.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from bouton.model.morphology import FloatArray, IntArray
from bouton_plugins.optimizers.pareto import non_dominated

Scaling = Literal["pool", "front"]

# exp overflows at 709.8; what is this much worse is worst anyhow.
_MAX_EXPONENT = 500.0


def pool_ranges(objectives: FloatArray) -> FloatArray:
    """Return maximum minus minimum per objective, shape (m,); a range of zero counts as 1."""
    ranges = np.ptp(objectives, axis=0)
    return np.where(ranges > 0.0, ranges, 1.0)


def front_ranges(objectives: FloatArray) -> FloatArray:
    """Return the ranges of the non-dominated, shape (m,), or of all where theirs is zero.

    A few hopeless candidates with large penalties then do not blur the differences that count.
    """
    ranges = pool_ranges(objectives)
    of_front = np.ptp(objectives[non_dominated(objectives)], axis=0)
    return np.where(of_front > 0.0, of_front, ranges)


def epsilon_indicator(objectives: FloatArray, ranges: FloatArray) -> FloatArray:
    """Return I, shape (n, n): I[i, j] = max over k of (f_k(j) - f_k(i)) / range_k.

    It is how far j must improve in its worst objective to be as good as i everywhere; negative
    when j is better than i in all of them.
    """
    scaled = np.asarray(objectives) / ranges
    columns = scaled.T
    indicator = columns[0][None, :] - columns[0][:, None]
    difference = np.empty_like(indicator)
    for column in columns[1:]:
        np.subtract(column[None, :], column[:, None], out=difference)
        np.maximum(indicator, difference, out=indicator)
    return np.asarray(indicator)


def losses(objectives: FloatArray, kappa: float, scaling: Scaling) -> FloatArray:
    """Return what each i loses to each j, exp(-I[i, j] / (kappa c)), diagonal 0, shape (n, n).

    Args:
        objectives: Shape (n, m), minimised.
        kappa: Scaling factor; small values look only at the closest competitor.
        scaling: `pool` divides objectives by their range in the pool and takes c as the largest
            absolute indicator; `front` divides by the range of the non-dominated, with c = 1.
    """
    if scaling == "pool":
        loss = epsilon_indicator(objectives, pool_ranges(objectives))
        scale = float(np.abs(loss).max())
    else:
        loss = epsilon_indicator(objectives, front_ranges(objectives))
        scale = 1.0
    if scale == 0.0:
        return np.zeros_like(loss)
    loss /= -kappa * scale
    np.minimum(loss, _MAX_EXPONENT, out=loss)
    np.exp(loss, out=loss)
    np.fill_diagonal(loss, 0.0)
    return loss


def ibea_fitness(objectives: FloatArray, kappa: float, scaling: Scaling = "pool") -> FloatArray:
    """Return the fitness of each individual in its population, smaller is better, shape (n,)."""
    return np.asarray(losses(objectives, kappa, scaling).sum(axis=1))


def thin_out(loss: FloatArray, n_keep: int) -> IntArray:
    """Return the indices of those kept when the worst leaves, again and again, ascending.

    Every departure relieves the others of what they lost to the one that left, so that of two
    neighbours only one goes. O(n) per departure.

    Args:
        loss: What i loses to j, shape (n, n).
        n_keep: How many stay.
    """
    n = len(loss)
    fitness = loss.sum(axis=1)
    by_loser = np.ascontiguousarray(loss.T)
    present: Any = np.ones(n, dtype=bool)
    for _ in range(n - n_keep):
        worst = int(np.argmax(fitness))
        present[worst] = False
        fitness -= by_loser[worst]
        fitness[worst] = -np.inf
    return np.flatnonzero(present)
