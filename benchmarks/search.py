"""A fit of the L5PT: evaluations per CPU-second, overhead per evaluation, use of two workers.

    python benchmarks/search.py [--evaluations 60] [--workers 2]

Three parts, each with its own processes:

1. *Evaluations per CPU-second.* A fit from random starts with early stop, on `--workers` workers,
   against the tutorial's way (see `candidate.py`: every candidate built anew for both protocols,
   all segments recorded, no early stop) on the same candidates. CPU of all our processes counts.
2. *Overhead.* CPU outside NEURON per evaluation, as part of its whole CPU: the main process, and
   what workers do besides building, setting and running the cell (features, JSON).
3. *Use of the workers.* CPU seconds of the workers by wall seconds between the first and the last
   evaluation. On a machine that is busy with other work this says how much was left for us; so
   the time that they queued for a core (Linux) is added in a second line. What then is missing to
   100 % they had nothing to do: the end of each generation, and waiting for the main process.

Clocks of processes come from psutil, which `bouton[dask]` brings.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import psutil

STAGES = ("build", "set", "run", "features")


class Meter:
    """Reads the clocks of this process and of its workers at the end of every generation."""

    def __init__(self) -> None:
        self.readings: list[dict[str, float]] = []
        self._own = 0.0  # finding the workers costs milliseconds and is no part of a fit

    def begin(self, **_: object) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""

    def expect(self, **_: object) -> None:
        """Count nothing."""

    def evaluated(self, record: object) -> None:
        """Do nothing: finding the workers costs milliseconds."""

    def generation(self, summary: object) -> None:
        """Read the clocks; the first generation warms the workers up."""
        del summary
        begun = process_time()
        self.readings.append({**clocks(), "main": begun - self._own})
        self._own += process_time() - begun

    def end(self) -> None:
        """Do nothing."""


def clocks() -> dict[str, float]:
    """Return wall time, CPU and queueing of the children of this process, seconds."""
    workers = queued = 0.0
    for child in psutil.Process().children():
        times = child.cpu_times()
        workers += times.user + times.system
        statistics = Path(f"/proc/{child.pid}/schedstat")
        if statistics.exists():
            queued += float(statistics.read_text().split()[1]) / 1e9
    return {"wall": monotonic(), "workers": workers, "queued": queued}


def fit(name: str, evaluations: int, workers: int) -> dict[str, Any]:
    """Run a fit from random starts and return what the clocks say per evaluation."""
    import bouton

    n = max(4 * workers, evaluations // 3)
    meter = Meter()
    settings = [f"fit.optimizer={{use: ibea, offspring: {n}}}", "fit.generations=3"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        study = bouton.find_study(name, settings)
        bouton.fit(study, out, workers=workers, progress=meter)
        results = bouton.Results.open(out)
    first, last = meter.readings[0], meter.readings[-1]
    spent = {key: last[key] - first[key] for key in first}
    records = [r for r in results.evaluation_records if r["generation"] > 0]
    fresh = [r for r in records if "duplicate_of" not in r["notes"]]
    return {
        **spent,
        "evaluations": len(fresh),
        "stopped": sum(r["status"] == "stopped" for r in fresh),
        **{key: sum(r["timings"].get(key, 0.0) for r in fresh) for key in STAGES},
        "candidates": [dict(r["parameters"]) for r in fresh],
    }


def near(name: str, evaluations: int) -> list[dict[str, float]]:
    """Return candidates around the study's own model, none of which stops early."""
    import candidate

    from bouton.jobs.studies import find_study

    return candidate.candidates(find_study(name), evaluations)[1:]


def tutorial_seconds(name: str, candidates: list[dict[str, float]]) -> float:
    """Return the mean CPU of candidates evaluated the tutorial's way, in a fresh process."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(candidates, file)
        file.flush()
        command = [sys.executable, __file__, name, "--tutorial", file.name]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.splitlines()[-1])


def run_tutorial(name: str, path: Path) -> None:
    """Evaluate the candidates of a file the tutorial's way and print their mean CPU."""
    import candidate

    given = json.loads(path.read_text())
    candidate.candidates = lambda *_: [given[0], *given]
    rows = candidate.tutorial(name, len(given))
    print(sum(row["total"] for row in rows) / len(rows))


def ours_seconds(name: str, candidates: list[dict[str, float]]) -> float:
    """Return the mean CPU of candidates in one warm evaluator."""
    from bouton.jobs.evaluating import Evaluator
    from bouton.jobs.studies import find_study

    with Evaluator(find_study(name)) as evaluator:
        evaluator.evaluate(candidates[0])
        begun = process_time()
        for values in candidates:
            evaluator.evaluate(values)
        return (process_time() - begun) / len(candidates)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default="l5pt-bac")
    parser.add_argument("--evaluations", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tutorial", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.tutorial:
        run_tutorial(given.study, given.tutorial)
        return
    report(given.study, given.evaluations, given.workers)


def report(name: str, evaluations: int, workers: int) -> None:
    """Print the three parts."""
    told = fit(name, evaluations, workers)
    n = told["evaluations"]
    sample = told["candidates"][:: max(1, n // 10)]
    own = (told["main"] + told["workers"]) / n
    theirs = tutorial_seconds(name, sample)
    good = near(name, 6)
    ours_good, theirs_good = ours_seconds(name, good), tutorial_seconds(name, good)
    print(f"{n} evaluations from random starts, {told['stopped']} of them stopped early")
    print(f"{'evaluations per CPU-second':<44}{'ours':>10}{'tutorial':>10}{'ratio':>8}")
    print(f"{'  a fit from random starts':<44}{1 / own:10.2f}{1 / theirs:10.2f}{theirs / own:8.2f}")
    print(
        f"{'  near a good model, none stopped':<44}{1 / ours_good:10.2f}{1 / theirs_good:10.2f}"
        f"{theirs_good / ours_good:8.2f}"
    )
    total = told["main"] + told["workers"]
    rest = told["workers"] - sum(told[stage] for stage in STAGES)
    rows = {
        "  NEURON: build and set": told["build"] + told["set"],
        "  NEURON: run": told["run"],
        "  features and scores": told["features"],
        "  worker, the rest": rest,
        "  main process": told["main"],
        "overhead outside NEURON": told["features"] + rest + told["main"],
    }
    print(f"{'an evaluation':<44}{'CPU ms':>10}{'% of it':>10}")
    for what, seconds in rows.items():
        print(f"{what:<44}{1e3 * seconds / n:10.2f}{100 * seconds / total:10.2f}")
    whole = 100 * rows["overhead outside NEURON"] / n / ours_good
    print(f"{'  as part of an evaluation that is not stopped':<54}{whole:10.2f}")
    used = 100 * told["workers"] / told["wall"] / workers
    print(f"{'CPU of workers by wall time and worker, %':<44}{used:10.1f}")
    wanted = 100 * (told["workers"] + told["queued"]) / told["wall"] / workers
    print(f"{'the same with their waiting for a core, %':<44}{wanted:10.1f}")


if __name__ == "__main__":
    main()
