"""Finds what compiling needs: NEURON's translator and headers, a C++ compiler, this processor."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from bouton.errors import MechanismError

_ASSIGNMENT = r"^{name}\s*=\s*(.*)$"


@frozen
class Neuron:
    """The installed NEURON, found without importing it.

    Attributes:
        version: Its version.
        prefix: Folder with `bin`, `include` and `share`.
        compile_flags: C++ flags of its own build of mechanisms, language standard included.
        link_flags: Flags that make a loadable library.
    """

    version: str
    prefix: Path
    compile_flags: tuple[str, ...]
    link_flags: tuple[str, ...]

    @property
    def translator(self) -> Path:
        """The program that turns MOD into C++."""
        return self.prefix / "bin" / "nocmodl"

    @property
    def include(self) -> Path:
        """Folder of the headers."""
        return self.prefix / "include"

    @property
    def units(self) -> Path:
        """Table of units for the translator."""
        return self.prefix / "share" / "nrn" / "lib" / "nrnunits.lib"


@frozen
class Compiler:
    """A C++ compiler.

    Attributes:
        command: How to call it.
        version: First line of what it says about itself.
    """

    command: tuple[str, ...]
    version: str


@cache
def find_neuron() -> Neuron:
    """Return the installed NEURON.

    Raises:
        MechanismError: If NEURON, its translator or its build rules are missing.
    """
    prefix = _neuron_prefix()
    rules = prefix / "bin" / "nrnmech_makefile"
    try:
        text = rules.read_text(encoding="utf-8")
    except OSError as error:
        raise MechanismError(
            f"NEURON's build rules {rules} cannot be read ({error.strerror}); "
            "reinstall it: pip install --force-reinstall neuron"
        ) from error
    try:
        found = version("neuron")
    except PackageNotFoundError:
        found = sha256(rules.read_bytes()).hexdigest()[:12]  # a NEURON built from source
    return Neuron(
        version=found,
        prefix=prefix,
        compile_flags=(*_flags(text, "CXXFLAGS"), *_flags(text, "CXXCOMPILE")),
        link_flags=_flags(text, "CXX_LINK_SHARED"),
    )


def find_compiler() -> Compiler:
    """Return the C++ compiler: the variable CXX, else the first of c++, g++, clang++.

    Raises:
        MechanismError: If there is none, with what to install on this system.
    """
    asked = shlex.split(os.environ.get("CXX", ""))
    candidates = [asked] if asked else [["c++"], ["g++"], ["clang++"]]
    for command in candidates:
        path = shutil.which(command[0])
        if path:
            found = (path, *command[1:])
            return Compiler(found, _compiler_version(found))
    looked = asked[0] if asked else "c++, g++, clang++"
    raise MechanismError(
        f"no C++ compiler found (looked for {looked} on PATH); {compiler_remedy()}"
    )


def compiler_remedy() -> str:
    """Return how to install a compiler on this system."""
    if sys.platform == "darwin":
        return "install one with: xcode-select --install"
    for tool, command in (
        ("apt-get", "sudo apt-get install g++"),
        ("dnf", "sudo dnf install gcc-c++"),
        ("zypper", "sudo zypper install gcc-c++"),
        ("pacman", "sudo pacman -S gcc"),
        ("apk", "sudo apk add g++"),
    ):
        if shutil.which(tool):
            return f"install one with: {command}"
    return "install one with your package manager, for example: conda install -c conda-forge gxx"


@cache
def usable_flags(compiler: Compiler, flags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the flags that the compiler knows; some spell `-march=native` as `-mcpu=native`."""
    if _accepts(compiler, flags):
        return flags
    spelled = [
        "-mcpu=native" if flag == "-march=native" and not _accepts(compiler, (flag,)) else flag
        for flag in flags
    ]
    return tuple(flag for flag in spelled if _accepts(compiler, (flag,)))


def _accepts(compiler: Compiler, flags: tuple[str, ...]) -> bool:
    command = [*compiler.command, "-Werror", *flags, "-fsyntax-only", "-x", "c++", os.devnull]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


@cache
def processor() -> str:
    """Return a text that changes when code made with `-march=native` may not run."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        text = cpuinfo.read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
        kept = re.findall(r"^(?:model name|flags|Features|CPU part)\s*:.*", text, re.MULTILINE)
        return "\n".join(kept)
    if sys.platform == "darwin":
        told = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        )
        return told.stdout.strip()
    return platform.processor()


def _neuron_prefix() -> Path:
    spec = find_spec("neuron")
    if spec is None or spec.origin is None:
        raise MechanismError("NEURON is not installed; install it with: pip install 'neuron>=9'")
    bundled = Path(spec.origin).parent / ".data"
    if (bundled / "bin" / "nocmodl").is_file():
        return bundled
    program = shutil.which("nocmodl")
    if program is None:
        raise MechanismError(
            f"the NEURON in {spec.origin} came without nocmodl and none is on PATH; "
            "install the wheel: pip install --force-reinstall neuron"
        )
    return Path(program).resolve().parent.parent


def makefile_flags(rules: Path, variable: str) -> tuple[str, ...]:
    """Return the flags that a variable of NEURON's build rules holds.

    Raises:
        MechanismError: If it holds none.
    """
    return _flags(rules.read_text(encoding="utf-8"), variable)


def _flags(makefile: str, variable: str) -> tuple[str, ...]:
    found = re.search(_ASSIGNMENT.format(name=variable), makefile, re.MULTILINE)
    if found is None:
        raise MechanismError(
            f"NEURON's build rules do not define {variable}; this NEURON is not supported, "
            "install one that is: pip install 'neuron>=9.0.2,<10'"
        )
    return tuple(word for word in shlex.split(found.group(1)) if not word.startswith("$("))


@cache
def _compiler_version(command: tuple[str, ...]) -> str:
    told = subprocess.run(  # noqa: S603
        [*command, "--version"], capture_output=True, text=True, check=False
    )
    lines = (told.stdout or told.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"
