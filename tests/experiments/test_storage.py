"""Results saved and read back equal, and refused when they are something else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton import At, Cell, Integration, Signal
from bouton.errors import ResultsError
from bouton_plugins.experiments.conditions import Event
from bouton_plugins.experiments.data import RunResult, same
from bouton_plugins.experiments.experiment import Experiment
from bouton_plugins.experiments.schedules import Hold, Noise, Ramp
from bouton_plugins.experiments.storage import load_results, save_results

SOMA = At("soma")
DATA = {
    "text": "µ / $ \x00", "none": None, "yes": True, "nan": float("nan"), "inf": -np.inf,
    "numbers": [1, 2.5, -0.0], "nested": {"a": {"b": [[], {}]}, "$float": 1},
    "ints": np.arange(6).reshape(2, 3), "floats": np.array([1.5, np.nan]),
    "flags": np.array([True, False]), "empty": np.zeros((0, 3)), "single": np.float64(3.5),
    "scalar": np.array(7, dtype=np.int16),
}  # fmt: skip


@pytest.fixture
def results(bischop: Callable[..., Cell], quick: Integration) -> list[RunResult]:
    signals = (Signal("v / soma", "v", SOMA), Signal("_h", "bischop.h", SOMA, 0.5))
    found = []
    with Experiment(
        [bischop(E_L=-68.0), bischop(E_L=-60.0)], record=signals, integration=quick, seed=4
    ) as experiment:
        found.append(experiment.results("nothing ran"))
        experiment.data = dict(DATA)
        experiment.simulate(Ramp(0.0, 0.3, 60.0, n=3))
        experiment.pause("v / soma")
        experiment.reset(state=None)
        experiment.simulate(Noise(0.1, 3.0, n_cells=2, attribute="E_L"))
        experiment.start()
        told = {"array": np.arange(3.0)}
        experiment.simulate(lambda _, level: {**told, "level": level}, level=2.0, name="function")
        experiment.simulate(Hold(1.0), events=[Event("x", at_ms=0.5)])
        experiment.reset()
        experiment.pause()
        experiment.advance(1.0)
        found.append(experiment.results("a"))
    return found


def test_what_is_read_equals_what_was_saved(tmp_path: Path, results: list[RunResult]) -> None:
    path = save_results(tmp_path / "x.h5", results)
    back = load_results(path)
    assert back == tuple(results)
    chunk, again = results[1].chunk(), back[1].chunk()
    assert np.array_equal(chunk.signal("v / soma").values, again.signal("v / soma").values)
    assert again.signal("v / soma").values.dtype == np.float64
    assert again.signal("v / soma").ticks.dtype == np.int64
    assert back[1].data["ints"].dtype == np.arange(1).dtype
    assert back[1].data["scalar"].shape == ()
    assert len(chunk.simulations) == 1
    assert back[1].chunk(1).simulations[1].info["array"].tolist() == [0.0, 1.0, 2.0]
    assert back[1].chunk(1).simulations[2].events == (("x", 70),)


def test_equality_sees_every_part(results: list[RunResult]) -> None:
    result = results[1]
    chunk = result.chunk()
    signal = chunk.signal("_h")
    other_values = signal.values.copy()
    other_values[3, 0] += 1e-15
    for changed in (
        evolve(chunk, spike_times_ms=chunk.spike_times_ms + 1e-12),
        evolve(chunk, spike_cells=chunk.spike_cells[:-1]),
        evolve(chunk, signals={**chunk.signals, "_h": evolve(signal, values=other_values)}),
        evolve(chunk, applied={}),
        evolve(chunk, parameters_end=chunk.parameters_end[:1]),
        evolve(chunk, simulations=()),
    ):
        assert changed != chunk
        assert evolve(result, chunks=(changed, *result.chunks[1:])) != result
    assert evolve(result, data={**result.data, "ints": np.arange(6)}) != result
    assert chunk == evolve(chunk)
    assert not same({"a": 1}, [1])
    assert same(np.array([np.nan]), np.array([np.nan]))


@pytest.mark.parametrize(("data", "told"), [
    ({"x": {"y": [object()]}}, r"data\.x\.y\[0\] is a object"),
    ({"x": np.array(["text"])}, r"data\.x is an array of <U4"),
    ({"x": np.array([{}])}, r"data\.x is an array of object"),
    ({"x": {1: 2}}, "has the key 1; only text keys"),
    ({"x": {1, 2}}, r"data\.x is a set"),
    ({"x": lambda: 0}, r"data\.x is a function"),
])  # fmt: skip
def test_what_cannot_be_stored_is_named_and_no_file_appears(
    tmp_path: Path, results: list[RunResult], data: dict[str, Any], told: str
) -> None:
    with pytest.raises(ResultsError, match=told):
        save_results(tmp_path / "x.h5", [evolve(results[1], data=data)])
    assert list(tmp_path.iterdir()) == []


def test_a_failed_save_keeps_the_old_file(tmp_path: Path, results: list[RunResult]) -> None:
    path = save_results(tmp_path / "x.h5", results)
    with pytest.raises(ResultsError):
        save_results(path, [evolve(results[1], data={"x": object()})])
    assert load_results(path) == tuple(results)
    with pytest.raises(ResultsError):
        save_results(tmp_path / "missing" / "x.h5", results)


def test_foreign_and_damaged_files_are_refused(tmp_path: Path, results: list[RunResult]) -> None:
    with pytest.raises(ResultsError, match="there is no file"):
        load_results(tmp_path / "x.h5")
    (tmp_path / "text.h5").write_text("hello")
    with pytest.raises(ResultsError, match=r"text\.h5"):
        load_results(tmp_path / "text.h5")
    import tables

    with tables.open_file(str(tmp_path / "other.h5"), "w"):
        pass
    with pytest.raises(ResultsError, match="holds no experiment of Bouton"):
        load_results(tmp_path / "other.h5")
    path = save_results(tmp_path / "x.h5", results)
    with tables.open_file(str(path), "a") as file:
        file.root._v_attrs["format_version"] = 99
    with pytest.raises(ResultsError, match="format version 99"):
        load_results(path)
    with tables.open_file(str(path), "a") as file:
        file.root._v_attrs["format_version"] = 1
        file.remove_node("/run_001/chunk_000/spike_times_ms")
    with pytest.raises(ResultsError, match="has no 'spike_times_ms'"):
        load_results(path)


def test_a_planted_pickle_does_not_run(tmp_path: Path, results: list[RunResult]) -> None:
    import tables

    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "boom",))

    path = save_results(tmp_path / "x.h5", results)
    with tables.open_file(str(path), "a") as file:
        file.root.run_001._v_attrs["extra"] = Bomb()
    (tmp_path / "boom").unlink(missing_ok=True)
    with suppress(ResultsError):  # refused, or never looked at
        load_results(path)
    assert not (tmp_path / "boom").exists()


def test_results_are_read_without_a_simulator(tmp_path: Path, results: list[RunResult]) -> None:
    path = save_results(tmp_path / "x.h5", results)
    code = (
        "import sys; sys.modules['neuron'] = None\n"
        "from bouton_plugins.experiments.storage import load_results\n"
        "from bouton_plugins.experiments.plots import Panel, plot\n"
        f"results = load_results({str(path)!r})\n"
        "plot(results[1], Panel('current_nA'))\n"
        "print(len(results), results[1].chunk().spike_count)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["2", str(results[1].chunk().spike_count)]
