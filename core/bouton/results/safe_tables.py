"""PyTables, kept from ever unpickling: opening a hostile file runs nothing.

PyTables unpickles attributes while it opens a file, and has no switch against it (PyTables issues
47 and 813). It does so through the name `pickle` in three of its modules. That name is replaced,
once, by a stand-in that refuses while one of our files is open in the same context (thread or
task) and is the real module at any other time, so other users of PyTables notice nothing.
"""

from __future__ import annotations

import pickle  # named only to be kept away
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bouton.errors import BoutonError, ResultsError
from bouton.results.atomic import fsync_file, partial_path, publish, storage_errors
from bouton.results.seal import seal

if TYPE_CHECKING:
    import tables

_refuses: ContextVar[bool] = ContextVar("bouton_refuses_pickle", default=False)

_MODULES = ("tables.attributeset", "tables.atom", "tables.hdf5extension")
_DANGEROUS = ("load", "loads", "Unpickler", "dump", "dumps", "Pickler")


class _Guard:
    """Stands in for the name `pickle` inside PyTables."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name in _DANGEROUS and _refuses.get():
            return _refuse
        return getattr(pickle, name)


def _refuse(*_: object, **__: object) -> Any:  # noqa: ANN401
    raise ResultsError("the file holds, or would hold, a pickled object; Bouton never uses pickle")


_GUARD = _Guard()


def guarded_tables() -> Any:  # noqa: ANN401
    """Import PyTables and put the guard in place; return the package.

    Raises:
        ResultsError: If this PyTables reaches pickle in another way, so that nothing can be
            promised; no file is opened then.
    """
    package = import_module("tables")
    for name in _MODULES:
        module = import_module(name)
        if getattr(module, "pickle", None) not in (pickle, _GUARD):
            raise ResultsError(
                f"PyTables {package.__version__} keeps its unpickler where Bouton cannot switch it "
                f"off ({name}); install a version of PyTables that this Bouton supports"
            )
        setattr(module, "pickle", _GUARD)  # noqa: B010  # mypy does not know the attribute
    return package


@contextmanager
def open_tables(path: Path, mode: str = "r") -> Iterator[tables.File]:
    """Open an HDF5 file for reading (`r`) or as new (`w`), with pickles refused until it is closed.

    Raises:
        ResultsError: If the file cannot be opened, read or written.
    """
    package = guarded_tables()
    token = _refuses.set(True)
    try:
        with warnings.catch_warnings():
            # Names of users (`dend[3](0.5)`) need not be Python names.
            warnings.simplefilter("ignore", package.NaturalNameWarning)
            with package.open_file(str(path), mode=mode) as file:
                yield file
    except BoutonError:
        raise
    except package.HDF5ExtError as error:
        raise ResultsError(f"{path}: {_reason(str(error))}") from error
    except OSError as error:
        raise ResultsError(f"{path}: {error}") from error
    except Exception as error:
        # Whatever PyTables trips over in a damaged file (even SystemError) is a damaged file.
        if mode == "r":
            raise ResultsError(f"{path} is damaged or not ours: {error!r}") from error
        raise
    finally:
        _refuses.reset(token)


@contextmanager
def new_tables(path: Path) -> Iterator[tables.File]:
    """Write an HDF5 file that appears under its name only when all of it can be read back.

    PyTables closes a file without complaint although HDF5 could not write all of it (a full disk),
    so nothing less than reading it tells.

    Raises:
        ResultsError: If it cannot be written; what had the name before is untouched.
    """
    from bouton.results.hdf5_nodes import read_everything

    temporary = partial_path(path)
    try:
        with storage_errors(f"writing {path}"):
            with open_tables(temporary, "w") as file:
                yield file
            fsync_file(temporary)
        try:
            with open_tables(temporary) as file:
                read_everything(file)
        except ResultsError as error:
            raise ResultsError(
                f"writing {path}: not all of it reached the disk, which may be full ({error})"
            ) from error
        with storage_errors(f"writing {path}"):
            seal(temporary)
            fsync_file(temporary)
            publish(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _reason(text: str) -> str:
    """Return the innermost line of an HDF5 error with a remedy where one is known."""
    messages = re.findall(r"^\s+(\S.*)$", text, flags=re.MULTILINE)
    details = [line.strip() for line in messages if not line.strip().startswith("File ")]
    innermost = details[-1] if details else text.strip().splitlines()[-1]
    cause = next((line for line in details if "error message" in line), innermost)
    if "lock" in cause.lower():
        return f"HDF5: {cause} (on a file system without locks, set HDF5_USE_FILE_LOCKING=FALSE)"
    return f"HDF5: {cause}"
