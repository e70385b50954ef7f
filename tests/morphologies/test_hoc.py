"""hoc point lists: read as text, refused where they are programs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bouton.contracts import MorphologyLoader
from bouton.errors import MorphologyError
from bouton.model.morphology import Morphology
from bouton_plugins.morphologies.hoc import HocPoints

GOOD = """\
{create soma}
{access soma}
{nseg = 1}
{pt3dclear()}
{pt3dadd(0,0,-5,8)}
{pt3dadd(0,0,0,10)}
{pt3dadd(0,0,5,8)}

{create BasalDendrite_1_0}
{connect BasalDendrite_1_0(0), soma(0.009696)}
{access BasalDendrite_1_0}
{nseg = 1}
{pt3dclear()}
{pt3dadd(5,0,0,1.5)}
{pt3dadd(10,0,0,1)}

{create apical_1_0}
{connect apical_1_0(0), soma(1.0)}
{access apical_1_0}
{nseg = 1}
{pt3dclear()}
{pt3dadd(0,0,5,4)}
{pt3dadd(0,0,25,3)}

{create apical_1_0_0}
{connect apical_1_0_0(0), apical_1_0(0.7)}
{access apical_1_0_0}
{nseg = 1}
{pt3dclear()}
{pt3dadd(0,0,20,3)}
{pt3dadd(5,0,30,1.25e+0)}
"""


def load(tmp_path: Path, text: str, **options: object) -> Morphology:
    path = tmp_path / "cell.hoc"
    path.write_bytes(text.encode())
    return HocPoints(**options).load(path)  # type: ignore[arg-type]


def test_sections_keep_order_names_and_points(tmp_path: Path) -> None:
    assert isinstance(HocPoints(), MorphologyLoader)
    cell = load(tmp_path, GOOD)
    names = ["soma", "BasalDendrite_1_0", "apical_1_0", "apical_1_0_0"]
    assert [section.name for section in cell.sections] == names
    assert [section.label for section in cell.sections] == ["soma", "dend", "apic", "apic"]
    assert cell.sections[3].points.tolist() == [[0, 0, 20, 3], [5, 0, 30, 1.25]]
    assert cell.name == "cell"
    assert cell.report.format == "hoc"


def test_soma_branches_hang_on_its_middle_and_others_where_the_file_says(tmp_path: Path) -> None:
    cell = load(tmp_path, GOOD)
    assert [(s.parent, s.parent_x) for s in cell.sections] == [
        (-1, 0.5),
        (0, 0.5),
        (0, 0.5),
        (2, 0.7),
    ]


def test_comments_and_spines_are_skipped_and_reported(tmp_path: Path) -> None:
    text = GOOD.replace(
        "{pt3dadd(10,0,0,1)}",
        "/* {pt3dadd(7,0,0,1)} */\n{pt3dadd(9,9,9,9)} Spine 3\n{pt3dadd(10,0,0,1)}",
    )
    cell = load(tmp_path, "// made by hand\n" + text)
    assert len(cell.sections[1].points) == 2
    assert cell.report.dropped == ("1 line with a /* */ comment", "1 line with Spine")


def test_blanks_braces_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    loose = GOOD.replace("{", " { ").replace("}", " } ").replace(",", " , ").replace("\n", "\r\n")
    bare = GOOD.replace("{", "").replace("}", "")
    for text in (loose, bare):
        cell = load(tmp_path, text)
        assert [total.length_um for total in cell.summary()] == [
            total.length_um for total in load(tmp_path, GOOD).summary()
        ]


def test_a_soma_of_another_name_is_called_soma(tmp_path: Path) -> None:
    cell = load(tmp_path, re.sub(r"\bsoma\b", "my_soma", GOOD))
    assert cell.sections[0].name == "soma"
    assert "my_soma" in cell.report.notes[0]


def test_labels_for_other_names_can_be_given(tmp_path: Path) -> None:
    text = GOOD.replace("apical_1_0_0", "tuft_3")
    cell = load(tmp_path, text, labels={"tuft": "apic"})
    assert cell.sections[3].label == "apic"


def test_repeated_points_stay_because_segmentation_counts_them(tmp_path: Path) -> None:
    text = GOOD.replace("{pt3dadd(10,0,0,1)}", "{pt3dadd(10,0,0,1)}\n{pt3dadd(10,0,0,1)}")
    assert len(load(tmp_path, text).sections[1].points) == 3


def test_thin_points_are_raised_on_request(tmp_path: Path) -> None:
    cell = load(tmp_path, GOOD.replace("10,0,0,1)", "10,0,0,0)"), minimum_diameter_um=0.2)
    assert cell.sections[1].points[-1, 3] == 0.2
    assert "1 diameter raised" in cell.report.notes[0]


def after(line: int, extra: str) -> str:
    lines = GOOD.splitlines(keepends=True)
    return "".join([*lines[:line], extra + "\n", *lines[line:]])


BROKEN = {
    "system call": (after(15, '{system("touch pwned")}'), 16, "does not run hoc"),
    "procedure": (after(15, "proc init() {"), 16, "does not run hoc"),
    "load_file": ('{load_file("nrngui.hoc")}\n' + GOOD, 1, "does not run hoc"),
    "python": (after(15, 'nrnpython("import os")'), 16, "does not run hoc"),
    "two statements": (after(15, "{access soma} {nseg = 1}"), 16, "does not run hoc"),
    "hidden behind a point": (after(14, '{pt3dadd(1,2,3,4)} {system("ls")}'), 15, "four numbers"),
    "expression as point": (after(14, "{pt3dadd(1,2,3,2*2)}"), 15, "four numbers"),
    "call as point": (after(14, "{pt3dadd(1,2,3,f(1))}"), 15, "does not run hoc|four numbers"),
    "two points on a line": (after(14, "{pt3dadd(1,2,3,4)}{pt3dadd(1,2,3,4)}"), 15, "four numbers"),
    "three numbers": (GOOD.replace("5,0,0,1.5", "5,0,0"), 14, "four numbers"),
    "five and three": (
        GOOD.replace("5,0,0,1.5", "5,0,0,1,1").replace("10,0,0,1", "10,0,0"),
        14,
        "four numbers",
    ),
    "underscore": (GOOD.replace("5,0,0,1.5", "5,0,0,1_5"), 14, "four numbers"),
    "nan": (GOOD.replace("5,0,0,1.5", "5,0,0,nan"), 14, "not finite"),
    "negative": (GOOD.replace("5,0,0,1.5", "5,0,0,-1"), 14, "diameter is negative"),
    "zero": (GOOD.replace("5,0,0,1.5", "5,0,0,0"), 14, "zero.*minimum_diameter_um"),
    "far": (GOOD.replace("5,0,0,1.5", "5e20,0,0,1"), 14, "are the units um"),
    "no length": (GOOD.replace("10,0,0,1", "5,0,0,1"), 9, "has no length"),
    "one point": (GOOD.replace("{pt3dadd(10,0,0,1)}\n", ""), 9, "has 1 point, .*cut off"),
    "unconnected": (GOOD.replace("{connect apical_1_0(0), soma(1.0)}\n", ""), 17, "second root"),
    "unknown parent": (GOOD.replace("apical_1_0(0.7)", "apical_9(0.7)"), 26, "never created"),
    "own parent": (GOOD.replace("apical_1_0(0.7)", "apical_1_0_0(0.7)"), 26, "itself"),
    "later parent": (
        GOOD.replace("soma(0.009696)", "apical_1_0(1)"),
        10,
        "'apical_1_0' is created later",
    ),
    "place beyond 1": (GOOD.replace("(0.7)", "(1.7)"), 26, "not within 0 to 1"),
    "connected by its end": (GOOD.replace("apical_1_0_0(0)", "apical_1_0_0(1)"), 26, "end 0"),
    "connects another": (GOOD.replace("connect apical_1_0_0(0)", "connect soma(0)"), 26, "within"),
    "connected twice": (after(10, "{connect BasalDendrite_1_0(0), soma(1)}"), 11, "line 10 too"),
    "soma connected": (after(1, "{connect soma(0), soma(1)}"), 2, "cannot be connected"),
    "accesses another": (GOOD.replace("access apical_1_0_0", "access soma"), 27, "within"),
    "cleared points": (after(14, "{pt3dclear()}"), 15, "after points"),
    "created twice": (after(16, "{create soma}"), 17, "created on line 1 already"),
    "two somas": (GOOD.replace("apical_1_0_0", "soma_2"), 25, "second soma"),
    "soma not first": (GOOD.replace("soma", "axon"), 1, "first section must be the soma"),
    "unknown class": (GOOD.replace("apical_1_0_0", "thing"), 25, "does not say what"),
    "points first": ("{pt3dadd(1,2,3,4)}\n" + GOOD, 1, "before the first create"),
    "long comment": (after(15, "/* starts here"), 16, "does not run hoc"),
    "cut in a point": (GOOD[: GOOD.index("5,0,30")], 31, "not part of a point list"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_a_point_list_is_refused_by_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, line, expected = BROKEN[name]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MorphologyError) as caught:
        load(tmp_path, text)
    problem = str(caught.value)
    assert problem.startswith(f"{tmp_path / 'cell.hoc'}:{line}: ")
    assert re.search(expected, problem)
    assert [path.name for path in tmp_path.iterdir()] == ["cell.hoc"]  # nothing was run


@pytest.mark.parametrize("content", [b"", b"// nothing\n", b"\x7fELF\x00", b"1 1 0 0 0 5 -1\n"])
def test_files_of_another_kind_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cell.hoc"
    path.write_bytes(content)
    with pytest.raises(MorphologyError, match=re.escape(str(path))):
        HocPoints().load(path)
    with pytest.raises(MorphologyError, match="folder"):
        HocPoints().load(tmp_path)
