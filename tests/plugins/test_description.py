"""Options, parameters and documentation of a target, read back from the target itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import Factory, asdict, frozen

from bouton.model.cell import Parameter
from bouton.plugins.description import describe, json_ready, options_of
from bouton.plugins.docstrings import attribute_texts, sections
from bouton.plugins.entry import Entry
from bouton.plugins.offers import Offer


@frozen
class Pulse:
    """A square current.

    More words.

    Attributes:
        amplitude_nA: Positive depolarises;
            the second line counts too.
        delay_ms, duration_ms: Times.

    Source: Nobody (2020), eq. 1.
    """

    amplitude_nA: float
    delay_ms: float = 10.0
    duration_ms: float = float("inf")
    tags: list[str] = Factory(list)
    folder: Path = Path("here")


@frozen
class Ball:
    """A cell of one compartment."""

    extra: int = 1

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter("g_leak", "S/cm2", 0.0, 1.0, 0.1, source="Table 1"), Parameter("free"))


@frozen
class Choosy:
    """Needs an option."""

    mode: str


class Raising:
    """Cannot be made."""

    def __init__(self) -> None:
        raise RuntimeError("no file")


def offer(name: str, kind: str = "stimuli") -> Offer:
    return Offer(kind, Entry("it", f"{__name__}:{name}", "a summary"), "mine", "bouton-mine", "1")


def test_sections_and_attributes() -> None:
    assert sections(Pulse)[""] == "A square current.\n\nMore words."
    assert sections(Pulse)["Source"] == "Nobody (2020), eq. 1."
    texts = attribute_texts(Pulse)
    assert texts["amplitude_nA"] == "Positive depolarises; the second line counts too."
    assert texts["delay_ms"] == texts["duration_ms"] == "Times."


def test_inherited_docstrings_do_not_count() -> None:
    class Child(Pulse):
        pass

    assert sections(Child) == {"": ""}


def test_options() -> None:
    options = {option.name: option for option in options_of(Pulse)}
    assert list(options) == ["amplitude_nA", "delay_ms", "duration_ms", "tags", "folder"]
    assert options["amplitude_nA"].is_required
    assert options["amplitude_nA"].type == "float"
    assert options["delay_ms"].default == 10.0
    assert options["duration_ms"].default == "inf"
    assert options["tags"].default == []
    assert options["folder"].default == "here"


def test_targets_that_are_not_attrs_have_no_options() -> None:
    assert options_of(offer) == ()


def test_parameters_of_a_template() -> None:
    found = describe(offer("Ball", "cell_templates"), "it")
    leak, free = found.parameters
    assert (leak.unit, leak.lower, leak.upper, leak.default) == ("S/cm2", 0.0, 1.0, 0.1)
    assert leak.source == "Table 1"
    assert (free.lower, free.upper, free.default) == (None, None, None)
    assert json.loads(json.dumps(asdict(found), allow_nan=False))["qualified"] == "mine:it"


@pytest.mark.parametrize(
    ("target", "note"),
    [
        ("Choosy", "depend on the options mode"),
        ("Raising", "RuntimeError: no file"),
        ("Pulse", "depend on the options amplitude_nA"),
    ],
)
def test_parameters_that_cannot_be_listed_leave_a_note(target: str, note: str) -> None:
    found = describe(offer(target, "cell_templates"), "it")
    assert found.parameters == ()
    assert note in found.note


@pytest.mark.parametrize(
    ("value", "ready"),
    [
        ((1, (2.5, None)), [1, [2.5, None]]),
        ({"a": Path("b")}, {"a": "b"}),
        (float("nan"), "nan"),
        (True, True),
    ],
)
def test_json_ready(value: object, ready: object) -> None:
    assert json_ready(value) == ready
