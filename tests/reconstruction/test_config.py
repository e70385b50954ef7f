"""Configurations: ours, foreign ones, and everything that can be wrong with them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bouton.errors import NetworkError, StudyError
from bouton.model.study import MorphologySource
from bouton_plugins.morphologies.swc import Swc
from bouton_plugins.networks.connectors import Probability
from bouton_plugins.reconstruction import (
    Amount,
    CellType,
    ConnectivityRule,
    Partition,
    PlacementRule,
    Reconstruction,
    Region,
    Side,
    Volume,
    compile_network,
    read_configuration,
    read_tissue,
)
from bouton_plugins.reconstruction.placements import RandomCells
from bouton_plugins.reconstruction.reading import from_document, prepared, rules_of


def problems(document: dict[str, Any]) -> list[str]:
    with pytest.raises(StudyError) as caught:
        from_document(document)
    return [str(problem) for problem in caught.value.problems]


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with another value at a path; `...` removes it."""
    result = copy.deepcopy(document)
    *above, last = path.split("/")
    owner: Any = result
    for key in above:
        owner = owner[int(key)] if isinstance(owner, list) else owner[key]
    if value is ...:
        del owner[last]
    else:
        owner[last] = value
    return result


def test_ours_is_complete_and_reads_back(layer: dict[str, Any]) -> None:
    read = from_document(layer)
    assert not read.notices
    assert list(read.morphologies) == ["small"]
    again = from_document(read.document)
    assert again.document == read.document
    assert rules_of(read.document)["touch"].rule == read.tissue.connectivity["touch"].rule


