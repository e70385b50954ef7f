"""Plain sampling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bouton.errors import StudyError
from bouton.model.search import SearchProblem, SearchSpace
from bouton_plugins.optimizers.samplers import RandomSampler, SobolSampler


@pytest.mark.parametrize("sampler", [RandomSampler, SobolSampler])
def test_the_sequence_does_not_depend_on_the_batch(sampler: Any, bench: Any) -> None:
    case = bench(n_seeds=3)
    sequences = [
        np.concatenate([p.vectors for p in case.carry(sampler(batch).start(case.problem, 4), n)])
        for batch, n in ((16, 2), (4, 8), (1, 32))
    ]
    # with batches smaller than the seed vectors, the first one grows to hold them
    for sequence in sequences:
        assert np.array_equal(sequence[:32], sequences[0])
    single = sampler(5).start(case.problem, 4)
    ones = np.concatenate([single.ask_one().vectors for _ in range(32)])
    assert np.array_equal(ones, sequences[0])


def test_random_is_uniform_in_the_scaled_value(bench: Any) -> None:
    case = bench(n_seeds=0)
    vectors = RandomSampler(4000).start(case.problem, 1).ask().vectors
    units = case.problem.space.to_unit(vectors)
    assert units.mean(axis=0) == pytest.approx(0.5, abs=0.03)
    assert units.std(axis=0) == pytest.approx(12**-0.5, abs=0.02)
    # p0 is logarithmic over four decades: a quarter of the draws per decade
    assert (vectors[:, 0] < 1e-4).mean() == pytest.approx(0.25, abs=0.03)


def test_sobol_puts_one_point_into_every_slice(bench: Any) -> None:
    case = bench(n_seeds=0)
    units = case.problem.space.to_unit(SobolSampler(64).start(case.problem, 1).ask().vectors)
    for column in units.T:
        assert sorted((column * 64).astype(int)) == list(range(64))


def test_sobol_refuses_more_dimensions_than_it_knows() -> None:
    d = 21202
    space = SearchSpace(tuple(map(str, range(d))), np.zeros(d), np.ones(d))
    with pytest.raises(StudyError, match="use random"):
        SobolSampler().start(SearchProblem(space, ("f",)), 1)


@pytest.mark.parametrize("sampler", [RandomSampler, SobolSampler])
def test_empty_batches_are_refused(sampler: Any) -> None:
    with pytest.raises(ValueError, match="batch"):
        sampler(batch=0)
