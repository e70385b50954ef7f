"""What must not happen: a default in place of something missing, a foreign part, a silent mix."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bouton import Integration, Protocol, Signal, registry
from bouton.errors import BoutonError, CellError, ProtocolError
from bouton.model.locations import At
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol

Imported = Callable[..., dict[str, Any]]
Refused = Callable[..., str]

COMMON = "from neuron import h\n"
BAD_FILES = {
    "no sections": "class Cell:\n    pass\n",
    "two unconnected": (
        "class Cell:\n    def __init__(self):\n"
        "        self.a, self.b = h.Section(name='a'), h.Section(name='b')\n"
    ),
    "raises": "class Cell:\n    def __init__(self):\n        raise RuntimeError('by intent')\n",
    "exits": "import sys\nsys.exit('gone')\nclass Cell: pass\n",
    "syntax": "class Cell(:\n",
    "not a mechanism": (
        "class Cell:\n    def __init__(self):\n"
        "        self.soma = h.Section(name='soma')\n        self.soma.insert('nothere')\n"
    ),
    "dies": "import os\nclass Cell:\n    def __init__(self):\n        os.abort()\n",
    "not finite": (
        "class Cell:\n    def __init__(self):\n"
        "        self.soma = h.Section(name='soma')\n        self.soma.insert('pas')\n"
        "        self.soma.g_pas = float('nan')\n"
    ),
}
SAYS = {
    "no sections": "no sections",
    "two unconnected": "'a', 'b'",
    "raises": "by intent",
    "exits": "gone",
    "syntax": "SyntaxError",
    "not a mechanism": "mechanism",
    "dies": "SIGABRT",
    "not finite": "g_pas",
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused(refused: Refused, tmp_path: Path, case: str) -> None:
    file = tmp_path / "bad.py"
    file.write_text(COMMON + BAD_FILES[case])
    assert SAYS[case] in refused(file, "Cell", mods=False)


def test_unknown_names_and_missing_mechanisms_are_told(refused: Refused) -> None:
    assert "'Tree'" in refused("geometry.hoc", "Tre")
    assert "'Cell'" in refused("two_sections.py", "Cel")
    assert "store is not a MECHANISM" in refused("ladder.hoc", "Ladder", mods=False)
    assert "pulser" in refused("factory.py", "make_axon_cell", mods=False)
    assert "'depth_store'" not in refused("ladder.hoc", "Ladder", "--assigned", "nonsense_store")
    assert "no section" in refused("two_sections.py", "Cell", "--spike-source", "somma(0.5)")
    assert "no arguments" in refused("branch.swc", "", "--args", "[3]")
    assert "by position" in refused("nested.hoc", "Outer", "--args", '{"L": 3}')


def test_one_of_several_trees_can_be_chosen(imported: Imported, tmp_path: Path) -> None:
    file = tmp_path / "two.py"
    file.write_text(COMMON + BAD_FILES["two unconnected"])
    document = imported(file, "Cell", "--root", "b", mods=False)
    assert [s["name"] for s in document["sections"]] == ["b"]
    assert any("'a'" in text or "section a" in text for text in document["dropped"])


def test_an_existing_file_is_not_replaced(cells: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from bouton.cli import bouton

    out = tmp_path / "cell.json"
    out.write_text("precious")
    told = CliRunner().invoke(
        bouton, ["import", str(cells / "geometry.hoc"), "--name", "Tree", "--out", str(out)]
    )
    assert told.exit_code == 2
    assert out.read_text() == "precious"


LOOP = {
    "section": "soma",
    "x": 0.5,
    "source": "",
    "threshold_mV": 0.0,
    "target": "somewhere",
    "weights": [1.0],
    "delay_ms": 1.0,
}
PLACE = {"variable": "v", "section": "soma", "x": 0.5, "point": ""}
PLAY = {"target": PLACE, "start": 0.0, "values": [1.0], "times_ms": [1.0], "is_continuous": False}


def template_of(document: dict[str, Any], folder: Path, **options: Any) -> Any:
    file = folder / "again.json"
    file.write_text(json.dumps(document))
    return registry.cell_templates["imported"](file=file, **options)


def changed(document: dict[str, Any], path: list[Any], value: Any) -> dict[str, Any]:
    copy: Any = json.loads(json.dumps(document))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["version"], 3, "version 3"),
        (["format"], "other", "no portable cell"),
        (["sections", 1, "parent"], "somma", "somma"),
        (["sections", 0, "colour"], "red", "colour"),
        (["sections", 0, "L_um"], "long", "long"),
        (["sections", 1, "cm_uF_cm2"], [1.0, 2.0], "2 values for 1000"),
        (["point_processes", 0, "section"], "somma", "somma"),
        (["spike_source", "section"], "somma", "somma"),
        (["fidelity", "status"], "different", "different"),
        (["sections", 0, "mechanisms", "nothere"], {}, "nothere"),
        (["point_processes", 0, "mechanism"], "NoSyn", "NoSyn"),
        (["connections"], [LOOP], "somewhere"),
        (["connections"], [{**LOOP, "target": "synapses[0]", "section": "dent"}], "dent"),
        (["pointers"], [{"pointer": PLACE, "target": PLACE}], "no POINTER variable 'v'"),
        (["played"], [{**PLAY, "target": {**PLACE, "section": "dent"}}], "dent"),
        (["played"], [{**PLAY, "target": {**PLACE, "variable": "m_nope"}}], "m_nope"),
    ],
)
def test_a_damaged_portable_file_is_refused(
    imported: Imported, tmp_path: Path, path: list[Any], value: Any, says: str
) -> None:
    document = imported("two_sections.py", "Cell")
    with pytest.raises(BoutonError, match=says):
        build(template_of(changed(document, path, value), tmp_path)).close()


def build(template: Any, *, beside_others: bool = False) -> LiveCell:
    structure = template.structure(None, {})
    return LiveCell(structure, template.settings(structure, {}), beside_others=beside_others)


def test_temperature_belongs_to_the_cell(imported: Imported, tmp_path: Path) -> None:
    document = imported("warm.py", "Warm")
    document["provenance"]["mods"]["folder"] = str(Path(__file__).parent / "cells" / "mods")
    plain = Protocol((), (Signal("v", "v", At("soma")),), 5.0)
    fitting = Protocol((), plain.signals, 5.0, Integration(celsius=34.0, v_init_mV=-71.5))
    with build(template_of(document, tmp_path)) as cell:
        with pytest.raises(ProtocolError, match="celsius 34"):
            run_protocol(cell, plain)
        run_protocol(cell, fitting)
    free = {"celsius": "protocol", "v_init_mV": "protocol"}
    with build(template_of(document, tmp_path, **free)) as cell:
        run_protocol(cell, plain)


def test_two_cells_must_agree_on_globals(imported: Imported, tmp_path: Path) -> None:
    document = imported("ladder.hoc", "Ladder")
    document["provenance"]["mods"]["folder"] = str(Path(__file__).parent / "cells" / "mods")
    other = changed(document, ["globals", "mechanisms", "ceiling_store"], 3.0)
    (tmp_path / "b").mkdir()
    with build(template_of(document, tmp_path)):
        with pytest.raises(CellError, match=r"17\.5 for another cell"):
            build(template_of(other, tmp_path / "b"), beside_others=True)
        build(template_of(document, tmp_path / "b"), beside_others=True).close()
    with build(template_of(other, tmp_path)):
        pass


def test_changed_mod_files_are_seen(imported: Imported, tmp_path: Path, cells: Path) -> None:
    document = imported("ladder.hoc", "Ladder")
    folder = shutil.copytree(cells / "mods", tmp_path / "mods")
    shutil.copy(cells / "counting.inc", tmp_path)
    template = template_of(document, tmp_path, mods=folder)
    template.structure(None, {})
    (folder / "store.mod").write_text((folder / "store.mod").read_text() + "\n")
    with pytest.raises(CellError, match="another content"):
        template.structure(None, {})
    (folder / "store.mod").unlink()
    with pytest.raises(CellError, match="is missing"):
        template.structure(None, {})


def test_cells_of_a_network_must_agree_on_the_temperature(
    imported: Imported, cells: Path, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from bouton.cli import bouton

    for name, file, cls in (("warm", "warm.py", "Warm"), ("cool", "two_sections.py", "Cell")):
        document = imported(file, cls)
        if document["provenance"]["mods"] is not None:
            document["provenance"]["mods"]["folder"] = str(cells / "mods")
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    mods = ", ".join(str(file) for file in sorted((cells / "mods").glob("*.mod")))
    text = f"""
