"""The JSON Schema of study files says what the loader says."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bouton
from bouton.cli.schema import command
from bouton.errors import StudyError
from bouton.files import load_document
from bouton.files.schema import study_schema
from bouton.files.source import read_document

# what the schema does not say: content and existence of files, relations between values, and the
# extractor that objectives look up by a name of their own
BEYOND = re.compile(
    r"no such|expected a path|finite|no protocol is called|listed twice|empty"
    r"|unknown feature extractor"
)
STRUCTURAL = re.compile(
    r"^(unknown key|missing:|expected (a|an|one|text|true|nothing)\b|unknown \w)"
)
REPLACEMENTS = st.sampled_from([None, True, -1, 7, 0.25, "words", "soma(0.5)", [], [1, "a"], {}])


@cache
def validator() -> Any:
    schema = study_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@cache
def studies() -> dict[str, Path]:
    return {name: bouton.registry.studies[name]() for name in bouton.registry.studies.names()}


@cache
def document(name: str) -> Any:
    return read_document(studies()[name]).plain()


def complaints(name: str, changed: Any) -> list[str]:
    """Return what the loader says; of files that the document names, only that they are wrong."""
    try:
        load_document(changed, base=studies()[name].parent)
    except StudyError as error:
        return [p.message if not p.file else f"expected a path: {p.file}" for p in error.problems]
    return []


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    """A shipped study with one thing removed, renamed or replaced."""
    name = draw(st.sampled_from(sorted(studies())))
    changed = copy.deepcopy(document(name))
    *folders, key = draw(st.sampled_from(list(paths(changed))))
    owner = changed
    for step in folders:
        owner = owner[step]
    how = draw(st.sampled_from(["remove", "rename", "replace"]))
    if how == "replace":
        owner[key] = draw(REPLACEMENTS)
    elif isinstance(owner, list):
        del owner[key]
    elif how == "rename":
        owner[f"{key}x"] = owner.pop(key)
    else:
        del owner[key]
    return name, changed


@pytest.mark.parametrize("name", sorted(studies()))
def test_every_shipped_study_is_valid(name: str) -> None:
    validator().validate(document(name))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_schema_and_loader_agree(case: tuple[str, Any]) -> None:
    name, changed = case
    said = complaints(name, changed)
    found = [error.message for error in validator().iter_errors(changed)]
    if not said:
        assert not found, f"the loader takes what the schema refuses: {found}"
    if any(STRUCTURAL.match(text) and not BEYOND.search(text) for text in said):
        assert found, f"the schema takes what the loader refuses: {said}"


@pytest.mark.parametrize(
    "cell",
    [
        {"template": "hay-l5pt", "morphology": "a.swc"},
        {"template": {"use": "hay-l5pt"}, "morphology": {"loader": "swc", "file": "a.swc"}},
        {"template": "hay:hay-l5pt", "parameters": {"file": "models.csv", "row": 3}},
        {"template": "hay-l5pt", "parameters": {"ephys.none.soma.g_pas": 1e-5, "a": "b"}},
    ],
)
def test_every_form_of_a_cell_is_valid(cell: Any) -> None:
    validator().validate({"cell": cell})


@pytest.mark.parametrize(
    "cell",
    [
        {"template": "hay-l5"},
        {"template": "hay-l5pt", "morphology": {"loader": "swc"}},
        {"template": "hay-l5pt", "morphology": {"loader": "swc", "file": "a.swc", "soma": "big"}},
        {"template": "hay-l5pt", "parameters": {"file": "models.csv", "rows": 3}},
        {"template": "hay-l5pt", "parameters": {"a": {"b": 1}}},
    ],
)
def test_every_wrong_form_of_a_cell_is_refused(cell: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator().validate({"cell": cell})


def test_options_of_plugins_come_with_text_and_unit() -> None:
    definitions = validator().schema["definitions"]
    step = next(v for k, v in definitions.items() if k.endswith(":current-step"))
    assert step["properties"]["amplitude_nA"]["description"].endswith("[nA]")
    assert len(step["properties"]["amplitude_nA"]["description"]) > len("[nA]")


def test_the_command_writes_what_a_validator_reads(tmp_path: Path) -> None:
    out = tmp_path / "study.schema.json"
    result = CliRunner().invoke(command, ["-o", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8")) == json.loads(json.dumps(study_schema()))
