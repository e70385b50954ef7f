"""Descriptions to JSON-ready documents: complete, with absolute paths and every default."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import attrs
import numpy as np

from bouton.errors import BoutonError, Problem, StudyError
from bouton.files.contents import sha256_of
from bouton.files.locations import FORMS, write_location
from bouton.files.node import dotted
from bouton.files.types import Field, fields_of, is_union, plugin_kind
from bouton.model.inline import InlineProtocol
from bouton.model.study import MorphologySource, Study

_LOCATIONS = tuple(cls for cls, _ in FORMS.values())


class Writer:
    """Writes descriptions as documents.

    Args:
        registry: Where the names of plug-ins are looked up.
        files: SHA-256 of files that were read already, by absolute path.
    """

    def __init__(self, registry: Any, files: Mapping[str, str]) -> None:  # noqa: ANN401
        self.registry = registry
        self.problems: list[Problem] = []
        self.files = dict(files)

    def write(self, value: Any, annotation: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401
        """Return a value as plain data; `annotation` tells where plug-ins are meant."""
        if value is None or isinstance(value, str | bool):
            return value
        if isinstance(value, _LOCATIONS):
            return write_location(value)
        if isinstance(value, MorphologySource):
            return self.morphology(value, path)
        if attrs.has(type(value)):
            kind = "" if isinstance(value, InlineProtocol) else _kind(annotation)
            use = {"use": self.name(kind, value, path)} if kind else {}
            return {**use, **self.description(value, path)}
        if isinstance(value, Mapping):
            inner = (*get_args(annotation), Any, Any)[1]
            return {str(k): self.write(v, inner, (*path, str(k))) for k, v in value.items()}
        if isinstance(value, tuple | list | set | frozenset):
            return self.items(value, annotation, path)
        if isinstance(value, Path):
            return self.file(value)
        return self.number(value, path)

    def description(self, value: Any, path: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401
        """Return every field of a description."""
        found: dict[str, Any] = {}
        for name, field in fields_of(type(value)).items():
            inner = getattr(value, field.attribute.name)
            if not _is_unwritable_default(inner, field):
                found[name] = self.write(inner, field.annotation, (*path, name))
        return found

    def name(self, kind: str, value: Any, path: tuple[str, ...]) -> str:  # noqa: ANN401
        """Return the name of a plug-in."""
        try:
            return str(getattr(self.registry, kind).name_of(type(value)))
        except BoutonError as error:
            return self.problem(str(error), path)

    def problem(self, message: str, path: tuple[str, ...]) -> str:
        """Note a problem."""
        self.problems.append(Problem(message, path=dotted(path)))
        return ""

    def morphology(self, source: MorphologySource, path: tuple[str, ...]) -> dict[str, Any]:
        """Return a morphology with its loader's options beside the file."""
        loader = self.name("morphology_loaders", source.loader, path)
        return {
            "loader": loader,
            "file": self.file(source.file),
            **self.description(source.loader, path),
        }

    def items(self, values: Any, annotation: Any, path: tuple[str, ...]) -> list[Any]:  # noqa: ANN401
        """Return the items of a sequence, or of a set in sorted order."""
        args = get_args(annotation) or (Any, ...)
        ordered = sorted(values) if isinstance(values, set | frozenset) else list(values)
        same = len(args) != len(ordered) or args[-1] is ...
        types = [args[0]] * len(ordered) if same else args
        return [
            self.write(value, wanted, (*path, str(index)))
            for index, (value, wanted) in enumerate(zip(ordered, types, strict=True))
        ]

    def file(self, path: Path) -> str:
        """Return an absolute path, and keep what the file holds."""
        absolute = os.path.abspath(path)
        if absolute not in self.files and Path(absolute).is_file():
            self.files[absolute] = sha256_of(Path(absolute))
        return absolute

    def number(self, value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401
        """Return a number, or the numbers of an array."""
        if isinstance(value, np.ndarray | np.generic):
            return self.write(value.tolist(), Any, path)
        if isinstance(value, float) and not math.isfinite(value):
            return self.problem(f"a document cannot hold {value}", path)
        if isinstance(value, int | float):
            return value
        return self.problem(f"a document cannot hold a {type(value).__name__}", path)


def dump(
    study: Study,
    *,
    registry: Any = None,  # noqa: ANN401
    files: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the document of a study; `load_document` makes an equal study from it.

    Args:
        study: A study from a file or made in Python.
        registry: Where names of plug-ins are looked up; Bouton's own if None.
        files: SHA-256 of input files that were read already, by absolute path; the others are
            read here.

    Raises:
        StudyError: If something in it has no name in a registry, or no form in a document.
    """
    if registry is None:
        from bouton.plugins import registry
    writer = Writer(registry, files or {})
    document = {
        name: writer.write(getattr(study, name), field.annotation, (name,))
        for name, field in fields_of(Study).items()
        if name not in ("jobs", "document")
    }
    document |= {name: writer.write(job, Any, (name,)) for name, job in study.jobs.items()}
    document["files"] = dict(sorted(writer.files.items()))
    if writer.problems:
        raise StudyError(writer.problems)
    return document


def _kind(annotation: Any) -> str:  # noqa: ANN401
    members = get_args(annotation) if is_union(annotation) else (annotation,)
    return next((kind for kind in map(plugin_kind, members) if kind), "")


def _is_unwritable_default(value: Any, field: Field) -> bool:  # noqa: ANN401
    """Return whether a value is a default that no document can hold, such as infinity."""
    is_infinite = isinstance(value, float) and not math.isfinite(value)
    return is_infinite and value is field.attribute.default
