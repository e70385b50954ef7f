"""Cut-offs between protocols: the worst score counts, and one that is no number is the worst."""

from __future__ import annotations

import math

import pytest

from bouton.jobs.evaluating import Evaluator
from bouton.model.scores import Scores
from bouton.model.study import Cell, EvaluationPlan, Study
from bouton_plugins.hay.objectives import HayObjectives
from bouton_plugins.hay.protocols import BacFiring, BackPropagation
from bouton_plugins.hay.template import HayL5PT


@pytest.fixture
def evaluator() -> Evaluator:
    return Evaluator(
        Study(
            name="cut",
            cell=Cell(HayL5PT()),
            protocols={"bAP": BackPropagation(), "BAC": BacFiring()},
            objectives=HayObjectives(),
            evaluation=EvaluationPlan(cutoffs={"bAP": 3.0, "BAC": 3.0}),
        )
    )


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ({"bAP_att2": 3.0, "bAP_att3": 1.0, "BAC_ISI": 99.0}, ""),
        ({"bAP_att2": 3.1, "bAP_att3": 3.5}, "bAP: bAP_att3 is 3.5, cut-off 3"),
        ({"bAP_att2": 1.0, "bAP_att3": math.nan}, "bAP: bAP_att3 is inf, cut-off 3"),
        ({"bAP_att3": math.nan, "bAP_att2": 1.0}, "bAP: bAP_att3 is inf, cut-off 3"),
        ({}, ""),
    ],
)
def test_worst_score_of_the_protocol_decides(
    evaluator: Evaluator, scores: dict[str, float], reason: str
) -> None:
    assert evaluator._cutoff("bAP", Scores(scores=scores)) == reason


def test_nothing_is_cut_off_after_the_last_protocol(evaluator: Evaluator) -> None:
    assert evaluator._cutoff("BAC", Scores(scores={"BAC_ISI": 99.0})) == ""
