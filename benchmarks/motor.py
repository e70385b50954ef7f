"""CPU seconds to measure a motor pool: the tutorial's procedure taken literally, and ours.

    python benchmarks/motor.py [--cells 5]

Taken literally: all cells of the pool alive in one process, every step of every scan run, every
current level run, each run initialised twice and stepped by NEURON's standard run loop. The
channels are the same compiled ones. Each way runs in a process of its own; imports and compiling
are not counted. The last lines compare the throughput of two workers with that of one.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

WAYS = ("literal", "reproduce", "accurate")
NEEDED = {"reproduce": 4.0, "accurate": 10.0}
DIGITS = 1e-6


def main() -> int:
    """Measure every way, print the table, and say whether the ratios are reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=5)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--throughput-cells", type=int, default=8)
    given = parser.parse_args()
    if given.way:
        sys.stdout.write(json.dumps(measured(given.way, given.cells)) + "\n")
        return 0
    found = {way: in_process(way, given.cells) for way in WAYS}
    print(f"{'':<12}{'CPU s':>10}{'simulated s':>14}{'runs':>8}{'times cheaper':>16}")
    for way, row in found.items():
        ratio = found["literal"]["cpu_s"] / row["cpu_s"]
        print(
            f"{way:<12}{row['cpu_s']:10.2f}{row['simulated_s']:14.1f}{row['runs']:8d}{ratio:16.1f}"
        )
    worst = largest_difference(found["literal"]["cells"], found["reproduce"]["cells"])
    print(f"largest relative difference of reproduce and literal: {worst:.1e}")
    one, two = (throughput(workers, given.throughput_cells) for workers in (1, 2))
    print(
        f"two workers / one worker, {given.throughput_cells} cells: {one / two:.2f} times as fast"
    )
    is_good = worst < DIGITS and all(
        found["literal"]["cpu_s"] >= least * found[way]["cpu_s"] for way, least in NEEDED.items()
    )
    return 0 if is_good else 1


