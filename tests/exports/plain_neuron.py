"""A bare interpreter with NEURON, without Bouton: runs a hoc file and saves what it recorded."""

from __future__ import annotations

import os
import sys

os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"

from neuron import h

library, driver, out = sys.argv[1:]
if library != "-" and not h.nrn_load_dll(library):
    raise SystemExit(f"{library} cannot be loaded")
if not h.load_file(driver):
    raise SystemExit(f"{driver} cannot be loaded")
h.save(out)
if any(name.partition(".")[0].startswith("bouton") for name in sys.modules):
    raise SystemExit("this interpreter is not bare")
