"""Reasons of failures, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_NUMBER = re.compile(r"(?<![\w.])-?\d+(\.\d+)?([eE][+-]?\d+)?")
_LONGEST = 160


def commonest(records: Iterable[Mapping[str, Any]], most: int = 5) -> list[tuple[str, int]]:
    """Return the commonest causes of failed evaluations, and how often each was met."""
    failed = [record["reason"] for record in records if record["status"] == "failed"]
    return Counter(map(cause, failed)).most_common(most)


def cause(reason: str) -> str:
    """Return a reason with `#` for its numbers, so that failures of one cause count as one."""
    text = _NUMBER.sub("#", reason)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."
