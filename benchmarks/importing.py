"""CPU of importing a cell of 100 sections, beside only loading it in a fresh Python.

    python benchmarks/importing.py

Both are whole commands with their child processes, one after the other; the MOD files are compiled
before the first. Loading it twice is the least that two fresh processes, one to read the cell and
one to build it again, would cost.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bouton.nrn import catalogues
from bouton_mechanisms import hay_folder

TIMES = 7
CELL = """
begintemplate Hundred
public soma, dend, all
create soma, dend[99]
objref all
proc init() { local i
  all = new SectionList()
  soma { pt3dadd(0, 0, 0, 20) pt3dadd(20, 0, 0, 20) insert hh insert Ih }
  for i = 0, 98 {
    if (i < 2) { connect dend[i](0), soma(1) } else { connect dend[i](0), dend[int(i/2) - 1](1) }
    dend[i] {
      pt3dadd(i, 0, 0, 2) pt3dadd(i+10, 20, 3, 1.5) pt3dadd(i+30, 30, 9, 1)
      nseg = 3 Ra = 120 cm = 0.9 insert pas insert Ih insert CaDynamics_E2 insert Ca_HVA
      gIhbar_Ih(0:1) = 1e-5 : 1e-4
    }
  }
  forall { all.append() }
}
endtemplate Hundred
"""
LOADING = """
import sys
from neuron import h
h.nrn_load_dll(sys.argv[2])
h.load_file("stdrun.hoc")
h.load_file(1, sys.argv[1])
h.Hundred()
"""


def cpu_s(*command: str) -> float:
    """Return what a command and its children cost."""
    before = os.times()
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def main() -> None:
    """Print medians and their ratio."""
    mods = hay_folder()
    (library,) = catalogues.libraries([mods])
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "hundred.hoc"
        file.write_text(CELL)
        importing, loading = [], []
        for _ in range(TIMES):
            loading.append(cpu_s(sys.executable, "-c", LOADING, str(file), str(library.library)))
            out = ("--out", str(Path(name) / "cell.json"), "--force")
            importing.append(
                cpu_s(
                    *(sys.executable, "-m", "bouton", "import", str(file), "--name", "Hundred"),
                    *("--mods", str(mods), *out),
                )
            )
        ours, least = median(importing), 2 * median(loading)
        print(f"import, rebuild and compare  {ours:.2f} s CPU ({min(importing):.2f} at best)")
        print(f"load it twice, no more       {least:.2f} s CPU")
        print(f"ratio                        {ours / least:.2f}")


if __name__ == "__main__":
    main()
