"""Reasons of failures, counted."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?<![\w.])-?\d+(\.\d+)?([eE][+-]?\d+)?")
_LONGEST = 160


def cause(reason: str) -> str:
    """Return a reason with `#` for its numbers, so that failures of one cause count as one."""
    text = _NUMBER.sub("#", reason)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."
