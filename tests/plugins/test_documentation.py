"""Every hook is specified, documented, and works."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from bouton import Entry, contracts, hookimpl
from bouton.plugins import specs
from bouton.plugins.checking import _CONTRACTS
from bouton.testing import isolated_registry

DOCS = Path(__file__).parents[2] / "docs"
HOOKS = [name for name in vars(specs) if name.startswith("bouton_register_")]


def test_there_is_one_hook_per_kind() -> None:
    assert [name.removeprefix("bouton_register_") for name in HOOKS] == [
        *(kind for kind in specs.KINDS if f"bouton_register_{kind}" in HOOKS)
    ]
    assert {name.removeprefix("bouton_register_") for name in HOOKS} == set(specs.KINDS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_in_the_authors_guide(hook: str) -> None:
    rows = (DOCS / "plugin-authors" / "kinds.md").read_text(encoding="utf-8").splitlines()
    (row,) = (row for row in rows if row.startswith(f"| `{hook}` |"))
    contract = _CONTRACTS.get(hook.removeprefix("bouton_register_"))
    if contract is not None:
        assert f"`{contract.__name__}`" in row
        for member in vars(contract):
            if not member.startswith("_"):
                assert member in row


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_which_contract_holds(hook: str) -> None:
    text = getattr(specs, hook).__doc__
    contract = _CONTRACTS.get(hook.removeprefix("bouton_register_"))
    if contract is not None:
        assert f"Contract `{contract.__name__}`" in text
    if "Contract" in text:
        name = text.partition("Contract `")[2].partition("`")[0]
        assert hasattr(contracts, name)


@pytest.mark.parametrize("kind", specs.KINDS)
def test_a_hook_fills_its_registry(kind: str) -> None:
    @hookimpl(specname=f"bouton_register_{kind}")
    def register() -> list[Entry]:
        return [Entry("it", "json:dumps", f"one of the {kind}")]

    registry = isolated_registry({"mine": SimpleNamespace(register=register)})
    assert registry[kind].names() == ("it",)
    assert registry[kind].entry("it").entry.summary == f"one of the {kind}"
    for other in specs.KINDS:
        assert len(registry[other]) == (1 if other == kind else 0)


def test_states_and_statuses_are_in_the_reference() -> None:
    from typing import get_args

    from bouton.plugins.checking import Status
    from bouton.plugins.records import State

    text = (DOCS / "reference" / "plugins.md").read_text(encoding="utf-8")
    for word in (*get_args(State), *get_args(Status)):
        assert f"`{word}" in text
