"""Catalogues by name: what they define, clashes, loading, and the commands about them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bouton.cli import bouton
from bouton.errors import MechanismError, UnknownEntryError
from bouton.nrn import catalogues
from bouton.nrn.building import FAST, PLAIN
from bouton.nrn.modfiles import IonUse, read_mechanism
from bouton.nrn.strays import stray_libraries
from bouton.nrn.tightening import tighten
from bouton.nrn.toolchain import find_neuron

MOD = """
TITLE SUFFIX title
COMMENT
SUFFIX comment
ENDCOMMENT
NEURON {{  : SUFFIX remark
    THREADSAFE
    {kind} {name}
    USEION ca READ eca, cai WRITE ica VALENCE 2
    NONSPECIFIC_CURRENT i
    RANGE g, gbar
    RANGE more  ? SUFFIX other
    GLOBAL tau
}}
PARAMETER {{ gbar = 1e-4 tau = 3 }}
ASSIGNED {{ v i g more eca cai ica }}
BREAKPOINT {{ g = gbar  i = g*v  ica = 0 }}
"""


def folder_with(folder: Path, **mechanisms: str) -> Path:
    folder.mkdir()
    for name, text in mechanisms.items():
        (folder / f"{name}.mod").write_text(text)
    return folder


def test_a_mod_file_says_what_it_defines(tmp_path: Any) -> None:
    folder = folder_with(tmp_path / "a", one=MOD.format(kind="SUFFIX", name="one"))
    found = read_mechanism(folder / "one.mod")
    assert (found.name, found.kind) == ("one", "density")
    assert found.ions == (IonUse("ca", ("eca", "cai"), ("ica",)),)
    assert found.range_variables == ("g", "gbar", "more")
    assert found.global_variables == ("tau",)
    assert found.currents == ("i",)
    assert found.is_thread_safe


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("POINT_PROCESS", "point process"), ("ARTIFICIAL_CELL", "artificial cell")],
)
def test_kinds_are_told_apart(tmp_path: Any, kind: str, expected: str) -> None:
    folder = folder_with(tmp_path / "a", one=MOD.format(kind=kind, name="One"))
    assert read_mechanism(folder / "one.mod").kind == expected


def test_the_registered_catalogue_has_every_channel() -> None:
    found = catalogues.read("hay")
    assert {m.name for m in found.mechanisms} == {file.stem for file in found.folder.glob("*.mod")}
    assert all(m.is_thread_safe for m in found.mechanisms)
    assert len(found.mechanisms) == 15
    assert not any("VERBATIM" in m.file.read_text() for m in found.mechanisms)


def test_every_channel_of_ours_is_tightened(tmp_path: Any) -> None:
    for mechanism in catalogues.read("hay").mechanisms:
        shutil.copy(mechanism.file, tmp_path)
        translator = [str(find_neuron().translator), mechanism.file.name]
        subprocess.run(translator, cwd=tmp_path, check=True, capture_output=True)
        text = (tmp_path / f"{mechanism.file.stem}.cpp").read_text()
        loops = tighten(text, mechanism).count("BOUTON_INDEPENDENT\n")
        assert loops == (0 if mechanism.kind == "point process" else 3), mechanism.name


def test_what_is_not_known_to_be_safe_is_left_alone(tmp_path: Any) -> None:
    (mechanism,) = (m for m in catalogues.read("hay").mechanisms if m.name == "Ih")
    text = mechanism.file.read_text()
    variants = {
        "not thread safe": text.replace("    THREADSAFE\n", ""),
        "foreign C++": text.replace("INITIAL {", "VERBATIM\nENDVERBATIM\nINITIAL {"),
        "pointer": text.replace("    THREADSAFE\n", "    THREADSAFE\n    POINTER p\n").replace(
            "ASSIGNED {", "ASSIGNED {\n    p"
        ),
        "shared local": text.replace("STATE {", "LOCAL shared\nSTATE {").replace(
            "a = alpha_m(v)\n    b", "a = alpha_m(v)\n    shared = a\n    b"
        ),
    }
    for number, (what, changed) in enumerate(variants.items()):
        assert changed != text
        file = tmp_path / f"Ih{number}.mod"
        file.write_text(changed)
        translator = [str(find_neuron().translator), file.name]
        subprocess.run(translator, cwd=tmp_path, check=True, capture_output=True)
        made = file.with_suffix(".cpp").read_text()
        assert tighten(made, read_mechanism(file)) == made, what


def test_unknown_catalogue_names_close_matches() -> None:
    with pytest.raises(UnknownEntryError, match="hay"):
        catalogues.libraries(["hey"])


def test_two_catalogues_that_differ_are_refused_with_both_files(tmp_path: Any) -> None:
    first = folder_with(tmp_path / "a", one=MOD.format(kind="SUFFIX", name="one"))
    second = folder_with(tmp_path / "b", uno=MOD.format(kind="SUFFIX", name="one") + "\n")
    with pytest.raises(MechanismError, match="'one' is defined twice") as caught:
        catalogues.libraries([first, second])
    assert str(first / "one.mod") in str(caught.value)
    assert str(second / "uno.mod") in str(caught.value)


def test_one_catalogue_that_defines_a_name_twice_is_refused(tmp_path: Any) -> None:
    one = MOD.format(kind="SUFFIX", name="one")
    folder = folder_with(tmp_path / "a", first=one, second=one + "\n")
    with pytest.raises(MechanismError, match="defined twice"):
        catalogues.read(folder)


def test_a_name_of_neurons_own_is_refused(tmp_path: Any) -> None:
    folder = folder_with(tmp_path / "a", leak=MOD.format(kind="SUFFIX", name="pas"))
    with pytest.raises(MechanismError, match="built in"):
        catalogues.read(folder)


def test_a_folder_is_compiled_as_its_authors_compile_it(tmp_path: Any) -> None:
    folder = folder_with(tmp_path / "a", one=MOD.format(kind="SUFFIX", name="one"))
    assert catalogues.read(folder).options == catalogues.read(str(folder)).options == PLAIN
    assert catalogues.read("hay").options == FAST


def test_shared_mechanism_is_compiled_once(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("BOUTON_CACHE_DIR", str(tmp_path / "cache"))
    shared = MOD.format(kind="SUFFIX", name="shared")
    first = folder_with(tmp_path / "a", shared=shared)
    second = folder_with(tmp_path / "b", renamed=shared, own=MOD.format(kind="SUFFIX", name="own"))
    third = folder_with(tmp_path / "c", shared=shared)
    found = catalogues.libraries([first, second, third, first])
    assert [c.name for c in found] == ["a", "b", "c"]
    assert found[2].library is None
    assert [m.name for m in found[1].mechanisms] == ["own", "shared"]
    load = """
