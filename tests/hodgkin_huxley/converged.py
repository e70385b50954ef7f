"""The interneuron's equations written out once more, solved by SciPy far beyond what is asked."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

ABSOLUTE = {
    "C": 30.0, "L": 2.5, "Na": 700.0, "Kv1": 2.0, "Kv3": 300.0, "SK": 2.0, "Ca": 30.0,
    "E_Na": 74.0, "E_K": -90.0, "E_Ca": 80.0,
}  # fmt: skip


def linoid(y: float, s: float) -> float:
    return s * (1 - y / s / 2 + (y / s) ** 2 / 12) if abs(y / s) < 1e-4 else y / np.expm1(y / s)


def slopes(
    t: float, y: np.ndarray, current_pA: float, E_L: float, *, corrected: bool
) -> list[float]:
    del t
    p = ABSOLUTE
    v, h, n1, n3, bound_mg, bound_ca, ca, k = y
    am = 40 * linoid(75.5 - v, 13.5)
    m = am / (am + 1.2262 * np.exp(-v / 42.248))
    a = 1 / (1 + np.exp((-6 - v) / 7.775))
    i_ca = p["Ca"] * a**2 * (v - p["E_Ca"])
    total = p["L"] * (v - E_L) + p["Na"] * m**3 * h * (v - p["E_Na"]) + i_ca
    total += (p["Kv1"] * n1**4 + p["Kv3"] * n3**2 + p["SK"] * k**2) * (v - p["E_K"])
    free = 63.5 - bound_ca - bound_mg
    binding = 0.1 * ca * free - 0.001 * bound_ca
    influx = i_ca / (2 * 96485.332 * 3000 * 0.2) * (-1e6 if corrected else 1.0)
    ah, bh = 0.0035 * np.exp(-v / 24.186), 0.017 * linoid(-51.25 - v, 5.2)
    a1, b1 = 0.014 * linoid(-44 - v, 2.3), 0.0043 * np.exp((44 + v) / 34)
    a3, b3 = linoid(95 - v, 11.8), 0.025 * np.exp(-v / 22.222)
    return [
        (current_pA - total) / p["C"],
        ah * (1 - h) - bh * h,
        a1 * (1 - n1) - b1 * n1,
        a3 * (1 - n3) - b3 * n3,
        0.0008 * 500 * free - 0.025 * bound_mg,
        binding,
        influx - (ca - 0.07) - binding,
        ca - (0.5 + ca) * k,
    ]


def solve(
    plateaus: list[tuple[float, float]],
    E_L: float,
    *,
    corrected: bool = False,
    start: list[float] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return spike times (ms) and the last state after plateaus of (duration ms, current pA)."""
    y = np.array([-90.0] + [0.0] * 7 if start is None else start)
    t, spikes = 0.0, []

    def crossing(t: float, y: np.ndarray) -> float:
        del t
        return float(y[0] - 30.0)

    crossing.direction = 1.0  # type: ignore[attr-defined]
    for duration, current in plateaus:
        done = solve_ivp(
            lambda t, y, i=current: slopes(t, y, i, E_L, corrected=corrected),
            (t, t + duration), y, method="LSODA", rtol=1e-11, atol=1e-11, events=crossing,
        )  # fmt: skip
        spikes.extend(done.t_events[0])
        y, t = done.y[:, -1], t + duration
    return np.array(spikes), y


RAMP = [(20.0, 100.0 * i / 49) for i in range(50)]
STEP = [(500.0, 0.0), (500.0, 50.0)]
