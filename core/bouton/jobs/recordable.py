"""What can be recorded of cells and synapses, as far as MOD files say it: no simulator is needed.

What only NEURON knows, such as the variables of its own mechanisms, passes here and is judged when
a network is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bouton.errors import NetworkError, did_you_mean
from bouton.model.cell import CellStructure
from bouton.model.network import SynapseType
from bouton.model.protocol import MEMBRANE_CURRENT
from bouton.nrn import catalogues
from bouton.nrn.modfiles import Mechanism, whole_text

_ALWAYS = ("v", "cm", "diam", "area", "i_cap", MEMBRANE_CURRENT)
_OWN_IONS: Mapping[str, tuple[str, ...]] = {"hh": ("na", "k"), "pas": (), "fastpas": ()}


def check_membrane(structure: CellStructure, sections: Iterable[int], variable: str) -> None:
    """Refuse a variable of the membrane that some sections cannot have.

    Args:
        structure: The cell.
        sections: Where.
        variable: As a recorder names it: `cai`, `Mechanism.variable` or `variable_Mechanism`.

    Raises:
        NetworkError: With close matches.
    """
    owner, _, rest = variable.rpartition(".")
    if owner in {point.name for point in structure.point_processes}:
        return
    known = _mechanisms(structure.catalogues)
    wanted = f"{rest}_{owner}" if owner else rest
    owners = {name: _words(one) for name, one in known.items() if wanted.endswith(f"_{name}")}
    for section in sections:
        here = [name for name, where in structure.mechanisms.items() if section in where]
        names: set[str] = set(_ALWAYS)
        for name in here:
            if wanted.endswith(f"_{name}"):
                if name not in known or wanted.removesuffix(f"_{name}") in owners[name]:
                    break
            elif name not in known and name not in _OWN_IONS and not name.endswith("_ion"):
                break  # what it brings is known to NEURON alone
            names |= _brought(name, known)
        else:
            if wanted not in names:
                where = structure.morphology.sections[section].name
                raise NetworkError(
                    f"nothing called {variable!r} is on {where}; {did_you_mean(variable, names)}"
                )


def check_synapse(kind: SynapseType, variable: str) -> None:
    """Refuse a variable that synapses of a type cannot have.

    Raises:
        NetworkError: With close matches.
    """
    mechanism = _mechanisms(kind.catalogues).get(kind.mechanism)
    if mechanism is not None and variable not in _words(mechanism):
        names = (*mechanism.range_variables, *mechanism.currents)
        raise NetworkError(
            f"synapses {kind.mechanism} have nothing called {variable!r}; "
            f"{did_you_mean(variable, names)}"
        )


def _mechanisms(names: Iterable[str]) -> dict[str, Mechanism]:
    return {one.name: one for name in names for one in catalogues.read(name).mechanisms}


def _words(mechanism: Mechanism) -> set[str]:
    return set(re.findall(r"\w+", whole_text(mechanism.file, mechanism.includes)))


def _brought(name: str, known: Mapping[str, Mechanism]) -> set[str]:
    """Return the variables that a mechanism offers: its own, and those of its ions."""
    mechanism = known.get(name)
    own = (*mechanism.range_variables, *mechanism.currents) if mechanism is not None else ()
    ions = [use.ion for use in mechanism.ions] if mechanism is not None else []
    ions += [name.removesuffix("_ion")] if name.endswith("_ion") else _OWN_IONS.get(name, ())
    of_ions = {f for ion in ions for f in (f"i{ion}", f"{ion}i", f"{ion}o", f"e{ion}")}
    return {f"{name}.{variable}" for variable in own} | of_ions
