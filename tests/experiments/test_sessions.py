"""Live simulations that go on, stop, come back and are changed, on cells of several templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from bouton import At, Cell, Integration, Protocol, Signal, registry
from bouton.errors import CellError, EngineError, ProtocolError, SimulationError
from bouton.jobs.cells import WorkingCell
from bouton.jobs.sessions import LiveModel, whole_ticks

SOMA = At("soma")
METHODS = ("fixed", "crank-nicolson", "cvode")
V = Signal("v", "v", SOMA)


def stick(**soma: float) -> Cell:
    """A soma with hh and a passive dendrite, of another template than the interneuron."""
    from bouton_plugins.regions.template import Cylinder, Region

    template = registry.cell_templates["by-region"](
        regions={
            "soma": Region(mechanisms={"hh": {"gnabar": 0.12, **soma}}),
            "dend": Region(mechanisms={"pas": {"g": 1e-4, "e": -65.0}}),
        },
        sections=(
            Cylinder("soma", 20.0, 20.0),
            Cylinder("dend", 200.0, 2.0, parent="soma", nseg=5),
        ),
    )
    return Cell(template)


def bischop(**parameters: float) -> Cell:
    return Cell(registry.cell_templates["hh-bischop"](synapses=True), parameters=parameters)


def integration(method: Any = "fixed", **changes: Any) -> Integration:
    told = {"dt_ms": 0.025, "absolute_tolerance": 1e-8, "v_init_mV": -65.0, **changes}
    return Integration(method, **told)


def opened(*cells: Cell, method: Any = "fixed", **options: Any) -> LiveModel:
    signals = options.pop("signals", (V,))
    return LiveModel(
        cells or (stick(),),
        integration(method),
        signals=signals,
        electrodes={"I": SOMA},
        **options,
    )


def firing(model: LiveModel, n: int = 2000) -> np.ndarray:
    model.set({"I": 0.5})
    return model.session.advance(n).samples["v"]


@pytest.mark.parametrize("method", METHODS)
def test_agrees_with_a_protocol_run_in_one_go(method: str) -> None:
    told = integration(method, absolute_tolerance=1e-9)
    step = evolve(V, interval_ms=0.025)
    from bouton import PointDrive

    clamp = PointDrive("IClamp", SOMA, {"delay": 5.0, "dur": 30.0, "amp": 0.5})
    with WorkingCell(stick()) as cell:
        cell.set({})
        expected = cell.run(Protocol((clamp,), (step,), 50.0, told))["v"].values
    with LiveModel([stick()], told, signals=[V], electrodes={"I": SOMA}) as model:
        found = []
        for duration, amplitude in ((5.0, 0.0), (30.0, 0.5), (15.0, 0.0)):
            model.set({"I": amplitude})
            ticks = model.session.ticks(duration)
            found.append(model.session.advance(ticks).samples["v"][:, 0])
    values = np.concatenate(found)
    assert len(values) == 2000
    assert values.max() > 10
    difference = np.abs(values - expected[:2000]).max()
    # IClamp as a mechanism switches within a step; between steps it is exact.
    assert difference < {"fixed": 0.3, "crank-nicolson": 0.3, "cvode": 5e-3}[method]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sizes", [(1,) * 50 + (1950,), (7, 993, 1000), (1999, 1)])
def test_pieces_end_to_end_are_one_run(method: str, sizes: tuple[int, ...]) -> None:
    signals = (V, Signal("every 7", "v", SOMA, 7 * 0.025))
    with opened(method=method, signals=signals) as model:
        model.set({"I": 0.5})
        whole = model.session.advance(2000)
    with opened(method=method, signals=signals) as model:
        model.set({"I": 0.5})
        parts = [model.session.advance(size) for size in sizes]
    for name in ("v", "every 7"):
        joined = np.concatenate([part.samples[name] for part in parts])
        ticks = np.concatenate([part.ticks[name] for part in parts])
        assert np.array_equal(ticks, whole.ticks[name])
        assert np.array_equal(joined, whole.samples[name])
    assert np.array_equal(whole.ticks["every 7"], np.arange(0, 2000, 7))
    times = [time for part in parts for _, time in part.spikes]
    assert times == pytest.approx([time for _, time in whole.spikes])
    assert len(whole.spikes) > 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("make", [stick, bischop])
def test_going_on_after_a_restore_is_the_uninterrupted_run(
    method: str, make: Callable[[], Cell]
) -> None:
    with opened(make(), method=method) as model:
        session = model.session
        before = firing(model, 700)
        snapshot = session.store()
        expected = [session.advance(1500) for _ in range(2)]
        model.set({"I": -0.3})
        session.advance(400)
        session.set_state("v", -20.0)
        for _ in range(2):
            model.set({"I": 0.5})
            session.restore(snapshot)
            session.clock = 700
            again = [session.advance(1500) for _ in range(2)]
            for one, other in zip(expected, again, strict=True):
                if method == "cvode":  # the solver starts anew, with other steps
                    assert np.abs(one.samples["v"] - other.samples["v"]).max() < 2e-3
                    assert [t for _, t in other.spikes] == pytest.approx(
                        [t for _, t in one.spikes], abs=1e-5
                    )
                else:
                    assert np.array_equal(one.samples["v"], other.samples["v"])
                    assert other.spikes == one.spikes
        session.initialise()
        session.clock = 0
        assert np.array_equal(session.advance(700).samples["v"], before)


def test_currents_follow_a_restore_at_once() -> None:
    current = Signal("i", "hh.gna", SOMA)
    with opened(signals=(V, current)) as model:
        firing(model, 900)
        snapshot = model.session.store()
        expected = model.session.advance(5).samples["i"]
        firing(model, 333)
        model.session.restore(snapshot)
        # the first sample too: gna is no state, it must be computed from the restored ones
        again = model.session.advance(5).samples["i"]
        assert again[0] == pytest.approx(expected[0], rel=0.1)
        assert np.array_equal(again[1:], expected[1:])


def test_order_of_experiments_does_not_matter() -> None:
    def a() -> np.ndarray:
        with opened(stick(), stick(), method="fixed") as model:
            return firing(model)

    def b() -> np.ndarray:
        with opened(bischop(), method="cvode") as model:
            return firing(model, 500)

    first, other = a(), b()
    assert np.array_equal(a(), first)
    assert np.array_equal(b(), other)


@pytest.mark.parametrize(
    "change", ["point process", "mechanism", "section", "segments", "connection"]
)
def test_a_state_never_comes_back_onto_another_structure(change: str) -> None:
    from bouton.nrn.engine import h

    with opened() as model:
        session = model.session
        expected = firing(model, 100)
        snapshot = session.store()
        soma = session.cells[0].sections[0]
        kept: Any = None
        told = r"segment soma\(0\.5\) had"
        if change == "point process":
            kept = h.ExpSyn(soma(0.5))
            told += ".* now has .*1 ExpSyn"
        elif change == "mechanism":
            soma.insert("pas")
            told += ".* now has .*pas"
        elif change == "section":
            kept = h.Section(name="extra")
            told = "section extra is new"
        elif change == "segments":
            session.cells[0].sections[1].nseg = 3
            told = "section dend had 5 segments.* now has 3"
        else:
            kept = h.NetCon(None, h.ExpSyn(soma(0.5)))
            told = "network had 0 connections, now has 1 connections"
        with pytest.raises(SimulationError, match=told) as caught:
            session.restore(snapshot)
        assert caught.value.reason == "structure changed"
        assert session.step == 100  # nothing happened
        assert len(expected) == 100
        if change == "section":
            h.delete_section(sec=kept)
            session.restore(snapshot)  # as it was: welcome again


def test_a_foreign_state_is_refused() -> None:
    with opened() as model:
        snapshot = model.session.store()
    with opened() as model, pytest.raises(SimulationError, match="stored by another session"):
        model.session.restore(snapshot)


@pytest.mark.parametrize("method", METHODS)
def test_events_under_way_come_back_with_their_delay(method: str) -> None:
    g = Signal("g", "ampa.g", SOMA)
    with opened(bischop(), method=method, signals=(g,)) as model:
        session = model.session
        session.deliver(0, "ampa", 3.0, delay_ms=2.0)
        session.deliver(0, "ampa", 1.0, delay_ms=2.0)
        session.advance(40)  # 1 ms
        snapshot = session.store()
        first = session.advance(100)
        session.restore(snapshot)
        again = session.advance(100)
        session.initialise()
        session.clock = 0
        dropped = session.advance(200)
    for piece in (first, again):
        assert piece.samples["g"][:40].max() == 0.0
        assert piece.samples["g"][41] == pytest.approx(4.0, rel=0.01)
    assert again.samples["g"] == pytest.approx(
        first.samples["g"], rel=1e-12 if method != "cvode" else 1e-4
    )
    assert dropped.samples["g"].max() == 0.0  # the initial state has nothing under way


def test_values_and_states_are_kept_apart() -> None:
    with opened(bischop()) as model:
        session = model.session
        snapshot = session.store()
        model.set({"E_L": -90.0, "I": 0.1})
        session.restore(snapshot)
        assert (model.values[0]["E_L"], model.values[0]["I"]) == (-90.0, 0.1)
        session.set_state("v", -80.0)
        session.set_state("bischop.k", 0.5)
        model.set({"E_L": -68.0})
        assert session.values_of("v", SOMA)[0] == -80.0
        assert session.values_of("k_bischop", SOMA)[0] == 0.5


def test_cells_of_a_population_are_independent_and_have_their_own_values() -> None:
    levels = (-68.0, -75.0, -90.0)
    alone = []
    for level in levels:
        with opened(bischop(E_L=level)) as model:
            alone.append(firing(model)[:, 0])
    with opened(*(bischop(E_L=level) for level in levels)) as model:
        together = model.session
        piece_v = firing(model)
        assert [column.cell for column in together.signals["v"][2]] == [0, 1, 2]
        assert np.array_equal(piece_v, np.stack(alone, axis=1))
        together.initialise()
        model.set({"E_L": [-68.0, -68.0, -68.0]})
        same = together.advance(2000).samples["v"]
    assert np.array_equal(same, np.stack([alone[0]] * 3, axis=1))


def test_what_is_set_is_all_or_nothing() -> None:
    with opened(bischop(), bischop()) as model:
        before = model.values
        for values, told in (
            ({"E_L": -70.0, "E_l": 1.0}, "nothing to set is called 'E_l'; did you mean 'E_L'"),
            ({"E_L": [-70.0]}, r"needs one value, or 2 \(one per cell\), got 1"),
            ({"E_L": -70.0, "C_m": -1.0}, "C_m must be above 0"),
            ({"E_L": -70.0, "I": float("inf")}, "I must be finite"),
            ({"E_L": -70.0, "v_t": 10.0}, "v_t cannot change while the cell is alive"),
        ):
            with pytest.raises(CellError, match=told):
                model.set(values)
            assert model.values == before
        with pytest.raises(CellError, match="there is no cell 2"):
            model.set({"E_L": -70.0}, cells=[2])
        model.set({"E_L": [-70.0]}, cells=[1])
        assert [values["E_L"] for values in model.values] == [-68.0, -70.0]


def test_nonsense_is_refused() -> None:
    with opened(bischop()) as model:
        session = model.session
        for call, error, told in (
            (lambda: session.set_state("gna_hh", 1.0), CellError, "no state of the cell"),
            (lambda: session.set_state("bischop.E_L", 1.0), CellError, "set parameters by their"),
            (lambda: session.set_state("ampa.tau", 1.0), CellError, "'ampa.g'"),
            (lambda: session.set_state("v", float("nan")), CellError, "must be finite"),
            (lambda: session.advance(0), ProtocolError, "at least one tick"),
            (lambda: session.deliver(0, "nmda", 1.0), ProtocolError, "'nmda' takes events"),
            (lambda: session.deliver(0, "ampa", 1.0, -1.0), ProtocolError, "0 ms or more"),
            (lambda: session.deliver(0, "ampa", float("inf")), ProtocolError, "must be finite"),
            (lambda: session.inject("J", 0, 1.0), ProtocolError, "no electrode 'J'"),
        ):
            with pytest.raises(error, match=told):
                call()
        assert session.advance(10).n == 10
    with pytest.raises(EngineError, match="session is closed"):
        session.advance(1)
    model.close()  # twice is harmless
    with pytest.raises(CellError, match="at least one cell"):
        LiveModel([], integration())
    with pytest.raises(ProtocolError, match="has the name of a parameter"):
        LiveModel([bischop()], integration(), electrodes={"E_L": SOMA})
    with pytest.raises(ProtocolError, match="whole number of steps"):
        LiveModel([bischop()], integration(), signals=[Signal("v", "v", SOMA, 0.03)])
    with pytest.raises(ProtocolError, match="nothing called 'vv'"):
        LiveModel([bischop()], integration(), signals=[V, Signal("w", "vv", SOMA)])


def test_one_session_at_a_time() -> None:
    with opened() as model:
        with pytest.raises(EngineError, match="are alive in this process"):
            opened()
        assert len(firing(model, 10)) == 10


@pytest.mark.parametrize("method", METHODS)
def test_a_simulation_that_explodes_says_so_and_can_be_taken_back(method: str) -> None:
    with opened(method=method) as model:
        expected = firing(model, 50)
        model.set({"I": 1e9})
        with pytest.raises(SimulationError, match=r"not finite|out of range|solver failed"):
            model.session.advance(500)
        with pytest.raises(SimulationError, match="go back to a state"):
            model.session.advance(1)
        model.session.initialise()
        model.session.clock = 0
        assert np.array_equal(firing(model, 50), expected)


def test_silent_signals_are_left_out_and_cost_no_sample_later() -> None:
    signals = (V, Signal("h", "hh.h", SOMA, 0.05))
    for method in METHODS:
        with opened(method=method, signals=signals) as model:
            silent = model.session.advance(101, silent=["v"])
            heard = model.session.advance(99)
        assert "v" not in silent.samples
        assert np.array_equal(silent.ticks["h"], np.arange(0, 101, 2))
        assert np.array_equal(heard.ticks["h"], np.arange(102, 200, 2))
        assert np.array_equal(heard.ticks["v"], np.arange(101, 200))
        assert len(heard.samples["v"]) == 99


def test_the_clock_moves_without_the_state() -> None:
    with opened(method="cvode") as model:
        whole = firing(model, 400)
    with opened(method="cvode") as model:
        first = firing(model, 200)
        model.session.clock = 0
        later = model.session.advance(200)
    assert np.array_equal(np.concatenate([first, later.samples["v"]]), whole)
    assert later.ticks["v"][0] == 0


@pytest.mark.parametrize("method", METHODS)
def test_spike_times_are_crossings_between_steps(method: str) -> None:
    told = integration(method, dt_ms=0.005)
    with LiveModel([stick()], told, signals=[V], electrodes={"I": SOMA}) as model:
        model.set({"I": 0.5})
        piece = model.session.advance(10_000)
    v = piece.samples["v"][:, 0]
    before = np.flatnonzero((v[:-1] <= -20) & (v[1:] > -20))
    crossings = 0.005 * (before + (-20 - v[before]) / (v[before + 1] - v[before]))
    assert len(crossings) > 3
    assert [t for _, t in piece.spikes] == pytest.approx(list(crossings), abs=2e-4)


@pytest.mark.parametrize("method", METHODS)
def test_a_potential_set_by_hand_is_no_spike(method: str) -> None:
    with opened(bischop(), method=method) as model:
        model.session.advance(10)
        model.session.set_state("v", 60.0)
        assert model.session.advance(10).spikes == ()


@given(
    st.integers(1, 400_000),
    st.sampled_from([0.1, 0.05, 0.025, 0.01, 0.005, 1 / 3, 0.001, 1e-4]),
)
def test_every_whole_number_of_steps_is_recognised(n: int, dt_ms: float) -> None:
    assert whole_ticks(n * dt_ms, dt_ms) == n
    assert whole_ticks(float(f"{n * dt_ms:.10g}"), dt_ms) == n
    with pytest.raises(ProtocolError, match="nearest are"):
        whole_ticks((n + 0.5) * dt_ms, dt_ms)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_promised_samples_are_recorded_for_any_start_period_and_length(data: st.DataObject) -> None:
    """Also where a step of 0.01 ms does not divide the times in floating point."""
    period = data.draw(st.integers(1, 40))
    method = data.draw(st.sampled_from(METHODS))
    told = Integration(method, dt_ms=0.01, absolute_tolerance=1e-5)
    signals = [Signal("v", "v", SOMA, period * 0.01)]
    with LiveModel([stick()], told, signals=signals) as model:
        model.session.clock = clock = data.draw(st.integers(0, 3000))
        for n in data.draw(st.lists(st.integers(1, 130), min_size=1, max_size=6)):
            piece = model.session.advance(n)
            expected = [tick for tick in range(clock, clock + n) if tick % period == 0]
            assert piece.ticks["v"].tolist() == expected
            assert piece.samples["v"].shape == (len(expected), 1)
            clock += n


def test_calcium_and_everything_that_depends_on_it_comes_back() -> None:
    """Ion concentrations are no STATE of a channel, and must be stored all the same."""
    from bouton_plugins.regions.template import Cylinder, Region

    template = registry.cell_templates["by-region"](
        catalogues=("hay",),
        regions={
            "soma": Region(
                ions={"ek": -85.0, "ena": 50.0},
                mechanisms={
                    "pas": {"g": 3e-5, "e": -90.0}, "Ca_HVA": {"gCa_HVAbar": 1e-3},
                    "CaDynamics_E2": {"decay": 50.0, "gamma": 0.05}, "SK_E2": {"gSK_E2bar": 0.05},
                    "NaTa_t": {"gNaTa_tbar": 2.0}, "SKv3_1": {"gSKv3_1bar": 0.7},
                },
            )
        },
        sections=(Cylinder("soma", 20.0, 20.0),),
    )  # fmt: skip
    signals = (V, Signal("ca", "cai", SOMA))
    with opened(Cell(template), signals=signals) as model:
        session = model.session
        firing(model, 1000)
        snapshot = session.store()
        expected = session.advance(1000)
        session.initialise()
        session.advance(321)
        session.restore(snapshot)
        again = session.advance(1000)
    assert np.ptp(expected.samples["ca"]) > 1e-5
    for name in ("v", "ca"):
        assert np.array_equal(again.samples[name], expected.samples[name])
