"""Code that does what code does: fails, ends, hangs, talks, and reads files of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Imported = Callable[..., dict[str, Any]]
Refused = Callable[..., str]
PYTHON = "from neuron import h\nclass A:\n    def __init__(self):\n        "
HOC = "begintemplate A\npublic soma\ncreate soma\nproc init() {{ {} }}\nendtemplate A\n"
BALL = "self.soma = h.Section(name='soma')\n        self.soma.insert('hh')\n"

BAD = {
    "hoc syntax": ("a.hoc", "begintemplate A\ncreate soma\nproc init() { soma { L = = 3 } }\n"),
    "hoc mechanism": ("a.hoc", HOC.format("\n soma { insert nothere } ")),
    "hoc run time": ("a.hoc", HOC.format("nothing_like_it()")),
    "hoc execerror": ("a.hoc", HOC.format('execerror("own", "words")')),
    "hoc xopen": ("a.hoc", 'xopen("not_there.hoc")\n' + HOC.format("")),
    "hoc quit": ("a.hoc", HOC.format("") + "quit()\n"),
    "hoc hangs": ("a.hoc", HOC.format("while (1) {}")),
    "python quit": ("a.py", "quit()\n"),
    "python exits": ("a.py", "import os\n" + PYTHON + "os._exit(3)\n"),
    "python segfault": ("a.py", "import ctypes\n" + PYTHON + "ctypes.string_at(0)\n"),
    "python hangs": ("a.py", "while True: pass\n"),
    "python import": ("a.py", "import module_that_is_not_there\n" + PYTHON + BALL),
    "python arguments": ("a.py", PYTHON.replace("(self)", "(self, length)") + BALL),
    "artificial": ("a.py", PYTHON + "self.cell = h.IntFire1()\n"),
    "artificial, hosted": (
        "a.py",
        "from neuron import h\ndummy = h.Section()\n"
        + PYTHON
        + "self.sec, self.cell = dummy, h.IntFire1()\n",
    ),
    "template not named": ("a.hoc", HOC.format("").replace("A", "Pyramid")),
    "python nothing": ("a.py", ""),
    "hoc file name": ("ä.hoc", HOC.format("")),
}
SAYS = {
    "hoc syntax": ("near line 3", "L = = 3"),
    "hoc mechanism": ("nothere is not a MECHANISM", "near line 5"),
    "hoc run time": ("nothing_like_it", "A[0].init()"),
    "hoc execerror": ("own words",),
    "hoc xopen": ("not_there.hoc", "near line 1"),
    "hoc quit": ("ended its process", "exit code 0"),
    "hoc hangs": ("longer than 3 s", "--time-limit"),
    "python quit": ("SystemExit",),
    "python exits": ("ended its process", "exit code 3"),
    "python segfault": ("SIGSEGV",),
    "python hangs": ("longer than 3 s", "--time-limit"),
    "python import": ("module_that_is_not_there",),
    "python arguments": ("length",),
    "artificial": ("IntFire1", "network"),
    "artificial, hosted": ("cell (IntFire1)", "network"),
    "template not named": ("Pyramid",),
    "python nothing": ("defines nothing",),
    "hoc file name": ("ASCII",),
}


@pytest.mark.parametrize("case", BAD)
def test_what_goes_wrong_is_told(refused: Refused, tmp_path: Path, case: str) -> None:
    name, text = BAD[case]
    (tmp_path / name).write_text(text)
    limit = ("--time-limit", "3") if "hangs" in case else ()
    told = refused(tmp_path / name, "A", *limit, mods=False)
    for word in SAYS[case]:
        assert word in told


def test_the_cause_is_told_after_much_talk(refused: Refused, tmp_path: Path) -> None:
    text = 'for i = 0, 2000 { print "much talk" }\n' + BAD["hoc mechanism"][1]
    (tmp_path / "a.hoc").write_text(text)
    assert "nothere is not a MECHANISM" in refused(tmp_path / "a.hoc", "A", mods=False)


def test_a_missing_mechanism_is_told_with_its_place_and_where_to_find_it(
    refused: Refused, tmp_path: Path
) -> None:
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "other.mod").write_text("NEURON { SUFFIX other }\n")
    (tmp_path / "parts.py").write_text("def insert(sec, what):\n    sec.insert(what)\n")
    lines = (
        "parts.insert(self.soma, 'store')",
        "self.p = h.pulser(self.soma(0.5))",
        "h.f_store = 3",
    )
    for line, what in zip(lines, ("store", "pulser", "f_store"), strict=True):
        text = f"import parts\n{PYTHON}{BALL}        {line}\n"
        (tmp_path / "a.py").write_text(text)
        where = "parts.py, line 2" if what == "store" else "a.py, line 7"
        told = refused(tmp_path / "a.py", "A", mods=False)
        for word in (where, f"no mechanism {what!r}", "--mods", str(tmp_path / "channels")):
            assert word in told
    mods = ("--mods", str(tmp_path / "channels"))
    told = refused(tmp_path / "a.py", "A", *mods, mods=False)
    assert "defines a mechanism 'f_store'; known: other" in told


def test_copies_and_deleted_sections_are_no_part_of_a_cell(
    imported: Imported, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(
        f"import os\nos.fork()\n{PYTHON}{BALL}        self.gone = h.Section(name='gone')\n"
        "        self.gone.connect(self.soma)\n        h.delete_section(sec=self.gone)\n"
    )
    document = imported(tmp_path / "a.py", "A", mods=False)
    assert [section["name"] for section in document["sections"]] == ["soma"]


def test_the_order_of_siblings_does_not_change_the_last_bit(
    imported: Imported, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(
        f"import numpy as np\n{PYTHON}{BALL}        self.d = np.empty(7, dtype=object)\n"
        "        self.d[:] = [h.Section(name='d', cell=self) for _ in range(7)]\n"
        "        self.holds = [self.soma(0.5)._ref_v, h.ref(''), h.continuerun]\n"
        "        for i in (4, 2, 6, 0, 1, 3, 5):\n"
        "            self.d[i].connect(self.soma(1) if i < 5 else self.d[0](0.5))\n"
        "        for i, sec in enumerate(self.d):\n"
        "            sec.L, sec.diam, sec.Ra = 100 + 17.3 * i, 1 + 0.37 * i, 77 + i\n"
        "            sec.insert('hh')\n"
    )
    runs = imported(tmp_path / "a.py", "A", mods=False)["fidelity"]["runs"]
    assert runs["driven"]["spikes"]
    assert [run["largest_mV"] for run in runs.values()] == [0.0, 0.0]


def test_folders_and_files_may_have_any_name(imported: Imported, tmp_path: Path) -> None:
    home = tmp_path / "Zellen von Jürg"
    home.mkdir()
    (home / "Zelle ä.py").write_text(PYTHON + BALL.replace("'soma')", "'soma', cell=self)"))
    (home / "eine zelle.hoc").write_text(HOC.format("soma { insert hh }"))
    for file in home.iterdir():
        assert imported(file, "A", mods=False)["fidelity"]["status"] == "equal"


def test_lost_output_and_running_threads_do_no_harm(imported: Imported, tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(
        "import sys, threading, time\n"
        "sys.stdout = sys.stderr = None\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n" + PYTHON + BALL
    )
    assert imported(file, "A", mods=False)["fidelity"]["status"] == "equal"


def test_a_file_that_hoc_does_not_find_is_noted(imported: Imported, tmp_path: Path) -> None:
    file = tmp_path / "a.hoc"
    file.write_text('load_file("not_there.hoc")\n' + HOC.format("soma { insert hh }"))
    assert any("loads not_there.hoc" in text for text in imported(file, "A", mods=False)["notes"])


def test_each_file_finds_its_own_neighbours(imported: Imported, tmp_path: Path) -> None:
    lengths = []
    for length in (11, 22):
        folder = tmp_path / str(length)
        folder.mkdir()
        (folder / "shared.py").write_text(f"LENGTH = {length}\n")
        (folder / "numbers.txt").write_text(f"{length}")
        (folder / "cell.py").write_text(
            "import shared\nfrom pathlib import Path\n"
            + PYTHON
            + BALL
            + "        self.soma.L = shared.LENGTH\n"
            "        self.soma.diam = float(Path('numbers.txt').read_text())\n"
        )
        (section,) = imported(folder / "cell.py", "A", mods=False)["sections"]
        lengths.append((section["L_um"], section["diameter_um"]))
    assert lengths == [(11.0, 11.0), (22.0, 22.0)]


def test_a_file_of_a_package_may_import_from_it(imported: Imported, tmp_path: Path) -> None:
    home = tmp_path / "model" / "cells"
    home.mkdir(parents=True)
    for folder in (home.parent, home):
        (folder / "__init__.py").touch()
    (home.parent / "sizes.py").write_text("LENGTH = 33.0\n")
    (home / "a.py").write_text(
        f"from ..sizes import LENGTH\nfrom model import sizes\n{PYTHON}{BALL}"
        "        self.soma.L = LENGTH\n"
    )
    assert imported(home / "a.py", "A", mods=False)["sections"][0]["L_um"] == 33.0


def test_two_hoc_files_may_share_a_name(imported: Imported, tmp_path: Path) -> None:
    for length in (11, 22):
        file = tmp_path / f"{length}.hoc"
        file.write_text(HOC.format(f"soma {{ L = {length} }}"))
        assert imported(file, "A", mods=False)["sections"][0]["L_um"] == length


def test_a_morphology_can_be_read_by_the_cell_itself(
    imported: Imported, tmp_path: Path, cells: Path
) -> None:
    swc = (cells / "branch.swc").read_text()
    (tmp_path / "branch.swc").write_text(swc)
    reading = (
        "{0}.input('branch.swc')\n        i3d = h.Import3d_GUI({0}, 0)\n        "
        "i3d.instantiate(self)\n"
    )
    (tmp_path / "a.py").write_text(
        "from neuron import h\nh.load_file('stdlib.hoc')\nh.load_file('import3d.hoc')\n"
        "class A:\n    def __init__(self):\n        reader = h.Import3d_SWC_read()\n        "
        + reading.format("reader")
        + "        for sec in self.all:\n            sec.insert('pas')\n"
    )
    python = imported(tmp_path / "a.py", "A", mods=False)
    assert python["fidelity"]["status"] == "equal"
    names = {section["name"] for section in python["sections"]}
    assert {"soma[0]", "dend[0]"} <= names
    (tmp_path / "b.hoc").write_text(
        'load_file("stdlib.hoc")\nload_file("import3d.hoc")\nbegintemplate B\n'
        "public soma, dend, apic, axon, all, somatic, basal, apical, axonal\n"
        "objref this, all, somatic, basal, apical, axonal, reader, maker\n"
        "create soma[1], dend[1], apic[1], axon[1]\n"
        "proc init() {\n all = new SectionList() somatic = new SectionList()\n"
        " basal = new SectionList() apical = new SectionList() axonal = new SectionList()\n"
        ' reader = new Import3d_SWC_read() reader.input("branch.swc")\n'
        " maker = new Import3d_GUI(reader, 0) maker.instantiate(this)\n"
        " forsec all { insert pas }\n}\nendtemplate B\n"
    )
    hoc = imported(tmp_path / "b.hoc", "B", "--root", "soma[0]", mods=False)  # it has no axon
    assert hoc["fidelity"]["status"] == "equal"
    assert {section["name"] for section in hoc["sections"]} == names


def test_arguments_reach_the_cell(imported: Imported, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "from neuron import h\nclass A:\n"
        "    def __init__(self, gid, pos=(0, 0, 0), *, L=1.0, tags=()):\n"
        "        self.soma = h.Section(name='soma')\n"
        "        self.soma.L = L + gid + pos[2] + len(tags)\n"
    )
    for arguments, length in (
        ([1, [0, 0, 100]], 102.0),
        ({"gid": 1, "pos": [0, 0, 5], "L": 20.5, "tags": ["a", "b"]}, 28.5),
    ):
        text = json.dumps(arguments)
        (section,) = imported(tmp_path / "a.py", "A", "--args", text, mods=False)["sections"]
        assert section["L_um"] == length
    assert "JSON" in refused(tmp_path / "a.py", "A", "--args", "gid=1", mods=False)
