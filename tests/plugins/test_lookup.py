"""Look-up of entries by name: on the real registry, and on isolated ones."""

from __future__ import annotations

import sys
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import frozen

import bouton
from bouton import Entry, hookimpl
from bouton.errors import (
    AmbiguousEntryError,
    MissingDependencyError,
    PluginError,
    UnknownEntryError,
)
from bouton.plugins.checking import check
from bouton.plugins.discovery import Discovery
from bouton.plugins.registries import Registries
from bouton.plugins.specs import KINDS, singular
from bouton.testing import check_plugin, isolated_registry


@frozen
class Walker:
    """An optimizer for tests."""

    name: str = "plain"

    def start(self, problem: Any, seed: int) -> Any:
        raise NotImplementedError


def plugin(kind: str, *entries: Entry) -> SimpleNamespace:
    """Return a plug-in that offers some entries of one kind."""

    @hookimpl(specname=f"bouton_register_{kind}")
    def register() -> list[Entry]:
        return list(entries)

    return SimpleNamespace(register=register)


HERE = f"{__name__}:Walker"
WALKERS = plugin(
    "optimizers",
    Entry("walker", HERE, shorthand="name"),
    Entry("de", HERE),
    Entry("plain", HERE),
)


def test_every_kind_is_an_attribute() -> None:
    assert list(bouton.registry) == list(KINDS)
    assert set(Registries.__annotations__) == set(KINDS)
    for kind in KINDS:
        assert getattr(bouton.registry, kind).kind == kind
        assert bouton.registry[kind] is getattr(bouton.registry, kind)


def test_unknown_kind_is_answered_with_close_matches() -> None:
    with pytest.raises(AttributeError, match="did you mean 'protocols'"):
        bouton.registry.protocol  # noqa: B018
    with pytest.raises(UnknownEntryError, match="did you mean 'protocols'"):
        bouton.registry["protocl"]


def test_names_in_messages() -> None:
    assert singular("cell_templates") == "cell template"
    assert singular("studies") == "study"


def test_look_up() -> None:
    optimizers = isolated_registry({"mine": WALKERS}).optimizers
    assert optimizers["walker"] is Walker
    assert optimizers["mine:walker"] is Walker
    assert optimizers.names() == tuple(optimizers) == ("de", "plain", "walker")
    assert len(optimizers) == 3
    assert "de" in optimizers
    assert "mine:de" in optimizers
    assert 3 not in optimizers
    assert optimizers.entry("de").qualified == "mine:de"
    assert optimizers.find("nope") is None
    assert repr(optimizers) == "<optimizers: de, plain, walker>"


def test_unknown_name_is_answered_with_close_matches() -> None:
    registry = isolated_registry({"mine": WALKERS})
    with pytest.raises(
        UnknownEntryError, match="unknown optimizer 'wolker'; did you mean 'walker'"
    ):
        registry.optimizers["wolker"]


def test_a_name_of_another_kind_is_recognised() -> None:
    registry = isolated_registry({"mine": WALKERS})
    with pytest.raises(UnknownEntryError, match="'walker'; that name is one of the optimizers"):
        registry.protocols["walker"]


def test_no_plug_ins_at_all_is_said() -> None:
    with pytest.raises(UnknownEntryError, match="no plug-ins are installed, not even ours"):
        isolated_registry({}).protocols["hay-bap"]


def test_text_after_a_colon() -> None:
    optimizers = isolated_registry({"mine": WALKERS}).optimizers
    assert optimizers.resolve("walker:DE") == (Walker, {"name": "DE"})
    assert optimizers.resolve("walker:A:B") == (Walker, {"name": "A:B"})
    assert optimizers.resolve("mine:walker:DE") == (Walker, {"name": "DE"})
    assert optimizers.resolve("walker") == (Walker, {})
    assert optimizers.entry("walker:DE").name == "walker"
    with pytest.raises(UnknownEntryError, match=r"use resolve\('walker:DE'\)"):
        optimizers["walker:DE"]
    with pytest.raises(UnknownEntryError, match="takes no text after a colon"):
        optimizers.resolve("plain:DE")
    with pytest.raises(UnknownEntryError):
        optimizers.resolve("walker:")
    with pytest.raises(UnknownEntryError):
        optimizers.resolve("")


def test_the_full_name_of_an_entry_comes_before_text_after_a_colon() -> None:
    """Plug-in `walker` offers `walker` and `de`: `walker:de` is the entry, `walker:DE` is text."""
    optimizers = isolated_registry({"walker": WALKERS}).optimizers
    assert optimizers.resolve("walker:de") == (Walker, {})
    assert optimizers.entry("walker:de").name == "de"
    assert optimizers.resolve("walker:DE") == (Walker, {"name": "DE"})
    assert optimizers.resolve("walker:walker:de") == (Walker, {"name": "de"})


def test_strangers_who_offer_one_name() -> None:
    one = plugin("optimizers", Entry("walker", HERE))
    other = plugin("optimizers", Entry("walker", "json:dumps"))
    with pytest.raises(PluginError, match="also offered by plug-in 'other'"):
        isolated_registry({"one": one, "other": other})
    optimizers = isolated_registry({"one": one, "other": other}, strict=False).optimizers
    with pytest.raises(AmbiguousEntryError, match="'one:walker' or 'other:walker'"):
        optimizers["walker"]
    assert optimizers["one:walker"] is Walker
    assert optimizers.names() == ("one:walker", "other:walker")
    assert optimizers.name_of(Walker) == "one:walker"


