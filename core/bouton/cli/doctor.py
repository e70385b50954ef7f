"""`bouton doctor`: is this machine fit to work, and if not, what exactly to do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from attrs import asdict, frozen

from bouton.cli.options import format_option
from bouton.cli.text import paragraph
from bouton.errors import BoutonError
from bouton.plugins import registry
from bouton.plugins.requirements import is_installed

_OLDEST, _NEWEST = (3, 11), (3, 13)
_ENOUGH_DISK_B = 500e6
_LIMIT_S = 300.0
_NEURON = "import neuron; print(neuron.__version__)"
_TABLES = """
import sys, tables
with tables.open_file(sys.argv[1], "w") as file:
    file.create_carray("/", "x", obj=[1.0, 2.0])
with tables.open_file(sys.argv[1]) as file:
    assert file.root.x[:].sum() == 3.0
print(tables.__version__, "with HDF5", tables.hdf5_version)
"""
_LEAK = """
NEURON { THREADSAFE SUFFIX bouton_doctor NONSPECIFIC_CURRENT i RANGE g }
PARAMETER { g = 1e-3 (S/cm2) }
ASSIGNED { v (mV) i (mA/cm2) }
BREAKPOINT { i = g*(v + 60) }
"""
_SMOKE = """
import sys
from pathlib import Path
from bouton.nrn import catalogues
catalogues.load([Path(sys.argv[1])])
from bouton.nrn.engine import h
section = h.Section()
section.insert("bouton_doctor")
h.finitialize(-80)
for _ in range(4000):
    h.fadvance()
