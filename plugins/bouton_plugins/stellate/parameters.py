"""Parameters of the stellate cell: conductances by label, as tabled for the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bouton.model.cell import Parameter

SOMA, PROXIMAL, DISTAL = "soma", "proximal_dendrites", "distal_dendrites"
AXON, INITIAL_SEGMENT = "axon", "axon_initial_segment"
# In the order in which their values are put together: later ones win.
REGIONS = (SOMA, PROXIMAL, DISTAL, AXON, INITIAL_SEGMENT)
CM, RA = "cm_uF_cm2", "Ra_ohm_cm"
_SOURCE = "Rizza et al. (2021) Sci Rep 11:3873, cerebellar stellate cell"
_SPAN = 5.0  # a search may go up to so many times the published value

_PASSIVE = {SOMA: 1.0, PROXIMAL: 1.5, DISTAL: 1.5, AXON: 1.0, INITIAL_SEGMENT: 1.0}
_RA_OHM_CM = 110.0
# ena and ek; the calcium channels work with concentrations, and HCN1 with a fixed reversal
_REVERSALS = {
    SOMA: {"ena": 60.0, "ek": -84.0},
    PROXIMAL: {"ek": -84.0},
    DISTAL: {"ek": -84.0},
    AXON: {"ena": 60.0, "ek": -84.0},
    INITIAL_SEGMENT: {"ena": 60.0, "ek": -84.0},
}
_LEAK_mV = {SOMA: -52.0, PROXIMAL: -48.0, DISTAL: -48.0, AXON: -48.0, INITIAL_SEGMENT: -48.0}
UNITS = {
    "gmax": "S/cm2",
    "gbar": "S/cm2",
    "gkbar": "S/cm2",
    "gcabar": "S/cm2",
    "pcabar": "cm/s",
    "TotalPump": "mol/cm2",
}
# mechanism.parameter: value by label
_DENSITIES: Mapping[str, Mapping[str, float]] = {
    "Leak.gmax": {SOMA: 3e-5, PROXIMAL: 8e-6, DISTAL: 8e-6, AXON: 8e-6, INITIAL_SEGMENT: 8e-6},
    "Nav1_1.gbar": {SOMA: 0.2},
    "Nav1_6.gbar": {AXON: 0.00835931586458, INITIAL_SEGMENT: 0.3},
    "Cav2_1.pcabar": {SOMA: 5e-4, PROXIMAL: 8e-4, DISTAL: 2.5e-4},
    "Cav3_2.gcabar": {SOMA: 0.00163912063769, PROXIMAL: 0.00070661092763},
    "Cav3_3.pcabar": {SOMA: 1.615552993e-5, PROXIMAL: 1.526216781e-5},
    "Kir2_3.gkbar": {SOMA: 1.093425575e-5},
    "Kv1_1.gbar": {
        SOMA: 0.00107430134923,
        PROXIMAL: 0.0090681056165,
        DISTAL: 0.00237825442906,
        AXON: 0.00271359229578,
        INITIAL_SEGMENT: 0.00492841685426,
    },
    "Kv3_4.gkbar": {SOMA: 0.008, AXON: 0.01153520393521, INITIAL_SEGMENT: 0.03351450571128},
    "Kv4_3.gkbar": {SOMA: 0.00404228168138, PROXIMAL: 0.0026420471354},
    "Km.gkbar": {INITIAL_SEGMENT: 7.960307413e-5},
    "Kca1_1.gbar": {
        SOMA: 0.00518036298671,
        PROXIMAL: 0.00499205404769,
        DISTAL: 0.00226329455766,
    },
    "Kca2_2.gkbar": {SOMA: 0.00054166094878, PROXIMAL: 3.26194117e-6, DISTAL: 1.079984416e-5},
    "HCN1.gbar": {
        SOMA: 0.00058451678362,
        AXON: 0.00070017344082,
        INITIAL_SEGMENT: 0.00099184971498,
    },
    "cdp5.TotalPump": {
        SOMA: 7e-9,
        PROXIMAL: 1e-9,
        DISTAL: 1e-9,
        AXON: 1e-9,
        INITIAL_SEGMENT: 1e-9,
    },
}


def parameter_table() -> tuple[Parameter, ...]:
    """Return all parameters, such as `soma.Nav1_1.gbar`, label by label."""
    return tuple(row for label in REGIONS for row in _region(label))


def _region(label: str) -> Iterable[Parameter]:
    where = label.replace("_", " ")
    for path, by_label in _DENSITIES.items():
        if label in by_label:
            mechanism, _, name = path.partition(".")
            yield Parameter(
                f"{label}.{path}",
                UNITS[name],
                lower=0.0,
                upper=float(f"{_SPAN * by_label[label]:.12g}"),
                default=by_label[label],
                summary=f"{mechanism}, {where}",
                source=_SOURCE,
            )
    fixed = {
        "Leak.e": (_LEAK_mV[label], "mV"),
        **{ion: (level, "mV") for ion, level in _REVERSALS[label].items()},
        CM: (_PASSIVE[label], "uF/cm2"),
        RA: (_RA_OHM_CM, "ohm cm"),
    }
    for name, (value, unit) in fixed.items():
        yield Parameter(
            f"{label}.{name}", unit, default=value, free=False, summary=where, source=_SOURCE
        )
