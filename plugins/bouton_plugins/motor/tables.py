"""What varies over a pool, for both cell models: parameter, key in a study, range.

Source: equations and ranges of docs/reference/motor.md.
"""

from __future__ import annotations

from attrs import frozen

from bouton_plugins.motor.ranges import Spread


@frozen
class Varied:
    """One property that varies over a pool.

    Attributes:
        target: Parameter of the template.
        group: Group in the pool's section of a study, `soma` or `dendrite`.
        key: Key in that group.
        unit: Unit.
        spread: Range of the published pool.
        summary: What it is.
    """

    target: str
    group: str
    key: str
    unit: str
    spread: Spread
    summary: str


def _row(
    target: str, key: str, unit: str, first: float, last: float, bend: float, flag: int, what: str
) -> Varied:
    """Return a row of the first model; the middle cell has gone 1/bend of the way."""
    group = "soma" if target.startswith("soma") else "dendrite"
    return Varied(target, group, key, unit, Spread(first, last, 1 / bend, bool(flag)), what)


_D = "S/cm2"
ALPHA: tuple[Varied, ...] = (
    _row("soma.diameter_um", "diameter_range", "um", 78, 113, 14, 0, "soma diameter and length"),
    _row("soma.napp.gnabar", "gnabar_range", _D, 0.0325, 0.0775, 2.5, 0, "fast sodium"),
    _row("soma.napp.gnapbar", "gnapbar_range", _D, 0.00043, 0.00067, 2.1, 1, "persistent sodium"),
    _row("soma.napp.gkfbar", "gkfbar_range", _D, 0.0028, 0.0015, 25, 1, "fast potassium"),
    _row("soma.napp.gksbar", "gksbar_range", _D, 0.02, 0.016, 6, 1, "slow potassium"),
    _row("soma.napp.mact", "mact_range", "mV", 13, 20, 3, 0, "in published tables; no effect"),
    _row(
        "soma.napp.rinact", "rinact_range", "/ms", 0.018, 0.063, 4, 0, "closing of slow potassium"
    ),
    _row("soma.napp.gl", "gls_range", _D, 0.000952381, 0.001538462, 2.5, 0, "leak"),
    _row("dend.diameter_um", "diameter_range", "um", 48, 90, 5, 0, "dendrite diameter"),
    _row("dend.length_um", "length_range", "um", 5500, 10600, 12, 0, "dendrite length"),
    _row("dend.caL.gcaLbar", "gcaLbar_range", _D, 1.25e-5, 6.2e-6, 3, 1, "persistent calcium"),
    _row("dend.caL.vtraub", "vtraub_caL_range", "mV", 35, 34, 30, 1, "half activation + 30 mV"),
    _row("dend.caL.Ltau", "ltau_caL_range", "ms", 90, 47, 3, 1, "its time constant"),
    _row("dend.caL.gl", "gl_caL_range", _D, 7.69231e-5, 0.000165289, 2.5, 0, "leak"),
)

# Rate constants of napp: value and unit.
NAPP: dict[str, tuple[float, str]] = {
    "m_alpha_A": (0.64, "/ms/mV"),
    "m_alpha_v_offset": (15, "mV"),
    "m_alpha_k": (4, "mV"),
    "m_beta_A": (0.56, "/ms/mV"),
    "m_beta_v_offset": (40, "mV"),
    "m_beta_k": (5, "mV"),
    "h_alpha_A": (0.928, "/ms"),
    "h_alpha_v_offset": (17, "mV"),
    "h_alpha_tau": (18, "mV"),
    "h_beta_A": (9, "/ms"),
    "h_beta_v_offset": (40, "mV"),
    "h_beta_k": (5, "mV"),
    "p_alpha_A": (0.64, "/ms/mV"),
    "p_alpha_v_offset": (5, "mV"),
    "p_alpha_k": (4, "mV"),
    "p_beta_A": (0.56, "/ms/mV"),
    "p_beta_v_offset": (30, "mV"),
    "p_beta_k": (5, "mV"),
    "n_alpha_A": (0.08, "/ms/mV"),
    "n_alpha_v_offset": (15, "mV"),
    "n_alpha_k": (7, "mV"),
    "n_beta_A": (2, "/ms"),
    "n_beta_v_offset": (10, "mV"),
    "n_beta_tau": (40, "mV"),
    "r_alpha_A": (3.5, "/ms"),
    "r_alpha_v_offset": (55, "mV"),
    "r_alpha_k": (4, "mV"),
}


