"""Studies by path or by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bouton.errors import Problem, StudyError, UnknownEntryError
from bouton.files import load_study
from bouton.model.study import Study
from bouton.plugins import registry


def find_study(text: str | Path, overrides: Sequence[str] = ()) -> Study:
    """Return a study from a file, or a built-in one by name.

    Args:
        text: Path of a study file, or name of an entry of kind `studies`.
        overrides: `path=value` texts.

    Raises:
        StudyError: If neither exists, or the study is wrong.
    """
    if not isinstance(text, str | Path):
        raise StudyError([Problem(f"expected a file or the name of a study, got {text!r}")])
    path = Path(text)
    if path.suffix or len(path.parts) > 1 or _exists(path):
        return load_study(path, overrides=overrides)
    try:
        source = registry.studies[str(text)]
    except UnknownEntryError as error:
        hint = "give a path with its suffix, or one of: " + ", ".join(registry.studies.names())
        message = f"there is no file and no built-in study called {str(text)!r}"
        raise StudyError([Problem(message, hint=hint)]) from error
    return load_study(Path(source()), overrides=overrides)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # no file can have such a name
        return False
