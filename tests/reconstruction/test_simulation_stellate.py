"""The ready-made layer and the tutorial, simulated; each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bouton.results.sonata import read_reports, read_spikes

TAGS = {
    "16": ["dendrites", "proximal_dendrites"],
    "17": ["dendrites", "distal_dendrites"],
    "18": ["axon", "axon_initial_segment"],
}


def bouton(*arguments: Any) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "bouton", "network", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def test_the_ready_made_layer_shows_excitatory_responses(tmp_path: Path) -> None:
    """Free of inhibition, equal cells differ by the response to the fibres alone."""
    file, out = tmp_path / "layer.h5", tmp_path / "run"
    bouton("compile", "stellate-layer", "-o", file)
    options = ["dt_ms=0.05", "duration_ms=45", "connection_models={}"]
    options.append("devices.inhibition={use: spike-recorder}")
    sets = [word for option in options for word in ("--set", option)]
    bouton("simulate", file, "stimulated", "-o", out, "--no-figures", *sets)
    (soma,) = read_reports(out / "network" / "soma.v.h5")
    (current,) = read_reports(out / "network" / "excitation.i.h5")
    reached = np.unique(current.cells)
    assert 0 < len(reached) < 30
    others = np.setdiff1d(np.arange(30), reached)
    still = soma.values[:, others[0]]
    assert np.abs(soma.values[:, others] - still[:, None]).max() < 1e-9
    rise = soma.values[:, reached] - still[:, None]
    assert np.abs(rise[soma.t_ms < 31.0]).max() < 1e-9
    first = (soma.t_ms > 31.0) & (soma.t_ms < 36.0)
    assert (rise[first].max(axis=0) > 1.0).all()
    assert (rise[first].max(axis=0) < 20.0).all()
    assert current.values.min() < -0.01
    times, cells = read_spikes(out / "network" / "spikes.h5")["stellate"]
    assert set(cells[times > 36.0].tolist()) == set(reached.tolist())


def test_the_tutorial_fires_when_it_should(shared_data: Path, tmp_path: Path) -> None:
    swc = shared_data / "morphologies" / "StellateCell.swc"
    document = {
        "storage": {"engine": "hdf5", "root": "network.hdf5"},
        "network": {"x": 150, "y": 150, "z": 150},
        "partitions": {"layer": {"thickness": 150}},
        "morphologies": [{"file": str(swc), "parser": {"tags": TAGS}}],
        "cell_types": {
            "cells": {"spatial": {"count": 30, "morphologies": [{"names": ["StellateCell"]}]}}
        },
        "placement": {
            "all": {
                "strategy": "bsb.placement.RandomPlacement",
                "cell_types": ["cells"],
                "partitions": ["layer"],
            }
        },
        "connectivity": {
            "voxels": {
                "strategy": "bsb.connectivity.VoxelIntersection",
                "presynaptic": {"cell_types": ["cells"], "morphology_labels": ["axon"]},
                "postsynaptic": {"cell_types": ["cells"], "morphology_labels": ["dendrites"]},
                "affinity": 0.5,
            }
        },
        "simulations": {
            "basal": {
                "simulator": "neuron",
                "duration": 20,
                "resolution": 0.1,
                "temperature": 37,
                "cell_models": {"cells": {"model": "Stellate.definitionStellate"}},
                "connection_models": {"voxels": {"synapses": ["GABA"]}},
                "devices": {},
            }
        },
    }
    config = tmp_path / "tutorial.json"
    config.write_text(json.dumps(document))
    bouton("compile", config, "-o", tmp_path / "network.hdf5")
    bouton("simulate", tmp_path / "network.hdf5", "-o", tmp_path / "run", "--no-figures")
    times, cells = read_spikes(tmp_path / "run" / "network" / "spikes.h5")["cells"]
    assert sorted(cells.tolist()) == list(range(30))
    assert times == pytest.approx(10.8, abs=0.3)