import sys
from pathlib import Path
from bouton.nrn.catalogues import load_library
for library in sys.argv[1:]:
    load_library(Path(library))
from bouton.nrn.engine import h
print(hasattr(h, "shared"), hasattr(h, "own"))
"""
    paths = [str(c.library) for c in found if c.library]
    done = subprocess.run(
        [sys.executable, "-c", load, *paths], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]


LOAD_HAY = """
from bouton.nrn import catalogues
catalogues.load(["hay"])
catalogues.load(["hay"])
from bouton.nrn.engine import h
print(h.ehcn_Ih, h.Ca_HVA)
"""


def run(code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NEURON_MODULE_OPTIONS": "-nogui", **variables},
    )


@pytest.fixture
def stray(tmp_path: Any) -> Any:
    """A working directory with a library that NEURON loads by itself; it defines our channels."""
    (hay,) = catalogues.libraries(["hay"])
    place = tmp_path / "work" / os.uname().machine
    place.mkdir(parents=True)
    shutil.copy(str(hay.library), place / "libnrnmech.so")
    return place.parent


def test_loading_twice_and_beside_a_stray_library_works(stray: Any) -> None:
    assert stray_libraries(stray)
    plain = run("from neuron import h; print(h.Ca_HVA)", stray)
    assert "Ca_HVA" in plain.stdout  # NEURON does load it by itself
    done = run(LOAD_HAY, stray, NRN_NMODL_PATH=str(stray))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("-45.0")


def test_a_loaded_catalogue_is_not_read_again(tmp_path: Any) -> None:
    code = (
        "from bouton.nrn import catalogues\n"
        "catalogues.load(['hay'])\n"
        "catalogues.read_mechanism = None\n"
        "catalogues.load(['hay'])\n"
        "print('kept')\n"
    )
    assert run(code, tmp_path).stdout.endswith("kept\n")


def test_neuron_that_loaded_the_stray_library_first_is_a_clear_error(stray: Any) -> None:
    done = run("import neuron\n" + LOAD_HAY, stray)
    assert done.returncode == 1
    assert "NEURON already knows a" in done.stderr
    assert "MechanismError" in done.stderr


def test_catalogue_that_clashes_with_a_loaded_one_is_refused(tmp_path: Any) -> None:
    folder = folder_with(tmp_path / "other", Im=MOD.format(kind="SUFFIX", name="Im"))
    code = LOAD_HAY + f"from pathlib import Path\ncatalogues.load([Path({str(folder)!r})])\n"
    done = run(code, tmp_path)
    assert "'Im' is defined twice" in done.stderr
    assert str(folder / "Im.mod") in done.stderr


def command(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(bouton, ["mechanisms", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_command_list_tells_state_and_mechanisms(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("BOUTON_CACHE_DIR", str(tmp_path / "empty"))
    listing = json.loads(command("list", "--format", "json"))
    (hay,) = (row for row in listing["catalogues"] if row["name"] == "hay")
    assert hay["state"] == "not compiled"
    assert "SKv3_1" in hay["mechanisms"]
    assert listing["cache"].startswith(str(tmp_path))
    assert "not compiled" in command("list")


def test_commands_compile_and_clean_a_folder(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("BOUTON_CACHE_DIR", str(tmp_path / "cache"))
    folder = folder_with(tmp_path / "mine", one=MOD.format(kind="SUFFIX", name="one"))
    assert command("compile", "--folder", str(folder)).startswith("mine  ")
    assert command("clean", "--older-than", "1").startswith("0 removed")
    assert command("clean", "mine").startswith("1 removed")
    assert command("clean", "--all").startswith("0 removed")
    assert "say what to remove" in command("clean", code=2)
    assert "hay" in command("clean", "hya", code=2)
    assert "not both" in command("compile", "hay", "--folder", str(folder), code=2)


@pytest.mark.parametrize("arguments", [[], ["list"], ["compile"], ["clean"]])
def test_every_help_has_an_example(arguments: Any) -> None:
    assert "bouton mechanisms" in command(*arguments, "--help").partition("Example")[2]


def doctor(*arguments: str, code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(bouton, ["doctor", "--format", "json", *arguments])
    assert done.exit_code == code, done.output
    report: dict[str, Any] = json.loads(done.output)
    assert report["fit"] == (code == 0)
    return {check["name"]: check for check in report["checks"]}


def test_doctor_finds_this_machine_fit(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("BOUTON_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    checks = doctor("--full")
    assert checks["compile and run"]["state"] == "ok"
    assert checks["NEURON"]["state"] == "ok"
    assert "extra efel" in checks


def test_doctor_names_the_remedy_for_each_trouble(
    tmp_path: Any, monkeypatch: Any, stray: Any
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("BOUTON_CACHE_DIR", str(tmp_path / "taken"))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.chdir(stray)
    checks = doctor(code=1)
    assert checks["C++ compiler"]["state"] == "unfit"
    assert "install" in checks["C++ compiler"]["remedy"]
    assert checks["cache"]["state"] == "unfit"
    assert "BOUTON_CACHE_DIR" in checks["cache"]["remedy"]
    assert checks["stray mechanisms"]["state"] == "note"
    assert str(stray) in checks["stray mechanisms"]["remedy"]
