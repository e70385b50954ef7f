"""CPU of stellate cells: ours against the customary way of writing the same channels.

    python benchmarks/stellate.py [--cells 30] [--duration 100] [--dt 0.025] [--swc FILE]

Both ways build the same cells (equal segments, step and values) and run them freely at 32 degC:
`plain` has rates and temperature factors kept per segment, NEURON's sparse solver, and its default
flags (text in `benchmarks/plain_style_stellate`); `ours` is the catalogue `stellate` as users get
it. Each way runs in its own process, in turns; the median CPU time counts. Then the same for one
channel at a time, in ns per segment and step, after taking off the cable without it.

Without `--swc` the embedded morphology is used.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np

HERE = Path(__file__).parent
WAYS = ("ours", "plain")
TAGS = {
    16: ["dendrites", "proximal_dendrites"],
    17: ["dendrites", "distal_dendrites"],
    18: ["axon", "axon_initial_segment"],
}
CHANNELS = (
    *("Leak", "Nav1_1", "Nav1_6", "Cav2_1", "Cav3_2", "Cav3_3", "Kir2_3", "Kv1_1", "Kv3_4"),
    *("Kv4_3", "Km", "HCN1", "Kca1_1", "Kca2_2", "cdp5"),
)


def main() -> None:
    """Measure both ways in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=30)
    parser.add_argument("--duration", type=float, default=100.0, help="ms")
    parser.add_argument("--dt", type=float, default=0.025, help="ms")
    parser.add_argument("--swc", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        sys.stdout.write(json.dumps(measure(given)) + "\n")
        return
    taken: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for _ in range(given.turns):
        for way in WAYS:
            taken[way].append(in_own_process(way))
    report({way: middle(rows) for way, rows in taken.items()}, given.duration)


def in_own_process(way: str) -> dict[str, Any]:
    """Return the measurements of one way, made in a fresh process."""
    command = [sys.executable, __file__, *sys.argv[1:], "--way", way]
    environment = {**os.environ, "NEURON_MODULE_OPTIONS": "-nogui"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def middle(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of each time: most are differences, which noise moves both ways."""
    return {
        name: median(row[name] for row in rows) if name != "v" else rows[0]["v"] for name in rows[0]
    }


def report(taken: dict[str, dict[str, Any]], duration: float) -> None:
    """Print a line per measurement with the ratio of the customary way to ours."""
    ours, plain = taken["ours"], taken["plain"]
    print(f"{int(ours['segments'])} segments, {int(ours['steps'])} steps, {duration:g} ms")
    print(f"{'':<28}" + "".join(f"{way:>10}" for way in WAYS) + "   plain/ours")
    for name in ours:
        if name in ("v", "segments", "steps"):
            continue
        ratio = plain[name] / ours[name]
        print(f"{name:<28}{ours[name]:>10.4g}{plain[name]:>10.4g}   {ratio:.1f}")
    apart = np.abs(np.array(ours["v"]) - np.array(plain["v"])).max()
    print(f"largest difference of the potential of a soma: {apart:.2g} mV")


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Return all measurements of a way, in this process."""
    import bouton_mechanisms
    from bouton.nrn import catalogues
    from bouton.nrn.building import PLAIN

    if given.way == "plain":
        bouton_mechanisms.stellate_folder = lambda: HERE / "plain_style_stellate"
        catalogues.FAST = PLAIN
    told = network(given)
    told |= {f"{name}, ns": one_channel(name) for name in CHANNELS}
    return told


def network(given: argparse.Namespace) -> dict[str, Any]:
    """Return the cost of unconnected cells."""
    from bouton.nrn.cells import LiveCell
    from bouton.nrn.engine import h
    from bouton_plugins.morphologies.swc import Swc
    from bouton_plugins.stellate.studies import morphology
    from bouton_plugins.stellate.template import Stellate

    tree = Swc(tags=TAGS, soma_connection=1.0, start_at_soma=True).load(given.swc or morphology())
    template = Stellate()
    structure = template.structure(tree, {})
    settings = template.settings(structure, {})
    cells = [LiveCell(structure, settings, beside_others=True) for _ in range(given.cells)]
    h.celsius, h.dt = 32.0, given.dt
    h.CVode().active(False)
    v = h.Vector().record(cells[0].centre(0)._ref_v)
    h.finitialize(-65.0)
    steps = round(given.duration / given.dt)
    began = process_time()
    for _ in range(steps):
        h.fadvance()
    seconds = process_time() - began
    segments = len(structure.compartments) * given.cells
    told = {
        "segments": segments,
        "steps": steps,
        "v": np.array(v).tolist(),
        "all cells, s CPU": seconds,
        "one cell, ms CPU per ms": 1e3 * seconds / given.cells / given.duration,
        "segment and step, ns": 1e9 * seconds / segments / steps,
    }
    for cell in cells:
        cell.close()
    return told


def one_channel(name: str, steps: int = 200) -> float:
    """Return the cost of a channel, ns per segment and fixed step."""
    from bouton.nrn.engine import h

    cable = h.Section(name="cable")
    cable.L, cable.diam, cable.nseg = 1000.0, 2.0, 1000
    h.dt = 0.025

    def run() -> None:
        h.finitialize(-65)
        for _ in range(steps):
            h.fadvance()

    run()  # the first one in a process takes longer
    without = least_cpu(run)
    cable.insert(name)
    with_it = least_cpu(run)
    h.delete_section(sec=cable)
    return (with_it - without) / (steps * 1000) * 1e9


def least_cpu(run: Callable[[], None], repeats: int = 3) -> float:
    """Return the smallest CPU time of some runs, s."""
    taken = []
    for _ in range(repeats):
        started = process_time()
        run()
        taken.append(process_time() - started)
    return min(taken)


if __name__ == "__main__":
    main()
