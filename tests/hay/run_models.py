"""Run L5PT models on a reconstruction in a process of its own; JSON in, JSON out.

    python run_models.py HOC VERSION < request.json > answer.json

The request lists models: {"parameters", "protocols": {name: [source, options]}, "tolerance"}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bouton.model.scores import Scores
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol
from bouton_plugins.hay.objectives import HayObjectives
from bouton_plugins.hay.protocols import BacFiring, BackPropagation, SomaticStep
from bouton_plugins.hay.targets import KINDS
from bouton_plugins.hay.template import HayL5PT
from bouton_plugins.morphologies.hoc import HocPoints

SOURCES = {
    "bAP": BackPropagation(),
    "BAC": BacFiring(),
    "StepOne": SomaticStep(level=1),
    "StepTwo": SomaticStep(level=2),
    "StepThree": SomaticStep(level=3),
}


def judged(cell: LiveCell, model: dict[str, Any]) -> dict[str, Any]:
    """Return scores, features and checks of one model, values addressed as in model tables."""
    objectives = HayObjectives(include=KINDS)
    found, steps = Scores(), {}
    for name in model["protocols"]:
        prefix = f"{name}."
        values = {
            key.removeprefix(prefix): value
            for key, value in model["parameters"].items()
            if key.startswith(prefix)
        }
        values["absolute_tolerance"] = model["tolerance"]
        response = run_protocol(cell, SOURCES[name].protocol(values), name)
        steps[name] = response.statistics.steps
        found = found.merged(objectives.score(name, {name: response}))
    missing = {k: v for name in KINDS for k, v in objectives.penalty(name).items()}
    features = {name: feature.value for name, feature in found.features.items()}
    combined = objectives.combine({**missing, **found.scores})
    return {
        "values": {**features, **found.scores, **found.checks},
        "combined": combined,
        "steps": steps,
    }


def main() -> None:
    """Answer the request."""
    template = HayL5PT(version=int(sys.argv[2]))
    structure = template.structure(HocPoints().load(Path(sys.argv[1])), {})
    known = {parameter.name for parameter in template.parameters}
    answer = []
    with LiveCell(structure) as cell:
        for model in json.load(sys.stdin):
            values = {k: v for k, v in model["parameters"].items() if k in known}
            cell.apply(template.settings(structure, values))
            answer.append(judged(cell, model))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
