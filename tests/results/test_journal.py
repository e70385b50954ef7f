"""The journal keeps what it acknowledged, exactly, and notices any damage."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton.errors import ResultsError
from bouton.model.scores import Evaluation, Feature, Scores
from bouton.results.exact_json import decode, encode, strict
from bouton.results.journal import Journal, scan, sealed, trusted
from bouton.results.records import evaluation_from_record, evaluation_record

floats = st.floats(allow_nan=True, allow_infinity=True)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def same(one: object, other: object) -> bool:
    """Equality to the last bit: nan equals nan, 0.0 differs from -0.0, 1 differs from 1.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and type(one) is type(other):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one.hex() == other.hex()
    return type(one) is type(other) and one == other


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    return [{"kind": "evaluation", "index": i, "x": i / 7} for i in range(start, start + count)]


def journal_with(path: Path, count: int) -> Path:
    journal = Journal(path, "run1")
    journal.append(records(count))
    journal.close()
    return path


@settings(max_examples=200, deadline=None)
@given(values)
def test_json_round_trip_is_exact(value: object) -> None:
    text = encode(value)
    assert "\n" not in text
    assert text.isascii()
    assert same(decode(text), value)


def test_arrays_are_lists_and_strict_json_has_no_nan() -> None:
    assert decode(
        encode({"a": np.array([1.5, np.inf]), "b": np.float32(0.5), "c": np.int8(3)})
    ) == {
        "a": [1.5, math.inf],
        "b": 0.5,
        "c": 3,
    }
    assert strict({"a": [math.nan, 1.0, -math.inf]}) == {"a": [None, 1.0, None]}


@pytest.mark.parametrize("value", [object(), b"bytes", {1: 2}, {"a": {1, 2}}, 1j, np.array([1j])])
def test_what_cannot_be_stored_is_refused(value: object) -> None:
    with pytest.raises(ResultsError, match="cannot store"):
        encode({"value": value})


names = st.text(max_size=8)
evaluations = st.builds(
    Evaluation,
    parameters=st.dictionaries(names, floats | names | st.tuples(st.integers(), st.integers())),
    scores=st.builds(
        Scores,
        features=st.dictionaries(
            names, st.builds(Feature, names, floats | st.lists(floats).map(tuple), names)
        ),
        scores=st.dictionaries(names, floats),
        checks=st.dictionaries(names, st.none() | st.booleans()),
    ),
    combined=st.dictionaries(names, floats),
    status=st.sampled_from(["ok", "stopped", "failed"]),
    reason=names,
    timings=st.dictionaries(names, floats),
)


@settings(max_examples=100, deadline=None)
@given(evaluations, st.integers(0, 10**9))
def test_evaluations_survive_the_journal(evaluation: Evaluation, index: int) -> None:
    line = sealed(evaluation_record(evaluation, index), index, "run1")
    back = evaluation_from_record(decode(line))
    assert same(evaluation_record(back, index), evaluation_record(evaluation, index))
    assert same(dict(back.parameters), dict(evaluation.parameters))
    assert {k: type(f.value) for k, f in back.scores.features.items()} == {
        k: type(f.value) for k, f in evaluation.scores.features.items()
    }


def test_append_read_and_go_on(tmp_path: Path) -> None:
    path = journal_with(tmp_path / "j", 3)
    journal = Journal(path, "run1")
    assert journal.count == 3
    journal.append(records(2, start=3))
    journal.append([])
    journal.close()
    found = trusted(path, "run1")
    assert [record["seq"] for record in found.records] == [0, 1, 2, 3, 4]
    assert [record["x"] for record in found.records] == [i / 7 for i in range(5)]
    with pytest.raises(ResultsError, match="closed"):
        journal.append(records(1))


def test_every_line_is_json_for_anyone(tmp_path: Path) -> None:
    import json

    for line in journal_with(tmp_path / "j", 3).read_text().splitlines():
        assert {"seq", "run", "kind", "sha256"} <= set(json.loads(line))


def test_reserved_keys_and_records_without_kind_are_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", "run1")
    for record in ({"kind": "x", "seq": 3}, {"index": 1}, {"kind": 3}):
        with pytest.raises(ResultsError, match="journal record"):
            journal.append([record])
    assert (tmp_path / "j").read_bytes() == b""
    journal.close()


def test_any_torn_end_loses_only_the_last_record(tmp_path: Path) -> None:
    whole = journal_with(tmp_path / "j", 3).read_bytes()
    last = whole[:-1].rindex(b"\n") + 1
    for cut in range(last + 1, len(whole)):
        path = tmp_path / "torn"
        path.write_bytes(whole[:cut])
        journal = Journal(path, "run1")
        assert journal.count == 2
        assert "unfinished" in journal.notices[0]
        journal.append(records(1, start=2))
        journal.close()
        assert path.read_bytes() == whole


