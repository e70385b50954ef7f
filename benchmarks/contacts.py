"""What finding contacts costs, by both rules, from 30 to 1920 stellate cells.

python benchmarks/contacts.py [SWC]

The tissue is the one of the usual tutorial (5 cells per 100 um cube, axons onto dendrites), made
larger. A plain loop that puts the points of every pair into voxels anew is timed beside it.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np

import bouton
from bouton.model.draws import Draws
from bouton.model.morphology import Morphology
from bouton.model.wiring import Box, Branches, Side
from bouton_plugins.reconstruction.contacts.candidates import thinned_candidates
from bouton_plugins.reconstruction.contacts.places import labelled_points
from bouton_plugins.reconstruction.contacts.voxels import voxel_size

SHARED = Path(os.environ.get("BOUTON_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
TAGS = {
    16: ["dendrites", "proximal_dendrites"],
    17: ["dendrites", "distal_dendrites"],
    18: ["axon", "axon_initial_segment"],
}
CUBES = {1: (1, 2, 3), 2: (2, 2, 3), 4: (2, 4, 3), 8: (2, 4, 6), 16: (4, 4, 6), 64: (8, 8, 6)}
RULES = {
    "voxel-intersection": {"affinity": 0.5, "allow_self": True},
    "touch-distance": {"distance_um": 1.0},
}


def tissue(shape: Morphology, cubes: tuple[int, int, int], *, turned: bool) -> tuple[Side, Side]:
    """Return sending and receiving side: 5 cells in every cube."""
    rng = np.random.default_rng(1)
    corners = list(product(*(range(number) for number in cubes)))
    positions = np.concatenate([(rng.uniform(size=(5, 3)) + corner) * 100 for corner in corners])
    n = len(positions)
    turns = np.tile(np.eye(3), (n, 1, 1))
    if turned:
        turns = np.linalg.qr(rng.normal(size=(n, 3, 3)))[0]
        turns *= np.linalg.det(turns)[:, None, None]

    def side(label: str) -> Side:
        branches = Branches((shape,), np.zeros(n, dtype=np.int64), turns, (label,))
        return Side(
            "cells", positions, Box(np.zeros(3), np.array(cubes) * 100.0), np.arange(n), branches
        )

    return side("axon"), side("dendrites")


def candidates(pre: Side, post: Side, affinity: float = 1.0) -> list[tuple[int, int]]:
    """Return the pairs of cells whose boxes meet, thinned."""
    assert pre.branches is not None
    assert post.branches is not None
    found = thinned_candidates(
        pre, post, (pre.branches, post.branches), Draws(1, "c"), affinity=affinity, allow_self=True
    )
    return [pair for a, b in found for pair in zip(a.tolist(), b.tolist(), strict=True)]


def plain(pre: Side, post: Side) -> tuple[int, float]:
    """Return connected pairs and CPU of a loop over pairs."""
    pairs = candidates(pre, post, 0.5)
    shape = pre.branches.morphologies[0]
    points = [
        labelled_points(shape, tuple(shape.indices(label).tolist())).xyz
        for label in ("axon", "dendrites")
    ]
    size = voxel_size(shape, 50)
    began = time.process_time()
    count = 0
    for i, j in pairs:
        mine = set(map(tuple, np.floor(points[0] / size).astype(int).tolist()))
        place = points[1] + (post.positions[j] - pre.positions[i])
        yours = set(map(tuple, np.floor(place / size).astype(int).tolist()))
        count += any(
            max(abs(p - q) for p, q in zip(a, b, strict=True)) <= 1 for a in mine for b in yours
        )
    return count, time.process_time() - began


def series(shape: Morphology, rule: str, *, turned: bool) -> None:
    """Print one line per volume."""
    print(f"\n{rule}{', cells turned at random' if turned else ''}: {RULES[rule]}")
    print("volume  cells  candidates  contacts   CPU s  us/candidate  ms/cell  peak MB")
    made = bouton.registry.connectors[rule](**RULES[rule])
    for factor, cubes in CUBES.items():
        pre, post = tissue(shape, cubes, turned=turned)
        pairs = len(candidates(pre, post))
        began = time.process_time()
        found = made.contacts(pre, post, Draws(1, "c"))
        spent = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"x{factor:<6d} {len(pre):5d} {pairs:11d} {len(found.source):9d} {spent:7.2f}"
            f" {spent / pairs * 1e6:13.1f} {spent / len(pre) * 1e3:8.2f} {peak:8.0f}"
        )


def main() -> int:
    """Print the tables."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "morphologies" / "StellateCell.swc"
    if not path.is_file():
        print(f"{path} is absent; give an SWC file with axon (2, 18) and dendrites (16, 17)")
        return 1
    shape = bouton.registry.morphology_loaders["swc"](tags=TAGS, start_at_soma=True).load(path)
    made = bouton.registry.connectors["voxel-intersection"](**RULES["voxel-intersection"])
    made.contacts(*tissue(shape, (1, 1, 1), turned=False), Draws(1, "c"))  # imports, first use
    for rule in RULES:
        for turned in (False, True):
            series(shape, rule, turned=turned)
    pre, post = tissue(shape, CUBES[1], turned=False)
    count, slow = plain(pre, post)
    began = time.process_time()
    found = made.contacts(pre, post, Draws(1, "c"))
    fast = time.process_time() - began
    same = "equal" if count == len(found.source) else f"not equal: {len(found.source)}"
    print(f"\nplain loop at x1: {slow:.2f} s, {slow / fast:.0f} times ours; {count} pairs, {same}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
