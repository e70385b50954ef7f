"""The compile cache: each set of MOD files is compiled once per content, flags and machine.

An entry is a folder with the library and a manifest that holds its checksum. It is built in a
private folder under a lock and then renamed, so that what looks finished is finished.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from attrs import frozen
from loguru import logger

from bouton.errors import MechanismError
from bouton.nrn import building, tightening
from bouton.nrn.building import FAST, LIBRARY, SUPPORT_SUFFIXES, Builder, BuildOptions
from bouton.nrn.modfiles import Mechanism, read_mechanism
from bouton.nrn.toolchain import Compiler, find_compiler, find_neuron, processor

MANIFEST = "manifest.json"
_LOCK_LIMIT_S = 1800.0


@frozen
class CacheKey:
    """What an entry of the cache depends on.

    Attributes:
        name: Name of the catalogue.
        content: Digest of sources, flags, NEURON, platform and processor.
        compiler: Digest of the compiler; empty if there is none on this machine.
    """

    name: str
    content: str
    compiler: str

    @property
    def folder(self) -> str:
        """Name of the entry's folder."""
        return f"{self.name}-{self.content[:16]}-{self.compiler[:8]}"


def cache_folder() -> Path:
    """Return the folder of compiled mechanisms: `BOUTON_CACHE_DIR` or the platform's place."""
    asked = os.environ.get("BOUTON_CACHE_DIR")
    if asked:
        root = Path(asked).expanduser()
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches" / "bouton"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bouton"
    return root.absolute() / "mechanisms"


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
    root = _usable(cache_folder())
    with _lock(root / f".{key.folder}.lock"):
        library = _checked(root / key.folder)  # another process may have built it meanwhile
        if library is None:
            library = _build(root, key, mechanisms, options, compiler)
    return library


def cached_library(
    mechanisms: Sequence[Mechanism], *, name: str, options: BuildOptions = FAST
) -> Path | None:
    """Return the library if a whole one is in the cache, else None.

    A machine without a compiler may use an entry that any compiler made.
    """
    root = cache_folder()
    try:
        key = cache_key(mechanisms, name, options, find_compiler())
    except MechanismError:
        key = cache_key(mechanisms, name, options, None)
        entries = sorted(root.glob(f"{key.name}-{key.content[:16]}-*"))
        return next((found for entry in entries if (found := _checked(entry))), None)
    return _checked(root / key.folder)


def mod_files(sources: Path | Iterable[Path]) -> list[Path]:
    """Return the MOD files of a folder, or the files given, sorted by name.

    Raises:
        MechanismError: If there is no such folder or file, or nothing to compile.
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
    digest = sha256()
    for mechanism in mechanisms:
        _add(digest, mechanism.file.name, mechanism.digest)
    for file in _support(mechanisms):
        _add(digest, file.name, sha256(file.read_bytes()).hexdigest())
    for recipe in (building.__file__, tightening.__file__, tightening.FAST_MATH_HEADER):
        _add(digest, sha256(Path(str(recipe)).read_bytes()).hexdigest())
    _add(digest, *options.flags, str(options.is_tight), neuron.version, str(neuron.prefix))
    _add(digest, platform.system(), platform.machine())
    if any("native" in flag for flag in options.flags):
        _add(digest, processor())
    told = sha256()
    if compiler is not None:
        _add(told, compiler.version, *compiler.command[1:])
    safe = "".join(char if char.isascii() and char.isalnum() else "_" for char in name)
    return CacheKey(safe or "_", digest.hexdigest(), told.hexdigest())


def _add(digest: sha256, *texts: str) -> None:  # type: ignore[valid-type]
    for text in texts:
        data = text.encode("utf-8", errors="surrogateescape")
        digest.update(len(data).to_bytes(8, "little") + data)  # type: ignore[attr-defined]


def _support(mechanisms: Sequence[Mechanism]) -> list[Path]:
    folders = {mechanism.file.parent for mechanism in mechanisms}
    included = {file for mechanism in mechanisms for file in mechanism.includes}
    return sorted(
        file
        for folder in folders
        for file in folder.iterdir()
        if file.suffix in SUPPORT_SUFFIXES and file not in included
    )


def _checked(entry: Path) -> Path | None:
    """Return the library of an entry if it is there and whole."""
    try:
        manifest = json.loads((entry / MANIFEST).read_text(encoding="utf-8"))
        data = (entry / LIBRARY).read_bytes()
        expected = manifest["library_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return entry / LIBRARY if sha256(data).hexdigest() == expected else None


def _usable(root: Path) -> Path:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        raise _cache_error(root, error) from error
    return root


def _cache_error(root: Path, error: OSError) -> MechanismError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = "the disk is full: free some space, or clean with: bouton mechanisms clean --all"
    else:
        advice = "it must be a folder that you can write to"
    return MechanismError(
        f"the cache folder {root} cannot be used: {error.strerror or error}; {advice}; "
        "another place can be set with the variable BOUTON_CACHE_DIR"
    )


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock that the system takes back when this process dies, however it dies."""
    started = time.monotonic()
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _wait_for(handle, path, started)
            # Someone may have deleted the file while we waited: then the lock guards nothing.
            if _same_file(handle, path):
                yield
                return
        finally:
            os.close(handle)


