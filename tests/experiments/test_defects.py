"""Ten defects that were measured in another package (CompNeuroPy 1.0.4), and that are not here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bouton import At, Cell, Integration, Signal
from bouton.errors import BoutonError, ResultsError
from bouton_plugins.experiments.data import Period
from bouton_plugins.experiments.experiment import Experiment
from bouton_plugins.experiments.plots import Panel, plot
from bouton_plugins.experiments.schedules import Hold

SOMA = At("soma")
Make = Callable[..., Cell]


def test_1_a_chunk_in_which_nothing_was_recorded_stays(bischop: Make, quick: Integration) -> None:
    with Experiment(bischop(), integration=quick) as experiment:
        experiment.advance(1.0)
        experiment.reset()
        experiment.pause()
        experiment.advance(2.0)
        experiment.reset()
        experiment.start()
        experiment.advance(3.0)
        result = experiment.results()
    assert [chunk.duration_ms for chunk in result.chunks] == pytest.approx([1.0, 2.0, 3.0])
    assert [len(chunk.signal("v").ticks) for chunk in result.chunks] == [20, 0, 60]


def test_2_a_chunk_of_a_single_sample_stays_with_its_data(
    bischop: Make, quick: Integration
) -> None:
    signal = Signal("v", "v", SOMA, 1.0)
    with Experiment(bischop(), record=[signal], integration=quick) as experiment:
        experiment.advance(0.5)
        experiment.reset()
        experiment.advance(3.0)
        result = experiment.results()
    assert [one.signal("v").values[:, 0].tolist()[:1] for one in result.chunks] == [[-68.0]] * 2
    assert [len(chunk.signal("v").ticks) for chunk in result.chunks] == [1, 3]


def test_3_results_and_pause_before_anything_ran(bischop: Make, quick: Integration) -> None:
    with Experiment(bischop(), integration=quick) as experiment:
        experiment.pause()
        assert experiment.results().chunks == ()
        experiment.start()
        assert experiment.results().chunks == ()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(start=st.integers(0, 5000), n=st.integers(1, 800), every=st.integers(1, 30))
def test_4_index_limits_are_those_of_the_samples(
    bischop: Make, start: int, n: int, every: int
) -> None:
    """At a step of 0.01 ms, whose multiples are no exact numbers; 57 and 330 are known cases."""
    for begin in (start, 57, 330):
        signal = Signal("v", "v", SOMA, every * 0.01)
        told = Integration("fixed", dt_ms=0.01, v_init_mV=-68.0)
        with Experiment(bischop(), record=[signal], integration=told) as experiment:
            experiment.model.session.clock = begin
            experiment.simulate(Hold(n * 0.01))
            chunk = experiment.results().chunk()
        recorded = chunk.signal("v")
        promised = [t for t in range(begin, begin + n) if t % every == 0]
        assert recorded.ticks.tolist() == promised
        assert len(recorded.values) == len(recorded.t_ms) == len(promised)
        assert recorded.periods == (Period(begin, begin + n),)


@pytest.mark.parametrize("clock", [True, False])
def test_5_contiguous_chunks_join_without_gap_or_offset(
    bischop: Make, quick: Integration, clock: bool
) -> None:
    told = evolve(quick, dt_ms=0.1)
    with Experiment(bischop(), integration=told) as experiment:
        experiment.advance(2.0)
        experiment.reset(None, None, random=None, clock=clock)
        experiment.advance(2.0)
        ticks, values = experiment.results().joined("v")
    assert ticks.tolist() == list(range(40))
    assert np.isfinite(values).all()


def test_5_an_end_that_was_not_recorded_counts(bischop: Make, quick: Integration) -> None:
    with Experiment(bischop(), integration=quick) as experiment:
        experiment.advance(1.0)
        experiment.pause()
        experiment.advance(1.0)
        experiment.reset()
        experiment.start()
        experiment.advance(1.0)
        ticks, _ = experiment.results().joined("v")
    assert ticks.tolist() == [*range(20), *range(40, 60)]


def test_6_a_chunk_knows_how_long_it_was_simulated(bischop: Make, quick: Integration) -> None:
    with Experiment(bischop(), integration=quick) as experiment:
        experiment.pause()
        experiment.advance(7.0)
        experiment.start()
        experiment.advance(1.0)
        chunk = experiment.results().chunk()
    assert (chunk.start_ms, chunk.end_ms, chunk.duration_ms) == pytest.approx((0.0, 8.0, 8.0))
    assert chunk.signal("v").periods == (Period(140, 160),)


def test_7_a_wrong_plot_raises_and_ends_nothing(bischop: Make, quick: Integration) -> None:
    with Experiment(bischop(), integration=quick) as experiment:
        experiment.advance(1.0)
        result = experiment.results()
        for panel in (Panel("w"), Panel("v", chunks=(3,)), Panel("v", runs=("x",))):
            with pytest.raises(ResultsError):
                plot(result, panel)
        experiment.advance(1.0)


def test_8_a_missing_package_is_an_error_with_a_status() -> None:
    """Importing goes on; using says what to install; an uncaught one is status 1, not 0."""
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import bouton_plugins.experiments.section\n"
        "from bouton_plugins.experiments.data import RunResult\n"
        "from bouton_plugins.experiments.plots import Panel, plot\n"
        "print('imported')\n"
        "plot(RunResult('r', ()), Panel('v'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "imported" in done.stdout
    assert "bouton[plot]" in done.stderr


def test_9_an_experiment_shares_nothing_with_another(bischop: Make) -> None:
    """Steps, names, clocks and temperatures are its own; A, B, A gives A twice."""

    def run(dt_ms: float, level: float, method: str = "fixed") -> np.ndarray:
        told = Integration(method, dt_ms=dt_ms, celsius=20 * dt_ms, v_init_mV=-68.0)  # type: ignore[arg-type]
        with Experiment(bischop(E_L=level), integration=told) as experiment:
            experiment.store_state("same name")
            experiment.simulate(Hold(20.0, {"current_nA": 0.3}))
            return experiment.results().chunk().signal("v").values

    first = run(0.05, -68.0)
    other = run(0.02, -80.0, "cvode")
    assert len(first) == 400
    assert len(other) == 1000
    assert np.array_equal(run(0.05, -68.0), first)
    assert np.array_equal(run(0.02, -80.0, "cvode"), other)


def test_9_an_experiment_beside_another_is_refused_not_mixed_up(
    bischop: Make, quick: Integration
) -> None:
    with Experiment(bischop(), integration=quick) as one:
        one.advance(1.0)
        two = Experiment(bischop(), integration=quick)
        with pytest.raises(BoutonError, match="alive in this process"):
            two.advance(1.0)
        one.advance(1.0)
        assert one.results().chunk().n == 40


def test_10_every_parameter_can_differ_between_cells(bischop: Make, quick: Integration) -> None:
    """All of them, from the start and later; a population is what its cells are alone."""
    own = [{"E_L": -68.0 - i, "gg_Na": 700.0 + 50 * i, "C_m": 30.0 + i} for i in range(3)]
    alone = []
    for values in own:
        with Experiment(bischop(**values), integration=quick) as experiment:
            experiment.simulate(Hold(30.0, {"current_nA": 0.2}))
            alone.append(experiment.results().chunk().signal("v").values[:, 0])
    for later in (False, True):
        cells = [bischop(**({} if later else values)) for values in own]
        with Experiment(cells, integration=quick) as experiment:
            if later:
                experiment.set({name: [values[name] for values in own] for name in own[0]})
            experiment.simulate(Hold(30.0, {"current_nA": 0.2}))
            together = experiment.results().chunk().signal("v").values
        assert np.array_equal(together, np.stack(alone, axis=1))
