"""Types of neurons and their parameters, as the papers give them."""

from __future__ import annotations

from collections.abc import Mapping

SOURCE_2003 = "Izhikevich (2004) IEEE Trans Neural Netw 15:1063, figure 1 and its program"
SOURCE_2007 = "Izhikevich (2007) Dynamical Systems in Neuroscience, MIT Press, chapter 8"

_COLUMNS_2003 = ("a", "b", "c", "d")
_ROWS_2003: dict[str, tuple[float, float, float, float]] = {
    "tonic spiking": (0.02, 0.2, -65.0, 6.0),
    "phasic spiking": (0.02, 0.25, -65.0, 6.0),
    "tonic bursting": (0.02, 0.2, -50.0, 2.0),
    "phasic bursting": (0.02, 0.25, -55.0, 0.05),
    "mixed mode": (0.02, 0.2, -55.0, 4.0),
    "spike frequency adaptation": (0.01, 0.2, -65.0, 8.0),
    "class 1": (0.02, -0.1, -55.0, 6.0),
    "class 2": (0.2, 0.26, -65.0, 0.0),
    "spike latency": (0.02, 0.2, -65.0, 6.0),
    "subthreshold oscillations": (0.05, 0.26, -60.0, 0.0),
    "resonator": (0.1, 0.26, -60.0, -1.0),
    "integrator": (0.02, -0.1, -55.0, 6.0),
    "rebound spike": (0.03, 0.25, -60.0, 4.0),
    "rebound burst": (0.03, 0.25, -52.0, 0.0),
    "threshold variability": (0.03, 0.25, -60.0, 4.0),
    "bistability": (0.1, 0.26, -60.0, 0.0),
    "depolarizing afterpotential": (1.0, 0.2, -60.0, -21.0),
    "accommodation": (0.02, 1.0, -55.0, 4.0),
    "inhibition-induced spiking": (-0.02, -1.0, -60.0, 8.0),
    "inhibition-induced bursting": (-0.026, -1.0, -45.0, -2.0),
}
# Two types have another parabola.
_START_2003_mV = -65.0
_PARABOLA = {"class 1": (4.1, 108.0), "integrator": (4.1, 108.0)}

_COLUMNS_2007 = ("C", "k", "vr", "vt", "vpeak", "a", "b", "c", "d")
_ROWS_2007: dict[str, tuple[float, ...]] = {
    "RS": (100.0, 0.7, -60.0, -40.0, 35.0, 0.03, -2.0, -50.0, 100.0),
    "IB": (150.0, 1.2, -75.0, -45.0, 50.0, 0.01, 5.0, -56.0, 130.0),
    "CH": (50.0, 1.5, -60.0, -40.0, 25.0, 0.03, 1.0, -40.0, 150.0),
    "LTS": (100.0, 1.0, -56.0, -42.0, 40.0, 0.03, 8.0, -53.0, 20.0),
    "FS": (20.0, 1.0, -55.0, -40.0, 25.0, 0.2, 0.0, -45.0, 0.0),
    "TC": (200.0, 1.6, -60.0, -50.0, 35.0, 0.01, 0.0, -60.0, 10.0),
    "RTN": (40.0, 0.25, -65.0, -45.0, 0.0, 0.015, 2.0, -55.0, 50.0),
}
# What makes four of them other than a row of numbers.
_SPECIAL_2007: dict[str, dict[str, float]] = {
    "LTS": {"pu": -0.1, "cu": 0.04, "umax": 670.0},
    "FS": {"cubic": 0.025, "vb": -55.0},
    "TC": {"blow": 15.0, "vu": -65.0, "pu": 0.1, "cu": -0.1},
    "RTN": {"blow": 10.0, "vu": -65.0},
}
# The bursting modes are the same neurons, hyperpolarised first.
_SAME = {"TC_burst": "TC", "RTN_burst": "RTN"}

TYPES_2003 = tuple(_ROWS_2003)
TYPES_2007 = ("RS", "IB", "CH", "LTS", "FS", "TC", "TC_burst", "RTN", "RTN_burst")


def parameters_2003(kind: str) -> Mapping[str, float]:
    """Return the parameters of a type of 2003 by NEURON name."""
    f, g = _PARABOLA.get(kind, (5.0, 140.0))
    row = dict(zip(_COLUMNS_2003, _ROWS_2003[kind], strict=True))
    return {**row, "f": f, "g": g, "V0": _START_2003_mV, "u0": row["b"] * _START_2003_mV}


def parameters_2007(kind: str) -> Mapping[str, float]:
    """Return the parameters of a type of 2007 by NEURON name."""
    name = _SAME.get(kind, kind)
    row = dict(zip(_COLUMNS_2007, _ROWS_2007[name], strict=True))
    b = row.pop("b")
    plain = {"bhigh": b, "blow": b, "vu": row["vr"], "V0": row["vr"]}
    plain |= {"cubic": 0.0, "vb": -55.0, "pu": 0.0, "cu": 0.0, "umax": 1e9}
    return {**row, **plain, **_SPECIAL_2007.get(name, {})}
