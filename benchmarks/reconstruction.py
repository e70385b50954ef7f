"""Compile one tissue at growing volumes: cost per candidate pair, size of the file, peak memory.

    python benchmarks/reconstruction.py [--largest 64]

Cells of one type at one density; contacts by voxel-intersection, affinity 0.5, self-contacts on.
Every volume is compiled in a process of its own. Beside it the same candidates are worked
through pair by pair, as the rule is usually written: both cells voxelised for every pair.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("BOUTON_SHARED_DATA", HERE.parents[1] / "shared" / "data"))
TAGS = {
    "16": ["dendrites", "proximal_dendrites"],
    "17": ["dendrites", "distal_dendrites"],
    "18": ["axon", "axon_initial_segment"],
}
CELLS, SIDE_UM = 30, 200.0


def morphology() -> Path:
    """The reference cell, or the one that comes with Bouton."""
    reference = SHARED / "morphologies" / "StellateCell.swc"
    if reference.exists():
        return reference
    import bouton_plugins.stellate

    return Path(bouton_plugins.stellate.__file__).parent / "data" / "stellate.swc"


def document(factor: float) -> dict:
    side = SIDE_UM * factor ** (1 / 3)
    return {
        "network": {"x": side, "y": side, "z": side},
        "partitions": {"layer": {"thickness": side}},
        "morphologies": [{"file": str(morphology()), "name": "cell", "parser": {"tags": TAGS}}],
        "cell_types": {
            "stellate": {
                "spatial": {
                    "radius": 4,
                    "count": round(CELLS * factor),
                    "morphologies": [{"names": ["cell"]}],
                }
            }
        },
        "placement": {
            "placement": {
                "strategy": "bsb.placement.RandomPlacement",
                "cell_types": ["stellate"],
                "partitions": ["layer"],
            }
        },
        "connectivity": {
            "stellate_to_stellate": {
                "strategy": "bsb.connectivity.VoxelIntersection",
                "presynaptic": {"cell_types": ["stellate"], "morphology_labels": ["axon"]},
                "postsynaptic": {"cell_types": ["stellate"], "morphology_labels": ["dendrites"]},
                "affinity": 0.5,
            }
        },
    }


def one(factor: float, pair_by_pair: bool) -> None:
    """Compile one volume and print what it cost, as JSON."""
    from bouton_plugins.reconstruction import compile_network
    from bouton_plugins.reconstruction.reading import from_document

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.h5"
        compile_network(from_document(document(0.1)), path)  # imports are not what is measured
        begun = time.process_time()
        compile_network(from_document(document(factor)), path, seed=100, force=True)
        spent = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found = {
            "cpu_s": spent,
            "peak_MB": peak / (1024 if sys.platform == "darwin" else 1),
            "bytes": path.stat().st_size,
            **customary(path, pair_by_pair),
        }
    print(json.dumps(found))


def customary(path: Path, pair_by_pair: bool) -> dict:
    """Count the candidate pairs of a network; work through them one after another if asked."""
    import numpy as np

    from bouton.model.draws import Draws
    from bouton.model.wiring import Box, Side
    from bouton_plugins.reconstruction import read_tissue
    from bouton_plugins.reconstruction.contacts.candidates import thinned_candidates

    tissue = read_tissue(path)
    cells = tissue.populations[0]
    box = Box(np.zeros(3), np.ones(3))
    every = np.arange(len(cells))
    sides = [
        Side(cells.name, cells.positions, box, every, cells.branches(tissue.morphologies, (label,)))
        for label in ("axon", "dendrites")
    ]
    shapes = tuple(side.branches for side in sides)
    draws = Draws(tissue.seed, "connectivity.stellate_to_stellate")
    pieces = list(thinned_candidates(*sides, shapes, draws, affinity=0.5, allow_self=True))
    pairs = np.concatenate([np.stack(piece, axis=1) for piece in pieces])
    found = {"cells": len(cells), "contacts": len(tissue.connections[0]), "pairs": len(pairs)}
    if not pair_by_pair:
        return found
    shape = next(iter(tissue.morphologies.values()))
    points = [
        np.concatenate([shape.sections[i].points[:, :3] for i in shapes[n].sections(0)])
        for n in (0, 1)
    ]
    whole = np.concatenate([section.points[:, :3] for section in shape.sections])
    size = np.ptp(whole, axis=0) / (4, 2, 5)
    begun = time.process_time()
    for source, target in pairs.tolist():
        back = cells.rotations[source].T @ cells.rotations[target]
        shift = cells.rotations[source].T @ (cells.positions[target] - cells.positions[source])
        mine = np.unique(np.floor(points[0] / size).astype(int), axis=0)
        theirs = np.unique(np.floor((points[1] @ back.T + shift) / size).astype(int), axis=0)
        (np.abs(mine[:, None] - theirs[None]) <= 1).all(axis=2).any()
    found["pair_by_pair_s"] = time.process_time() - begun
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--largest", type=float, default=64.0, help="largest volume")
    parser.add_argument("--one", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(options.one, pair_by_pair=options.one <= 16)
        return
    print(f"{morphology().name}, one density, voxel-intersection with affinity 0.5")
    heads = ("volume", "cells", "pairs", "contacts", "CPU s", "us/pair", "pair by pair",
             "kB/cell", "peak MB")  # fmt: skip
    print("  ".join(f"{head:>8}" for head in heads))
    for factor in (f for f in (1, 2, 4, 8, 16, 64) if f <= options.largest):
        command = [sys.executable, str(Path(__file__).resolve()), "--one", str(factor)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout)
        slower = row.get("pair_by_pair_s")
        ratio = f"{slower / row['cpu_s']:.1f} x" if slower else ""
        cells = (
            f"x{factor}", row["cells"], row["pairs"], row["contacts"], f"{row['cpu_s']:.2f}",
            f"{1e6 * row['cpu_s'] / row['pairs']:.0f}", ratio,
            f"{row['bytes'] / row['cells'] / 1000:.2f}", f"{row['peak_MB']:.0f}",
        )  # fmt: skip
        print("  ".join(f"{cell:>{max(len(h), 8)}}" for cell, h in zip(cells, heads, strict=True)))


if __name__ == "__main__":
    main()
