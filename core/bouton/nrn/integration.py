"""Every process-wide setting of NEURON, set and checked in this one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bouton.errors import ProtocolError, SimulationError
from bouton.model.cell import CellStructure
from bouton.model.protocol import Integration
from bouton.nrn.engine import cvode, h

# NEURON's own values when it starts; every run ends by restoring them.
NEURON_DEFAULTS: Mapping[str, float] = {
    "celsius": 6.3,
    "dt": 0.025,
    "secondorder": 0,
    "cvode.active": 0,
    "cvode.atol": 1e-3,
    "cvode.rtol": 0.0,
    "cvode.maxorder": 5,
    "cvode.minstep": 0.0,
    "cvode.maxstep": 1e9,
    "cvode.use_local_dt": 0,
    "cvode.use_daspk": 0,
    "cvode.condition_order": 1,
    "cvode.use_fast_imem": 0,
}


def wanted(integration: Integration, *, membrane_current: bool = False) -> dict[str, float]:
    """Return the value of every process-wide setting for a run.

    Args:
        integration: What the protocol says.
        membrane_current: Whether the total membrane current is recorded.
    """
    variable = integration.method == "cvode"
    values = dict(NEURON_DEFAULTS)
    values["celsius"] = integration.celsius
    values["dt"] = integration.dt_ms
    values["secondorder"] = 2 if integration.method == "crank-nicolson" else 0
    values["cvode.active"] = int(variable)
    values["cvode.use_fast_imem"] = int(membrane_current)
    if variable:
        values["cvode.atol"] = integration.absolute_tolerance
        values["cvode.rtol"] = integration.relative_tolerance
    return values


def check_bound(structure: CellStructure, integration: Integration) -> None:
    """Refuse a temperature or a starting potential other than the one a cell is bound to.

    Raises:
        ProtocolError: Naming both.
    """
    for name, bound in (("celsius", structure.celsius), ("v_init_mV", structure.v_init_mV)):
        asked = getattr(integration, name)
        if bound is not None and asked != bound:
            raise ProtocolError(
                f"cell {structure.morphology.name!r} was made for {name} {bound:g} and the "
                f"integration says {asked:g}; set integration.{name} to {bound:g}, or tell the "
                f"template that the protocol decides ({name}: protocol)"
            )


@contextmanager
def applied(values: Mapping[str, float]) -> Iterator[None]:
    """Apply settings, and restore NEURON's own at the end, whatever happens."""
    _write(values)
    try:
        yield
    finally:
        _write(NEURON_DEFAULTS)


def leave_sparse_solver() -> None:
    """Make NEURON look again which solver its cells need.

    For extracellular layers NEURON 9.0 goes over to a general sparse solver, and with fixed steps
    it stays there when they are gone: slower, and different in the last digits. A change of the
    integrator makes it look, if there is a section. While others still have layers, it would set
    `use_daspk` for good instead.
    """
    if any(other.has_membrane("extracellular") for other in h.allsec()):
        return
    section = h.Section(name="none")
    is_variable = cvode.active()
    cvode.active(not is_variable)
    cvode.active(is_variable)
    h.delete_section(sec=section)


def verify(values: Mapping[str, float]) -> None:
    """Check that a run left every setting as it was applied.

    Raises:
        SimulationError: If a mechanism or other code changed one.
    """
    changed = [
        f"{name} from {value:g} to {_read(name):g}"
        for name, value in values.items()
        if _read(name) != value and not (name == "dt" and values["cvode.active"])
    ]
    if changed:
        raise SimulationError(
            "settings changed",
            f"something in the model changed process-wide settings during the run: "
            f"{', '.join(changed)}",
        )


def _write(values: Mapping[str, float]) -> None:
    for name, value in values.items():
        if name.startswith("cvode."):
            if _read(name) != value:
                getattr(cvode, name.removeprefix("cvode."))(value)
        else:
            setattr(h, name, value)


def _read(name: str) -> float:
    if name.startswith("cvode."):
        return float(getattr(cvode, name.removeprefix("cvode."))())
    return float(getattr(h, name))
