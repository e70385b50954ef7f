"""Evaluations as one flat table in formats that other programs read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bouton.errors import MissingDependencyError
from bouton.results.atomic import partial_path, storage_errors, write_atomic
from bouton.results.exact_json import encode
from bouton.results.reading import Results


def row_or_best(value: int | str) -> int | str:
    """Return the row that `--row` names: a number, or the word best.

    Raises:
        ValueError: If it is something else.
    """
    if value == "best":
        return value
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"a row is a number or the word best, got {value!r}") from None


def write_csv(results: Results, path: Path) -> None:
    """Write one line per evaluation; lists are JSON, what is missing is empty.

    Raises:
        ResultsError: If the file cannot be written.
    """
    table = results.table()
    rows = (map(_cell, row) for row in zip(*table.values(), strict=True))
    write_atomic(path, csv_text(table, rows).encode("utf-8"))


def csv_text(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table as CSV with a line of names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def write_parquet(results: Results, path: Path) -> None:
    """Write one row per evaluation; lists and texts among numbers are JSON.

    Raises:
        MissingDependencyError: If pandas or pyarrow is not installed.
        ResultsError: If the file cannot be written.
    """
    try:
        import pyarrow  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "Parquet needs pandas and pyarrow; install them with `pip install pandas pyarrow`, or "
            "choose --format csv"
        ) from error
    frame = results.to_dataframe()
    for name in frame.columns:
        if frame[name].map(lambda value: isinstance(value, list)).any():
            frame[name] = frame[name].map(encode)
    temporary = partial_path(path)
    with storage_errors(f"writing {path}"):
        frame.to_parquet(temporary)
        temporary.replace(path)


def _cell(value: Any) -> Any:  # noqa: ANN401
    if value is None:
        return ""
    return encode(value) if isinstance(value, list | dict) else value


WRITERS = {"csv": write_csv, "parquet": write_parquet}
