"""`bouton measure` on motor pools: the tutorial's digits, the accurate mode, and trouble."""

from __future__ import annotations

import csv
import json
import math
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bouton
from bouton.errors import ResultsError
from bouton_plugins.measurements.columns import UNITS
from bouton_plugins.measurements.tables import parameters_csv

HEAD = [
    "cell_index",
    "recruitment_threshold",
    "vhold_soma__mV",
    "Rin__MOhm",
    "tau__ms",
    "Ir__nA",
    "AP__mV",
    "AHP__mV",
    "AHPdur__ms",
    "FI_gain__Hz_per_nA",
]
# The tutorial's numbers for the first and the last of five cells, as published.
FIRST = [0.03885914138, 1.703208714, 10.03565689, 6.0, 83.56332905, 4.723017419, 133.8625, 3.152]
LAST = [0.01561210444, 0.5322709049, 3.130461721, 18.9, 95.04809127, 4.595246841, 38.6625, 3.48]
QUICK = (
    "--set=pool.n=3",
    "--set=measure.reproduce.gain_ms=100",
    "--set=measure.reproduce.resistance_ms=50",
    "--no-figures",
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


def numbers(row: dict[str, str]) -> list[float]:
    return [float(row[name]) for name in UNITS]


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    done = bout("measure", "motor-pool", "--out", "run", "--workers", "2", folder=folder)
    assert done.returncode == 0, done.stderr
    (folder / "stdout").write_text(done.stdout)
    (folder / "stderr").write_text(done.stderr)
    return folder / "run"


@pytest.fixture(scope="module")
def accurate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    given = ("--set", "measure.mode=accurate", "--workers", "2", "--set", "pool.only=[0, 2, 4]")
    done = bout("measure", "motor-pool", "--out", "run", *given, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "run"


def test_the_table_has_the_columns_of_the_tutorial_and_a_reason(reproduced: Path) -> None:
    rows = table(reproduced / "neuron_parameters.csv")
    assert list(rows[0]) == [*HEAD, "reason"]
    assert [row["cell_index"] for row in rows] == list("01234")
    assert all(row["reason"] == "" for row in rows)


def test_the_first_and_last_cell_have_the_published_numbers(reproduced: Path) -> None:
    rows = table(reproduced / "neuron_parameters.csv")
    np.testing.assert_allclose(numbers(rows[0]), FIRST, rtol=1e-9)
    np.testing.assert_allclose(numbers(rows[4]), LAST, rtol=1e-9)


def test_every_number_of_the_tutorial_is_reproduced(reproduced: Path, shared_data: Path) -> None:
    expected = table(shared_data / "motor_pool_n5.csv")
    found = table(reproduced / "neuron_parameters.csv")
    for ours, theirs in zip(found, expected, strict=True):
        assert ours["Ir__nA"] == theirs["Ir__nA"]  # the rounding of repeated addition included
        for name in HEAD:
            assert float(ours[name]) == pytest.approx(float(theirs[name]), rel=1e-9)


def test_spike_counts_are_whole_and_rates_are_the_tutorials(reproduced: Path) -> None:
    rows = table(reproduced / "frequency_current.csv")
    first = [row for row in rows if row["cell_index"] == "0"]
    assert [row["current__nA"] for row in first] == ["10.0", "15.0", "20.0", "25.0", "30.0"]
    assert [int(row["spikes"]) for row in first] == [56, 88, 122, 164, 215]
    for row in rows:
        assert float(row["rate__Hz"]) == pytest.approx(0.4 * int(row["spikes"]))


def test_everything_a_user_looks_for_is_there(reproduced: Path) -> None:
    for name in ("neuron_parameters.png", "rin_tau_relationship.png"):
        assert (reproduced / name).read_bytes().startswith(b"\x89PNG")
    log = (reproduced / "measure.log").read_text()
    assert "seed 42" in log
    assert "cell 4: vhold_soma__mV" in log
    stdout = (reproduced.parent / "stdout").read_text()
    assert "Ir__nA" in stdout
    assert "5 of 5 cells" in stdout
    assert "s left" in (reproduced.parent / "stderr").read_text()


def test_the_store_has_units(reproduced: Path) -> None:
    import tables

    with tables.open_file(reproduced / "results.h5") as file:
        group = file.root.evaluations
        names = [name.decode() for name in group.features_names.read()]
        units = [unit.decode() for unit in group.features_units.read()]
    told = dict(zip(names, units, strict=True))
    assert {name: told[name] for name in UNITS} == dict(UNITS)


def test_accurate_gives_a_bracket_no_wider_than_allowed(accurate: Path) -> None:
    for row in table(accurate / "neuron_parameters.csv"):
        low, high = float(row["Ir_lower__nA"]), float(row["Ir_upper__nA"])
        assert 0 < high - low <= 0.01
        assert low <= float(row["Ir__nA"]) <= high


def test_accurate_differs_from_the_tutorial_where_and_as_documented(
    accurate: Path, reproduced: Path
) -> None:
    plain = {row["cell_index"]: row for row in table(reproduced / "neuron_parameters.csv")}
    for row in table(accurate / "neuron_parameters.csv"):
        old = dict(zip(UNITS, numbers(plain[row["cell_index"]]), strict=True))
        new = dict(zip(UNITS, numbers(row), strict=True))
        assert new["vhold_soma__mV"] == pytest.approx(old["vhold_soma__mV"], rel=1e-5)
        assert 0 < new["Rin__MOhm"] - old["Rin__MOhm"] < 0.03 * old["Rin__MOhm"]
        assert new["tau__ms"] > old["tau__ms"]
        # the tutorial's grid rounds up to the next 0.1 nA
        assert -0.005 < old["Ir__nA"] - new["Ir__nA"] < 0.1
        assert new["AHPdur__ms"] == pytest.approx(old["AHPdur__ms"], rel=0.1)
        # 3000 ms of spikes divided by 2500 ms
        assert old["FI_gain__Hz_per_nA"] / new["FI_gain__Hz_per_nA"] == pytest.approx(1.2, rel=0.02)
        for name in UNITS:
            stem, _, unit = name.partition("__")
            assert float(row[f"{stem}_uncertainty__{unit}"]) >= 0


def test_accurate_converges_with_the_step(accurate: Path, tmp_path: Path) -> None:
    halved = "--set=measure.electrode.dt_ms=0.00625"
    given = ("--set=measure.mode=accurate", "--set=pool.only=[0, 4]", halved)
    done = bout("measure", "motor-pool", "--out", "half", *given, "--no-figures", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    whole = {row["cell_index"]: row for row in table(accurate / "neuron_parameters.csv")}
    for row in table(tmp_path / "half/neuron_parameters.csv"):
        old = dict(zip(UNITS, numbers(whole[row["cell_index"]]), strict=True))
        new = dict(zip(UNITS, numbers(row), strict=True))
        assert new["Ir__nA"] == pytest.approx(old["Ir__nA"], abs=0.01)
        for name in UNITS:
            assert new[name] == pytest.approx(old[name], rel=3e-3), name


def test_two_workers_give_the_same_table_as_one(reproduced: Path, tmp_path: Path) -> None:
    given = ("--set=pool.only=[3]", "--executor", "serial", "--no-figures", "--seed", "7")
    done = bout("measure", "motor-pool", "--out", "run", *given, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = table(tmp_path / "run/neuron_parameters.csv")
    assert row == table(reproduced / "neuron_parameters.csv")[3]


def test_a_cell_that_cannot_be_measured_has_a_reason_and_the_rest_go_on(tmp_path: Path) -> None:
    values = "--set=pool.thresholds={values: [0.1, 40.0, 0.5], outside: warn}"
    limited = ("--set=measure.electrode.validity.upper_mV=100", "--workers=2")
    done = bout(
        "measure",
        "motor-pool",
        "--out",
        "run",
        values,
        *QUICK[1:],
        *limited,
        "--set=pool.n=null",
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "1 cells have thresholds outside 0 to 1 (first: cell 1)" in done.stderr
    good, bad, last = table(tmp_path / "run/neuron_parameters.csv")
    assert not good["reason"]
    assert not last["reason"]
    assert bad["reason"]
    assert any(math.isnan(value) for value in numbers(bad))
    assert all(math.isfinite(value) for value in numbers(good))
    assert "ERROR" in (tmp_path / "run/measure.log").read_text()


def test_nothing_is_counted_in_a_trace_that_leaves_the_valid_range(tmp_path: Path) -> None:
    given = ("--set=measure.electrode.validity.upper_mV=60", "--set=pool.only=[0]", *QUICK)
    done = bout("measure", "motor-pool", "--out", "run", *given, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = table(tmp_path / "run/neuron_parameters.csv")
    assert math.isfinite(float(row["Rin__MOhm"]))
    for name in ("Ir__nA", "AP__mV", "FI_gain__Hz_per_nA"):
        assert math.isnan(float(row[name]))
    assert "Ir: out of range" in row["reason"]
    assert "AP: out of range" in row["reason"]


def test_if_no_cell_can_be_measured_the_work_has_failed(tmp_path: Path) -> None:
    given = ("--set=measure.electrode.validity.lower_mV=-1", *QUICK)
    done = bout("measure", "motor-pool", "--out", "run", *given, folder=tmp_path)
    assert done.returncode == 1
    assert "no cell could be measured" in done.stderr
    assert len(table(tmp_path / "run/neuron_parameters.csv")) == 3
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "failed"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("no-such-study",), "no built-in study"),
        (("motor-pool", "--n-neurons", "1"), "n must be at least 2"),
        (("motor-pool", "--n-neurons", "0"), "--n-neurons"),
        (("motor-pool", "--workers", "0"), "--workers"),
        (("motor-pool", "--executor", "cloud"), "executor"),
        (("motor-pool", "--set", "measure.mode=quick"), "measure.mode"),
        (("motor-pool", "--set", "measure.reproduce.rheobase_step_nA=0"), "rheobase_step_nA"),
        (("motor-pool", "--set", "pool.thresholds.range_ratio=150"), "outside 0 to 1"),
        (("motor-pool", "--force", "--resume"), "one of them"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_made(
    given: tuple[str, ...], named: str, tmp_path: Path
) -> None:
    done = bout("measure", *given, "--out", "run", folder=tmp_path)
    assert done.returncode == 2
    assert named in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_directory_in_use_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/thesis.txt").write_text("mine")
    done = bout("measure", "motor-pool", "--out", "run", *QUICK, folder=tmp_path)
    assert done.returncode == 1
    assert "thesis.txt" in done.stderr


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bouton", "measure", "motor-pool", "--out", "run", *QUICK[1:]]
    process = subprocess.Popen(
        [*command, "--n-neurons", "12"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    journal = tmp_path / "run/journal.jsonl"
    while not (journal.exists() and journal.read_bytes().count(b"\n") > 2):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 1
    done = bout("results", "show", "run", folder=tmp_path)
    assert "interrupted" in done.stdout
    kept = journal.read_bytes().splitlines()[1]
    other = bout("measure", "motor-pool", "--out", "run", "--resume", folder=tmp_path)
    assert other.returncode == 1
    assert "another study" in other.stderr
    given = ("--resume", "--workers", "2", "--n-neurons", "12", *QUICK[1:])
    done = bout("measure", "motor-pool", "--out", "run", *given, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert journal.read_bytes().splitlines()[1] == kept
    rows = table(tmp_path / "run/neuron_parameters.csv")
    assert [int(row["cell_index"]) for row in rows] == list(range(12))


def test_any_study_with_a_cell_can_be_measured(tmp_path: Path) -> None:
    (tmp_path / "hh.yaml").write_text(
        "cell:\n"
        "  template:\n"
        "    use: by-region\n"
        "    regions: {soma: {mechanisms: {hh: {}}}}\n"
        "    sections: [{name: soma, length_um: 30, diameter_um: 30}]\n"
        "measure:\n"
        "  mode: accurate\n"
        "  electrode: {celsius: 6.3, dt_ms: 0.025}\n"
        "  accurate: {start_mV: -65, gain_multiples: [2, 2.5, 3, 4]}\n"
    )
    done = bout("measure", "hh.yaml", "--out", "run", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = table(tmp_path / "run/neuron_parameters.csv")
    assert row["reason"].startswith("tau: ")  # it rings instead of decaying
    assert "Ir" not in row["reason"]
    assert float(row["vhold_soma__mV"]) == pytest.approx(-65, abs=0.1)
    assert 80 < float(row["AP__mV"]) < 120
    assert float(row["FI_gain__Hz_per_nA"]) > 0
    assert math.isnan(float(row["recruitment_threshold"]))


def test_the_run_of_one_job_is_no_run_of_another(reproduced: Path) -> None:
    study = bouton.find_study("motor-pool", ("pool.n=4",))
    with pytest.raises(ResultsError, match="another study"):
        study.jobs["measure"].go_on(study, reproduced)


def test_missing_features_are_nan_in_the_table() -> None:
    record: dict[str, Any] = {"index": 3, "reason": "Ir: no spike", "notes": {}, "features": {}}
    row = parameters_csv([record]).splitlines()[1].split(",")
    assert row[0] == "3"
    assert set(row[1:-1]) == {"nan"}
    assert row[-1] == "Ir: no spike"
