"""Makes one library of mechanisms for CoreNEURON: its own translator, headers and objects.

CoreNEURON takes one library per process. It holds the solver too, so it is linked with CoreNEURON's
objects, and the mechanisms that CoreNEURON has of its own are compiled with the others. NEURON's
`nrnivmodl-core` does the same through make.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from attrs import frozen

from bouton.errors import MechanismError
from bouton.nrn.building import Builder, Part
from bouton.nrn.cache import LIBRARY
from bouton.nrn.modfiles import Mechanism, read_mechanism
from bouton.nrn.toolchain import Neuron, find_neuron, makefile_flags

_SAID = re.compile(r"\[(?:error|critical)\] ::? ?(?P<text>.*)")


def rules_file(neuron: Neuron) -> Path:
    """Return the build rules of CoreNEURON's mechanisms; missing if NEURON came without it."""
    return neuron.prefix / "share" / "coreneuron" / "nrnivmodl_core_makefile"


def own_mechanisms() -> list[Mechanism]:
    """Return the mechanisms that CoreNEURON has without any catalogue.

    Raises:
        MechanismError: If this NEURON came without CoreNEURON.
    """
    neuron = find_neuron()
    folder = neuron.prefix / "share" / "modfile"
    if not (rules_file(neuron).is_file() and folder.is_dir()):
        raise MechanismError(
            f"the NEURON in {neuron.prefix} came without CoreNEURON; use engine: neuron, or "
            "install the wheel, which has it: pip install 'neuron>=9.0.2'"
        )
    return [read_mechanism(file) for file in sorted(folder.glob("*.mod"))]


@frozen
class CoreBuilder(Builder):
    """Builds a library for CoreNEURON in `folder`, which belongs to this build alone."""

    def _stem(self, mechanism: Mechanism, index: int) -> str:
        """Return the plain name for CoreNEURON's own, which the solver calls by it."""
        is_own = mechanism.file.is_relative_to(self.neuron.prefix)
        return mechanism.file.stem if is_own else super()._stem(mechanism, index)

    def _translate(self, part: Part) -> None:
        prefix = self.neuron.prefix
        environment = {
            **os.environ,
            "NMODLHOME": str(prefix),
            "PYTHONPATH": os.pathsep.join([str(prefix / "lib"), *sys.path]),
            "MODLUNIT": str(prefix / "share" / "nmodl" / "nrnunits.lib"),
            **_python_library(),
        }
        command = [str(prefix / "bin" / "nmodl"), f"{part.stem}.mod", "-o", "."]
        done = self._call([*command, "host", "--c", "passes", "--inline"], environment)
        if done.returncode or not (self.folder / f"{part.stem}.cpp").is_file():
            said = "; ".join(m["text"] for m in map(_SAID.search, done.stdout.splitlines()) if m)
            raise MechanismError(
                f"{part.mechanism.file}: CoreNEURON cannot translate it: {said or 'no message'}; "
                f"use engine: neuron; log: {self.log}"
            )

    @property
    def _compile_flags(self) -> tuple[str, ...]:
        include = self.neuron.include
        return (
            *makefile_flags(rules_file(self.neuron), "CXXFLAGS"),
            *self._flags,
            "-I.",
            f"-I{include / 'coreneuron' / 'utils' / 'randoms'}",  # before NEURON's of that name
            f"-I{include}",
            "-fPIC",
        )

    def _compile(self, source: str, part: Part | None = None) -> None:
        command = [*self.compiler.command, *self._compile_flags, "-c", source]
        done = self._call(command)
        if done.returncode:
            raise MechanismError(self._compiler_message(part, source, done.stdout))

    def _register(self, parts: Sequence[Part]) -> None:
        names = [part.stem for part in parts]
        declared = "\n".join(f"extern void _{name}_reg();" for name in names)
        called = "\n".join(f"  _{name}_reg();" for name in names)
        text = f"namespace coreneuron {{\n{declared}\nvoid modl_reg() {{\n{called}\n}}\n}}\n"
        (self.folder / "bouton_register.cpp").write_text(text, encoding="utf-8")
        self._compile("bouton_register.cpp")
        engine = rules_file(self.neuron).with_name("enginemech.cpp")
        text = engine.read_text(encoding="utf-8")
        (self.folder / engine.name).write_text(f"#define ADDITIONAL_MECHS\n{text}", "utf-8")
        self._compile(engine.name)

    def _link(self, parts: Sequence[Part]) -> Path:
        objects = [f"{part.stem}.o" for part in parts]
        solver = self.neuron.prefix / "lib" / "libcoreneuron-core.a"
        whole = (
            (f"-Wl,-force_load,{solver}",)
            if sys.platform == "darwin"
            else ("-Wl,--whole-archive", str(solver), "-Wl,--no-whole-archive")
        )
        command = [
            *(*self.compiler.command, *self._compile_flags, "-shared", "-o", LIBRARY),
            *("bouton_register.o", "enginemech.o", *objects, *whole),
            *makefile_flags(rules_file(self.neuron), "LDFLAGS"),
        ]
        done = self._call(command)
        if done.returncode:
            raise MechanismError(self._compiler_message(None, LIBRARY, done.stdout))
        return self.folder / LIBRARY


def _python_library() -> dict[str, str]:
    """Return where the translator finds Python, which it needs for some equations."""
    try:
        path = import_module("find_libpython").find_libpython()  # NEURON's wheel depends on it
    except ImportError:
        return {}
    return {"NMODL_PYLIB": path} if path else {}
