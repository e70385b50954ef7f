"""Connection rules: what they promise, for any division of the work."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from bouton import registry
from bouton.errors import NetworkError
from bouton.model import wiring
from bouton.model.draws import Draws
from bouton.model.wiring import Box, Contacts, Side

BOX = Box([0.0, 0.0, 0.0], [100.0, 100.0, 100.0])
RULES = [
    ("all-to-all", {}),
    ("probability", {"probability": 0.2}),
    ("probability", {"probability": "exp(-distance / 40) * (pre_ynorm > 0.2)"}),
    ("fixed-in-degree", {"number": 7}),
    ("fixed-in-degree", {"number": "uniform(0, 10)"}),
    ("fixed-out-degree", {"number": 7}),
    ("distance", {"peak": 0.8, "length_um": 30.0, "profile": "exponential"}),
    ("distance", {"peak": 1.0, "length_um": 30.0, "profile": "step", "axes": "xz"}),
    ("list", {"pairs": ((0, 1), (5, 3), (2, 1))}),
]


def side(name: str, n: int, wanted: Any = None) -> Side:
    positions = Draws(1, name).uniform(np.arange(n)[:, None], np.arange(3)[None, :]) * 100.0
    return Side(name, positions, BOX, np.arange(n) if wanted is None else np.asarray(wanted))


def pairs(contacts: Contacts) -> set[tuple[int, int]]:
    found = list(zip(contacts.source.tolist(), contacts.target.tolist(), strict=True))
    assert len(set(found)) == len(found)
    assert found == sorted(found, key=lambda pair: (pair[1], pair[0]))
    return set(found)


@pytest.mark.parametrize(("name", "options"), RULES)
def test_any_division_of_the_work_gives_the_same_pairs(
    name: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = registry.connectors[name](**options)
    draws = Draws(4, "c")
    whole = pairs(rule.contacts(side("a", 60), side("b", 50), draws))
    assert whole
    parts = [
        pairs(rule.contacts(side("a", 60), side("b", 50, np.arange(rank, 50, 3)), draws))
        for rank in range(3)
    ]
    assert set.union(*parts) == whole
    assert sum(map(len, parts)) == len(whole)
    monkeypatch.setattr(wiring, "PAIRS_AT_ONCE", 70)
    assert pairs(rule.contacts(side("a", 60), side("b", 50), draws)) == whole


@pytest.mark.parametrize(("name", "options"), RULES[:8])
def test_no_cell_connects_to_itself_unless_allowed(name: str, options: dict[str, Any]) -> None:
    cells = side("a", 40)
    without = pairs(registry.connectors[name](**options).contacts(cells, cells, Draws(1, "c")))
    assert not any(a == b for a, b in without)
    allowed = {"all-to-all": {}, "probability": {"probability": 1.0}}
    if name in allowed:
        rule = registry.connectors[name](**allowed[name], allow_self=True)
        assert len(pairs(rule.contacts(cells, cells, Draws(1, "c")))) == 1600


def test_a_larger_probability_only_adds_pairs() -> None:
    found = [
        pairs(
            registry.connectors["probability"](p).contacts(
                side("a", 50), side("b", 50), Draws(1, "c")
            )
        )
        for p in (0.0, 0.05, 0.3, 0.9, 1.0)
    ]
    assert [len(found[0]), len(found[-1])] == [0, 2500]
    assert all(less < more for less, more in pairwise(found))
    assert len(found[2]) == pytest.approx(750, abs=100)


def test_probability_follows_the_formula_pair_by_pair() -> None:
    pre, post = side("a", 200), side("b", 200)
    rule = registry.connectors["distance"](1.0, 40.0, "gaussian", max_distance_um=80.0)
    met = np.zeros((200, 200))
    for seed in range(40):
        made = rule.contacts(pre, post, Draws(seed, "c"))
        met[made.source, made.target] += 1 / 40
    distance = np.linalg.norm(pre.positions[:, None] - post.positions[None], axis=2)
    expected = np.exp(-0.5 * (distance / 40) ** 2) * (distance <= 80)
    assert not met[distance > 80].any()
    assert np.abs(met - expected).mean() < 0.05
    for low in range(0, 80, 20):
        ring = (distance >= low) & (distance < low + 20)
        assert met[ring].mean() == pytest.approx(expected[ring].mean(), abs=0.01)


def test_degrees_are_kept_and_senders_equally_likely() -> None:
    made = registry.connectors["fixed-in-degree"](20).contacts(
        side("a", 100), side("b", 2000), Draws(1, "c")
    )
    assert set(np.bincount(made.target, minlength=2000)) == {20}
    counts = np.bincount(made.source, minlength=100)
    assert ((counts - 400) ** 2 / 400).sum() < 160
    out = registry.connectors["fixed-out-degree"](20).contacts(
        side("a", 100), side("b", 2000), Draws(1, "c")
    )
    assert set(np.bincount(out.source, minlength=100)) == {20}


def test_all_cells_of_an_own_population_can_be_chosen() -> None:
    cells = side("a", 10)
    made = pairs(registry.connectors["fixed-in-degree"](9).contacts(cells, cells, Draws(1, "c")))
    assert made == {(a, b) for a in range(10) for b in range(10) if a != b}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("fixed-in-degree", {"number": 41}, "offers 0 to 39"),
        ("fixed-in-degree", {"number": "x - 1000"}, "offers 0 to 39"),
        ("fixed-out-degree", {"number": 40}, "offers 0 to 39"),
        ("probability", {"probability": "distance - 1000"}, "below 0"),
        ("list", {"pairs": ((0, 40),)}, "does not exist"),
    ],
)
def test_impossible_rules_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    cells = side("a", 40)
    with pytest.raises(NetworkError, match=message):
        registry.connectors[name](**options).contacts(cells, cells, Draws(1, "c"))


def test_one_to_one_needs_equal_sizes() -> None:
    with pytest.raises(NetworkError, match="equal sizes"):
        registry.connectors["one-to-one"]().contacts(side("a", 3), side("b", 4), Draws(1, "c"))


@pytest.mark.parametrize("value", [-0.1, 1.1, "uniform(0, 1)", "exp(", float("nan")])
def test_nonsense_probabilities_are_refused(value: Any) -> None:
    with pytest.raises((ValueError, NetworkError)):
        registry.connectors["probability"](value)


@pytest.mark.parametrize(("name", "options"), RULES[:8])
def test_more_connections_than_a_process_can_hold_are_refused(
    name: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = registry.connectors[name](**options)
    monkeypatch.setattr(wiring, "MOST_AT_ONCE", 20)
    with pytest.raises(NetworkError, match="connections or more are too many"):
        rule.contacts(side("a", 60), side("b", 50), Draws(1, "c"))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("poisson-spikes", {"rate_Hz": 1e12}),
        ("regular-spikes", {"rate_Hz": 1e12, "noise": 0.5}),
        ("spike-pattern", {"every_ms": 1e-12}),
        ("spike-pattern", {"spikes": 10**12}),
    ],
)
def test_more_spikes_than_a_process_can_hold_are_refused(
    name: str, options: dict[str, Any]
) -> None:
    with pytest.raises(NetworkError, match="spikes or more are too many"):
        registry.devices[name](**options).trains(3, 100.0, Draws(1, "s"))
