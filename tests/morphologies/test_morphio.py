"""ASC and H5 by MorphIO, and our SWC reader against MorphIO's and NEURON's."""

from __future__ import annotations

import importlib.util
import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton.contracts import MorphologyLoader
from bouton.errors import MissingDependencyError, MorphologyError
from bouton.model.morphology import Morphology
from bouton_plugins.hay.growth import grow
from bouton_plugins.morphologies.morphio import H5, Asc
from bouton_plugins.morphologies.swc import Swc

morphio = pytest.importorskip("morphio")

ASC = """\
; V3 text file
("CellBody"
  (Color Red)
  (CellBody)
  (-5 0 0 0.1)
  (0 5 0 0.1)
  (5 0 0 0.1)
  (0 -5 0 0.1)
)
((Color Blue)
 (Dendrite)
 (0 5 0 2)
 (0 10 0 2)
 (
  (0 10 0 1.5)
  (5 15 0 1)
  Normal
 |
  (-5 15 0 1)
  (-8 20 0 0.8)
  Normal
 )
)
((Axon)
 (5 0 0 2)
 (10 0 0 1)
)
"""


def load(tmp_path: Path, text: str, **options: Any) -> Morphology:
    path = tmp_path / "cell.ASC"
    path.write_text(text)
    return Asc(**options).load(path)


