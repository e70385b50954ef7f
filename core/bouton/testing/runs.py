"""Suites for what works with whole studies and runs."""

from __future__ import annotations

import hashlib
import json
import os
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import attrs
import click
from click.testing import CliRunner, Result

from bouton.cli.group import clean_errors
from bouton.errors import BoutonError, ResultsError, StudyError
from bouton.files import load_document, load_study
from bouton.jobs.running import Executable, run_study
from bouton.model.study import Study
from bouton.testing.suite import OptionsSuite, Suite, fail, refusal, require, require_equal
from bouton.testing.tiny import tiny_run


def contents_of(folder: Path) -> dict[str, str]:
    """Return a hash of every file below a folder, by relative path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    read = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return {name: hashlib.sha256(data).hexdigest() for name, data in read.items()}


@contextmanager
def full_disk(limit_bytes: int = 64) -> Iterator[None]:
    """Let every file end after so many bytes, as on a full disk: writing more is an `OSError`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class ExporterSuite(OptionsSuite):
    """An exporter leaves the run alone, writes whole files or none, and says what it left out.

    Attributes:
        suffix: Ending of the file that it writes, with the dot.
        starved: Whether it is also tried on a full disk; not where a library that writes the file
            would end the process.
    """

    kind = "exporters"
    suffix: ClassVar[str] = ".txt"
    starved: ClassVar[bool] = True

    def run_directory(self, folder: Path) -> Path:
        """Return the run that is exported: one cell, one protocol; override for another one."""
        tiny_run(folder / "run")
        return folder / "run"

    def test_exports_a_run(self, tmp_path: Path) -> None:
        """A file appears, nothing temporary with it, and the run is as it was."""
        run = self.run_directory(tmp_path)
        before = contents_of(run)
        out = tmp_path / "out" / f"model{self.suffix}"
        out.parent.mkdir()
        notes = self.make().export(run, out)
        require(out.exists(), f"export left no {out.name}")
        require(contents_of(run) == before, "export changed the run directory")
        odd = [p.name for p in out.parent.iterdir() if p.name.startswith((".", "tmp", "~"))]
        require(not odd, f"export left temporary files: {odd}")
        told = isinstance(notes, Sequence) and not isinstance(notes, str)
        message = f"export returns {notes!r:.60}; return a list of sentences on what was left out"
        require(told and all(isinstance(note, str) and note for note in notes), message)

    def test_replaces_an_older_export(self, tmp_path: Path) -> None:
        """A second export to the same place gives what one to a new place gives."""
        run = self.run_directory(tmp_path)
        first, second = (tmp_path / name for name in ("first", "second"))
        for folder, times in ((first, 1), (second, 2)):
            folder.mkdir()
            for _ in range(times):
                self.make().export(run, folder / f"model{self.suffix}")
        names = [set(contents_of(folder)) for folder in (first, second)]
        require(names[0] == names[1], f"exported twice, files differ: {names[0] ^ names[1]}")

    def test_refuses_what_is_no_run(self, tmp_path: Path) -> None:
        """A missing or empty folder is a `ResultsError`, and nothing is written."""
        (tmp_path / "empty").mkdir()
        for name in ("absent", "empty"):
            out = tmp_path / f"{name}{self.suffix}"
            with refusal(ResultsError, f"a folder that is {name}"):
                self.make().export(tmp_path / name, out)
            require(not out.exists(), f"export of what is no run left {out.name}")

    def test_refuses_a_place_that_cannot_be_written(self, tmp_path: Path) -> None:
        """A name that is a folder already is a Bouton error, and the folder stays."""
        run = self.run_directory(tmp_path)
        out = tmp_path / f"folder{self.suffix}"
        (out / "inside").mkdir(parents=True)
        with refusal((BoutonError,), "an --out that is a folder"):
            self.make().export(run, out)
        require((out / "inside").is_dir(), "export removed a folder that was in its place")

    def test_writes_whole_files_or_none(self, tmp_path: Path) -> None:
        """On a full disk it is a Bouton error, and an older export stays whole."""
        if not self.starved:
            return
        run = self.run_directory(tmp_path)
        out = tmp_path / f"model{self.suffix}"
        self.make().export(run, out)
        before = out.read_bytes()
        with full_disk(), refusal((BoutonError,), "export on a full disk"):
            self.make().export(run, out)
        require(out.read_bytes() == before, "a failed export spoilt the older one in its place")


