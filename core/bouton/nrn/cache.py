"""The cache of compiled mechanisms: where it is, what an entry is called, whether it is whole.

An entry is a folder with the library and a manifest that holds its checksum. It appears by renaming
a finished private folder, so that what looks finished is finished.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from attrs import frozen

from bouton.errors import MechanismError
from bouton.log import logger

LIBRARY = "libbouton_mechanisms.so"
MANIFEST = "manifest.json"
VARIABLE = "BOUTON_CACHE_DIR"
_LOCK_LIMIT_S = 1800.0
_LOCK_PAUSE_S = 0.05


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
    def any_compiler(self) -> str:
        """What the folder's name starts with, whatever the compiler."""
        safe = "".join(char if char.isascii() and char.isalnum() else "_" for char in self.name)
        return f"{safe or '_'}-{self.content[:16]}-"

    @property
    def folder(self) -> str:
        """Name of the entry's folder."""
        return self.any_compiler + self.compiler[:8]


@frozen
class CacheEntry:
    """One entry as found on disk.

    Attributes:
        folder: Its folder.
        catalogue: Name of the catalogue, as far as it can be read.
        is_whole: Whether the library is there and has the checksum of the manifest.
        size_bytes: Size of all its files.
        used_s: When it was last used, seconds since the epoch.
    """

    folder: Path
    catalogue: str
    is_whole: bool
    size_bytes: int
    used_s: float


def cache_folder() -> Path:
    """Return the folder of compiled mechanisms: `BOUTON_CACHE_DIR` or the platform's place."""
    asked = os.environ.get(VARIABLE)
    if asked:
        root = Path(asked).expanduser()
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches" / "bouton"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bouton"
    return root.absolute() / "mechanisms"


def usable_cache_folder() -> Path:
    """Return the cache folder after writing to it.

    Raises:
        MechanismError: If that is impossible, with what to do.
    """
    root = cache_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root) as trial:
            trial.write(b"bouton")
    except OSError as error:
        raise cache_error(root, error) from error
    return root


def cache_error(root: Path, error: OSError) -> MechanismError:
    """Return what to tell the user when the system refuses work in the cache folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = "the disk is full: free some space, or clean with: bouton mechanisms clean --all"
    else:
        advice = "it must be a folder that you can write to"
    return MechanismError(
        f"the cache folder {root} cannot be used: {error.strerror or error}; {advice}; "
        f"another place can be set with the variable {VARIABLE}"
    )


def checked_library(entry: Path) -> Path | None:
    """Return the library of an entry if it is there and whole."""
    if not _is_whole(entry):
        return None
    with suppress(OSError):  # a cache that others prepared may be read-only
        os.utime(entry / MANIFEST)
    return entry / LIBRARY


def publish(entry: Path, library: Path, manifest: Mapping[str, object]) -> Path:
    """Put a built library in its place, all at once; the caller holds the lock of the entry.

    Args:
        entry: Folder of the entry.
        library: The library in the private folder of its build.
        manifest: What to remember about it.
    """
    data = library.read_bytes()
    ready = library.parent / "ready"
    ready.mkdir()
    told = json.dumps({**manifest, "library_sha256": sha256(data).hexdigest()}, indent=1)
    for name, content in ((LIBRARY, data), (MANIFEST, told.encode())):
        with (ready / name).open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    remove(entry)  # a damaged one, or we would not be here
    ready.rename(entry)
    return entry / LIBRARY


def entries() -> list[CacheEntry]:
    """Return all entries, whole or not, sorted by name."""
    root = cache_folder()
    if not root.is_dir():
        return []
    folders = (path for path in root.iterdir() if path.is_dir() and path.name != "logs")
    return sorted((_entry(path) for path in folders), key=lambda entry: entry.folder.name)


def remove(entry: Path) -> None:
    """Remove an entry, if it is there; processes that loaded its library keep it.

    Raises:
        MechanismError: If the system refuses.
    """
    if not entry.exists():
        return
    try:
        # Renamed first, so that nobody finds half an entry.
        doomed = Path(tempfile.mkdtemp(prefix=".removing-", dir=entry.parent))
        entry.rename(doomed / entry.name)
    except OSError as error:
        raise cache_error(entry.parent, error) from error
    shutil.rmtree(doomed, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that the system takes back when this process dies, however it dies.

    Raises:
        MechanismError: If another process holds it for half an hour.
    """
    started = time.monotonic()
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _wait_for(handle, path, started)
            # Someone may have deleted the file while we waited: then the lock guards nothing.
            if _is_still(handle, path):
                yield
                return
        finally:
            os.close(handle)


def _wait_for(handle: int, path: Path, started: float) -> None:
    is_told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - started > _LOCK_LIMIT_S:
                raise MechanismError(
                    "another process has been compiling the same catalogue for "
                    f"{_LOCK_LIMIT_S / 60:.0f} minutes; end it, then try again (lock: {path})"
                ) from None
            if not is_told:
                logger.info("waiting for another process that compiles the same catalogue")
                is_told = True
            time.sleep(_LOCK_PAUSE_S)
        else:
            return


def _is_still(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _manifest(entry: Path) -> dict[str, Any]:
    manifest = json.loads((entry / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise TypeError("a manifest is an object")
    return manifest


def _entry(folder: Path) -> CacheEntry:
    try:
        catalogue = str(_manifest(folder)["catalogue"])
        used_s = (folder / MANIFEST).stat().st_mtime
    except (OSError, ValueError, KeyError, TypeError):
        catalogue = folder.name.lstrip(".").rpartition("-")[0].rpartition("-")[0]
        used_s = folder.stat().st_mtime
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    is_whole = not folder.name.startswith(".") and _is_whole(folder)
    return CacheEntry(folder, catalogue, is_whole, size, used_s)


def _is_whole(folder: Path) -> bool:
    try:
        data = (folder / LIBRARY).read_bytes()
        return bool(sha256(data).hexdigest() == _manifest(folder)["library_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
