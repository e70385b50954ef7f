"""A report from a run directory to a file."""

from __future__ import annotations

from pathlib import Path

from bouton.errors import MissingDependencyError
from bouton.results import Results
from bouton.results.atomic import storage_errors, write_atomic
from bouton_plugins.html_report.building import document_of
from bouton_plugins.html_report.page import page

REPORT_NAME = "report.html"


def write_report(directory: Path | str, out: Path | str | None = None) -> Path:
    """Write the report of a run as one HTML file and return its path.

    Args:
        directory: Run directory; nothing but the report is written into it.
        out: File to write; `report.html` in the run directory if None.

    Raises:
        ResultsError: If the directory holds no run, or the file cannot be written.
        MissingDependencyError: If Plotly is not installed.
    """
    script = plotly_script()
    results = Results.open(directory)
    path = Path(out) if out is not None else results.path / REPORT_NAME
    text = page(document_of(results), script)
    with storage_errors(f"making {path.parent}"):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text.encode("utf-8"))
    return path


def plotly_script() -> str:
    """Return Plotly's JavaScript, which its Python package carries.

    Raises:
        MissingDependencyError: If Plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise MissingDependencyError(
            "HTML reports need Plotly; install it with `pip install 'bouton[html]'`"
        ) from error
    script: str = get_plotlyjs()
    return script
