"""The logger of Bouton: silent in a library, turned on by the command line or by `BOUTON_LOG`.

Loguru is imported with the first message, since most processes never have one.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from loguru import Logger

__all__ = ["logger"]

LEVEL = os.environ.get("BOUTON_LOG", "")


class _Later:
    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(_configured(), name)


@cache
def _configured() -> Logger:
    from loguru import logger as found

    if LEVEL:  # a command, or somebody who wants to see; the variable also reaches worker processes
        found.remove()
        found.add(
            sys.stderr, level=LEVEL, format="{message}" if LEVEL == "INFO" else "{time} {message}"
        )
    else:
        found.disable("bouton")
        found.disable("bouton_plugins")
    return found


logger = cast("Logger", _Later())
