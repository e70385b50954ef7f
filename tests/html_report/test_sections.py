"""What is in a report: the right sections for every kind of run, sampled, escaped, and small."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bouton.errors import ResultsError
from bouton.model.scores import Evaluation, Feature, Scores
from bouton.results import RunDirectory
from bouton.results.records import evaluation_record, part_record, start_record
from bouton_plugins.html_report.packing import packed, quantised, sampled, thinned
from bouton_plugins.html_report.writing import write_report
from bouton_plugins.motor.drive import Trapezoid
from bouton_plugins.motor.drive_tables import recruitment_features

Report = Callable[[Path], Path]
Run = list[dict[str, Any]]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _headings(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>([^<]*)", page)


def _data(page: str) -> dict[str, Any]:
    (text,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL
    )
    found: dict[str, Any] = json.loads(text)
    return found


def _numbers(spec: dict[str, str]) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(spec["bdata"]), dtype=f"<{spec['dtype']}")


def _write(out: Path, kind: str, records: Run, study: dict[str, Any] | None = None) -> str:
    with RunDirectory.create(out, kind, study or {"name": kind}, {}) as made:
        made.append(records)
    return _text(write_report(out))


def test_a_cell_has_scores_traces_and_a_movie(report: Report, ball_run: Path) -> None:
    page = _text(report(ball_run))
    assert _headings(page) == ["Overview", "Scores", "Traces", "The cell", "Study and provenance"]
    assert "1 of 2 within 2 SD of their targets" in page
    assert "35 ± 5" in page
    assert "beyond" in page
    chart, scene = _data(page).values()
    (panel,) = chart["panels"]
    assert [series["name"] for series in panel["series"]] == [
        "soma", "right at 356 µm", "spikes, soma"]  # fmt: skip
    (movie,) = scene["movies"]
    frames = _numbers(movie["values"]).reshape(movie["frames"], -1)
    assert frames.shape[1] == len(scene["names"]) == 18
    assert frames.min() == 0
    assert frames.max() == 65534
    assert movie["unit"] == "mV"


def test_a_movie_is_what_was_recorded(report: Report, ball_run: Path) -> None:
    from bouton.results import Results

    scene = _data(_text(report(ball_run)))["figure-2"]
    movie = scene["movies"][0]
    values = movie["values"]
    shown = values["low"] + _numbers(values) / 65534 * (values["high"] - values["low"])
    frames = shown.reshape(movie["frames"], -1)
    recorded = Results.open(ball_run).traces("step")["every segment"]
    times = movie["start"] + movie["step"] * np.arange(movie["frames"])
    first = np.interp(times, recorded.t_ms, recorded.values[:, 0])
    assert scene["names"][0].startswith("soma(0.5)")
    np.testing.assert_allclose(frames[:, 0], first, atol=0.01)


def test_a_run_without_a_movie_says_how_to_have_one(tmp_path: Path, ball_run: Path) -> None:
    from bouton.results.geometry import MORPHOLOGY_NAME

    with RunDirectory.create(tmp_path / "run", "run", {"name": "still"}, {}) as made:
        made.write_text(MORPHOLOGY_NAME, (ball_run / MORPHOLOGY_NAME).read_text())
        made.record([Evaluation({})])
    page = _text(write_report(tmp_path / "run"))
    assert "add the recorder `movie`" in page
    (scene,) = _data(page).values()
    assert scene["movies"] == []
    assert scene["label_names"] == ["soma", "dend", "left", "right"]


def test_a_fit_of_ten_thousand_is_sampled_and_small(report: Report, large_run: Path) -> None:
    path = report(large_run)
    assert path.stat().st_size < 10e6
    page = _text(path)
    assert _headings(page) == ["Overview", "Scores", "Search", "Parameters",
                               "Failures and remarks", "Study and provenance"]  # fmt: skip
    assert "10000 (" in page
    assert "left the range at 5 ms" in page
    assert page.count("left the range at") == 1  # one row for one cause
    size = len(page) - page.index('id="data"')
    drawn = _data(page)
    assert sum(len(json.dumps(one)) for one in drawn.values()) < 1e6 < size
    pairs = next(one for one in drawn.values() if one["kind"] == "pairs")
    assert 100 < len(_numbers(pairs["groups"])) < 4000
    assert (_numbers(pairs["groups"]) == 2).sum() == 1


def test_the_best_and_the_front_are_never_sampled_away(report: Report, large_run: Path) -> None:
    from bouton.results import Results

    results = Results.open(large_run)
    pairs = next(o for o in _data(_text(report(large_run))).values() if o["kind"] == "pairs")
    numbers, groups = _numbers(pairs["numbers"]), _numbers(pairs["groups"])
    best = results.best()
    assert numbers[groups == 2].tolist() == [best]
    assert sorted(numbers[groups >= 1].tolist()) == sorted({*results.pareto().tolist(), best})


def test_an_exploration_has_a_walk(report: Report, explore_run: Path) -> None:
    page = _text(report(explore_run))
    assert {"Search", "Parameters", "Walk"} <= set(_headings(page))
    assert "where the search began" in page
    assert "explored part of the range" in page


def test_a_network_has_spikes_rates_and_potentials(report: Report, network_run: Path) -> None:
    page = _text(report(network_run))
    assert "Network" in _headings(page)
    titles = [panel["title"] for one in _data(page).values() for panel in one["panels"]]
    assert titles == ["Spikes", "Rates in bins of 10 ms", "E: v.soma"]
    assert "could not be made" not in page


def test_cells_of_a_network_are_shown_in_space(tmp_path: Path) -> None:
    from bouton.results.safe_tables import new_tables

    told = {"duration_ms": 10.0, "connections": [], "gap_junctions": [],
            "populations": [{"name": "E", "count": 5, "spikes": 0, "rate_Hz": 0.0}]}  # fmt: skip
    with RunDirectory.create(tmp_path / "run", "network", {"name": "placed"}, {}) as made:
        folder = made.folder("network")
        with new_tables(folder / "network.h5") as file:
            group = file.create_group("/nodes/E", "0", createparents=True)
            for axis in "xyz":
                file.create_array(group, axis, obj=np.arange(5.0) * 10)
        made.append([part_record("network", told)])
    (scene,) = _data(_text(write_report(tmp_path / "run"))).values()
    assert scene["names"] == [f"E {i}" for i in range(5)]
    assert _numbers(scene["ends"]).reshape(5, 2, 3)[0, 0].tolist() == [-20, -20, -20]


def test_a_driven_pool(tmp_path: Path) -> None:
    shape = {"start_ms": 0.0, "rise_ms": 100.0, "hold_ms": 100.0, "fall_ms": 100.0, "end_ms": 0.0}
    records = []
    for cell in range(3):
        times = np.arange(30.0 + 20 * cell, 270.0 - 20 * cell, 12.0)
        features = dict(recruitment_features(times, Trapezoid(**shape)))
        features["spike_times__ms"] = Feature("spike_times__ms", tuple(times.tolist()), "ms")
        notes = {"trial": "ramp", "cell_index": cell, "recruitment_threshold": 0.1 * cell,
                 "area__um2": 1e5 * (cell + 1), "axon_delay__ms": 1.0}  # fmt: skip
        made = Evaluation({}, Scores(features))
        records.append(evaluation_record(made, cell, notes=notes))
    page = _write(tmp_path / "run", "drive", records, {"drive": {"shape": shape}})
    assert "Driven pool" in _headings(page)
    (chart,) = _data(page).values()
    raster = chart["panels"][1]
    assert [len(_numbers(series["x"])) for series in raster["series"]] == [20, 17, 14]
    assert "who joins in and who drops out" in page


def test_a_measured_pool_with_a_cell_that_failed(tmp_path: Path) -> None:
    from bouton_plugins.measurements.columns import UNITS

    records = []
    for cell in range(3):
        value = float("nan") if cell == 1 else 1.0 + cell
        features = {name: Feature(name, value, unit) for name, unit in UNITS.items()}
        status, reason = ("failed", "no spike up to 100 nA") if cell == 1 else ("ok", "")
        made = Evaluation({}, Scores(features), status=status, reason=reason)  # type: ignore[arg-type]
        notes = {"cell_index": cell, "recruitment_threshold": 0.5}
        records.append(evaluation_record(made, cell, notes=notes))
    page = _write(tmp_path / "run", "measure", records)
    assert {"Measured cells", "Failures and remarks"} <= set(_headings(page))
    assert "no spike up to 100 nA" in page
    assert "input resistance" in page
    panels = next(iter(_data(page).values()))["panels"]
    assert _numbers(panels[0]["series"][0]["x"]).tolist() == [1.0, 3.0]


def test_an_experiment_lays_runs_on_top_of_each_other(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    study.write_text("""
cell:
  template:
    use: by-region
    sections: [{name: soma, length_um: 20, diameter_um: 20}]
    regions: {soma: {mechanisms: {hh: {}}}}
