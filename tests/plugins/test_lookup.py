"""Look-up of entries by name, on the real registry."""

from __future__ import annotations

import pytest

import bouton
from bouton.errors import UnknownEntryError
from bouton.plugins.specs import KINDS


def test_every_kind_is_an_attribute() -> None:
    assert list(bouton.registry) == list(KINDS)
    for kind in KINDS:
        assert getattr(bouton.registry, kind).kind == kind
        assert bouton.registry[kind] is getattr(bouton.registry, kind)


def test_unknown_kind_is_answered_with_close_matches() -> None:
    with pytest.raises(AttributeError, match="did you mean 'protocols'"):
        bouton.registry.protocol  # noqa: B018
    with pytest.raises(UnknownEntryError, match="did you mean 'protocols'"):
        bouton.registry["protocl"]


def test_unknown_name() -> None:
    with pytest.raises(UnknownEntryError, match="unknown protocol 'nothing-like-it'"):
        bouton.registry.protocols["nothing-like-it"]
    assert bouton.registry.protocols.find("nothing-like-it") is None
    assert "nothing-like-it" not in bouton.registry.protocols
