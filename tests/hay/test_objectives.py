"""Scores, penalties, checks and combinations of the Hay objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from bouton.contracts import Objectives
from bouton.model.protocol import Protocol
from bouton.model.scores import Scores
from bouton.model.traces import Response, Trace
from bouton_plugins.hay.objectives import HayObjectives, OtherTarget
from bouton_plugins.hay.targets import KINDS

T_MS = np.arange(0.0, 605.0, 0.0125)


def trace(name: str, *events: tuple[float, float, float], rest_mV: float = -80.0) -> Trace:
    v_mV = np.full(len(T_MS), rest_mV)
    for start, stop, level in events:
        v_mV[(start - 1e-6 <= T_MS) & (stop - 1e-6 > T_MS)] = level
    return Trace(name, "v", "mV", T_MS, v_mV)


def bap(*soma: tuple[float, float, float], near: float = -35.0) -> Response:
    protocol = Protocol((), (), 600.0, onset_ms=295.0, stimulus_ms=5.0)
    traces = (
        trace("soma", *soma),
        trace("dend1", (297.0, 300.0, near)),
        trace("dend2", (297.0, 300.0, -44.0)),
    )
    return Response("bAP", traces, protocol)


def bac(
    soma: tuple[tuple[float, float, float], ...], *dendrite: tuple[float, float, float]
) -> Response:
    protocol = Protocol((), (), 600.0, onset_ms=295.0, stimulus_ms=45.0)
    return Response("BAC", (trace("soma", *soma), trace("dend1", *dendrite)), protocol)


GOOD = (297.0, 299.0, 25.0)
BURST = ((297.0, 298.0, 25.0), (306.901, 308.0, 25.0), (316.802, 318.0, 25.0))


def scored(response: Response, objectives: HayObjectives | None = None) -> Scores:
    name = response.protocol
    return (objectives or HayObjectives()).score(name, {name: response})


def test_meets_the_contract() -> None:
    objectives = HayObjectives(include=KINDS)
    assert isinstance(objectives, Objectives)
    assert len(objectives.targets) == 41
    assert objectives.protocols() == KINDS
    assert len(HayObjectives().targets) == 11


def test_perfect_back_propagation_scores_zero() -> None:
    found = scored(bap(GOOD))
    assert found.scores == pytest.approx(
        {
            "bAP_spikecount": 0.0,
            "bAP_APheight": 0.0,
            "bAP_APwidth": 0.0,
            "bAP_att2": 0.0,
            "bAP_att3": 0.0,
        }
    )
    assert found.features["bAP_APheight.raw"].value == (25.0,)
    assert found.features["bAP_APheight.raw"].unit == "mV"
    assert found.checks["bAP.check_minspikenum"] is True
    assert found.checks["bAP.check_max_prestim_dendrite_depo"] is None


def test_failed_own_check_scores_twenty() -> None:
    louder = scored(bap(GOOD, near=40.0))
    assert louder.checks["bAP_att2.check_relative_height"] is False
    assert louder.scores["bAP_att2"] == 20.0
    assert louder.scores["bAP_att3"] == pytest.approx(0.0)


def test_large_values_are_capped() -> None:
    found = scored(bap(GOOD, (299.5, 300.0, 25.0)))
    assert found.scores["bAP_spikecount"] == pytest.approx(100.0)
    tight = HayObjectives(other_targets={"bAP_spikecount": OtherTarget(1.0, 0.001)})
    assert scored(bap(GOOD, (299.5, 300.0, 25.0)), tight).scores["bAP_spikecount"] == 187.5


def test_unusable_traces_score_less_the_more_they_move() -> None:
    flat = scored(bap())
    assert set(flat.scores.values()) == {250.0}
    moving = scored(bap((250.0, 297.5, -60.0)))
    assert moving.checks["bAP.check_minspikenum"] is False
    window = (T_MS[::2] >= 195) & (T_MS[::2] <= 297.5)
    variance = np.where(T_MS[::2][window] >= 250, -60.0, -80.0)[:-1].var()
    assert list(moving.scores.values()) == pytest.approx([250 - 0.1 * variance] * 5, abs=0.05)
    wild = scored(bap((250.0, 297.0, 190.0), (200.0, 250.0, -190.0)))
    assert set(wild.scores.values()) == {75.0}


def test_late_spike_is_forgiven_on_request() -> None:
    late = bap((301.0, 303.0, 25.0))
    assert min(scored(late).scores.values()) > 75
    forgiving = HayObjectives(punish_last_spike_after_deadline=False)
    found = scored(late, forgiving)
    assert found.checks["bAP.check_last_spike_before_deadline"] is False
    assert found.scores["bAP_spikecount"] == 0.0


def test_burst_scores() -> None:
    found = scored(bac(BURST, (305.0, 320.0, 0.0), (320.0, 342.43, 6.73)))
    assert found.scores["BAC_ISI"] == pytest.approx(0.0, abs=0.03)
    assert found.scores["BAC_caSpike_height"] == pytest.approx(0.0)
    assert found.scores["BAC_caSpike_width"] == pytest.approx(0.0, abs=0.05)
    assert found.scores["BAC_ahpdepth"] == pytest.approx(15 / 4)


def test_doublets_may_have_a_shorter_calcium_spike() -> None:
    found = scored(bac(BURST[:2], (305.0, 335.43, 6.73)))
    assert found.scores["BAC_caSpike_width"] == pytest.approx(0.0, abs=0.05)


def test_check_that_cannot_be_judged_counts_as_passed() -> None:
    # the only dendritic event starts before the stimulus: its height cannot be taken
    found = scored(bac(BURST, (200.0, 320.0, 0.0), (320.0, 330.0, 6.73)))
    assert math.isnan(found.scores["BAC_caSpike_height"])
    assert math.isnan(found.features["BAC_caSpike_height.raw"].value)  # type: ignore[arg-type]
    single = scored(bac(BURST[:1], (305.0, 342.43, 6.73)))
    assert single.checks["BAC_caSpike_height.check_ca_max_after_nth_somatic_spike"] is None


def test_combinations_are_largest_members_and_nan_is_unusable() -> None:
    objectives = HayObjectives(include=KINDS)
    scores = {target.objective: 1.0 for target in objectives.targets}
    scores |= {"bAP_att3": 3.0, "BAC_ISI": math.nan, "DI3": 9.0}
    combined = objectives.combine(scores)
    assert len(combined) == 13
    assert combined["bAP"] == 3.0
    assert combined["BAC_somatic"] == 250.0
    assert combined["step_doublet_ISI"] == 9.0
    without = HayObjectives(include=KINDS, include_DI3=False)
    assert without.combine(scores)["step_doublet_ISI"] == 1.0
    assert len(HayObjectives().combine(scores)) == 5


def test_penalty_covers_a_protocol_that_did_not_run() -> None:
    objectives = HayObjectives(names={"BAC": "burst"})
    assert objectives.protocols() == ("bAP", "burst")
    assert objectives.penalty("burst") == dict.fromkeys(
        [t.objective for t in objectives.targets if t.protocol == "burst"], 250.0
    )
    assert len(objectives.penalty("burst")) == 6
    assert objectives.penalty("other") == {}
    assert objectives.score("other", {}) == Scores()


def test_renamed_protocol_keeps_the_names_of_objectives() -> None:
    objectives = HayObjectives(names={"bAP": "quick"})
    response = Response("quick", bap(GOOD).traces, bap(GOOD).description)
    found = objectives.score("quick", {"quick": response})
    assert "bAP_APheight" in found.scores
    assert "quick.check_minspikenum" in found.checks


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"include": ("StepFour",)}, "did you mean 'StepTwo'"),
        ({"include": ()}, "at least one"),
        ({"names": {"BAK": "x"}}, "there is no 'BAK'"),
        ({"names": {"BAC": "bAP"}}, "share one name"),
        ({"other_targets": {"bAP_att4": OtherTarget(1.0, 1.0)}}, "bAP_att2"),
    ],
)
def test_bad_options_are_refused(options: Mapping[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HayObjectives(**options)  # type: ignore[arg-type]


def test_bad_target_is_refused() -> None:
    with pytest.raises(ValueError, match="std"):
        OtherTarget(1.0, 0.0)


def test_unusable_traces_can_be_graded_by_their_own_distance() -> None:
    graded = HayObjectives(unusable="distance")
    one_spike = scored(bac((GOOD,), (300.0, 337.43, -20.0)), graded)
    nearer = scored(bac((GOOD,), (300.0, 337.43, 0.0)), graded)
    assert one_spike.checks["BAC.check_minspikenum"] is False
    assert one_spike.scores["BAC_ISI"] == pytest.approx(250 - 100 * (1 + 20 / 70) / 2, abs=0.01)
    assert 75.0 < nearer.scores["BAC_caSpike_height"] < one_spike.scores["BAC_caSpike_height"]
    assert one_spike.scores["BAC_caSpike_width"] == pytest.approx(75.0, abs=1.0)
    usable = bac(BURST, (303.0, 340.43, 6.73))
    assert scored(usable, graded).scores == scored(usable).scores


def test_a_soma_nearer_to_the_next_spike_scores_less() -> None:
    graded = HayObjectives(unusable="distance")
    still = scored(bac((GOOD,), (300.0, 337.43, -20.0)), graded)
    rising = scored(bac((GOOD, (306.0, 310.0, -50.0)), (300.0, 337.43, -20.0)), graded)
    two = scored(bac(BURST[:2], (300.0, 337.43, -20.0)), graded)
    for name in ("BAC_ISI", "BAC_ahpdepth", "BAC_spikecount"):
        assert rising.scores[name] < still.scores[name]
    assert two.scores["BAC_spikecount"] < rising.scores["BAC_spikecount"]
    stuck = scored(bac(((297.0, 605.0, 25.0),), (300.0, 337.43, -20.0)), graded)
    assert stuck.scores["BAC_ISI"] > still.scores["BAC_ISI"]
    silent = scored(bap(), graded)
    depolarised = scored(bap((297.0, 300.0, -40.0)), graded)
    assert depolarised.scores["bAP_APheight"] < silent.scores["bAP_APheight"] < 250.0


def test_combinations_can_be_means() -> None:
    objectives = HayObjectives(combined="mean")
    scores = {target.objective: 1.0 for target in objectives.targets} | {"bAP_att3": 3.0}
    assert objectives.combine(scores)["bAP"] == 2.0
    assert objectives.combine(scores | {"bAP_att2": math.nan})["bAP"] == pytest.approx(126.5)
