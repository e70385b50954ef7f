"""Elimination written out: where it is done, and where the text is left alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bouton.nrn.modfiles import read_mechanism
from bouton.nrn.tightening import tighten
from bouton.nrn.toolchain import find_neuron
from bouton.nrn.unrolling import unroll
from bouton_mechanisms import stellate_folder

KINETIC = ("AMPA", "GABA", "Kca1_1", "Kca2_2", "NMDA", "Nav1_1", "Nav1_6", "cdp5")
SCHEME = """
NEURON {{ THREADSAFE SUFFIX two NONSPECIFIC_CURRENT i }}
STATE {{ {states} }}
ASSIGNED {{ v (mV) i (mA/cm2) }}
BREAKPOINT {{ SOLVE kin METHOD sparse i = 0*v }}
KINETIC kin {{
  LOCAL a
  a = 0.1
  {body}
}}
"""


def translated(file: Path) -> str:
    command = [str(find_neuron().translator), file.name]
    subprocess.run(command, cwd=file.parent, check=True, capture_output=True)
    return file.with_suffix(".cpp").read_text()


@pytest.mark.parametrize("name", KINETIC)
def test_every_scheme_of_ours_is_written_out(name: str, tmp_path: Path) -> None:
    file = Path(shutil.copy(stellate_folder() / f"{name}.mod", tmp_path))
    text = translated(file)
    made = tighten(text, read_mechanism(file))
    assert text.count(" sparse_thread(&") == 1
    assert " sparse_thread(&" not in made
    assert "_cvode_sparse_thread(&" not in made
    # A linear scheme takes one pass; a density mechanism also gets loops over plain arrays.
    assert ("_pass" in made) == (name == "cdp5")
    assert made.count("BOUTON_INDEPENDENT\n") == (3 if "SUFFIX" in file.read_text() else 0)


@pytest.mark.parametrize(
    ("states", "body", "is_written"),
    [
        ("x y", "~ x <-> y (a, 1)", True),
        ("x y z", "~ x + y <-> z (a, 1)", True),
        ("x[3]", "~ x[0] <-> x[1] (a, 1)  ~ x[1] <-> x[2] (a, 1)", False),
        ("x y", "~ x <-> y (a, 1)  x = 1", False),
        ("x y", "VERBATIM\n  ;\nENDVERBATIM\n  ~ x <-> y (a, 1)", False),
    ],
    ids=["linear", "not linear", "arrays", "assigns a state", "foreign C++"],
)
def test_only_what_is_understood_is_written_out(
    tmp_path: Path, states: str, body: str, is_written: bool
) -> None:
    file = tmp_path / "two.mod"
    file.write_text(SCHEME.format(states=states, body=body))
    text = translated(file)
    made = unroll(text)
    assert (made != text) == is_written
    assert (" sparse_thread(&" in made) != is_written


def test_text_without_a_scheme_is_left_alone(tmp_path: Path) -> None:
    file = Path(shutil.copy(stellate_folder() / "Km.mod", tmp_path))
    text = translated(file)
    assert unroll(text) == text
