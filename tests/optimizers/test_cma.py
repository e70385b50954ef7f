"""CMA-ES: converges, refines a seed, starts again, and leaves numpy's own generator alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton_plugins.optimizers.cma import Cma


def losses(case: Any, search: Any, batches: int) -> list[float]:
    """Return the least sum of objectives of each batch."""
    found = []
    for _ in range(batches):
        verdict = case.judge(search.ask().vectors)
        search.tell(verdict)
        found.append(float(verdict.objectives.sum(axis=1).min()))
    return found


def test_converges_from_anywhere(bench: Callable[..., Any]) -> None:
    case = bench(2, n_seeds=0)
    best = 5 * 2 * 0.3**2  # halfway between the two centres
    for seed in (1, 2):
        found = losses(case, Cma(restart=False).start(case.problem, seed), 80)
        assert found[0] > 1.2 * best
        assert found[-1] == pytest.approx(best, rel=1e-3)


def test_small_steps_stay_near_the_seed(bench: Callable[..., Any]) -> None:
    case = bench(2, n_seeds=1)
    vectors = Cma(step=0.01).start(case.problem, 1).ask().vectors
    units, centre = (
        case.problem.space.to_unit(vectors),
        case.problem.space.to_unit(case.problem.seeds[0]),
    )
    np.testing.assert_array_equal(vectors[0], case.problem.seeds[0])
    assert np.abs(units[1:] - centre).max() < 0.06


def test_starts_again_with_more_once_converged(bench: Callable[..., Any]) -> None:
    case = bench(1, n_seeds=0)
    search = Cma().start(case.problem, 1)
    sizes = []
    for _ in range(250):
        proposal = search.ask()
        sizes.append(len(proposal.vectors))
        search.tell(case.judge(proposal.vectors))
    assert list(dict.fromkeys(sizes))[:2] == [sizes[0], 2 * sizes[0]]


def test_the_largest_objective_can_be_minimised(bench: Callable[..., Any]) -> None:
    case = bench(2, n_seeds=0)
    search = Cma(scalarise="largest", restart=False).start(case.problem, 1)
    for _ in range(100):
        verdict = case.judge(search.ask().vectors)
        search.tell(verdict)
    assert verdict.objectives.max(axis=1).min() == pytest.approx(5 * 0.3**2, rel=1e-2)


def test_numpys_own_generator_is_left_alone(bench: Callable[..., Any]) -> None:
    case = bench(2)
    np.random.seed(5)  # the one that pycma would use
    before = np.random.get_state()[1].copy()
    losses(case, Cma().start(case.problem, 1), 5)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("options", [{"step": 0.0}, {"offspring": 2}, {"scalarise": "mean"}])
def test_impossible_options(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Cma(**options)
    assert evolve(Cma(), step=0.5).step == 0.5
