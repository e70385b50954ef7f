"""Whatever the traces look like, judging them gives scores and never an exception or a warning."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton.model.protocol import Protocol
from bouton.model.traces import Response, Trace
from bouton_plugins.hay.objectives import HayObjectives
from bouton_plugins.hay.targets import KINDS

WINDOWS = {"bAP": (295.0, 5.0), "BAC": (295.0, 45.0)}
Events = list[tuple[float, float, float]]

event = st.tuples(
    st.floats(0.0, 650.0), st.floats(0.01, 120.0), st.sampled_from([-90.0, -56.0, -31.0, 0.0, 45.0])
)
events = st.lists(event, max_size=8)


def trace(name: str, found: Events, end_ms: float) -> Trace:
    t_ms = np.linspace(0.0, end_ms, 3000)
    v_mV = np.full(len(t_ms), -75.0)
    for start, length, level in found:
        v_mV[(t_ms >= start) & (t_ms < start + length)] = level
    return Trace(name, "v", "mV", t_ms, v_mV)


def assert_judged(kind: str, response: Response) -> None:
    objectives = HayObjectives(include=(kind,))
    found = objectives.score(kind, {kind: response})
    assert set(found.scores) == {target.objective for target in objectives.targets}
    assert all(math.isnan(score) or 0 <= score <= 250 for score in found.scores.values())
    assert all(0 <= score <= 250 for score in objectives.combine(found.scores).values())


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["bAP", "BAC"]),
    soma=events,
    near=events,
    far=events,
    end_ms=st.sampled_from([0.5, 100.0, 296.0, 600.0]),
)
def test_short_protocols(kind: str, soma: Events, near: Events, far: Events, end_ms: float) -> None:
    onset, length = WINDOWS[kind]
    protocol = Protocol((), (), 600.0, onset_ms=onset, stimulus_ms=length)
    traces = (
        trace("soma", soma, end_ms),
        trace("dend1", near, end_ms),
        trace("dend2", far, end_ms),
    )
    assert_judged(kind, Response(kind, traces, protocol))


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(KINDS[2:]),
    times=st.lists(st.floats(600.0, 2990.0), max_size=40),
    width=st.floats(0.5, 30.0),
)
def test_steps(kind: str, times: list[float], width: float) -> None:
    t_ms = np.arange(0.0, 3000.0, 0.5)
    v_mV = np.full(len(t_ms), -75.0)
    for time in times:
        v_mV[(t_ms >= time) & (t_ms < time + width)] = 20.0
    protocol = Protocol((), (), 3000.0, onset_ms=700.0, stimulus_ms=2000.0)
    assert_judged(kind, Response(kind, (Trace("soma", "v", "mV", t_ms, v_mV),), protocol))


def test_declaring_the_plugin_imports_nothing_heavy() -> None:
    code = "import sys, bouton_plugins.hay; assert not {'numpy', 'neuron'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
