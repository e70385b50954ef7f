"""SWC: what becomes of samples, tags and somas."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bouton.contracts import MorphologyLoader
from bouton.model.morphology import Morphology
from bouton_plugins.hay.growth import grow
from bouton_plugins.morphologies.swc import Swc

SOMA_PATH = "1 1 0 -5 0 4 -1\n2 1 0 0 0 5 1\n3 1 0 5 0 4 2\n"
BRANCHED = (
    "1 1 0 0 0 5 -1\n"
    "2 3 6 0 0 1 1\n3 3 10 0 0 1 2\n"
    "4 3 15 5 0 0.5 3\n5 3 20 5 0 0.25 4\n"
    "6 3 15 -5 0 0.4 3\n"
)


def load(tmp_path: Path, text: str, **options: Any) -> Morphology:
    path = tmp_path / "cell.swc"
    path.write_bytes(text.encode())
    return Swc(**options).load(path)


def test_the_loader_meets_its_contract(tmp_path: Path) -> None:
    assert isinstance(Swc(), MorphologyLoader)
    cell = load(tmp_path, BRANCHED)
    assert cell.name == "cell"
    assert cell.report.source == str(tmp_path / "cell.swc")
    assert cell.report.format == "swc"


def test_sections_split_at_branch_points_and_repeat_the_parents_point(tmp_path: Path) -> None:
    cell = load(tmp_path, BRANCHED)
    assert [s.name for s in cell.sections] == ["soma", "dend[0]", "dend[1]", "dend[2]"]
    assert [s.parent for s in cell.sections] == [-1, 0, 1, 1]
    assert [s.parent_x for s in cell.sections[1:]] == [0.5, 1.0, 1.0]
    # nothing is drawn within the soma; children start with the parent's place and diameter
    assert cell.sections[1].points.tolist() == [[6, 0, 0, 2], [10, 0, 0, 2]]
    assert cell.sections[2].points.tolist() == [[10, 0, 0, 2], [15, 5, 0, 1], [20, 5, 0, 0.5]]
    assert cell.sections[3].points.tolist() == [[10, 0, 0, 2], [15, -5, 0, 0.8]]


def test_sections_split_where_the_labels_change(tmp_path: Path) -> None:
    text = "1 1 0 0 0 5 -1\n2 16 6 0 0 1 1\n3 16 9 0 0 1 2\n4 17 12 0 0 1 3\n5 17 15 0 0 1 4\n"
    tags = {16: ["dend", "proximal"], "17": ["dend", "distal"]}
    cell = load(tmp_path, text, tags=tags)
    assert [s.labels for s in cell.sections[1:]] == [("dend", "proximal"), ("dend", "distal")]
    assert [s.name for s in cell.sections[1:]] == ["dend[0]", "dend[1]"]
    assert cell.sections[2].points[:, 0].tolist() == [9, 12, 15]
    assert cell.indices("dend").tolist() == [1, 2]
    assert cell.indices("distal").tolist() == [2]


def test_two_tags_with_the_same_labels_are_one_section(tmp_path: Path) -> None:
    text = "1 1 0 0 0 5 -1\n2 5 6 0 0 1 1\n3 3 9 0 0 1 2\n4 5 12 0 0 1 3\n"
    assert len(load(tmp_path, text, tags={5: "dend"})) == 2
    assert len(load(tmp_path, text)) == 4


def test_tags_without_labels_are_called_after_their_number(tmp_path: Path) -> None:
    cell = load(tmp_path, "1 1 0 0 0 5 -1\n2 7 6 0 0 1 1\n3 7 9 0 0 1 2\n")
    assert cell.sections[1].labels == ("tag_7",)
    assert cell.sections[1].name == "tag_7[0]"


def test_a_soma_may_have_another_tag_and_more_labels(tmp_path: Path) -> None:
    text = "1 9 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 9 0 0 1 2\n"
    cell = load(tmp_path, text, tags={9: ["cell_body", "soma"]})
    assert cell.sections[0].labels == ("soma", "cell_body")
    assert cell.sections[0].name == "soma"


@pytest.mark.parametrize(
    "tags",
    [
        {"x": "dend"},
        {-1: "dend"},
        {1.5: "dend"},
        {True: "dend"},
        {3: []},
        {3: ""},
        {3: 5},
        {3: ["a b"]},
        {3: ["dend", None]},
        {3: "dend[0]"},
        [3],
        "3",
    ],
)
def test_nonsense_tags_are_refused(tags: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="tag"):
        Swc(tags=tags)


@pytest.mark.parametrize(
    "options",
    [
        {"soma_connection": 1.5},
        {"soma": "round"},
        {"missing_soma": True},
        {"several_roots": "merge"},
        {"minimum_diameter_um": -1.0},
    ],
)
def test_nonsense_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Swc(**options)


def test_one_soma_sample_is_a_cylinder_with_the_area_of_its_sphere(tmp_path: Path) -> None:
    cell = load(tmp_path, BRANCHED)
    soma = cell.sections[0]
    assert soma.area_um2 == pytest.approx(4 * math.pi * 5**2)
    assert soma.length_um == pytest.approx(10)
    assert soma.points.mean(axis=0).tolist() == pytest.approx([0, 0, 0, 10])
    assert "1 sample" in cell.report.soma_rule


def test_two_soma_samples_are_one_truncated_cone(tmp_path: Path) -> None:
    cell = load(tmp_path, "1 1 0 0 0 5 -1\n2 1 0 8 0 3 1\n3 3 0 12 0 1 2\n4 3 0 20 0 1 3\n")
    assert cell.sections[0].points.tolist() == [[0, 0, 0, 10], [0, 8, 0, 6]]
    assert "stack of truncated cones" in cell.report.soma_rule


def test_three_soma_samples_of_neuromorpho_are_a_cylinder(tmp_path: Path) -> None:
    text = "1 1 1 2 3 6 -1\n2 1 1 -4 3 6 1\n3 1 1 8 3 6 1\n4 3 8 2 3 1 1\n5 3 12 2 3 1 4\n"
    cell = load(tmp_path, text)
    soma = cell.sections[0]
    assert sorted(soma.points[:, 1].tolist()) == [-4, 2, 8]
    assert soma.area_um2 == pytest.approx(4 * math.pi * 6**2)
    assert "NeuroMorpho" in cell.report.soma_rule


def test_a_path_of_soma_samples_is_kept_as_it_is(tmp_path: Path) -> None:
    cell = load(tmp_path, SOMA_PATH + "4 3 6 0 0 1 2\n5 3 9 0 0 1 4\n")
    assert cell.sections[0].points.tolist() == [[0, -5, 0, 8], [0, 0, 0, 10], [0, 5, 0, 8]]
    assert "3 samples along a path" in cell.report.soma_rule


def outline(count: int, radius: float, thickness: float) -> str:
    rows = []
    for number in range(1, count + 1):
        angle = 2 * math.pi * number / count
        x, y = radius * math.cos(angle), radius * math.sin(angle)
        rows.append(f"{number} 1 {x:.6f} {y:.6f} 0 {thickness} {number - 1 or -1}\n")
    return "".join(rows)


def test_an_outline_becomes_a_cylinder_of_the_spheres_area(tmp_path: Path) -> None:
    cell = load(tmp_path, outline(20, 7, 0.1) + "21 3 9 0 0 1 1\n22 3 12 0 0 1 21\n")
    assert cell.sections[0].area_um2 == pytest.approx(4 * math.pi * 7**2, rel=1e-4)
    assert "outline of 20 samples" in cell.report.soma_rule


def test_an_outline_can_be_taken_as_it_is(tmp_path: Path) -> None:
    text = outline(20, 7, 0.1) + "21 3 9 0 0 1 1\n22 3 12 0 0 1 21\n"
    cell = load(tmp_path, text, soma="stack")
    assert len(cell.sections[0].points) == 20
    assert "as asked for" in cell.report.soma_rule


def test_a_branching_soma_can_be_replaced_by_a_cylinder_of_equal_area(tmp_path: Path) -> None:
    arms = "2 1 10 0 0 2 1\n3 1 -10 0 0 2 1\n4 1 0 10 0 2 1\n"
    text = f"1 1 0 0 0 2 -1\n{arms}5 3 0 0 20 1 1\n6 3 0 0 30 1 5\n"
    cell = load(tmp_path, text, soma="cylinder")
    assert cell.sections[0].area_um2 == pytest.approx(3 * 2 * math.pi * 2 * 10)
    assert "lateral area" in cell.report.soma_rule


def test_branches_connect_where_asked_and_may_start_at_the_soma_sample(tmp_path: Path) -> None:
    cell = load(tmp_path, BRANCHED, soma_connection=0.25, start_at_soma=True)
    assert cell.sections[1].parent_x == 0.25
    # the added point has the child's diameter, not that of the soma
    assert cell.sections[1].points[0].tolist() == [0, 0, 0, 2]


def test_a_branch_of_one_sample_is_drawn_from_its_soma_sample(tmp_path: Path) -> None:
    cell = load(tmp_path, "1 1 0 0 0 5 -1\n2 2 12 0 0 1 1\n")
    assert cell.sections[1].points.tolist() == [[0, 0, 0, 2], [12, 0, 0, 2]]
    assert cell.sections[1].label == "axon"


def test_repeated_samples_are_dropped_and_reported(tmp_path: Path) -> None:
    text = BRANCHED.replace("4 3 15 5 0", "4 3 10 0 0")
    cell = load(tmp_path, "# header\n" + text)
    assert cell.report.dropped == ("1 sample at the place of the parent (line 5)",)
    # the section that began with the repeated sample keeps that sample's diameter
    assert cell.sections[2].points.tolist() == [[10, 0, 0, 1], [20, 5, 0, 0.5]]
    assert cell.sections[3].points[0].tolist() == [10, 0, 0, 2]


def test_repeats_that_are_whole_branches_vanish(tmp_path: Path) -> None:
    text = BRANCHED + "7 3 15 -5 0 0.4 6\n8 3 15 -5 0 0.4 7\n"
    cell = load(tmp_path, text)
    assert len(cell) == 4
    assert "2 samples" in cell.report.dropped[0]


def test_a_branch_may_begin_at_the_place_of_a_soma_sample(tmp_path: Path) -> None:
    cell = load(tmp_path, SOMA_PATH + "4 3 0 5 0 1 3\n5 3 0 9 0 1 4\n")
    assert cell.report.dropped == ()
    assert cell.sections[1].length_um == pytest.approx(4)


def test_text_in_all_its_forms(tmp_path: Path) -> None:
    tidy = load(tmp_path, BRANCHED)
    messy = (
        "\ufeff# first line\r\n\r\n  \t\r\n"
        "  101\t1 0.0e0 +0 -0 5.0E+0 -1 # trailing words\r\n"
        "7 3 6 0 0 1 101\r\n\t3 3 1e1 0 0 1. 7\r\n"
        "44 3 15 5 0 .5 3\r\n5 3 20 5 0 0.25 44\r\n6.0 3 15 -5 0 0.4 3"
    )
    cell = load(tmp_path, messy)
    assert len(cell) == len(tidy)
    for one, other in zip(cell.sections, tidy.sections, strict=True):
        assert np.array_equal(one.points, other.points)
    assert "no line end" in cell.report.notes[0]


def test_comments_in_latin_1_are_read_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_bytes("# radius in µm\n".encode("latin-1") + BRANCHED.encode())
    assert "Latin-1" in Swc().load(path).report.notes[0]


def test_parents_may_follow_their_children(tmp_path: Path) -> None:
    rows = BRANCHED.splitlines(keepends=True)
    cell = load(tmp_path, "".join([rows[0], *reversed(rows[1:])]))
    assert [total.length_um for total in cell.summary()] == pytest.approx(
        [total.length_um for total in load(tmp_path, BRANCHED).summary()]
    )
    assert "put in order" in cell.report.notes[0]


def test_a_file_without_soma_can_be_accepted(tmp_path: Path) -> None:
    text = "1 3 0 0 0 1 -1\n2 3 5 0 0 1 1\n3 3 9 0 0 1 2\n4 3 0 5 0 1 1\n"
    cell = load(tmp_path, text, missing_soma="accept")
    assert [(s.name, s.parent, s.parent_x) for s in cell.sections] == [
        ("dend[0]", -1, 0.0),
        ("dend[1]", 0, 0.0),
    ]
    assert "no soma" in cell.report.soma_rule


@pytest.mark.parametrize(("choice", "sections"), [("attach", 3), ("drop", 2)])
def test_further_trees_are_attached_or_dropped_on_request(
    tmp_path: Path, choice: str, sections: int
) -> None:
    text = "9 2 50 0 0 1 -1\n8 2 60 0 0 1 9\n1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 9 0 0 1 2\n"
    cell = load(tmp_path, text, several_roots=choice)
    assert len(cell) == sections
    assert cell.sections[0].name == "soma"
    if choice == "attach":
        assert cell.sections[-1].points[:, 0].tolist() == [50, 60]
        assert (cell.sections[-1].parent, cell.sections[-1].parent_x) == (0, 0.5)
    else:
        assert cell.report.dropped == ("1 further tree (first on line 1), 2 samples",)


def test_thin_samples_are_raised_on_request(tmp_path: Path) -> None:
    cell = load(tmp_path, BRANCHED.replace("0.25", "0"), minimum_diameter_um=0.3)
    assert cell.sections[2].points[-1, 3] == pytest.approx(0.3)
    assert "1 diameter raised" in cell.report.notes[0]


def test_the_report_has_totals_per_class(tmp_path: Path) -> None:
    cell = load(tmp_path, BRANCHED)
    assert cell.report.notes == cell.totals()
    dend = cell.summary()[1]
    length = 4 + (math.sqrt(50) + 5) + math.sqrt(50)
    assert (dend.label, dend.sections, dend.points) == ("dend", 3, 7)
    assert dend.length_um == pytest.approx(length, rel=1e-6)
    assert dend.area_um2 == pytest.approx(sum(s.area_um2 for s in cell.sections[1:]))


def chain(count: int) -> str:
    head = "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n"
    return head + "".join(f"{i} 3 {i + 4} {i % 7} 0 1 {i - 1}\n" for i in range(3, count + 1))


def comb(count: int) -> str:
    """Every second sample of a chain carries a twig: deep and branched."""
    return "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n" + "".join(
        f"{i} 3 {i + 4} 0 0 1 {max(i - 2, 2)}\n{i + 1} 3 {i + 4} 3 0 1 {i}\n"
        for i in range(3, count + 1, 2)
    )


def test_three_thousand_samples_take_little_time(tmp_path: Path, cpu_units: Any) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(grow(1))
    Swc().load(path)
    assert cpu_units(lambda: Swc().load(path)) < 10  # measured: 1.5


def test_a_hundred_thousand_samples_need_no_recursion(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(comb(100_000))
    assert len(Swc().load(path)) > 90_000
    path.write_text("".join(reversed(chain(20_000).splitlines(keepends=True))))
    assert len(Swc().load(path)) == 2
