"""Random streams of mechanisms: an axis of their own, by cell, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# What was drawn last is in an ASSIGNED variable, which NEURON does not store with the state.
JITTER = """
NEURON {
    SUFFIX jitter
    RANGE size, i, x
    NONSPECIFIC_CURRENT i
    RANDOM r
}
UNITS { (mA) = (milliamp) }
PARAMETER { size = 0.002 (mA/cm2) }
ASSIGNED { i (mA/cm2) x }
INITIAL { x = 0 }
BREAKPOINT {
    SOLVE draw
    i = size*x
}
PROCEDURE draw() { x = random_normal(r) }
"""

SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from bouton.model.cell import Assignment, CellSettings, CellStructure
from bouton.model.compartments import Compartments
from bouton.model.locations import At
from bouton.model.morphology import Morphology, Section
from bouton.model.protocol import Integration, Signal
from bouton.nrn.sessions import Session

soma = Section.cylinder("soma", ("soma",), length_um=20, diameter_um=20)
table = Compartments(Morphology("one", (soma,)), np.array([1]))
structure = CellStructure(
    table, {"jitter": np.array([0]), "hh": np.array([0])}, catalogues=(Path(sys.argv[1]),)
)
settings = CellSettings((), np.array([100.0]), np.ones(1))
V = (Signal("v", "v", At("soma")), Signal("x", "jitter.x", At("soma")))

def session(n=1, seed=1):
    told = Integration("fixed", dt_ms=0.025, seed=seed)
    return Session([(structure, settings)] * n, told, signals=V)

def equal(a, b):
    return all(np.array_equal(a.samples[name], b.samples[name]) for name in ("v", "x"))
"""


def check(tmp_path: Path, body: str) -> None:
    folder = tmp_path / "jitter"
    folder.mkdir()
    (folder / "jitter.mod").write_text(JITTER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT + body, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("body", [
    # positions go with the streams, not with the state
    """
with session() as one:
    one.advance(100)
    snapshot, positions = one.store(), one.random_positions()
    expected = one.advance(200)
    assert np.ptp(expected.samples["v"]) > 0.05
    one.restore(snapshot)
    one.clock = 100
    other = one.advance(200)
    assert not equal(other, expected)
    one.restore(snapshot)
    one.set_random_positions(positions)
    one.clock = 100
    again = one.advance(200)
    assert equal(again, expected), np.flatnonzero(again.samples["v"] != expected.samples["v"])[:5]
""",
    # the seed says everything
    """
def first(**options):
    with session(**options) as one:
        found = [one.advance(150)]
        one.restart_random(options.get("seed", 1))
        one.initialise()
        one.clock = 0
        found.append(one.advance(150))
    assert equal(*found)
    return found[0]
assert equal(first(), first())
assert not equal(first(), first(seed=2))
""",
    # every cell has streams of its own; the first one those that it has alone
    """
with session(3) as one:
    together = one.advance(100).samples["v"]
with session(1) as one:
    alone = one.advance(100).samples["v"]
assert np.array_equal(together[:, 0], alone[:, 0])
assert abs(together[:, 0] - together[:, 1]).max() > 0.01
assert abs(together[:, 1] - together[:, 2]).max() > 0.01
""",
])  # fmt: skip
def test_random_streams(tmp_path: Path, body: str) -> None:
    check(tmp_path, body)
