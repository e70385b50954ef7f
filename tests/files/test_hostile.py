"""Files that are hostile, damaged, or no study at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bouton.errors import StudyError
from bouton.files import load_document, load_study
from bouton.model.study import Study


def only_study_errors(load: Callable[[], Study]) -> None:
    """Anything but a study or a study error fails the test."""
    try:
        load()
    except StudyError as error:
        if not error.problems:
            pytest.fail("an error without problems")


def one(path: Path, registry: Any) -> Any:
    with pytest.raises(StudyError) as caught:
        load_study(path, registry=registry)
    (problem,) = caught.value.problems
    return problem


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(lines)


def test_an_alias_bomb_is_refused_quickly(problems: Any, cpu_units: Any) -> None:
    (found,) = problems(bomb(30))
    assert "more than 200000 values" in found.message
    assert found.line > 1
    assert cpu_units(lambda: problems(bomb(30))) < 10  # measured: below 0.1


def test_aliases_may_be_used(load: Any) -> None:
    study = load(
        "protocols:\n"
        "  a:\n    duration_ms: 1\n    integration: &fine {method: cvode, celsius: 34}\n"
        "  b:\n    duration_ms: 2\n    integration: *fine\n"
    )
    assert study.protocols["a"].integration == study.protocols["b"].integration


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [*x]", "alias *x contains itself"),
        ("a: *x", "alias *x"),
        ("name: !!python/object/apply:os.system ['touch planted']", "tags such as"),
        ("name: !!python/name:os.system", "tags such as"),
        ("name: !include x.yaml", "tags such as"),
        ("name: !!str 3", "tags such as"),
        ("? [a]\n: 1", "a key must be plain text"),
        ("a: " + "[" * 60 + "]" * 60, "nested more than 40 levels deep"),
        ('name: "\\ud800"', ""),
        ("name: a\x07b", "not valid YAML"),
        ("%YAML 9.9\n---\na: 1", ""),
        ("\tname: x", "not valid YAML"),
    ],
)
def test_yaml_that_is_refused(problems: Any, folder: Path, text: str, message: str) -> None:
    (found,) = problems(text)
    assert message in found.message
    assert not (folder / "planted").exists()


def test_deep_nesting_never_overflows(problems: Any) -> None:
    for name in ("a.yaml", "a.json"):
        problems("[" * 400_000, name=name)
    problems("a:\n" + "\n".join(" " * i + "- " for i in range(1, 900)))


def test_not_text(folder: Path, registry: Any) -> None:
    for name in ("a.yaml", "a.toml", "a.json"):
        path = folder / name
        path.write_bytes(b"name: x\n\x80\x04\x95" + os.urandom(200))
        found = one(path, registry)
        assert "not text in UTF-8 (byte 0x80" in found.message
        assert found.line == 2


def test_a_byte_order_mark_is_no_harm(load: Any) -> None:
    assert load(b"\xef\xbb\xbfname: x\r\n").name == "x"
    assert load(b'\xef\xbb\xbf{"name": "x"}\r\n', name="a.json").name == "x"
    assert load(b'\xef\xbb\xbfname = "x"\r\n', name="a.toml").name == "x"


def test_missing_folder_device_and_odd_names(folder: Path, registry: Any) -> None:
    (folder / "study.yaml").write_text("name: x\n")
    assert one(folder / "studi.yaml", registry).hint == "did you mean 'study.yaml'?"
    assert "does not exist" in one(folder / "no" / "study.yaml", registry).hint
    (folder / "dir.yaml").mkdir()
    assert one(folder / "dir.yaml", registry).message == "expected a file, found a folder"
    assert "ends in .yaml" in one(folder / "study.pkl", registry).message
    assert "ends in .yaml" in one(folder / "models.csv", registry).message
    assert "no such file" in one(Path("nul\0l.yaml"), registry).message
    os.mkfifo(folder / "pipe.yaml")
    assert "something else" in one(folder / "pipe.yaml", registry).message
    assert "cannot be read" in one(Path("x" * 5000 + ".yaml"), registry).message
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    assert one(folder / "loop.yaml", registry)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(folder: Path, registry: Any) -> None:
    path = folder / "secret.yaml"
    path.write_text("name: x\n")
    path.chmod(0)
    assert "cannot be read" in one(path, registry).message


@pytest.mark.parametrize("name", ["big.yaml", "big.toml", "big.json"])
def test_ten_megabytes_of_nonsense_are_refused_quickly(
    folder: Path, registry: Any, cpu_units: Any, name: str
) -> None:
    (folder / name).write_bytes(b"[{" * 5_000_000)
    assert "larger than 1 MB" in one(folder / name, registry).message
    assert cpu_units(lambda: one(folder / name, registry)) < 10  # measured: below 0.1


def test_a_megabyte_of_valid_nonsense_gives_a_bounded_list(problems: Any) -> None:
    found = problems("\n".join(f"key{i}: {i}" for i in range(20_000)), name="a.yaml")
    assert len(found) == 1001
    assert any("hardly a study" in problem.message for problem in found)
    problems("\n".join(f"key{i} = {i}" for i in range(20_000)), name="a.toml")
    problems("{" + ",".join(f'"key{i}": {i}' for i in range(20_000)) + "}", name="a.json")


QUICK = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = st.sampled_from(
    [
        "cell",
        "protocols",
        "fit",
        "use",
        "file",
        "template",
        "ball",
        "p",
        "row",
        "parameters",
        "morphology",
        "evaluation",
        "order",
        "name",
        "files",
        "location",
        "stimuli",
        "step",
        "every_segment",
        "sample",
        "label",
        "soma(0.5)",
        "89_C2.hoc",
        "models.csv",
        "a.b",
        "hay-bap",
        "optimizer",
        "ibea",
        "duration_ms",
        "recordings",
        "voltage",
        "region",
        "radius_um",
    ]
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@QUICK
@given(data=st.binary(max_size=200), name=st.sampled_from(["a.yaml", "a.toml", "a.json"]))
@example(b"a: *b", "a.yaml")
@example(b"\xef\xbb\xbf", "a.json")
@example(b"? \n", "a.yaml")
def test_any_bytes_give_a_study_or_a_study_error(
    folder: Path, registry: Any, data: bytes, name: str
) -> None:
    (folder / name).write_bytes(data)
    only_study_errors(lambda: load_study(folder / name, registry=registry))


@QUICK
@given(
    text=st.text(alphabet=st.sampled_from("abc:{}[],-&*!|>'\"#%@`?\n\t =.10~<"), max_size=60),
    name=st.sampled_from(["a.yaml", "a.toml", "a.json"]),
)
def test_any_punctuation_gives_a_study_or_a_study_error(
    folder: Path, registry: Any, text: str, name: str
) -> None:
    (folder / name).write_text(text)
    only_study_errors(lambda: load_study(folder / name, registry=registry, overrides=[text]))


@QUICK
@given(document=st.dictionaries(WORDS, PLAIN, max_size=5))
def test_any_document_gives_a_study_or_a_study_error(
    folder: Path, registry: Any, document: dict[str, Any]
) -> None:
    only_study_errors(lambda: load_document(document, base=folder, registry=registry))


def test_documents_hold_plain_data_only(registry: Any) -> None:
    for value in (object(), {1: 2}, {"a": b"x"}, "\ud800"):
        with pytest.raises(StudyError):
            load_document({"name": value}, registry=registry)


WHOLE = {
    "cell": {
        "template": {"use": "ball", "version": 1},
        "morphology": {"loader": "hoc", "file": "89_C2.hoc", "scale_um": 1},
        "parameters": {"file": "models.csv", "row": 0, "values": {"a": 1.5, "b": [1, 2]}},
    },
    "protocols": {
        "p": {
            "duration_ms": 5,
            "stimuli": [{"use": "step", "amplitude_nA": 1, "location": {"label": "apic"}}],
            "recordings": [{"use": "voltage", "location": {"sample": 5, "label": "d", "seed": 1}}],
            "integration": {"method": "cvode"},
        },
        "q": {"use": "hay-bap", "recording_distances_um": [1, 2], "mode": "fast"},
    },
    "objectives": {"use": "hay-objectives", "file": "models.csv", "window_ms": [0, 1]},
    "features": {"f": {"use": "rate", "threshold_mV": 0}},
    "evaluation": {"order": ["q", "p"], "cutoffs": {"q": 3}},
    "allow_code": ["89_C2.hoc"],
    "fit": {
        "optimizer": {"use": "ibea", "offspring": 3},
        "region": {"radius_um": 1, "beyond_um": 2},
        "extra": [{"use": "step", "amplitude_nA": 1}],
        "pairs": {"a": [1]},
        "where": "soma(0.5)",
    },
}


def mutated(value: Any, path: list[int], new: Any) -> Any:
    """Replace, or remove, the part of a document that a list of numbers leads to."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[key] = mutated(value[key], path[1:], new)
    if changed[key] is ...:
        del changed[key]
    return changed


@QUICK
@given(
    path=st.lists(st.integers(0, 7), min_size=1, max_size=6),
    new=PLAIN | st.just(...),
    data=st.data(),
)
def test_a_study_with_one_part_replaced(
    folder: Path, registry: Any, path: list[int], new: Any, data: Any
) -> None:
    document = mutated(WHOLE, path, new)
    if data.draw(st.booleans()):
        more = data.draw(st.lists(st.integers(0, 7), min_size=1, max_size=6))
        document = mutated(document, more, data.draw(PLAIN))
    try:
        study = load_document(document, base=folder, registry=registry)
    except StudyError:
        return
    assert load_document(study.document, registry=registry) == study


def test_the_study_that_is_damaged_is_sound(folder: Path, registry: Any) -> None:
    assert load_document(WHOLE, base=folder, registry=registry).jobs["fit"].pairs == {"a": (1,)}
