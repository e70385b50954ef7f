"""Evaluations and traces that look like real ones, made without NEURON."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bouton.model.locations import At, Place
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal
from bouton.model.scores import Evaluation, Feature, Scores
from bouton.model.traces import Response, Trace, TracePlace


def make_response(name: str = "bAP") -> Response:
    t = np.arange(0.0, 20.0, 0.025)
    soma = TracePlace("soma", 0.5, 11.5, Place(0, 0.5))
    hot = TracePlace("apic[36]", 0.9, 620.25, Place(7, 0.87))
    description = Protocol(
        drives=(PointDrive("IClamp", At("soma"), {"amp": 1.9, "dur": 5.0}),),
        signals=(
            Signal("soma", "v", At("soma")),
            Signal("dend/hot (0.9)", "v", At("apic[36]", 0.87), interval_ms=0.1),
        ),
        duration_ms=20.0,
        integration=Integration("cvode", absolute_tolerance=1e-4, celsius=34.0, v_init_mV=-75.0),
        onset_ms=5.0,
        stimulus_ms=5.0,
    )
    v = -75 + 110 * np.exp(-((t - 7) ** 2))
    both = np.stack([v, -70 + 30 * np.exp(-(((t - 9) / 2) ** 2))], axis=1)
    traces = (
        Trace("soma", "v", "mV", t, v, (soma,)),
        Trace("dend/hot (0.9)", "v", "mV", t, both, (soma, hot)),
    )
    return Response(name, traces, description)


def make_evaluation(seed: int = 0, *, with_traces: bool = False) -> Evaluation:
    rng = np.random.default_rng(seed)
    features = {
        "bAP_APheight": Feature("bAP_APheight", float(rng.normal(25, 5)), "mV"),
        "BAC_ISI": Feature("BAC_ISI", tuple(rng.normal(10, 1, size=2).tolist()), "ms"),
        "bAP_spikecount": Feature("Spikecount", float("nan")),
    }
    return Evaluation(
        parameters={f"ephys.p{i}": float(value) for i, value in enumerate(rng.random(4))}
        | {"BAC.stim.times": (1, 2)},
        scores=Scores(features, {"bAP_APheight": float(rng.random())}, {"ok": True, "maybe": None}),
        combined={name: float(rng.random()) for name in ("bAP", "BAC_somatic", "BAC_caSpike")},
        timings={"run": 0.5, "run.bAP": 0.2},
        responses={"bAP": make_response()} if with_traces else {},
    )


@pytest.fixture
def evaluation() -> Callable[..., Evaluation]:
    return make_evaluation


@pytest.fixture
def response() -> Callable[..., Response]:
    return make_response
