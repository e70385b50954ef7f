"""Suites for what is done to a cell: stimuli, recorders and protocols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from attrs import evolve

from bouton.errors import ProtocolError
from bouton.model.locations import At, Location
from bouton.model.protocol import (
    Drive,
    Integration,
    PointDrive,
    Protocol,
    Signal,
    WaveformDrive,
)
from bouton.model.study import Cell
from bouton.testing.suite import OptionsSuite, refusal, require, require_equal, unique
from bouton.testing.tiny import run_on, tiny_cell

_ROOT = At("soma", 0.5)


class OnACellSuite(OptionsSuite):
    """What the suites of this module share: a cell to try things on.

    Attributes:
        cell: The cell; a tiny one with the sections soma, dend[0], dend[1], apic[0] to apic[2] and
            axon[0] if None.
        integration: How the trial is integrated.
        duration_ms: How long it lasts.
    """

    cell: ClassVar[Cell | None] = None
    integration: ClassVar[Integration] = Integration()
    duration_ms: ClassVar[float] = 20.0

    def run(
        self,
        drives: Iterable[Drive],
        signals: Sequence[Signal] = (),
        protocol: Protocol | None = None,
    ) -> Any:  # noqa: ANN401
        """Run drives and signals, or a protocol, on the cell and return the traces."""
        own = Signal("conformance", "v", _ROOT)
        told = protocol or Protocol(
            tuple(drives), (own, *signals), self.duration_ms, self.integration
        )
        return run_on(self.cell or tiny_cell(), told)


class StimulusSuite(OnACellSuite):
    """A stimulus gives the same drives every time, and they do something to a cell."""

    kind = "stimuli"

    def test_gives_drives(self) -> None:
        """At least one, plain data, with a location."""
        drives = list(self.make().drives())
        require(drives, "drives returns nothing")
        for drive in drives:
            fits = isinstance(drive, PointDrive | WaveformDrive)
            require(fits, f"drives returns {drive!r:.60}; give PointDrives and WaveformDrives")
            require(isinstance(drive.location, Location), f"{drive.location!r:.60} is no location")
            if isinstance(drive, PointDrive):
                bad = [name for name, v in drive.values.items() if not np.isfinite(v)]
                require(not bad, f"{drive.mechanism}: {bad} are not finite")

    def test_gives_the_same_drives_every_time(self) -> None:
        """Random numbers come from a seed that is an option."""
        made = self.make()
        first = list(made.drives())
        require_equal(list(made.drives()), first, "asked twice, it gives two answers")
        require_equal(list(self.make().drives()), first, "equal options, different drives")

    def test_moves_a_cell(self) -> None:
        """In NEURON: the trace is finite and differs from the one without the stimulus."""
        driven = self.run(self.make().drives())["conformance"]
        still = self.run(())["conformance"]
        require(np.isfinite(driven.values).all(), "the driven trace is not finite")
        same = driven.values.shape == still.values.shape and (driven.values == still.values).all()
        message = f"the stimulus does nothing within {self.duration_ms:g} ms"
        require(not same, f"{message}; choose `options` or `duration_ms` that show it")


class RecorderSuite(OnACellSuite):
    """A recorder names its signals, and they can be recorded."""

    kind = "recorders"

    def test_gives_signals(self) -> None:
        """At least one, with names that are unique."""
        signals = list(self.make().signals())
        require(signals, "signals returns nothing")
        for signal in signals:
            require(isinstance(signal, Signal), f"signals returns {signal!r:.60}, no Signal")
        unique((signal.name for signal in signals), "signals")

    def test_gives_the_same_signals_every_time(self) -> None:
        """Equal options, equal signals."""
        first = list(self.make().signals())
        require_equal(list(self.make().signals()), first, "equal options, different signals")

    def test_records(self) -> None:
        """In NEURON: one finite trace per signal, of full length."""
        signals = list(self.make().signals())
        clamp = PointDrive("IClamp", _ROOT, {"delay": 1.0, "dur": 5.0, "amp": 0.5})
        response = self.run((clamp,), signals)
        for signal in signals:
            trace = response[signal.name]
            require(np.isfinite(trace.values).all(), f"trace {signal.name!r} is not finite")
            is_event = signal.variable == "spikes"
            late = len(trace.t_ms) and trace.t_ms[-1] >= 0.9 * self.duration_ms
            require(is_event or late, f"trace {signal.name!r} stops early")

    def test_does_not_disturb_the_cell(self) -> None:
        """In NEURON: what the cell does is the same with and without it."""
        clamp = PointDrive("IClamp", _ROOT, {"delay": 1.0, "dur": 5.0, "amp": 0.5})
        watched = self.run((clamp,), list(self.make().signals()))["conformance"]
        alone = self.run((clamp,))["conformance"]
        require_equal(watched.values, alone.values, "recording changes what the cell does")


class ProtocolSuite(OnACellSuite):
    """A protocol is made of values, refuses what it does not know, and runs.

    Attributes:
        values: Values that a parameter set may address to it, without its name.
    """

    kind = "protocols"
    values: ClassVar[Mapping[str, Any]] = {}

    def test_makes_a_protocol(self) -> None:
        """With at least one signal, and the same one every time."""
        made = self.make().protocol({})
        require(isinstance(made, Protocol), f"protocol returns {type(made).__name__}, no Protocol")
        require(made.signals, "the protocol records nothing")
        require_equal(self.make().protocol({}), made, "equal options, different protocols")
        inside = made.onset_ms + made.stimulus_ms <= made.duration_ms
        require(made.onset_ms >= 0 and inside, "onset_ms and stimulus_ms lie outside the protocol")

    def test_takes_its_values(self) -> None:
        """A value changes what it makes; one that is unknown or impossible is refused."""
        made = self.make()
        for name, value in self.values.items():
            first = made.protocol({name: value})
            require_equal(made.protocol({name: value}), first, f"{name} has two meanings")
            with refusal(ProtocolError, f"nan for {name}"):
                made.protocol({name: float("nan")})
        with refusal(ProtocolError, "an unknown value", "surely.no.value"):
            made.protocol({"surely.no.value": 1.0})

    def test_runs(self) -> None:
        """In NEURON: all signals are there and finite, and a second run equals the first."""
        told = self.make().protocol(self.values)
        short = evolve(told, duration_ms=min(told.duration_ms, self.duration_ms))
        first, second = (self.run((), protocol=short) for _ in range(2))
        names = [trace.name for trace in first]
        wanted = [signal.name for signal in told.signals]
        require(names == wanted, f"traces are {names}, signals {wanted}")
        for trace in first:
            require(np.isfinite(trace.values).all(), f"trace {trace.name!r} is not finite")
        require_equal(second.traces, first.traces, "the second run differs from the first")