def _wait_for(handle: int, path: Path, started: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - started > _LOCK_LIMIT_S:
                raise MechanismError(
                    f"another process has been compiling the same catalogue for "
                    f"{_LOCK_LIMIT_S / 60:.0f} minutes; end it, then try again (lock: {path})"
                ) from None
            time.sleep(0.05)
        else:
            return


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


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
    started, cpu = time.monotonic(), os.times()
    logger.info("compiling catalogue {} ({} MOD files)", key.name, len(mechanisms))
    log = root / "logs" / f"{key.folder}.log"
    try:
        private = Path(tempfile.mkdtemp(prefix=f".building-{key.folder}-", dir=root))
        try:
            log.parent.mkdir(exist_ok=True)
            log.unlink(missing_ok=True)
            builder = Builder(private, find_neuron(), compiler, options, log)
            library = builder.build(mechanisms, _support(mechanisms))
            used = os.times()
            cpu_s = (
                used.children_user + used.children_system - cpu.children_user - cpu.children_system
            )
            wall_s = time.monotonic() - started
            _publish(
                root, key, library, _manifest(key, mechanisms, options, compiler, cpu_s, wall_s)
            )
        finally:
            shutil.rmtree(private, ignore_errors=True)
    except OSError as error:
        raise _cache_error(root, error) from error
    logger.info("compiled catalogue {} in {:.1f} s ({:.1f} s CPU)", key.name, wall_s, cpu_s)
    return root / key.folder / LIBRARY


def _manifest(
    key: CacheKey,
    mechanisms: Sequence[Mechanism],
    options: BuildOptions,
    compiler: Compiler,
    cpu_s: float,
    wall_s: float,
) -> dict[str, object]:
    return {
        "catalogue": key.name,
        "content": key.content,
        "neuron": find_neuron().version,
        "compiler": compiler.version,
        "flags": list(options.flags),
        "is_tight": options.is_tight,
        "mechanisms": {mechanism.name: mechanism.digest for mechanism in mechanisms},
        "cpu_s": round(cpu_s, 3),
        "wall_s": round(wall_s, 3),
    }


def _publish(root: Path, key: CacheKey, library: Path, manifest: dict[str, object]) -> None:
    data = library.read_bytes()
    ready = library.parent / "ready"
    ready.mkdir()
    manifest["library_sha256"] = sha256(data).hexdigest()
    for file, content in (
        (ready / LIBRARY, data),
        (ready / MANIFEST, json.dumps(manifest, indent=1).encode()),
    ):
        with file.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    target = root / key.folder
    shutil.rmtree(target, ignore_errors=True)  # damaged, or we would not be here
    ready.rename(target)
