"""Deliberately wrong parts of networks: their suites say what is wrong."""
# ruff: noqa: ARG002 (contracts say which arguments there are)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import frozen

from bouton.model.devices import DeviceParts
from bouton.model.wiring import Contacts

# ---- networks -----------------------------------------------------------------------------------


@frozen
class Outside:
    """Cells outside the box."""

    def place(self, box: Any, draws: Any) -> Any:
        return box.origin_um + box.size_um * (1.0 + draws.uniform(np.arange(5)[:, None], [0, 1, 2]))


@frozen
class CountsWhatIsWanted:
    """Pairs that depend on how many targets are asked for."""

    def contacts(self, pre: Any, post: Any, draws: Any) -> Contacts:
        return Contacts(np.arange(len(post.wanted)), post.wanted)


@frozen
class Unsorted:
    """Pairs in falling order."""

    def contacts(self, pre: Any, post: Any, draws: Any) -> Contacts:
        falling = post.wanted[::-1]
        return Contacts((falling + 1) % len(pre), falling)


@frozen
class ToSelf:
    """Every cell to itself, too."""

    def contacts(self, pre: Any, post: Any, draws: Any) -> Contacts:
        return Contacts(post.wanted.copy(), post.wanted.copy())


@frozen
class Backwards:
    """Spikes that fall."""

    def trains(self, cells: int, duration_ms: float, draws: Any) -> list[Any]:
        return [np.array([5.0, 3.0])] * cells


@frozen
class Late:
    """Spikes that do not end with the run."""

    def trains(self, cells: int, duration_ms: float, draws: Any) -> list[Any]:
        return [np.array([5.0, duration_ms + 1.0])] * cells


@frozen
class AddsNothing:
    """A device without parts."""

    def parts(self, name: str, scene: Any) -> DeviceParts:
        return DeviceParts()


@frozen
class Nobody:
    """Cells that do not exist."""

    def cells(self, scene: Any, draws: Any) -> Any:
        return {"inner": np.array([2, 99])}


# kind, target, attributes of the suite, the test that must fail, words of its message
WRONG: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("placements", Outside, {}, "places_cells", "outside the box"),
    ("connectors", CountsWhatIsWanted, {}, "any_division", "asked for 14 of 40"),
    ("connectors", Unsorted, {}, "connects", "not sorted"),
    ("connectors", ToSelf, {}, "to_itself", "connect to themselves"),
    ("devices", Backwards, {}, "a_train", "do not rise"),
    ("devices", Late, {}, "a_train", "outside 0 to 500 ms"),
    ("devices", AddsNothing, {}, "adds_parts", "adds nothing"),
    ("targets", Nobody, {}, "chooses_cells", "inner has 6 cells"),
    ("network_importers", None, {}, "in_order", ""),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0]}-{case[3]}")
def test_a_mistake_is_found(case: Any, message: Callable[..., str]) -> None:
    *mistake, words = case
    assert words in message(*mistake)
