"""Experiments: simulations, resets, recorders, chunks, events, results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton import At, Cell, Integration, Signal, registry
from bouton.errors import BoutonError, CellError, ProtocolError, ResultsError, SimulationError
from bouton_plugins.experiments.conditions import END, Above, Below, Event, Spikes
from bouton_plugins.experiments.data import Period
from bouton_plugins.experiments.experiment import Experiment
from bouton_plugins.experiments.schedules import (
    Follow,
    Hold,
    Noise,
    Ramp,
    Simulation,
    Staircase,
    Step,
)

Make = Callable[..., Cell]
SOMA = At("soma")


@pytest.fixture
def new(bischop: Make, quick: Integration) -> Callable[..., Experiment]:
    def make(*cells: Cell, **options: Any) -> Experiment:
        options.setdefault("integration", quick)
        return Experiment(cells or bischop(), **options)

    return make


# Simulations


def levels_of(simulation: Simulation, dt_ms: float = 0.01) -> list[tuple[int, float]]:
    made = simulation.plateaus(dt_ms, np.random.default_rng(0))
    return [(one.n, one.values["current_nA"]) for one in made]


def test_a_ramp_has_the_plateaus_that_it_says() -> None:
    found = levels_of(Ramp(0.0, 100.0, duration_ms=1000.0, n=50))
    assert [n for n, _ in found] == [2000] * 50
    assert [level for _, level in found] == pytest.approx([i * 100 / 49 for i in range(50)])
    assert (found[0][1], found[-1][1]) == (0.0, 100.0)


def test_a_ramp_of_one_plateau_is_a_plateau() -> None:
    assert levels_of(Ramp(3.0, 9.0, duration_ms=1.0, n=1)) == [(100, 3.0)]


@pytest.mark.parametrize(("duration_ms", "n"), [(115.0, 25), (0.3, 3), (0.07, 7), (33.0, 3)])
def test_plateaus_that_are_whole_steps_are_accepted(duration_ms: float, n: int) -> None:
    found = levels_of(Ramp(0.0, 1.0, duration_ms=duration_ms, n=n))
    assert sum(ticks for ticks, _ in found) == round(duration_ms / 0.01)


def test_every_legal_pair_is_accepted_and_no_other() -> None:
    for ticks in range(1, 400):
        for n in range(1, 30):
            ramp = Ramp(0.0, 1.0, duration_ms=ticks * 0.01, n=n)
            if ticks % n == 0:
                assert len(levels_of(ramp)) == n
            else:
                with pytest.raises(ProtocolError, match="would do"):
                    levels_of(ramp)


def test_staircase_step_and_hold() -> None:
    assert levels_of(Staircase(0.1, -0.2, n=3, step_ms=2.0)) == [
        (200, 0.1), (200, pytest.approx(-0.1)), (200, pytest.approx(-0.3))
    ]  # fmt: skip
    assert levels_of(Step(0.5, first=0.1, first_ms=1.0, second_ms=2.0)) == [(100, 0.1), (200, 0.5)]
    (plateau,) = Hold(1.0, {"E_L": -70.0}).plateaus(0.01, np.random.default_rng(0))
    assert (plateau.n, plateau.values) == (100, {"E_L": -70.0})


def test_noise_is_given_by_its_seed_and_has_its_statistics() -> None:
    noise = Noise(2.0, duration_ms=2000.0, mean=5.0, tau_ms=1.0, seed=3)
    values = np.array([level for _, level in levels_of(noise)])
    assert len(values) == 20_000
    assert values.mean() == pytest.approx(5.0, abs=0.15)
    assert values.std() == pytest.approx(2.0, rel=0.05)
    lag = np.corrcoef(values[:-10], values[10:])[0, 1]
    assert lag == pytest.approx(np.exp(-1.0), abs=0.06)
    assert levels_of(noise) == levels_of(noise)
    assert levels_of(evolve(noise, seed=4)) != levels_of(noise)
    short = Noise(1.0, duration_ms=0.25, interval_ms=0.1, seed=1)
    assert [n for n, _ in levels_of(short)] == [10, 10, 5]


def test_waveforms_of_other_plug_ins_are_followed(tmp_path: Any) -> None:
    file = tmp_path / "wave.csv"
    file.write_text("ms,nA\n0,0\n1,1\n2,1\n", encoding="utf-8")
    waveform = registry.stimuli["waveform"](file=file, delay_ms=0.5)
    found = levels_of(Follow((waveform,), duration_ms=4.0), 0.1)
    values = np.repeat([level for _, level in found], [n for n, _ in found])
    t = 0.1 * (np.arange(40) + 0.5)
    assert values == pytest.approx(np.interp(t, [0, 0.5, 1.5, 2.5], [0, 0, 1, 1]), abs=1e-12)
    step = registry.stimuli["step"](0.3, delay_ms=1.0, duration_ms=2.0)
    trains = registry.stimuli["staircase"]((0.1, 0.2), step_ms=1.0)
    both = levels_of(Follow((step, trains), duration_ms=4.0), 0.1)
    assert both == [
        (10, pytest.approx(0.1)), (10, pytest.approx(0.5)), (10, pytest.approx(0.3)), (10, 0.0)
    ]  # fmt: skip
    clamp = registry.stimuli["voltage-clamp"](levels_mV=(-70.0,), durations_ms=(5.0,))
    with pytest.raises(ProtocolError, match="more than a current over time"):
        levels_of(Follow((clamp,), duration_ms=4.0))
    with pytest.raises(ProtocolError, match="a change of the stimulus"):
        levels_of(Follow((evolve(step, delay_ms=1.03),), duration_ms=4.0), 0.1)


@pytest.mark.parametrize("nonsense", [
    lambda: Ramp(0.0, float("nan"), duration_ms=1.0),
    lambda: Ramp(0.0, 1.0, duration_ms=-1.0),
    lambda: Ramp(0.0, 1.0, duration_ms=1.0, n=0),
    lambda: Ramp(0.0, 1.0, duration_ms=1.0, n=True + 0.5),  # type: ignore[arg-type]
    lambda: Step("1"),  # type: ignore[arg-type]
    lambda: Hold(float("inf")),
    lambda: Noise(-1.0, duration_ms=1.0),
    lambda: Follow((), duration_ms=1.0),
])  # fmt: skip
def test_impossible_simulations_are_refused(nonsense: Callable[[], object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        nonsense()


def test_any_attribute_can_be_changed_and_comes_back(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        before = experiment.values
        record = experiment.simulate(Ramp(-68.0, -90.0, 2.0, n=4, attribute="E_L"))
        assert experiment.values == before
        chunk = experiment.results().chunk()
    assert chunk.applied["E_L"].unit == "mV"
    expected = np.repeat(np.linspace(-68.0, -90.0, 4), 10)[:, None]
    assert np.array_equal(chunk.stimulus("E_L"), expected)
    assert np.array_equal(chunk.stimulus("current_nA"), np.zeros((40, 1)))
    assert record.info == {"levels": np.linspace(-68.0, -90.0, 4).tolist()}
    assert chunk.parameters_start == chunk.parameters_end == before
    with pytest.raises(ResultsError, match=r"'PV_T' is no electrode and did not change"):
        chunk.stimulus("PV_T")


def test_the_current_array_is_what_the_ramp_says(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        experiment.simulate(Ramp(0.0, 0.1, 50.0, n=50))
        applied = experiment.results().chunk().stimulus()[:, 0]
    assert np.array_equal(applied, np.repeat(np.linspace(0.0, 0.1, 50), 20))


def test_an_exception_puts_every_value_back(new: Callable[..., Experiment]) -> None:
    def broken(experiment: Experiment, level: float) -> None:
        experiment.set({"current_nA": level, "E_L": -50.0})
        experiment.advance(1.0)
        raise RuntimeError("in the middle")

    with new() as experiment:
        before = experiment.values
        with pytest.raises(RuntimeError, match="in the middle"):
            experiment.simulate(broken, level=0.3)
        assert experiment.values == before
        with pytest.raises(SimulationError):
            experiment.simulate(Hold(5.0, {"current_nA": 1e9}))
        assert experiment.values == before
        with pytest.raises(CellError, match="nothing to set is called 'E_l'"):
            experiment.simulate(Hold(5.0, {"E_l": 1.0}))
        experiment.reset()  # a failed simulation leaves a state that cannot go on
        with pytest.raises(CellError, match="must be above 0"):
            experiment.simulate(Step(second=-1.0, first=30.0, first_ms=1.0, attribute="C_m"))
        assert experiment.values == before
        assert experiment.log[0].stopped == "RuntimeError: in the middle"
        experiment.advance(1.0)
        chunks = experiment.results().chunks
    assert chunks[0].simulations[0].kind == "broken"
    assert chunks[0].simulations[0].arguments == {"level": 0.3}
    assert chunks[-1].applied["current_nA"].values.tolist() == [[0.0]]


def test_functions_compose_simulations_and_tell_something(new: Callable[..., Experiment]) -> None:
    def twice(experiment: Experiment, amplitude: float) -> dict[str, float]:
        for _ in range(2):
            experiment.simulate(Hold(1.0, {"current_nA": amplitude}), name="inner")
        return {"amplitude": amplitude}

    with new() as experiment:
        record = experiment.simulate(twice, amplitude=0.2, name="outer")
        again = experiment.simulate(twice, amplitude=0.1)
        changed = experiment.simulate(Hold(1.0), duration_ms=3.0)
        assert [one.name for one in experiment.log] == [
            "inner", "inner", "outer", "inner", "inner", "twice", "Hold"
        ]  # fmt: skip
        with pytest.raises(ProtocolError, match="Hold has no field 'duration'; did you mean"):
            experiment.simulate(Hold(1.0), duration=3.0)
        with pytest.raises(ProtocolError, match="expected a simulation or a function"):
            experiment.simulate("ramp")  # type: ignore[arg-type]
    assert (record.start, record.stop, record.info) == (0, 40, {"amplitude": 0.2})
    assert (again.start, again.stop, again.arguments) == (40, 80, {"amplitude": 0.1})
    assert changed.arguments["duration_ms"] == 3.0


# Resets


def test_each_axis_of_a_reset_is_its_own(new: Callable[..., Experiment]) -> None:
    def begun() -> Experiment:
        experiment = new()
        experiment.set_state("v", -80.0)
        experiment.store_state("here")
        experiment.set({"E_L": -75.0})
        experiment.store_parameters("there")
        experiment.set({"E_L": -70.0})
        experiment.simulate(Noise(0.1, duration_ms=3.0))
        return experiment

    def seen(experiment: Experiment) -> tuple[float, float, float, int, float]:
        session = experiment.model.session
        return (
            float(experiment.value_of("v")[0]), experiment.values[0]["E_L"],
            experiment.clock_ms, experiment.current_chunk,
            float(experiment._generator.bit_generator.state["state"]["counter"][0]),
        ) if session else (0, 0, 0, 0, 0)  # fmt: skip

    with begun() as experiment:
        v, _, clock, _, drawn = seen(experiment)
        assert (clock, experiment.values[0]["E_L"]) == (pytest.approx(3.0), -70.0)
    for options, expected in (
        ({}, (-68.0, -68.0, 0.0, 1, 0.0)),
        ({"state": "here"}, (-80.0, -68.0, 0.0, 1, 0.0)),
        ({"parameters": None}, (-68.0, -70.0, 0.0, 1, 0.0)),
        ({"parameters": "there", "state": "here"}, (-80.0, -75.0, 0.0, 1, 0.0)),
        ({"state": None}, (v, -68.0, 0.0, 1, 0.0)),
        ({"random": None}, (-68.0, -68.0, 0.0, 1, drawn)),
        ({"clock": False}, (-68.0, -68.0, clock, 1, 0.0)),
        ({"clock": False, "chunk": False}, (-68.0, -68.0, clock, 0, 0.0)),
        ({"state": None, "parameters": None, "random": None}, (v, -70.0, 0.0, 1, drawn)),
    ):
        with begun() as experiment:
            experiment.reset(**options)
            assert seen(experiment) == expected, options


def test_a_wrong_reset_changes_nothing(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        experiment.store_state("start")
        experiment.advance(1.0)
        before = float(experiment.value_of("v")[0])
        for options, told in (
            ({"state": "strat"}, "no state is called 'strat'; did you mean 'start'"),
            ({"parameters": "start"}, "no set of parameters is called 'start'"),
            ({"random": "nowhere"}, "no state is called 'nowhere'"),
            ({"chunk": False}, "a chunk has one clock"),
        ):
            with pytest.raises(ProtocolError, match=told):
                experiment.reset(**options)  # type: ignore[arg-type]
        assert (float(experiment.value_of("v")[0]), experiment.clock_ms) == (before, 1.0)
        assert experiment.current_chunk == 0
        for name in ("initial", "continued", " "):
            with pytest.raises(ProtocolError, match="cannot be used as a name"):
                experiment.store_state(name)
        with pytest.raises(ProtocolError, match="a simulation cannot reset"):
            experiment.simulate(lambda one: one.reset())


def test_a_changed_structure_is_refused_before_anything_changes(
    new: Callable[..., Experiment],
) -> None:
    from bouton.nrn.engine import h

    with new() as experiment:
        experiment.store_state("start")
        experiment.set({"E_L": -75.0})
        experiment.advance(1.0)
        extra = h.Section(name="extra")
        with pytest.raises(SimulationError, match="section extra is new"):
            experiment.reset("start")
        assert experiment.values[0]["E_L"] == -75.0
        assert experiment.current_chunk == 0
        assert experiment.clock_ms == pytest.approx(1.0)
        h.delete_section(sec=extra)
        experiment.reset("start")


def test_random_numbers_can_be_taken_back(new: Callable[..., Experiment]) -> None:
    noise = Noise(0.05, duration_ms=3.0)

    def applied(experiment: Experiment) -> np.ndarray:
        experiment.simulate(noise)
        return experiment.results().chunk().stimulus()

    with new(seed=5) as experiment:
        first = applied(experiment)
        experiment.store_state("later")
        second = applied(experiment)
        experiment.reset()
        assert np.array_equal(applied(experiment), first)
        experiment.reset(random=None)
        assert np.array_equal(applied(experiment), second)
        experiment.reset(random="later")
        assert np.array_equal(applied(experiment), second)
    with new(seed=6) as experiment:
        assert not np.array_equal(applied(experiment), first)


def test_order_of_runs_does_not_matter(new: Callable[..., Experiment]) -> None:
    def run(experiment: Experiment, level: float) -> np.ndarray:
        experiment.reset()
        experiment.set({"E_L": level})
        experiment.simulate(Ramp(0.0, 0.3, 100.0, n=10))
        return experiment.results().chunk().signal("v").values

    with new() as experiment:
        forwards = [run(experiment, level) for level in (-68.0, -90.0)]
    with new() as experiment:
        backwards = [run(experiment, level) for level in (-90.0, -68.0)]
    assert np.array_equal(forwards[0], backwards[1])
    assert np.array_equal(forwards[1], backwards[0])
    assert not np.array_equal(forwards[0], forwards[1])


# Recorders and chunks


def test_recorders_pause_and_go_on(new: Callable[..., Experiment]) -> None:
    signals = (Signal("v", "v", SOMA), Signal("h", "bischop.h", SOMA, 0.5))
    with new(record=signals) as whole:
        whole.advance(12.0)
        reference = whole.results().chunk()
    with new(record=signals) as experiment:
        experiment.pause("v")
        assert experiment.recording == ("h",)
        experiment.advance(2.0)
        experiment.start()
        experiment.start("v")  # harmless
        experiment.advance(3.0)
        experiment.pause()
        experiment.pause()
        experiment.advance(4.0)
        experiment.start()
        experiment.advance(1.0)
        experiment.pause()
        experiment.start()  # no time between: no gap, and no sample twice
        experiment.advance(2.0)
        chunk = experiment.results().chunk()
        with pytest.raises(ProtocolError, match="no signal is called 'V'; known: h, v"):
            experiment.start("V")
    v, h = chunk.signal("v"), chunk.signal("h")
    assert v.periods == (Period(40, 100), Period(180, 240))
    assert h.periods == (Period(0, 100), Period(180, 240))
    for one, name in ((v, "v"), (h, "h")):
        full = reference.signal(name)
        keep = np.isin(full.ticks, one.ticks)
        assert np.array_equal(full.ticks[keep], one.ticks)
        assert np.array_equal(full.values[keep], one.values)
        assert len(one.ticks) == sum(
            len(range(-p.start % one.every + p.start, p.stop, one.every)) for p in one.periods
        )
    times, values = v.with_gaps()
    assert np.isnan(values).sum() == 1
    assert np.isnan(times[60])
    assert chunk.duration_ms == pytest.approx(12.0)


def test_a_chunk_without_recording_keeps_its_place(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        experiment.pause()
        experiment.simulate(Hold(2.0, {"current_nA": 0.5}))
        experiment.reset(state=None, clock=False)
        experiment.start()
        experiment.advance(0.05)  # one tick, one sample
        experiment.reset(state=None, clock=False)
        experiment.reset(state=None, clock=False)  # nothing passed: no chunk
        experiment.advance(1.0)
        assert experiment.current_chunk == 2
        result = experiment.results("run")
    assert [chunk.n for chunk in result.chunks] == [40, 1, 20]
    assert [chunk.start for chunk in result.chunks] == [0, 40, 41]
    assert [len(chunk.signal("v").ticks) for chunk in result.chunks] == [0, 1, 20]
    assert result.chunk(0).signal("v").values.shape == (0, 1)
    assert [chunk.state for chunk in result.chunks] == ["initial", "continued", "continued"]
    ticks, values = result.joined("v")
    assert ticks.tolist() == list(range(40, 61))
    assert len(values) == 21


def test_contiguous_chunks_lie_end_to_end_like_one_run(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        experiment.simulate(Hold(4.0, {"current_nA": 0.1}))
        whole = experiment.results().chunk().signal("v")
    for clock in (True, False):
        with new() as experiment:
            experiment.set({"current_nA": 0.1})
            experiment.advance(2.0)
            experiment.reset(None, None, random=None, clock=clock)
            experiment.advance(2.0)
            ticks, values = experiment.results().joined("v")
        assert np.array_equal(ticks, whole.ticks)
        assert np.array_equal(values, whole.values)


def test_results_before_anything_ran_are_a_clear_answer(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        empty = experiment.results("nothing")
        experiment.pause()
        assert experiment.results().chunks == ()
    assert empty.chunks == ()
    with pytest.raises(ResultsError, match="run 'nothing' has no chunks: nothing was simulated"):
        empty.chunk()
    with pytest.raises(ResultsError, match="has no chunks"):
        empty.joined("v")


def test_what_is_not_there_is_named(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        experiment.advance(1.0)
        result = experiment.results("r")
    with pytest.raises(ResultsError, match="chunks 0 to 0, there is no 1"):
        result.chunk(1)
    with pytest.raises(ResultsError, match=r"no signal 'w' was recorded; .*v"):
        result.chunk().signal("w")


def test_results_of_one_run_survive_the_next(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        experiment.data["list"] = [1]
        experiment.advance(1.0)
        first = experiment.results()
        values = first.chunk().signal("v").values.copy()
        experiment.data["list"].append(2)
        experiment.simulate(Hold(5.0, {"current_nA": 0.5}))
        second = experiment.results()
    assert first.data == {"list": [1]}
    assert second.data == {"list": [1, 2]}
    assert np.array_equal(first.chunk().signal("v").values, values)
    assert len(first.chunks) == 1


def test_results_can_be_taken_after_the_end(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        experiment.advance(1.0)
    assert experiment.results().chunk().n == 20


def test_a_stopped_simulation_is_a_whole_chunk(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        record = experiment.simulate(
            Hold(500.0, {"current_nA": 0.3}), until=Spikes(3), check_ms=0.05
        )
        assert experiment.values[0]["current_nA"] == 0.0
        chunk = experiment.results().chunk()
    assert record.stopped == "stop condition"
    assert chunk.spike_count == 3
    assert chunk.n == record.stop < 10_000
    assert len(chunk.signal("v").ticks) == chunk.n
    assert chunk.end_ms - chunk.spike_times_ms[-1] <= 0.05 + 1e-9


def test_conditions_on_variables(new: Callable[..., Experiment]) -> None:
    with new() as experiment:
        experiment.simulate(Hold(500.0, {"current_nA": 0.3}), until=Above(-55.0), check_ms=0.05)
        assert experiment.value_of("v")[0] > -55.0
        experiment.simulate(Hold(500.0, {"current_nA": -0.3}), until=Below(-95.0), check_ms=0.05)
        assert experiment.value_of("v")[0] < -95.0
        never = experiment.simulate(Hold(5.0), until=Above(1000.0))
        v = experiment.results().chunk().signal("v").values[:, 0]
    assert never.stopped == ""
    assert (np.diff(v > -55.0) != 0).sum() <= 2


# Events


def test_events_happen_in_order_at_whole_ticks(new: Callable[..., Experiment]) -> None:
    told: list[tuple[str, float]] = []

    def effect(name: str) -> Callable[[Experiment], None]:
        return lambda experiment: told.append((name, round(experiment.clock_ms, 9)))

    events = [
        Event("now", effect("now"), then={"later": 1.5, "asked": lambda: 0.5}),
        Event("later", effect("later"), then={END: 2.0}),
        Event("asked", effect("asked")),
        Event("timed", effect("timed"), at_ms=0.75),
        Event("never", effect("never"), at_ms=1.0, only_if=lambda _: False),
        Event("spiked", lambda one: one.set({"current_nA": 0.0}), when=Spikes(1)),
    ]
    with new() as experiment:
        experiment.advance(1.0)
        for _ in range(2):
            told.clear()
            start = experiment.clock_ms
            record = experiment.simulate(
                Hold(100.0, {"current_nA": 2.0}), events=events, check_ms=0.05
            )
            assert [(name, t - round(start, 9)) for name, t in told] == [
                ("now", 0.0), ("asked", pytest.approx(0.5)), ("timed", pytest.approx(0.75)),
                ("later", pytest.approx(1.5)),
            ]  # fmt: skip
            assert record.stopped == "event 'end'"
            assert record.stop - record.start == 70
        assert experiment.values[0]["current_nA"] == 0.0


def test_events_change_what_follows(new: Callable[..., Experiment]) -> None:
    events = [
        Event("on", lambda one: one.set({"current_nA": 0.1}), at_ms=1.0),
        Event("syn", lambda one: one.deliver("ampa", 5.0, 0.5), at_ms=1.0),
        Event("off", lambda one: one.pause(), at_ms=2.0),
    ]
    with new(record=(Signal("g", "ampa.g", SOMA),)) as experiment:
        experiment.simulate(Hold(3.0), events=events)
        chunk = experiment.results().chunk()
    assert chunk.stimulus()[[0, 19, 20, 59], 0].tolist() == [0.0, 0.0, 0.1, 0.1]
    g = chunk.signal("g")
    assert g.ticks.tolist() == list(range(40))
    assert g.values[:30].max() == 0.0
    assert g.values[31, 0] > 4.5


@pytest.mark.parametrize(("events", "told"), [
    ([Event("a"), Event("a")], "share one name"),
    ([Event("a", then={"b": 1.0})], "no event is called 'b'"),
    ([Event("a", at_ms=0.07)], "at_ms of event 'a'"),
    ([Event("a", then={"b": -1.0}), Event("b")], "delay of event 'b'"),
    ([Event("a", then={"b": 0.0}), Event("b", then={"c": 0.0}), Event("c", then={"b": 0.0})],
     "without end at one moment"),
    ([Event("a", lambda one: one.advance(1.0))], "no time can pass"),
    ([Event("a", lambda one: one.simulate(Hold(1.0)))], "no time can pass"),
    ([Event("a", lambda one: one.reset())], "cannot reset"),
])  # fmt: skip
def test_impossible_events_are_refused(
    new: Callable[..., Experiment], events: list[Event], told: str
) -> None:
    with new() as experiment:
        with pytest.raises(ProtocolError, match=told):
            experiment.simulate(Hold(2.0), events=events)
        experiment.advance(1.0)


# Populations, other templates, the class itself


def test_a_population_has_its_own_values_and_columns(
    new: Callable[..., Experiment], bischop: Make
) -> None:
    cells = [bischop(E_L=level) for level in (-60.0, -68.0, -90.0)]
    with new(*cells) as experiment:
        experiment.simulate(Hold(100.0, {"current_nA": 0.1}))
        experiment.set({"E_L": [-50.0]}, cells=[1])
        experiment.simulate(Noise(0.1, duration_ms=1.0, n_cells=3, seed=2))
        result = experiment.results()
    chunk = result.chunk()
    assert [column.cell for column in chunk.signal("v").columns] == [0, 1, 2]
    counts = [len(chunk.spikes_of(cell)) for cell in range(3)]
    assert counts[0] > counts[1] > counts[2]
    assert sum(counts) == chunk.spike_count
    assert [values["E_L"] for values in chunk.parameters_start] == [-60.0, -68.0, -90.0]
    assert [values["E_L"] for values in chunk.parameters_end] == [-60.0, -50.0, -90.0]
    assert len(set(chunk.stimulus()[-1].tolist())) == 3


def test_works_on_a_cell_of_several_compartments(quick: Integration) -> None:
    from bouton_plugins.regions.template import Cylinder, Region

    template = registry.cell_templates["by-region"](
        regions={
            "soma": Region(mechanisms={"hh": {"gnabar": 0.12}}),
            "dend": Region(mechanisms={"pas": {"g": 1e-4}}),
        },
        sections=(
            Cylinder("soma", 20.0, 20.0), Cylinder("dend", 200.0, 2.0, parent="soma", nseg=3)
        ),
    )  # fmt: skip
    movie = registry.recorders["movie"](label="dend", interval_ms=1.0)
    electrodes = {"soma_nA": SOMA, "dend_nA": At("dend", 0.9)}
    with Experiment(
        Cell(template), record=[movie], integration=quick, electrodes=electrodes
    ) as experiment:
        experiment.simulate(Step(0.5, first_ms=5.0, second_ms=20.0, attribute="dend_nA"))
        experiment.simulate(Ramp(0.12, 0.0, 2.0, n=2, attribute="soma.hh.gnabar"), name="blocking")
        chunk = experiment.results().chunk()
    assert chunk.signal("movie").values.shape == (27, 3)
    assert chunk.stimulus("dend_nA")[-50, 0] == 0.5
    assert chunk.spike_count >= 1
    assert chunk.applied["soma.hh.gnabar"].values[:, 0].tolist() == [0.12, 0.0]


def test_a_subclass_prepares_and_runs(bischop: Make, quick: Integration) -> None:
    class Mine(Experiment):
        def prepare(self) -> None:
            self.set_state("v", -90.0)
            self.store_state("low")

        def run(self, level: float) -> Any:
            self.reset("low")
            self.set({"E_L": level})
            self.advance(1.0)
            return self.results(f"{level:g}")

    with Mine(bischop(), integration=quick) as experiment:
        results = [experiment.run(level) for level in (-68.0, -90.0)]
        assert experiment.states == ("initial", "low")
    assert [result.chunk().signal("v").values[0, 0] for result in results] == [-90.0, -90.0]
    assert [result.chunk().parameters_start[0]["E_L"] for result in results] == [-68.0, -90.0]
    with pytest.raises(NotImplementedError, match="write `run` in a subclass"):
        Experiment(bischop()).run()


def test_a_failing_preparation_leaves_nothing_alive(bischop: Make, quick: Integration) -> None:
    class Mine(Experiment):
        def prepare(self) -> None:
            self.set({"E_LL": 1.0})

    with pytest.raises(CellError, match="'E_LL'"), Mine(bischop(), integration=quick) as one:
        one.advance(1.0)


def test_the_second_of_two_experiments_is_refused_clearly(new: Callable[..., Experiment]) -> None:
    with new() as first:
        first.advance(1.0)
        second = new()
        with pytest.raises(BoutonError, match="are alive in this process"):
            second.advance(1.0)
        first.advance(1.0)
    second.advance(1.0)
    second.close()


def test_signals_that_are_kept_anyway_are_refused(new: Callable[..., Experiment]) -> None:
    with pytest.raises(ProtocolError, match="keeps all spikes"):
        new(record=[registry.recorders["spikes"]()])
    with pytest.raises(ProtocolError, match="two signals share one name"):
        new(record=[Signal("v", "v", SOMA), Signal("v", "v", SOMA)])
