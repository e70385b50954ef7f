"""Compiles sets of MOD files, each once per content, flags, compiler, NEURON and processor."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from bouton.errors import MechanismError
from bouton.log import logger
from bouton.nrn import building, core_building, tightening, unrolling
from bouton.nrn.building import FAST, PLAIN, SUPPORT_SUFFIXES, Builder, BuildOptions
from bouton.nrn.cache import (
    CacheKey,
    cache_error,
    cache_folder,
    checked_library,
    locked,
    publish,
    usable_cache_folder,
)
from bouton.nrn.core_building import CoreBuilder
from bouton.nrn.modfiles import Mechanism, read_mechanism
from bouton.nrn.toolchain import Compiler, find_compiler, find_neuron, processor

__all__ = ["FAST", "PLAIN", "BuildOptions", "compile_catalogue", "compile_mechanisms"]


def compile_catalogue(
    sources: Path | Sequence[Path], *, name: str = "", options: BuildOptions = FAST
) -> Path:
    """Return the library of a set of MOD files, compiling it if the cache has no good one.

    Args:
        sources: A folder, or a list of MOD files.
        name: Name for messages and for the entry; empty takes that of the folder.
        options: Flags and whether the generated code is tightened.

    Raises:
        MechanismError: If the sources do not compile, no compiler is there, or the cache folder
            cannot be used.
    """
    mechanisms = [read_mechanism(file) for file in mod_files(sources)]
    label = name or (sources.name if isinstance(sources, Path) else mechanisms[0].name)
    return compile_mechanisms(mechanisms, name=label, options=options)


def compile_mechanisms(
    mechanisms: Sequence[Mechanism], *, name: str, options: BuildOptions = FAST
) -> Path:
    """Return the library of mechanisms that were read already; see `compile_catalogue`."""
    found = cached_library(mechanisms, name=name, options=options)
    if found is not None:
        return found
    compiler = find_compiler()
    key = cache_key(mechanisms, name, options, compiler)
    root = usable_cache_folder()
    with locked(root / f".{key.folder}.lock"):
        # Another process may have built it while we waited.
        library = checked_library(root / key.folder)
        return library or _build(root, key, mechanisms, options, compiler)


def cached_library(
    mechanisms: Sequence[Mechanism], *, name: str, options: BuildOptions = FAST
) -> Path | None:
    """Return the library if a whole one is in the cache, else None.

    A machine without a compiler may use an entry that any compiler made.
    """
    root = cache_folder()
    try:
        compiler = find_compiler()
    except MechanismError:
        key = cache_key(mechanisms, name, options, None)
        made = sorted(root.glob(f"{key.any_compiler}*"))
        return next((library for entry in made if (library := checked_library(entry))), None)
    return checked_library(root / cache_key(mechanisms, name, options, compiler).folder)


def mod_files(sources: Path | Iterable[Path]) -> list[Path]:
    """Return the MOD files of a folder, or the files given, sorted by name.

    Raises:
        MechanismError: If there is no such folder, or nothing to compile.
    """
    if isinstance(sources, Path):
        if not sources.is_dir():
            raise MechanismError(f"{sources}: no such folder of MOD files")
        files = list(sources.glob("*.mod"))
    else:
        files = list(sources)
    if not files:
        raise MechanismError(f"{sources}: no *.mod file to compile")
    return sorted(files, key=lambda file: (file.name, str(file)))


def cache_key(
    mechanisms: Sequence[Mechanism], name: str, options: BuildOptions, compiler: Compiler | None
) -> CacheKey:
    """Return what the entry of these mechanisms is called."""
    neuron = find_neuron()
    recipe = (
        building.__file__,
        tightening.__file__,
        unrolling.__file__,
        str(tightening.FAST_MATH_HEADER),
    )
    parts = [
        *(text for m in mechanisms for text in (m.file.name, m.digest)),
        *(text for file in _support(mechanisms) for text in (file.name, _digest(file))),
        *(_digest(Path(file)) for file in recipe),
        *(*options.flags, str(options.is_tight), neuron.version, str(neuron.prefix)),
        *([_digest(Path(core_building.__file__))] if options.is_core else []),
        *(platform.system(), platform.machine()),
        processor() if any("native" in flag for flag in options.flags) else "",
    ]
    made_by = _joined([compiler.version, *compiler.command[1:]]) if compiler else ""
    return CacheKey(name, _joined(parts), made_by)


def _joined(texts: Iterable[str]) -> str:
    digest = sha256()
    for text in texts:
        data = text.encode("utf-8", errors="surrogateescape")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def _support(mechanisms: Sequence[Mechanism]) -> list[Path]:
    """Return the headers beside the MOD files, which VERBATIM blocks may include."""
    folders = {mechanism.file.parent for mechanism in mechanisms}
    included = {file for mechanism in mechanisms for file in mechanism.includes}
    return sorted(
        file
        for folder in folders
        for file in folder.iterdir()
        if file.suffix in SUPPORT_SUFFIXES and file not in included
    )


def _build(
    root: Path,
    key: CacheKey,
    mechanisms: Sequence[Mechanism],
    options: BuildOptions,
    compiler: Compiler,
) -> Path:
    """Build and publish an entry; the caller holds its lock."""
    for leftover in root.glob(f".building-{key.folder}-*"):
        shutil.rmtree(leftover, ignore_errors=True)  # of a process that was killed
    logger.info("compiling catalogue {} ({} MOD files)", key.name, len(mechanisms))
    try:
        private = Path(tempfile.mkdtemp(prefix=f".building-{key.folder}-", dir=root))
        try:
            kind = CoreBuilder if options.is_core else Builder
            builder = kind(private, find_neuron(), compiler, options, _log(root, key))
            started, cpu_s = time.monotonic(), _children_cpu_s()
            library = builder.build(mechanisms, _support(mechanisms))
            wall_s, cpu_s = time.monotonic() - started, _children_cpu_s() - cpu_s
            told = _manifest(key, mechanisms, options, compiler)
            told |= {"wall_s": round(wall_s, 3), "cpu_s": round(cpu_s, 3)}
            published = publish(root / key.folder, library, told)
        finally:
            shutil.rmtree(private, ignore_errors=True)
    except OSError as error:
        raise cache_error(root, error) from error
    logger.info("compiled catalogue {} in {:.1f} s ({:.1f} s CPU)", key.name, wall_s, cpu_s)
    return published


def _log(root: Path, key: CacheKey) -> Path:
    log = root / "logs" / f"{key.folder}.log"
    log.parent.mkdir(exist_ok=True)
    log.unlink(missing_ok=True)
    return log


def _manifest(
    key: CacheKey, mechanisms: Sequence[Mechanism], options: BuildOptions, compiler: Compiler
) -> dict[str, object]:
    return {
        "catalogue": key.name,
        "content": key.content,
        "neuron": find_neuron().version,
        "compiler": compiler.version,
        "flags": list(options.flags),
        "is_tight": options.is_tight,
        "mechanisms": {mechanism.name: mechanism.digest for mechanism in mechanisms},
    }


def _children_cpu_s() -> float:
    used = os.times()
    return used.children_user + used.children_system
