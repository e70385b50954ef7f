"""Random sequences of running, storing, restoring, changing and resetting, against a model.

The model knows nothing of simulators: it remembers by what path a state was reached, which numbers
were drawn, and what must have been recorded. In the end the path of the last state is walked again,
straight and without any going back, and must lead to the same potentials to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bouton import At, Cell, Integration, Signal, registry
from bouton_plugins.experiments.experiment import Experiment
from bouton_plugins.experiments.schedules import Hold, Noise

SOMA = At("soma")
DT = 0.05
SIGNALS = (Signal("v", "v", SOMA), Signal("h", "bischop.h", SOMA, 3 * DT))
EVERY = {"v": 1, "h": 3}
SEED = 11
NAMES = st.sampled_from(["one", "two", "three"])
FREE = {"E_L": -68.0, "gg_Kv1": 2.0, "current_nA": 0.0}

Path = tuple[tuple[Any, ...], ...]


def opened() -> Experiment:
    cell = Cell(registry.cell_templates["hh-bischop"]())
    told = Integration("fixed", dt_ms=DT, v_init_mV=-68.0)
    return Experiment(cell, record=SIGNALS, integration=told, seed=SEED)


def walk(path: Path) -> float:
    """Return the potential at the end of a path from the initial state."""
    with opened() as experiment:
        for kind, what, values in path:
            experiment.set(dict(values))
            if kind == "state":
                experiment.set_state(*what)
            elif kind == "init":
                experiment.model.session.initialise()
            else:
                experiment.set({"current_nA": what[1]})
                experiment.model.session.advance(what[0])
        return float(experiment.value_of("v")[0])


class Experiments(RuleBasedStateMachine):
    experiment: Experiment | None = None

    @initialize()
    def begin(self) -> None:
        self.experiment = opened()
        _ = self.experiment.model
        self.values: dict[str, float] = dict(FREE)
        # the initial state depends on the parameters it was made with: there is a v_init only
        self.path: Path = ()
        self.clock = 0
        self.drawn = 0
        self.stored: dict[str, tuple[Path, int]] = {}
        self.stored_values: dict[str, dict[str, float]] = {}
        self.running = {"v", "h"}
        self.chunks: list[dict[str, Any]] = []
        self.fresh = True
        self.numbers = np.random.Generator(np.random.Philox(SEED)).standard_normal(5000)

    @property
    def own(self) -> Experiment:
        assert self.experiment is not None
        return self.experiment

    def passed(self, n: int, current: float) -> None:
        """Note that n ticks have passed."""
        frozen = tuple(sorted(self.values.items()))
        self.path = (*self.path, ("advance", (n, current), frozen))
        if self.fresh:
            start = {"start": self.clock, "n": 0, "v": [], "h": [], "I": []}
            self.chunks.append(start)
            self.fresh = False
        chunk = self.chunks[-1]
        for name in self.running:
            chunk[name] += [t for t in range(self.clock, self.clock + n) if t % EVERY[name] == 0]
        chunk["I"] += [current] * n
        chunk["n"] += n
        self.clock += n

    @rule(n=st.integers(1, 60), current=st.floats(-0.1, 0.15))
    def simulate(self, n: int, current: float) -> None:
        self.own.simulate(Hold(n * DT, {"current_nA": current}))
        self.passed(n, current)

    @rule(n=st.integers(1, 60))
    def advance(self, n: int) -> None:
        self.own.advance(n * DT)
        self.passed(n, self.values["current_nA"])

    @rule(n=st.integers(1, 10), each=st.integers(1, 5))
    def noise(self, n: int, each: int) -> None:
        self.own.simulate(Noise(0.03, duration_ms=n * each * DT, interval_ms=each * DT))
        for number in self.numbers[self.drawn : self.drawn + n]:
            self.passed(each, 0.03 * float(number))
        self.drawn += n + 1  # one is drawn for the interval that does not come

    @rule(n=st.integers(1, 20), current=st.floats(0.05, 0.15))
    def fail(self, n: int, current: float) -> None:
        """A simulation that fails half way leaves its time and nothing else."""

        def half(experiment: Experiment) -> None:
            experiment.set({"current_nA": current, "E_L": -50.0})
            experiment.set({"E_L": self.values["E_L"]})
            experiment.advance(n * DT)
            raise ZeroDivisionError

        try:
            self.own.simulate(half)
        except ZeroDivisionError:
            self.passed(n, current)

    @rule(name=st.sampled_from(["E_L", "gg_Kv1", "current_nA"]), part=st.floats(0.0, 1.0))
    def change(self, name: str, part: float) -> None:
        low, high = {"E_L": (-90, -60), "gg_Kv1": (0, 5), "current_nA": (-0.1, 0.05)}[name]
        self.values[name] = low + part * (high - low)
        self.own.set({name: self.values[name]})

    @rule(value=st.floats(-90.0, -40.0))
    def set_potential(self, value: float) -> None:
        self.own.set_state("v", value)
        self.path = (*self.path, ("state", ("v", value), tuple(sorted(self.values.items()))))

    @rule(name=NAMES)
    def store(self, name: str) -> None:
        self.own.store_state(name)
        self.stored[name] = (self.path, self.drawn)

    @rule(name=NAMES)
    def store_parameters(self, name: str) -> None:
        self.own.store_parameters(name)
        self.stored_values[name] = dict(self.values)

    @rule(which=st.sampled_from(["v", "h", ""]))
    def pause(self, which: str) -> None:
        self.own.pause(*([which] if which else []))
        self.running -= {which} if which else {"v", "h"}

    @rule(which=st.sampled_from(["v", "h", ""]))
    def start(self, which: str) -> None:
        self.own.start(*([which] if which else []))
        self.running |= {which} if which else {"v", "h"}

    @precondition(lambda self: self.experiment is not None)
    @rule(data=st.data())
    def reset(self, data: st.DataObject) -> None:
        state = data.draw(st.sampled_from(["initial", None, *self.stored]), "state")
        values = data.draw(st.sampled_from(["initial", None, *self.stored_values]), "parameters")
        random = data.draw(st.sampled_from(["initial", None, *self.stored]), "random")
        clock = data.draw(st.booleans(), "clock")
        chunk = clock or data.draw(st.booleans(), "chunk")
        self.own.reset(state, values, random=random, clock=clock, chunk=chunk)
        if values is not None:
            known = {"initial": FREE, **self.stored_values}
            self.values = dict(known[values])
        if random is not None:
            self.drawn = 0 if random == "initial" else self.stored[random][1]
        if state == "initial":
            self.path = (("init", (), tuple(sorted(self.values.items()))),)
        elif state is not None:
            self.path = self.stored[state][0]
        if clock:
            self.clock = 0
        self.fresh = self.fresh or chunk

    @rule()
    def take_results(self) -> None:
        self.check(self.own.results())
        self.chunks = []
        self.fresh = True

    def check(self, result: Any) -> None:
        assert len(result.chunks) == len(self.chunks)
        for chunk, told in zip(result.chunks, self.chunks, strict=True):
            assert (chunk.start, chunk.n) == (told["start"], told["n"])
            for name in ("v", "h"):
                assert chunk.signal(name).ticks.tolist() == told[name]
                assert len(chunk.signal(name).values) == len(told[name])
            assert chunk.stimulus()[:, 0].tolist() == told["I"]

    @invariant()
    def agrees(self) -> None:
        if self.experiment is None:
            return
        assert {name: self.own.values[0][name] for name in FREE} == self.values
        assert self.own.model.session.clock == self.clock
        assert set(self.own.recording) == self.running

    def teardown(self) -> None:
        if self.experiment is None:
            return
        ends: list[tuple[Path, float]] = []
        try:
            self.check(self.own.results())
            ends.append((self.path, float(self.own.value_of("v")[0])))
            for name, (path, _) in list(self.stored.items())[:1]:
                self.own.reset(name)
                ends.append((path, float(self.own.value_of("v")[0])))
        finally:
            self.own.close()
        for path, end in ends:
            assert walk(path) == end


Experiments.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,  # a coarse step may overshoot; these paths are known not to
    suppress_health_check=list(HealthCheck),
)
TestExperiments = Experiments.TestCase


def test_the_model_of_the_machine_sees_a_wrong_path() -> None:
    """The walk must depend on what it walks, or the machine would prove nothing."""
    values = tuple(sorted(FREE.items()))
    path = (
        ("advance", (40, 0.3), values),
        ("state", ("v", -80.0), values),
        ("advance", (9, 0.0), values),
    )
    assert walk(path) == walk(path)
    other = (path[0], path[1], ("advance", (9, 1e-9), values))
    assert walk(other) != walk(path)
    changed = tuple(sorted({**FREE, "E_L": -68.0 + 1e-9}.items()))
    assert walk((path[0], path[1], ("advance", (9, 0.0), changed))) != walk(path)
