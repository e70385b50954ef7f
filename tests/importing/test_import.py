"""What is read, cell by cell; every import is also compared with its native cell."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Imported = Callable[..., dict[str, Any]]
CASES = [
    ("two_sections.py", "Cell", ()),
    ("geometry.hoc", "Tree", ()),
    ("ladder.hoc", "Ladder", ()),
    ("warm.py", "Warm", ("--args", '{"gain": 1.1}')),
    ("factory.py", "make_axon_cell", ("--args", "[0.5]")),
    ("points.py", "Point", ("--args", '{"host": "shared"}')),
    ("points.py", "Point", ("--args", '["fast"]')),
    ("nested.hoc", "made", ()),
    ("rescaled.py", "Rescaled", ()),
    ("helpers.hoc", "Helpers", ("--args", "[7]")),
    ("shaped.hoc", "Shaped", ()),
    ("shaped.hoc", "Shaped", ("--args", "[1]")),
    ("top_level.hoc", "", ()),
    ("heated.py", "Heated", ("--args", '{"gid": 3, "pos": [1.5, 2.5, 3.5], "more": 2}')),
    ("wrappers.py", "Wrapper", ("--args", '{"host": "dummy", "cellid": 7}')),
    ("wrappers.py", "Wrapper", ("--args", '["phasic bursting", null, 7]')),
    ("wrappers.py", "Receivers", ("--args", '{"host": "dummy"}')),
    ("wrappers.py", "Receivers", ()),
    ("branch.swc", "", ()),
]


def named(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {section["name"]: section for section in document["sections"]}


@pytest.mark.parametrize(("file", "name", "options"), CASES)
def test_the_rebuilt_cell_equals_the_native_one(
    imported: Imported, file: str, name: str, options: tuple[str, ...]
) -> None:
    report = imported(file, name, *options)["fidelity"]
    assert report["status"] == "equal"
    assert report["area"]["largest_relative"] <= 1e-12
    assert report["axial_resistance"]["largest_relative"] <= 1e-12
    assert report["values"]["differing"] == []
    assert report["values"]["compared"] >= 9
    for run in report["runs"].values():
        assert run["largest_mV"] <= 1e-9
        assert run["identical_spikes"]
    if file != "branch.swc":
        assert report["runs"]["driven"]["spikes"] > 0


def test_two_sections_keep_their_synapses_with_places(imported: Imported) -> None:
    document = imported("two_sections.py", "Cell")
    assert [s["name"] for s in document["sections"]] == ["soma", "dend"]
    assert named(document)["dend"]["nseg"] == 1000
    points = [(p["name"], p["kind"], p["section"]) for p in document["point_processes"]]
    assert points == [("synapses[0]", "synapse", "soma"), ("synapses[1]", "synapse", "dend")]
    assert document["point_processes"][0]["values"] == {"tau": 2.0, "e": 0.0}


def test_a_ladder_keeps_its_numbering_and_groups(imported: Imported) -> None:
    document = imported("ladder.hoc", "Ladder")
    sections = named(document)
    assert len(sections) == 88
    assert "comp[0]" not in sections
    assert sections["aux[13]"]["cm_uF_cm2"] == 0.0
    assert "near" in sections["comp[7]"]["labels"]
    assert "near" not in sections["comp[8]"]["labels"]
    assert document["globals"]["changed"] == ["ceiling_store"]
    assert document["globals"]["mechanisms"]["ceiling_store"] == 17.5
    assert document["globals"]["celsius"] is None


def test_a_warm_cell_keeps_everything(imported: Imported) -> None:
    document = imported("warm.py", "Warm", "--assigned", "mark_store")
    sections, bound = named(document), document["globals"]
    assert set(sections) == {"soma", "dend"}  # and not the section of the module
    dend = sections["dend"]
    assert dend["child_x"] == 1.0
    assert dend["diameter_um"] == pytest.approx([4.0, 3.4, 2.8, 2.2, 1.6])
    assert dend["cm_uF_cm2"] == pytest.approx([0.75, 0.85, 0.95, 1.05, 1.15])
    assert dend["mechanisms"]["store"]["kick_store[1]"] == pytest.approx(
        [0.025, 0.075, 0.125, 0.175, 0.225]
    )
    assert dend["mechanisms"]["extracellular"]["xraxial[1]"] == 456.0
    assert dend["ions"]["ca"]["style"] & 127 == 3 + 4 + 16 + 32 + 64
    assert dend["ions"]["k"]["values"]["ek"] == -90.0
    assert sections["soma"]["mechanisms"]["store"]["mark_store"] == 0.25
    assert (bound["celsius"], bound["v_init_mV"]) == (34.0, -71.5)
    assert any("dt was set to 0.0125" in text for text in document["dropped"])
    synapses = {p["name"]: p for p in document["point_processes"]}
    assert set(synapses) == {"exc.near", "exc.far"}
    assert synapses["exc.far"]["values"]["tau2"] == 7.0
    assert [d["threshold_mV"] for d in document["detectors"]] == [-5.0]
    (loop,) = document["connections"]
    assert (loop["section"], loop["target"], loop["delay_ms"]) == ("soma", "exc.near", 3.5)
    assert document["spike_source"]["chosen_by"] == "detector"


def test_stimulators_are_reported_and_kept_on_request_only(imported: Imported) -> None:
    left = imported("warm.py", "Warm")
    assert any("stimulator clamp (IClamp) at soma(0.5)" in text for text in left["dropped"])
    assert sum("IClamp" in text for text in left["dropped"]) == 1
    kept = imported("warm.py", "Warm", "--keep-stimulators")
    kinds = {p["name"]: p["kind"] for p in kept["point_processes"]}
    assert (kinds["clamp"], kinds["counter"]) == ("stimulator", "counter")
    assert kept["fidelity"]["status"] == "equal"


def test_a_factory_names_sections_by_how_they_are_held(imported: Imported) -> None:
    document = imported("factory.py", "make_axon_cell")
    assert [s["name"] for s in document["sections"]] == [
        "pair[0]",
        "parts.body[0]",
        "parts.body[1]",
    ]
    assert document["sections"][0]["parent"] is None
    kinds = sorted(p["kind"] for p in document["point_processes"])
    assert kinds == ["process", "synapse", "synapse", "synapse"]


def test_a_point_neuron_is_found_by_rule(imported: Imported) -> None:
    own = imported("points.py", "Point", "--args", '{"host": "shared"}')["point_processes"][0]
    assert (own["kind"], own["voltage"], own["receptors"]) == ("point neuron", "V", ["A", "B"])
    membrane = imported("points.py", "Point")["point_processes"][0]
    assert (membrane["kind"], membrane["voltage"]) == ("driver", "")


def test_objects_within_a_template_keep_their_names(imported: Imported) -> None:
    names = list(named(imported("nested.hoc", "made")))
    assert len(names) == 10
    assert {"axon", "left.soma", "right.dend[1]", "pair[1].dend[0]"} <= set(names)
    assert "stranger" not in names


def test_sections_that_come_and_go_leave_no_trace(imported: Imported) -> None:
    document = imported("helpers.hoc", "Helpers", "--args", "[7]")
    sections = named(document)
    assert set(sections) == {"soma", "axon", *(f"dend[{i}]" for i in range(6))}
    assert "apical" in sections["dend[3]"]["labels"]
    taper = sections["dend[0]"]["diameter_um"]
    assert len(taper) == 3
    assert taper[0] > taper[1] > taper[2]
    (synapse,) = document["point_processes"]
    assert (synapse["name"], synapse["section"], synapse["values"]["tau2"]) == (
        "syn",
        "dend[2]",
        4.5,
    )


def test_points_of_define_shape_are_the_cells_own(imported: Imported) -> None:
    shaped = named(imported("shaped.hoc", "Shaped"))
    plain = named(imported("shaped.hoc", "Shaped", "--args", "[1]"))
    assert [len(shaped[name]["points_um"]) > 0 for name in ("soma", "dend[0]", "tip")] == [True] * 3
    assert [len(plain[name]["points_um"]) > 0 for name in ("soma", "dend[0]", "tip")] == [
        False,
        True,
        False,
    ]


def test_a_cell_without_a_template_is_all_sections_of_its_file(imported: Imported) -> None:
    document = imported("top_level.hoc")
    assert set(named(document)) == {"soma", *(f"apical_dendrite[{i}]" for i in range(4))}
    assert document["sections"][1]["labels"][0] == "apic"


def test_names_come_from_the_object_whatever_it_says_of_itself(imported: Imported) -> None:
    options = ("--args", '{"gid": 3, "pos": [1.5, 2.5, 3.5], "more": 2}')
    document = imported("heated.py", "Heated", *options)
    sections = named(document)
    assert set(sections) == {"soma", "dend", "branch0", "branch1"}
    assert sections["soma"]["labels"] == ["soma", "all_sec"]
    assert document["globals"]["celsius"] == 36.0
    factor = 2.3**1.3
    assert sections["soma"]["mechanisms"]["hh"]["gnabar_hh"] == pytest.approx(0.05 * factor)
    assert document["globals"]["mechanisms"]["ceiling_store"] == pytest.approx(3.0 * factor)
    assert sections["soma"]["ions"]["na"]["style"] != sections["dend"]["ions"]["na"]["style"]


def test_wrapped_point_neurons_keep_receptors_and_connections(imported: Imported) -> None:
    document = imported("wrappers.py", "Receivers", "--args", '{"host": "dummy"}')
    points = {p["name"]: p for p in document["point_processes"]}
    assert (points["izh"]["voltage"], points["izh"]["receptors"]) == ("V", ["A", "B"])
    assert points["counting"]["receptors"] == ["weight"]  # what it remembers is no weight
    weights = {c["target"]: c["weights"] for c in document["connections"]}
    assert weights == {"izh": [0.0, 0.25], "counting": [0.002, 0.0, 0.0]}
    assert "../counting.inc" in document["provenance"]["mods"]["files"]


@pytest.mark.parametrize(
    ("file", "name"), [("warm.py", "Warm"), ("ladder.hoc", "Ladder"), ("points.py", "Point")]
)
def test_the_parent_stays_as_it_was(imported: Imported, file: str, name: str) -> None:
    from bouton.nrn.engine import h

    mine = h.Section(name="mine")
    modules, path = set(sys.modules), list(sys.path)
    mechanisms = set(dir(h))
    h.celsius, h.dt, h.secondorder = 36.0, 0.0125, 2
    try:
        imported(file, name, anew=True)
        assert (h.celsius, h.dt, h.secondorder) == (36.0, 0.0125, 2)
        assert [section.name() for section in h.allsec()] == ["mine"]
        assert mine.L == 100.0
        assert set(dir(h)) == mechanisms
        assert sys.path == path
        fresh = {name for name in set(sys.modules) - modules if not name.startswith("bouton")}
        assert not [name for name in fresh if "foreign" in name or name in ("warm", "points")]
    finally:
        h.celsius, h.dt, h.secondorder = 6.3, 0.025, 0
        h.delete_section(sec=mine)


def test_file_names_do_not_matter(imported: Imported, tmp_path: Path, cells: Path) -> None:
    for name in ("mean.py", "numpy.py"):
        file = tmp_path / name
        file.write_text((cells / "rescaled.py").read_text())
        assert imported(file, "Rescaled", mods=False)["fidelity"]["status"] == "equal"


def test_order_does_not_matter(imported: Imported) -> None:
    def cells(order: list[str], *, anew: bool) -> dict[str, Any]:
        found = {}
        for kind in order:
            document = imported("points.py", "Point", "--args", kind, anew=anew)
            found[kind] = (document["sections"], document["point_processes"])
        return found

    kinds = ['{"host": "shared"}', '["fast"]']
    assert cells(kinds, anew=False) == cells(kinds[::-1], anew=True)
