"""The commands `bouton network compile` and `bouton network info`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from bouton.cli import bouton as command
from bouton_plugins.reconstruction import read_tissue


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, ["network", *map(str, arguments)])


@pytest.fixture
def config(layer: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "network.yaml"
    path.write_text(yaml.safe_dump(layer))
    return path


def test_compile_and_look(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    done = run("compile", config, "-o", out, "--seed", "7", "--set", "name=other")
    assert done.exit_code == 0, done.output
    assert "40 cells cells" in done.stdout
    tissue = read_tissue(out)
    assert (tissue.seed, tissue.config["name"]) == (7, "other")

    shown = run("info", out, "--format", "json")
    found = json.loads(shown.stdout)
    assert (found["seed"], found["digest"]) == (7, tissue.digest)
    assert [(p["name"], p["count"]) for p in found["populations"]] == [("cells", 40)]
    (one,) = found["connections"]
    assert (one["name"], one["count"]) == ("touch", len(tissue.connection("touch")))
    assert one["in_degree"]["mean"] == pytest.approx(one["pairs"] / 40, abs=1e-3)
    assert one["distance_um"]["max"] <= 5.0
    text = run("info", out).stdout
    assert f"{one['count']} contacts" in text


def test_the_same_file_twice_needs_force(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    assert run("compile", config, "-o", out).exit_code == 0
    again = run("compile", config, "-o", out, "--seed", "9")
    assert again.exit_code == 1
    assert "compiled with seed 5, and this one would have seed 9" in again.output
    assert read_tissue(out).seed == 5
    forced = run("compile", config, "-o", out, "--seed", "9", "--force", "--format", "json")
    assert json.loads(forced.stdout)["seed"] == 9


def test_where_the_file_goes(
    foreign: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(json.dumps(foreign))
    done = run("compile", "a.json")
    assert done.exit_code == 0, done.output
    assert Path("network.hdf5").exists()
    assert "note: " in done.stderr
    assert "touch-distance" in done.stderr
    del foreign["storage"]
    Path("a.json").write_text(json.dumps(foreign))
    assert run("compile", "a.json").exit_code == 0
    assert Path("a.h5").exists()


def test_wrong_requests(config: Path, tmp_path: Path) -> None:
    wrong = run("compile", config, "--set", "network.chunk=3")
    assert wrong.exit_code == 2
    assert "unknown key 'chunk'" in wrong.output
    assert run("compile", "no-such-study").exit_code == 2
    assert run("compile", config, "--seed", "-1").exit_code == 2
    assert run("compile", config, "--workers", "0").exit_code == 2
    assert run("info", tmp_path / "nothing.h5").exit_code == 1
    assert run("info", "network-rate", "--figures", tmp_path).exit_code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["network.yaml"]


def test_info_of_rules_still_works() -> None:
    found = json.loads(run("info", "network-rate", "--format", "json").stdout)
    assert found["populations"]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from bouton.cli import bouton\n"
        "import bouton_plugins.reconstruction\n"
        "done = CliRunner().invoke(bouton, ['network', 'compile', '--help'])\n"
        "assert 'Place and connect' in done.output, done.output\n"
        "print([m for m in ('numpy', 'neuron', 'tables') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