def in_process(way: str, cells: int) -> dict[str, Any]:
    """Measure one way in a fresh process."""
    command = [sys.executable, __file__, "--way", way, "--cells", str(cells)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def measured(way: str, cells: int) -> dict[str, Any]:
    """Measure all cells of the pool one way, in this process."""
    import bouton
    from bouton.jobs.cells import WorkingCell
    from bouton_plugins.measurements.population import members_of

    overrides = [f"pool.n={cells}"] + ([f"measure.mode={way}"] if way != "literal" else [])
    study = bouton.find_study("motor-pool", overrides)
    members = members_of(study)
    with WorkingCell(members[0].cell) as cell:  # catalogues compiled and loaded
        cell.set({})
    began = process_time()
    if way == "literal":
        rows, runs, simulated_ms = Literal(members).measure()
    else:
        from bouton_plugins.measurements.working import measure_job, measure_member

        told = [measure_member(measure_job(study), member) for member in members]
        rows = [{name: value[0] for name, value in one["features"].items()} for one in told]
        runs = sum(one["notes"]["runs"] for one in told)
        simulated_ms = sum(one["notes"]["simulated_ms"] for one in told)
    spent = process_time() - began
    return {"cpu_s": spent, "simulated_s": simulated_ms / 1e3, "runs": runs, "cells": rows}


def largest_difference(
    literal: list[Mapping[str, float]], ours: list[Mapping[str, float]]
) -> float:
    """Return the largest relative difference of any column of any cell."""
    return max(
        abs(ours[i][name] / value - 1)
        for i, row in enumerate(literal)
        for name, value in row.items()
    )


def throughput(workers: int, cells: int) -> float:
    """Return the wall seconds from the first cell recorded to the last, per cell."""
    import bouton
    from bouton_plugins.measurements.working import measure_job

    study = bouton.find_study(
        "motor-pool",
        [
            f"pool.n={cells}",
            f"measure.workers={workers}",
            "measure.figures=false",
            "measure.reproduce.resistance_ms=200",
            # equal work for all cells, so that no worker waits for the last one
            "measure.reproduce.gain_levels_nA=[20, 25, 30]",
        ],
    )

    class Clock:
        def __init__(self) -> None:
            self.times: list[float] = []

        def begin(self, **told: Any) -> None:
            del told

        def expect(self, **told: Any) -> None:
            del told

        def evaluated(self, record: Any) -> None:
            del record
            self.times.append(perf_counter())

        def generation(self, summary: Any) -> None:
            del summary

        def note(self, text: str) -> None:
            del text

        def end(self) -> None:
            pass

    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        measure_job(study).execute(study, Path(folder) / "run", progress=clock)
    # The first cells of all workers arrive together, so they set the clock.
    return (clock.times[-1] - clock.times[workers - 1]) / (cells - workers)


class Literal:
    """The procedure of the tutorial, statement by statement, on the cells of a whole pool."""

    def __init__(self, members: Any) -> None:
        from bouton.nrn.cells import LiveCell
        from bouton.nrn.engine import h

        self.h = h
        h.load_file("stdrun.hoc")
        self.cells = []
        for member in members:
            template = member.cell.template
            values = {p.name: p.default for p in template.parameters} | dict(member.cell.parameters)
            structure = template.structure(None, values)
            settings = template.settings(structure, values)
            self.cells.append(LiveCell(structure, settings, beside_others=True))
        self.runs = 0
        self.simulated_ms = 0.0

    def measure(self) -> tuple[list[dict[str, float]], int, float]:
        """Return the columns of every cell, the number of runs and the time simulated."""
        return [self.cell(one) for one in self.cells], self.runs, self.simulated_ms

    def run(
        self,
        cell: Any,
        start: float,
        tstop: float,
        amp: float = 0.0,
        dur: float = 0.0,
        delay: float = 0.0,
    ) -> tuple[Any, Any]:
        h = self.h
        soma = cell.sections[0]
        h.celsius, h.dt, h.steps_per_ms, h.tstop, h.secondorder = 36, 0.0125, 80, tstop, 0
        clamp = h.IClamp(soma(0.5))
        clamp.amp, clamp.dur, clamp.delay = amp, dur, delay
        t, v = h.Vector().record(h._ref_t), h.Vector().record(soma(0.5)._ref_v)

        def set_potentials() -> None:
            for section in cell.sections:
                section.v = start

        handler = h.FInitializeHandler(0, set_potentials)
        h.finitialize()
        h.run()
        del handler, clamp
        self.runs += 1
        self.simulated_ms += tstop
        return np.array(t), np.array(v)

    def cell(self, cell: Any) -> dict[str, float]:
        rest = float(self.run(cell, -67.0, 500.0)[1][-1])
        levels = [-5.0, -4.0, -3.0, -2.0, -1.0]
        shifts = [self.run(cell, rest, 1000.0, level, 1000.0)[1][-1] - rest for level in levels]
        resistance = float(np.polyfit(levels, shifts, 1)[0])
        tau = self.tau(*self.run(cell, rest, 200.0, -20.0, 1.0, 5.0), rest)
        rheobase, tries = 0.1, 1
        while self.run(cell, rest, 100.0, rheobase, 50.0)[1].max() < rest + 40 and tries < 500:
            rheobase += 0.1
            tries += 1
        pulse = 45.0
        t, v = self.run(cell, rest, 900.0, pulse, 0.5, 5.0)
        while v.max() < rest + 40 and pulse <= 500:
            pulse += 10.0
            t, v = self.run(cell, rest, 900.0, pulse, 0.5, 5.0)
        low = int(v.argmin())
        back = low + int(np.flatnonzero(v[low:] > rest - 0.15)[0])
        currents = np.arange(5.0, 31.0, 5.0)
        counts = []
        for current in currents:
            trace = self.run(cell, rest, 3000.0, current, 3000.0)[1]
            counts.append(np.count_nonzero((trace[1:] >= 50) & (trace[:-1] < 50)))
        rates = np.array(counts) / 2500 * 1000
        used = currents >= rheobase
        gain = float(np.polyfit(currents[used], rates[used], 1)[0]) if used.sum() > 1 else math.nan
        return {
            "vhold_soma__mV": rest,
            "Rin__MOhm": resistance,
            "tau__ms": tau,
            "Ir__nA": rheobase,
            "AP__mV": float(v.max() - rest),
            "AHP__mV": float(rest - v.min()),
            "AHPdur__ms": float(t[back] - t[v.argmax()]),
            "FI_gain__Hz_per_nA": gain,
        }

    def tau(self, t: Any, v: Any, rest: float) -> float:
        low = int(v.argmin())
        high = low + int(np.flatnonzero(v[low:] > rest - 0.1)[0])
        return float(-1 / np.polyfit(t[low:high], np.log(np.abs(v[low:high] - rest)), 1)[0])


if __name__ == "__main__":
    sys.exit(main())
