"""Opening a hostile file runs nothing; other users of PyTables notice nothing."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bouton.errors import ResultsError
from bouton.model.scores import Evaluation
from bouton.results import Results, RunDirectory, rebuild, verify
from bouton.results.safe_tables import guarded_tables, open_tables
from bouton.results.seal import seal


class Attack:
    """Unpickling an instance makes a file appear."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (os.mkdir, (str(self.evidence),))


def plant(path: Path, evidence: Path, where: str) -> None:
    """Put a pickle into a file the way an attacker would, with PyTables itself or below it."""
    import tables

    attack = pickle.dumps(Attack(evidence), 0)
    assert attack.endswith(b".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with tables.open_file(str(path), "a") as file:
            if where == "root":
                file.root._v_attrs["note"] = np.bytes_(attack)
            elif where == "group":
                file.create_group("/", "planted")._v_attrs["note"] = np.bytes_(attack)
            elif where == "existing group":
                file.root.traces._v_attrs["note"] = np.bytes_(attack)
            elif where == "dataset":
                file.root.provenance._v_attrs["FLAVOR2"] = np.bytes_(attack)
            elif where == "old filters":
                file.root._v_attrs["FILTERS"] = tables.Filters()
                file.root._v_attrs._g__setattr("PYTABLES_FORMAT_VERSION", "1.6")
                file.root.traces._v_attrs._g_setattr(
                    file.root.traces, "FILTERS", np.array(np.bytes_(attack))
                )
            else:
                rows = file.create_vlarray("/", "planted", tables.ObjectAtom())
                rows.append(Attack(evidence))
    seal(path)  # no attacker would forget that


WHERE = ["root", "group", "existing group", "dataset", "old filters", "object atom"]


@pytest.fixture
def finished(tmp_path: Path, evaluation: Callable[..., Evaluation]) -> Path:
    with RunDirectory.create(tmp_path / "run", "run", {}, {}) as run:
        run.record([evaluation(0, with_traces=True)])
    return tmp_path / "run"


UNGUARDED = """
import sys, tables
with tables.open_file(sys.argv[1]) as file:
    for node in file.walk_nodes("/"):
        node._v_attrs
        if hasattr(node, "read"):
            node.read()
"""


@pytest.mark.parametrize("where", WHERE)
def test_the_attack_is_real(finished: Path, tmp_path: Path, where: str) -> None:
    """Without the guard PyTables runs the planted code; otherwise the tests below prove nothing."""
    plant(finished / "results.h5", tmp_path / "evidence", where)
    command = [sys.executable, "-c", UNGUARDED, str(finished / "results.h5")]
    subprocess.run(command, check=False, capture_output=True)
    assert (tmp_path / "evidence").exists()


@pytest.mark.parametrize("where", WHERE)
def test_no_reader_runs_a_planted_pickle(finished: Path, tmp_path: Path, where: str) -> None:
    evidence = tmp_path / "evidence"
    plant(finished / "results.h5", evidence, where)
    for read in (
        lambda: Results.open(finished).responses(),
        lambda: verify(finished),
        lambda: rebuild(finished),
        lambda: rebuild(finished, drop_damaged=True),
    ):
        with contextlib.suppress(ResultsError):
            read()
        assert not evidence.exists()


@pytest.mark.parametrize("where", WHERE)
def test_walking_a_hostile_file_runs_nothing(finished: Path, tmp_path: Path, where: str) -> None:
    evidence = tmp_path / "evidence"
    plant(finished / "results.h5", evidence, where)
    seen = []
    with contextlib.suppress(ResultsError), open_tables(finished / "results.h5") as file:
        for node in file.walk_nodes("/"):
            seen.extend(node._v_attrs[name] for name in node._v_attrs._v_attrnames)
            if hasattr(node, "read"):
                node.read()
    assert seen or where == "root"
    assert not evidence.exists()


def test_an_object_row_is_an_error_and_verify_says_so(finished: Path, tmp_path: Path) -> None:
    plant(finished / "results.h5", tmp_path / "evidence", "object atom")
    findings = [str(finding) for finding in verify(finished)]
    assert any("results.h5" in text and "not ours" in text for text in findings)


def test_a_hostile_staged_trace_file_runs_nothing(
    tmp_path: Path, evaluation: Callable[..., Evaluation]
) -> None:
    run = RunDirectory.create(tmp_path / "run", "run", {}, {})
    run.record([evaluation(0, with_traces=True)])
    import tables

    evidence = tmp_path / "evidence"
    with tables.open_file(str(tmp_path / "run/traces/000000.h5"), "a") as file:
        file.root.bAP._v_attrs["note"] = np.bytes_(pickle.dumps(Attack(evidence), 0))
    seal(tmp_path / "run/traces/000000.h5")
    assert Results.open(tmp_path / "run").responses()["bAP"]["soma"].unit == "mV"
    run.finish()
    assert not evidence.exists()


def test_writing_an_object_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ResultsError, match="never uses pickle"),
        open_tables(tmp_path / "x.h5", "w") as file,
    ):
        file.root._v_attrs["settings"] = {"a": 1}


