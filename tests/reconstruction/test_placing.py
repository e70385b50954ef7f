"""Where cells are: numbers, partitions, overlap, rotations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.wiring import Box, Crowd
from bouton_plugins.networks.placements import Grid, Positions
from bouton_plugins.reconstruction import (
    Amount,
    CellType,
    Partition,
    PlacementRule,
    Reconstruction,
    Region,
    Volume,
    rotations,
)
from bouton_plugins.reconstruction.crowding import close_pairs
from bouton_plugins.reconstruction.layout import layout
from bouton_plugins.reconstruction.placements import PositionsFile, RandomCells
from bouton_plugins.reconstruction.placing import chunks_of, place_cells
from bouton_plugins.reconstruction.tissue import PlacedPopulation

VOLUME = Volume((100.0, 200.0, 50.0), origin_um=(0.0, -100.0, 10.0))


def tissue(amount: Amount | None, **options: object) -> Reconstruction:
    """A box of cells, changed by the options."""
    parts = {
        "network": VOLUME,
        "partitions": {"all": Partition("box")},
        "cell_types": {"cells": CellType(2.0, amount)},
        "placement": {"cells": PlacementRule(("cells",), ("all",))},
        **options,
    }
    return Reconstruction(**parts)  # type: ignore[arg-type]


def placed(what: Reconstruction) -> dict[str, PlacedPopulation]:
    return {population.name: population for population in place_cells(what, pytest.fail)}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Amount(count=17), 17),
        (Amount(density_per_um3=3.25e-5), 32),  # 32.5 goes to the even number
        (Amount(density_per_um3=3.26e-5), 33),
        (Amount(density_per_mm3=30_000.0), 30),
        (Amount(planar_density_per_um2=0.002), 40),
    ],
)
def test_amounts(amount: Amount, expected: int) -> None:
    assert len(placed(tissue(amount))["cells"]) == expected


def test_amounts_relative_to_others() -> None:
    types = {
        "a": CellType(1.0, Amount(count=20)),
        "b": CellType(1.0, Amount(relative_to="a", count_ratio=1.5)),
        "c": CellType(1.0, Amount(relative_to="a", density_ratio=2.0)),
    }
    rules = {
        "first": PlacementRule(("b", "a"), ("low",)),
        "second": PlacementRule(("c",), ("high",)),
    }
    partitions = {"low": Partition(thickness_um=10.0), "high": Partition(thickness_um=20.0)}
    found = placed(tissue(None, cell_types=types, placement=rules, partitions=partitions))
    assert {name: len(cells) for name, cells in found.items()} == {"a": 20, "b": 30, "c": 80}


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        (Amount(density_per_um3=1e-7), "comes to 0.1 cells"),
        (Amount(density_per_um3=1e9), "comes to 1e"),
        (Amount(count=20_000), "spheres at random fill 64% at most"),
        (Amount(count=15_000), "reaches 40% at most"),
    ],
)
def test_impossible_amounts(amount: Amount, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        placed(tissue(amount))


def test_dense_packing_is_told() -> None:
    told: list[str] = []
    place_cells(tissue(Amount(count=8_000)), told.append)
    assert told == ["partition 'all': somata fill 27% of it, which is dense"]


def test_a_place_depends_on_seed_and_cell_only() -> None:
    few = placed(tissue(Amount(count=10)))["cells"].positions
    many = placed(tissue(Amount(count=50)))["cells"].positions
    np.testing.assert_array_equal(few, many[:10])
    other = placed(tissue(Amount(count=10), seed=2))["cells"].positions
    assert not (few == other).any()
    low, high = np.array(VOLUME.origin_um), np.add(VOLUME.origin_um, VOLUME.size_um)
    assert ((many >= low) & (many < high)).all()


def test_somata_do_not_overlap() -> None:
    types = {"a": CellType(4.0, Amount(count=120)), "b": CellType(6.0, Amount(count=60))}
    rule = RandomCells(avoid_overlap=True)
    rules = {name: PlacementRule((name,), ("all",), rule) for name in types}
    found = place_cells(tissue(None, cell_types=types, placement=rules), lambda _: None)
    points = np.concatenate([p.positions for p in found])
    radii = np.concatenate([np.full(len(p), p.radius_um) for p in found])
    apart = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (apart >= radii[:, None] + radii[None, :]).all()


def test_points_keep_out_of_somata_and_need_no_room_themselves() -> None:
    box, draws = Box(np.zeros(3), np.full(3, 50.0)), Draws(1, "x")
    rule = RandomCells(avoid_overlap=True)
    assert len(rule.place_crowd(Crowd(2000), box, draws)) == 2000
    assert len(rule.place_crowd(Crowd(0, 3.0), box, draws)) == 0
    soma = Crowd(500, others=np.full((1, 3), 25.0), other_radii_um=np.array([15.0]))
    points = rule.place_crowd(soma, box, draws)
    assert (np.linalg.norm(points - 25.0, axis=1) >= 15.0).all()


@frozen
class Odd:
    """A strategy that breaks its contract."""

    made: object

    def place(self, box: Box, draws: Draws) -> object:
        del box, draws
        return np.array(self.made)


@pytest.mark.parametrize(
    ("made", "message"),
    [([[1.0, 2.0]], r"\(1, 2\), not \(n, 3\)"), ([[1.0, 2.0, np.nan]], "not finite")],
)
def test_strategies_that_break_their_contract_are_found_out(made: object, message: str) -> None:
    rule = PlacementRule(("cells",), ("all",), Odd(made))  # type: ignore[arg-type]
    with pytest.raises(NetworkError, match=r"placement\.cells.*" + message):
        placed(tissue(None, placement={"cells": rule}))


def test_no_room_is_said() -> None:
    crowd = Crowd(100, radius_um=10.0)
    box = Box(np.zeros(3), np.full(3, 50.0))
    with pytest.raises(NetworkError, match=r"of 100 cells found no room after 20 attempts"):
        RandomCells(avoid_overlap=True, attempts=20).place_crowd(crowd, box, Draws(1, "x"))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.5, 30.0), st.integers(0, 10**6))
def test_close_pairs_are_those_of_brute_force(n: int, m: int, reach: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(-50, 50, (n, 3)), rng.uniform(-50, 50, (m, 3))
    rows, columns = close_pairs(first, second, reach)
    apart = np.linalg.norm(first[:, None] - second[None, :], axis=2)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == list(
        zip(*(part.tolist() for part in np.nonzero(apart <= reach)), strict=True)
    )


def test_places_that_a_strategy_brings() -> None:
    grid = {"cells": PlacementRule(("cells",), ("all",), Grid(25.0))}
    every = placed(tissue(None, placement=grid))["cells"].positions
    assert len(every) == 5 * 9 * 3
    some = placed(tissue(Amount(count=20), placement=grid))["cells"].positions
    assert len(np.unique(some, axis=0)) == 20
    assert all((every == place).all(axis=1).any() for place in some)
    given_ = Positions(((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)))
    rule = {"cells": PlacementRule(("cells",), ("all",), given_)}
    assert len(placed(tissue(None, placement=rule))["cells"]) == 2
    both = {"low": Partition(thickness_um=10.0), "high": Partition(thickness_um=20.0)}
    rule_of_both = {"cells": PlacementRule(("cells",), ("low", "high"), given_)}
    assert len(placed(tissue(None, partitions=both, placement=rule_of_both))["cells"]) == 2
    with pytest.raises(NetworkError, match="there are 2 places for 3 cells"):
        placed(tissue(Amount(count=3), placement=rule))


def test_positions_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    path.write_text("name;x;z;y\nA;1;2;3\nB;4;5;6.5\n")
    box, draws = Box(np.zeros(3), np.ones(3)), Draws(1, "")
    found = PositionsFile(path, delimiter=";").place(box, draws)
    np.testing.assert_array_equal(found, [[1, 3, 2], [4, 6.5, 5]])
    for text, message in (
        ("x,y\n1,2\n", "no column 'z'"),
        ("x,y,z\n1,2,3\n4,,6\n", r"cells\.csv:3: y must be a number, got ''"),
        ("x,y,z\n1,2,nan\n", "z must be a number"),
        ("x,y,z\n", "has no rows"),
        ("", "no column 'x'"),
    ):
        path.write_text(text)
        with pytest.raises(NetworkError, match=message):
            PositionsFile(path).place(box, draws)


def test_stacks_layers_and_boxes() -> None:
    partitions = {
        "a": Partition(thickness_um=10.0),
        "b": Partition(thickness_um=30.0),
        "c": Partition("box", size_um=(5.0, 5.0, 20.0), origin_um=(1.0, 1.0, 1.0)),
        "alone": Partition(thickness_um=7.0, axis="y", origin_um=(0.0, 50.0, 0.0)),
    }
    regions = {"column": Region(("a", "b", "c"), "stack", anchor="b")}
    boxes = layout(tissue(None, partitions=partitions, regions=regions))
    low = {name: box.origin_um.tolist() for name, box in boxes.items()}
    assert low["b"] == [0.0, -100.0, 10.0]
    assert low["a"] == [0.0, -100.0, 0.0]
    assert low["c"] == [1.0, 1.0, 40.0]
    assert boxes["a"].size_um.tolist() == [100.0, 200.0, 10.0]
    assert boxes["alone"].size_um.tolist() == [100.0, 7.0, 50.0]


def test_rotations_are_uniform_and_proper() -> None:
    quaternions = rotations.uniform(Draws(3, "turn"), np.arange(4000))
    turned = rotations.matrices(quaternions)
    np.testing.assert_allclose(
        turned @ turned.transpose(0, 2, 1), np.broadcast_to(np.eye(3), turned.shape), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(turned), 1.0)
    # Images of each axis fill the sphere evenly: mean 0, and a third of the square per axis.
    for axis in range(3):
        image = turned[:, :, axis]
        np.testing.assert_allclose(image.mean(axis=0), 0.0, atol=0.04)
        np.testing.assert_allclose((image**2).mean(axis=0), 1 / 3, atol=0.02)


def test_given_angles_turn_about_fixed_axes() -> None:
    turn = rotations.matrices(rotations.from_euler((90.0, 0.0, 90.0)))[0]
    np.testing.assert_allclose(turn @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(turn @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_morphologies_are_dealt_out(cell_file: Path) -> None:
    del cell_file
    rule = PlacementRule(("cells",), ("all",), morphologies="in-turn")
    kinds = {"cells": CellType(2.0, Amount(count=7), ("m*", "other"))}
    shapes = dict.fromkeys(("m1", "m2", "other", "unused"))
    found = placed(tissue(None, cell_types=kinds, morphologies=shapes, placement={"cells": rule}))[
        "cells"
    ]
    assert found.morphologies == ("m1", "m2", "other")
    assert found.morphology_of.tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_chunks_hold_every_cell_once() -> None:
    points = np.random.default_rng(1).uniform(-30, 130, (200, 3))
    chunks = chunks_of(points, np.zeros(3), np.array([50.0, 60.0, 200.0]))
    np.testing.assert_array_equal(np.sort(np.concatenate(chunks)), np.arange(200))
    assert all((np.diff(chunk) > 0).all() for chunk in chunks)
    assert len(chunks) > 10


def test_cells_can_be_dealt_out_evenly() -> None:
    box = Box([10.0, 0.0, -50.0], [100.0, 200.0, 290.0])
    strategy = RandomCells(spread_um=100.0)
    draws = Draws(3, "cells")
    for count in (6, 30, 32):
        found = strategy.place_crowd(Crowd(count, 4.0, np.empty((0, 3)), np.empty(0)), box, draws)
        corner = np.floor((found - box.origin_um) / (box.size_um / [1, 2, 3])).astype(int)
        _, numbers = np.unique(corner, axis=0, return_counts=True)
        assert len(numbers) == 6
        assert numbers.max() - numbers.min() <= 1
    fewer = strategy.place_crowd(Crowd(11, 4.0, np.empty((0, 3)), np.empty(0)), box, draws)
    np.testing.assert_array_equal(found[:11], fewer)
    apart = RandomCells(spread_um=100.0, minimum_distance_um=30.0)
    kept = apart.place_crowd(Crowd(32, 4.0, np.empty((0, 3)), np.empty(0)), box, draws)
    gaps = np.linalg.norm(kept[:, None] - kept[None], axis=2)[~np.eye(32, dtype=bool)]
    assert gaps.min() >= 30.0
