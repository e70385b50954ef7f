"""The published kinetics of the stellate cell, written anew for comparison with the MOD files.

Gates give steady state and time constant; schemes give rates from state to state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy import exp

F, R = 96485.33212331002, 8.31446261815324
CAO = 2.0  # mM

Gates = Mapping[str, tuple[float, float]]


def q(base: float, reference: float, celsius: float) -> float:
    return float(base ** ((celsius - reference) / 10))


def sigmoid(x: float) -> float:
    return float(1 / (1 + exp(x)))


def from_rates(alpha: float, beta: float, factor: float = 1.0) -> tuple[float, float]:
    return alpha / (alpha + beta), 1 / (alpha + beta) / factor


def kir2_3(v: float, c: float) -> Gates:
    alpha = 0.13289 * exp(-(v + 83.94) / 24.3902)
    beta = 0.16994 * exp((v + 83.94) / 35.714)
    return {"d": from_rates(alpha, beta, q(3, 20, c))}


def kv1_1(v: float, c: float) -> Gates:
    alpha = 0.12889 * exp((v + 45) / 33.90877)
    beta = 0.12889 * exp(-(v + 45) / 12.42101)
    return {"n": from_rates(alpha, beta, q(2.7, 22, c))}


def kv3_4(v: float, c: float) -> Gates:
    w = v + 11
    if w < -35:
        f = 3 * (3.4225e-5 + 0.00498 * exp(w / 28.29))
    else:
        f = 0.00012851 + 1 / (exp((w + 100.7) / 12.9) + exp(-(w - 56) / 23.1))
    if w > 0:
        g = 0.0012 + 0.0023 * exp(-0.141 * w)
    else:
        g = 1.2202e-5 + 0.012 * exp(-(((w + 56.3) / 49.6) ** 2))
    return {
        "m": (sigmoid(-(w + 24) / 15.4), 1000 * f / q(3, 37, c)),
        "h": (0.31 + 0.69 * sigmoid((w + 5.802) / 11.2), 1000 * g / q(3, 37, c)),
    }


def kv4_3(v: float, c: float) -> Gates:
    rate_a = 0.8147 * sigmoid(-(v + 9.17203) / 23.32708)
    rate_a += 0.1655 * exp(-(v + 18.27914) / 19.47175)
    rate_b = 0.0368 * sigmoid((v + 111.33209) / 12.8433)
    rate_b += 0.0345 * sigmoid(-(v + 49.9537) / 8.90123)
    factor = q(3, 25.5, c)
    return {
        "a": (sigmoid(-(v + 38) / 17), 1 / rate_a / factor),
        "b": (sigmoid((v + 78.8) / 8.4), 1 / rate_b / factor),
    }


def km(v: float, c: float) -> Gates:
    rate = 0.0033 * exp((v + 30) / 40) + 0.0033 * exp(-(v + 30) / 20)
    return {"n": (sigmoid(-(v + 35) / 6), 1 / rate / q(3, 22, c))}


def hcn1(v: float, c: float) -> Gates:
    rate = 0.0018 * (exp(-(v + 77.3) / 22) + exp((v + 77.3) / 7.14))
    return {"h": (sigmoid((v + 99.6) / 9.67), 1 / rate / q(3, 37, c))}


def cav2_1(v: float, c: float) -> Gates:
    if v >= -40:
        tau = 0.2702 + 1.1622 * exp(-((v + 26.798) ** 2) / 164.19)
    else:
        tau = 0.6923 * exp(v / 1089.372)
    return {"m": (sigmoid(-(v + 29.458) / 8.429), tau / q(3, 23, c))}


def cav3_2(v: float, c: float) -> Gates:
    del c
    tau_m = (1.9 + 1 / (exp((v + 37) / 11.9) + exp(-(v + 131.6) / 21))) / 5**1.2
    tau_h = 13.7 + ((1942 + exp((v + 164) / 9.2)) / (1 + exp((v + 89.3) / 3.7))) / 3**1.2
    return {"m": (sigmoid(-(v + 54.8) / 7.4), tau_m), "h": (sigmoid((v + 85.5) / 7.18), tau_h)}


def cav3_3(v: float, c: float) -> Gates:
    factor = q(2.3, 28, c)
    tau_n = 7.2 + 0.02 * exp(-v / 14.7) if v > -60 else 0.875 * exp((v + 120) / 41)
    tau_l = 79.5 + 2 * exp(-v / 9.3) if v > -60 else 260.0
    return {
        "n": (sigmoid(-(v + 41.5) / 6.2), tau_n / factor),
        "l": (sigmoid((v + 69.8) / 6.1), tau_l / factor),
    }


def ratio(x: float) -> float:
    return 1.0 if x == 0 else float(x / np.expm1(x))


def permeation(v: float, c: float, cai: float) -> float:
    """Goldman-Hodgkin-Katz current of a permeability of 1 cm/s, mA/cm2."""
    x = 2e-3 * F * v / (R * (c + 273.15))
    return float(2e-3 * F * (cai * ratio(-x) - CAO * ratio(x)))


def published_ghk(v: float, c: float, cai: float) -> float:
    w = 0.002 * v * 96520 / (8.3134 * (c + 273.14))
    return float(-1e-5 * 0.002 * 96520 * (CAO * ratio(w) - cai * ratio(-w)))


def nernst(v: float, c: float, cai: float) -> float:
    return float(v - 1e3 * R * (c + 273.15) / (2 * F) * np.log(CAO / cai))


def ohmic(reversal: float) -> Callable[[float, float, float], float]:
    return lambda v, _c, _cai: v - reversal


Reaction = tuple[str, str, float, float]


def sodium(oon: float, eps: float, base: float) -> Callable[[float, float], list[Reaction]]:
    def scheme(v: float, c: float) -> list[Reaction]:
        a, b = 150 * exp(v / 20), 3 * exp(-v / 20)
        up, down = (oon / 0.005) ** 0.25, (0.005 / 0.5) ** 0.25
        found = [
            ("C5", "O", 150.0, 40.0),
            ("O", "B", eps, 0.03 * exp(-v / 25)),
            ("O", "I6", oon, 0.005),
            ("I5", "I6", 150.0, 40.0),
        ]
        for k in range(1, 5):
            found += [
                (f"C{k}", f"C{k + 1}", (5 - k) * a, k * b),
                (f"I{k}", f"I{k + 1}", (5 - k) * a * up, k * b * down),
            ]
        for k in range(1, 6):
            found.append((f"C{k}", f"I{k}", 0.005 * up ** (k - 1), 0.5 * down ** (k - 1)))
        factor = q(base, 22, c)
        return [(i, j, f * factor, r * factor) for i, j, f, r in found]

    return scheme


def kca1_1(v: float, c: float, cai: float) -> list[Reaction]:
    unit = 1e-3 * F * v / (R * (c + 273.15))
    pf, pb = (0.00239, 0.007, 0.04, 0.295, 0.557), (3.936, 1.152, 0.659, 0.486, 0.092)
    found = [
        (f"C{k}", f"O{k}", pf[k] * exp(0.73 * unit), pb[k] * exp(-0.67 * unit)) for k in range(5)
    ]
    for k in range(4):
        on = (4 - k) * 1000 * cai
        found += [
            (f"C{k}", f"C{k + 1}", on, (k + 1) * 11.0),
            (f"O{k}", f"O{k + 1}", on, (k + 1) * 1.1),
        ]
    return [(i, j, f * q(3, 23, c), r * q(3, 23, c)) for i, j, f, r in found]


def kca2_2(v: float, c: float, cai: float) -> list[Reaction]:
    del v
    x = cai / 3
    found = [
        ("c1", "c2", 200 * x, 0.08),
        ("c2", "c3", 160 * x, 0.08),
        ("c3", "c4", 80 * x, 0.2),
        ("c3", "o1", 0.16, 1.0),
        ("c4", "o2", 1.2, 0.1),
    ]
    return [(i, j, f * q(3, 23, c), r * q(3, 23, c)) for i, j, f, r in found]


def matrix(reactions: list[Reaction], states: list[str]) -> Any:
    """Return A of x' = A x."""
    made = np.zeros((len(states), len(states)))
    for first, second, forward, backward in reactions:
        i, j = states.index(first), states.index(second)
        made[[i, j], i] += [-forward, forward]
        made[[i, j], j] += [backward, -backward]
    return made


