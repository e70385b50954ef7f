"""An import from beginning to end; reading and building again run in processes of their own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import Factory, field, frozen
from attrs.converters import optional

import bouton
from bouton.contracts import Pool
from bouton.errors import CellError
from bouton.model.tasks import Task, WorkerSpec
from bouton_plugins.importing.fidelity import compare
from bouton_plugins.importing.writing import FORMAT, VERSION, write_portable

_WORDS = {
    "crashed": "the code ended its process: {}",
    "timeout": "{}; if the code is only slow, allow more with --time-limit",
    "memory": "{}; that is more than an import may use",
}
_CLASH = "The user defined name already exists"
_TEMPLATE = "bouton_plugins.importing.template:Imported"
_CHILD = "bouton.nrn.foreign.child:importer"


@frozen
class ImportOrder:
    """What is imported, and how.

    Attributes:
        file: hoc, Python or SWC file.
        name: Template, class, factory function or object.
        arguments: By position (list) or, for Python, by name (mapping).
        mods: Folder of MOD files; None if the cell needs none.
        root: Root section, if the cell has several trees.
        spike_source: Section and place where spikes are detected; None to find it.
        assigned: ASSIGNED variables to keep too, or `all`.
        potentials: Point process mechanism -> its own potential, where no rule tells it.
        keep_stimulators: Whether stimulators and counters within the cell are kept.
        wall_limit_s: The import ends as failed after this time.
    """

    file: Path = field(converter=Path)
    name: str = ""
    arguments: Sequence[Any] | Mapping[str, Any] = ()
    mods: Path | None = field(default=None, converter=optional(Path))
    root: str = ""
    spike_source: tuple[str, float] | None = None
    assigned: tuple[str, ...] = ()
    potentials: Mapping[str, str] = Factory(dict)
    keep_stimulators: bool = False
    wall_limit_s: float = 600.0


def import_cell(order: ImportOrder, out: Path) -> dict[str, Any]:
    """Import a cell, compare the rebuilt one with it, and write the portable file.

    Running the code of the file is what this function is for: call it only for code that you trust.

    Returns:
        The document that was written, with its fidelity report.

    Raises:
        CellError: If the file does not work or the cell cannot be kept whole.
        MechanismError: If the MOD files do not compile.
    """
    file = order.file.absolute()
    if not file.is_file():
        raise CellError(f"{file}: no such file")
    if not out.absolute().parent.is_dir():
        raise CellError(f"{out}: its folder does not exist")
    if not os.access(out.absolute().parent, os.W_OK):
        raise CellError(f"{out}: its folder cannot be written")
    mods = order.mods.resolve() if order.mods is not None else None
    try:
        document = _imported(order, file, mods, out)
    except CellError as error:
        if _CLASH not in str(error):
            raise
        # The code loads what its author compiled, which then must not be there before.
        document = _imported(order, file, mods, out, loads_mechanisms=True)
    write_portable(document, out)
    return document


def _imported(
    order: ImportOrder,
    file: Path,
    mods: Path | None,
    out: Path,
    *,
    loads_mechanisms: bool = False,
) -> dict[str, Any]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    executor = bouton.registry.executors["local"](wall_limit_s=order.wall_limit_s, attempts=1)
    with executor.open(WorkerSpec(_CHILD, {}), 1) as pool:
        payload = _payload(order, file, mods)
        read = _answer(pool, {**payload, "loads_mechanisms": loads_mechanisms})
        document = {
            "format": FORMAT,
            "version": VERSION,
            "name": order.name or file.stem,
            **read["cell"],
            "provenance": {
                "file": file.name,
                "sha256": digest,
                "name": order.name,
                "arguments": _plain(order.arguments),
                "options": _options(order),
                "mods": _mods(mods, out, read["files"]) if read["mechanisms"] else None,
                "mechanisms": read["mechanisms"],
                "neuron": read["neuron"],
                "bouton": version("bouton"),
            },
            "fidelity": {"status": "never compared"},
        }
        document["fidelity"] = _fidelity(pool, document, read["native"], order, out)
    return document


def _payload(order: ImportOrder, file: Path, mods: Path | None) -> dict[str, Any]:
    return {
        "file": str(file),
        "name": order.name,
        "arguments": _plain(order.arguments),
        "mods": str(mods) if mods is not None else "",
        "spike_source": list(order.spike_source) if order.spike_source else None,
        **_options(order),
    }


def _options(order: ImportOrder) -> dict[str, Any]:
    return {
        "root": order.root,
        "assigned": list(order.assigned),
        "potentials": dict(order.potentials),
        "keep_stimulators": order.keep_stimulators,
    }


def _plain(arguments: Sequence[Any] | Mapping[str, Any]) -> Any:  # noqa: ANN401
    return dict(arguments) if isinstance(arguments, Mapping) else list(arguments)


def _mods(mods: Path | None, out: Path, files: Mapping[str, str]) -> dict[str, Any] | None:
    if mods is None:
        return None
    return {"folder": os.path.relpath(mods, out.resolve().parent), "files": dict(files)}


def _fidelity(
    pool: Pool,
    document: Mapping[str, Any],
    native: Mapping[str, Any],
    order: ImportOrder,
    out: Path,
) -> dict[str, Any]:
    trial = out.with_name(f".{out.name}.trial")
    plan = native["plan"] if "failure" not in native else None
    try:
        write_portable(document, trial, indent=None)
        payload = {
            "template": _TEMPLATE,
            "file": str(trial.absolute()),
            "plan": plan,
            "assigned": list(order.assigned),
        }
        rebuilt = _answer(pool, payload)
    finally:
        trial.unlink(missing_ok=True)
    return compare(document, native, rebuilt)


def _answer(pool: Pool, payload: Mapping[str, Any]) -> Any:  # noqa: ANN401
    pool.submit(Task(0, payload))
    (outcome,) = pool.collect()
    if outcome.status != "ok":
        raise CellError(_WORDS.get(outcome.status, "{}").format(outcome.reason))
    return outcome.result
