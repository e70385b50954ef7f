"""The names of a new plug-in: whether they can be used, and what they become in its files."""

from __future__ import annotations

import keyword
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from attrs import fields, frozen

from bouton import registry
from bouton.errors import PluginError, Problem
from bouton.model.study import Study
from bouton.plugins.specs import one_of

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SKELETONS = Path(__file__).parent / "skeletons"


@frozen
class Names:
    """Names of one new plug-in.

    Attributes:
        thing: What the user calls it, such as `spike-width`: entry and entry point.
        kind: What it offers.
    """

    thing: str
    kind: str

    @classmethod
    def checked(cls, name: str, kind: str) -> Self:
        """Return the names, if nobody has them yet; `bouton-` in front is left out.

        Raises:
            PluginError: Saying what is wrong with the name, and what to do.
        """
        made = cls(name.removeprefix("bouton-"), kind)
        problem = made._form() or made._clash()
        if problem:
            raise PluginError(str(problem))
        return made

    @property
    def distribution(self) -> str:
        """Name for pip: `bouton-spike-width`."""
        return f"bouton-{self.thing}"

    @property
    def package(self) -> str:
        """Name to import: `bouton_spike_width`."""
        return self.distribution.replace("-", "_")

    @property
    def skeleton(self) -> Path:
        """Folder of what is written."""
        return _SKELETONS / self.kind

    @property
    def word(self) -> str:
        """Name of the module in the package, and of a function: `spike_width`."""
        word = self.thing.replace("-", "_")
        is_function = "def skeleton(" in self._source
        return f"{word}_entry" if is_function and word in self._used else word

    @property
    def class_name(self) -> str:
        """Name of a class: `SpikeWidth`."""
        name = "".join(part.capitalize() for part in self.thing.split("-"))
        return f"{name}Entry" if name in self._used or keyword.iskeyword(name) else name

    @property
    def _source(self) -> str:
        return (self.skeleton / "entry.py").read_text(encoding="utf-8")

    @property
    def _used(self) -> set[str]:
        """Words that the files use for something else."""
        tests = (self.skeleton / "test_entry.txt").read_text(encoding="utf-8")
        return set(re.findall(r"\w+", self._source + tests))

    def _form(self) -> Problem | None:
        if not _NAME.fullmatch(self.thing):
            close = re.sub(r"[^a-z0-9]+", "-", self.thing.lower()).strip("-0123456789")
            hint = f"try {close}" if _NAME.fullmatch(close) else "such as spike-width"
            message = f"{self.thing!r} is no name for a plug-in: lower-case words with hyphens"
            return Problem(message, hint=hint)
        if keyword.iskeyword(self.thing):
            message = f"{self.thing!r} is a word of Python, so no module can have it"
            return Problem(message, hint=f"try my-{self.thing}")
        if self.thing.startswith("test"):
            message = f"pytest would take what {self.thing!r} offers for tests, by its name"
            return Problem(message, hint=f"try my-{self.thing}")
        if self.kind == "jobs" and self.thing in {field.name for field in fields(Study)}:
            message = f"every study has a key {self.thing!r} already"
            return Problem(message, hint=f"try my-{self.thing}")
        return None

    def _clash(self) -> Problem | None:
        hint = f"choose another name, such as my-{self.thing}"
        for record in registry.records:
            if record.name == self.thing:
                message = f"there is a plug-in {self.thing!r} already ({record.package})"
                return Problem(message, hint=hint)
        offer = registry[self.kind].find(self.thing)
        if offer is not None:
            owner = f"plug-in {offer.plugin!r} ({offer.distribution})"
            message = f"there is {one_of(self.kind)} {self.thing!r} already, of {owner}"
            return Problem(message, hint=hint)
        if find_spec(self.package) is not None:
            message = f"a module {self.package!r} can be imported already"
            return Problem(message, hint=hint)
        return None
