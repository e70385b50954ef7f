"""From catalogue names to mechanisms that NEURON knows; clashes are refused before it sees them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import chdir
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from bouton.errors import MechanismError
from bouton.nrn.building import FAST, PLAIN, BuildOptions
from bouton.nrn.compiling import compile_mechanisms, mod_files
from bouton.nrn.modfiles import Mechanism, read_mechanism

NEURON_OWN = frozenset(
    (
        "morphology",
        "capacitance",
        "pas",
        "extracellular",
        "fastpas",
        "hh",
        "IClamp",
        "AlphaSynapse",
        "ExpSyn",
        "Exp2Syn",
        "SEClamp",
        "VClamp",
        "OClamp",
        "APCount",
        "NetStim",
        "IntFire1",
        "IntFire2",
        "IntFire4",
        "PointProcessMark",
        "PatternStim",
    )
)

_loaded: dict[str, Mechanism] = {}
# Registered catalogues that are loaded whole: what is installed does not change under a process,
# and reading its files again for every run of a protocol costs milliseconds.
_whole: set[str] = set()


@frozen
class Catalogue:
    """A named set of MOD files, read but not compiled.

    Attributes:
        name: Its name.
        folder: Where the files are.
        mechanisms: What they define, in order of their files.
        options: How it is compiled: what comes as a folder as `nrnivmodl` does it, so that it gives
            to the last bit what its authors see.
    """

    name: str
    folder: Path
    mechanisms: tuple[Mechanism, ...]
    options: BuildOptions = FAST

    @property
    def digest(self) -> str:
        """SHA-256 over all its files, for provenance."""
        return sha256("".join(m.name + m.digest for m in self.mechanisms).encode()).hexdigest()


@frozen
class CompiledCatalogue:
    """A catalogue with its library.

    Attributes:
        name: Its name.
        folder: Where its MOD files are.
        mechanisms: What they define, shared ones included.
        library: The library, None if every mechanism is in the library of an earlier one.
    """

    name: str
    folder: Path
    mechanisms: tuple[Mechanism, ...]
    library: Path | None


def read(name: str | Path) -> Catalogue:
    """Return a registered catalogue by name, or the catalogue in a folder (a path).

    Raises:
        UnknownEntryError: If no plug-in offers the name.
        MechanismError: If a MOD file cannot be read, or two files define one name.
    """
    by_folder = is_folder(name)
    folder = Path(name) if by_folder else _folder(str(name))
    label = folder.name if by_folder else str(name)
    mechanisms = tuple(read_mechanism(file) for file in mod_files(folder))
    catalogue = Catalogue(label, folder, mechanisms, PLAIN if by_folder else FAST)
    check_clashes([catalogue])
    return catalogue


def libraries(names: Iterable[str | Path]) -> list[CompiledCatalogue]:
    """Return the catalogues with their libraries, compiling what is not in the cache.

    A mechanism that two catalogues define with identical files goes into the first library only.

    Raises:
        UnknownEntryError: If no plug-in offers a name.
        MechanismError: If two catalogues clash, or one does not compile.
    """
    catalogues = [read(name) for name in dict.fromkeys(names)]
    check_clashes(catalogues)
    return _compiled(catalogues, {})


def load(names: Iterable[str | Path]) -> None:
    """Make NEURON, in this process, know the mechanisms of some catalogues; safe to repeat.

    Raises:
        UnknownEntryError: If no plug-in offers a name.
        MechanismError: If catalogues clash with each other or with what is loaded, or one does
            not compile.
    """
    wanted = [name for name in dict.fromkeys(names) if name not in _whole]
    catalogues = [read(name) for name in wanted]
    check_clashes(catalogues, _loaded)
    for catalogue in _compiled(catalogues, _loaded):
        if catalogue.library is not None:
            _load_library(catalogue)
    _whole.update(str(name) for name in wanted if not is_folder(name))


def loaded() -> frozenset[str]:
    """Return the names of all mechanisms that were loaded into this process."""
    return frozenset(_loaded)


def check_clashes(
    catalogues: Sequence[Catalogue], known: Mapping[str, Mechanism] | None = None
) -> None:
    """Refuse names that are defined twice in different ways, or that are NEURON's own.

    Args:
        catalogues: Catalogues to be used together.
        known: Mechanisms that are loaded already, by name.

    Raises:
        MechanismError: Naming both files.
    """
    seen = dict(known or {})
    for catalogue in catalogues:
        for mechanism in catalogue.mechanisms:
            if mechanism.name in NEURON_OWN:
                raise MechanismError(
                    f"{mechanism.file} defines {mechanism.name!r}, which NEURON has built in; "
                    "give it another SUFFIX"
                )
            first = seen.setdefault(mechanism.name, mechanism)
            if first.digest != mechanism.digest:
                raise MechanismError(
                    f"{mechanism.name!r} is defined twice, differently, in {first.file} and in "
                    f"{mechanism.file}; NEURON can hold only one in a process: rename one of "
                    "them, or use the catalogues in separate studies"
                )


def is_folder(name: str | Path) -> bool:
    """Return whether a catalogue is named by its folder, not by the name it is registered under."""
    return isinstance(name, Path) or os.sep in name


def _folder(name: str) -> Path:
    from bouton.plugins import registry

    return Path(registry.catalogues[name]())


def _compiled(
    catalogues: Sequence[Catalogue], known: Mapping[str, Mechanism]
) -> list[CompiledCatalogue]:
    compiled: list[CompiledCatalogue] = []
    taken = set(known)
    for catalogue in catalogues:
        new = [mechanism for mechanism in catalogue.mechanisms if mechanism.name not in taken]
        library = (
            compile_mechanisms(new, name=catalogue.name, options=catalogue.options) if new else None
        )
        taken.update(mechanism.name for mechanism in new)
        compiled.append(
            CompiledCatalogue(catalogue.name, catalogue.folder, catalogue.mechanisms, library)
        )
    return compiled


def _load_library(catalogue: CompiledCatalogue) -> None:
    from bouton.nrn.engine import h

    new = [mechanism for mechanism in catalogue.mechanisms if mechanism.name not in _loaded]
    for mechanism in new:
        if hasattr(h, mechanism.name):
            raise MechanismError(
                f"NEURON already knows a {mechanism.name!r} that Bouton did not load, so "
                f"{mechanism.file} cannot be used in this process; import bouton.nrn before "
                "neuron, or start Python in a folder without compiled mechanisms"
            )
    if catalogue.library is not None:
        load_library(catalogue.library)
    _loaded.update((mechanism.name, mechanism) for mechanism in new)


def load_library(library: Path) -> None:
    """Make NEURON load one library; it must define nothing that NEURON has.

    Raises:
        MechanismError: If NEURON refuses.
    """
    from bouton.nrn.engine import h

    try:
        # NEURON 9.0 takes ASCII paths only, so the cache is entered rather than named. The folder
        # of the entry stays: the system takes two libraries of one relative path for the same.
        with chdir(library.parent.parent):
            is_loaded = bool(h.nrn_load_dll(f"./{library.parent.name}/{library.name}"))
    except RuntimeError as error:
        raise MechanismError(f"NEURON refuses {library}: {error}") from error
    if not is_loaded:
        raise MechanismError(
            f"NEURON cannot load {library}; remove it with: bouton mechanisms clean --all"
        )
