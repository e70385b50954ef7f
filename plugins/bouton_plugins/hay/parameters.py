"""Parameter tables of the L5PT template: names, units, search bounds."""

from __future__ import annotations

from bouton.model.cell import Parameter

_BOUNDS_SOURCE = (
    "Hay et al. (2011) PLoS Comput Biol 7:e1002107, table of free parameters, with the bounds that "
    "the Oberlaender group uses for fits on reconstructed L5PTs"
)

# mechanism, region, parameter, lower bound, upper bound; sorted as in published model tables
_Row = tuple[str, str, str, float, float]
_EPHYS: tuple[_Row, ...] = (
    ("CaDynamics", "apic", "decay", 20, 200),
    ("CaDynamics", "apic", "gamma", 0.0005, 0.05),
    ("CaDynamics", "axon", "decay", 20, 1000),
    ("CaDynamics", "axon", "gamma", 0.0005, 0.05),
    ("CaDynamics", "soma", "decay", 20, 1000),
    ("CaDynamics", "soma", "gamma", 0.0005, 0.05),
    ("Ca_HVA", "apic", "gCa_HVAbar", 0, 0.005),
    ("Ca_HVA", "axon", "gCa_HVAbar", 0, 0.001),
    ("Ca_HVA", "soma", "gCa_HVAbar", 0, 0.001),
    ("Ca_LVAst", "apic", "gCa_LVAstbar", 0, 0.2),
    ("Ca_LVAst", "axon", "gCa_LVAstbar", 0, 0.01),
    ("Ca_LVAst", "soma", "gCa_LVAstbar", 0, 0.01),
    ("Im", "apic", "gImbar", 0, 0.001),
    ("K_Pst", "axon", "gK_Pstbar", 0, 1),
    ("K_Pst", "soma", "gK_Pstbar", 0, 1),
    ("K_Tst", "axon", "gK_Tstbar", 0, 0.1),
    ("K_Tst", "soma", "gK_Tstbar", 0, 0.1),
    ("NaTa_t", "apic", "gNaTa_tbar", 0, 0.04),
    ("NaTa_t", "axon", "gNaTa_tbar", 0, 4),
    ("NaTa_t", "soma", "gNaTa_tbar", 0, 4),
    ("Nap_Et2", "axon", "gNap_Et2bar", 0, 0.01),
    ("Nap_Et2", "soma", "gNap_Et2bar", 0, 0.01),
    ("SK_E2", "apic", "gSK_E2bar", 0, 0.01),
    ("SK_E2", "axon", "gSK_E2bar", 0, 0.1),
    ("SK_E2", "soma", "gSK_E2bar", 0, 0.1),
    ("SKv3_1", "apic", "gSKv3_1bar", 0, 0.04),
    ("SKv3_1", "apic", "offset", 0, 1),
    ("SKv3_1", "apic", "slope", -3, 0),
    ("SKv3_1", "axon", "gSKv3_1bar", 0, 2),
    ("SKv3_1", "soma", "gSKv3_1bar", 0, 2),
    ("none", "apic", "g_pas", 3e-5, 1e-4),
    ("none", "axon", "g_pas", 2e-5, 5e-5),
    ("none", "dend", "g_pas", 3e-5, 1e-4),
    ("none", "soma", "g_pas", 2e-5, 5.02e-5),
)

# only the second version has a gradient of SKv3_1 along the apical dendrite and a scaled one
_SECOND_ONLY = {"offset", "slope"}
_UNITS = {"decay": "ms", "gamma": "", "offset": "", "slope": ""}
_SUMMARIES = {
    "decay": "time constant of calcium removal",
    "gamma": "fraction of free, not buffered, calcium",
    "offset": "floor of the gradient, as a fraction of gSKv3_1bar",
    "slope": "change over the relative distance from the soma",
    "g_pas": "leak conductance",
}

SETTINGS: tuple[Parameter, ...] = (
    Parameter(
        "hot_zone.min_", "um", 0.0, 5000.0, 900.0, free=False,
        summary="start of the calcium hot zone, path distance from the root of the apical tree",
    ),
    Parameter(
        "hot_zone.max_", "um", 0.0, 5000.0, 1100.0, free=False,
        summary="end of the calcium hot zone",
    ),
    Parameter(
        "hot_zone.outsidescale_sections", "", default=(), free=False,
        summary="section numbers that are outside the hot zone wherever they lie (obliques)",
    ),
)  # fmt: skip


def calcium_pool(version: int) -> str:
    """Return the calcium mechanism of a template version."""
    return "CaDynamics_E2_v2" if version == 2 else "CaDynamics_E2"


def parameter_table(version: int) -> tuple[Parameter, ...]:
    """Return all parameters of a template version: the free ones in table order, then settings."""
    rows = [
        _parameter(version, row) for row in _EPHYS if version == 2 or row[2] not in _SECOND_ONLY
    ]
    if version == 2:
        rows.append(
            Parameter(
                "scale_apical.scale", "", 0.333, 3.0,
                summary="factor on all apical diameters", source=_BOUNDS_SOURCE,
            )
        )  # fmt: skip
    return (*rows, *SETTINGS)


def _parameter(version: int, row: _Row) -> Parameter:
    mechanism, region, name, lower, upper = row
    if mechanism == "CaDynamics":
        mechanism = calcium_pool(version)
    return Parameter(
        name=f"ephys.{mechanism}.{region}.{name}",
        unit=_UNITS.get(name, "S/cm2"),
        lower=float(lower),
        upper=float(upper),
        summary=_SUMMARIES.get(name, "maximal conductance"),
        source=_BOUNDS_SOURCE,
    )
