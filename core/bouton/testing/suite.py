"""What every conformance suite shares: finding the entry, making it, saying what is wrong.

A suite is a class that an author inherits; pytest collects its tests under the author's name:

    class TestPeak(FeatureExtractorSuite):
        plugin = bouton_peak
        entry = "peak"

The suites themselves import no pytest: they are plain methods that raise `AssertionError` with a
sentence for the author, so that they read the same under any test runner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import attrs

from bouton.errors import BoutonError, StudyError
from bouton.files.converter import Reader
from bouton.files.dump import Writer
from bouton.files.node import from_plain
from bouton.files.refusal import Hopeless, Refused
from bouton.files.study import HOOKS
from bouton.plugins import registry as installed
from bouton.plugins.checking import check_offer
from bouton.plugins.description import options_of
from bouton.plugins.offers import Offer
from bouton.plugins.registries import Registries
from bouton.testing.comparing import differences
from bouton.testing.registries import isolated_registry


def fail(message: str) -> NoReturn:
    """Fail a test with a sentence for the author."""
    raise AssertionError(message)


def require(condition: object, message: str) -> None:
    """Fail with a sentence for the author unless the condition holds."""
    if not condition:
        fail(message)


def require_equal(first: object, second: object, message: str) -> None:
    """Fail unless two descriptions are equal, naming the first place where they differ."""
    difference = next(differences(first, second), "")
    require(not difference, f"{message}: {difference}")


@contextmanager
def refusal(
    error: type[BoutonError] | tuple[type[BoutonError], ...], what: str, *words: str
) -> Iterator[None]:
    """Demand that the body raises a Bouton error of one class whose message holds all words.

    Args:
        error: Class, or classes, that will do.
        what: What was asked for that must be refused, for the message.
        *words: What the message must name, such as the file.
    """
    classes = error if isinstance(error, tuple) else (error,)
    names = " or ".join(each.__name__ for each in classes)
    try:
        yield
    except classes as raised:
        missing = [word for word in words if word not in str(raised)]
        require(not missing, f"{what}: the message should name {missing}, it says {raised}")
    except Exception as raised:
        message = f"{what} must raise {names}, it raised {type(raised).__name__}: {raised}"
        raise AssertionError(message) from raised
    else:
        fail(f"{what} must raise {names}, nothing was raised")


class Suite:
    """Tests that hold for an entry of any kind.

    Attributes:
        kind: Kind of the entry; each suite sets its own.
        plugin: Module of the plug-in, the one that the entry point names; None to look the entry
            up among everything installed.
        entry: Name of the entry.
        options: Options that make a working instance.
    """

    kind: ClassVar[str] = ""
    plugin: ClassVar[Any] = None
    entry: ClassVar[str] = ""
    options: ClassVar[Mapping[str, Any]] = {}

    @property
    def registries(self) -> Registries:
        """Where the entry is found: the plug-in alone, or everything installed."""
        if self.plugin is None:
            return installed
        return isolated_registry({self.plugin.__name__.rpartition(".")[2]: self.plugin})

    @property
    def offer(self) -> Offer:
        """The entry, as it is declared."""
        require(self.entry, f"say which entry {type(self).__name__} tests: entry = ...")
        return self.registries[self.kind].entry(self.entry)

    @property
    def target(self) -> Any:  # noqa: ANN401
        """What the entry names, imported."""
        return self.registries[self.kind].resolve(self.entry)[0]

    def make(self, **changes: Any) -> Any:  # noqa: ANN401
        """Return an instance with the example's options, some of them changed."""
        target, implied = self.registries[self.kind].resolve(self.entry)
        try:
            return target(**{**implied, **self.options, **changes})
        except TypeError as error:
            message = f"{error}; give the suite `options` that make a working instance"
            raise AssertionError(message) from error

    def test_the_entry_is_in_order(self) -> None:
        """It loads, meets the contract of its kind, and has a summary for listings."""
        found = check_offer(self.offer)
        told = f"{found.message}; to mend: {found.hint}"
        require(not found.is_failure and found.status != "needs", f"{found.name}: {told}")
        require(self.offer.entry.summary, f"{found.name} has no summary; give its Entry one line")


class OptionsSuite(Suite):
    """Tests for the kinds whose target is an attrs class with options."""

    def test_options_are_documented(self) -> None:
        """Every option has a line under `Attributes:`, which `bouton plugins show` prints."""
        bare = [option.name for option in options_of(self.target) if not option.doc]
        name = self.target.__name__
        require(not bare, f"{name}: no line under `Attributes:` of its docstring for {bare}")

    def test_an_instance_cannot_be_changed(self) -> None:
        """It is frozen: what a study says stays what it says."""
        made = self.make()
        for field in attrs.fields(type(made)):
            try:
                setattr(made, field.name, getattr(made, field.name))
            except attrs.exceptions.FrozenInstanceError:
                continue
            fail(f"{type(made).__name__} is not frozen; make it with attrs.frozen")

    def test_options_can_stand_in_a_study(self) -> None:
        """Written to a study and read again they are the same; an unknown one is refused."""
        made = self.make()
        plain = self._written(made)
        require_equal(
            self._written(self._read(plain)), plain, "options change on the way through a study"
        )
        with refusal(StudyError, "an unknown option"):
            self._read({**plain, "surely_no_option": 1})

    def _written(self, made: object) -> dict[str, Any]:
        writer = Writer(self.registries, {})
        plain = writer.description(made, ())
        require(not writer.problems, f"options cannot be written to a study: {writer.problems}")
        return plain

    def _read(self, plain: Mapping[str, Any]) -> Any:  # noqa: ANN401
        reader = Reader(self.registries, Path.cwd(), hooks=HOOKS)
        made = None
        with suppress(Refused, Hopeless):  # the reader noted why
            made = reader.description(from_plain(dict(plain)), self.target)
        if reader.problems:
            raise StudyError(reader.problems)
        return made


def unique(names: Iterable[str], what: str) -> None:
    """Fail if a name occurs twice."""
    seen: set[str] = set()
    for name in names:
        require(name not in seen, f"two {what} are called {name!r}")
        seen.add(name)