def test_every_bit_flip_is_noticed(tmp_path: Path) -> None:
    whole = journal_with(tmp_path / "j", 3).read_bytes()
    rng = np.random.default_rng(1)
    path = tmp_path / "flipped"
    for _ in range(300):
        data = bytearray(whole)
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        path.write_bytes(bytes(data))
        found = scan(path, "run1")
        assert found.damages or found.torn_bytes
        assert 1 <= len(found.records) <= 2


def test_a_damaged_middle_line_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = journal_with(tmp_path / "j", 4)
    data = path.read_bytes().replace(b'"index":2', b'"index":7')
    path.write_bytes(data)
    with pytest.raises(ResultsError, match=r"line 3: its checksum.*rebuild"):
        Journal(path, "run1")
    assert path.read_bytes() == data
    found = scan(path, "run1")
    assert [damage.line for damage in found.damages] == [3]
    assert [record["seq"] for record in found.records] == [0, 1, 3]


def test_missing_repeated_and_foreign_lines_are_damage(tmp_path: Path) -> None:
    lines = journal_with(tmp_path / "j", 4).read_bytes().splitlines(keepends=True)
    path = tmp_path / "other"
    path.write_bytes(b"".join([lines[0], lines[2], lines[3]]))
    assert "record 2 where record 1" in str(scan(path).damages[0])
    path.write_bytes(b"".join([lines[0], lines[1], lines[1], lines[2]]))
    assert [damage.line for damage in scan(path).damages] == [3]
    assert "belongs to run run1" in str(scan(path, "run2").damages[0])


def test_a_second_writer_is_noticed(tmp_path: Path) -> None:
    one, two = Journal(tmp_path / "j", "run1"), Journal(tmp_path / "j", "run1")
    one.append(records(1))
    with pytest.raises(ResultsError, match="another process"):
        two.append(records(1))
    one.append(records(1, start=1))
    assert len(trusted(tmp_path / "j").records) == 2
    one.close()
    two.close()


APPENDING = """
    import sys
    from pathlib import Path
    from bouton.results.journal import Journal
    journal = Journal(Path(sys.argv[1]), "run1")
    while True:
        first = journal.count
        journal.append(
            {"kind": "evaluation", "index": first + i, "x": (first + i) / 7, "pad": "y" * 3000}
            for i in range(1 + first % 5)
        )
        sys.stdout.write(f"{journal.count}\\n")
        sys.stdout.flush()
"""


@pytest.mark.parametrize("torn_too", [False, True])
def test_kill_9_loses_nothing_acknowledged(tmp_path: Path, torn_too: bool) -> None:
    path = tmp_path / "j"
    rng = np.random.default_rng(int(torn_too))
    acknowledged = 0
    for _ in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(APPENDING), str(path)],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            time.sleep(float(rng.uniform(0, 0.03)))
            os.kill(process.pid, signal.SIGKILL)
            lines += process.stdout.read().split("\n")
        acknowledged = max(int(line) for line in lines if line.strip())
        found = trusted(path, "run1")
        assert len(found.records) >= acknowledged
        assert [record["x"] for record in found.records] == [
            i / 7 for i in range(len(found.records))
        ]
        if torn_too:
            with path.open("ab") as file:
                file.write(sealed({"kind": "evaluation"}, len(found.records), "run1")[:50])
    assert acknowledged > 12


@pytest.mark.parametrize("limit", [1_000, 10_000, 23_456])
def test_a_full_disk_keeps_what_was_acknowledged(tmp_path: Path, limit: int) -> None:
    # RLIMIT_FSIZE stands in for a full disk: writes are cut short, then refused.
    code = f"""
        import resource, signal, sys
        from pathlib import Path
        from bouton.errors import ResultsError
        from bouton.results.journal import Journal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        journal = Journal(Path(sys.argv[1]), "run1")
        try:
            while True:
                journal.append([{{"kind": "evaluation", "pad": "y" * 700}}] * 2)
        except ResultsError as error:
            print(journal.count, error)
        try:
            journal.append([{{"kind": "evaluation"}}])
        except ResultsError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-B", "-c", textwrap.dedent(code), str(tmp_path / "j")],
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.splitlines()
    count = int(first.split()[0])
    assert f"{count} records before are safe" in first
    assert "earlier write failed" in second
    found = trusted(tmp_path / "j", "run1")
    assert len(found.records) == count
    assert limit - 2_000 < found.good_bytes or limit < 2_000
    assert found.torn_bytes == 0


def test_records_of_other_things_are_not_evaluations(evaluation: Callable[..., Evaluation]) -> None:
    record = evaluation_record(evaluation(), 0)
    del record["scores"]
    with pytest.raises(ResultsError, match="not an evaluation"):
        evaluation_from_record(record)


def test_ctrl_c_in_the_middle_of_a_batch_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "j", "run1")
    journal.append(records(2))

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bouton.results.journal.os.fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            journal.append(records(3, start=2))
    journal.append(records(1, start=2))
    journal.close()
    assert [record["index"] for record in trusted(tmp_path / "j").records] == [0, 1, 2]
