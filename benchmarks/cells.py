"""CPU of building, setting and running the L5PT cell, as ratios in one run.

    python benchmarks/cells.py MORPHOLOGY.hoc PARAMETERS.json [--repeats 5]

The parameter file holds `parameters` and `fixed_parameters`, as in the tutorial's tables.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import bouton
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol


def cpu_ms(work: Callable[[], Any], repeats: int) -> float:
    """Return the median CPU milliseconds of `work`."""
    taken = []
    for _ in range(repeats):
        began = process_time()
        work()
        taken.append(process_time() - began)
    return 1e3 * median(taken)


def main() -> None:
    """Measure and write one line per stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("morphology", type=Path)
    parser.add_argument("parameters", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    document = json.loads(given.parameters.read_text())
    values = {**document["fixed_parameters"], **document["parameters"]}
    sites = [294.8203371921156, 474.8203371921156]

    loader = bouton.registry.morphology_loaders["hoc"]()
    template = bouton.registry.cell_templates["hay-l5pt"]()
    morphology = loader.load(given.morphology)
    prefixes = ("ephys.", "scale_apical.", "hot_zone.")
    own = {name: value for name, value in values.items() if name.startswith(prefixes)}
    other = {**own, "scale_apical.scale": own["scale_apical.scale"] * 1.3}
    for name in own:
        if ".g" in name:
            other[name] = own[name] * 0.9
    structure = template.structure(morphology, own)
    settings = [template.settings(structure, one) for one in (own, other)]

    def build() -> None:
        LiveCell(structure, settings[0]).close()

    rows = {"load": cpu_ms(lambda: loader.load(given.morphology), 1)}
    rows["structure"] = cpu_ms(lambda: template.structure(morphology, own), given.repeats)
    rows["settings"] = cpu_ms(lambda: template.settings(structure, own), given.repeats)
    build()
    rows["build and close"] = cpu_ms(build, given.repeats)
    with LiveCell(structure, settings[0]) as cell:
        turn = [0]

        def swap() -> None:
            turn[0] ^= 1
            cell.apply(settings[turn[0]])

        swap()
        rows["set new vector"] = cpu_ms(swap, given.repeats)
        rows["set same vector"] = cpu_ms(lambda: cell.apply(settings[turn[0]]), given.repeats)
        cell.apply(settings[0])
        protocols = {
            "bAP": bouton.registry.protocols["hay-bap"](recording_distances_um=sites).protocol({}),
            "BAC": bouton.registry.protocols["hay-bac"](
                stimulus_distance_um=sites[0], recording_distance_um=sites[0]
            ).protocol({}),
        }
        for name, protocol in protocols.items():
            response = run_protocol(cell, protocol, name)
            t = response.traces[0].t_ms
            rows[f"run {name} ({len(t)} samples to {t[-1]:.3f} ms)"] = cpu_ms(
                lambda protocol=protocol: run_protocol(cell, protocol), given.repeats
            )
    whole = rows["build and close"]
    for name, value in rows.items():
        sys.stdout.write(f"{name:45s} {value:9.2f} ms  {value / whole:7.2%} of build\n")


if __name__ == "__main__":
    main()