print(f"{section(0.5).v:.3f}")
"""


@frozen
class Check:
    """What one check found.

    Attributes:
        name: What was looked at.
        state: `ok`, `note` (fit, but worth knowing) or `unfit`.
        message: What was found.
        remedy: What to do; empty if nothing.
    """

    name: str
    state: str
    message: str
    remedy: str = ""


@click.command(name="doctor")
@click.option("--full", is_flag=True, help="Also compile a small mechanism and run it.")
@format_option()
@click.pass_context
def command(ctx: click.Context, full: bool, form: str) -> None:
    """Say whether this machine is fit to work, and if not, what to do.

    Exit code 1 if it is not. No window system is needed, and DISPLAY does not matter.

    \b
    Examples:
      bouton doctor
      bouton doctor --full
    """
    checks = []
    for check in examine(full=full):
        checks.append(check)
        if form == "table":
            click.echo(paragraph(f"{check.state:<5}", f"{check.name}: {check.message}", indent=0))
            if check.remedy:
                click.echo(paragraph("->", check.remedy, indent=6))
    is_fit = all(check.state != "unfit" for check in checks)
    if form == "json":
        report = {"fit": is_fit, "checks": [asdict(check) for check in checks]}
        click.echo(json.dumps(report, indent=2))
    ctx.exit(0 if is_fit else 1)


def examine(*, full: bool) -> Iterator[Check]:
    """Yield the checks one by one, as they are done."""
    yield _python()
    yield _neuron()
    yield _compiler()
    yield _cache()
    yield _disk()
    yield _tables()
    yield from _plugins()
    yield from _extras()
    yield from _strays()
    if full:
        yield _smoke()


def _python() -> Check:
    found = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    if _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return Check("Python", "ok", found)
    remedy = "make an environment with Python 3.11 to 3.13 and install bouton there"
    return Check("Python", "unfit", f"{found} is not supported", remedy)


def _neuron() -> Check:
    remedy = "pip install 'neuron>=9.0.2,<10' (Linux and macOS; on Windows use WSL)"
    try:
        found = version("neuron")
    except PackageNotFoundError:
        return Check("NEURON", "unfit", "not installed", remedy)
    numbers = tuple(int(part) for part in re.findall(r"\d+", found)[:3])
    if not (9, 0, 2) <= numbers < (10,):
        return Check("NEURON", "unfit", f"{found} is not supported", remedy)
    # In a process of its own: what breaks there does not break the doctor.
    is_good, said = _python_says(_NEURON)
    if not is_good:
        again = "pip install --force-reinstall 'neuron>=9.0.2,<10'"
        return Check("NEURON", "unfit", f"{found} cannot be imported: {said}", again)
    return Check("NEURON", "ok", said)


def _compiler() -> Check:
    from bouton.nrn.toolchain import compiler_remedy, find_compiler, find_neuron

    try:
        compiler = find_compiler()
        find_neuron()
    except BoutonError as error:
        return Check("C++ compiler", "unfit", str(error), compiler_remedy())
    return Check("C++ compiler", "ok", f"{' '.join(compiler.command)} ({compiler.version})")


def _cache() -> Check:
    from bouton.nrn.cache import VARIABLE, entries, usable_cache_folder

    try:
        folder = usable_cache_folder()
    except BoutonError as error:
        return Check("cache", "unfit", str(error), f"set {VARIABLE} to a folder you can write to")
    found = entries()
    broken = [entry for entry in found if not entry.is_whole]
    message = f"{folder}, {len(found) - len(broken)} compiled catalogues"
    if broken:
        note = f"{message}, {len(broken)} damaged or unfinished"
        return Check("cache", "note", note, "they are made again when needed; nothing to do")
    return Check("cache", "ok", message)


def _disk() -> Check:
    from bouton.nrn.cache import cache_folder

    places = {Path.cwd(), _existing(cache_folder())}
    free, place = min((shutil.disk_usage(place).free, place) for place in places)
    message = f"{free / 1e9:.1f} GB free for {place}"
    if free < _ENOUGH_DISK_B:
        return Check("disk", "unfit", message, f"free some space on the disk of {place}")
    return Check("disk", "ok", message)


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def _tables() -> Check:
    with TemporaryDirectory() as folder:
        is_good, said = _python_says(_TABLES, str(Path(folder) / "trial.h5"))
    if is_good:
        return Check("results files", "ok", f"PyTables {said}")
    remedy = "pip install --force-reinstall 'tables>=3.10'"
    return Check("results files", "unfit", f"PyTables does not work: {said}", remedy)


def _plugins() -> Iterator[Check]:
    records = registry.records
    broken = [record for record in records if record.is_broken]
    for record in broken:
        message = f"{record.name} ({record.package or 'unknown distribution'}): {record.reason}"
        ours = record.distribution == "bouton"
        remedy = record.hint or f"pip uninstall {record.distribution or record.name}, or mend it"
        yield Check("plug-in", "unfit" if ours else "note", message, remedy)
    good = len(records) - len(broken)
    yield Check("plug-ins", "ok", f"{good} of {len(records)} in order (see 'bouton plugins')")


def _extras() -> Iterator[Check]:
    for extra, needed in _needs().items():
        missing = [name for name in needed if not is_installed(name)]
        if missing:
            message = f"not installed (needs {', '.join(missing)})"
            remedy = f"if you want it: pip install 'bouton[{extra}]'"
            yield Check(f"extra {extra}", "note", message, remedy)
        else:
            found = ", ".join(f"{name} {version(name)}" for name in needed)
            yield Check(f"extra {extra}", "ok", found)


def _needs() -> dict[str, list[str]]:
    """Return the distributions that each extra brings, from our own metadata."""
    needs: dict[str, list[str]] = {}
    for requirement in requires("bouton") or ():
        found = re.match(r"\s*([\w.-]+).*;.*\bextra\s*==\s*['\"]([\w.-]+)['\"]", requirement)
        if found and found[1] != "bouton":
            needs.setdefault(found[2], []).append(found[1])
    return {extra: names for extra, names in sorted(needs.items()) if extra != "all"}


def _strays() -> Iterator[Check]:
    from bouton.nrn.strays import stray_libraries, stray_variable

    why = "Bouton keeps them out; other programs that use NEURON here load them"
    for library in stray_libraries(Path.cwd()):
        yield Check("stray mechanisms", "note", f"{library}", f"{why}; remove {library.parent}")
    if stray_variable():
        message = f"NRN_NMODL_PATH is set to {stray_variable()}"
        yield Check("stray mechanisms", "note", message, f"{why}; unset NRN_NMODL_PATH")


def _smoke() -> Check:
    name = "compile and run"
    with TemporaryDirectory() as folder:
        place = Path(folder) / "doctor"
        place.mkdir()
        (place / "bouton_doctor.mod").write_text(_LEAK, encoding="utf-8")
        # A cache of its own, so that it is compiled indeed.
        is_good, said = _python_says(_SMOKE, str(place), BOUTON_CACHE_DIR=folder)
    if is_good and said == "-60.000":
        return Check(name, "ok", "a membrane came to rest where it should")
    remedy = "see the lines above; then run: bouton -v doctor --full"
    return Check(name, "unfit", said or "no answer", remedy)


def _python_says(code: str, *arguments: str, **variables: str) -> tuple[bool, str]:
    """Run code in a new Python; return whether it went well and its last line."""
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code, *arguments],
            env={**os.environ, "NEURON_MODULE_OPTIONS": "-nogui", **variables},
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {_LIMIT_S:.0f} s"
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    if done.returncode < 0:
        return False, f"ended by signal {-done.returncode}"
    return done.returncode == 0, lines[-1] if lines else ""
