"""The pool: both rules, settings by the published keys, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from attrs import evolve

import bouton
from bouton.errors import StudyError
from bouton.files import load_document
from bouton_plugins.motor.pool import Axons, MotorPool
from bouton_plugins.motor.powers import MotorAlphaPowers
from bouton_plugins.motor.ranges import Spread
from bouton_plugins.motor.tables import ALPHA, POWERS
from bouton_plugins.motor.thresholds import Thresholds

FLAGGED = {
    "soma.napp.gnapbar": (0.00067, 0.00043),
    "soma.napp.gkfbar": (0.0015, 0.0028),
    "soma.napp.gksbar": (0.016, 0.02),
    "dend.caL.gcaLbar": (6.2e-6, 1.25e-5),
    "dend.caL.vtraub": (34, 35),
    "dend.caL.Ltau": (47, 90),
}


def values(pool: MotorPool, name: str) -> list[Any]:
    return [member.cell.parameters[name] for member in pool.members()]


def test_with_thresholds_every_property_is_a_straight_line() -> None:
    pool = MotorPool(thresholds=Thresholds(values=(0.0, 0.25, 1.0)))
    assert values(pool, "soma.diameter_um") == pytest.approx([78, 86.75, 113])
    for name, (first, last) in FLAGGED.items():
        assert values(pool, name) == pytest.approx([first, first + (last - first) / 4, last])
    assert values(pool, "dend.caL.gama") == [0.2] * 3


def test_without_thresholds_flagged_properties_run_the_other_way() -> None:
    pool = MotorPool(n=5)
    for name, (first, last) in FLAGGED.items():
        assert values(pool, name)[0] == pytest.approx(last)
        assert values(pool, name)[-1] == pytest.approx(first)


@pytest.mark.parametrize("row", ALPHA, ids=lambda row: row.target)
def test_the_middle_cell_by_index_has_gone_its_part_of_the_way(row: Any) -> None:
    first, middle, last = row.spread.by_index(3)
    assert (first, last) == pytest.approx((row.spread.first, row.spread.last))
    rising = row.spread.first <= row.spread.last
    is_rising_form = rising if not row.spread.is_flagged else not rising or first == last
    part = (middle - first) / (last - first)
    expected = row.spread.fraction if is_rising_form else 1 - row.spread.fraction
    assert part == pytest.approx(expected)


def test_a_curvature_of_two_is_a_straight_line_and_less_is_refused() -> None:
    np.testing.assert_allclose(Spread(0, 10, 0.5).by_index(3), [0, 5, 10])
    np.testing.assert_allclose(Spread(0, 10, 0.4999999).by_index(3), [0, 5, 10], rtol=1e-5)
    with pytest.raises(bouton.BoutonError, match="at most 1/2"):
        Spread(0, 10, 1 / 1.9).by_index(3)
    assert Spread(3, 10, 0.2).by_index(1).tolist() == [3]


def test_the_second_model_scales_calcium_and_persistent_sodium() -> None:
    pool = MotorPool(
        model="Powers2017", thresholds=Thresholds(values=(0.0, 1.0)), gamma=0.5, lambda_factor=2
    )
    assert isinstance(pool.members()[0].cell.template, MotorAlphaPowers)
    assert values(pool, "dend[3].L_Ca_inact.gcabar") == pytest.approx([0.575e-4, 0.765e-4])
    assert values(pool, "soma.naps.gbar") == pytest.approx([5.2e-5, 4e-5])
    names = {row.target for row in POWERS}
    assert names <= {p.name for p in MotorAlphaPowers().parameters}


def test_spikes_need_between_12_and_9_ms_to_the_muscle() -> None:
    delays = Axons().delays_ms(5)
    assert delays[0] == pytest.approx(12)
    assert delays[-1] == pytest.approx(9.230769230769231)
    np.testing.assert_allclose(np.diff(600 / delays), 3.75)


def study(**pool: Any) -> MotorPool:
    job = load_document({"pool": {"n": 3, "thresholds": {"maximum": 1}, **pool}}).jobs["pool"]
    assert isinstance(job, MotorPool)
    return job


def test_settings_have_the_published_keys() -> None:
    pool = study(
        nerlab={
            "soma": {"diameter_range": [50, 60, 14, 0], "ena": 115, "Ra": 80},
            "dendrite": {"ltau_caL_range": [90, 47, 3, 0], "ecaL": 130},
            "napp": {"m_alpha_A": 0.7},
        },
        thresholds={"values": [0.0, 0.5, 1.0]},
    )
    assert values(pool, "soma.diameter_um") == pytest.approx([50, 55, 60])
    assert values(pool, "dend.caL.Ltau") == pytest.approx([90, 68.5, 47])  # no flag any more
    assert values(pool, "soma.ena") == [115] * 3
    assert values(pool, "soma.Ra_ohm_cm") == [80] * 3
    assert values(pool, "dend.ecaL") == [130] * 3
    assert values(pool, "soma.napp.m_alpha_A") == [0.7] * 3


@pytest.mark.parametrize(
    ("pool", "named"),
    [
        ({"nerlab": {"soma": {"diametre_range": [1, 2]}}}, "did you mean 'diameter_range'"),
        ({"nerlab": {"soma": {"diameter_range": 5}}}, "expected \\[first, last"),
        ({"nerlab": {"soma": {"diameter_range": [5]}}}, "expected \\[first, last"),
        ({"nerlab": {"soma": {"diameter_range": [5, 6, 3, 2]}}}, "flag must be 0 or 1"),
        ({"nerlab": {"soma": {"ena": [1, 2]}}}, "expected one number"),
        ({"nerlab": {"napp": {"m_gamma_A": 1}}}, "pool.nerlab.napp.m_gamma_A"),
        ({"powers2017": {"soma": {"ek": -80}}}, "has no powers2017"),
        ({"n": 1}, "n must be at least 2"),
        ({"thresholds": {"mode": "deluca"}}, "needs a slope"),
        ({"thresholds": {"range_ratio": 200}}, "outside 0 to 1"),
        ({"thresholds": None, "n": None}, "needs a number of cells"),
        ({"only": [3]}, "there is no cell 3"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(pool: dict[str, Any], named: str) -> None:
    with pytest.raises(StudyError, match=named):
        study(**pool).members()


def test_one_cell_by_index_needs_no_threshold() -> None:
    assert len(study(thresholds=None, n=1).members()) == 1


def test_extrapolated_cells_are_noticed() -> None:
    pool = MotorPool(thresholds=Thresholds(values=(0.5, 1.5), outside="warn"))
    assert "outside 0 to 1" in pool.notices[0]
    assert not MotorPool(n=5, thresholds=Thresholds()).notices
    assert not evolve(pool, thresholds=None, n=2).notices


def test_one_cell_of_a_pool_has_the_parameters_it_has_in_the_whole() -> None:
    whole = MotorPool(n=5, thresholds=Thresholds())
    (one,) = evolve(whole, only=(3,)).members()
    assert one.index == 3
    assert one.cell.parameters == whole.members()[3].cell.parameters
