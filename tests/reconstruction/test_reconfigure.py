"""`bouton network reconfigure`: other simulations, the same cells and contacts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from bouton.cli import bouton as command
from bouton_plugins.reconstruction import read_tissue, verify

STIM = {"use": "spike-generator", "synapses": ["exc"]}


@pytest.fixture
def file(pair_file: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copy(pair_file, tmp_path / "pair.h5"))


@pytest.fixture
def config(pair: dict[str, Any], tmp_path: Path) -> Callable[..., Path]:
    """Write the configuration of the network, changed."""

    def write(**changes: Any) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump({**pair, **changes}))
        return path

    return write


def reconfigure(file: Path, config: Path) -> Result:
    return CliRunner().invoke(command, ["network", "reconfigure", str(file), str(config)])


def test_only_simulations_change(
    file: Path, config: Callable[..., Path], simulation: dict[str, Any]
) -> None:
    before = read_tissue(file)
    longer = {**simulation, "duration_ms": 80.0}
    done = reconfigure(file, config(simulations={"rest": longer, "new": simulation}))
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == ["added", "new", "changed", "rest"]
    after = verify(file)
    assert after.config["simulations"]["rest"]["duration_ms"] == 80.0
    assert (after.seed, after.digest) == (before.seed, before.digest)
    assert after.provenance == before.provenance
    unchanged = {k: v for k, v in before.config.items() if k != "simulations"}
    assert {k: v for k, v in after.config.items() if k != "simulations"} == unchanged
    done = reconfigure(file, config(simulations={"new": simulation}))
    assert done.stdout.split() == ["removed", "rest", "same", "new"]


def test_the_size_of_chunks_and_the_place_of_files_say_nothing_about_a_tissue(
    file: Path, config: Callable[..., Path], pair: dict[str, Any], tmp_path: Path
) -> None:
    told = pair["morphologies"]["small"]
    moved = shutil.copy(told["file"], tmp_path / "moved.swc")
    done = reconfigure(
        file,
        config(
            network={**pair["network"], "chunk_um": 40.0},
            morphologies={"small": {**told, "file": str(moved)}},
            storage={"file": "elsewhere.h5"},
        ),
    )
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"seed": 6}, "seed: the network was made with 5, not 6"),
        ({"partitions": {"all": {"thickness_um": 90.0}}}, "partitions.all.thickness_um"),
        ({"connectivity": {}}, "connectivity"),
        ({"regions": {"r": {"children": ["all"]}}}, "regions"),
    ],
)
def test_another_tissue_is_refused(
    file: Path, config: Callable[..., Path], changes: dict[str, Any], where: str
) -> None:
    content = file.read_bytes()
    done = reconfigure(file, config(**changes, simulations={}))
    assert done.exit_code == 2
    assert where in done.output
    assert "compile a new network for that" in done.output
    assert file.read_bytes() == content


def test_another_shape_is_refused(
    file: Path, config: Callable[..., Path], pair: dict[str, Any], tmp_path: Path
) -> None:
    told = pair["morphologies"]["small"]
    other = tmp_path / "other.swc"
    other.write_text(Path(told["file"]).read_text().replace("60 2 20", "60 2 21"))
    done = reconfigure(file, config(morphologies={"small": {**told, "file": str(other)}}))
    assert done.exit_code == 2
    assert "morphologies.small: its branches or labels are not those" in done.output


def test_simulations_that_do_not_fit_are_refused(
    file: Path, config: Callable[..., Path], simulation: dict[str, Any]
) -> None:
    content = file.read_bytes()
    lost = {**STIM, "target": {"use": "sphere", "center_um": [900, 0, 0], "radius_um": 1}}
    for device, message in (
        (lost, "device 'd' aims at nothing"),
        ({**STIM, "synapses": ["AMPA"]}, "know no synapse 'AMPA'"),
        ({"use": "spike-generater"}, "spike-generator"),
        ({"use": "synapse-recorder", "connections": ["EII"]}, "did you mean 'EI'"),
    ):
        done = reconfigure(
            file, config(simulations={"it": {**simulation, "devices": {"d": device}}})
        )
        assert done.exit_code == 2, done.output
        assert message in " ".join(done.output.split())
        assert file.read_bytes() == content


def test_what_is_no_network_is_refused(config: Callable[..., Path], tmp_path: Path) -> None:
    assert reconfigure(tmp_path / "none.h5", config()).exit_code == 2
    text = tmp_path / "text.h5"
    text.write_text("not HDF5")
    done = reconfigure(text, config())
    assert done.exit_code == 1
    assert text.read_text() == "not HDF5"
