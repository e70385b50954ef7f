"""Devices that hold currents or potentials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from attrs import field, frozen

from bouton.model.devices import DeviceParts, Scene
from bouton.model.locations import Location
from bouton.model.network import Stimulation
from bouton.model.protocol import PointDrive
from bouton_plugins.networks.checks import above_zero, not_below_zero
from bouton_plugins.reconstruction.simulation.aiming import Aimed


def _finite(_instance: object, attribute: object, value: float) -> None:
    if not np.isfinite(value):
        raise ValueError(f"{getattr(attribute, 'name', '')} must be finite, got {value!r}")


@frozen(kw_only=True)
class Clamp(Aimed, ABC):
    """Puts an electrode at every place."""

    watches_devices: ClassVar[bool] = False

    @abstractmethod
    def drive(self, location: Location, duration_ms: float) -> PointDrive:
        """Return the electrode."""

    def parts(self, name: str, scene: Scene) -> DeviceParts:
        """Return the electrodes.

        Raises:
            NetworkError: If there is no cell or no place.
        """
        duration_ms = scene.network.duration_ms
        return DeviceParts(
            stimulation=tuple(
                Stimulation(name, population.name, cells, (self.drive(location, duration_ms),))
                for population, cells, location in self.places(name, scene)
            )
        )


@frozen(kw_only=True)
class CurrentClamp(Clamp):
    """A constant current.

    Attributes:
        amplitude_nA: Current; positive depolarises.
        delay_ms: Start.
        duration_ms: How long it is on; 0 for the rest of the simulation.
    """

    amplitude_nA: float = field(validator=_finite)
    delay_ms: float = field(default=0.0, validator=not_below_zero)
    duration_ms: float = field(default=0.0, validator=not_below_zero)

    def drive(self, location: Location, duration_ms: float) -> PointDrive:
        """Return the electrode."""
        lasts = self.duration_ms or duration_ms + 1.0
        values = {"delay": self.delay_ms, "dur": lasts, "amp": self.amplitude_nA}
        return PointDrive("IClamp", location, values)


def _levels(_instance: object, _attribute: object, value: tuple[float, ...]) -> None:
    if not 1 <= len(value) <= 3 or not np.isfinite(value).all():
        raise ValueError(f"levels_mV must hold one to three finite numbers, got {value!r}")


@frozen(kw_only=True)
class VoltageClamp(Clamp):
    """A single-electrode clamp that holds up to three potentials in turn, then lets go.

    Attributes:
        levels_mV: One to three potentials, in order.
        durations_ms: How long each is held, from time 0 on.
        series_resistance_MOhm: Resistance between electrode and cell.
    """

    levels_mV: tuple[float, ...] = field(validator=_levels)
    durations_ms: tuple[float, ...]
    series_resistance_MOhm: float = field(default=1.0, validator=above_zero)

    def __attrs_post_init__(self) -> None:
        durations = self.durations_ms
        if len(durations) != len(self.levels_mV) or not all(
            np.isfinite(value) and value >= 0 for value in durations
        ):
            raise ValueError(
                "durations_ms must hold one duration of 0 or above for each of the "
                f"{len(self.levels_mV)} levels, got {durations!r}"
            )
        if not any(durations):
            raise ValueError("durations_ms: one of them must be above 0")

    def drive(self, location: Location, duration_ms: float) -> PointDrive:
        """Return the electrode."""
        del duration_ms
        values = {"rs": self.series_resistance_MOhm}
        for number, level in enumerate(self.levels_mV, start=1):
            values[f"amp{number}"] = level
            values[f"dur{number}"] = self.durations_ms[number - 1]
        return PointDrive("SEClamp", location, values)