def steady(rates: Any) -> Any:
    """Return the stationary state of a scheme whose states add up to 1."""
    rates = rates.copy()
    rates[-1] = 1.0
    return np.linalg.solve(rates, np.eye(len(rates))[-1])


def ampa(c: float, t_mM: float) -> list[Reaction]:
    x = t_mM**2 / (t_mM + 0.44) ** 2
    found = [("C", "O", 5.4 * x, 0.82), ("C", "D", 1.12 * x, 0.013)]
    return [(i, j, f * q(2.4, 30, c), r * q(2.4, 30, c)) for i, j, f, r in found]


def gaba(c: float, t_mM: float) -> list[Reaction]:
    found = [
        ("C", "CA1", 40 * t_mM, 2.0),
        ("CA1", "CA2", 20 * t_mM, 4.0),
        ("CA1", "OA1", 0.03, 0.06),
        ("CA2", "OA2", 10.0, 0.4),
        ("CA1", "DA1", 3.3e-4, 7e-4),
        ("CA2", "DA2", 1.2, 6e-3),
        ("CA2", "DA2f", 15.0, 0.15),
        ("DA1", "DA2", 15 * t_mM, 0.007),
    ]
    return [(i, j, f * q(2.4, 30, c), r * q(2.4, 30, c)) for i, j, f, r in found]


