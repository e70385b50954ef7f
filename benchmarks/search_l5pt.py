"""Find the parameters of the built-in study `l5pt-bac` on its synthetic morphology.

    nice python benchmarks/search_l5pt.py --seed 1 --out l5pt_parameters.json

Covariance matrix adaptation (CMA-ES) over all 35 free parameters in the unit cube of their bounds,
from the model of BAC and step firing that Hay et al. (2011) published for another cell. The cost
saturates and still has a slope where the objectives say only "unusable": how far the soma stays
from a first or a further spike, how many spikes are wrong, and how close the first spike comes to
its deadline. Parameters are written whenever the largest score gets smaller and the first spike
comes early enough. A second search with small steps from there, with `--centre`, writes the middle
of its candidates instead, which has good neighbours on all sides.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cma
import numpy as np

from bouton.jobs.evaluating import Evaluator, required_cell
from bouton.model.apical import apical_parts
from bouton.model.morphology import FloatArray
from bouton.model.scores import Evaluation
from bouton.model.study import Cell, EvaluationPlan, MorphologySource, Study
from bouton_plugins.hay.objectives import HayObjectives
from bouton_plugins.hay.protocols import BacFiring, BackPropagation
from bouton_plugins.hay.template import HayL5PT
from bouton_plugins.morphologies.swc import Swc

MORPHOLOGY = Path(__file__).parents[1] / "plugins/bouton_plugins/hay/data/l5pt.swc"
# electrodes and hot zone relative to the main bifurcation, as in published fits
SPIKE_MV, TARGET_SPIKES = -30.0, {"bAP": 1, "BAC": 3}
EARLY_MS = 300.0  # the deadline is 300.25
ELECTRODE_UM, SECOND_UM, ZONE_UM = -184.5, 180.0, (90.0, 290.0)


# Hay et al. (2011), their model of BAC and step firing
_CHANNELS = ("NaTa_t", "Nap_Et2", "K_Pst", "K_Tst", "SK_E2", "SKv3_1", "Ca_HVA", "Ca_LVAst")
_SOMA = (2.04, 0.00172, 0.00223, 0.0812, 0.0441, 0.693, 0.000992, 0.00343)
_AXON = (3.137968, 0.006827, 0.973538, 0.089259, 0.007104, 1.021945, 0.00099, 0.008752)
_APIC = {
    "Im": 6.75e-5, "NaTa_t": 0.0213, "SKv3_1": 0.000261,
    "Ca_HVA": 0.000555, "Ca_LVAst": 0.0187, "SK_E2": 0.0012,
}  # fmt: skip
_POOL = {"soma": (0.000501, 460.0), "axon": (0.00291, 287.198731), "apic": (0.000509, 122.0)}
_LEAK = {"soma": 3.38e-5, "axon": 3.25e-5, "dend": 4.67e-5, "apic": 5.89e-5}


def published() -> dict[str, float]:
    """Return the published model in the names of the template."""
    values = {
        "ephys.SKv3_1.apic.slope": 0.0,
        "ephys.SKv3_1.apic.offset": 0.0,
        "scale_apical.scale": 1.0,
    }
    for region, row in (("soma", _SOMA), ("axon", _AXON)):
        for name, value in zip(_CHANNELS, row, strict=True):
            values[f"ephys.{name}.{region}.g{name}bar"] = value
    for name, value in _APIC.items():
        values[f"ephys.{name}.apic.g{name}bar"] = value
    for region, (gamma, decay) in _POOL.items():
        values[f"ephys.CaDynamics_E2_v2.{region}.gamma"] = gamma
        values[f"ephys.CaDynamics_E2_v2.{region}.decay"] = decay
    return values | {f"ephys.none.{region}.g_pas": leak for region, leak in _LEAK.items()}


def default_study() -> Study:
    """Return the study whose parameters are sought."""
    loader = Swc()
    morphology = loader.load(MORPHOLOGY)
    parts = apical_parts(morphology)
    electrode = float(round(morphology.end_um[parts.main_bifurcation] + ELECTRODE_UM))
    settings: dict[str, Any] = {
        "hot_zone.min_": electrode + ZONE_UM[0],
        "hot_zone.max_": electrode + ZONE_UM[1],
        "hot_zone.outsidescale_sections": tuple(int(index) for index in parts.oblique),
    }
    return Study(
        name="l5pt-bac",
        cell=Cell(HayL5PT(), MorphologySource(loader, MORPHOLOGY), settings),
        protocols={
            "bAP": BackPropagation(recording_distances_um=(electrode, electrode + SECOND_UM)),
            "BAC": BacFiring(stimulus_distance_um=electrode),
        },
        objectives=HayObjectives(),
        evaluation=EvaluationPlan(cutoffs={"bAP": 60.0}),
    )


def cost(evaluation: Evaluation) -> float:
    """Return a sum that falls towards good models, also where scores say only `unusable`."""
    return sum(_protocol_cost(evaluation, name) for name in ("bAP", "BAC"))


def _protocol_cost(evaluation: Evaluation, protocol: str) -> float:
    features, checks = evaluation.scores.features, evaluation.scores.checks
    own = [name for name in evaluation.scores.scores if name.startswith(protocol)]
    if f"{protocol}.err" not in features:
        return 12.0 * len(own)
    total = 0.0
    for name in own:
        value = float(features[f"{name}.normalized"].value)  # type: ignore[arg-type]
        if name.endswith("_spikecount"):
            value *= 0.05  # one spike wrong costs 5, not 100
        failed = [check for check, ok in checks.items() if check.startswith(f"{name}.") and not ok]
        saturating = 4.0 * math.log1p(value / 4.0) if value < 1e4 else 12.0
        total += 2.0 * len(failed) + saturating + min(10.0, max(0.0, value - 2.0))
    flags = [ok for check, ok in checks.items() if check.startswith(f"{protocol}.check")]
    return total + 4.0 * flags.count(False) + _missing_spike(evaluation, protocol)


def _missing_spike(evaluation: Evaluation, protocol: str) -> float:
    """Return how far the soma stays from the next spike that the target asks for."""
    soma = evaluation.responses[protocol]["soma"]
    up = np.flatnonzero(np.diff((soma.values > SPIKE_MV).astype(int)) == 1)
    t_ms, v_mV = soma.t_ms, soma.values
    if len(up) >= TARGET_SPIKES[protocol]:
        return 3.0 * max(0.0, float(t_ms[up[0]]) - EARLY_MS)
    end_ms = 302.0 if protocol == "bAP" else 345.0
    # after a spike the potential must fall before it can rise to the next one
    after = (t_ms > t_ms[up[-1]] + 4.0 if len(up) else t_ms > 295.0) & (t_ms < end_ms)
    return 0.2 * max(0.0, SPIKE_MV - float(v_mV[after].max())) if after.any() else 10.0


def worst(evaluation: Evaluation) -> float:
    """Return the largest score; infinite if the run failed or the first spike comes late."""
    if evaluation.status != "ok":
        return math.inf
    soma = evaluation.responses["bAP"]["soma"]
    spike_ms = soma.t_ms[int(np.argmax(soma.values > SPIKE_MV))]
    scores = evaluation.scores.scores.values()
    return max(map(float, scores)) if spike_ms < EARLY_MS + 0.15 else math.inf


class Search:
    """One search under way: evaluates points of the unit cube and keeps the best.

    Args:
        out: File that receives the best parameters so far.
    """

    def __init__(self, out: Path) -> None:
        self.study = default_study()
        self.evaluator = Evaluator(self.study, keep_responses=True)
        template = required_cell(self.study).template
        self.free = [p for p in template.parameters if p.free]
        self.lower = np.array([p.lower for p in self.free])
        self.span = np.array([p.upper for p in self.free]) - self.lower
        self.out, self.best, self.count, self.began = out, math.inf, 0, time.monotonic()

    @property
    def minutes(self) -> float:
        """Minutes since the start."""
        return (time.monotonic() - self.began) / 60

    def unit(self, values: Mapping[str, float]) -> FloatArray:
        """Return the point of the unit cube that values are."""
        return np.array([(values[p.name] - p.lower) for p in self.free]) / self.span

    def cost(self, point: FloatArray, *, keep: bool = True) -> float:
        """Return the cost of a point; write its parameters if its largest score is the least."""
        vector = self.lower + np.clip(point, 0, 1) * self.span
        values = dict(zip([p.name for p in self.free], vector.tolist(), strict=True))
        evaluation = self.evaluator.evaluate(values)
        self.count += 1
        if keep and worst(evaluation) < self.best:
            self.best = worst(evaluation)
            _write(self.out, self.study, values, evaluation)
        return cost(evaluation)


def run(options: argparse.Namespace) -> None:
    """Search until the budget is spent or the target is met."""
    search = Search(options.out)
    given = json.loads(options.start.read_text())["parameters"] if options.start else published()
    start = search.unit(given)
    strategy = cma.CMAEvolutionStrategy(
        np.clip(start, 0.02, 0.98),
        options.sigma,
        {"bounds": [0, 1], "seed": options.seed, "popsize": options.population, "verbose": -9},
    )
    while search.minutes < options.minutes and search.best > options.target:
        points = strategy.ask()
        costs = [search.cost(point, keep=not options.centre) for point in points]
        strategy.tell(points, costs)
        if options.centre:
            search.best = math.inf  # the latest middle is the best known, whatever came before
            search.cost(strategy.result.xfavorite)
        _say(
            f"{search.minutes:5.1f} min  {search.count:6d} evaluations  cost {min(costs):6.2f}  "
            f"worst score {search.best:.3g}  sigma {strategy.sigma:.3f}"
        )


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _write(out: Path, study: Study, values: dict[str, float], evaluation: Evaluation) -> None:
    document = {
        "parameters": values,
        "settings": dict(required_cell(study).parameters),
        "scores": dict(evaluation.scores.scores),
    }
    out.write_text(json.dumps(document, indent=1) + "\n")


def main() -> None:
    """Read the options and search."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="JSON file written by an earlier search")
    parser.add_argument("--centre", action="store_true", help="write the middle, not the best")
    parser.add_argument("--sigma", type=float, default=0.1, help="first step, in unit-cube lengths")
    parser.add_argument("--population", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--target", type=float, default=2.0, help="largest score to stop at")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
