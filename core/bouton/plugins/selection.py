"""`BOUTON_PLUGINS`: which third-party plug-ins may be imported at all."""

from __future__ import annotations

import os
from collections.abc import Sequence

from attrs import frozen

from bouton.errors import did_you_mean
from bouton.plugins.scan import Candidate, normalized

VARIABLE = "BOUTON_PLUGINS"


@frozen
class Selection:
    """What the variable asks for.

    Attributes:
        text: The variable as it was set; None when unset.
        allowed: Only these third parties; None for all.
        denied: None of these, ours included.
    """

    text: str | None = None
    allowed: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str | None) -> Selection:
        """Return the selection that a text such as `mine,-theirs` asks for.

        A name is that of a plug-in or of a distribution. The empty text allows no third party; a
        text with denials only allows all others.
        """
        if text is None:
            return cls()
        words = [normalized(word.strip()) for word in text.split(",") if word.strip()]
        denied = frozenset(word[1:].strip() for word in words if word.startswith("-"))
        allowed = frozenset(word for word in words if not word.startswith("-"))
        only_denials = bool(denied) and not allowed
        return cls(text, None if only_denials else allowed, denied)

    @classmethod
    def from_environment(cls) -> Selection:
        """Return what `BOUTON_PLUGINS` asks for."""
        return cls.parse(os.environ.get(VARIABLE))

    def refusal(self, candidate: Candidate) -> str:
        """Return why a plug-in is left out, or the empty text."""
        names = {normalized(candidate.name), normalized(candidate.distribution)}
        if names & self.denied:
            return f"denied by {VARIABLE}={self.text}"
        if candidate.is_builtin or self.allowed is None or names & self.allowed:
            return ""
        return f"not among those allowed by {VARIABLE}={self.text}"

    def unmatched(self, candidates: Sequence[Candidate]) -> tuple[str, ...]:
        """Return one line for each name that no plug-in has: a misspelling, most likely."""
        known = {normalized(name) for c in candidates for name in (c.name, c.distribution)}
        asked = (self.allowed or frozenset()) | self.denied
        return tuple(
            f"{VARIABLE} names {name!r}, which is not installed; {did_you_mean(name, known)}"
            for name in sorted(asked - known)
        )
