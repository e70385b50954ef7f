"""Makes one library of mechanisms in a private folder: translate, compile, link.

NEURON's `nrnivmodl` does the same through make. Here each step is a plain call: no make needed, no
quoting of paths, every message belongs to one MOD file, and the generated C++ can be tightened.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import frozen

from bouton.errors import MechanismError
from bouton.nrn.cache import LIBRARY
from bouton.nrn.modfiles import Mechanism
from bouton.nrn.tightening import FAST_MATH_HEADER, tighten
from bouton.nrn.toolchain import Compiler, Neuron, usable_flags

SUPPORT_SUFFIXES = (".inc", ".h", ".hpp")
_ERROR_LINE = re.compile(
    r"^(?:.*/)?(?P<file>[\w.+-]+):(?P<line>\d+):(?:\d+:)? (?:fatal )?error: (?P<text>.*)"
)
_TRANSLATOR_LINE = re.compile(r"at line (\d+) in file")


@frozen
class BuildOptions:
    """How mechanisms are compiled.

    Attributes:
        flags: Compiler flags, after NEURON's own (the last one wins).
        is_tight: Whether the generated loops are tightened (`bouton.nrn.tightening`).
        is_core: Whether CoreNEURON is to use them (`bouton.nrn.core_building`).
    """

    flags: tuple[str, ...] = (
        "-O3",
        "-march=native",
        "-fno-math-errno",
        "-fno-trapping-math",
        "-fno-semantic-interposition",  # else functions of the MOD file are not inlined
    )
    is_tight: bool = True
    is_core: bool = False


FAST = BuildOptions()
PLAIN = BuildOptions(flags=(), is_tight=False)
CORE = BuildOptions(is_tight=False, is_core=True)


@frozen
class Part:
    """One MOD file on its way into a library: `stem` is its name in the build folder."""

    mechanism: Mechanism
    stem: str


@frozen
class Builder:
    """Builds a library in `folder`, which belongs to this build alone."""

    folder: Path
    neuron: Neuron
    compiler: Compiler
    options: BuildOptions
    log: Path

    def build(self, mechanisms: Sequence[Mechanism], support: Sequence[Path]) -> Path:
        """Return the library.

        Raises:
            MechanismError: Naming MOD file, line and message, if a step fails.
        """
        parts = self._bring(mechanisms, support)
        with ThreadPoolExecutor(max_workers=min(len(parts), _processors())) as pool:
            list(pool.map(self._make_object, parts))
        self._register(parts)
        return self._link(parts)

    @property
    def _flags(self) -> tuple[str, ...]:
        return usable_flags(self.compiler, self.options.flags)

    def _bring(self, mechanisms: Sequence[Mechanism], support: Sequence[Path]) -> list[Part]:
        parts: list[Part] = []
        for index, mechanism in enumerate(mechanisms):
            stem = self._stem(mechanism, index)
            shutil.copyfile(mechanism.file, self.folder / f"{stem}.mod")
            for include in mechanism.includes:
                beside = mechanism.file.parent
                base = beside if include.is_relative_to(beside) else beside.parent
                target = self.folder / include.relative_to(base)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(include, target)
            parts.append(Part(mechanism, stem))
        for file in support:
            shutil.copyfile(file, self.folder / file.name)
        return parts

    def _stem(self, mechanism: Mechanism, index: int) -> str:
        """Return a name that can be part of a C function; two catalogues may share a file name."""
        return re.sub(r"\W", "_", mechanism.file.stem, flags=re.ASCII) + f"_{index}"

    def _make_object(self, part: Part) -> None:
        self._translate(part)
        source = self.folder / f"{part.stem}.cpp"
        if self.options.is_tight:
            text = source.read_text(encoding="utf-8", errors="surrogateescape")
            source.write_text(
                tighten(text, part.mechanism), encoding="utf-8", errors="surrogateescape"
            )
        self._compile(source.name, part)

    def _translate(self, part: Part) -> None:
        environment = {**os.environ, "MODLUNIT": str(self.neuron.units)}
        done = self._call([str(self.neuron.translator), f"{part.stem}.mod"], environment)
        if done.returncode or not (self.folder / f"{part.stem}.cpp").is_file():
            raise MechanismError(self._translator_message(part, done.stdout))

    def _compile(self, source: str, part: Part | None = None) -> None:
        command = [
            *self.compiler.command,
            *self.neuron.compile_flags,
            *self._flags,
            *("-I.", f"-I{self.neuron.include}", f"-I{FAST_MATH_HEADER.parent}"),
            *("-fPIC", "-c", source),
        ]
        done = self._call(command)
        if done.returncode:
            raise MechanismError(self._compiler_message(part, source, done.stdout))

    def _register(self, parts: Sequence[Part]) -> None:
        names = [part.stem for part in parts]
        declared = "\n".join(f'extern "C" void _{name}_reg();' for name in names)
        called = "\n".join(f"  _{name}_reg();" for name in names)
        text = f'{declared}\nextern "C" void modl_reg() {{\n{called}\n}}\n'
        (self.folder / "bouton_register.cpp").write_text(text, encoding="utf-8")
        self._compile("bouton_register.cpp")

    def _link(self, parts: Sequence[Part]) -> Path:
        objects = [f"{part.stem}.o" for part in parts]
        libraries = self.neuron.prefix / "lib"
        command = [
            *(*self.compiler.command, *self.neuron.link_flags, *self._flags),
            *("-o", LIBRARY, "bouton_register.o", *objects),
            *(f"-L{libraries}", "-lnrniv", f"-Wl,-rpath,{libraries}"),
        ]
        done = self._call(command)
        if done.returncode:
            raise MechanismError(self._compiler_message(None, LIBRARY, done.stdout))
        return self.folder / LIBRARY

    def _call(
        self, command: list[str], environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
        return done

    def _translator_message(self, part: Part, output: str) -> str:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith(("Translating", "Thread Safe"))]
        found = _TRANSLATOR_LINE.search(output)
        place = f"{part.mechanism.file}:{found.group(1)}" if found else str(part.mechanism.file)
        said = "; ".join(lines[:6]).replace(f"{part.stem}.mod", part.mechanism.file.name)
        return f"{place}: NEURON cannot translate it: {said or 'no message'}; log: {self.log}"

    def _compiler_message(self, part: Part | None, source: str, output: str) -> str:
        where = str(part.mechanism.file) if part else source
        for line in output.splitlines():
            found = _ERROR_LINE.match(line)
            if found:
                return (
                    f"{where}: the C++ made from it does not compile: {found['text']} "
                    f"({found['file']} line {found['line']}); log: {self.log}"
                )
        tail = "; ".join(line.strip() for line in output.strip().splitlines()[-3:])
        return f"{where}: the compiler failed: {tail or 'no message'}; log: {self.log}"


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