def test_a_section_of_a_study_and_a_whole_file_say_the_same(
    layer: dict[str, Any], tmp_path: Path
) -> None:
    whole, section = tmp_path / "whole.yaml", tmp_path / "section.yaml"
    whole.write_text(yaml.safe_dump(layer))
    section.write_text(yaml.safe_dump({"description": "text", "reconstruction": layer}))
    found = read_configuration(section, overrides=["reconstruction.seed=9"])
    assert found.document == read_configuration(whole, overrides=["seed=9"]).document
    section.write_text(yaml.safe_dump({"protcols": {}, "reconstruction": layer}))
    with pytest.raises(StudyError, match="unknown key 'protcols'"):
        read_configuration(section)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("network/size_um", [120.0, 0.0, 120.0], "size_um must be above 0"),
        ("network/size", 3, "unknown key 'size' (did you mean size_um? this field is in um"),
        ("partitions/all/thickness_um", -120.0, "thickness_um must be above 0"),
        ("partitions/all/thickness_um", ..., "a layer needs thickness_um"),
        ("partitions", {}, "at least one is needed"),
        ("cell_types/cells/amount/count", 2.5, "expected a whole number"),
        ("cell_types/cells/amount/density_per_um3", 1e-5, "give one of count, density_per_um3"),
        ("cell_types/cells/amount", ..., "must know how many cells"),
        ("cell_types/cells/morphologies", ["smal"], "no morphology is called 'smal' (did you mean"),
        ("cell_types/cells/morphologies", [], "has no morphology, so nothing is labelled 'axon'"),
        ("cell_types/idle", {"amount": {"count": 1}}, "no placement places these cells"),
        ("placement/cells/cell_types", ["cels"], "there is no cell type 'cels' (did you mean"),
        ("placement/cells/partitions", ["al"], "there is no partition 'al' (did you mean 'all'?)"),
        ("placement/cells/partitions", ["all", "all"], "'all' is listed twice"),
        ("placement/cells/strategy", {"use": "random-cell"}, "did you mean 'random-cells'"),
        ("connectivity/touch/pre/labels", ["axons"], "is labelled 'axons' (did you mean 'axon'?)"),
        ("connectivity/touch/post/cell_types", ["x"], "there is no cell type 'x'"),
        ("connectivity/touch/rule/distance", 1, "did you mean distance_um? this field is in um"),
        ("morphologies/small/file", "/nowhere/at.swc", "no such file"),
        ("regions", {"all": {"children": ["all"]}}, "'all' is a partition too"),
        ("regions", {"a": {"children": ["b"]}, "b": {"children": ["a"]}}, "lies within itself"),
        ("regions", {"a": {"children": ["all"], "anchor": "all"}}, "anchor belongs to a stack"),
        ("simulations", {"s": {"duration_ms": 1, "celsius": 32, "cell_models": {"x": {}}}},
         "template is required"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(layer: dict[str, Any], path: str, value: Any, expected: str) -> None:
    found = problems(changed(layer, path, value))
    assert any(expected in text for text in found), found


def test_all_mistakes_come_at_once_with_their_lines(layer: dict[str, Any], tmp_path: Path) -> None:
    layer["placement"]["cells"]["partitions"] = ["al"]
    layer["connectivity"]["touch"]["pre"]["labels"] = ["axons"]
    path = tmp_path / "network.json"
    path.write_text(json.dumps(layer, indent=1))
    with pytest.raises(StudyError) as caught:
        read_configuration(path)
    lines = path.read_text().splitlines()
    shown = {lines[problem.line - 1].strip() for problem in caught.value.problems}
    assert shown == {'"al"', '"axons"'}


def test_amounts_in_a_circle(layer: dict[str, Any]) -> None:
    layer["cell_types"]["cells"]["amount"] = {"relative_to": "others", "count_ratio": 2.0}
    layer["cell_types"]["others"] = {"amount": {"relative_to": "cells", "count_ratio": 0.5}}
    layer["placement"]["cells"]["cell_types"].append("others")
    assert any("in a circle" in text for text in problems(layer))


@pytest.mark.parametrize("format_", ["json", "yaml"])
def test_foreign_files_work_as_they_stand(
    foreign: dict[str, Any], tmp_path: Path, format_: str
) -> None:
    path = tmp_path / f"network.{format_}"
    path.write_text(json.dumps(foreign) if format_ == "json" else yaml.safe_dump(foreign))
    read = read_configuration(path)
    tissue = read.tissue
    assert tissue.network == Volume((120.0, 120.0, 120.0), chunk_um=(60.0, 60.0, 60.0))
    assert tissue.partitions == {"all": Partition(thickness_um=120.0)}
    assert tissue.cell_types == {"cells": CellType(4.0, Amount(count=40), ("Sm*",))}
    assert tissue.storage.file == "network.hdf5"
    rule = tissue.connectivity["voxels"]
    assert (rule.pre, rule.post) == (Side(("cells",), ("axon",)), Side(("cells",), ("dendrites",)))
    assert (rule.rule.affinity, rule.rule.allow_self) == (0.5, True)  # type: ignore[attr-defined]
    labels = {s.labels for s in read.morphologies["Small"].sections}
    assert ("dendrites", "distal_dendrites") in labels
    assert ("axon", "axon_initial_segment") in labels
    (notice,) = read.notices
    assert "connectivity.voxels.strategy: contacts join points of voxels" in notice


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("netwrk", {}, "unknown key 'netwrk' (did you mean 'network'?)"),
        ("network/x", ..., "network.x: missing: x is required"),
        ("partitions/all/thicknes", 3, "unknown key 'thicknes' (did you mean 'thickness'?)"),
        ("partitions/all/type", "nrrd", "'nrrd' is not offered here"),
        ("partitions/all/thickness", "120", "expected a number, got the text '120'"),
        ("morphologies/0/pipeline", ["center"], "pipelines that change morphologies"),
        ("morphologies/0/file", "nm://cell", "not downloaded"),
        ("morphologies/0/files", ["a.swc"], "several files in one entry"),
        ("morphologies/0/parser", "bbs", "'bbs' is not offered here (did you mean 'bsb'?)"),
        ("morphologies/0/parser/parser", "bbs", "morphologies.0.parser.parser: 'bbs' is not"),
        ("placement/cells/overrides", {"cells": {"radius": 3}}, "that of the cell type"),
        ("placement/cells/type_header", "type", "a table holds cells of one type"),
        ("connectivity/voxels/strategy", "FixedIndegree", "indegree is required"),
        ("cell_types/cells/entity", True, "without positions"),
        ("cell_types/cells/spatial/local_count_ratio", 2, "depends on the size of chunks"),
        ("cell_types/cells/spatial/radius", -1, "radius_um must be 0 or above"),
        ("placement/cells/strategy", "RandomPlacment", "did you mean 'random_placement'"),
        ("placement/cells/strategy", "local.MyPlacement", "is not offered here"),
        ("connectivity/voxels/presynaptic/labels", ["x"], "labels of cells are not offered"),
        ("connectivity/voxels/presynaptic/morphology_labels", ["x"], "no section of cell type"),
        ("connectivity/voxels/postsynaptic", ..., "postsynaptic is required"),
        ("connectivity/voxels/affinty", 1, "unknown key 'affinty' (did you mean 'affinity'?)"),
        ("connectivity/voxels/contacts", {"distribution": "norm"}, "give a number, or a formula"),
        ("after_placement", {"x": {"strategy": "y"}}, "hooks that change a network"),
    ],
)
def test_what_is_wrong_in_a_foreign_file_is_said(
    foreign: dict[str, Any], path: str, value: Any, expected: str
) -> None:
    found = problems(changed(foreign, path, value))
    assert any(expected in text for text in found), found
    assert not any("_um" in text.split(":")[0] for text in found)  # paths are the user's own


