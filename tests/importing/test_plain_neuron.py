"""A rebuilt cell beside its native one, which runs in plain NEURON with what nrnivmodl made."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Imported = Callable[..., dict[str, Any]]
CHANNEL = """
NEURON { SUFFIX warmed THREADSAFE USEION na READ ena WRITE ina RANGE gmax GLOBAL q10 }
UNITS { (mV) = (millivolt) (mA) = (milliamp) }
PARAMETER { gmax = 0.3 (siemens/cm2) q10 = 2.3 }
ASSIGNED { v (mV) celsius (degC) ena (mV) ina (mA/cm2) }
STATE { m h }
INITIAL { m = opening(v) h = closing(v) }
BREAKPOINT { SOLVE states METHOD cnexp  ina = gmax*m*m*m*h*(v - ena) }
DERIVATIVE states {
  LOCAL fold
  fold = q10^((celsius - 23)/10)
  m' = fold*(opening(v) - m)/(0.05 + 0.3*exp(-((v + 40)/30)^2))
  h' = fold*(closing(v) - h)/(0.5 + 8*exp(-((v + 60)/20)^2))
}
FUNCTION opening(v (mV)) { opening = 1/(1 + exp(-(v + 38)/7)) }
FUNCTION closing(v (mV)) { closing = 1/(1 + exp((v + 62)/6)) }
"""
CELL = """
from neuron import h
h.celsius = 36
class Warmed:
    def __init__(self):
        self.soma = h.Section(name="soma", cell=self)
        self.soma.L = self.soma.diam = 20
        for name in ("warmed", "pas", "hh"):
            self.soma.insert(name)
        self.soma.gnabar_hh = 0
        self.soma.e_pas = -65
"""
SETTINGS = {"delay": 2.0, "dur": 100.0, "amp": 1.5}
NATIVE = f"""
import json, sys
from neuron import h
h.nrn_load_dll(sys.argv[1])
h.load_file("stdrun.hoc")
exec(open("cell.py").read())
cell = Warmed()
clamp = h.IClamp(cell.soma(0.5))
clamp.delay, clamp.dur, clamp.amp = {tuple(SETTINGS.values())}
v = h.Vector().record(cell.soma(0.5)._ref_v)
h.finitialize(-65)
while h.t < 100 - 1e-9:
    h.fadvance()
print(json.dumps(list(v)))
"""
REBUILT = f"""
import json
import bouton
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol
template = bouton.registry.cell_templates["imported"](file="cell.json")
structure = template.structure(None, {{}})
soma = bouton.At("soma")
protocol = bouton.Protocol(
    (bouton.PointDrive("IClamp", soma, {SETTINGS}),),
    (bouton.Signal("v", "v", soma),),
    100.0,
    bouton.Integration(celsius=36.0),
)
with LiveCell(structure, template.settings(structure, {{}})) as cell:
    print(json.dumps(run_protocol(cell, protocol)["v"].values.tolist()))
"""


def told(code: str, folder: Path, *arguments: str) -> Any:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cell with its MOD file, and in `apart` what nrnivmodl makes of that."""
    if shutil.which("make") is None:
        pytest.skip("nrnivmodl needs make")
    home = tmp_path_factory.mktemp("warmed")
    (home / "mods").mkdir()
    (home / "mods" / "warmed.mod").write_text(CHANNEL)
    (home / "cell.py").write_text(CELL)
    compiler = Path(sys.executable).with_name("nrnivmodl")
    (home / "apart").mkdir()  # from where NEURON starts it would be loaded by itself
    command = [str(compiler), "../mods"]
    subprocess.run(command, cwd=home / "apart", capture_output=True, check=True)
    return home


def library(folder: Path) -> str:
    (found,) = folder.glob("apart/*/libnrnmech.*")
    return str(found)


def test_a_rebuilt_cell_gives_the_native_trace_to_the_last_bit(
    imported: Imported, folder: Path
) -> None:
    options = ("--mods", str(folder / "mods"))
    document = imported(folder / "cell.py", "Warmed", *options, mods=False)
    document["provenance"]["mods"]["folder"] = "mods"
    (folder / "cell.json").write_text(json.dumps(document))
    native = told(NATIVE, folder, library(folder))
    rebuilt = told(REBUILT, folder)
    assert max(native) > 0
    assert rebuilt == native


def test_a_cell_may_load_what_its_author_compiled(
    imported: Imported, refused: Callable[..., str], folder: Path
) -> None:
    file = folder / "loads.py"
    file.write_text(f"from neuron import h\nh.nrn_load_dll({library(folder)!r})\n{CELL}")
    told = refused(file, "Warmed", mods=False)
    assert "own code loads" in told
    assert (
        f"'warmed': name the folder of its MOD files (--mods); there are MOD files in {folder}"
        in (told)
    )
    document = imported(file, "Warmed", "--mods", str(folder / "mods"), mods=False)
    assert document["fidelity"]["status"] == "equal"
    assert "warmed" in document["provenance"]["mechanisms"]
