"""Checks that CI and developers run: `nox -l` lists them."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "contracts", "docs", "tests"]

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13"]
# the machines that run CI have two cores
PARALLEL = ["-n", "2", "--dist", "worksteal", "--durations", "30"]
ROOTS = ["core", "plugins", "mechanisms", "tests", "docs", "benchmarks", "noxfile.py"]


def group(name: str) -> list[str]:
    return nox.project.dependency_groups(PROJECT, name)


def install_wheel(session: nox.Session, *extras: str) -> None:
    """Build the wheel and install it, so that what is tested is what is shipped."""
    out = Path(session.create_tmp()) / "dist"
    for old in out.glob("*.whl"):
        old.unlink()
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(out), ".", silent=True)
    (wheel,) = out.glob("*.whl")
    session.install("--force-reinstall", "--no-deps", str(wheel))
    session.install(f"bouton[{','.join(extras)}] @ {wheel.resolve().as_uri()}")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, against the built wheel and the example plug-in as a second distribution."""
    install_wheel(session, "all")
    session.install(*group("test"))
    session.install("--no-deps", "tests/example_plugin")
    session.run("python", "-m", "pytest", *(session.posargs or PARALLEL))


@nox.session(python=PYTHONS)
def pythons(session: nox.Session) -> None:
    """The tests on every supported Python that is installed."""
    install_wheel(session, "all")
    session.install(*group("test"))
    session.install("--no-deps", "tests/example_plugin")
    session.run("python", "-m", "pytest", *(session.posargs or PARALLEL))


@nox.session
def lint(session: nox.Session) -> None:
    """Style and formatting."""
    session.install(*group("lint"))
    roots = [root for root in ROOTS if Path(root).exists()]
    session.run("ruff", "check", *roots)
    session.run("ruff", "format", "--check", *roots)


@nox.session
def types(session: nox.Session) -> None:
    """Strict types."""
    session.install("-e", ".", *group("types"))
    session.run("mypy")


@nox.session
def contracts(session: nox.Session) -> None:
    """Import contracts: floors are only walked downwards, plug-ins use public names."""
    session.install("-e", ".", *group("lint"))
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation; warnings fail."""
    session.install("-e", ".", *group("docs"))
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build")


@nox.session
def bench(session: nox.Session) -> None:
    """Every speed that is claimed, as ratios measured side by side in one run."""
    install_wheel(session, "all")
    session.install(*group("test"))
    session.run("python", "benchmarks/run.py", *session.posargs)
