"""The random walk: step rule, acceptance, modes, particles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bouton.errors import StudyError
from bouton.model.search import Proposal, SearchProblem, SearchSpace, Verdict
from bouton_plugins.optimizers.random_walk import RandomWalk, RandomWalkSearch

LOWER = np.array([0.0, -3.0, 20.0])
UPPER = np.array([4.0, 0.0, 1000.0])
SPACE = SearchSpace(("a", "b", "c"), LOWER, UPPER)
START = np.array([[1.0, -1.5, 500.0]])


def problem(seeds: Any = START, limits: Any = (), space: SearchSpace = SPACE) -> SearchProblem:
    return SearchProblem(space, ("f", "g"), seeds=np.array(seeds), limits=dict(limits))


def verdict(vectors: np.ndarray, inside: Any = True, failed: Any = False) -> Verdict:
    """Objective g is 0 where `inside`, else 10 (the tests set its limit to 1)."""
    n = len(vectors)
    g = np.where(np.broadcast_to(inside, n), 0.0, 10.0)
    return Verdict(vectors, np.column_stack([np.zeros(n), g]), np.array(np.broadcast_to(failed, n)))


def walked(search: RandomWalkSearch, n: int, inside: Any = None) -> list[Proposal]:
    """Carry a walk over its first batch and n more; `inside[k]` accepts batch k."""
    first = search.ask()
    search.tell(verdict(first.vectors))
    proposals = []
    for k in range(n):
        proposals.append(search.ask())
        search.tell(verdict(proposals[-1].vectors, True if inside is None else inside[k]))
    return proposals


def reference_walk(seed: int, n: int, low: float, high: float, inside: list[bool]) -> Any:
    """The published rule, written with the global generator it used."""
    before = np.random.get_state()
    np.random.seed(seed)
    x = (START[0] - LOWER) / (UPPER - LOWER)
    rows = []
    for k in range(n):
        draws = 0
        while True:
            draws += 1
            direction = np.random.randn(3)
            direction = direction / np.sqrt((direction**2).sum())
            step = np.random.rand() * (high - low) + low
            suggestion = x + step * direction
            if suggestion.min() >= 0 and suggestion.max() <= 1:
                break
        rows.append((suggestion * (UPPER - LOWER) + LOWER, draws, step))
        if inside[k]:
            x = suggestion
    np.random.set_state(before)
    return rows


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.02), (0.3, 0.3), (0.0, 0.9)])
def test_walks_the_published_steps(low: float, high: float) -> None:
    inside = [k % 3 != 1 for k in range(40)]
    walk = RandomWalk(min_step=low, max_step=high)
    proposals = walked(walk.start(problem(limits={"g": 1.0}), 8), 40, inside)
    expected = reference_walk(8, 40, low, high, inside)
    for proposal, (vector, draws, step) in zip(proposals, expected, strict=True):
        assert proposal.vectors[0] == pytest.approx(vector, rel=1e-12)
        assert proposal.notes["n_suggestion"] == [draws]
        assert proposal.notes["step"] == pytest.approx([step])
    assert high < 0.5 or max(row[1] for row in expected) > 1


def test_first_batch_is_the_seed_vectors_and_nothing_else() -> None:
    seeds = np.vstack([START, START + 0.25])
    first = RandomWalk(particles=3).start(problem(seeds), 0).ask()
    assert np.array_equal(first.vectors, seeds)
    assert first.notes["particle"] == [-1.0, -1.0]
    assert first.notes["seed_point"] == [0.0, 1.0]
    assert first.notes["n_suggestion"] == [0.0, 0.0]


def test_each_particle_of_each_seed_vector_walks_its_own_way() -> None:
    seeds = np.vstack([START, START + 0.25])
    (proposal,) = walked(RandomWalk(particles=3).start(problem(seeds), 0), 1)
    assert proposal.notes["particle"] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert proposal.notes["seed_point"] == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    moves = SPACE.to_unit(proposal.vectors) - SPACE.to_unit(np.repeat(seeds, 3, axis=0))
    assert len(np.unique(moves.round(12), axis=0)) == 6
    # particle k draws what a walk of its own would draw with seed + k
    (alone,) = walked(RandomWalk().start(problem(START), 2), 1)
    assert np.array_equal(alone.vectors[0], proposal.vectors[2])


def test_stays_where_it_is_when_outside_or_failed() -> None:
    search = RandomWalk(min_step=0.02, max_step=0.02).start(problem(limits={"g": 1.0}), 0)
    walked(search, 0)
    here = SPACE.to_unit(START[0])
    for judged in ({"inside": False}, {"failed": True}, {"inside": False, "failed": True}):
        vectors = search.ask().vectors
        assert np.linalg.norm(SPACE.to_unit(vectors[0]) - here) == pytest.approx(0.02)
        search.tell(verdict(vectors, **judged))
    accepted = search.ask().vectors
    search.tell(verdict(accepted))
    following = SPACE.to_unit(search.ask().vectors[0])
    assert np.linalg.norm(following - SPACE.to_unit(accepted[0])) == pytest.approx(0.02)


def test_without_limits_everything_that_runs_is_inside() -> None:
    search = RandomWalk().start(problem(), 0)
    walked(search, 0)
    vectors = search.ask().vectors
    search.tell(verdict(vectors, inside=False))
    distance = np.linalg.norm(SPACE.to_unit(search.ask().vectors) - SPACE.to_unit(vectors))
    assert distance <= 0.02


def test_seed_vectors_must_be_inside() -> None:
    seeds = np.vstack([START, START + 0.25, START + 0.5])
    search = RandomWalk().start(problem(seeds, {"g": 1.0}), 0)
    told = verdict(search.ask().vectors, inside=[True, False, True], failed=[False, False, True])
    with pytest.raises(StudyError) as caught:
        search.tell(told)
    assert "g: seed vector 1 is not inside: 10, limit 1" in str(caught.value)
    assert "seed vector 2 is not inside: its evaluation failed" in str(caught.value)
    assert "vector 0" not in str(caught.value)


def test_expand_only_moves_away_from_the_seed_vector() -> None:
    walk = RandomWalk(mode="expand", max_step=0.05)
    positions = [p.vectors[0] for p in walked(walk.start(problem(), 3), 12)]
    distances = np.linalg.norm(SPACE.to_unit(np.array(positions)) - SPACE.to_unit(START), axis=1)
    assert (np.diff(np.concatenate([[0.0], distances])) > 0.0).all()


def test_aim_approaches_with_every_step_and_stays_there() -> None:
    walk = RandomWalk(aim={"a": 1.4, "b": -2.0}, max_step=0.05)
    proposals = walked(walk.start(problem(), 3), 300)
    units = SPACE.to_unit(np.vstack([START, *[p.vectors for p in proposals]]))
    target = SPACE.to_unit(np.array([1.4, -2.0, 500.0]))[:2]
    distance = np.abs(units[:, :2] - target)
    near = distance[:-1] < 1e-4
    assert (distance[1:][~near] < distance[:-1][~near]).all()
    assert np.array_equal(units[1:, :2][near], units[:-1, :2][near])
    reached = [p.notes["at_target"][0] for p in proposals]
    assert reached[0] == 0.0
    assert reached == [float((row < 1e-4).all()) for row in distance[1:]]
    assert len(np.unique(units[:, 2])) == 301


def test_only_the_parameters_to_explore_change() -> None:
    walk = RandomWalk(parameters=("c", "a"), min_step=0.02, max_step=0.02)
    vectors = np.vstack([p.vectors for p in walked(walk.start(problem(), 3), 20)])
    assert vectors[:, 1] == pytest.approx(START[0, 1], rel=1e-15)
    steps = np.linalg.norm(np.diff(SPACE.to_unit(np.vstack([START, vectors])), axis=0), axis=1)
    assert steps == pytest.approx(0.02)


def test_walks_in_the_logarithm_where_the_scale_says_so() -> None:
    space = SearchSpace(("x",), [1e-6], [1e-2], ("log",))
    walk = RandomWalk(min_step=0.1, max_step=0.1)
    search = walk.start(problem([[1e-4]], space=space), 0)
    (proposal,) = walked(search, 1)
    ratio = proposal.vectors[0, 0] / 1e-4
    assert max(ratio, 1.0 / ratio) == pytest.approx(10**0.4)


def test_a_corner_with_no_way_out_is_an_error_that_says_so() -> None:
    d = 30
    space = SearchSpace(tuple(f"x{k}" for k in range(d)), np.zeros(d), np.ones(d))
    walk = RandomWalk(max_suggestions=200)
    search = walk.start(problem([np.zeros(d)], space=space), 0)
    first = search.ask()
    search.tell(verdict(first.vectors))
    with pytest.raises(StudyError, match=r"no step in 200 draws; 30 of its 30 coordinates"):
        search.ask()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parameters": ("aa",)}, "no parameter 'aa'"),
        ({"aim": {"d": 1.0}}, "no parameter 'd'"),
        ({"aim": {"a": 5.0}}, "target 5 is out of bounds, 0 to 4"),
        ({"aim": {"a": 2.0}, "parameters": ("b",)}, "must be among those that may change"),
        ({"min_step": 0.1}, "longer than max_step"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: Any, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        RandomWalk(**options).start(problem(), 0)


def test_needs_a_seed_vector() -> None:
    with pytest.raises(StudyError, match="somewhere to start"):
        RandomWalk().start(SearchProblem(SPACE, ("f",)), 0)


@pytest.mark.parametrize(
    "options", [{"particles": 0}, {"max_step": 0.0}, {"mode": "run"}, {"generator": "mt"}]
)
def test_nonsense_options_are_refused(options: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        RandomWalk(**options)


@pytest.mark.parametrize("generator", ["legacy", "pcg64"])
def test_one_at_a_time_every_particle_walks_as_it_would_in_batches(generator: Any) -> None:
    seeds = np.vstack([START, START + 0.25])
    walk = RandomWalk(particles=2, generator=generator)
    batched = walked(walk.start(problem(seeds), 5), 6)
    expected = {k: [p.vectors[k].tolist() for p in batched] for k in range(4)}

    search = walk.start(problem(seeds), 5)
    found: dict[int, list[list[float]]] = {k: [] for k in range(4)}
    one = search.ask_one()
    two = search.ask_one()
    assert len(search.ask_one().vectors) == 0, "nothing to do before a seed vector was judged"
    search.tell_one(verdict(two.vectors))
    under_way = [search.ask_one(), search.ask_one()]
    assert [p.notes["particle"] for p in under_way] == [[2.0], [3.0]]
    search.tell_one(verdict(one.vectors))
    arrivals = np.random.default_rng(0)
    for _ in range(200):
        while len((proposal := search.ask_one()).vectors):
            under_way.append(proposal)
        proposal = under_way.pop(arrivals.integers(len(under_way)))
        found[int(proposal.notes["particle"][0])].append(proposal.vectors[0].tolist())
        search.tell_one(verdict(proposal.vectors))
    for particle, rows in found.items():
        assert rows[:6] == expected[particle]
