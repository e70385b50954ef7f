"""A driven pool: sources, recruitment order, determinism, and bad input."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bouton
from bouton.errors import SimulationError, StudyError
from bouton.jobs.running import executable_job
from bouton_plugins.motor.drive import Trapezoid
from bouton_plugins.motor.drive_tables import recruitment_features, smoothed_rate
from bouton_plugins.motor.sources import Synapses

QUICK = (
    "pool.n=3",
    "drive.shape={start_ms: 50, rise_ms: 300, hold_ms: 100, fall_ms: 300, end_ms: 50}",
    "drive.figures=false",
)


def bout(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bouton", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_drive_is_a_trapezoid() -> None:
    shape = Trapezoid(100, 200, 300, 400, 50)
    times = np.array([0, 100, 200, 300, 599, 800, 1000, 1049.0])
    np.testing.assert_allclose(shape.level(times), [0, 0, 0.5, 1, 1, 0.5, 0, 0])
    assert shape.duration_ms == 1050


@pytest.mark.parametrize(("kind", "cv"), [("poisson", 1.0), ("gamma", 3**-0.5)])
def test_sources_follow_the_rate_with_their_irregularity(kind: Any, cv: float) -> None:
    synapses = Synapses(kind=kind, rate_Hz=50)
    flat = [synapses.train(i, np.ones_like, 20_000.0, 7) for i in range(20)]
    intervals = np.concatenate([np.diff(train) for train in flat])
    assert 1e3 / intervals.mean() == pytest.approx(50, rel=0.05)
    assert intervals.std() / intervals.mean() == pytest.approx(cv, rel=0.05)
    shape = Trapezoid(0, 10_000, 0, 10_000, 0)
    ramped = np.concatenate([synapses.train(i, shape.level, 20_000.0, 7) for i in range(40)])
    counts = np.histogram(ramped, bins=[0, 5_000, 10_000, 15_000, 20_000])[0] / 40
    np.testing.assert_allclose(counts, [62.5, 187.5, 187.5, 62.5], rtol=0.1)


def test_sources_are_the_same_for_a_seed_and_differ_otherwise() -> None:
    synapses = Synapses(sources=50)

    def events(cell: int, seed: int) -> list[float]:
        return synapses.events(cell, 4, np.ones_like, 100.0, seed)[2].tolist()

    assert events(3, 1) == events(3, 1)
    assert events(3, 1) != events(3, 2)
    assert events(3, 1) != events(4, 1)
    reached = (synapses.targets(0, 4, 1) >= 0).mean()
    assert 0.3 < reached < 0.7


def test_recruitment_is_read_from_the_spikes() -> None:
    shape = Trapezoid(0, 100, 100, 100, 0)
    found = recruitment_features(np.array([50.0, 75.0, 150.0, 280.0]), shape)
    values = {name: feature.value for name, feature in found.items()}
    assert values["recruitment_level"] == 0.5
    assert values["derecruitment_level"] == pytest.approx(0.2)
    assert values["first_rate__Hz"] == 40
    assert values["hold_rate__Hz"] == 10
    silent = recruitment_features(np.zeros(0), shape)
    assert silent["spikes"].value == 0
    assert np.isnan(silent["recruitment__ms"].value)


def test_smoothed_rates_count_every_spike_once() -> None:
    moments = np.arange(0.0, 1000.0, 1.0)
    rate = smoothed_rate(np.array([300.0, 500.0]), moments, 200.0)
    assert rate.sum() / 1e3 == pytest.approx(2.0, rel=1e-3)


@pytest.fixture(scope="module")
def ramp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ramp")
    given = [f"--set={text}" for text in QUICK]
    done = bout("run", "motor-ramp", "--out", "run", *given, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "run"


def test_small_cells_join_in_first_and_drop_out_last(ramp: Path) -> None:
    rows = [r for r in table(ramp / "recruitment.csv") if r["trial"] == "current"]
    joined = [float(row["recruitment__ms"]) for row in rows]
    dropped = [float(row["derecruitment__ms"]) for row in rows]
    area = [float(row["area__um2"]) for row in rows]
    assert area == sorted(area)
    assert joined == sorted(joined)
    assert dropped == sorted(dropped, reverse=True)
    assert joined[0] < joined[-1]


def test_spikes_reach_the_muscle_after_the_axon(ramp: Path) -> None:
    rows = [r for r in table(ramp / "spikes.csv") if r["trial"] == "current"]
    first = [r for r in rows if r["cell_index"] == "0"]
    delays = {float(r["arrival__ms"]) - float(r["time__ms"]) for r in first}
    np.testing.assert_allclose(sorted(delays), 12.0, atol=2e-3)


def test_results_show_every_spike(ramp: Path) -> None:
    done = bout("results", "show", str(ramp), "--format", "json", folder=ramp)
    trial = json.loads(done.stdout)["motor_pool"]["trials"]["current"]
    assert trial["cells"] == [0, 1, 2]
    assert trial["spike_count"] == [len(times) for times in trial["spike_times_ms"]]
    assert trial["rank_correlation_recruitment_size"] == pytest.approx(1)


def test_two_workers_give_the_same_spikes_and_another_seed_others(
    ramp: Path, tmp_path: Path
) -> None:
    study = bouton.find_study("motor-ramp", (*QUICK, "drive.workers=2"))
    study.jobs["drive"].execute(study, tmp_path / "two")
    assert (tmp_path / "two/spikes.csv").read_text() == (ramp / "spikes.csv").read_text()
    study = bouton.find_study("motor-ramp", (*QUICK, "drive.seed=43", "drive.workers=2"))
    study.jobs["drive"].execute(study, tmp_path / "other")
    ours, other = (table(path / "spikes.csv") for path in (ramp, tmp_path / "other"))
    current, synaptic = ([r for r in ours if r["trial"] == k] for k in ("current", "synapses"))
    assert current == [r for r in other if r["trial"] == "current"]
    assert synaptic != [r for r in other if r["trial"] == "synapses"]


def test_no_spike_counts_in_a_trace_that_leaves_the_valid_range(tmp_path: Path) -> None:
    study = bouton.find_study(
        "motor-ramp", (*QUICK, "drive.validity.upper_mV=40", "drive.trials={a: {current_nA: 25}}")
    )
    with pytest.raises(SimulationError, match="out of range"):
        study.jobs["drive"].execute(study, tmp_path / "run")
    results = bouton.Results.open(tmp_path / "run")
    assert results.status == "failed"
    assert all(not e.scores.features for e in results.evaluations)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("drive.trials={}", "nothing to drive with"),
        ("drive.trials.current.current_nA=many", "number"),
        ("drive.trials.synapses.synapses.kind=cox", "poisson"),
        ("drive.trials.synapses.synapses.probability=2", "within 0 to 1"),
        ("drive.shape.rise_ms=0", "rise_ms"),
        ("drive.seed=-1", "seed"),
    ],
)
def test_an_impossible_drive_is_refused(change: str, named: str, tmp_path: Path) -> None:
    def attempt() -> None:
        study = bouton.find_study("motor-ramp", (change,))
        study.jobs["drive"].execute(study, tmp_path / "run")

    with pytest.raises(StudyError, match=named):
        attempt()
    assert not (tmp_path / "run").exists()


def test_a_study_with_two_jobs_says_so() -> None:
    study = bouton.find_study("motor-ramp", ("measure={}",))
    with pytest.raises(StudyError, match="several jobs to run: drive, measure"):
        executable_job(study)