def nmda(c: float, glutamate_mM: float) -> list[Reaction]:
    found = [
        ("CC0", "CC1", 9.06 * glutamate_mM, 0.115),
        ("CC1", "CC2", 4.53 * glutamate_mM, 0.23),
        ("CC2", "D1", 1.659, 0.245),
        ("CC2", "D2", 0.338, 0.00274),
        ("CC2", "C1", 8.553, 0.528),
        ("CC2", "C2", 0.145, 0.694),
        ("C1", "O", 0.145, 0.694),
        ("C2", "O", 8.553, 0.528),
    ]
    return [(i, j, f * q(2.4, 30, c), r * q(2.4, 30, c)) for i, j, f, r in found]


def diffused(since_ms: float, amount: float) -> float:
    """Return the glutamate that one release leaves, mM."""
    if since_ms <= 0:
        return 0.0
    molar = 1e21 / 6.022e23 * 21.515 * amount
    spread = exp(-(1.03**2) / (4 * 0.223 * since_ms))
    return float(molar * spread / (4 * np.pi * 0.223 * 1e-3 * 20 * since_ms))


def releases(times: list[float], p: Mapping[str, float], *, is_ampa: bool) -> list[Any]:
    """Return (start, end, y) of each pulse that the events make."""
    y = z = u = last = 0.0
    found: list[Any] = []
    for t in times:
        if found and t <= found[-1][1]:
            found[-1][1] = t + 0.3
            continue
        d, last = t - last, t
        a, b = exp(-d / p["tau_1"]), exp(-d / p["tau_rec"])
        if p["tau_1"] == p["tau_rec"]:
            z = z * b + y * b * d / p["tau_rec"]
        else:
            z = z * b + y * (a - b) / (p["tau_1"] / p["tau_rec"] - 1)
        y *= a
        x = 1 - y - z
        if p["tau_facil"] > 0:
            u *= exp(-d / p["tau_facil"])
            gain = (1 + 30 * u) * (exp(-5 * u) - exp(-5)) if is_ampa else 1 - u
            u += p["U"] * gain
        else:
            u = p["U"]
        y += x * u
        found.append([t, t + 0.3, float(y)])
    return found
