"""Study files in, documents out; every mistake found at once, with file, line and path."""

from __future__ import annotations

from bouton.files.dump import dump
from bouton.files.study import load_document, load_study, study_hash

__all__ = ["dump", "load_document", "load_study", "study_hash"]