def _line(
    target: str, key: str, unit: str, first: float, last: float, what: str, fraction: float = 0.3
) -> Varied:
    """Return a row of the second model; the middle cell has gone `fraction` of the way."""
    group = "soma" if target.startswith("soma") else "dendrite"
    return Varied(target, group, key, unit, Spread(first, last, fraction), what)


_C = "uF/cm2"
_AHP = "medium AHP"
POWERS: tuple[Varied, ...] = (
    _line("soma.length_um", "length_range", "um", 2952, 3665, "soma length"),
    _line("soma.diameter_um", "diameter_range", "um", 22, 30, "soma diameter"),
    _line("soma.cm_uF_cm2", "cm_range", _C, 1.35546, 1.87853, "membrane capacitance"),
    _line("soma.pas.g", "g_pas_range", _D, 8.11e-5, 3.77e-4, "leak"),
    _line("soma.pas.e", "e_pas_range", "mV", -71, -72, "leak reversal"),
    _line("soma.na3rp.gbar", "gbar_na3rp_range", _D, 0.01, 0.022, "fast sodium"),
    _line("soma.naps.gbar", "gbar_naps_range", _D, 2.6e-5, 2.0e-5, "persistent sodium"),
    _line("soma.kdrRL.gMax", "gMax_kdrRL_range", _D, 0.015, 0.02, "delayed rectifier"),
    _line("soma.mAHP.gcamax", "gcamax_mAHP_range", _D, 6.4e-6, 1.015e-5, f"calcium, {_AHP}", 0.075),
    _line("soma.mAHP.gkcamax", "gkcamax_mAHP_range", _D, 4.5e-4, 6.0e-4, f"potassium, {_AHP}"),
    _line("soma.mAHP.tau", "tau_mAHP_range", "ms", 90, 30, f"calcium removal, {_AHP}"),
    _line("soma.gh.ghbar", "ghbar_gh_range", _D, 3e-5, 2.3e-4, "hyperpolarisation-activated"),
    _line("dend.length_um", "length_range", "um", 1794.13, 2226.91, "dendrite length"),
    _line("dend.diameter_um", "diameter_range", "um", 8.73071, 11.9055, "dendrite diameter"),
    _line("dend.pas.g", "g_pas_range", _D, 7.93e-5, 1.75e-4, "leak"),
    _line("dend.pas.e", "e_pas_range", "mV", -71, -72, "leak reversal"),
    _line("dend.Ra_ohm_cm", "Ra_range", "ohm cm", 51.038, 40.755, "axial resistivity"),
    _line("dend.cm_uF_cm2", "cm_range", _C, 0.867781, 0.880407, "membrane capacitance"),
    _line("dend.gh.ghbar", "ghbar_gh_range", _D, 3e-5, 2.3e-4, "hyperpolarisation-activated"),
    *(
        _line(
            f"dend[{i}].L_Ca_inact.gcabar", f"gcabar_{i + 1}_range", _D, a, b, "persistent calcium"
        )
        for i, (a, b) in enumerate(
            ((8.5e-5, 1.18e-4), (9.5e-5, 1.28e-4), (1.0e-4, 1.38e-4), (1.15e-4, 1.53e-4))
        )
    ),
    _line("dend.L_Ca_inact.theta_m", "theta_m_range", "mV", -42, -39, "half activation"),
    _line("dend.L_Ca_inact.theta_h", "theta_h_range", "mV", 10, -10, "half inactivation"),
)
