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
    document = imported("two_sections.py", "Cell", mods=False)
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


def test_the_parent_stays_as_it_was(imported: Imported) -> None:
    from bouton.nrn.engine import h

    mine = h.Section(name="mine")
    modules, path = set(sys.modules), list(sys.path)
    mechanisms = set(dir(h))
    h.celsius, h.dt, h.secondorder = 36.0, 0.0125, 2
    try:
        imported("warm.py", "Warm", anew=True)
        assert (h.celsius, h.dt, h.secondorder) == (36.0, 0.0125, 2)
        assert [section.name() for section in h.allsec()] == ["mine"]
        assert mine.L == 100.0
        assert set(dir(h)) == mechanisms
        assert sys.path == path
        fresh = {name for name in set(sys.modules) - modules if not name.startswith("bouton")}
        assert not [name for name in fresh if "foreign" in name or "warm" in name]
    finally:
        h.celsius, h.dt, h.secondorder = 6.3, 0.025, 0
        h.delete_section(sec=mine)


def test_file_names_do_not_matter(imported: Imported, tmp_path: Path, cells: Path) -> None:
    for name in ("mean.py", "json.py", "numpy.py"):
        file = tmp_path / name
        file.write_text((cells / "two_sections.py").read_text())
        assert imported(file, "Cell")["fidelity"]["status"] == "equal"


def test_order_does_not_matter(imported: Imported) -> None:
    def cells(order: list[str]) -> dict[str, Any]:
        found = {}
        for kind in order:
            document = imported("points.py", "Point", "--args", kind, anew=True)
            found[kind] = (document["sections"], document["point_processes"])
        return found

    kinds = ['{"host": "shared"}', '["fast"]']
    assert cells(kinds) == cells(kinds[::-1])
