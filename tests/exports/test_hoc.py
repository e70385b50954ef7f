"""A model exported to hoc gives, in plain NEURON, the traces that Bouton's workers gave.

With the library that Bouton compiled, traces are equal to the last bit under every method. With
mechanisms compiled by nrnivmodl (other flags) they agree within 1e-9 mV under fixed steps and
within 1e-5 mV under CVODE.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bouton.errors import ResultsError
from bouton.jobs.rerunning import rerun
from bouton.jobs.running import run_study
from bouton.jobs.studies import find_study
from bouton.model.traces import Response
from bouton.nrn import catalogues
from bouton.results import Results
from bouton_plugins.exports.hoc import HocExporter
from bouton_plugins.exports.names import identifier, names_of

HERE = Path(__file__).parent
BOUTON = Path(sys.executable).with_name("bouton")
Table = dict[str, np.ndarray]


def plain(driver: Path, library: str, out: Path) -> Table:
    command = [sys.executable, str(HERE / "plain_neuron.py"), library, str(driver), str(out)]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return read(out)


def read(path: Path) -> Table:
    rows = [line.split(", ") for line in path.read_text().splitlines()]
    return {row[0]: np.array(row[2:], dtype=float) for row in rows}


def library_of(*names: str) -> str:
    (compiled,) = catalogues.libraries(names)
    return str(compiled.library)


def responses_of(run: Path, row: int = 0) -> dict[str, Response]:
    (again,) = rerun(run, [row])
    assert again.evaluation is not None
    return dict(again.evaluation.responses)


def largest_difference(table: Table, response: Response) -> float:
    t, columns = table["rec_t"], list(table.values())[1:]
    grid = np.arange(0.0, response.description.duration_ms, 0.025)
    worst = 0.0
    for trace, column in zip(response, columns, strict=True):
        ours = np.interp(grid, trace.t_ms, trace.values)
        worst = max(worst, float(np.abs(np.interp(grid, t, column) - ours).max()))
    return worst


def check_identical(table: Table, response: Response) -> None:
    columns = list(table.items())[1:]
    assert len(columns) == len(list(response))
    for trace, (name, column) in zip(response, columns, strict=True):
        assert name.startswith(trace.name)
        if trace.variable == "spikes":
            assert np.array_equal(column, trace.t_ms)
        else:
            assert np.array_equal(table["rec_t"], trace.t_ms)
            assert np.array_equal(column, trace.values)


@pytest.mark.parametrize("method", ["fixed", "crank-nicolson", "cvode"])
def test_an_awkward_cell_is_equal_to_the_last_bit(tmp_path: Path, method: str) -> None:
    study = tmp_path / "study.yaml"
    study.write_text((HERE / "awkward.yaml").read_text().replace("METHOD", method))
    run_study(find_study(study), tmp_path / "run", movie=False)
    notes = HocExporter().export(tmp_path / "run", tmp_path / "awkward.hoc")
    assert {note for note in notes if note.startswith("the name of section")} == {
        "the name of section 'dend.left': it is called dend_left",
        "the name of section 'apic[3]': it is called apic_3",
        "the name of section 'print': it is called print_2",
    }
    assert len(notes) == 3
    responses = responses_of(tmp_path / "run")
    assert len(responses["many drives"]["spikes"].t_ms) > 0
    for name, response in responses.items():
        driver = tmp_path / f"awkward_run_{identifier(name, 'p')}.hoc"
        check_identical(plain(driver, library_of("hay"), tmp_path / "out.txt"), response)


METHODS = ["protocols.BAC.method=fixed", "protocols.bAP.method=crank-nicolson"]


@pytest.fixture(scope="module")
def l5pt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("l5pt")
    run_study(find_study("l5pt-bac"), folder / "variable", movie=False)
    run_study(find_study("l5pt-bac", METHODS), folder / "fixed", movie=False)
    return folder


@pytest.mark.parametrize("kind", ["variable", "fixed"])
def test_the_l5pt_is_equal_to_the_last_bit(l5pt: Path, tmp_path: Path, kind: str) -> None:
    assert not HocExporter().export(l5pt / kind, tmp_path / "l5pt.hoc")
    for name, response in responses_of(l5pt / kind).items():
        driver = tmp_path / f"l5pt_run_{name}.hoc"
        check_identical(plain(driver, library_of("hay"), tmp_path / "out.txt"), response)


def test_the_run_says_what_made_it(l5pt: Path) -> None:
    one, other = (Results.open(l5pt / kind).provenance for kind in ("variable", "fixed"))
    assert len(one["study_sha256"]) == 64
    assert one["study_sha256"] != other["study_sha256"]
    assert list(one["catalogues"]) == ["hay"]
    assert one["catalogues"]["hay"]
    assert {"name": "hay", "distribution": "bouton", "version": one["versions"]["bouton"]} in (
        one["plugins"]
    )
    assert one["versions"]["neuron"][0].isdigit()
    assert all(one[name] for name in ("python", "platform", "machine", "command", "created"))


@pytest.mark.skipif(shutil.which("make") is None, reason="nrnivmodl needs make")
def test_the_l5pt_compiled_by_nrnivmodl(l5pt: Path, tmp_path: Path) -> None:
    HocExporter().export(l5pt / "variable", tmp_path / "a.hoc")
    HocExporter().export(l5pt / "fixed", tmp_path / "b.hoc")
    compiler = Path(sys.executable).with_name("nrnivmodl")
    done = subprocess.run(
        [str(compiler), "a_mechanisms"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    (library,) = tmp_path.glob("*/libnrnmech.*")
    assert done.returncode == 0, done.stdout[-2000:]
    for stem, kind, tolerance_mV in (("a", "variable", 1e-5), ("b", "fixed", 1e-9)):
        for name, response in responses_of(l5pt / kind).items():
            table = plain(tmp_path / f"{stem}_run_{name}.hoc", str(library), tmp_path / "out.txt")
            assert largest_difference(table, response) < tolerance_mV


def test_the_command_line_and_nrniv(tmp_path: Path) -> None:
    cheap = HERE.parent / "jobs" / "cheap.yaml"
    out = tmp_path / "fit"
    subprocess.run(
        [BOUTON, "fit", str(cheap), "--generations", "2", "--no-figures", "--out", str(out)],
        check=True, capture_output=True,
    )  # fmt: skip
    export = [BOUTON, "results", "export", str(out), "--format", "hoc"]
    subprocess.run(
        [*export, "--row", "best", "--out", str(tmp_path / "m.hoc")],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (tmp_path / "m.hoc").read_text()
    best = Results.open(out).best()
    assert f"evaluation {best} of the fit of study 'cheap'" in text
    assert "nrnivmodl" not in text.splitlines()[2]
    shell = Path(sys.executable).with_name("nrniv")
    done = subprocess.run(
        [shell, "-nogui", "-nobanner", "m_run_step.hoc", "-c", 'save("out.txt")', "-c", "quit()"],
        cwd=tmp_path, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    check_identical(read(tmp_path / "out.txt"), responses_of(out, best)["step"])
    for arguments, word in (
        (["--row", "first"], "the word best"),
        (["--row", "999"], "no row 999"),
        (["--row", "-1", "--format", "csv"], "every row"),
    ):
        done = subprocess.run(
            [*export, "--out", str(tmp_path / "x"), *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode != 0
        assert word in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_missing_mechanisms_are_named(l5pt: Path, tmp_path: Path) -> None:
    HocExporter().export(l5pt / "variable", tmp_path / "l5pt.hoc")
    command = [
        sys.executable,
        str(HERE / "plain_neuron.py"),
        "-",
        str(tmp_path / "l5pt_run_bAP.hoc"),
    ]
    done = subprocess.run([*command, "x"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "mechanism Ih is not loaded" in done.stdout + done.stderr


def test_a_run_without_a_cell_cannot_be_exported(l5pt: Path, tmp_path: Path) -> None:
    shutil.copytree(l5pt / "variable", tmp_path / "run")
    (tmp_path / "run" / "study.json").write_text(json.dumps({"name": "no cell"}))
    with pytest.raises(ResultsError, match="no cell"):
        HocExporter().export(tmp_path / "run", tmp_path / "x.hoc")


def test_names() -> None:
    names = names_of(["soma", "dend[0]", "dend[1]", "apic[1]", "a b", "a_b", "7", "dend", "all"])
    assert names.of_section == (
        "soma", "dend_0", "dend_1", "apic_1", "a_b_2", "a_b", "section_7", "dend", "all_2",
    )  # fmt: skip
    names = names_of(["axon[1]", "axon[0]", "soma"])
    assert names.of_section == ("axon[1]", "axon[0]", "soma")
    assert names.declared == ("axon[2]", "soma")
    assert names.renamed == {}
    assert len(set(names_of(["é", "è", "ü"]).of_section)) == 3
    assert identifier("7 a", "model") == "model_7_a"
