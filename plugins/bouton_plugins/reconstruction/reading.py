"""Configurations in: our own form, or that of the Brain Scaffold Builder; all errors at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from bouton.errors import NetworkError, Problem, StudyError
from bouton.files.converter import Reader
from bouton.files.dump import Writer
from bouton.files.node import Node, document_problems, from_plain
from bouton.files.overrides import apply_overrides
from bouton.files.refusal import Hopeless, Refused
from bouton.files.source import read_document
from bouton.files.study import HOOKS
from bouton.files.types import fields_of
from bouton.model.morphology import Morphology
from bouton_plugins.reconstruction.checks import Fault, faults, label_faults, load_shapes
from bouton_plugins.reconstruction.description import ConnectivityRule, Reconstruction
from bouton_plugins.reconstruction.reading_bsb import Translator, is_foreign
from bouton_plugins.reconstruction.references import resolved
from bouton_plugins.reconstruction.simulation.building import misfits
from bouton_plugins.reconstruction.simulation.description import SimulationRule
from bouton_plugins.reconstruction.tissue import Tissue

SECTION = "reconstruction"
"""Section of a study that holds a reconstruction."""


@frozen(eq=False)
class Configuration:
    """A reconstruction that was read and checked, ready to be compiled.

    Attributes:
        tissue: The description.
        morphologies: The shapes that cells use, by name.
        document: The description as a JSON-ready document, complete, with absolute paths.
        notices: What a user should know of how the configuration was understood.
        root: The description as it was read, with the lines of its values.
    """

    tissue: Reconstruction
    morphologies: Mapping[str, Morphology]
    document: Mapping[str, Any]
    notices: tuple[str, ...] = ()
    root: Node = Node({})

    def misfits(self, tissue: Tissue, is_connected: bool = True) -> list[Problem]:
        """Return what is impossible about the simulations, with lines; no simulator is needed.

        Args:
            tissue: The cells that were placed, and their contacts.
            is_connected: Whether the contacts are known; if not, what needs some is not judged.
        """
        return [
            self.problem(("simulations", name, *path), text)
            for name, rule in self.tissue.simulations.items()
            for path, text in misfits(tissue, rule, is_connected)
        ]

    def problem(self, path: Sequence[str], message: str, hint: str = "") -> Problem:
        """Return a problem with what is at a path of the description, with its line."""
        return _at(self.root, path).problem(message, hint)


def read_configuration(
    path: Path | str,
    *,
    overrides: Sequence[str] = (),
    registry: Any = None,  # noqa: ANN401
) -> Configuration:
    """Return the reconstruction in a YAML, TOML or JSON file.

    Args:
        path: The file; relative paths in it start from its folder.
        overrides: Texts `path=value` of `--set`, applied in order before anything is judged.
        registry: Where plug-ins are looked up; Bouton's own if None.

    Raises:
        StudyError: With everything that is wrong, each with file, line and path.
    """
    path = Path(path)
    with document_problems():
        node = resolved(read_document(path), path)
    node, problems = apply_overrides(node, overrides)
    return _configuration(node, Path(os.path.abspath(path)).parent, registry, problems)


def from_document(
    document: Mapping[str, Any],
    *,
    base: Path | str = ".",
    registry: Any = None,  # noqa: ANN401
) -> Configuration:
    """Return the reconstruction that plain data describe, in either form.

    Raises:
        StudyError: With everything that is wrong, each with its path in the document.
    """
    with document_problems():
        node = from_plain(dict(document))
    return _configuration(node, Path(os.path.abspath(base)), registry, [])


def prepared(tissue: Reconstruction) -> Configuration:
    """Return a reconstruction made in Python, checked.

    Raises:
        NetworkError: With everything that is wrong.
        StudyError: If something in it has no form in a document, so that it cannot be stored.
    """
    wrong = list(faults(tissue))
    morphologies = load_shapes(tissue, wrong.append)
    wrong += label_faults(tissue, morphologies)
    if wrong:
        raise NetworkError("; ".join(map(str, wrong)))
    return Configuration(tissue, morphologies, written(tissue))


def simulations_of(
    config: Mapping[str, Any],
    registry: Any = None,  # noqa: ANN401
) -> dict[str, SimulationRule]:
    """Return the simulations in the description of a stored network.

    Raises:
        StudyError: If they cannot be read, for example because a plug-in is missing.
    """
    found: dict[str, SimulationRule] = _section(config, "simulations", registry)
    return found


def rules_of(
    config: Mapping[str, Any],
    registry: Any = None,  # noqa: ANN401
) -> dict[str, ConnectivityRule]:
    """Return the rules of connectivity in the description of a stored network.

    Raises:
        StudyError: If they cannot be read, for example because a plug-in is missing.
    """
    found: dict[str, ConnectivityRule] = _section(config, "connectivity", registry)
    return found


def written(
    tissue: Reconstruction,
    registry: Any = None,  # noqa: ANN401
) -> dict[str, Any]:
    """Return a reconstruction as a JSON-ready document.

    Raises:
        StudyError: If something in it has no name in a registry, or no form in a document.
    """
    writer = Writer(_registry(registry), {})
    document = {
        name: writer.write(getattr(tissue, name), field.annotation, (name,))
        for name, field in fields_of(Reconstruction).items()
    }
    if writer.problems:
        raise StudyError(writer.problems)
    return document


def _registry(registry: Any) -> Any:  # noqa: ANN401
    if registry is None:
        from bouton.plugins import registry
    return registry


def _section(config: Mapping[str, Any], name: str, registry: Any) -> Any:  # noqa: ANN401
    reader = Reader(_registry(registry), Path.cwd(), hooks=HOOKS)
    stored = from_plain({name: config.get(name, {})}, file="the stored description")
    found: Any = None
    with suppress(Refused, Hopeless):
        found = reader.read(stored.child(name), fields_of(Reconstruction)[name].annotation)
    if reader.problems:
        raise StudyError(reader.problems)
    return found


def _configuration(
    node: Node,
    base: Path,
    registry: Any,  # noqa: ANN401
    problems: Sequence[Problem],
) -> Configuration:
    reader = Reader(_registry(registry), base, hooks=HOOKS)
    reader.problems.extend(problems)
    notices: list[str] = []
    tissue, morphologies = None, {}
    with suppress(Refused, Hopeless):
        node = _own_part(reader, node)
        given = node.value
        if is_foreign(node):
            node, notices = Translator(reader).translated(node)
        with reader.going_on():
            tissue = reader.read(node, Reconstruction)
        # A section that could not be rewritten is there, although our form lacks it.
        reader.problems[:] = [p for p in reader.problems if not _is_there(p, given)]
        if tissue is not None and not reader.problems:
            morphologies = _checked(reader, node, tissue)
    if reader.problems or tissue is None:
        raise StudyError(sorted(reader.problems, key=lambda problem: (problem.file, problem.line)))
    return Configuration(tissue, morphologies, written(tissue, registry), tuple(notices), node)


def _checked(reader: Reader, node: Node, tissue: Reconstruction) -> dict[str, Morphology]:
    """Return the shapes that cells use, and note every name or label that leads nowhere."""
    for fault in faults(tissue):
        _note(reader, node, fault)
    morphologies = load_shapes(tissue, lambda fault: _note(reader, node, fault))
    for fault in label_faults(tissue, morphologies):
        _note(reader, node, fault)
    return morphologies


def _is_there(problem: Problem, given: Any) -> bool:  # noqa: ANN401
    missing = problem.message.startswith("missing:")
    return missing and isinstance(given, dict) and problem.path in given


def _own_part(reader: Reader, root: Node) -> Node:
    """Return section `reconstruction` of a study, or the whole document."""
    if not root.is_mapping or SECTION not in root.value:
        return root
    known = ("name", "description", "files", SECTION)
    for key, inner in root.children():
        if key not in known:
            reader.unknown_key(inner, key, known)
    return root.child(SECTION)


def _note(reader: Reader, node: Node, fault: Fault) -> None:
    reader.note(_at(node, fault.path), fault.message, fault.hint)


def _at(node: Node, path: Sequence[str]) -> Node:
    """Return the deepest value on a path that a document has, with the whole path."""
    rest = list(path)
    while rest:
        try:
            node = node.child(rest[0])
        except (KeyError, IndexError, TypeError, ValueError):
            break
        rest.pop(0)
    return evolve(node, path=(*node.path, *rest))
