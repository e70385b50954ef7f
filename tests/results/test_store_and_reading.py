"""What goes into a run comes out again: tables, traces, fronts, after damage too."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton.errors import ResultsError
from bouton.model.scores import Evaluation, Target
from bouton.model.traces import Response, Trace
from bouton.results import Results, RunDirectory, rebuild, verify
from bouton.results.hdf5_nodes import node_name, original_name
from bouton.results.pareto import non_dominated
from bouton.results.records import part_record, start_record
from bouton.results.safe_tables import open_tables


def make_run(path: Path, evaluations: list[Evaluation]) -> Path:
    with RunDirectory.create(path, "fit", {"name": "x"}, {"seed": 1}) as run:
        run.append([start_record([Target("bAP_APheight", 25.0, 5.0, "mV", "bAP", "AP_height")])])
        for index, one in enumerate(evaluations):
            run.record([one], first_index=index, generation=index // 2, notes=[{"particle": 3}])
        run.append([part_record("experiment", {"runs": [math.nan]}), part_record("n", 1)])
        run.append([part_record("n", 2)])
    return path


@pytest.fixture
def three(tmp_path: Path, evaluation: Callable[..., Evaluation]) -> Path:
    failed = evolve(evaluation(1), status="failed", reason="bAP: not finite", combined={})
    return make_run(
        tmp_path / "run", [evaluation(0, with_traces=True), failed, evaluation(2, with_traces=True)]
    )


def contents(path: Path) -> dict[str, object]:
    """Return every array and attribute of an HDF5 file."""
    found: dict[str, object] = {}
    with open_tables(path) as file:
        for node in file.walk_nodes("/"):
            names = node._v_attrs._f_list("user")
            found[node._v_pathname] = {name: node._v_attrs[name] for name in names}
            if hasattr(node, "read"):
                found[node._v_pathname + ":data"] = node.read().tobytes()
    return found


def same_traces(one: Response, other: Response) -> bool:
    pairs = zip(one, other, strict=True)
    return one.protocol == other.protocol and all(
        (a.name, a.variable, a.unit, a.places) == (b.name, b.variable, b.unit, b.places)
        and a.values.tobytes() == b.values.tobytes()
        and a.values.shape == b.values.shape
        and a.t_ms.tobytes() == b.t_ms.tobytes()
        for a, b in pairs
    )


def test_reading_gives_back_what_was_recorded(
    three: Path, evaluation: Callable[..., Evaluation], response: Callable[..., Response]
) -> None:
    results = Results.open(three)
    assert "fit run, finished, 3 evaluations" in repr(results)
    one = results.evaluations[0]
    assert one.parameters == evaluation(0).parameters
    assert one.parameters["BAC.stim.times"] == (1, 2)
    assert one.scores.features["BAC_ISI"] == evaluation(0).scores.features["BAC_ISI"]
    assert one.scores.features["bAP_spikecount"].name == "Spikecount"
    assert results.evaluations[1].reason == "bAP: not finite"
    assert [one.status for one in results.evaluations[1:]] == ["failed", "ok"]
    assert results.parameters.shape == (3, 5)
    assert np.isnan(results.parameters[:, 4]).all()  # text and lists are no numbers
    assert results.names("combined") == ("bAP", "BAC_somatic", "BAC_caSpike")
    assert np.isnan(results.combined[1]).all()
    assert results.array("notes").tolist() == [[3.0]] * 3
    assert results.targets[0].mean == 25.0
    assert results.parts["n"] == 2
    traces = results.traces("bAP", row=2)
    assert same_traces(traces, response())
    described = traces.description
    assert described.integration == response().integration
    assert (described.onset_ms, described.stimulus_ms, described.duration_ms) == (5.0, 5.0, 20.0)
    assert [signal.interval_ms for signal in described.signals] == [0.0, 0.1]
    with pytest.raises(ResultsError, match="kept no traces"):
        results.responses(1)
    with pytest.raises(ResultsError, match="there is no row 3"):
        results.responses(3)
    with pytest.raises(ResultsError, match="did you mean 'bAP'"):
        results.traces("bAp")


def test_a_data_frame_has_every_column(three: Path) -> None:
    frame = Results.open(three).to_dataframe()
    assert len(frame) == 3
    assert frame["features.bAP_APheight"].notna().all()
    assert frame["status"].tolist() == ["ok", "failed", "ok"]
    assert frame["features.BAC_ISI"][0] == pytest.approx([9.867895, 10.640423])


def test_the_layout_of_one_evaluation_is_flat(
    tmp_path: Path, evaluation: Callable[..., Evaluation]
) -> None:
    make_run(tmp_path / "run", [evaluation(0, with_traces=True)])
    with open_tables(tmp_path / "run/results.h5") as file:
        values = file.root.traces.bAP.soma.values
        assert values.filters.fletcher32
        assert values.filters.shuffle
        assert values.filters.complib == "zlib"
        assert str(file.root.traces.bAP.soma._v_attrs["unit"]) == "mV"
        assert float(file.root.traces.bAP._v_attrs["celsius"]) == 34.0


def test_columns_and_units_in_hdf5(three: Path) -> None:
    with open_tables(three / "results.h5") as file:
        group = file.root.evaluations
        assert group.parameters.shape == (3, 5)
        assert group.status.read().tolist() == [b"ok", b"failed", b"ok"]
        assert group.features_names.read().tolist()[0] == b"bAP_APheight"
        assert group.features_units.read().tolist() == [b"mV", b"ms", b""]
        assert group.generation.read().tolist() == [0, 0, 1]
        assert file.root.journal.read().tobytes() == (three / "journal.jsonl").read_bytes()


def test_rebuilding_gives_the_same_file(three: Path) -> None:
    before = contents(three / "results.h5")
    assert rebuild(three) == []
    assert contents(three / "results.h5") == before
    assert verify(three) == []


def test_rebuilding_before_the_end_uses_the_staged_traces(
    tmp_path: Path, evaluation: Callable[..., Evaluation]
) -> None:
    run = RunDirectory.create(tmp_path / "run", "run", {}, {})
    run.record([evaluation(0, with_traces=True)])
    assert "soma" in {trace.name for trace in Results.open(run.path).traces("bAP")}
    with pytest.raises(ResultsError, match="in use"):
        rebuild(run.path)
    run.interrupt()
    (run.path / "results.h5").write_bytes(b"nonsense")
    assert rebuild(run.path) == []
    assert (run.path / "traces/000000.h5").exists()  # a resumed run goes on with it
    shutil.rmtree(run.path / "traces")
    assert len(Results.open(run.path).traces("bAP").traces) == 2
    assert rebuild(run.path) == []
    assert len(Results.open(run.path).traces("bAP").traces) == 2


def test_lost_traces_are_said_to_be_lost(three: Path) -> None:
    data = bytearray((three / "results.h5").read_bytes())
    (three / "results.h5").write_bytes(data[: len(data) // 2])
    assert any("results.h5" in str(finding) for finding in verify(three))
    lost = rebuild(three)
    assert [text.partition(":")[0] for text in lost] == [
        "the traces of evaluation 0 are lost",
        "the traces of evaluation 2 are lost",
    ]
    assert len(Results.open(three).evaluations) == 3
    messages = [str(finding) for finding in verify(three)]
    assert len(messages) == 2
    assert all("traces/00000" in message for message in messages)


def test_bit_flips_in_hdf5_are_found(three: Path) -> None:
    path = three / "results.h5"
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(60):
        data = bytearray(whole)
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        path.write_bytes(bytes(data))
        findings = verify(three)
        assert [finding.severity for finding in findings if finding.file == "results.h5"]
        assert any("checksum" in finding.message for finding in findings)
        with pytest.raises(ResultsError, match="checksum"):
            Results.open(three).traces("bAP")


def damage_line(path: Path, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b'"status"', b'"sTatus"')
    path.write_bytes(b"".join(lines))


def test_a_damaged_journal_is_mended_from_the_store(three: Path) -> None:
    before = Results.open(three).records
    damage_line(three / "journal.jsonl", 3)
    assert any("line 3" in str(finding) for finding in verify(three))
    for read in (Results.open, rebuild, RunDirectory.open):
        with pytest.raises(ResultsError, match=r"line 3.*--drop-damaged"):
            read(three)
    notes = rebuild(three, drop_damaged=True)
    assert "1 damaged lines, 1 records taken from results.h5" in notes[0]
    after = Results.open(three).records
    assert len(after) == len(before) + 1
    assert [row["kind"] for row in after[-2:]] == ["part", "note"]
    for one, other in zip(before, after, strict=False):
        assert repr(one) == repr(other)  # nan differs from itself, its text does not
    assert len(list(three.glob("journal.damaged-*.jsonl"))) == 1
    assert verify(three) == []


def test_a_damaged_journal_without_a_store_loses_that_line_only(three: Path) -> None:
    damage_line(three / "journal.jsonl", 3)
    (three / "results.h5").unlink()
    assert "0 records taken" in rebuild(three, drop_damaged=True)[0]
    assert [row["index"] for row in Results.open(three).evaluation_records] == [0, 2]


def test_verify_finds_what_is_wrong(three: Path, tmp_path: Path) -> None:
    def findings(change: Callable[[Path], object]) -> list[str]:
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(three, copy)
        change(copy)
        return [str(finding) for finding in verify(copy)]

    def truncated(run: Path) -> None:
        journal = run / "journal.jsonl"
        journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))

    def other_study(run: Path) -> None:
        (run / "study.json").write_text('{"name": "y"}')

    assert findings(lambda _: None) == []
    assert any("it has 6 good records" in text for text in findings(truncated))
    assert findings(lambda run: (run / "results.h5").unlink())[0].startswith("error: results.h5")
    assert any("missing" in text for text in findings(lambda run: (run / "journal.jsonl").unlink()))
    assert any("cannot be" in text for text in findings(lambda run: (run / "study.json").unlink()))
    leftovers = findings(lambda run: (run / "results.h5.partial").write_text("x"))
    assert leftovers == ["warning: results.h5.partial: it was never completed (it may be deleted)"]
    swapped = findings(lambda run: shutil.copy(make_run(tmp_path / "b", []) / "results.h5", run))
    assert any("belongs to another run" in text for text in swapped)
    assert findings(other_study) == []  # no hash was recorded in this run


def test_an_empty_run_can_be_read(tmp_path: Path) -> None:
    results = Results.open(make_run(tmp_path / "run", []))
    assert results.parameters.shape == (0, 0)
    assert results.pareto().tolist() == []
    with pytest.raises(ResultsError, match="no evaluation succeeded"):
        results.best()
    assert verify(tmp_path / "run") == []


def test_nothing_is_best_without_targets(tmp_path: Path) -> None:
    results = Results.open(make_run(tmp_path / "run", [Evaluation({"g": 0.1})]))
    with pytest.raises(ResultsError, match="nothing was compared with targets"):
        results.best()


def test_a_study_that_is_none_is_damage(tmp_path: Path) -> None:
    results = Results.open(make_run(tmp_path / "run", []))
    (tmp_path / "run" / "study.json").write_text("[]")
    with pytest.raises(ResultsError, match="is damaged: it holds no study"):
        _ = results.study


def test_best_and_front_leave_failures_out(three: Path) -> None:
    results = Results.open(three)
    worst = results.combined[[0, 2]].max(axis=1)
    assert results.best() == [0, 2][int(np.argmin(worst))]
    assert results.best("bAP") == [0, 2][int(np.argmin(results.combined[[0, 2], 0]))]
    assert 1 not in results.pareto()
    with pytest.raises(ResultsError, match="did you mean 'BAC_caSpike'"):
        results.best("BAC_caspike")


def slow_front(objectives: np.ndarray) -> list[int]:
    rows = [i for i, row in enumerate(objectives) if not np.isnan(row).any()]
    return [
        i
        for i in rows
        if not any(
            (objectives[j] <= objectives[i]).all() and (objectives[j] < objectives[i]).any()
            for j in rows
        )
    ]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 600), st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_front_against_the_definition(n: int, m: int, levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    objectives = rng.integers(0, levels + 1, size=(n % 40, m)).astype(float)
    objectives[rng.random(objectives.shape) < 0.05] = np.nan
    objectives[rng.random(objectives.shape) < 0.05] = np.inf
    assert non_dominated(objectives).tolist() == slow_front(objectives)


def test_front_over_several_blocks() -> None:
    rng = np.random.default_rng(1)
    objectives = rng.random((900, 3))
    assert non_dominated(objectives).tolist() == slow_front(objectives)


@given(st.text(max_size=12))
def test_node_names_round_trip(name: str) -> None:
    stored = node_name(name)
    assert original_name(stored) == name
    assert stored not in ("", ".", "..")
    assert "/" not in stored
    assert not stored.startswith("_")


@pytest.mark.parametrize("name", ["", ".", "..", "_v_x", "_i_x", "a/b", "100 %", "µ(0.5)", "a\nb"])
def test_awkward_names_survive_hdf5(
    tmp_path: Path, evaluation: Callable[..., Evaluation], name: str
) -> None:
    trace = Trace(name, "v", "", np.arange(3.0), np.array([1.0, np.nan, -np.inf]), ())
    one = evaluation(0, with_traces=True)
    response = evolve(one.responses["bAP"], protocol=name, traces=(trace,))
    path = make_run(tmp_path / "run", [evolve(one, responses={name: response})])
    assert same_traces(Results.open(path).traces(name), response)


def test_ten_thousand_evaluations(tmp_path: Path) -> None:
    """Issue 2 asks for tens of thousands; CPU seconds are bounded loosely, per step."""
    rng = np.random.default_rng(0)
    parameters, combined = rng.random((10_000, 40)), rng.random((10_000, 13))
    names = [f"ephys.p{i}" for i in range(40)]
    objectives = [f"o{i}" for i in range(13)]
    spent = {}

    def timed(name: str, start: float) -> None:
        spent[name] = time.process_time() - start

    start = time.process_time()
    with RunDirectory.create(tmp_path / "run", "fit", {}, {}) as run:
        for first in range(0, 10_000, 1000):
            rows = range(first, first + 1000)
            run.record(
                [
                    Evaluation(
                        parameters=dict(zip(names, parameters[i].tolist(), strict=True)),
                        combined=dict(zip(objectives, combined[i].tolist(), strict=True)),
                    )
                    for i in rows
                ],
                first_index=first,
            )
        timed("write", start)
        start = time.process_time()
    timed("derive", start)
    start = time.process_time()
    results = Results.open(tmp_path / "run")
    assert np.array_equal(results.parameters, parameters)
    timed("read", start)
    start = time.process_time()
    front = results.pareto()
    timed("pareto", start)
    start = time.process_time()
    assert verify(tmp_path / "run") == []
    timed("verify", start)
    assert len(front) > 5000
    assert max(spent.values()) < 100, spent


def test_results_are_read_without_neuron(three: Path) -> None:
    code = (
        "import sys\nsys.modules['neuron'] = None\n"
        "from bouton.results import Results, verify\n"
        "r = Results.open(sys.argv[1]); assert len(r.responses(0)) == 1; assert not verify(r.path)"
    )
    subprocess.run([sys.executable, "-c", code, str(three)], check=True)


def test_a_finished_run_can_grow(
    tmp_path: Path, evaluation: Callable[..., Evaluation], response: Callable[..., Response]
) -> None:
    with RunDirectory.create(tmp_path / "run", "run", {}, {}) as run:
        run.record([evaluation(0, with_traces=True)])
    with RunDirectory.open(tmp_path / "run") as run:
        run.record([evaluation(1, with_traces=True)], first_index=1)
    results = Results.open(tmp_path / "run")
    assert all(same_traces(results.traces("bAP", row), response()) for row in (0, 1))
    assert verify(tmp_path / "run") == []


def test_protocols_keep_their_order(tmp_path: Path, evaluation: Callable[..., Evaluation]) -> None:
    one = evaluation(0, with_traces=True)
    responses = {name: evolve(one.responses["bAP"], protocol=name) for name in ("z", "b", "a")}
    path = make_run(tmp_path / "run", [evolve(one, responses=responses)])
    assert list(Results.open(path).responses()) == ["z", "b", "a"]


def test_a_missing_journal_is_taken_from_the_store(three: Path) -> None:
    before = Results.open(three).records
    (three / "journal.jsonl").unlink()
    with pytest.raises(ResultsError, match=r"missing.*--drop-damaged"):
        Results.open(three)
    assert "7 records taken from results.h5" in rebuild(three, drop_damaged=True)[0]
    assert repr(Results.open(three).records[:-1]) == repr(before)
    assert verify(three) == []


@pytest.mark.parametrize("name", ["../elsewhere.h5", "/etc/passwd", "link/x.h5"])
def test_a_journal_cannot_name_files_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    run = RunDirectory.create(tmp_path / "run", "run", {}, {})
    (tmp_path / "run/link").symlink_to(tmp_path / "out")
    record = {
        "kind": "evaluation", "index": 0, "generation": 0, "traces": name, "status": "ok",
        "reason": "", **{key: {} for key in (
            "parameters", "features", "scores", "checks", "combined", "timings", "notes")},
    }  # fmt: skip
    run.append([record])
    run.interrupt()
    with pytest.raises(ResultsError, match="leads out"):
        Results.open(tmp_path / "run").responses()
    with pytest.raises(ResultsError, match="leads out"):
        rebuild(tmp_path / "run")
    assert any("leads out" in str(finding) for finding in verify(tmp_path / "run"))
