"""A small labelled cell, and tissues made of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for contact_cases; test folders are no packages

# Soma along z, two dendrites (16 near, 17 far), an axon whose first part has type 18.
CELL = """\
1 1 0 0 0 4 -1
2 1 0 0 4 4 1
3 1 0 0 8 4 2
4 16 4 0 8 0.5 3
5 16 20 3 10 0.5 4
6 17 40 8 14 0.4 5
7 17 60 2 20 0.3 6
8 16 -4 0 0 0.5 1
9 17 -30 -6 -10 0.4 8
10 18 0 4 4 0.4 2
11 18 2 14 2 0.4 10
12 2 6 40 -8 0.3 11
13 2 30 60 -20 0.3 12
14 2 -20 55 -14 0.3 12
"""

TAGS = {
    "16": ["dendrites", "proximal_dendrites"],
    "17": ["dendrites", "distal_dendrites"],
    "18": ["axon", "axon_initial_segment"],
}


@pytest.fixture(scope="session")
def cell_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SWC file of the small cell."""
    path = tmp_path_factory.mktemp("morphologies") / "Small.swc"
    path.write_text(CELL)
    return path


@pytest.fixture
def layer(cell_file: Path) -> dict[str, Any]:
    """A layer of 40 small cells that connect from axons to dendrites, as a document of ours."""
    return a_layer(cell_file)


def a_layer(cell_file: Path) -> dict[str, Any]:
    return {
        "name": "layer",
        "seed": 5,
        "network": {"size_um": [120.0, 120.0, 120.0], "chunk_um": 60.0},
        "partitions": {"all": {"thickness_um": 120.0}},
        "morphologies": {"small": {"loader": "swc", "file": str(cell_file), "tags": TAGS}},
        "cell_types": {
            "cells": {"radius_um": 4.0, "amount": {"count": 40}, "morphologies": ["small"]}
        },
        "placement": {
            "cells": {"cell_types": ["cells"], "partitions": ["all"], "rotation": "random"}
        },
        "connectivity": {
            "touch": {
                "pre": {"cell_types": ["cells"], "labels": ["axon"]},
                "post": {"cell_types": ["cells"], "labels": ["dendrites"]},
                "rule": {"use": "touch-distance", "distance_um": 5.0},
            }
        },
    }


@pytest.fixture
def foreign(cell_file: Path) -> dict[str, Any]:
    """The same tissue in the form of the Brain Scaffold Builder."""
    return {
        "name": "layer",
        "storage": {"engine": "hdf5", "root": "network.hdf5"},
        "network": {"x": 120, "y": 120, "z": 120, "chunk_size": [60, 60, 60]},
        "partitions": {"all": {"type": "layer", "thickness": 120}},
        "morphologies": [{"file": str(cell_file), "parser": {"tags": TAGS}}],
        "cell_types": {
            "cells": {"spatial": {"radius": 4, "count": 40, "morphologies": [{"names": ["Sm*"]}]}}
        },
        "placement": {
            "cells": {
                "strategy": "bsb.placement.RandomPlacement",
                "cell_types": ["cells"],
                "partitions": ["all"],
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
    }


@pytest.fixture
def simulation() -> dict[str, Any]:
    """A simulation of `pair`, without devices, of NEURON's own mechanisms."""
    return a_simulation()


def a_simulation() -> dict[str, Any]:
    active, passive = {"mechanisms": {"hh": {}}}, {"mechanisms": {"pas": {"e": -65.0}}}
    regions = {"soma": active, "dendrites": passive, "axon": active}
    cell = {"template": {"use": "by-region", "labels": "known", "regions": regions}}
    return {
        "duration_ms": 40.0,
        "celsius": 20.0,
        "cell_models": {"E": cell, "I": cell},
        "synapses": {
            "exc": {"mechanism": "Exp2Syn", "parameters": {"tau1": 0.5, "tau2": 3.0}},
            "inh": {
                "mechanism": "Exp2Syn",
                "parameters": {"tau1": 0.5, "tau2": 8.0, "e": -80.0},
                "shared": "no",
            },
        },
        "connection_models": {
            "EI": {"synapses": [{"synapse": "exc", "weight": 0.01}]},
            "IE": {"synapses": [{"synapse": "inh", "weight": 0.01, "delay_ms": 2.0}]},
        },
    }


@pytest.fixture
def pair(cell_file: Path) -> dict[str, Any]:
    """Six cells E and four cells I: E touches I, I reaches E at no place in particular."""
    return a_pair(cell_file)


def a_pair(cell_file: Path) -> dict[str, Any]:
    amounts = {"E": 6, "I": 4}
    return {
        **a_layer(cell_file),
        "cell_types": {
            name: {"radius_um": 4.0, "amount": {"count": count}, "morphologies": ["small"]}
            for name, count in amounts.items()
        },
        "placement": {"cells": {"cell_types": ["E", "I"], "partitions": ["all"]}},
        "connectivity": {
            "EI": {
                "pre": {"cell_types": ["E"], "labels": ["axon"]},
                "post": {"cell_types": ["I"], "labels": ["dendrites"]},
                "rule": {"use": "touch-distance", "distance_um": 25.0},
            },
            "IE": {
                "pre": {"cell_types": ["I"]},
                "post": {"cell_types": ["E"]},
                "rule": {"use": "probability", "probability": 0.5},
            },
        },
        "simulations": {"rest": a_simulation()},
    }


@pytest.fixture(scope="session")
def pair_file(cell_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled network of `pair`; not to be changed."""
    from bouton_plugins.reconstruction.compiling import compile_network
    from bouton_plugins.reconstruction.reading import from_document

    path = tmp_path_factory.mktemp("networks") / "pair.h5"
    compile_network(from_document(a_pair(cell_file)), path)
    return path
