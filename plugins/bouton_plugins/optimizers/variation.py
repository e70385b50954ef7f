"""Bounded simulated binary crossover and polynomial mutation in the unit cube.

Source: Deb and Agrawal (1995), Simulated binary crossover for continuous search space, Complex
Systems 9; Deb and Goyal (1996), A combined genetic adaptive search (GeneAS). Both in the form that
keeps within bounds.
"""

from __future__ import annotations

import numpy as np

from bouton.model.morphology import FloatArray
from bouton.model.search import BoolArray

_SAME = 1e-14


def crossover(
    first: FloatArray, second: FloatArray, eta: float, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return the children of pairs of parents, each shape (n, d).

    Each gene crosses with probability 0.5, and only where the parents differ; the children of a
    gene are swapped with probability 0.5.

    Args:
        first: Unit cube, shape (n, d).
        second: Unit cube, shape (n, d).
        eta: Distribution index; large values keep children close to their parents.
        generator: Where the draws come from.
    """
    crosses = (generator.random(first.shape) <= 0.5) & (np.abs(first - second) > _SAME)
    u, swap = generator.random(first.shape), generator.random(first.shape) <= 0.5
    low, high = np.minimum(first, second), np.maximum(first, second)
    gap = np.where(crosses, high - low, 1.0)
    centre, half = 0.5 * (low + high), 0.5 * gap
    lower = np.clip(centre - half * _spread(1.0 + 2.0 * low / gap, u, eta), 0.0, 1.0)
    upper = np.clip(centre + half * _spread(1.0 + 2.0 * (1.0 - high) / gap, u, eta), 0.0, 1.0)
    children = np.where(swap, upper, lower), np.where(swap, lower, upper)
    return np.where(crosses, children[0], first), np.where(crosses, children[1], second)


def _spread(beta: FloatArray, u: FloatArray, eta: float) -> FloatArray:
    """Return the spread factor for draws `u` when the bound is `beta` half-gaps away."""
    alpha = 2.0 - beta ** -(eta + 1.0)
    inner = u * alpha
    contracting = u <= 1.0 / alpha
    # Both forms are evaluated everywhere; the guard keeps the unused one finite.
    base = np.where(contracting, inner, 1.0 / np.where(contracting, 1.0, 2.0 - inner))
    return np.asarray(base ** (1.0 / (eta + 1.0)))


def mutate(units: FloatArray, mutates: BoolArray, eta: float, u: FloatArray) -> FloatArray:
    """Return vectors with polynomial mutation where `mutates`, shape (n, d).

    Args:
        units: Unit cube, shape (n, d).
        mutates: Which genes mutate, bool, shape (n, d).
        eta: Distribution index; large values mutate in small steps.
        u: Uniform draws, shape (n, d).
    """
    power = eta + 1.0
    down = 2.0 * u + (1.0 - 2.0 * u) * (1.0 - units) ** power
    up = 2.0 * (1.0 - u) + (2.0 * u - 1.0) * units**power
    step = np.where(
        u < 0.5,
        np.maximum(down, 0.0) ** (1.0 / power) - 1.0,
        1.0 - np.maximum(up, 0.0) ** (1.0 / power),
    )
    return np.where(mutates, np.clip(units + step, 0.0, 1.0), units)
