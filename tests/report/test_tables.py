"""Tables say value, unit, target and score, and CSV gives them back exactly."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from bouton.cli import bouton
from bouton.model.scores import Evaluation, Feature, Scores, Target
from bouton.report.summary import evaluation_summary, run_summary
from bouton.report.tables import (
    aligned,
    feature_table,
    features_csv,
    score_rows,
    score_table,
    scores_csv,
)
from bouton.results import Results, RunDirectory
from bouton.results.records import part_record, start_record

TARGETS = (
    Target("bAP_APheight", 25.0, 5.0, "mV", "bAP", "AP_height"),
    Target("BAC_ISI", 9.901, 0.8517, "ms", "BAC", "ISI"),
    Target("step_freq", 9.0, 0.88, "Hz", "step", "mean_frequency"),
)
SCORES = Scores(
    {
        "bAP_APheight.raw": Feature("bAP_APheight.raw", 33.624567890123456, "mV"),
        "ISI": Feature("ISI", (9.9, 10.1, math.nan), ""),
        "other": Feature("other", math.nan, "mV"),
    },
    {"bAP_APheight": 1.7249, "BAC_ISI": 0.0284, "extra": 250.0},
    {"bAP.one_spike": True, "BAC.returning_to_rest": False, "BAC.unknown": None},
)


def test_a_summary_counts_the_reasons_of_failures(tmp_path: Path) -> None:
    reasons = [f"left the range at {time} ms" for time in range(7)] + ["out of memory"]
    with RunDirectory.create(tmp_path / "run", "fit", {}, {}) as run:
        run.record([Evaluation({}, status="failed", reason=reason) for reason in reasons])
    summary = run_summary(Results.open(run.path))
    assert "8 evaluations: 8 failed\n  7 failed: left the range at # ms" in summary
    assert "\n  1 failed: out of memory" in summary


def test_rows_join_targets_features_and_scores() -> None:
    rows = {row.objective: row for row in score_rows(SCORES, TARGETS)}
    assert list(rows) == ["bAP_APheight", "BAC_ISI", "step_freq", "extra"]
    assert rows["bAP_APheight"].value == 33.624567890123456
    assert rows["BAC_ISI"].value == (9.9, 10.1, pytest.approx(math.nan, nan_ok=True))
    assert rows["BAC_ISI"].unit == "ms"  # the feature has none, the target does
    assert math.isnan(rows["step_freq"].score)
    assert math.isnan(rows["extra"].mean)


def test_the_table_is_aligned_and_says_units() -> None:
    lines = score_table(SCORES, TARGETS).splitlines()
    assert lines[0].split() == ["objective", "value", "unit", "target", "score/SD"]
    assert lines[2].split() == ["bAP_APheight", "33.62", "mV", "25", "±", "5", "1.72"]
    assert lines[3].split()[1:4] == ["9.9,", "10.1,", "-"]
    assert lines[4].split()[-1] == "-"
    assert len({line.rindex(" ") < len(line) for line in lines}) == 1
    assert "33.62  mV" in feature_table(SCORES.features)
    assert aligned(("a",), []).splitlines() == ["a", "─"]


def test_csv_is_exact_and_has_units() -> None:
    rows = list(csv.DictReader(io.StringIO(scores_csv(SCORES, TARGETS))))
    assert float(rows[0]["value"]) == 33.624567890123456
    assert rows[0]["unit"] == "mV"
    assert rows[0]["score_SD"] == "1.7249"
    assert rows[2]["value"] == rows[2]["score_SD"] == ""
    features = list(csv.DictReader(io.StringIO(features_csv(SCORES.features))))
    assert json.loads(features[1]["value"])[:2] == [9.9, 10.1]
    assert features[2]["value"] == ""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    with RunDirectory.create(tmp_path / "run", "fit", {}, {"seed": 7, "versions": {}}) as run:
        run.append([start_record(TARGETS), part_record("experiment", {"runs": [math.inf]})])
        for index in range(12):
            run.record(
                [
                    Evaluation(
                        {"a": 1.0},
                        SCORES,
                        {"x": 12.0 - index, "y": math.nan if index == 3 else 1.0},
                        status="failed" if index == 11 else "ok",
                        reason="crashed" if index == 11 else "",
                        timings={"run": 0.5},
                    )
                ],
                first_index=index,
            )
    return run.path


def test_summaries(run: Path) -> None:
    results = Results.open(run)
    text = run_summary(results)
    assert "12 evaluations: 11 ok, 1 failed" in text
    assert "seed 7" in text
    rows = [line.split()[0] for line in text.splitlines()[-14:] if line.strip()[:1].isdigit()]
    assert rows[0] == "10"  # the best that did not fail
    assert "11" not in rows
    assert "3" not in rows
    assert "experiment" in text
    one = evaluation_summary(results, 11)
    assert "failed (crashed)" in one
    assert "checks that failed: BAC.returning_to_rest" in one


def shell(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(bouton, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_show(run: Path) -> None:
    code, out, _ = shell("results", "show", run)
    assert (code, out.splitlines()[0][:13]) == (0, "fit: finished")
    code, out, _ = shell("results", "show", run, "--row", -2)
    assert "evaluation 10: ok" in out
    code, out, err = shell("results", "show", run, "--row", 12)
    assert (code, out) == (2, "")
    assert "there are 12 evaluations" in err


def test_show_json_is_strict_and_complete(run: Path) -> None:
    code, out, _ = shell("results", "show", run, "--format", "json")
    document = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    assert {"kind", "provenance", "evaluations", "experiment"} <= set(document)
    assert document["experiment"] == {"runs": [None]}
    keys = {"parameters", "features", "scores", "combined", "status", "reason", "timings"}
    assert keys <= set(document["evaluations"][0])
    assert document["evaluations"][0]["features"]["bAP_APheight.raw"] == 33.624567890123456
    assert document["evaluations"][0]["features"]["ISI"] == [9.9, 10.1, None]
    assert document["evaluations"][3]["combined"]["y"] is None
    _, out, _ = shell("results", "show", run, "--format", "json", "--row", 11)
    assert [row["reason"] for row in json.loads(out)["evaluations"]] == ["crashed"]


def test_verify_and_rebuild(run: Path) -> None:
    assert shell("results", "verify", run)[0] == 0
    (run / "results.h5").unlink()
    code, out, _ = shell("results", "verify", run)
    assert code == 1
    assert "results.h5: it is missing" in out
    assert shell("results", "rebuild", run)[0] == 0
    assert shell("results", "verify", run)[:2] == (0, f"{run}: all is well\n")
    (run / "results.h5.partial").write_text("")
    assert shell("results", "verify", run)[0] == 0  # a warning only


def test_damage_is_an_error_that_says_what_to_do(run: Path) -> None:
    journal = run / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"x":5.0', b'"x":1.0'))
    code, _, err = shell("results", "show", run)
    assert code == 1
    assert "--drop-damaged" in err
    assert shell("results", "verify", run)[0] == 1
    assert shell("results", "rebuild", run)[0] == 1
    assert shell("results", "rebuild", run, "--drop-damaged")[0] == 0
    assert shell("results", "verify", run)[0] == 0


def test_export_csv(run: Path, tmp_path: Path) -> None:
    assert shell("results", "export", run, "--out", tmp_path / "t.csv")[0] == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text())))
    assert [float(row["combined.x"]) for row in rows] == [12.0 - i for i in range(12)]
    code, _, err = shell("results", "export", run, "--format", "excel", "--out", tmp_path / "t")
    assert code == 2
    assert "known: csv, parquet" in err
    code, _, err = shell("results", "export", run, "--out", tmp_path / "no/such/t.csv")
    assert code == 1
    assert "writing" in err


def test_export_parquet(run: Path, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    out = tmp_path / "t.parquet"
    assert shell("results", "export", run, "--format", "parquet", "--out", out)[0] == 0
    frame = pandas.read_parquet(out)
    assert frame["combined.x"].tolist() == [12.0 - i for i in range(12)]
    assert json.loads(frame["features.ISI"][0])[:2] == [9.9, 10.1]


def test_requests_that_are_wrong(tmp_path: Path) -> None:
    assert shell("results", "show", tmp_path / "nowhere")[0] == 2
    code, _, err = shell("results", "show", tmp_path)
    assert code == 2
    assert "not a run directory" in err
    for name in ("show", "verify", "rebuild", "export"):
        code, out, _ = shell("results", name, "--help")
        assert code == 0
        assert "Example" in out
