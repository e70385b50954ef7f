"""Stimuli as data: what drives they become, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bouton
from bouton.contracts import Recorder, Stimulus
from bouton.errors import ProtocolError
from bouton.model.locations import At
from bouton.model.protocol import PointDrive, WaveformDrive

NAMES = [
    "epsp-current",
    "noise",
    "pulse-train",
    "ramp",
    "staircase",
    "step",
    "voltage-clamp",
    "waveform",
]


def made(name: str, **options: Any) -> Any:
    """Return a stimulus by name, as a study would."""
    return bouton.registry.stimuli[name](**options)


def waveform_of(name: str, **options: Any) -> WaveformDrive:
    """Return the one waveform that a stimulus becomes."""
    (drive,) = made(name, **options).drives()
    assert isinstance(drive, WaveformDrive)
    return drive


def test_all_are_offered() -> None:
    ours = [n for n in bouton.registry.stimuli.names() if n in NAMES]
    assert ours == NAMES


def test_recorders_are_offered_and_meet_the_contract() -> None:
    for name in ("voltage", "movie", "spikes", "stimulus"):
        recorder = bouton.registry.recorders[name]()
        assert isinstance(recorder, Recorder)
        assert len(list(recorder.signals())) == 1
    (signal,) = bouton.registry.recorders["variable"]("Ca_HVA.ica").signals()
    assert (signal.name, signal.variable) == ("Ca_HVA.ica", "Ca_HVA.ica")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("voltage", {"interval_ms": -1.0}),
        ("voltage", {"name": " "}),
        ("movie", {"interval_ms": float("nan")}),
        ("variable", {"variable": ""}),
    ],
)
def test_recorders_refuse_nonsense(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        bouton.registry.recorders[name](**options)


def test_step_is_a_current_clamp() -> None:
    step = made("step", amplitude_nA=1.9, delay_ms=295.0, duration_ms=5.0)
    assert isinstance(step, Stimulus)
    (drive,) = step.drives()
    assert isinstance(drive, PointDrive)
    assert drive.mechanism == "IClamp"
    assert drive.location == At("soma", 0.5)
    assert drive.values == {"amp": 1.9, "delay": 295.0, "dur": 5.0}


def test_ramp_returns_to_zero() -> None:
    drive = waveform_of("ramp", start_nA=0.1, end_nA=0.5, delay_ms=10.0, duration_ms=40.0)
    assert drive.t_ms.tolist() == [10.0, 50.0, 50.0]
    assert drive.current_nA.tolist() == [0.1, 0.5, 0.0]


def test_staircase() -> None:
    drive = waveform_of("staircase", levels_nA=[0.1, 0.3], step_ms=20.0, delay_ms=5.0)
    assert drive.t_ms.tolist() == [5.0, 25.0, 45.0]
    assert drive.current_nA.tolist() == [0.1, 0.3, 0.0]
    assert not drive.interpolate


def test_pulse_train() -> None:
    drive = waveform_of(
        "pulse-train", amplitude_nA=2.0, pulse_ms=1.0, interval_ms=10.0, n_pulses=3, delay_ms=4.0
    )
    assert drive.t_ms.tolist() == [4.0, 5.0, 14.0, 15.0, 24.0, 25.0]
    assert drive.current_nA.tolist() == [2.0, 0.0] * 3


def test_epsp_needs_its_catalogue_and_counts_inward_as_depolarising() -> None:
    (drive,) = made("epsp-current", amplitude_nA=0.5, onset_ms=300.0).drives()
    assert drive.values == {"onset": 300.0, "tau0": 1.0, "tau1": 5.0, "imax": 0.5}
    assert (drive.catalogues, drive.sign) == (("hay",), -1)


def test_voltage_clamp_levels() -> None:
    (drive,) = made("voltage-clamp", levels_mV=[-80, -20], durations_ms=[10, 20]).drives()
    assert drive.values == {"rs": 1.0, "amp1": -80, "dur1": 10, "amp2": -20, "dur2": 20}


def test_noise_statistics() -> None:
    drive = waveform_of("noise", std_nA=0.2, mean_nA=0.5, tau_ms=3.0, duration_ms=60_000.0, seed=7)
    values = drive.current_nA[:-2]
    assert len(values) == 600_000
    # 60 s hold about 10 000 independent stretches of 2 tau: standard errors near 0.002 nA.
    assert values.mean() == pytest.approx(0.5, abs=0.01)
    assert values.std() == pytest.approx(0.2, abs=0.01)
    x = values - values.mean()
    lag = 30  # one tau
    correlation = (x[lag:] * x[:-lag]).mean() / x.var()
    assert correlation == pytest.approx(np.exp(-1), abs=0.03)


def test_white_noise_is_uncorrelated_and_held() -> None:
    drive = waveform_of("noise", std_nA=1.0, duration_ms=10_000.0, interval_ms=0.5, delay_ms=5.0)
    x = drive.current_nA[:-1]
    assert not drive.interpolate
    assert (drive.t_ms[0], drive.t_ms[-1], drive.current_nA[-1]) == (5.0, 10_005.0, 0.0)
    assert abs((x[1:] * x[:-1]).mean()) < 0.03
    assert x.std() == pytest.approx(1.0, abs=0.03)


def test_noise_depends_on_the_seed_only() -> None:
    options = {"std_nA": 0.1, "duration_ms": 50.0, "tau_ms": 2.0}
    here = waveform_of("noise", seed=3, **options).current_nA
    assert not np.array_equal(here, waveform_of("noise", seed=4, **options).current_nA)
    script = (
        "from bouton_plugins.stimuli.noise import Noise\n"
        "(d,) = Noise(0.1, 50.0, tau_ms=2.0, seed=3).drives()\n"
        "print(d.current_nA.tobytes().hex())"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert there == here.tobytes().hex()


@pytest.mark.parametrize(
    "text", ["0 0\n1 0.5\n2 0\n", "# ms, nA\n0,0\n1,0.5\n2,0", "t;i\n0;0\n1;.5\n2;0"]
)
def test_waveform_files(tmp_path: Path, text: str) -> None:
    file = tmp_path / "current.txt"
    file.write_text(text)
    drive = waveform_of("waveform", file=file, delay_ms=10.0, scale=2.0)
    assert drive.t_ms.tolist() == [10.0, 11.0, 12.0]
    assert drive.current_nA.tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0\n1 x\n", r":2: expected two finite numbers"),
        ("0 0\n1 0.5 7\n", r":2: expected two finite numbers"),
        ("0 0\n1 nan\n", r":2: expected two finite numbers"),
        ("0 0\n5 1\n4 1\n", r"must not decrease: 4.0 follows 5.0"),
        ("-1 0\n", r"start at 0 or later"),
        ("", r"no line with two numbers"),
        ("only words here\n", r"no line with two numbers"),
    ],
)
def test_broken_waveform_files(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "current.txt"
    file.write_text(text)
    with pytest.raises(ProtocolError, match=message) as caught:
        made("waveform", file=file).drives()
    assert "current.txt" in str(caught.value)


def test_missing_and_binary_waveform_files(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="cannot read"):
        made("waveform", file=tmp_path / "absent.csv").drives()
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ProtocolError, match="cannot read"):
        made("waveform", file=binary).drives()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("step", {"amplitude_nA": float("nan")}, "amplitude_nA must be a finite number"),
        ("step", {"amplitude_nA": True}, "amplitude_nA must be a finite number"),
        ("step", {"amplitude_nA": "1"}, "amplitude_nA must be a finite number"),
        ("step", {"amplitude_nA": 1.0, "delay_ms": -1.0}, "delay_ms must be 0 or above"),
        ("ramp", {"start_nA": 0.0, "end_nA": 1.0, "duration_ms": 0.0}, "duration_ms must be above"),
        ("staircase", {"levels_nA": []}, "levels_nA must hold one or more"),
        (
            "pulse-train",
            {"amplitude_nA": 1.0, "pulse_ms": 5.0, "interval_ms": 5.0, "n_pulses": 2},
            "pulses merge",
        ),
        (
            "pulse-train",
            {"amplitude_nA": 1.0, "pulse_ms": 1.0, "interval_ms": 5.0, "n_pulses": 0},
            "n_pulses must be a whole number",
        ),
        ("epsp-current", {"amplitude_nA": 1.0, "rise_ms": 5.0}, "rise_ms must be below decay_ms"),
        (
            "voltage-clamp",
            {"levels_mV": [1, 2, 3, 4], "durations_ms": [1, 1, 1, 1]},
            "one to three",
        ),
        ("voltage-clamp", {"levels_mV": [1, 2], "durations_ms": [1]}, "one duration"),
        ("noise", {"std_nA": -1.0, "duration_ms": 10.0}, "std_nA must be 0 or above"),
        ("noise", {"std_nA": 1.0, "duration_ms": 1e9, "interval_ms": 1e-3}, "longer interval_ms"),
        ("noise", {"std_nA": 1.0, "duration_ms": 10.0, "seed": -1}, "seed must be a whole number"),
        ("waveform", {}, "give either file"),
        ("waveform", {"t_ms": [0, 1], "current_nA": [1]}, "equally long"),
        ("waveform", {"t_ms": [1, 0], "current_nA": [1, 1]}, "must not decrease"),
        ("waveform", {"t_ms": [0], "current_nA": [1], "file": Path("x")}, "give either file"),
    ],
)
def test_nonsense_is_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(name, **options)


def test_declaring_imports_nothing_heavy() -> None:
    script = (
        "import sys, bouton_plugins.stimuli, bouton_plugins.recorders\n"
        "print([m for m in ('numpy', 'neuron', 'tables', 'nevergrad') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
