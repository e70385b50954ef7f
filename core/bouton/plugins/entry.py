"""What a plug-in says about one thing it offers: data only, nothing imported."""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import field, frozen

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_OPTION = re.compile(r"[A-Za-z]\w*|")
_LINE = re.compile(r"[^\r\n]*")


def _matches(pattern: re.Pattern[str], what: str) -> Callable[[object, object, str], None]:
    def check(_instance: object, _attribute: object, value: str) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"entry {what}, got {value!r}")

    return check


@frozen
class Entry:
    """One thing that a plug-in offers.

    Attributes:
        name: Kebab-case name, unique within its kind.
        target: Where it lives, `"module:attribute"`, as text: nothing is imported until needed.
        summary: One line for listings.
        requires: What to install when importing the target fails, e.g. `"bouton[efel]"`.
        shorthand: Option that text after a colon sets: with `name`, the study text
            `nevergrad:DE` means entry `nevergrad` with the option `name: DE`. Empty: no such form.
    """

    name: str = field(validator=_matches(_NAME, "name must be kebab-case"))
    target: str = field(validator=_matches(_TARGET, "target must be 'module:attribute'"))
    summary: str = field(default="", validator=_matches(_LINE, "summary must be one line"))
    requires: str = field(default="", validator=_matches(_LINE, "requires must be one line"))
    shorthand: str = field(default="", validator=_matches(_OPTION, "shorthand must be an option"))
