"""Directions spread evenly over the objectives, for any number of them.

Source: Das and Dennis (1998), Normal-boundary intersection, SIAM J. Optim. 8; layers as in Deb
and Jain (2014), IEEE Trans. Evol. Comput. 18.
"""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np

from bouton.model.morphology import FloatArray


def simplex_lattice(m: int, divisions: int) -> FloatArray:
    """Return all points of the unit simplex with coordinates k / divisions, shape (n, m)."""
    # Bars among stars: where m - 1 bars stand decides how many stars each coordinate gets.
    slots = divisions + m - 1
    bars = np.array(list(combinations(range(slots), m - 1)), dtype=int).reshape(-1, m - 1)
    edges = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), slots)])
    return np.asarray((np.diff(edges, axis=1) - 1) / divisions)


def reference_directions(m: int, n_most: int) -> FloatArray:
    """Return at most `n_most` directions, at least m, shape (n, m), each summing to 1.

    The finest lattice that fits; if room is left, a second layer half-way to the centre, without
    which many objectives would only get directions on the rim.
    """
    if m == 1:
        return np.ones((1, 1))
    outer = _finest(m, n_most)
    room = n_most - comb(outer + m - 1, m - 1)
    layers = [simplex_lattice(m, outer)]
    if outer < m and room >= m:
        layers.append(0.5 * simplex_lattice(m, _finest(m, room)) + 0.5 / m)
    return np.concatenate(layers)


def _finest(m: int, n_most: int) -> int:
    divisions = 1
    while comb(divisions + m, m - 1) <= n_most:
        divisions += 1
    return divisions