def test_others_may_go_on_using_pickles(tmp_path: Path) -> None:
    tables = guarded_tables()
    path = str(tmp_path / "theirs.h5")
    with tables.open_file(path, "w") as file:
        file.root._v_attrs["settings"] = {"a": [1, 2]}
    with tables.open_file(path) as file:
        assert file.root._v_attrs["settings"] == {"a": [1, 2]}
    with open_tables(Path(path)) as file:
        assert isinstance(file.root._v_attrs["settings"], bytes)


def test_an_unknown_pytables_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import tables.atom

    monkeypatch.setattr(tables.atom, "pickle", object())
    with (
        pytest.raises(ResultsError, match=r"keeps its unpickler where.*tables\.atom"),
        open_tables(tmp_path / "x.h5", "w"),
    ):
        pytest.fail("opened")


def test_the_guarded_modules_are_all_that_name_pickle() -> None:
    """A new PyTables that reaches pickle from elsewhere must not pass unnoticed."""
    tables = guarded_tables()
    folder = Path(tables.__file__).parent
    sources = [*folder.glob("*.py"), *folder.glob("*.pyx"), *folder.glob("nodes/*.py")]
    users = {
        path.stem
        for path in sources
        if "pickle.load" in path.read_text() and "import pickle" in path.read_text()
    }
    assert users <= {"attributeset", "atom", "hdf5extension"}
    writers = {path.stem for path in sources if "\nimport pickle" in path.read_text()}
    assert writers <= {"attributeset", "atom", "hdf5extension"}


def test_results_import_neither_neuron_nor_tables() -> None:
    code = (
        "import sys, bouton.results, bouton.results.reading, bouton.results.directory\n"
        "from bouton.results import Results, RunDirectory\n"
        "assert not {'neuron', 'tables', 'pandas', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("content", [b"", b"not hdf5", b"\x89HDF\r\n\x1a\n" + bytes(500)])
def test_nonsense_files_are_clear_errors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.h5"
    path.write_bytes(content)
    with pytest.raises(ResultsError, match=r"x\.h5") as caught, open_tables(path):
        pass
    assert len(str(caught.value).splitlines()) == 1


def test_links_to_other_files_are_not_followed(finished: Path, tmp_path: Path) -> None:
    import tables

    with tables.open_file(str(tmp_path / "secret.h5"), "w") as file:
        file.create_array("/", "t", [1.0])
    with tables.open_file(str(finished / "results.h5"), "a") as file:
        file.remove_node("/traces/bAP/soma", "values")
        file.create_external_link("/traces/bAP/soma", "values", f"{tmp_path}/secret.h5:/t")
    seal(finished / "results.h5")
    with pytest.raises(ResultsError, match="ExternalLink"):
        Results.open(finished).responses()
    assert any("ExternalLink" in str(finding) for finding in verify(finished))
