"""What several cells of a project share."""

from typing import Any

from neuron import h


def q10(base: float, at_degC: float) -> float:
    return base ** ((h.celsius - at_degC) / 10)


def insert(sec: Any, factor: float) -> None:
    for name in ("hh", "store", "pas"):
        sec.insert(name)
    sec.gnabar_hh = 0.05 * factor
    sec.e_pas, sec.g_pas = -70, 1 / 3e4
    sec.ek, sec.ena, sec.eca = -90, 60, 140
