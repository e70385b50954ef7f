"""The suites for morphology loaders and cell templates over our own entries."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner

from bouton import find_study, registry
from bouton.model.protocol import Integration
from bouton.testing import CellTemplateSuite, MorphologyLoaderSuite, tiny_morphology

SWC = """# a soma of three points, and branches
1 1 0 0 0 10 -1
2 1 0 -10 0 10 1
3 1 0 10 0 10 1
4 3 10 0 0 1 1
5 3 110 0 0 0.5 4
6 3 160 40 0 0.5 5
7 3 160 -40 0 0.5 5
8 2 0 -20 0 0.5 1
9 2 0 -60 0 0.5 8
"""
HOC = """{create soma}
{access soma}
{nseg = 1}
{pt3dclear()}
{pt3dadd(0,0,-5,8)}
{pt3dadd(0,0,5,8)}

{create dend_1}
{connect dend_1(0), soma(1.0)}
{access dend_1}
{pt3dclear()}
{pt3dadd(5,0,5,1.5)}
{pt3dadd(80,0,0,1)}
"""
ASC = """("CellBody"
  (CellBody)
  (-5 0 0 0) (0 5 0 0) (5 0 0 0) (0 -5 0 0)
)
((Dendrite)
  (5 0 0 2) (50 0 0 2)
  ( (90 30 0 1) (120 40 0 1) | (90 -30 0 1) (120 -40 0 1) )
)
"""


class TestSwc(MorphologyLoaderSuite):
    entry = "swc"
    suffix = ".swc"
    example = SWC
    broken = {
        "1 1 0 0 0 10 -1\n2 3 0 x 0 1 1\n": 2,
        "1 1 0 0 0 10 -1\n2 3 0 5 0 1 7\n": 2,
        "1 1 0 0 0 10 -1\n2 3 0 5 0\n": 2,
        "1 1 0 0 0 nan -1\n": 1,
    }


class TestHoc(MorphologyLoaderSuite):
    entry = "hoc"
    suffix = ".hoc"
    example = HOC
    broken = {
        "create soma\naccess soma\npt3dclear()\npt3dadd(0, 0)\npt3dadd(0, 0, 9, 1)\n": 4,
        'create soma\nsystem("true")\n': 2,
        "create soma\naccess soma\nconnect dend(0), soma(1)\n": 3,
    }


class TestAsc(MorphologyLoaderSuite):
    entry = "asc"
    suffix = ".asc"
    example = ASC
    broken = {'("CellBody"\n  (CellBody)\n  (-5 0 0 zero)\n)\n': 0}


class TestH5(MorphologyLoaderSuite):
    entry = "h5"
    suffix = ".h5"
    broken = {b"\x89HDF\r\n\x1a\n": 0}
    cuts = 3  # each one is read in a process of its own

    @pytest.fixture(autouse=True)
    def _converted(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        from morphio.mut import Morphology

        folder = tmp_path_factory.mktemp("h5")
        (folder / "cell.asc").write_text(ASC)
        Morphology(str(folder / "cell.asc")).write(str(folder / "cell.h5"))
        TestH5.example = (folder / "cell.h5").read_bytes()


class TestByRegion(CellTemplateSuite):
    entry = "by-region"
    morphology = tiny_morphology()
    integration = Integration("cvode")

    @pytest.fixture(autouse=True)
    def _regions(self) -> None:
        from bouton_plugins.regions.template import Region, Spread

        spread = Spread(1e-4)
        dend = Region(mechanisms={"pas": {"g": spread, "e": -65.0}})
        soma = Region(ions={"ek": -77.0}, mechanisms={"hh": {"gnabar": 0.12}})
        TestByRegion.options = {"regions": {"soma": soma, "dend": dend, "apic": dend, "axon": dend}}


class TestHayL5PT(CellTemplateSuite):
    entry = "hay-l5pt"
    integration = Integration("cvode", celsius=34.0, v_init_mV=-75.0)
    duration_ms = 5.0
    morphology = tiny_morphology()
    options = {"drop_axon": True}

    @property
    def complete(self) -> dict[str, Any]:
        middle = {
            p.name: 0.5 * (p.lower + p.upper) for p in self.make().parameters if p.default is None
        }
        return {**super().complete, **middle}


class PointNeuron(CellTemplateSuite):
    duration_ms = 30.0
    current_nA = 0.0
    integration: ClassVar[Integration] = Integration(v_init_mV=-65.0)


class TestIzhikevich2003a(PointNeuron):
    entry = "izhikevich-2003a"


class TestIzhikevich2003b(PointNeuron):
    entry = "izhikevich-2003b"


class TestIzhikevich2007a(PointNeuron):
    entry = "izhikevich-2007a"


class TestIzhikevich2007b(PointNeuron):
    entry = "izhikevich-2007b"


class TestBischop(CellTemplateSuite):
    entry = "hh-bischop"


class TestMotorAlpha(CellTemplateSuite):
    entry = "motor-alpha"
    integration = Integration(celsius=36.0, v_init_mV=-67.0)


class TestMotorAlphaPowers(CellTemplateSuite):
    entry = "motor-alpha-powers"
    integration = Integration(celsius=36.0, v_init_mV=-67.0)


@pytest.fixture(scope="module")
def portable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imported")
    (folder / "cell.swc").write_text(SWC)
    arguments = [str(folder / "cell.swc"), "--name", "it", "--out", str(folder / "cell.json")]
    done = CliRunner().invoke(registry.commands["import"], arguments)
    assert done.exit_code == 0, done.output
    return folder / "cell.json"


class TestImported(CellTemplateSuite):
    entry = "imported"

    @pytest.fixture(autouse=True)
    def _file(self, portable: Path) -> None:
        TestImported.options = {"file": portable}


class TestStellate(CellTemplateSuite):
    entry = "stellate"
    integration = Integration(celsius=32.0, v_init_mV=-65.0)
    duration_ms = 5.0
    current_nA = 0.01

    @pytest.fixture(autouse=True)
    def _tree(self) -> None:
        study = find_study("stellate")
        assert study.cell is not None
        source = study.cell.morphology
        assert source is not None
        TestStellate.morphology = source.loader.load(source.file)