class CatalogueSuite(Suite):
    """A catalogue is a folder of MOD files that compile."""

    kind = "catalogues"

    def test_names_a_folder(self, tmp_path: Path) -> None:
        """The same absolute one, wherever the process is."""
        folder = Path(self.target())
        require(folder.is_absolute() and folder.is_dir(), f"{folder} is no absolute folder")
        with chdir(tmp_path):
            require(Path(self.target()) == folder, "the folder depends on the working directory")

    def test_defines_mechanisms(self) -> None:
        """Every MOD file can be read, and no two define one name."""
        from bouton.nrn.catalogues import read

        mechanisms = read(Path(self.target())).mechanisms
        require(mechanisms, f"{self.target()} holds no MOD files")

    def test_compiles(self) -> None:
        """Into the compile cache; a compiler message is shown if it does not."""
        from bouton.nrn.catalogues import libraries

        # By name where it is installed: what is compiled already is then found in the cache.
        name = self.entry if self.plugin is None else Path(self.target())
        (compiled,) = libraries([name])
        require(compiled.library is not None, "the catalogue compiles to nothing")


class StudySuite(Suite):
    """A ready-made study reads without a problem, and runs.

    Attributes:
        runs: Whether `bouton run` is tried as well; not for studies that take long.
    """

    kind = "studies"
    runs: ClassVar[bool] = True

    def test_names_a_file(self, tmp_path: Path) -> None:
        """The same absolute one, wherever the process is."""
        file = Path(self.target())
        require(file.is_absolute() and file.is_file(), f"{file} is no absolute path of a file")
        with chdir(tmp_path):
            require(Path(self.target()) == file, "the file depends on the working directory")

    def test_reads_without_a_problem(self) -> None:
        """Every key is known, every file it names exists."""
        study = load_study(Path(self.target()))
        require(study.cell or study.jobs, "the study describes neither a cell nor a job")

    def test_runs(self, tmp_path: Path) -> None:
        """`bouton run` leaves a run directory in which nothing failed."""
        if not self.runs:
            return
        _carry_out(load_study(Path(self.target())), tmp_path / "run")


class JobSuite(OptionsSuite):
    """A job is a section of a study with options of its own.

    Attributes:
        study: A study file, or the text of one in YAML, in which the section stands under the
            name of the entry; empty to try the section alone, with `options`.
        runs: Whether `bouton run` is tried, for jobs that it carries out.
    """

    kind = "jobs"
    study: ClassVar[str | Path] = ""
    runs: ClassVar[bool] = True

    def load(self, *overrides: str) -> Study:
        """Return the example study, some of it changed as by `--set`."""
        if isinstance(self.study, Path):
            return load_study(self.study, overrides=overrides, registry=self.everything)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "study.yaml"
            text = self.study or json.dumps({self.entry: dict(self.options)})
            file.write_text(text, encoding="utf-8")
            return load_study(file, overrides=overrides, registry=self.everything)

    def make(self, **changes: Any) -> Any:  # noqa: ANN401
        """Return the section of the example study, or an instance with other options."""
        return super().make(**changes) if changes else self.load().jobs[self.entry]

    def test_is_a_section_of_a_study(self) -> None:
        """It is read under its name; a key that it does not know is refused with its place."""
        study = self.load()
        require(self.entry in study.jobs, f"the example study has no section {self.entry!r}")
        made = study.jobs[self.entry]
        require(isinstance(made, self.target), f"section {self.entry!r} gives {made!r:.60}")
        with refusal(StudyError, "an unknown key", "surely_no_option"):
            self.load(f"{self.entry}.surely_no_option=1")

    def test_options_can_stand_in_a_study(self) -> None:
        """What a run stores of the study, read again, is the same study."""
        document = self.load().document
        again = load_document(document, registry=self.everything).document
        require_equal(again, document, "options change on the way through a study")

    def test_is_carried_out(self, tmp_path: Path) -> None:
        """`bouton run` leaves a run directory, and does not write over it unasked."""
        study = self.load()
        job = study.jobs[self.entry]
        if not (self.runs and isinstance(job, Executable)):
            return
        out = tmp_path / "run"
        job.execute(study, out)
        require((out / "run.json").is_file(), "it leaves no run.json")
        before = contents_of(out)
        with refusal(BoutonError, "a run directory that is in use already"):
            job.execute(study, out)
        require(contents_of(out) == before, "it changed a run that was there, without force")
        job.execute(study, out, force=True)

    @property
    def everything(self) -> Any:  # noqa: ANN401
        """Everything installed, and the plug-in under test if it is not."""
        return _Both(self.registries)


