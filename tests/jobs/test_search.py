"""Fits and explorations: the same journal for any number of workers, and after any death."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bouton.errors import BoutonError, ResultsError, StudyError
from bouton.jobs.launching import begin, resume
from bouton.jobs.progress import Silent
from bouton.jobs.rerunning import rerun
from bouton.jobs.studies import find_study
from bouton.results.checking import rebuild
from bouton.results.journal import scan
from bouton.results.manifest import read_manifest
from bouton.results.reading import Results
from bouton.results.records import scientific_content

CHEAP = Path(__file__).with_name("cheap.yaml")
BOUTON = Path(sys.executable).with_name("bouton")
KILLS = int(os.environ.get("BOUTON_KILLS", "9"))


def content(folder: Path) -> list[dict[str, Any]]:
    found = scan(folder / "journal.jsonl")
    assert not found.damages
    return [scientific_content(record) for record in found.records]


def fit(out: Path, *overrides: str, workers: int = 2, executor: str = "") -> list[dict[str, Any]]:
    begin(find_study(CHEAP, overrides), "fit", out, workers=workers, executor=executor)
    return content(out)


def test_the_journal_does_not_depend_on_who_does_the_work(tmp_path: Path) -> None:
    reference = fit(tmp_path / "1", workers=1)
    assert [r["index"] for r in reference if r["kind"] == "evaluation"] == list(range(22))
    assert fit(tmp_path / "2", workers=2) == reference
    assert fit(tmp_path / "4", workers=4) == reference
    # `serial` works in the process itself, so it gets one of its own, as the workers do.
    command = [str(BOUTON), "fit", str(CHEAP), "--out", str(tmp_path / "s"), "--no-figures"]
    subprocess.run([*command, "--executor", "serial"], check=True, stderr=subprocess.DEVNULL)
    assert content(tmp_path / "s") == reference


def test_a_dask_cluster_writes_the_same_journal(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra bouton[dask] is not installed")
    reference = fit(tmp_path / "1", workers=1)
    assert fit(tmp_path / "d", workers=2, executor="dask") == reference


def test_another_seed_is_another_search(tmp_path: Path) -> None:
    assert fit(tmp_path / "1") != fit(tmp_path / "2", "fit.seed=2")


@pytest.mark.parametrize("optimizer", ["random", "sobol", "nsga2", "ibea", "nevergrad:DE"])
def test_resume_with_more_generations_equals_one_long_run(tmp_path: Path, optimizer: str) -> None:
    use = f"fit.optimizer={{use: '{optimizer}'}}"
    long = fit(tmp_path / "long", use, "fit.generations=3", executor="serial")
    fit(tmp_path / "short", use, "fit.generations=1", executor="serial")
    resume(tmp_path / "short", rounds=3, executor="serial")
    assert content(tmp_path / "short")[1:] == long[1:]
    again = resume(tmp_path / "short", rounds=2, executor="serial")  # fewer than there are
    assert (again.rounds, again.evaluations) == (3, sum(r["kind"] == "evaluation" for r in long))


def test_steady_state_replays_its_own_past(tmp_path: Path) -> None:
    steady = ("fit.schedule=steady-state", "fit.evaluations=30")
    first = fit(tmp_path / "a", *steady, executor="serial")
    assert len([r for r in first if r["kind"] == "evaluation"]) == 30
    outcome = resume(tmp_path / "a", rounds=40, executor="serial")
    assert outcome.evaluations == 40
    assert content(tmp_path / "a")[: len(first)] == first
    assert resume(tmp_path / "a", executor="serial").evaluations == 40


@pytest.mark.parametrize(
    "wrong", [{"workers": "2"}, {"workers": -1}, {"executor": 3}, {"progress": 5}]
)
def test_wrong_options_are_named(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match=next(iter(wrong))):
        begin(find_study(CHEAP), "fit", tmp_path / "a", **wrong)
    with pytest.raises(StudyError, match="rounds"):
        resume(tmp_path / "a", rounds=2.5)  # type: ignore[arg-type]
    with pytest.raises(StudyError, match="find_study"):
        begin(str(CHEAP), "fit", tmp_path / "a")  # type: ignore[arg-type]
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("path", [5, None, b"a", "a\0b", "a" * 300])
def test_what_is_no_path_is_named(path: Any) -> None:
    for use in (
        resume,
        lambda out: begin(find_study(CHEAP), "fit", out),
        Results.open,
        rebuild,
        lambda folder: rerun(folder, [0]),
    ):
        with pytest.raises(ResultsError, match=r"run directory|too long"):
            use(path)
    with pytest.raises(StudyError, match="study"):
        find_study(path)


def test_a_search_stops_once_all_targets_are_met(tmp_path: Path) -> None:
    records = fit(tmp_path / "a", "fit.stop_at=5", "fit.generations=50")
    best = [max(r["combined"].values()) for r in records if r["kind"] == "evaluation"]
    assert min(best) <= 5
    assert len(best) < 200


def test_equal_candidates_are_simulated_once(tmp_path: Path) -> None:
    narrow = "fit.parameters={soma.hh.gnabar: {lower: 0.12, upper: 0.12000000000000001}}"
    records = fit(tmp_path / "a", narrow, "fit.optimizer={use: random, batch: 20}")
    evaluations = [r for r in records if r["kind"] == "evaluation"]
    fresh = [r for r in evaluations if "duplicate_of" not in r["notes"]]
    assert len(evaluations) == 60
    assert len(fresh) == len({r["parameters"]["soma.hh.gnabar"] for r in evaluations}) <= 3
    assert all(
        r["scores"] == evaluations[r["notes"].get("duplicate_of", r["index"])]["scores"]
        for r in evaluations
    )


def test_a_fit_starts_from_the_best_of_an_earlier_one(tmp_path: Path) -> None:
    first = [r for r in fit(tmp_path / "a") if r["kind"] == "evaluation"]
    best = min(first, key=lambda r: max(r["combined"].values()))
    again = fit(tmp_path / "b", f"fit.start_from={{run: {tmp_path / 'a'}, count: 2}}", "fit.seed=9")
    assert next(r for r in again if r["kind"] == "evaluation")["parameters"] == best["parameters"]


def test_exploration_stays_among_good_models(tmp_path: Path) -> None:
    study = find_study(CHEAP, ["explore.steps=30", "explore.limit=2.15"])
    begin(study, "explore", tmp_path / "a", workers=1)
    records = [r for r in content(tmp_path / "a") if r["kind"] == "evaluation"]
    assert len(records) == 31
    assert {r["notes"]["inside"] for r in records} == {True, False}
    for record in records:
        assert record["notes"]["inside"] == (max(record["combined"].values()) <= 2.15)


class Totals(Silent):
    """Remembers how many evaluations a search said there would be."""

    def __init__(self) -> None:
        self.said: list[int] = []

    def begin(self, *, total: int, done: int, objectives: tuple[str, ...]) -> None:
        del done, objectives
        self.said.append(total)

    def expect(self, *, total: int) -> None:
        self.said.append(total)


def test_progress_counts_all_particles_of_a_walk(tmp_path: Path) -> None:
    options = "{use: random-walk, particles: 3}"
    overrides = ["explore.steps=4", "explore.limit=100", f"explore.optimizer={options}"]
    totals = Totals()
    study = find_study(CHEAP, overrides)
    outcome = begin(study, "explore", tmp_path / "a", workers=1, progress=totals)
    assert outcome.evaluations == totals.said[-1] == 1 + 3 * 4


def test_exploring_from_a_bad_model_is_refused(tmp_path: Path) -> None:
    study = find_study(CHEAP, ["explore.limit=0.001"])
    with pytest.raises(StudyError, match="height"):
        begin(study, "explore", tmp_path / "a", workers=1)
    assert read_manifest(tmp_path / "a").status == "failed"


@pytest.mark.parametrize(
    ("override", "word"),
    [
        ("fit.objectives=[spike]", "spikes"),
        ("fit.parameters={soma.hh.gnabr: {lower: 0, upper: 1}}", "gnabar"),
        ("fit.parameters={soma.hh.gnabar: {lower: 1, upper: 0}}", "lower"),
        ("fit.generations=0", "at least 1"),
        ("fit.workers=0", "workers"),
        ("fit.start_from.count=0", "count"),
        ("fit.objectives=[spikes, spikes]", "twice"),
        ("fit.executor={use: local, wall_limit_s: -1}", "wall_limit_s"),
        ("fit.executor={use: local, attempts: 0}", "attempts"),
        ("fit.optimizer={use: ibee}", "ibea"),
        ("fit.start_from={study: true, run: /nowhere}", "nowhere"),
    ],
)
def test_an_impossible_search_leaves_no_directory(tmp_path: Path, override: str, word: str) -> None:
    with pytest.raises(BoutonError, match=word):
        fit(tmp_path / "a", override)
    assert not (tmp_path / "a").exists()


def test_a_changed_study_cannot_be_resumed(tmp_path: Path) -> None:
    fit(tmp_path / "a", executor="serial")
    document = json.loads((tmp_path / "a" / "study.json").read_text())
    document["fit"]["seed"] = 2
    (tmp_path / "a" / "study.json").write_text(json.dumps(document))
    with pytest.raises(ResultsError, match="not what this run began with"):
        resume(tmp_path / "a", rounds=4, executor="serial")
    manifest = json.loads((tmp_path / "a" / "run.json").read_text())
    manifest["provenance"]["document_sha256"] = ""  # as if something else had changed
    (tmp_path / "a" / "run.json").write_text(json.dumps(manifest))
    with pytest.raises(ResultsError, match="not what the same search proposes"):
        resume(tmp_path / "a", rounds=4, executor="serial")


@pytest.mark.parametrize("found", ["", "{", "[]", None])
def test_a_damaged_study_comes_back_from_the_results(tmp_path: Path, found: str | None) -> None:
    before = fit(tmp_path / "a", executor="serial")
    study = tmp_path / "a" / "study.json"
    study.unlink() if found is None else study.write_text(found)
    with pytest.raises(ResultsError, match=r"study\.json"):
        resume(tmp_path / "a", rounds=4, executor="serial")
    assert rebuild(tmp_path / "a") == ["study.json is put back from results.h5"]
    assert resume(tmp_path / "a", rounds=4, executor="serial").rounds == 4
    assert content(tmp_path / "a")[: len(before)] == before


@pytest.mark.parametrize("kept", [0, 5, None])
def test_a_journal_that_was_cut_is_not_begun_anew(tmp_path: Path, kept: int | None) -> None:
    before = fit(tmp_path / "a", executor="serial")
    journal = tmp_path / "a" / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.unlink() if kept is None else journal.write_bytes(b"".join(lines[:kept]))
    with pytest.raises(ResultsError, match="cut or removed"):
        resume(tmp_path / "a", executor="serial")
    rebuild(tmp_path / "a", drop_damaged=True)
    assert content(tmp_path / "a")[: len(before)] == before
    assert resume(tmp_path / "a", executor="serial").evaluations == 22


def test_a_fit_from_another_run_goes_on_without_that_run(tmp_path: Path) -> None:
    fit(tmp_path / "first", executor="serial")
    start = f"fit.start_from={{run: {tmp_path / 'first'}, count: 2}}"
    long = fit(tmp_path / "long", start, executor="serial")
    fit(tmp_path / "short", start, "fit.generations=1", executor="serial")
    shutil.rmtree(tmp_path / "first")
    resume(tmp_path / "short", rounds=3, executor="serial")
    assert content(tmp_path / "short")[1:] == long[1:]


def test_a_steady_search_goes_on_with_another_number_of_workers(tmp_path: Path) -> None:
    steady = ("fit.schedule=steady-state", "fit.evaluations=20")
    first = fit(tmp_path / "a", *steady, workers=3)
    assert resume(tmp_path / "a", rounds=30, workers=1).evaluations == 30
    assert content(tmp_path / "a")[: len(first)] == first


def test_a_steady_search_simulates_equals_once(tmp_path: Path) -> None:
    narrow = "fit.parameters={soma.hh.gnabar: {lower: 0.12, upper: 0.12000000000000001}}"
    steady = ("fit.schedule=steady-state", "fit.evaluations=30", narrow, "fit.optimizer=random")
    records = [r for r in fit(tmp_path / "a", *steady) if r["kind"] == "evaluation"]
    assert len(records) == 30
    fresh = [r for r in records if "duplicate_of" not in r["notes"]]
    assert len(fresh) == len({r["parameters"]["soma.hh.gnabar"] for r in records}) <= 3
    assert resume(tmp_path / "a", rounds=40, workers=1).evaluations == 40


def test_thousands_of_equals_in_one_generation(tmp_path: Path) -> None:
    narrow = "fit.parameters={soma.hh.gnabar: {lower: 0.12, upper: 0.12000000000000001}}"
    many = "fit.optimizer={use: random, batch: 2500}"
    records = fit(tmp_path / "a", narrow, many, "fit.generations=1", executor="serial")
    assert len(records) == 1 + 2500 + 1


def test_two_processes_cannot_write_one_run(tmp_path: Path) -> None:
    slow = [str(BOUTON), "fit", str(CHEAP), "--out", str(tmp_path / "a")]
    slow += ["--set", "fit.generations=10000"]
    with subprocess.Popen(slow, stderr=subprocess.DEVNULL) as first:
        wait_for_lines(tmp_path / "a" / "journal.jsonl", 3)
        with pytest.raises(ResultsError, match=str(first.pid)):
            resume(tmp_path / "a")
        first.send_signal(signal.SIGKILL)
    kept = content(tmp_path / "a")
    # how many rounds it finished before the kill is up to the scheduler
    rounds = resume(tmp_path / "a", rounds=1).rounds
    assert resume(tmp_path / "a", rounds=rounds + 1).rounds == rounds + 1
    assert content(tmp_path / "a")[: len(kept)] == kept


def test_ctrl_c_ends_after_the_evaluations_under_way(tmp_path: Path) -> None:
    out = tmp_path / "a"
    command = [str(BOUTON), "fit", str(CHEAP), "--out", str(out), "--set", "fit.generations=10000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_for_lines(out / "journal.jsonl", 30)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 0
    assert "bouton resume" in said
    assert read_manifest(out).status == "interrupted"
    evaluations = [r for r in content(out) if r["kind"] == "evaluation"]
    assert [r["index"] for r in evaluations] == list(range(len(evaluations)))


def wait_for_lines(path: Path, n: int) -> None:
    for _ in range(6000):
        if path.exists() and path.read_bytes().count(b"\n") >= n:
            return
        time.sleep(0.05)
    pytest.fail(f"{path} never had {n} lines")


def strike(process: subprocess.Popen[bytes], chooser: random.Random) -> None:
    """Kill the main process, one of its workers, or everything."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    workers = [int(pid) for pid in listed.stdout.split()]
    victims = chooser.choice(
        [[process.pid], [chooser.choice(workers)] if workers else [], [process.pid, *workers]]
    )
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps to find the workers")
@pytest.mark.timeout(1800)
def test_any_death_at_any_moment_changes_nothing(tmp_path: Path) -> None:
    chooser = random.Random(20)
    out, duration = tmp_path / "killed", "protocols.step.duration_ms=100"
    command = [str(BOUTON), "fit", str(CHEAP), "--out", str(out), "--workers", "2"]
    command += ["--set", duration, "--set", "fit.generations=1000000"]  # no machine gets there
    acknowledged: list[bytes] = []
    for strikes in range(KILLS):
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            wait_for_lines(out / "journal.jsonl", len(acknowledged) + 2)
            time.sleep(chooser.uniform(0.0, 0.6))
            strike(process, chooser)
            if process.poll() is None:
                time.sleep(chooser.uniform(0.0, 0.6))
                process.kill()
        lines = (out / "journal.jsonl").read_bytes().split(b"\n")[:-1]
        assert lines[: len(acknowledged)] == acknowledged, f"after strike {strikes}"
        acknowledged = lines
        command = [str(BOUTON), "resume", str(out), "--workers", "2"]
    assert read_manifest(out).status == "running"
    enough = 3 + sum(record["kind"] == "generation" for record in content(out))
    assert resume(out, rounds=enough, workers=2).rounds == enough
    assert read_manifest(out).status == "finished"
    whole = fit(tmp_path / "whole", duration, f"fit.generations={enough}")
    assert content(out)[1:] == whole[1:]
