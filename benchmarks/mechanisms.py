"""CPU of each channel and of all together: ours against the customary way of writing them.

    python benchmarks/mechanisms.py [--repeats 5]

Three libraries run the same experiments, each in its own process, in turns: `tutorial` (rates kept
per segment, text in `benchmarks/tutorial_style`, NEURON's default flags), `plain` (our MOD files,
default flags) and `ours` (our MOD files, our flags, tightened loops).

- One channel: nanoseconds per segment and time step of a cable of 1000 segments at a fixed step,
  after taking off the cable without the channel.
- All channels: a branched cell of 839 segments that carries them in the numbers of the L5PT, with
  a 5 ms pulse, under the variable step; the median CPU time of the repeats, and the steps taken.
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

from bouton.nrn.compiling import FAST, PLAIN, compile_catalogue
from bouton_mechanisms import hay_folder

HERE = Path(__file__).parent
WAYS = {
    "tutorial": (HERE / "tutorial_style", PLAIN),
    "plain": (hay_folder(), PLAIN),
    "ours": (hay_folder(), FAST),
}
# density S/cm2 and number of segments that carry it, of 839
CELL = {
    "Ih": ("gIhbar", 2e-4, 818),
    "Ca_HVA": ("gCa_HVAbar", 1e-4, 449),
    "Ca_LVAst": ("gCa_LVAstbar", 1e-3, 449),
    "NaTa_t": ("gNaTa_tbar", 0.03, 449),
    "SK_E2": ("gSK_E2bar", 1e-4, 449),
    "SKv3_1": ("gSKv3_1bar", 0.01, 449),
    "CaDynamics_E2_v2": ("gamma", 0.005, 449),
    "Im": ("gImbar", 1e-5, 436),
    "K_Pst": ("gK_Pstbar", 0.01, 13),
    "K_Tst": ("gK_Tstbar", 0.05, 13),
    "Nap_Et2": ("gNap_Et2bar", 1e-4, 13),
}
SEGMENTS = 839


def main() -> None:
    """Measure every way in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--library", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.library:
        sys.stdout.write(json.dumps(measure(given.library)) + "\n")
        return
    libraries = {
        way: compile_catalogue(folder, name=way, options=options)
        for way, (folder, options) in WAYS.items()
    }
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(given.repeats):
        for way, library in libraries.items():
            taken[way].append(in_own_process(library))
    report({way: middle(rows) for way, rows in taken.items()})


def in_own_process(library: Path) -> dict[str, float]:
    """Return the measurements of one library, made in a fresh process."""
    command = [sys.executable, __file__, "--library", str(library)]
    environment = {**os.environ, "NEURON_MODULE_OPTIONS": "-nogui"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return row


def middle(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each measurement: most are differences, which noise moves both ways."""
    return {name: median(row[name] for row in rows) for name in rows[0]}


def report(taken: dict[str, dict[str, float]]) -> None:
    """Print a line per measurement with the ratio to the customary way."""
    print(f"{'':<28}" + "".join(f"{way:>10}" for way in taken) + "   tutorial/ours")
    for name in taken["ours"]:
        values = [row[name] for row in taken.values()]
        ratio = taken["tutorial"][name] / taken["ours"][name]
        cells = "".join(f"{value:>10.4g}" for value in values)
        print(f"{name:<28}{cells}" + (f"   {ratio:.1f}" if "steps" not in name else ""))


def measure(library: str) -> dict[str, float]:
    """Return all measurements of the library, in this process."""
    from neuron import h

    h.nrn_load_dll(library)
    h.celsius = 34
    told = {f"{name}, ns": one_channel(h, name) for name in CELL}
    seconds, steps = all_channels(h)
    return {**told, "all channels, ms CPU": 1e3 * seconds, "all channels, steps": steps}


def one_channel(h: Any, name: str, steps: int = 400) -> float:
    """Return the cost of a channel, ns per segment and fixed step."""
    cable = h.Section(name="cable")
    cable.L, cable.diam, cable.nseg = 1000.0, 2.0, 1000
    h.CVode().active(False)

    def run() -> None:
        h.finitialize(-75)
        for _ in range(steps):
            h.fadvance()

    run()  # the first one in a process takes longer
    without = least_cpu(run)
    cable.insert(name)
    with_it = least_cpu(run)
    return (with_it - without) / (steps * cable.nseg) * 1e9


def all_channels(h: Any) -> tuple[float, int]:
    """Return CPU seconds and steps of 600 ms of a cell with all channels."""
    sections = tree(h)
    clamp = h.IClamp(sections[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = 295, 5, 1.9
    h.CVode().active(True)
    steps = 0

    def run() -> None:
        nonlocal steps
        h.finitialize(-75)
        steps = 0
        while h.t < 600:
            h.fadvance()
            steps += 1

    seconds = least_cpu(run)
    return seconds, steps


def tree(h: Any) -> list[Any]:
    """Return a soma with a binary tree of dendrites, channels nearest to the soma first."""
    sections = [h.Section(name="soma")]
    sections[0].L = sections[0].diam = 17.0
    while sum(section.nseg for section in sections) < SEGMENTS:
        section = h.Section(name=f"dend{len(sections)}")
        section.connect(sections[(len(sections) - 1) // 2](1))
        left = SEGMENTS - sum(each.nseg for each in sections)
        section.L, section.diam = 70.0, max(0.6, 4.0 * len(sections) ** -0.4)
        section.nseg = min(7, left)
        sections.append(section)
    place(sections)
    return sections


def place(sections: list[Any]) -> None:
    """Insert the channels, each from the soma outwards on as many segments as it has."""
    counted = 0
    for section in sections:
        section.Ra, section.cm = 100, 1
        section.insert("pas")
        present = [name for name, (_, _, count) in CELL.items() if counted < count]
        for name in present:
            section.insert(name)
        for segment in section:
            segment.pas.g, segment.pas.e = 4e-5, -90
            for name in present:
                variable, value, _ = CELL[name]
                setattr(getattr(segment, name), variable, value)
        if section.has_membrane("na_ion"):
            section.ek, section.ena = -85, 50
        counted += section.nseg


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
