"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("BOUTON_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of reference data that is not part of the project; tests skip without it."""
    if not SHARED.is_dir():
        pytest.skip(f"reference data are absent ({SHARED}); set BOUTON_SHARED_DATA to their folder")
    return SHARED
