"""Importing NEURON, and mechanisms of other people's making, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ODD = """
NEURON {
    SUFFIX odd
    RANGE arr, plain, drawn
    POINTER p
    RANDOM r
}
PARAMETER { plain = 1 }
ASSIGNED { arr[3] p drawn }
INITIAL { drawn = random_uniform(r) }
"""

WARM = """
NEURON { SUFFIX warm  RANGE when }
PARAMETER { when = 5 }
ASSIGNED { celsius (degC)  done }
INITIAL { done = 0 }
BREAKPOINT {
    if (t > when && done == 0) {
        done = 1
        VERBATIM
        celsius = 50;
        ENDVERBATIM
    }
}
"""

CELL = """
import sys
from pathlib import Path
import numpy as np
from bouton.nrn import catalogues
from bouton.errors import *
from bouton.model.cell import Assignment, CellSettings, CellStructure
from bouton.model.compartments import Compartments
from bouton.model.locations import At, EverySegment
from bouton.model.morphology import Morphology, Section
from bouton.model.protocol import Integration, Protocol, Signal
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol

soma = Section.cylinder("soma", ("soma",), length_um=20, diameter_um=20)
table = Compartments(Morphology("one", (soma,)), np.array([3]))

def structure(mechanism):
    catalogues.load([Path(sys.argv[1])])
    return CellStructure(table, {mechanism: np.array([0])})

def settings(variable):
    there = Assignment(variable, np.array([0]), np.array([1.0]))
    return CellSettings((there,), np.array([100.0]), np.ones(1))
"""


def run(script: str, *arguments: str, cwd: Path | None = None, **more: str) -> str:
    """Return what a script prints in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **more},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.mod").write_text(ODD)
    (folder / "warm.mod").write_text(WARM)
    return folder


def test_the_package_alone_imports_no_simulator() -> None:
    assert run("import sys, bouton.nrn; print('neuron' in sys.modules)") == "False"


def test_importing_opens_no_window_and_prints_nothing() -> None:
    script = "import bouton.nrn.engine, os; print(os.environ['NEURON_MODULE_OPTIONS'])"
    assert run(script, NRN_NMODL_PATH="/nowhere") == "-nogui"


def test_mechanisms_that_lie_about_are_not_loaded(tmp_path: Path, odd_folder: Path) -> None:
    library = run(
        """
        import sys
        from pathlib import Path
        from bouton.nrn.catalogues import libraries
        print(libraries([Path(sys.argv[1])])[0].library)
        """,
        str(odd_folder),
    )
    for machine in ("x86_64", "aarch64", "arm64"):
        (tmp_path / machine).mkdir()
        (tmp_path / machine / "libnrnmech.so").symlink_to(library)
    plain = "import os; os.environ['NEURON_MODULE_OPTIONS']='-nogui'; from neuron import h; "
    assert run(plain + "print(hasattr(h, 'odd'))", cwd=tmp_path) == "True"
    ours = "from bouton.nrn.engine import h; import os; print(hasattr(h, 'odd'), os.getcwd())"
    assert run(ours, cwd=tmp_path) == f"False {tmp_path}"


def test_random_streams_restart_in_every_run(odd_folder: Path) -> None:
    script = CELL + textwrap.dedent(
        """
        def drawn(seed=0):
            signal = Signal("x", "odd.drawn", EverySegment())
            protocol = Protocol((), (signal,), 1.0, Integration(seed=seed))
            return run_protocol(cell, protocol)["x"].values[1].tolist()

        with LiveCell(structure("odd")) as cell:
            first, again, other = drawn(), drawn(), drawn(1)
        with LiveCell(structure("odd")) as cell:
            fresh = drawn()
        print(first == again == fresh, first != other, len(set(first)))
        """
    )
    assert run(script, str(odd_folder)) == "True True 3"


def test_arrays_pointers_and_streams_cannot_be_set_or_recorded(odd_folder: Path) -> None:
    script = CELL + textwrap.dedent(
        """
        with LiveCell(structure("odd")) as cell:
            for name in ("arr_odd", "p_odd", "r_odd"):
                try:
                    cell.apply(settings(name))
                except CellError as error:
                    print(error)
            for name in ("odd.arr", "odd.p", "odd.r"):
                try:
                    run_protocol(cell, Protocol((), (Signal("x", name, At("soma")),), 1.0))
                except ProtocolError as error:
                    print(error)
            cell.apply(settings("plain_odd"))
        """
    )
    told = run(script, str(odd_folder)).splitlines()
    assert len(told) == 6
    assert "'arr_odd' is not one number per segment" in told[0]
    assert "'p_odd' is a pointer" in told[1]
    assert "'r_odd' is" in told[2]
    assert "'odd.arr'" in told[3]
    assert "'odd.p'" in told[4]
    assert "'odd.r'" in told[5]


@pytest.mark.parametrize("method", ["fixed", "cvode"])
def test_a_mechanism_that_changes_the_temperature_is_caught(odd_folder: Path, method: str) -> None:
    script = CELL + textwrap.dedent(
        """
        def protocol(duration_ms):
            soma = Signal("x", "v", At("soma"))
            return Protocol((), (soma,), duration_ms, Integration(sys.argv[2]))

        with LiveCell(structure("warm")) as cell:
            run_protocol(cell, protocol(2.0))
            try:
                run_protocol(cell, protocol(30.0))
            except SimulationError as error:
                print(error.reason, "|", error.detail)
            run_protocol(cell, protocol(2.0))
        """
    )
    told = run(script, str(odd_folder), method)
    assert told.startswith("settings changed | ")
    assert "celsius from 6.3 to 50" in told


def test_a_missing_mechanism_names_the_catalogues(odd_folder: Path) -> None:
    script = CELL + textwrap.dedent(
        """
        try:
            LiveCell(structure("NaTa_x"))
        except CellError as error:
            print(error)
        """
    )
    told = run(script, str(odd_folder))
    assert "no density mechanism 'NaTa_x' for section 'soma'" in told


def test_an_epsp_has_the_shape_and_the_peak_that_were_asked_for() -> None:
    script = CELL + textwrap.dedent(
        """
        import bouton
        from bouton.nrn.engine import h
        plain = CellStructure(table, {"pas": np.array([0])})
        epsp = bouton.registry.stimuli["epsp-current"](0.5, 2.0, rise_ms=1.0, decay_ms=5.0)
        with LiveCell(plain) as cell:
            signal = Signal("i", "stimulus", At("soma"))
            protocol = Protocol(tuple(epsp.drives()), (signal,), 40.0)
            trace = run_protocol(cell, protocol)["i"]
        t, current = trace.t_ms, trace.values
        s = np.clip(t - 2.0, 0, None)
        shape = np.exp(-s / 5.0) - np.exp(-s / 1.0)
        expected = 0.5 * shape / (np.exp(-5 * np.log(5) / 20) - np.exp(-5 * np.log(5) / 4))
        # The current of a fixed step is that of the middle of the step.
        middle = np.interp(t - 0.0125, t, expected)
        print(np.abs(current[1:] - middle[1:]).max() < 1e-3, round(current.max(), 3))
        """
    )
    assert run(script) == "True 0.5"
