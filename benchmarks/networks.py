"""What networks cost: building large ones, CoreNEURON beside NEURON, and tuning a small one.

python benchmarks/networks.py
python benchmarks/networks.py build
python benchmarks/networks.py trees
python benchmarks/networks.py coreneuron
python benchmarks/networks.py tune
python benchmarks/networks.py seeds --optimizer "{use: random, batch: 5}"
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve

from bouton.files import load_document
from bouton.jobs.launching import begin
from bouton.jobs.network_tuning import NetworkEvaluator
from bouton.jobs.networks import required_network
from bouton.jobs.studies import find_study
from bouton.model.network import Network
from bouton.nrn import catalogues
from bouton.nrn.coreneuron import prepare
from bouton.nrn.networks import LiveNetwork
from bouton.nrn.networks.core_checks import check_coreneuron
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
TREE = {
    "use": "by-region",
    "catalogues": ["hay"],
    "sections": [
        {"name": "soma", "length_um": 20.0, "diameter_um": 20.0, "nseg": 1},
        *(
            {
                "name": f"dend[{i}]",
                "label": "dend",
                "length_um": 100.0,
                "diameter_um": 2.0,
                "parent": "soma" if i < 4 else f"dend[{i // 4 - 1}]",
                "nseg": 3,
            }
            for i in range(20)
        ),
    ],
    "regions": {
        "soma": {
            "mechanisms": {
                "pas": {"e": -75.0, "g": 5e-5},
                "NaTa_t": {"gNaTa_tbar": 2.0},
                "SKv3_1": {"gSKv3_1bar": 0.6},
                "Ca_HVA": {"gCa_HVAbar": 1e-4},
                "CaDynamics_E2": {"gamma": 5e-4, "decay": 100.0},
            },
            "ions": {"ek": -85.0, "ena": 50.0},
        },
        "dend": {"mechanisms": {"pas": {"e": -75.0, "g": 5e-5}, "Ih": {"gIhbar": 2e-4}}},
    },
}
BALL = {
    "use": "by-region",
    "sections": [{"name": "soma", "length_um": 20.0, "diameter_um": 20.0, "nseg": 1}],
    "regions": {"soma": {"mechanisms": {"hh": {}}}},
}
POINT = {"use": "izhikevich-2003a"}
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


def network_of(template: Any, count: int, weight: float, **simulation: Any) -> Network:
    """Return equal cells that noise drives and that excite each other."""
    synapse = {"mechanism": "Exp2Syn", "parameters": {"tau1": 0.5, "tau2": 3.0, "e": 0.0}}
    if template is POINT:
        synapse = {"receptor": "gsyn"}

    def connections(pre: str, rule: Any, strength: float) -> Any:
        synapses = [{"synapse": "exc", "weight": strength, "delay_ms": "uniform(1, 3)"}]
        return {"pre": pre, "post": "cells", "rule": rule, "synapses": synapses}

    document = {
        "network": {
            "populations": {
                "cells": {"count": count, "cells": {"a": {"cell": {"template": template}}}},
                "noise": {"count": count, "source": {"use": "poisson-spikes", "rate_Hz": 50.0}},
            },
            "synapses": {"exc": synapse},
            "connections": {
                "in": connections("noise", "one-to-one", weight),
                "all": connections("cells", {"use": "fixed-in-degree", "number": 10}, weight / 20),
            },
            "simulation": {"duration_ms": 200.0, **simulation},
        }
    }
    return required_network(load_document(document)).network({}, 0, 1, 0)


def trees() -> None:
    """Build networks of cells of 21 sections; the cost per cell should not grow."""
    network = network_of(TREE, 20, 0.02)
    LiveNetwork(network).close()
    for count in (125, 250, 500, 1000):
        network = network_of(TREE, count, 0.02)
        began = time.process_time()
        with LiveNetwork(network) as live:
            built = time.process_time()
            parts = ", ".join(f"{k} {v / count * 1000:.2f}" for k, v in live.cpu_s.items())
        closed = time.process_time()
        print(
            f"{count:5} cells: build {(built - began) / count * 1000:6.2f} ms CPU per cell "
            f"({parts}), close {(closed - built) / count * 1000:6.2f}"
        )


def coreneuron() -> None:
    """Compare CoreNEURON with NEURON: CPU of a run, spikes, potentials."""
    hot = {"integration": {"celsius": 34.0, "v_init_mV": -75.0}}
    cases = {
        "1000 point neurons of 2003": network_of(POINT, 1000, 4.0),
        "1000 single compartments, hh": network_of(BALL, 1000, 0.05),
        "100 trees of 61 segments, hay": network_of(TREE, 100, 0.02, **hot),
    }
    used = [one for network in cases.values() for one in check_coreneuron(network)]
    catalogues.load(name for network in cases.values() for name in network.catalogues)
    prepare({one.name: one for one in used}.values())
    for name, network in cases.items():
        spent, spikes, ends = {}, {}, {}
        for engine in ("neuron", "coreneuron"):
            with LiveNetwork(evolve(network, engine=engine)) as live:
                live.run()
                began = time.process_time()
                response = live.run()
                spent[engine] = time.process_time() - began
                ends[engine] = [cell.potentials_mV() for cell in live.cells.live.values()]
            trace = response["cells"]
            spikes[engine] = np.stack((trace.t_ms, trace.values))
        same = np.array_equal(spikes["neuron"], spikes["coreneuron"])
        apart = np.abs(np.concatenate(ends["neuron"]) - np.concatenate(ends["coreneuron"])).max()
        print(
            f"{name}: NEURON {spent['neuron']:.2f} s, CoreNEURON {spent['coreneuron']:.2f} s CPU, "
            f"ratio {spent['neuron'] / spent['coreneuron']:.2f}; {spikes['neuron'].shape[1]} "
            f"spikes, equal: {same}; potentials at the end at most {apart:.1e} mV apart"
        )


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
    """Print the best of 50 evaluations for ten seeds."""
    overrides = [f"fit.optimizer={optimizer}"] if optimizer else []
    for seed in range(1, 11):
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


PARTS = {"build": build, "trees": trees, "coreneuron": coreneuron, "tune": tune}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=(*PARTS, "seeds"))
    parser.add_argument("--optimizer", default="")
    given = parser.parse_args()
    if given.what == "seeds":
        seeds(given.optimizer)
    else:
        for name in [given.what] if given.what else PARTS:
            PARTS[name]()


if __name__ == "__main__":
    main()