@attrs.frozen
class _Both:
    """Registries of a plug-in under test, and behind them everything installed."""

    first: Any

    def __getattr__(self, kind: str) -> Any:  # noqa: ANN401
        from bouton.plugins import registry

        return _BothOfAKind(self.first[kind], registry[kind])


@attrs.frozen
class _BothOfAKind:
    first: Any
    then: Any

    def names(self) -> tuple[str, ...]:
        """Return the names of both."""
        return tuple(dict.fromkeys([*self.first.names(), *self.then.names()]))

    def resolve(self, name: str) -> Any:  # noqa: ANN401
        """Return what the first one knows, or else the other."""
        return (self.first if self.first.find(name) else self.then).resolve(name)

    def name_of(self, target: object) -> str:
        """Return the name of a target, from whichever knows it."""
        with suppress(BoutonError):
            return str(self.first.name_of(target))
        return str(self.then.name_of(target))


def _carry_out(study: Any, out: Path) -> None:  # noqa: ANN401
    from bouton.jobs.running import executable_job

    job = executable_job(study)
    if job is not None:
        job.execute(study, out)
        return
    if not study.protocols:
        fail("the study has neither protocols nor a job that `bouton run` carries out")
    evaluation = run_study(study, out, movie=False)
    require(evaluation.status != "failed", f"the run failed: {evaluation.reason}")


class _Shell(click.Group):
    """Stands for the command line: shows Bouton's own errors without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with clean_errors(debug=False):
            return super().invoke(ctx)


class CommandSuite(Suite):
    """A command explains itself, does its example, and meets nonsense without a traceback.

    Attributes:
        arguments: Arguments of a call that works, run in an empty folder.
        files: Files that are there first: name -> text.
        output: Words that the call prints.
    """

    kind = "commands"
    arguments: ClassVar[Sequence[str] | None] = None
    files: ClassVar[Mapping[str, str]] = {}
    output: ClassVar[tuple[str, ...]] = ()

    def invoke(self, *arguments: str) -> Result:
        """Run the command in this process, as `bouton` would."""
        shell = _Shell("bouton", {self.entry: self.target})
        return CliRunner().invoke(shell, [self.entry, *arguments], prog_name="bouton")

    def test_is_a_command(self) -> None:
        """What the entry names is a `click.Command`."""
        require(isinstance(self.target, click.Command), f"{self.target!r:.60} is no click.Command")

    def test_explains_itself(self) -> None:
        """`--help` works and shows an example, for the command and all below it."""
        for words, command in _all_commands(self.target, ()):
            shown = self.invoke(*words, "--help")
            require(shown.exit_code == 0, f"{' '.join(words)} --help: {shown.output}")
            message = f"{' '.join(('bouton', self.entry, *words))} --help shows no example"
            is_group = isinstance(command, click.Group)
            require(is_group or "bouton " in shown.output.partition("Example")[2], message)
            hint = r"has a literal \b; click wants a backspace, so no r before the docstring"
            require(r"\b" not in shown.output, f"{message.partition(' shows')[0]} {hint}")

    def test_does_its_example(self, tmp_path: Path) -> None:
        """The call that the suite names ends with exit code 0 and prints the words."""
        if self.arguments is None:
            return
        for name, text in self.files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        with chdir(tmp_path):
            done = self.invoke(*self.arguments)
        told = f"{' '.join(self.arguments)} ended with {done.exit_code}: {done.output}"
        require(done.exit_code == 0, f"{told} {done.exception or ''}")
        for word in self.output:
            require(word in done.output, f"it should print {word!r}, it printed {done.output!r}")

    def test_refuses_nonsense(self, tmp_path: Path) -> None:
        """An unknown option is exit code 2 with a message, no traceback."""
        with chdir(tmp_path):
            done = self.invoke("--surely-no-option")
            left = os.listdir()
        require(done.exit_code == 2, f"an unknown option ends with exit code {done.exit_code}")
        require(not left, f"refusing nonsense it left {left}")


def _all_commands(
    command: click.Command, words: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _all_commands(inner, (*words, name))
