"""Exported files, read back by the readers of their own formats."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bouton
from bouton.errors import ResultsError
from bouton.files import load_document
from bouton.jobs.networks import simulate_network
from bouton.jobs.running import run_study
from bouton.jobs.studies import find_study
from bouton_plugins.interchange.neo import NeoExporter
from bouton_plugins.interchange.nwb import NwbExporter

SMALL = Path(__file__).parents[1] / "networks" / "small.yaml"
CELL = {
    "name": "squid",
    "cell": {
        "template": {
            "use": "by-region",
            "sections": [{"name": "soma", "length_um": 20.0, "diameter_um": 20.0}],
            "regions": {"soma": {"mechanisms": {"hh": {}}}},
        }
    },
    "protocols": {
        name: {
            "duration_ms": duration,
            "stimuli": [
                {"use": "step", "location": "soma(0.5)", "amplitude_nA": 0.2, "delay_ms": 5.0,
                 "duration_ms": 20.0}
            ],
            "recordings": [
                {"use": "voltage", "name": "soma", "location": "soma(0.5)"},
                {"use": "spikes", "name": "spikes", "location": "soma(0.5)"},
                {"use": "stimulus", "name": "current", "location": "soma(0.5)"},
                {"use": "variable", "name": "m", "variable": "hh.m", "location": "soma(0.5)"},
            ],
            "integration": {"method": method},
        }
        for name, duration, method in (("fixed/step", 30.0, "fixed"), ("variable", 25.0, "cvode"))
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> bouton.Results:
    out = tmp_path_factory.mktemp("runs") / "cell"
    run_study(load_document(CELL), out, movie=False)
    return bouton.Results.open(out)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> bouton.Results:
    out = tmp_path_factory.mktemp("runs") / "network"
    threshold = "{use: spikes, name: ups, location: soma(0.5), threshold_mV: -10.0}"
    study = find_study(
        SMALL,
        overrides=[f"network.recordings.seen={{target: {{population: E}}, recorder: {threshold}}}"],
    )
    simulate_network(study, out)
    return bouton.Results.open(out)


def read_nwb(path: Path) -> Any:
    pynwb = pytest.importorskip("pynwb", reason="pynwb is not installed")
    assert not pynwb.validate(path=str(path))
    return pynwb.NWBHDF5IO(str(path), mode="r")


def read_neo(path: Path) -> Any:
    neo = pytest.importorskip("neo", reason="neo is not installed")
    pytest.importorskip("nixio", reason="nixio is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the reader's own making
        with neo.io.NixIO(str(path), mode="ro") as file:
            return file.read_block()


def test_nwb_has_the_traces_in_si_units(run: bouton.Results, tmp_path: Path) -> None:
    out = tmp_path / "run.nwb"
    assert list(NwbExporter().export(run.path, out)) == []
    with read_nwb(out) as reader:
        file = reader.read()
        start = 0.0
        for name, duration in (("fixed/step", 0.030), ("variable", 0.025)):
            trace = run.traces(name)["soma"]
            series = file.acquisition[f"{name.replace('/', '_')} soma"]
            np.testing.assert_array_equal(series.data[:], trace.values)
            assert (series.unit, series.conversion) == ("volts", 1e-3)
            times = series.get_timestamps()
            np.testing.assert_allclose(times, start + trace.t_ms * 1e-3, atol=1e-12)
            current = file.stimulus[f"{name.replace('/', '_')} current"]
            assert (current.unit, current.conversion) == ("amperes", 1e-9)
            np.testing.assert_array_equal(current.data[:], run.traces(name)["current"].values)
            start += duration
        assert list(file.units["source"][:]) == ["fixed/step: spikes", "variable: spikes"]
        np.testing.assert_allclose(
            file.units["spike_times"][1], 0.030 + run.traces("variable")["spikes"].t_ms * 1e-3
        )
        assert file.identifier == run.manifest.run_id
        assert file.subject.subject_id == "squid"
        assert {one.cell_id for one in file.icephys_electrodes.values()} == {"squid"}


def test_neo_has_the_traces_with_units(run: bouton.Results, tmp_path: Path) -> None:
    out = tmp_path / "run.nix"
    assert list(NeoExporter().export(run.path, out)) == []
    block = read_neo(out)
    assert [segment.name for segment in block.segments] == ["fixed/step", "variable"]
    for segment in block.segments:
        signals = {s.name: s for s in [*segment.analogsignals, *segment.irregularlysampledsignals]}
        trace = run.traces(segment.name)["soma"]
        np.testing.assert_array_equal(signals["soma"].magnitude[:, 0], trace.values)
        assert str(signals["soma"].dimensionality) == "mV"
        np.testing.assert_allclose(signals["soma"].times.rescale("ms").magnitude, trace.t_ms)
        assert list(signals["soma"].array_annotations["place"]) == ["soma(0.5)"]
        (train,) = segment.spiketrains
        expected = run.traces(segment.name)["spikes"].t_ms
        np.testing.assert_allclose(train.rescale("ms").magnitude, expected)
        assert segment.annotations["celsius"] == 6.3


def test_networks_are_exported_with_all_cells(network: bouton.Results, tmp_path: Path) -> None:
    from bouton.results.sonata import read_spikes

    expected = {
        f"{prefix}{name} {cell}": times[cells == cell]
        for prefix, file in (("", "spikes.h5"), ("seen.ups: ", "seen.ups.h5"))
        for name, (times, cells) in read_spikes(network.path / "network" / file).items()
        for cell in np.unique(cells).tolist()
    }
    assert any(name.startswith("seen.ups: E") for name in expected)
    NwbExporter().export(network.path, tmp_path / "network.nwb")
    with read_nwb(tmp_path / "network.nwb") as reader:
        file = reader.read()
        told = dict(zip(file.units["source"][:], file.units["spike_times"][:], strict=True))
        assert told.keys() == {f"network: {name}" for name in expected}
        for name, times in expected.items():
            np.testing.assert_allclose(told[f"network: {name}"], times * 1e-3)
        assert file.acquisition
    NeoExporter().export(network.path, tmp_path / "network.nix")
    (segment,) = read_neo(tmp_path / "network.nix").segments
    assert {train.name for train in segment.spiketrains} == expected.keys()
    for train in segment.spiketrains:
        np.testing.assert_allclose(train.rescale("ms").magnitude, expected[train.name])
    assert segment.analogsignals


@pytest.mark.parametrize("exporter", [NwbExporter, NeoExporter])
def test_a_run_without_traces_says_what_to_do(exporter: Any, run: bouton.Results) -> None:
    with pytest.raises(ResultsError, match="there is no row 7"):
        exporter(row=7).export(run.path, run.path / "out.nwb")
    with pytest.raises(ValueError, match="row is a number"):
        exporter(row="first")


@pytest.mark.parametrize("exporter", [NwbExporter, NeoExporter])
def test_a_run_of_another_kind_is_refused(exporter: Any, tmp_path: Path) -> None:
    with bouton.results.RunDirectory.create(tmp_path / "run", "measure", {}, {}) as made:
        pass
    with pytest.raises(ResultsError, match="'measure' kept no traces of protocols"):
        exporter().export(made.path, tmp_path / "out")


@pytest.mark.parametrize("exporter", [NwbExporter, NeoExporter])
def test_a_failed_export_leaves_nothing(exporter: Any, run: bouton.Results, tmp_path: Path) -> None:
    before = sorted(path.name for path in run.path.iterdir())
    with pytest.raises(ResultsError):
        exporter().export(run.path, tmp_path / "missing" / "run.nwb")
    assert not list(tmp_path.iterdir())
    assert sorted(path.name for path in run.path.iterdir()) == before