allow_code: [{mods}]
network:
  populations:
    A: {{count: 1, cells: {{warm: {{cell: {{template: {{use: imported, file: warm.json}}}}}}}}}}
    B: {{count: 1, cells: {{cool: {{cell: {{template: {{use: imported, file: cool.json}}}}}}}}}}
  simulation: {{duration_ms: 2, integration: {{celsius: CELSIUS, v_init_mV: -71.5}}}}
"""
    told = []
    for celsius in ("6.3", "34"):
        study = tmp_path / f"{celsius}.yaml"
        study.write_text(text.replace("CELSIUS", celsius))
        out = ["--out", str(tmp_path / celsius)]
        told.append(CliRunner().invoke(bouton, ["network", "simulate", str(study), *out]))
    assert told[0].exit_code != 0
    assert "celsius is 6.3" in told[0].output
    assert told[1].exit_code == 0, told[1].output
    cool = json.loads((tmp_path / "cool.json").read_text())
    (tmp_path / "cool.json").write_text(json.dumps(changed(cool, ["globals", "celsius"], 20.0)))
    again = ["network", "simulate", str(tmp_path / "34.yaml"), "--out", str(tmp_path / "again")]
    clash = CliRunner().invoke(bouton, again)
    assert clash.exit_code != 0
    assert "20" in clash.output


def test_a_collision_of_names_is_an_error(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        COMMON + "class Cell:\n    def __init__(self):\n"
        "        setattr(self, 'a[0]', h.Section(name='x'))\n"
        "        self.a = [h.Section(name='y')]\n"
        "        self.a[0].connect(getattr(self, 'a[0]'))\n"
    )
    assert "two sections of the cell are called 'a[0]'" in refused(tmp_path / "a.py", "Cell")


def test_a_difference_is_seen(tmp_path: Path) -> None:
    """Code that runs at the start of every run cannot be kept, and the comparison tells."""
    from click.testing import CliRunner

    from bouton.cli import bouton

    file, out = tmp_path / "a.py", tmp_path / "a.json"
    file.write_text(
        COMMON + "class Cell:\n    def __init__(self):\n"
        "        self.soma = h.Section(name='soma')\n        self.soma.insert('pas')\n"
        "        self.handler = h.FInitializeHandler(1, self.start)\n"
        "    def start(self):\n        self.soma.v = -50\n"
    )
    told = CliRunner().invoke(bouton, ["import", str(file), "--name", "Cell", "--out", str(out)])
    assert told.exit_code == 1
    assert "FInitializeHandler" in told.output
    assert json.loads(out.read_text())["fidelity"]["status"] == "different"


@pytest.mark.parametrize(
    ("block", "names"),
    [
        ("NET_RECEIVE (wA, wB) { INITIAL { wA = wA wB = wB } g = g + wA }", ("A", "B")),
        ("NET_RECEIVE(weight, on, r0, t0 (ms)) { on = 1 r0 = r0*2 t0 = t }", ("weight",)),
        ("NET_RECEIVE (w (uS)) { if (w == 0) { w = 2*w } }", ("w",)),
        ("NET_RECEIVE (exc, inh) { g = g + exc - inh } BREAKPOINT { inh = 3 }", ("exc", "inh")),
        ("BREAKPOINT { }", ()),
    ],
)
def test_receptors_are_the_weights(block: str, names: tuple[str, ...]) -> None:
    from bouton.nrn.foreign.points import receptor_names

    assert receptor_names(block) == names


@pytest.mark.parametrize("line", ["stray connect c1.soma(0), 1", "c1.soma connect stray(0), 0.5"])
def test_a_connected_section_of_somebody_else_is_refused(
    refused: Refused, tmp_path: Path, line: str
) -> None:
    file = tmp_path / "script.hoc"
    file.write_text(
        "begintemplate One\npublic soma\ncreate soma\nproc init() { soma { L = 20 diam = 20 } }\n"
        "endtemplate One\ncreate stray\nstray { L = 50 diam = 2 }\nobjref c1\nc1 = new One()\n"
        + (line if line.startswith("stray") else "c1.soma { connect c1.soma(0), stray(0.5) }")
        + "\n"
    )
    told = refused(file, "c1", mods=False)
    assert "not held or made by it: 'stray'" in told
