"""A chosen model as hoc files for plain NEURON."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attrs import field, frozen

from bouton import Results, registry
from bouton.errors import ResultsError
from bouton.results.atomic import storage_errors, write_atomic
from bouton.results.exporting import row_or_best
from bouton_plugins.exports.cell import template_text
from bouton_plugins.exports.model import Model, model_of
from bouton_plugins.exports.names import identifier, names_of
from bouton_plugins.exports.protocol import driver, point_mechanisms

_SOURCES = (".mod", ".inc", ".h", ".hpp")
_RANDOM = re.compile(r"^\s*RANDOM\s+\w|RANDOM123|nrnran123|scop_random", re.MULTILINE)
_SUFFIX = re.compile(r"^\s*(?:SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)", re.MULTILINE)


@frozen
class HocExporter:
    """One model as a hoc template, with a file per protocol that runs it in plain NEURON.

    Beside FILE (`model.hoc`) appear `model_run_<protocol>.hoc` for every protocol and the folder
    `model_mechanisms` with the MOD files.

    Attributes:
        row: Row of the run, or `best`: the smallest largest objective.
    """

    row: int | str = field(default="best", converter=row_or_best)

    def export(self, directory: Path, out: Path) -> Sequence[str]:
        """Write the files and return what hoc could not hold.

        Raises:
            ResultsError: If the run has no such row, its study no cell, or files cannot be written.
        """
        results = Results.open(directory)
        model = model_of(results, self._chosen(results))
        template = f"{identifier(out.stem, 'model')}_template"
        mechanisms = out.with_name(f"{out.stem}_mechanisms")
        notes = [*_copy_mechanisms(model, mechanisms), *_renamed(model), *_left_out(model)]
        with_del = {"IClamp", *_with_del(model)}
        files = {}
        for name, protocol in model.protocols.items():
            made = driver(name, protocol, model.structure, template, out.name, with_del)
            files[out.with_name(f"{out.stem}_run_{identifier(name, 'protocol')}.hoc")] = made.text
            notes += made.notes
        head = _head(model, template, mechanisms.name, [path.name for path in files], notes)
        files[out] = template_text(model, template)
        for path, text in files.items():
            write_atomic(path, f"{head}\n{text}".encode("ascii", "backslashreplace"))
        return notes

    def _chosen(self, results: Results) -> int:
        if isinstance(self.row, int):
            return self.row
        # The only model of a run is its best one, objectives or not.
        return 0 if len(results.evaluations) == 1 else results.best()


def _copy_mechanisms(model: Model, folder: Path) -> Iterator[str]:
    """Copy the MOD files of all catalogues; yield what their mechanisms lose in plain hoc."""
    used = {*model.structure.mechanisms, *(p.mechanism for p in model.structure.point_processes)}
    used.update(name for p in model.protocols.values() for name in point_mechanisms(p))
    sources = [file for name in model.catalogues for file in _sources(name)]
    if not sources:
        return
    with storage_errors(f"making {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
    for file in sources:
        target = folder / file.name
        if target.exists() and target.read_bytes() != file.read_bytes():
            raise ResultsError(
                f"{target} exists and differs from {file}; remove the folder {folder}, or choose "
                "another --out"
            )
        with storage_errors(f"writing {target}"):
            shutil.copyfile(file, target)
        text = file.read_text(encoding="utf-8", errors="replace")
        named = _SUFFIX.search(text)
        if named and named[1] in used and _RANDOM.search(text):
            yield f"random numbers of {named[1]}: seeds and streams are NEURON's own"


def _left_out(model: Model) -> Iterator[str]:
    """Yield what only imported cells have."""
    cell = model.structure
    for found, what in (
        (cell.ion_styles, "styles of ions: they are those that the mechanisms make"),
        (cell.connections, "connections within the cell"),
        (cell.pointers, "what POINTER variables point to: set them before a run"),
        (cell.played, "values that are played into variables of the cell"),
    ):
        if found:
            yield what


def _with_del(model: Model) -> Iterator[str]:
    """Yield the mechanisms that have a variable `del`, which Python calls `delay`."""
    for file in (file for name in model.catalogues for file in _sources(name)):
        text = file.read_text(encoding="utf-8", errors="replace")
        named = _SUFFIX.search(text)
        if named and re.search(r"\bdel\b", text) and not re.search(r"\bdelay\b", text):
            yield named[1]


def _sources(catalogue: str) -> list[Path]:
    folder = Path(catalogue if os.sep in catalogue else registry.catalogues[catalogue]())
    return sorted(path for path in folder.iterdir() if path.suffix in _SOURCES)


def _renamed(model: Model) -> Iterator[str]:
    names = names_of([section.name for section in model.structure.morphology.sections])
    for new, old in names.renamed.items():
        yield f"the name of section {old!r}: it is called {new}"


def _head(
    model: Model, template: str, mechanisms: str, drivers: Sequence[str], notes: Iterable[str]
) -> str:
    lines = [
        f"{model.title}, exported by Bouton.",
        "",
        *([f"Compile its mechanisms once:   nrnivmodl {mechanisms}"] if model.catalogues else []),
        *(f"Run a protocol:                nrniv {name} -" for name in drivers),
        f"Use the cell elsewhere:        cell = new {template}()",
        "",
        "Run one protocol per process. With mechanisms that nrnivmodl compiled, traces differ from",
        "Bouton's in the last digits, because Bouton compiles with other flags.",
        "",
        *(["Not exported:"] if (told := list(notes)) else ["Nothing was left out of the export."]),
        *(f"- {note}" for note in told),
    ]
    return "\n".join(f"// {line}".rstrip() for line in lines)
