"""Stimuli that are point processes of their own."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from attrs import field, frozen

from bouton.model.locations import At, Location
from bouton.model.protocol import Drive, PointDrive
from bouton_plugins.stimuli.checks import finite, not_negative, positive


@frozen
class EpspCurrent:
    """A current shaped like an excitatory synapse: a difference of two exponentials.

    Attributes:
        amplitude_nA: Peak of the depolarising current.
        onset_ms: Start.
        rise_ms: Time constant of the rise.
        decay_ms: Time constant of the decay, longer than that of the rise.
        location: Where it is injected.

    Source: Hay et al. (2011), doi:10.1371/journal.pcbi.1002107, protocol of BAC firing.
    """

    amplitude_nA: float = field(validator=finite)
    onset_ms: float = field(default=0.0, validator=not_negative)
    rise_ms: float = field(default=1.0, validator=positive)
    decay_ms: float = field(default=5.0, validator=positive)
    location: Location = At("soma", 0.5)

    def __attrs_post_init__(self) -> None:
        if self.rise_ms >= self.decay_ms:
            raise ValueError(
                f"rise_ms must be below decay_ms, got {self.rise_ms!r} and {self.decay_ms!r}"
            )

    def drives(self) -> Iterable[Drive]:
        """Return one point process of the catalogue `hay`."""
        values = {
            "onset": self.onset_ms,
            "tau0": self.rise_ms,
            "tau1": self.decay_ms,
            "imax": self.amplitude_nA,
        }
        return (PointDrive("epsp", self.location, values, catalogues=("hay",), sign=-1),)


def _numbers(instance: object, attribute: object, value: tuple[float, ...]) -> None:
    del instance, attribute
    if not 1 <= len(value) <= 3 or not np.isfinite(value).all():
        raise ValueError(f"levels_mV must hold one to three finite numbers, got {value!r}")


@frozen
class VoltageClamp:
    """A single-electrode clamp that holds up to three potentials in turn, then lets go.

    Attributes:
        levels_mV: One to three potentials, in order.
        durations_ms: How long each is held, from time 0 on.
        series_resistance_MOhm: Resistance between electrode and cell.
        location: Where the electrode is.
    """

    levels_mV: tuple[float, ...] = field(converter=tuple, validator=_numbers)
    durations_ms: tuple[float, ...] = field(converter=tuple)
    series_resistance_MOhm: float = field(default=1.0, validator=positive)
    location: Location = At("soma", 0.5)

    def __attrs_post_init__(self) -> None:
        durations = self.durations_ms
        if len(durations) != len(self.levels_mV) or not all(
            np.isfinite(value) and value >= 0 for value in durations
        ):
            raise ValueError(
                "durations_ms must hold one duration of 0 or above for each of the "
                f"{len(self.levels_mV)} levels, got {durations!r}"
            )

    def drives(self) -> Iterable[Drive]:
        """Return one clamp."""
        values = {"rs": self.series_resistance_MOhm}
        for number, level in enumerate(self.levels_mV, start=1):
            values[f"amp{number}"] = level
            values[f"dur{number}"] = self.durations_ms[number - 1]
        return (PointDrive("SEClamp", self.location, values),)
