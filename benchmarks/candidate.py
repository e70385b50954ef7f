"""CPU seconds of one L5PT candidate (bAP and BAC): ours against the tutorial's way, in one run.

    python benchmarks/candidate.py [STUDY] [--candidates 6]

The tutorial's way, on our own code: the cell is read and built anew for each of the two stimuli,
the potential of every segment is recorded, mechanisms keep their rates per segment (text in
`benchmarks/tutorial_style`) and are compiled with NEURON's default flags. Each way runs in its own
process, in turns, so that a noisy machine is noisy for both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np

STYLE = Path(__file__).with_name("tutorial_style")
WAYS = ("ours", "tutorial")


def main() -> None:
    """Measure both ways in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default="l5pt-bac")
    parser.add_argument("--candidates", type=int, default=6)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--way", choices=WAYS)
    given = parser.parse_args()
    if given.way:
        measure = {"ours": ours, "tutorial": tutorial}[given.way]
        sys.stdout.write(json.dumps(measure(given.study, given.candidates)) + "\n")
        return
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(given.turns):
        for way in WAYS:
            taken[way] += run_way(way, given)
    report(taken)


def run_way(way: str, given: argparse.Namespace) -> list[dict[str, float]]:
    """Return the stages of every candidate of one way, measured in a fresh process."""
    command = [sys.executable, __file__, given.study, "--way", way]
    command += ["--candidates", str(given.candidates)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    rows: list[dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def report(taken: dict[str, list[dict[str, float]]]) -> None:
    """Print CPU milliseconds by stage and the ratio of the totals."""
    stages = ("build once", "load", "build", "set", "run.bAP", "run.BAC", "features", "total")
    middle = {
        way: {stage: 1e3 * median(row.get(stage, 0.0) for row in rows) for stage in stages}
        for way, rows in taken.items()
    }
    print(f"{'CPU ms per candidate':<22}" + "".join(f"{way:>12}" for way in WAYS))
    for stage in stages:
        print(f"{stage:<22}" + "".join(f"{middle[way][stage]:12.2f}" for way in WAYS))
    ratio = middle["tutorial"]["total"] / middle["ours"]["total"]
    set_share = middle["ours"]["set"] / middle["ours"]["build once"]
    print(f"{'tutorial / ours':<22}{ratio:12.2f}")
    print(f"{'set / build once':<22}{set_share:12.3f}")


def candidates(study: Any, n: int) -> list[dict[str, float]]:
    """Return the study's own values, slightly varied by a fixed seed."""
    free = {p.name for p in study.cell.template.parameters if p.free}
    stream = np.random.default_rng(1)
    own = {name: value for name, value in study.cell.parameters.items() if name in free}
    return [
        {name: value * stream.uniform(0.99, 1.01) for name, value in own.items()}
        for _ in range(n + 1)
    ]


def ours(name: str, n: int) -> list[dict[str, float]]:
    """Evaluate candidates in a warm evaluator."""
    from bouton.jobs.evaluating import Evaluator
    from bouton.jobs.studies import find_study

    study = find_study(name)
    rows = []
    with Evaluator(study) as evaluator:
        warm_up, *rest = candidates(study, n)
        evaluator.evaluate(warm_up)
        for values in rest:
            began = process_time()
            timings = evaluator.evaluate(values).timings
            rows.append({**timings, "total": process_time() - began})
        evaluator.close()
        once = evaluator.evaluate(warm_up).timings["build"]
    return [{**row, "build once": once} for row in rows]


def tutorial(name: str, n: int) -> list[dict[str, float]]:
    """Evaluate the same candidates the tutorial's way."""
    import bouton_mechanisms
    from bouton.jobs.running import movie_signals
    from bouton.jobs.studies import find_study
    from bouton.nrn import catalogues
    from bouton.nrn.building import PLAIN
    from bouton.nrn.cells import LiveCell
    from bouton.nrn.running import run_protocol

    bouton_mechanisms.hay_folder = lambda: STYLE
    catalogues.FAST = PLAIN
    study = find_study(name)
    template, source = study.cell.template, study.cell.morphology
    defaults = {p.name: p.default for p in template.parameters if p.default is not None}
    fixed = {
        key: value
        for key, value in {**defaults, **study.cell.parameters}.items()
        if key.partition(".")[0] not in study.protocols
    }
    protocols = {
        key: made.protocol(
            {
                k.partition(".")[2]: v
                for k, v in study.cell.parameters.items()
                if k.startswith(f"{key}.")
            }
        )
        for key, made in study.protocols.items()
    }
    catalogues.load(["hay"])
    rows = []
    for values in candidates(study, n):
        row: dict[str, float] = {}
        responses: dict[str, Any] = {}
        began = process_time()
        for key, protocol in protocols.items():
            start = process_time()
            morphology = source.loader.load(source.file)
            loaded = process_time()
            structure = template.structure(morphology, {**fixed, **values})
            with LiveCell(structure, template.settings(structure, {**fixed, **values})) as cell:
                built = process_time()
                recorded = protocol.with_signals(*movie_signals(protocol))
                responses[key] = run_protocol(cell, recorded, key)
                row[f"run.{key}"] = process_time() - built
            row["load"] = row.get("load", 0.0) + loaded - start
            row["build"] = row.get("build", 0.0) + built - loaded
            start = process_time()
            study.objectives.score(key, responses)
            row["features"] = row.get("features", 0.0) + process_time() - start
        row["total"] = process_time() - began
        rows.append(row)
    return rows[1:]


if __name__ == "__main__":
    main()
