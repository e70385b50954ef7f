"""What networks cost: building one of 10,000 cells, and tuning a small one.

python benchmarks/networks.py build
python benchmarks/networks.py tune
python benchmarks/networks.py seeds --optimizer "{use: random, batch: 5}"
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from bouton.files import load_document
from bouton.jobs.launching import begin
from bouton.jobs.networks import NetworkEvaluator, required_network
from bouton.jobs.studies import find_study
from bouton.nrn.networks import LiveNetwork
from bouton.results.journal import scan

LARGE = {
    "network": {
        "populations": {"cells": {"count": 10_000, "artificial": {"mechanism": "IntFire1"}}},
        "connections": {
            "all": {
                "pre": "cells",
                "post": "cells",
                "rule": {"use": "probability", "probability": 0.01},
                "synapses": [{"weight": 0.001, "delay_ms": 1.0}],
            }
        },
        "simulation": {"duration_ms": 10.0},
    }
}
PREFIX = "connections.S to M"


def memory_MB() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def build() -> None:
    """Build 10,000 cells with about 1,000,000 connections."""
    rules = required_network(load_document(LARGE))
    before = memory_MB()
    began = time.process_time()
    network = rules.network({}, 0, 1, 0)
    drawn = time.process_time()
    arrays = memory_MB()
    with LiveNetwork(network):
        built = time.process_time()
        edges = len(network.connections[0])
        print(f"{edges} connections of {10_000**2} pairs")
        print(f"draw   {drawn - began:6.2f} s CPU, peak {arrays - before:6.0f} MB more")
        print(f"build  {built - drawn:6.2f} s CPU, peak {memory_MB() - arrays:6.0f} MB more")
    halves = [rules.network({}, rank, 2, 0).connections[0] for rank in range(2)]
    both = np.sort(np.concatenate([c.source * 10_000 + c.target for c in halves]))
    one = network.connections[0]
    same = np.array_equal(both, np.sort(one.source * 10_000 + one.target))
    print(f"same edges for 1 and 2 processes: {same}")


def tune() -> None:
    """Compare an evaluation that reuses with one that builds and simulates anew."""
    stream = np.random.default_rng(1)
    candidates = [
        {
            f"{PREFIX}.rule.probability": stream.uniform(0.01, 0.5),
            f"{PREFIX}.synapses.0.weight": 10 ** stream.uniform(-3, -1),
            f"{PREFIX}.synapses.0.delay_ms": stream.uniform(1, 20),
        }
        for _ in range(10)
    ]
    spent = {}
    for label, reuse, shared in (("reused", True, "auto"), ("anew", False, "no")):
        study = find_study("network-rate", [f"network.synapses.exc.shared='{shared}'"])
        with NetworkEvaluator(study, reuse=reuse) as evaluator:
            evaluator.evaluate(candidates[0])
            began = time.process_time()
            for candidate in candidates:
                evaluator.evaluate(candidate)
            spent[label] = (time.process_time() - began) / len(candidates)
    for label, seconds in spent.items():
        print(f"{label:8} {seconds * 1000:6.1f} ms CPU per evaluation")
    print(f"ratio    {spent['anew'] / spent['reused']:6.2f}")


def seeds(optimizer: str) -> None:
    """Print the best of 50 evaluations for five seeds."""
    overrides = [f"fit.optimizer={optimizer}"] if optimizer else []
    for seed in range(1, 6):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "run"
            begin(
                find_study("network-rate", [*overrides, f"fit.seed={seed}"]),
                "fit",
                out,
                executor="serial",
            )
            records = scan(out / "journal.jsonl").records
            errors = [r["combined"]["rate"] for r in records if r["kind"] == "evaluation"]
        print(f"seed {seed}: {min(errors[:50]):.3f} Hz off in {len(errors[:50])} evaluations")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("build", "tune", "seeds"))
    parser.add_argument("--optimizer", default="")
    given = parser.parse_args()
    if given.what == "seeds":
        seeds(given.optimizer)
    else:
        {"build": build, "tune": tune}[given.what]()


if __name__ == "__main__":
    main()