def test_one_entry_of_any_kind() -> None:
    both = isolated_registry(
        {
            "mine": WALKERS,
            "yours": plugin("protocols", Entry("walker", HERE), Entry("bap", HERE)),
            "other": plugin("catalogues", Entry("yours", HERE)),
        }
    )
    assert both.entry("bap").kind == "protocols"
    assert both.entry("walker", "protocols").plugin == "yours"
    with pytest.raises(AmbiguousEntryError, match="protocols and optimizers: say which kind"):
        both.entry("walker")
    with pytest.raises(UnknownEntryError, match="nothing is called 'bop'; did you mean 'bap'"):
        both.entry("bop")
    with pytest.raises(UnknownEntryError, match="that is a plug-in, which offers yours"):
        both.entry("other")
    assert both.entry("yours:bap").kind == "protocols"
    assert {offer.kind for offer in both.find("walker")} == {"protocols", "optimizers"}


def test_reverse_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    facade = ModuleType("a_facade")
    facade.Passed = Walker  # type: ignore[attr-defined]
    registry = isolated_registry(
        {
            "mine": plugin("optimizers", Entry("walker", HERE)),
            "far": plugin(
                "protocols", Entry("passed", "a_facade:Passed"), Entry("d", "json:dumps")
            ),
        }
    )
    assert registry.name_of("optimizers", Walker) == "walker"
    assert registry.name_of("optimizers", Walker("x")) == "walker"
    with pytest.raises(UnknownEntryError, match="no plug-in offers"):
        registry.name_of("protocols", Walker)
    monkeypatch.setitem(sys.modules, "a_facade", facade)
    assert registry.name_of("protocols", Walker) == "passed"
    assert registry.name_of("protocols", sys.modules["json"].dumps) == "d"


@pytest.mark.parametrize(
    ("target", "requires", "error", "words"),
    [
        ("surely_not_there:x", "", PluginError, "No module named 'surely_not_there'"),
        ("json:dunps", "", PluginError, "did you mean 'dumps'"),
        ("json.nothing:x", "bouton[x]", PluginError, "No module named 'json.nothing'"),
    ],
)
def test_targets_that_cannot_be_loaded(
    target: str, requires: str, error: type[PluginError], words: str
) -> None:
    registry = isolated_registry(
        {"mine": plugin("optimizers", Entry("walker", target, requires=requires))}
    )
    with pytest.raises(error) as caught:
        registry.optimizers["walker"]
    assert not isinstance(caught.value, MissingDependencyError)
    assert words in str(caught.value)
    assert "plug-in 'mine'" in str(caught.value)
    assert target in str(caught.value)


def test_a_missing_library_says_what_to_install(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needy_target.py").write_text("import surely_not_there\n")
    (tmp_path / "exiting_target.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = isolated_registry(
        {
            "mine": plugin(
                "optimizers",
                Entry("needy", "needy_target:x", requires="bouton[needy]"),
                Entry("undeclared", "needy_target:x"),
                Entry("exits", "exiting_target:x"),
            )
        }
    )
    with pytest.raises(MissingDependencyError, match=r'pip install "bouton\[needy\]"'):
        registry.optimizers["needy"]
    with pytest.raises(PluginError, match="surely_not_there") as caught:
        registry.optimizers["undeclared"]
    assert not isinstance(caught.value, MissingDependencyError)
    with pytest.raises(PluginError, match="SystemExit: 3"):
        registry.optimizers["exits"]


def test_a_target_that_says_itself_what_is_missing(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from bouton.errors import MissingDependencyError as E\nraise E('run: apt install x')"
    (tmp_path / "saying_target.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    registry = isolated_registry({"mine": plugin("optimizers", Entry("says", "saying_target:x"))})
    with pytest.raises(MissingDependencyError, match="run: apt install x"):
        registry.optimizers["says"]
    (finding,) = (each for each in check(registry) if each.kind == "optimizers")
    assert (finding.status, finding.message, finding.hint) == ("needs", "run: apt install x", "")


def test_registries_are_filled_when_first_asked() -> None:
    calls: list[int] = []

    def source() -> Discovery:
        calls.append(1)
        return Discovery()

    registry = Registries(source)
    assert repr(registry)
    assert calls == []
    assert registry.protocols.names() == registry.recorders.names() == ()
    assert calls == [1]


def test_threads_that_ask_at_once_share_one_discovery() -> None:
    calls: list[int] = []
    started = threading.Barrier(4)

    def source() -> Discovery:
        calls.append(1)
        return Discovery()

    registry = Registries(source)

    def ask() -> None:
        started.wait()
        registry.protocols.names()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]


def test_check_plugin_lists_everything_that_is_wrong() -> None:
    check_plugin("mine", WALKERS)
    bad = plugin("protocols", Entry("walker", HERE), Entry("gone", "json:gone"))
    with pytest.raises(PluginError) as caught:
        check_plugin("bad", bad)
    assert "Walker lacks protocol, which a protocol needs" in str(caught.value)
    assert "has no 'gone'" in str(caught.value)
    with pytest.raises(PluginError, match="shorthand option 'nome' is not a field of Walker"):
        check_plugin("bad", plugin("optimizers", Entry("w", HERE, shorthand="nome")))


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "Upper", "target": "a:b"},
        {"name": "has space", "target": "a:b"},
        {"name": "a:b", "target": "a:b"},
        {"name": "", "target": "a:b"},
        {"name": "ok", "target": "no-colon"},
        {"name": "ok", "target": "a..b:c"},
        {"name": "ok", "target": "a:b:c"},
        {"name": "ok", "target": 3},
        {"name": "ok", "target": "a:b", "summary": "two\nlines"},
        {"name": "ok", "target": "a:b", "shorthand": "not an option"},
    ],
)
def test_impossible_entries(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="entry"):
        Entry(**arguments)
