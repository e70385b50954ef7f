"""The inline exp and log that channels are compiled with, against long double arithmetic."""

from __future__ import annotations

import ctypes
import subprocess
from typing import Any

import numpy as np
import pytest

from bouton.nrn.building import FAST
from bouton.nrn.tightening import FAST_MATH_HEADER
from bouton.nrn.toolchain import find_compiler, usable_flags

SOURCE = """
#include "bouton_math.h"
extern "C" void all(int n, const double* x, double* e, double* l) {
    for (int i = 0; i < n; ++i) { e[i] = bouton::exp(x[i]); l[i] = bouton::log(x[i]); }
}
"""


@pytest.fixture(scope="module", params=["vector", "plain"])
def both(request: Any, tmp_path_factory: Any) -> Any:
    folder = tmp_path_factory.mktemp("math")
    (folder / "all.cpp").write_text(SOURCE)
    compiler = find_compiler()
    flags = {"vector": FAST.flags, "plain": ("-O1",)}
    command = [
        *compiler.command,
        *usable_flags(compiler, flags[request.param]),
        *("-std=c++17", f"-I{FAST_MATH_HEADER.parent}", "-shared", "-fPIC", "all.cpp"),
        *("-o", "all.so"),
    ]
    subprocess.run(command, cwd=folder, check=True)
    function = ctypes.CDLL(str(folder / "all.so")).all

    def evaluate(x: Any) -> Any:
        x = np.ascontiguousarray(x, dtype=float)
        out = np.empty_like(x), np.empty_like(x)
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (x, *out)]
        function(ctypes.c_int(len(x)), *pointers)
        return out

    return evaluate


def units_in_the_last_place(found: Any, exact: Any) -> Any:
    return float(np.max(np.abs((found - exact) / np.spacing(np.abs(exact).astype(float)))))


def test_exp_is_right_to_the_last_place(both: Any) -> None:
    x = np.concatenate([np.linspace(-700, 700, 400_001), np.linspace(-1, 1, 200_001)])
    assert units_in_the_last_place(both(x)[0], np.exp(x.astype(np.longdouble))) <= 1.0


def test_log_is_right_to_two_places(both: Any) -> None:
    x = np.concatenate([np.geomspace(1e-307, 1e307, 300_001), np.linspace(0.5, 2, 300_001)])
    assert units_in_the_last_place(both(x)[1], np.log(x.astype(np.longdouble))) <= 2.0


def test_exp_stays_finite_and_keeps_nan(both: Any) -> None:
    e, _ = both([-1e9, -np.inf, 1e9, np.inf, np.nan, 0.0, -0.0])
    assert np.all((e[:2] >= 0) & (e[:2] < 1e-300))
    assert e[2:4] == pytest.approx(np.exp(700.0))
    assert np.isnan(e[4])
    assert e[5:].tolist() == [1.0, 1.0]


def test_log_treats_special_numbers_as_the_c_library_does(both: Any) -> None:
    special = np.array([0.0, -0.0, -1.0, np.inf, np.nan, 5e-324, 1e-310, 1.0])
    with np.errstate(all="ignore"):
        expected = np.log(special)
    assert both(special)[1] == pytest.approx(expected, nan_ok=True, rel=1e-15)
