"""Writes portable cells; reading them is `portable`, which knows every field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORMAT = "bouton-portable-cell"
VERSION = 2


def write_portable(document: Mapping[str, Any], path: Path, *, indent: int | None = 1) -> None:
    """Write a document, all at once; without an indent it costs a tenth."""
    text = json.dumps(document, indent=indent, allow_nan=False)
    private = path.with_name(f".{path.name}.part")
    private.write_text(text + "\n", encoding="utf-8")
    private.replace(path)
