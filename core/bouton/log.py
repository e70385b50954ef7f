"""The logger of Bouton: silent in a library, turned on by the command line or by `BOUTON_LOG`."""

from __future__ import annotations

import os
import sys

from loguru import logger

__all__ = ["logger"]

LEVEL = os.environ.get("BOUTON_LOG", "")

if LEVEL:  # a command, or somebody who wants to see; the variable also reaches worker processes
    logger.remove()
    logger.add(
        sys.stderr, level=LEVEL, format="{message}" if LEVEL == "INFO" else "{time} {message}"
    )
else:
    logger.disable("bouton")
    logger.disable("bouton_plugins")
