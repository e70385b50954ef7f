"""How reading gives up: on one value, or altogether. The problems are kept by the reader."""

from __future__ import annotations

MAX_PROBLEMS = 1000
"""Number of problems after which reading ends."""


class Hopeless(Exception):  # noqa: N818 - not an error: the problems are already noted
    """There is no end of problems."""


class Refused(Exception):  # noqa: N818 - not an error: the problems are already noted
    """A value could not be read; why is among the reader's problems."""
