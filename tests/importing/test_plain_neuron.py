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


@pytest.mark.skipif(shutil.which("make") is None, reason="nrnivmodl needs make")
def test_a_rebuilt_cell_gives_the_native_trace_to_the_last_bit(
    imported: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "mods").mkdir()
    (tmp_path / "mods" / "warmed.mod").write_text(CHANNEL)
    (tmp_path / "cell.py").write_text(CELL)
    options = ("--mods", str(tmp_path / "mods"))
    document = imported(tmp_path / "cell.py", "Warmed", *options, mods=False)
    document["provenance"]["mods"]["folder"] = "mods"
    (tmp_path / "cell.json").write_text(json.dumps(document))
    compiler = Path(sys.executable).with_name("nrnivmodl")
    subprocess.run([str(compiler), "mods"], cwd=tmp_path, capture_output=True, check=True)
    (library,) = tmp_path.glob("*/libnrnmech.*")
    # The folder of the library would be loaded by itself where NEURON starts.
    (tmp_path / "apart").mkdir()
    library = library.parent.rename(tmp_path / "apart" / "made") / library.name
    native = told(NATIVE, tmp_path, str(library))
    rebuilt = told(REBUILT, tmp_path)
    assert max(native) > 0
    assert rebuilt == native
