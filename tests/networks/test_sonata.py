"""SONATA files, read by an independent reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bouton.results.sonata import (
    Report,
    read_reports,
    read_spikes,
    write_report,
    write_spikes,
)

libsonata = pytest.importorskip("libsonata", reason="libsonata is not installed")


def test_spikes(tmp_path: Path) -> None:
    spikes = {
        "S to M": (np.array([1.5, 2.0, 2.0]), np.array([3, 0, 1])),
        "silent": (np.empty(0), np.empty(0, dtype=np.int64)),
    }
    write_spikes(tmp_path / "spikes.h5", spikes)
    reader = libsonata.SpikeReader(str(tmp_path / "spikes.h5"))
    assert reader.get_population_names() == ["S to M", "silent"]
    assert reader["S to M"].get() == [(3, 1.5), (0, 2.0), (1, 2.0)]
    assert reader["silent"].get() == []
    for name, (times, cells) in read_spikes(tmp_path / "spikes.h5").items():
        np.testing.assert_array_equal(times, spikes[name][0])
        np.testing.assert_array_equal(cells, spikes[name][1])


def test_reports(tmp_path: Path) -> None:
    values = np.arange(15.0).reshape(5, 3)
    report = Report(
        "cells",
        np.array([2, 2, 7]),
        np.array([0, 4, 0]),
        np.array([0.5, 0.1, 0.5]),
        np.arange(5) * 0.5,
        values,
        "mV",
    )
    write_report(tmp_path / "v.h5", [report])
    population = libsonata.ElementReportReader(str(tmp_path / "v.h5"))["cells"]
    assert population.times == (0.0, 2.5, 0.5)
    assert (population.time_units, population.data_units) == ("ms", "mV")
    assert list(population.get_node_ids()) == [2, 7]
    read = population.get()
    np.testing.assert_array_equal(read.data, values)
    assert [tuple(one) for one in read.ids] == [(2, 0), (2, 4), (7, 0)]
    (again,) = read_reports(tmp_path / "v.h5")
    assert (again.population, again.unit) == (report.population, report.unit)
    for name in ("cells", "elements", "t_ms", "values"):
        np.testing.assert_array_equal(getattr(again, name), getattr(report, name))
    np.testing.assert_allclose(again.positions, report.positions, rtol=1e-7)  # stored as float32
    assert (again.connections, again.sources) == ((), None)


def test_reports_of_synapses_say_who_sends(tmp_path: Path) -> None:
    report = Report(
        "cells",
        np.array([0, 1]),
        np.array([3, 3]),
        np.array([0.5, 0.5]),
        np.arange(4) * 0.1,
        np.zeros((4, 2)),
        "nA",
        connections=("in", "fibres to all"),
        sources=np.array([5, -1]),
    )
    write_report(tmp_path / "i.h5", [report])
    (again,) = read_reports(tmp_path / "i.h5")
    assert again.connections == report.connections
    assert again.sources is not None
    assert again.sources.tolist() == [5, -1]