def as_h5(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "cell.h5"
    morphio.Morphology(text, "asc").as_mutable().write(str(path))
    return path


def test_asc_becomes_sections(tmp_path: Path) -> None:
    cell = load(tmp_path, ASC)
    assert isinstance(Asc(), MorphologyLoader)
    names = ["soma", "dend[0]", "dend[1]", "dend[2]", "axon[0]"]
    assert [section.name for section in cell.sections] == names
    assert [section.parent for section in cell.sections] == [-1, 0, 1, 1, 0]
    assert [section.parent_x for section in cell.sections[1:]] == [0.5, 1.0, 1.0, 0.5]
    assert cell.sections[3].points.tolist()[0] == [0, 10, 0, 1]
    assert "outline of 4 samples" in cell.report.soma_rule
    assert cell.sections[0].area_um2 == pytest.approx(314.159, rel=1e-5)


def test_h5_is_the_same_cell(tmp_path: Path) -> None:
    text, binary = load(tmp_path, ASC), H5().load(as_h5(tmp_path, ASC))
    assert binary.totals() == text.totals()
    assert binary.report.format == "h5"


def test_tags_add_labels(tmp_path: Path) -> None:
    cell = load(tmp_path, ASC, tags={3: ["dend", "basal"]})
    assert cell.indices("basal").tolist() == [1, 2, 3]


def test_a_branch_without_length_is_dropped_and_reported(tmp_path: Path) -> None:
    cell = load(tmp_path, ASC.replace("(10 0 0 1)", "(5 0 0 2)"))
    assert cell.indices("axon").tolist() == []
    assert any("branch without length at (5, 0, 0)" in text for text in cell.report.dropped)


def test_morphios_warnings_are_notes_and_nothing_reaches_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = ASC.splitlines(keepends=True)
    one_tree = "".join([lines[0], *lines[9:23]])
    cell = load(tmp_path, one_tree, missing_soma="accept")
    assert "MorphIO: no soma found in file" in cell.report.notes
    assert [section.parent for section in cell.sections] == [-1, 0, 0]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ASC.replace("(0 10 0 2)", "(0 ten 0 2)"), ":13: 'ten' is not a number"),
        (ASC.replace("(10 0 0 1)", "(10 0 0 nan)"), ":26: .*not finite"),
        (ASC.replace("(10 0 0 1)", "(10 0 0 0)"), ":26: axon at .* zero"),
        (ASC.replace("(10 0 0 1)", "(10 0 0 -1)"), ":26: axon at .* negative"),
        (ASC.replace("(10 0 0 1)", "(1e20 0 0 1)"), ":26: axon at .* are the units um"),
        (ASC[: ASC.index("0 0 1)")], ":26: 2 parentheses stay open"),
        (ASC.replace("(Axon)", "(Axon))"), ":27: a parenthesis is closed"),
        (ASC.replace("Normal\n |", "((\n))"), "MorphIO cannot read it"),
        (ASC + '("CellBody" (CellBody) (9 0 0 1) (9 5 0 1) (5 5 0 1))\n', "near line .*already"),
        ("garbage\n", "no soma"),
        ("", "empty"),
        ("\0\0", "binary"),
    ],
)
def test_broken_asc_is_refused_by_line(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(MorphologyError) as caught:
        load(tmp_path, text)
    assert re.search(expected, str(caught.value))
    assert str(tmp_path / "cell.ASC") in str(caught.value)


def test_several_trees_without_soma_are_refused(tmp_path: Path) -> None:
    lines = ASC.splitlines(keepends=True)
    with pytest.raises(MorphologyError, match="several trees"):
        load(tmp_path, "".join([lines[0], *lines[9:]]), missing_soma="accept")


def test_damaged_h5_does_not_take_us_down(tmp_path: Path) -> None:
    """MorphIO itself dies of some of these with a segmentation fault."""
    whole = as_h5(tmp_path, ASC).read_bytes()
    path = tmp_path / "damaged.h5"
    draw, refused = random.Random(1), 0
    for number in range(12):
        damaged = bytearray(whole)
        if number % 2:
            del damaged[draw.randrange(10, len(whole)) :]
        for _ in range(20):
            damaged[draw.randrange(8, len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged)
        try:
            H5().load(path)
        except MorphologyError:
            refused += 1
    assert refused > 6


def test_h5_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell.h5"
    path.write_text(ASC)
    with pytest.raises(MorphologyError, match="not an HDF5 file"):
        H5().load(path)
    renamed = as_h5(tmp_path, ASC).rename(tmp_path / "cell.hdf5")
    with pytest.raises(MorphologyError, match=r"ending in \.h5"):
        H5().load(renamed)
    with pytest.raises(MorphologyError, match="no such"):
        H5().load(tmp_path / "absent.h5")


def test_without_morphio_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = as_h5(tmp_path, ASC)
    real = importlib.util.find_spec
    hidden = "bouton_plugins.morphologies.morphio.find_spec"
    monkeypatch.setattr(hidden, lambda name: None if name == "morphio" else real(name))
    with pytest.raises(MissingDependencyError, match=r"install bouton\[morphio\]"):
        H5().load(path)
    with pytest.raises(MissingDependencyError, match=r"install bouton\[morphio\]"):
        load(tmp_path, ASC)


def per_class_by_morphio(path: Path) -> dict[int, tuple[int, float, float]]:
    """Return sections, length and area per type, from MorphIO's own sections."""
    from bouton.model.morphology import Section

    totals: dict[int, tuple[int, float, float]] = {}
    raw = morphio.Morphology(
        str(path),
        options=morphio.Option.allow_unifurcated_section_change,
        warning_handler=morphio.WarningHandlerCollector(),
    )
    for branch in raw.sections:
        points = [[*p, d] for p, d in zip(branch.points, branch.diameters, strict=True)]
        section = Section("x", ("x",), -1, 0.0, points)  # type: ignore[arg-type]
        count, length, area = totals.get(int(branch.type), (0, 0.0, 0.0))
        totals[int(branch.type)] = (
            count + 1,
            length + section.length_um,
            area + section.area_um2,
        )
    return totals


def assert_same_as_morphio(path: Path) -> None:
    theirs = per_class_by_morphio(path)
    types = {"axon": 2, "dend": 3, "apic": 4}
    ours = {types[total.label]: total for total in Swc().load(path).summary()[1:]}
    assert ours.keys() == theirs.keys()
    for tag, (count, length, area) in theirs.items():
        assert ours[tag].sections == count
        assert ours[tag].length_um == pytest.approx(length, rel=1e-5)
        assert ours[tag].area_um2 == pytest.approx(area, rel=1e-5)


@pytest.mark.parametrize("seed", [1, 33])
def test_swc_agrees_with_morphio_on_grown_neurons(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(grow(seed))
    assert_same_as_morphio(path)


@st.composite
def trees(draw: st.DrawFn) -> str:
    """Random trees: any branching, changes of type along the way, irregular ids."""
    count = draw(st.integers(2, 40))
    step = draw(st.integers(1, 9))
    rows, types = ["1 1 0 0 0 5 -1"], [1]
    for number in range(1, count):
        # a stem needs a second sample of its own to have a length, so it continues
        parent = number - 1 if number % 2 == 0 else draw(st.integers(0, (number - 1) // 2)) * 2
        tag = types[parent]
        if tag == 1 or (draw(st.booleans()) and number % 2):
            tag = draw(st.sampled_from([2, 3, 4]))
        types.append(tag)
        x, y, z = draw(st.tuples(*[st.integers(-500, 500)] * 3))
        radius = draw(st.integers(1, 30)) / 10
        place = f"{10 + number + x / 7:.4f} {y / 7:.4f} {z / 7:.4f}"
        rows.append(f"{1 + number * step} {tag} {place} {radius} {1 + parent * step}")
    if count % 2 == 0:
        rows.pop()  # no stem of a single sample at the end
    return "\n".join(rows) + "\n"


@settings(max_examples=60, deadline=None)
@given(text=trees())
def test_swc_agrees_with_morphio_on_random_trees(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("random") / "cell.swc"
    path.write_text(text)
    if text.count("\n") > 1:
        assert_same_as_morphio(path)


NEURON_IMPORT = """
import json, sys
from neuron import h
h.load_file("stdlib.hoc")
h.load_file("import3d.hoc")
reader = h.Import3d_SWC_read()
reader.quiet = 1
reader.input(sys.argv[1])
h.Import3d_GUI(reader, False).instantiate(None)
totals = {}
for section in h.allsec():
    label = section.name().split("[")[0]
    count, length = totals.get(label, (0, 0.0))
    totals[label] = (count + 1, length + section.L)
print("TOTALS", json.dumps(totals))
"""


def test_swc_agrees_with_neurons_import_on_the_shipped_neuron() -> None:
    pytest.importorskip("neuron")
    path = Path(__file__).parents[2] / "plugins/bouton_plugins/hay/data/l5pt.swc"
    command = [sys.executable, "-c", NEURON_IMPORT, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    theirs = json.loads(done.stdout.split("TOTALS")[1])
    for total in Swc().load(path).summary():
        count, length = theirs[total.label]
        assert total.sections == count
        # NEURON draws the apical stem from the soma's last sample, 0.5 um away; we do not
        gap = 0.5 if total.label == "apic" else 0.0
        assert total.length_um == pytest.approx(length - gap, abs=1e-3)