experiment:
  integration: {method: fixed, dt_ms: 0.025}
  estimate_error: false
  figures: false
  steps: [{step: {first: 0, second: 0.5, first_ms: 5, second_ms: 20}}]
  runs: {low: {}, high: {}}
""")
    out = tmp_path / "run"
    command = [sys.executable, "-m", "bouton", "run", str(study), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = _text(write_report(out))
    assert "Experiment" in _headings(page)
    assert "could not be made" not in page
    (chart,) = _data(page).values()
    voltage, current = chart["panels"]
    assert [series["name"] for series in voltage["series"]] == ["low", "high"]
    assert current["y"] == {**current["y"], "label": "current", "unit": "nA"}


def test_a_run_under_way_and_one_without_evaluations_have_reports(tmp_path: Path) -> None:
    study = {"name": "beginning"}
    with RunDirectory.create(tmp_path / "run", "fit", study, {}) as made:
        page = _text(write_report(made.path, tmp_path / "a.html"))
        assert "running" in page
        made.record([Evaluation({}, status="failed", reason="nothing worked")])
        page = _text(write_report(made.path, tmp_path / "b.html"))
        assert "nothing worked" in page
    assert not (tmp_path / "run" / "report.html").exists()


def test_a_run_that_failed_or_was_killed_says_so_at_once(tmp_path: Path) -> None:
    failed = Evaluation({}, status="failed", reason="out of <range>")
    with RunDirectory.create(tmp_path / "run", "run", {"name": "hot"}, {}) as made:
        made.record([failed])
    page = unescape(_text(write_report(made.path)))
    assert "finished, nothing succeeded" in page
    assert "The simulation failed: out of <range>" in page
    assert "<dt>ended</dt>" in page
    manifest = tmp_path / "run" / "run.json"  # as a process leaves it that is killed
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "status": "running"}))
    page = _text(write_report(made.path))
    assert "ended without a word" in page
    assert "<dt>ended</dt>" not in page


def test_the_best_read_differently(tmp_path: Path) -> None:
    start = start_record([], names=["g"], lower=[0.0], upper=[1.0], scales=["linear"],
                         objectives=["a"], seed=1, schedule="generational")  # fmt: skip
    equals = [
        Evaluation({"g": 0.1 * i}, Scores({}, {}), {"a": 1.0 + 1e-9 * i}) for i in range(1, 9)
    ]
    records = [evaluation_record(one, i, 0) for i, one in enumerate(equals)]
    page = _write(tmp_path / "run", "fit", [start, *records])
    _, _, table = page.partition("one of equals")
    assert table.partition("</table>")[0].count("<tr>") == 2  # the heading and one row


def test_a_run_of_an_unknown_kind_has_a_report(tmp_path: Path) -> None:
    page = _write(tmp_path / "run", "telescope", [part_record("network", {"another": "thing"})])
    assert _headings(page) == ["Overview", "Study and provenance"]


def test_damaged_traces_cost_one_section_only(tmp_path: Path, ball_run: Path) -> None:
    import shutil

    run = tmp_path / "run"
    shutil.copytree(ball_run, run)
    data = bytearray((run / "results.h5").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (run / "results.h5").write_bytes(data)
    page = _text(write_report(run))
    assert "This section could not be made" in page
    assert "1 of 2 within 2 SD" in page


def test_what_is_no_run_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="not a run directory"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_command(tmp_path: Path, ball_run: Path) -> None:
    out = tmp_path / "deep" / "a.html"
    command = [sys.executable, "-m", "bouton", "report", str(ball_run), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"wrote {out}" in done.stderr.replace("\n", "")
    assert done.stdout == ""
    assert out.exists()
    wrong = subprocess.run([*command[:4], str(tmp_path)], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "not a run directory" in wrong.stderr


def test_the_study_is_shown_as_it_was_run(report: Report, ball_run: Path) -> None:
    page = unescape(_text(report(ball_run)))
    assert "name: ball and branches" in page
    assert "amplitude_nA: 1.2" in page


def test_the_policy_allows_no_script_but_ours(report: Report, ball_run: Path) -> None:
    page = _text(report(ball_run))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert len(re.findall("<script", page)) == 3  # data, Plotly, ours


@given(
    values=arrays(
        float, st.integers(1, 400), elements=st.floats(-1e3, 1e3) | st.just(float("nan"))
    ),
    most=st.integers(4, 60),
)
def test_thinning_keeps_every_peak(values: Any, most: int) -> None:
    t = np.arange(len(values), dtype=float)
    x, y = thinned(t, values, most)
    assert (np.diff(x) > 0).all()
    np.testing.assert_array_equal(y, values[x.astype(int)])  # points of the curve, no others
    assert len(x) <= max(len(values) if len(values) <= most else 0, 1.5 * most + 4)
    assert (x[0], x[-1]) == (t[0], t[-1])
    if not np.isnan(values).all():
        assert np.nanmin(y) == np.nanmin(values)
        assert np.nanmax(y) == np.nanmax(values)
    assert np.isnan(values).any() == np.isnan(y).any()


@given(arrays(float, 20, elements=st.floats(-1e6, 1e6) | st.just(float("nan"))))
def test_quantised_values_come_back(values: Any) -> None:
    told = quantised(values)
    raw = _numbers(told)
    back = told["low"] + raw / 65534 * (told["high"] - told["low"])
    np.testing.assert_array_equal(raw == 65535, np.isnan(values))
    known = ~np.isnan(values)
    np.testing.assert_allclose(back[known], values[known], atol=(told["high"] - told["low"]) / 65e3)


def test_packed_numbers_are_finite_or_nan() -> None:
    back = _numbers(packed([1.0, np.inf, -np.inf, np.nan, 1e300]))
    np.testing.assert_array_equal(np.isnan(back), [False, True, True, True, True])


@given(st.integers(1, 10_000), st.integers(1, 500))
def test_samples_are_spread_evenly(count: int, most: int) -> None:
    rows = sampled(count, most)
    assert rows[0] == 0
    assert len(rows) == min(count, most)
    assert most == 1 or rows[-1] == count - 1


def test_without_plotly_the_extra_is_named(ball_run: Path) -> None:
    code = (
        "import sys; sys.modules['plotly'] = None; sys.modules['plotly.offline'] = None\n"
        "from bouton.cli import main; sys.exit(main())"
    )
    out = ball_run.parent / "none.html"
    command = [sys.executable, "-c", code, "report", str(ball_run), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'bouton[html]'" in done.stderr
    assert not out.exists()