def test_foreign_keys_without_effect_are_told(foreign: dict[str, Any]) -> None:
    foreign["components"] = ["mine.py"]
    foreign["rng"] = {"seed": 77, "bit_generator": "PCG64"}
    foreign["cell_types"]["cells"]["plotting"] = {"color": "red"}
    foreign["cell_types"]["cells"]["spatial"]["density"] = 2e-5
    foreign["connectivity"]["voxels"]["cache"] = False
    read = from_document(foreign)
    assert read.tissue.seed == 77
    assert read.tissue.cell_types["cells"].amount == Amount(density_per_um3=2e-5)
    told = " | ".join(read.notices)
    for part in (
        "components: not imported",
        "rng.bit_generator: has no effect",
        "cells.plotting: has no effect",
        "spatial.count: has no effect",
        "voxels.cache: has no effect",
    ):
        assert part in told
    none = from_document({**foreign, "components": []})
    assert not any("not imported" in notice for notice in none.notices)


def test_our_names_and_aliases_in_a_foreign_file(foreign: dict[str, Any]) -> None:
    sides = {k: foreign["connectivity"]["voxels"][k] for k in ("presynaptic", "postsynaptic")}
    foreign["connectivity"] = {
        "touch": {"strategy": "touch-distance", "distance_um": 2.0, **sides},
        "degree": {"strategy": "fixed_indegree", "indegree": 3, **sides},
        "some": {"strategy": "bsb.AllToAll", "affinity": 0.1, **sides},
    }
    foreign["connectivity"]["segments"] = {"strategy": "SegmentIntersection", **sides}
    foreign["placement"]["cells"]["strategy"] = "random"
    foreign["placement"]["cells"]["distribute"] = {
        "rotations": {"strategy": "random"},
        "morphologies": "roundrobin",
    }
    tissue = from_document(foreign).tissue
    assert tissue.placement["cells"].rotation == "random"
    assert tissue.placement["cells"].morphologies == "in-turn"
    assert tissue.connectivity["some"].rule == Probability(0.1, allow_self=True)
    assert tissue.connectivity["degree"].rule.number == 3  # type: ignore[attr-defined]
    assert tissue.connectivity["segments"].rule.distance_um == 0  # type: ignore[attr-defined]


