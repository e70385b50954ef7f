"""Tests of the example plug-in, as its own authors would write them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bouton.errors import MorphologyError
from bouton.model.protocol import Protocol, WaveformDrive
from bouton.model.traces import Response, Trace
from bouton.testing import check_plugin, isolated_registry

bouton_example = pytest.importorskip(
    "bouton_example", reason="install it first: pip install --no-deps tests/example_plugin"
)

CELL = """# name parent length diameter
soma - 20 20
dend[0] soma 200 2  # basal
dend[1] dend[0] 100 1
"""


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    file = tmp_path / "cell.sticks"
    file.write_text(CELL)
    return file


def test_everything_meets_its_contract() -> None:
    check_plugin("example", bouton_example)


def test_sticks(cell: Path) -> None:
    registry = isolated_registry({"example": bouton_example})
    morphology = registry.morphology_loaders["sticks"](length_scale=2.0).load(cell)
    assert [section.name for section in morphology.sections] == ["soma", "dend[0]", "dend[1]"]
    assert morphology.labels == ("soma", "dend")
    assert morphology.sections[2].length_um == 200.0
    assert list(morphology.parents) == [-1, 0, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soma - 20", ":1: expected 'name parent length_um diameter_um'"),
        ("soma - 20 20\ndend sama 1 1", ":2: parent 'sama' .* did you mean 'soma'"),
        ("soma dend 20 20", ":1: parent 'dend' is not a section above"),
        ("soma - wide 20", ":1: expected"),
        ("soma - 20 -1", "a diameter is zero or negative"),
        ("", "has no sections"),
    ],
)
def test_broken_sticks(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "broken.sticks"
    file.write_text(text)
    with pytest.raises(MorphologyError, match=words):
        isolated_registry({"example": bouton_example}).morphology_loaders["sticks"]().load(file)


def test_chirp_ends_at_zero_and_rises_in_frequency() -> None:
    chirp = isolated_registry({"example": bouton_example}).stimuli["chirp"]
    (drive,) = chirp(0.5, delay_ms=100.0, duration_ms=500.0).drives()
    assert isinstance(drive, WaveformDrive)
    assert drive.t_ms[0] == 100.0
    assert drive.t_ms[-1] == 600.0
    assert drive.current_nA[-1] == 0.0
    zeros = drive.t_ms[1:][np.diff(np.sign(drive.current_nA)) != 0]
    assert (np.diff(np.diff(zeros)[1:]) < 0).all()


def test_peak() -> None:
    trace = Trace("soma", "v", "mV", [0.0, 1.0, 2.0, 3.0], [-70.0, 10.0, -60.0, 5.0])
    responses = {"step": Response("step", (trace,), Protocol((), (), 3.0))}
    peak = isolated_registry({"example": bouton_example}).feature_extractors["peak"]
    assert [f.value for f in peak("step").extract(responses)] == [10.0, 1.0]
    assert [f.value for f in peak("step", from_ms=2.0).extract(responses)] == [5.0, 3.0]
    assert all(math.isnan(f.value) for f in peak("step", from_ms=9.0).extract(responses))


def test_command(cell: Path) -> None:
    sticks = isolated_registry({"example": bouton_example}).commands["sticks"]
    result = CliRunner().invoke(sticks, [str(cell)])
    assert result.output == "soma\t20 um\ndend[0]\t200 um\ndend[1]\t100 um\n"
