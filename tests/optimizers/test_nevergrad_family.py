"""nevergrad behind our contract: what is refused, and how."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import SearchError, StudyError
from bouton_plugins.optimizers.nevergrad_family import _GOOD, Nevergrad


def test_learns(bench: Any, made: Any) -> None:
    case = bench(n_objectives=1, n_seeds=0)
    for name in ("DE", "CMA", "PSO", "TBPSA"):
        search = made(f"nevergrad:{name}", batch=20).start(case.problem, 3)
        proposals = case.carry(search, 30)
        first, last = (np.median(case.judge(proposals[k].vectors).objectives) for k in (0, -1))
        assert last < 0.3 * first, name


def test_de_takes_many_objectives(bench: Any, made: Any) -> None:
    case = bench(n_objectives=8)
    assert len(case.carry(made("nevergrad:DE", batch=20).start(case.problem, 1), 5)) == 5


@pytest.mark.parametrize("name", ["CMA", "PSO", "NGOpt", "ES", "OnePlusOne"])
def test_hypervolume_optimizers_are_refused_beyond_four_objectives(name: str, bench: Any) -> None:
    with pytest.raises(StudyError, match=f"nevergrad:{name}: "):
        Nevergrad(name, budget=500).start(bench(n_objectives=5).problem, 1)


@pytest.mark.parametrize("how", ["max", "sum"])
def test_scalarised_they_are_welcome(how: Any, bench: Any) -> None:
    case = bench(n_objectives=8)
    search = Nevergrad("CMA", batch=10, scalarise=how).start(case.problem, 1)
    told: list[float] = []
    inner = search._optimizer.tell
    search._optimizer.tell = lambda candidate, loss: (told.append(loss), inner(candidate, loss))
    proposals = case.carry(search, 2)
    objectives = np.vstack([case.judge(p.vectors).objectives for p in proposals])
    assert told == pytest.approx(getattr(objectives, how)(axis=1).tolist())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("TwoPointDE", "no such optimizer.*'TwoPointsDE'"),
        ("", "no such optimizer"),
        ("Powell", "background thread"),
        ("ChainCMAPowell", "one at a time"),
        ("LHSSearch", "may need the option budget"),
        ("PymooNSGA2", "background thread"),
        ("FCMA", "not installed"),
    ],
)
def test_what_cannot_work_is_refused_with_reason_and_alternatives(
    name: str, message: str, bench: Any
) -> None:
    with pytest.raises(StudyError, match=message) as caught:
        Nevergrad(name).start(bench(1).problem, 1)
    assert caught.value.problems[0].hint


@pytest.mark.parametrize("name", re.findall(r"[A-Z]\w+", _GOOD))
def test_alternatives_that_refusals_name_do_work(name: str, bench: Any) -> None:
    case = bench(n_objectives=2)
    budget = 20 if name == "NGOpt" else 0
    assert len(case.carry(Nevergrad(name, batch=5, budget=budget).start(case.problem, 1), 4)) == 4


def test_a_budget_makes_planners_work(bench: Any) -> None:
    case = bench(n_objectives=1)
    search = Nevergrad("LHSSearch", batch=5, budget=15).start(case.problem, 1)
    assert len(case.carry(search, 3)) == 3


def test_what_breaks_later_says_where_and_what_to_do(bench: Any) -> None:
    case = bench(n_objectives=1, n_seeds=0)
    search = Nevergrad("DE", batch=5).start(case.problem, 1)
    case.carry(search, 1)

    def broken() -> None:
        raise ZeroDivisionError("deep inside")

    search._optimizer.ask = broken
    with pytest.raises(SearchError, match=r"nevergrad:DE broke during ask after 5 .*deep inside"):
        search.ask()


def test_losses_that_are_not_finite_become_the_stated_penalty(bench: Any) -> None:
    case = bench(n_objectives=2)
    search = Nevergrad("DE", batch=4, penalty=1e4).start(case.problem, 1)
    told: list[Any] = []
    inner = search._optimizer.tell
    search._optimizer.tell = lambda candidate, loss: (told.append(loss), inner(candidate, loss))
    good = case.judge(search.ask().vectors)
    objectives = np.array(good.objectives)
    objectives[:, 0] = [np.nan, np.inf, -np.inf, 1e30]
    search.tell(evolve(good, objectives=objectives))
    assert [loss[0] for loss in told] == [1e4] * 4
    assert [loss[1] for loss in told] == pytest.approx(good.objectives[:, 1].tolist())


@pytest.mark.parametrize("options", [{"penalty": 1e21}, {"penalty": 0.0}, {"batch": 0},
                                     {"budget": -1}, {"scalarise": "mean"}])  # fmt: skip
def test_nonsense_options_are_refused(options: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Nevergrad(**options)


def test_warnings_of_nevergrad_stay_inside(bench: Any) -> None:
    case = bench(n_objectives=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # inefficient settings: it warns about so small a budget
        case.carry(Nevergrad("ES", batch=2, budget=10).start(case.problem, 1), 2)
    assert not caught


def test_seed_vectors_teach_even_those_that_only_know_their_own_points(bench: Any) -> None:
    case = bench(n_objectives=1, n_seeds=2)
    for name in ("ES", "PSO", "TBPSA", "OnePlusOne"):
        search = Nevergrad(name, batch=10).start(case.problem, 1)
        first, *_ = case.carry(search, 3)
        assert np.array_equal(first.vectors[:2], case.problem.seeds), name


def test_meta_models_work_with_the_numpy_that_is_installed(bench: Any) -> None:
    case = bench(n_objectives=1, n_seeds=0)
    search = Nevergrad("NGOpt", batch=8, budget=120).start(case.problem, 1)
    proposals = case.carry(search, 15)
    assert case.judge(proposals[-1].vectors).objectives.min() < 0.01


def test_declaring_optimizers_imports_nothing_heavy() -> None:
    code = (
        "import sys, bouton_plugins.optimizers as plugin\n"
        "assert plugin.bouton_register_optimizers()\n"
        "print([m for m in ('numpy', 'nevergrad', 'pymoo', 'scipy') if m in sys.modules])\n"
        "import bouton_plugins.optimizers.nevergrad_family\n"
        "print('nevergrad' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "False"]