def test_a_table_of_places_in_a_foreign_file(foreign: dict[str, Any], tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text("a;y;z\n1;2;3\n40;50;60\n")
    foreign["placement"]["cells"] |= {
        "strategy": "bsb.placement.CsvImportPlacement",
        "source": str(table), "x_header": "a", "y": "y", "delimiter": ";", "cache": True,
    }  # fmt: skip
    del foreign["cell_types"]["cells"]["spatial"]["count"]
    compile_network(from_document(foreign), tmp_path / "network.h5")
    (cells,) = read_tissue(tmp_path / "network.h5").populations
    assert cells.positions.tolist() == [[1, 2, 3], [40, 50, 60]]


def test_references(foreign: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "cells.json").write_text(
        json.dumps({"types": {"cells": foreign.pop("cell_types")["cells"]}, "n": {"x": 1, "y": 2}})
    )
    foreign["cell_types"] = {"$ref": "cells.json#/types"}
    foreign["network"] = {
        "$import": {"ref": "cells.json#/n", "values": ["x", "y"]}, "z": 90, "x": 110,
    }  # fmt: skip
    path = tmp_path / "network.json"
    path.write_text(json.dumps(foreign))
    read = read_configuration(path)
    assert read.tissue.network.size_um == (110.0, 2.0, 90.0)
    assert read.tissue.cell_types["cells"].amount == Amount(count=40)
    for text, expected in (
        ({"$ref": "cells.json#/typs"}, "no 'typs'"),
        ({"$ref": "#/cell_types"}, "leads to itself"),
        ({"$ref": "cells.json#/n/x"}, "no mapping"),
        ({"$ref": "nowhere.json#/"}, "no such file"),
        ({"$import": {"ref": "cells.json#/n", "values": ["q"]}}, "there is no 'q' to import"),
    ):
        path.write_text(json.dumps({**foreign, "cell_types": text}))
        with pytest.raises(StudyError, match=expected):
            read_configuration(path)


def test_references_cannot_blow_up(tmp_path: Path) -> None:
    levels: dict[str, Any] = {"a0": {"x": 1}}
    for n in range(40):
        levels[f"a{n + 1}"] = {"b": {"$ref": f"#/a{n}"}, "c": {"$ref": f"#/a{n}"}}
    path = tmp_path / "bomb.json"
    path.write_text(json.dumps(levels))
    with pytest.raises(StudyError, match="references make more than"):
        read_configuration(path)


def in_python(cell_file: Path) -> Reconstruction:
    return Reconstruction(
        network=Volume((100.0, 100.0, 100.0)),
        partitions={"low": Partition(thickness_um=40.0), "high": Partition(thickness_um=60.0)},
        regions={"both": Region(("low", "high"), "stack")},
        morphologies={"small": MorphologySource(Swc(), cell_file)},
        cell_types={"cells": CellType(3.0, Amount(density_per_um3=1e-5), ("small",))},
        placement={"all": PlacementRule(("cells",), ("high",), RandomCells(avoid_overlap=True))},
        connectivity={
            "some": ConnectivityRule(Side(("cells",)), Side(("cells",)), Probability(0.5))
        },
    )


def test_python_objects_compile(cell_file: Path, tmp_path: Path) -> None:
    done = compile_network(in_python(cell_file), tmp_path / "network.h5", seed=4)
    assert done.populations == (("cells", 6),)
    assert done.seed == 4


def test_python_objects_are_checked(cell_file: Path) -> None:
    tissue = in_python(cell_file)
    wrong = Reconstruction(
        network=tissue.network,
        partitions=tissue.partitions,
        cell_types=tissue.cell_types,
        placement={"all": PlacementRule(("cell",), ("up",))},
    )
    with pytest.raises(NetworkError, match=r"no cell type 'cell'.*no partition 'up'"):
        prepared(wrong)
