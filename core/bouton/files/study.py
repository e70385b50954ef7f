"""Study files and documents to studies."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import evolve

from bouton.errors import Problem, StudyError, did_you_mean
from bouton.files.contents import FileContents
from bouton.files.converter import Hook, Reader
from bouton.files.dump import dump
from bouton.files.locations import LOCATION_HOOKS
from bouton.files.node import Node, document_problems, from_plain
from bouton.files.overrides import apply_overrides
from bouton.files.parameters import PARAMETER_HOOKS
from bouton.files.refusal import Hopeless, Refused
from bouton.files.source import read_document
from bouton.files.types import Field, fields_of
from bouton.model.inline import InlineProtocol
from bouton.model.study import EvaluationPlan, MorphologySource, Study

NOT_WRITTEN = ("jobs", "document")
FILES = "files"


def load_study(
    path: Path | str,
    *,
    overrides: Sequence[str] = (),
    registry: Any = None,  # noqa: ANN401
) -> Study:
    """Return the study in a YAML, TOML or JSON file.

    Args:
        path: The file; relative paths in it start from its folder.
        overrides: Texts `path=value` of `--set`, applied in order before anything is judged.
        registry: Where plug-ins are looked up; Bouton's own if None.

    Raises:
        StudyError: With everything that is wrong, each with file, line and path.
    """
    path = Path(path)
    with document_problems():
        node = read_document(path)
    node, problems = apply_overrides(node, overrides)
    base = Path(os.path.abspath(path)).parent
    return _study(node, base, registry, path.stem, problems)


def load_document(
    mapping: Mapping[str, Any],
    *,
    base: Path | str = ".",
    registry: Any = None,  # noqa: ANN401
) -> Study:
    """Return the study that plain data describe: what a study file holds, or `Study.document`.

    Args:
        mapping: The document.
        base: Folder that relative paths start from.
        registry: Where plug-ins are looked up; Bouton's own if None.

    Raises:
        StudyError: With everything that is wrong, each with its path in the document.
    """
    with document_problems():
        node = from_plain(dict(mapping))
    folder = Path(os.path.abspath(base))
    return _study(node, folder, registry, "study", [])


def study_hash(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a study says, wherever its files lie.

    Every path of an input file is replaced by the SHA-256 of the file's content, which is part of
    the document. Protocols count in their order, all other keys in any order.
    """
    files = dict(document.get(FILES, {}))
    content = {
        **_without_paths({k: v for k, v in document.items() if k != FILES}, files),
        FILES: sorted(files.values()),
        "order of protocols": list(document.get("protocols") or {}),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_paths(value: Any, files: Mapping[str, str]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_paths(inner, files) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_paths(inner, files) for inner in value]
    return f"sha256:{files[value]}" if isinstance(value, str) and value in files else value


def _study(
    node: Node,
    base: Path,
    registry: Any,  # noqa: ANN401
    name: str,
    problems: Iterable[Problem],
) -> Study:
    if registry is None:
        from bouton.plugins import registry
    reader = Reader(registry, base, hooks=HOOKS, inline={"protocols": InlineProtocol})
    reader.problems.extend(problems)
    values: dict[str, Any] = {}
    with suppress(Refused, Hopeless):
        values = _sections(reader, node)
        _check_plan(reader, node, values)
    if reader.problems:
        raise StudyError(sorted(reader.problems, key=lambda problem: (problem.file, problem.line)))
    study = Study(**{"name": name, **values})
    return evolve(study, document=dump(study, registry=registry, files=reader.contents.found))


def _sections(reader: Reader, node: Node) -> dict[str, Any]:
    """Return the fields of the study, and note what is wrong with any of them."""
    fields = {key: f for key, f in fields_of(Study).items() if key not in NOT_WRITTEN}
    given = reader.mapping(node, "a mapping with keys such as cell and protocols")
    reader.contents = _contents(reader, given.pop(FILES, None))
    values: dict[str, Any] = {}
    jobs: dict[str, Any] = {}
    for key, inner in given.items():
        with reader.going_on():
            if key in fields:
                values[key] = _core_section(reader, inner, fields[key])
            else:
                jobs[key] = _job(reader, inner, key, [*fields, FILES])
    return {**values, "jobs": jobs}


def _core_section(reader: Reader, node: Node, field: Field) -> Any:  # noqa: ANN401
    value = reader.field(node, field)
    if field.name == "name" and not value.strip():
        reader.refuse(node, "a name cannot be empty", "leave it out to use the file's name")
    return value


def _job(reader: Reader, node: Node, key: str, core: Sequence[str]) -> Any:  # noqa: ANN401
    jobs = reader.names("jobs")
    if key not in jobs:
        reader.refuse(node, f"unknown key {key!r}", did_you_mean(key, [*core, *jobs]))
    cls, preset = reader.resolve(Node(key, node.line, node.file, path=node.path), "jobs")
    if node.value is None:
        node = evolve(node, value={})
    return reader.description(node, cls, preset)


def _contents(reader: Reader, node: Node | None) -> FileContents:
    """Return the contents that the document says its files must have."""
    if node is None:
        return FileContents()
    stated: dict[str, str] = {}
    with reader.going_on():
        stated = reader.read(node, Mapping[str, str])
    paths = {os.path.abspath(reader.base / path): digest for path, digest in stated.items()}
    return FileContents(expected=paths, found=dict(paths))


def _check_plan(reader: Reader, node: Node, values: Mapping[str, Any]) -> None:
    """Note protocols that the evaluation names and the study lacks."""
    plan = values.get("evaluation")
    if not isinstance(plan, EvaluationPlan):
        return
    section_of_protocols = node.value.get("protocols", Node({}))
    protocols = list(section_of_protocols.value) if section_of_protocols.is_mapping else []
    section = node.child("evaluation")
    wanted = [("order", str(i), name) for i, name in enumerate(plan.order)]
    wanted += [("cutoffs", name, name) for name in plan.cutoffs]
    for part, key, name in wanted:
        if name not in protocols:
            at = section.child(part).child(key)
            reader.note(at, f"no protocol is called {name!r}", did_you_mean(name, protocols))
        elif part == "order" and name in plan.order[: int(key)]:
            reader.note(section.child(part).child(key), f"protocol {name!r} is listed twice")


def _read_morphology(reader: Reader, node: Node, _: Any) -> MorphologySource:  # noqa: ANN401
    """Return a morphology from a path, or from `{loader: NAME, file: PATH, **options}`."""
    if isinstance(node.value, str):
        file = reader.read(node, Path)
        return MorphologySource(_loader(reader, node, file, {}), file)
    given = reader.mapping(node, "a morphology: {loader: ..., file: ...}")
    if "file" not in given:
        reader.note(node, "missing: file is required", "expected a path", key="file")
    if "loader" in given and "use" in given:
        reader.note(given["use"], "loader and use mean the same", "keep one of them")
    file = None
    with reader.going_on():
        file = reader.read(given["file"], Path) if "file" in given else None
    options = {k: v for k, v in node.value.items() if k not in ("loader", "use", "file")}
    name = given.get("loader", given.get("use"))
    if name is None:
        loader = _loader(reader, node, file, options)
    else:
        cls, preset = reader.resolve(name, "morphology_loaders")
        loader = reader.description(evolve(node, value=options), cls, preset)
    if file is None:
        raise Refused
    return MorphologySource(loader, file)


def _loader(reader: Reader, node: Node, file: Path | None, options: Mapping[str, Node]) -> Any:  # noqa: ANN401
    """Return the loader that is called like the file's extension."""
    if file is None:
        raise Refused
    extension = file.suffix.lower().removeprefix(".")
    names = reader.names("morphology_loaders")
    if extension not in names:
        hint = f"give loader: one of {', '.join(names)}"
        reader.refuse(node, f"no morphology loader is called like the extension of {file}", hint)
    use = evolve(node, value=extension)
    cls, preset = reader.resolve(use, "morphology_loaders")
    return reader.description(evolve(node, value=dict(options)), cls, preset)


HOOKS: dict[Any, Hook] = {
    **LOCATION_HOOKS,
    **PARAMETER_HOOKS,
    MorphologySource: _read_morphology,
}
