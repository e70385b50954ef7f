"""Deliberately wrong plug-ins: each suite finds the mistake, and says what it is."""
# ruff: noqa: ARG001, ARG002, ARG005 (contracts say which arguments there are)

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import click
import numpy as np
import pytest
from attrs import frozen

from bouton import Entry, Feature, hookimpl, testing
from bouton.errors import CellError, MorphologyError, ProtocolError, ResultsError, SearchError
from bouton.execution.pools import Serial
from bouton.model.cell import (
    CellSettings,
    Parameter,
    RegionPlan,
    settings_from_regions,
    structure_from_regions,
)
from bouton.model.compartments import Compartments
from bouton.model.devices import DeviceParts
from bouton.model.locations import At
from bouton.model.morphology import LoadReport, Morphology, Section
from bouton.model.protocol import PointDrive, Protocol, Signal
from bouton.model.scores import Scores, Target
from bouton.model.search import Proposal
from bouton.model.tasks import Outcome, PoolReport
from bouton.model.wiring import Contacts
from bouton.plugins.specs import KINDS
from bouton.testing import SUITES


def suite_of(kind: str, target: object, **attributes: Any) -> type:
    """A suite over a plug-in that offers one thing."""
    plugin = ModuleType("wrong_plugin")
    plugin.target = target  # type: ignore[attr-defined]

    @hookimpl(specname=f"bouton_register_{kind}")
    def register() -> list[Entry]:
        return [Entry("wrong", "wrong_plugin:target", "a deliberate mistake")]

    plugin.register = register  # type: ignore[attr-defined]
    sys.modules["wrong_plugin"] = plugin
    base = getattr(testing, SUITES[kind])
    return type("Wrong", (base,), {"plugin": plugin, "entry": "wrong", **attributes})


# ---- morphology loaders -------------------------------------------------------------------------


@frozen
class Reader:
    """A good one: `label length` a line.

    Attributes:
        scale: Factor on lengths.
    """

    scale: float = 1.0

    def load(self, path: Path) -> Morphology:
        try:
            lines = Path(path).read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise MorphologyError(f"{path}: {error}") from error
        if not lines:
            raise MorphologyError(f"{path} is empty")
        sections = [self.section(n, line, f"{path}:{n + 1}") for n, line in enumerate(lines)]
        return Morphology("it", tuple(sections), LoadReport(str(path), "wrong"))

    def section(self, number: int, line: str, where: str) -> Section:
        try:
            label, length = line.split()
            um = self.scale * float(length)
        except ValueError as error:
            raise MorphologyError(f"{where}: expected label and length") from error
        if not 0 < um < 1e6:
            raise MorphologyError(f"{where}: length {um}")
        name, parent = f"{label}[{number}]", number - 1
        return Section(
            name, (label,), parent, 1.0 if number else 0.0, [[0, 0, 0, 1], [um, 0, 0, 1]]
        )


class Crashes(Reader):
    def section(self, number: int, line: str, where: str) -> Section:
        label, length = line.split()
        return super().section(number, f"{label} {float(length)}", where)


class ForgetsTheLine(Reader):
    def section(self, number: int, line: str, where: str) -> Section:
        return super().section(number, line, where.rpartition(":")[0])


class Dreams(Reader):
    def section(self, number: int, line: str, where: str) -> Section:
        label, _, length = line.partition(" ")
        longer = float(length) + random.random() if length.isdigit() else length
        return super().section(number, f"{label} {longer}", where)


class Litters(Reader):
    def load(self, path: Path) -> Morphology:
        made = super().load(path)
        path.with_suffix(".cache").write_text("left")
        return made


# ---- cell templates -----------------------------------------------------------------------------


@frozen
class Ball:
    """A good one: one compartment.

    Attributes:
        diameter_um: Diameter.
    """

    diameter_um: float = 20.0

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (
            Parameter("g", "S/cm2", 1e-5, 1e-3, 1e-4),
            Parameter("length", "um", 10.0, 100.0, 20.0),
        )

    def structure(self, morphology: Morphology | None, values: Any) -> Any:
        length = self.checked(values)["length"]
        soma = Section.cylinder("soma", ("soma",), length_um=length, diameter_um=self.diameter_um)
        tree = Compartments(Morphology("ball", (soma,)), np.array([1]))
        return structure_from_regions(tree, self.plans(values))

    def structural(self, values: Any) -> Any:
        return values["length"]

    def settings(self, structure: Any, values: Any) -> CellSettings:
        return settings_from_regions(structure, self.plans(values))

    def plans(self, values: Any) -> list[RegionPlan]:
        return [RegionPlan("soma", mechanisms={"pas": {"g": self.checked(values)["g"]}})]

    def checked(self, values: Any) -> Any:
        for name in ("g", "length"):
            value = values.get(name)
            if not isinstance(value, float) or not np.isfinite(value):
                raise CellError(f"{name} must be a number, got {value!r}")
        return values


class LiesAboutItsKey(Ball):
    def structural(self, values: Any) -> Any:
        return ()


class TakesNan(Ball):
    def checked(self, values: Any) -> Any:
        return values


class Drifts(Ball):
    def settings(self, structure: Any, values: Any) -> CellSettings:
        made = super().settings(structure, values)
        CALLS.append(1)
        return attrs.evolve(made, Ra_ohm_cm=made.Ra_ohm_cm + len(CALLS))


class ListKey(Ball):
    def structural(self, values: Any) -> Any:
        return [values["length"]]


class OutOfBounds(Ball):
    @property
    def parameters(self) -> tuple[Parameter, ...]:
        first, second = super().parameters
        return (attrs.evolve(first, default=1.0), second)


CALLS: list[int] = []

# ---- stimuli, recorders, protocols --------------------------------------------------------------


@frozen
class Nothing:
    """Drives that do nothing."""

    def drives(self) -> list[Any]:
        return [PointDrive("IClamp", At("soma"), {"amp": 0.0, "dur": 5.0, "delay": 1.0})]


@frozen
class Dice:
    """Drives that nobody can repeat."""

    def drives(self) -> list[Any]:
        values = {"amp": random.random(), "dur": 5.0, "delay": 1.0}
        return [PointDrive("IClamp", At("soma"), values)]


@frozen
class Undocumented:
    """One option, no word about it."""

    amplitude_nA: float = 0.5

    def drives(self) -> list[Any]:
        return [PointDrive("IClamp", At("soma"), {"amp": self.amplitude_nA, "dur": 5.0})]


@attrs.define
class Changeable:
    """Not frozen.

    Attributes:
        amplitude_nA: Amplitude.
    """

    amplitude_nA: float = 0.5

    def drives(self) -> list[Any]:
        return [PointDrive("IClamp", At("soma"), {"amp": self.amplitude_nA, "dur": 5.0})]


@frozen
class TwiceTheName:
    """Two signals of one name."""

    def signals(self) -> list[Signal]:
        return [Signal("v", "v", At("soma")), Signal("v", "v", At("dend[0]"))]


@frozen
class TakesAnything:
    """Values that nobody checks."""

    def protocol(self, values: Any) -> Protocol:
        return Protocol((), (Signal("soma", "v", At("soma")),), 5.0)


# ---- features, objectives -----------------------------------------------------------------------


@frozen
class Peak:
    """A good one.

    Attributes:
        protocol: Protocol.
    """

    protocol: str = "step"

    def extract(self, responses: Any) -> list[Feature]:
        if self.protocol not in responses:
            raise ProtocolError(f"no protocol {self.protocol!r}")
        trace = responses[self.protocol]["soma"]
        return [Feature("first_spike", self.first(trace), "ms")]

    def first(self, trace: Any) -> float:
        late = trace.t_ms[trace.values > 0]
        return float(late[0]) if len(late) else float("nan")


class ZeroForNothing(Peak):
    def first(self, trace: Any) -> float:
        value = super().first(trace)
        return 0.0 if np.isnan(value) else value


class CrashesOnNothing(Peak):
    def first(self, trace: Any) -> float:
        return float(trace.t_ms[trace.values > 0][0])


class KeyErrorOnNothing(Peak):
    def extract(self, responses: Any) -> list[Feature]:
        return [Feature("first_spike", self.first(responses["step"]["soma"]), "ms")]


class ForgetsAName(Peak):
    def extract(self, responses: Any) -> list[Feature]:
        return [f for f in super().extract(responses) if not np.isnan(f.value)]


@frozen
class Aim:
    """A good one: one objective."""

    @property
    def targets(self) -> tuple[Target, ...]:
        return (Target("height", 30.0, 5.0, "mV", "step", "maximum"),)

    def protocols(self) -> tuple[str, ...]:
        return ("step",)

    def score(self, protocol: str, responses: Any) -> Scores:
        return Scores(scores={"height": abs(responses["step"]["soma"].values.max() - 30.0) / 5.0})

    def combine(self, scores: Any) -> Any:
        return dict(scores)

    def penalty(self, protocol: str) -> Any:
        return {"height": 250.0}


class InfinitePenalty(Aim):
    def penalty(self, protocol: str) -> Any:
        return {"height": float("inf")}


class NoPenalty(Aim):
    def penalty(self, protocol: str) -> Any:
        return {}


class RewardsFailure(Aim):
    def combine(self, scores: Any) -> Any:
        return {name: -value for name, value in scores.items()}


# ---- optimizers ---------------------------------------------------------------------------------


@frozen
class Sampler:
    """A good one.

    Attributes:
        batch: Candidates per batch.
    """

    batch: int = 4

    def start(self, problem: Any, seed: int) -> Any:
        return self.search()(problem, seed, self.batch)

    def search(self) -> type:
        return Sampling


class Sampling:
    def __init__(self, problem: Any, seed: int, batch: int) -> None:
        self.problem, self.batch, self.asked = problem, batch, None
        self.generator = np.random.default_rng(seed)
        self.first = True

    def draw(self, n: int) -> Any:
        return self.generator.random((n, self.problem.space.dimensions))

    def ask(self) -> Proposal:
        if self.asked is not None:
            raise SearchError("the last batch was not told yet")
        self.asked = self.problem.space.from_unit(self.draw(self.batch))
        if self.first:
            self.asked = np.concatenate([self.problem.seeds, self.asked])
        self.first = False
        return Proposal(self.asked)

    def tell(self, verdict: Any) -> None:
        self.check(verdict)
        self.asked = None

    def check(self, verdict: Any) -> None:
        shape = (len(verdict.vectors), len(self.problem.objectives))
        if self.asked is None or not np.array_equal(verdict.vectors, self.asked):
            raise SearchError("not the batch that was proposed")
        if verdict.objectives.shape != shape or not np.isfinite(verdict.objectives).all():
            raise SearchError("objectives are not finite, or too many")

    def ask_one(self) -> Proposal:
        from bouton.errors import Problem, StudyError

        raise StudyError([Problem("whole batches only")])


def sampler(**methods: Any) -> type:
    """The good sampler with some methods of its search replaced."""
    search = type("Search", (Sampling,), methods)
    return type("Sampler", (Sampler,), {"search": lambda self: search, "__doc__": Sampler.__doc__})


def out_of_bounds(self: Any) -> Proposal:
    made = Sampling.ask(self)
    self.asked = made.vectors * 1.5
    return Proposal(self.asked)


def forgets_seeds(self: Any) -> Proposal:
    self.first = False
    return Sampling.ask(self)


def listens_to_all(self: Any, n: int) -> Any:
    return np.random.random((n, self.problem.space.dimensions))


def stands_still(self: Any, n: int) -> Any:
    return np.full((n, self.problem.space.dimensions), 0.5)


def hidden_state(self: Any, n: int) -> Any:
    TICKS.append(1)  # proposals depend on how often anything was ever asked
    return np.random.default_rng(len(TICKS)).random((n, self.problem.space.dimensions))


TICKS: list[int] = []


def swallows(self: Any, verdict: Any) -> None:
    if self.asked is None:
        raise SearchError("nothing was asked")


# ---- executors ----------------------------------------------------------------------------------


class Loses:
    """A pool that loses what fails."""

    workers = 1

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    def submit(self, task: Any) -> None:
        self.pool.submit(task)

    def collect(self, timeout_s: float | None = None) -> list[Outcome]:
        return [self.changed(outcome) for outcome in self.pool.collect(timeout_s)]

    def changed(self, outcome: Outcome) -> Outcome:
        return attrs.evolve(outcome, status="ok", result={"value": None, "tag": "t", "pid": 1})

    def report(self) -> PoolReport:
        return PoolReport()


@frozen
class LosesErrors:
    """Says that all is well."""

    @contextmanager
    def open(self, spec: Any, workers: int) -> Iterator[Any]:
        with Serial().open(spec, workers) as pool:
            yield Loses(pool)


# ---- networks -----------------------------------------------------------------------------------


@frozen
class Outside:
    """Cells outside the box."""

    def place(self, box: Any, draws: Any) -> Any:
        return box.origin_um + box.size_um * (1.0 + draws.uniform(np.arange(5)[:, None], [0, 1, 2]))


@frozen
class CountsWhatIsWanted:
    """Pairs that depend on how many targets are asked for."""

    def contacts(self, pre: Any, post: Any, draws: Any) -> Contacts:
        return Contacts(np.arange(len(post.wanted)), post.wanted)


@frozen
class Unsorted:
    """Pairs in falling order."""

    def contacts(self, pre: Any, post: Any, draws: Any) -> Contacts:
        falling = post.wanted[::-1]
        return Contacts((falling + 1) % len(pre), falling)


@frozen
class ToSelf:
    """Every cell to itself, too."""

    def contacts(self, pre: Any, post: Any, draws: Any) -> Contacts:
        return Contacts(post.wanted.copy(), post.wanted.copy())


@frozen
class Backwards:
    """Spikes that fall."""

    def trains(self, cells: int, duration_ms: float, draws: Any) -> list[Any]:
        return [np.array([5.0, 3.0])] * cells


@frozen
class Late:
    """Spikes that do not end with the run."""

    def trains(self, cells: int, duration_ms: float, draws: Any) -> list[Any]:
        return [np.array([5.0, duration_ms + 1.0])] * cells


@frozen
class AddsNothing:
    """A device without parts."""

    def parts(self, name: str, scene: Any) -> DeviceParts:
        return DeviceParts()


@frozen
class Nobody:
    """Cells that do not exist."""

    def cells(self, scene: Any, draws: Any) -> Any:
        return {"inner": np.array([2, 99])}


# ---- exporters, catalogues, studies, jobs, commands ---------------------------------------------


@frozen
class Text:
    """A good one."""

    def export(self, directory: Path, out: Path) -> list[str]:
        if not (directory / "run.json").is_file():
            raise ResultsError(f"{directory} is no run")
        try:
            part = out.with_name(f".{out.name}.part")
            part.write_text("a model " * 100)
            os.replace(part, out)
        except OSError as error:
            raise ResultsError(f"{out}: {error}") from error
        return ["the traces"]


class TouchesTheRun(Text):
    def export(self, directory: Path, out: Path) -> list[str]:
        notes = super().export(directory, out)
        (directory / "exported.txt").write_text("yes")
        return notes


class HalfWritten(Text):
    def export(self, directory: Path, out: Path) -> list[str]:
        try:
            out.write_text("another model " * 100)
        except OSError as error:
            raise ResultsError(f"{out}: {error}") from error
        return []


class SaysNothing(Text):
    def export(self, directory: Path, out: Path) -> Any:
        super().export(directory, out)


def empty_folder() -> Path:
    return Path(__file__).parent / "no_mechanisms"


def study_with_a_mistake() -> Path:
    return Path(__file__).parent / "wrong_study.yaml"


@frozen
class Overwrites:
    """A job that writes over what is there.

    Attributes:
        words: What to write.
    """

    words: str = "hello"

    def execute(self, study: Any, out: Any, *, force: bool = False, progress: Any = None) -> None:
        Path(out).mkdir(exist_ok=True)
        (Path(out) / "run.json").write_text(f"{self.words} {random.random()}")


@click.command()
def no_example() -> None:
    """Do something."""


@click.command()
@click.argument("anything", nargs=-1)
@click.pass_context
def breaks(ctx: click.Context, anything: Any) -> None:
    """Break.

    Example:
      bouton wrong
    """
    raise ZeroDivisionError("oops")


GOOD_LINES = {"example": "soma 20\ndend 100\n", "broken": {"soma 20\ndend x\n": 2}}
ALONE = {"is_isolated": False, "workers": 1}

# kind, target, attributes of the suite, the test that must fail, words of its message
WRONG: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("morphology_loaders", Crashes, GOOD_LINES, "names_file_and_line", "ValueError"),
    ("morphology_loaders", Crashes, GOOD_LINES, "survives_truncation", "raises ValueError"),
    ("morphology_loaders", ForgetsTheLine, GOOD_LINES, "names_file_and_line", ":2"),
    ("morphology_loaders", Dreams, GOOD_LINES, "the_same_every_time", "two loads differ"),
    ("morphology_loaders", Litters, GOOD_LINES, "reads_the_example", "left others beside it"),
    ("cell_templates", LiesAboutItsKey, {}, "key_is_honest", "length changes the structure"),
    ("cell_templates", LiesAboutItsKey, {}, "set_in_place", "differs from one built anew"),
    ("cell_templates", TakesNan, {}, "impossible_values", "nan for g"),
    ("cell_templates", Drifts, {}, "set_in_place", "is another cell"),
    ("cell_templates", Drifts, {}, "equal_structure", "Ra_ohm_cm"),
    ("cell_templates", ListKey, {}, "equal_structure", "no hashable key"),
    ("cell_templates", OutOfBounds, {}, "are_a_table", "out of its bounds"),
    ("stimuli", Nothing, {}, "moves_a_cell", "does nothing"),
    ("stimuli", Dice, {}, "same_drives", "two answers"),
    ("stimuli", Undocumented, {}, "options_are_documented", "amplitude_nA"),
    ("stimuli", Changeable, {}, "cannot_be_changed", "attrs.frozen"),
    ("recorders", TwiceTheName, {}, "gives_signals", "two signals are called 'v'"),
    ("protocols", TakesAnything, {}, "takes_its_values", "an unknown value"),
    ("feature_extractors", ZeroForNothing, {}, "is_nan", "give nan"),
    ("feature_extractors", CrashesOnNothing, {}, "is_nan", "IndexError"),
    ("feature_extractors", KeyErrorOnNothing, {}, "did_not_run", "KeyError"),
    ("feature_extractors", ForgetsAName, {}, "is_nan", "features []"),
    ("objectives", InfinitePenalty, {}, "finite_penalty", "not finite"),
    ("objectives", NoPenalty, {}, "finite_penalty", "height"),
    ("objectives", RewardsFailure, {}, "combines_all", "-250"),
    ("optimizers", sampler(ask=out_of_bounds), {}, "within_bounds", "out of bounds"),
    ("optimizers", sampler(ask=forgets_seeds), {}, "seed_vectors", "2 of 2 seed vectors"),
    ("optimizers", sampler(draw=listens_to_all), {}, "repeats_itself", "different proposals"),
    ("optimizers", sampler(draw=listens_to_all), {}, "global_generators", "whole process"),
    ("optimizers", sampler(draw=stands_still), {}, "moves", "candidates differ"),
    ("optimizers", sampler(draw=hidden_state), {}, "interruption", "replayed, batch 0"),
    ("optimizers", sampler(check=swallows), {}, "not_finite", "an objective of nan"),
    ("optimizers", sampler(check=swallows), {}, "did_not_propose", "were not proposed"),
    ("optimizers", sampler(check=lambda self, verdict: None), {}, "takes_turns", "tell before ask"),
    ("executors", LosesErrors, ALONE, "own_result", "expected 0.1"),
    ("executors", LosesErrors, ALONE, "error_costs_one", "is 'ok', not error"),
    ("placements", Outside, {}, "places_cells", "outside the box"),
    ("connectors", CountsWhatIsWanted, {}, "any_division", "asked for 14 of 40"),
    ("connectors", Unsorted, {}, "connects", "not sorted"),
    ("connectors", ToSelf, {}, "to_itself", "connect to themselves"),
    ("devices", Backwards, {}, "a_train", "do not rise"),
    ("devices", Late, {}, "a_train", "outside 0 to 500 ms"),
    ("devices", AddsNothing, {}, "adds_parts", "adds nothing"),
    ("targets", Nobody, {}, "chooses_cells", "inner has 6 cells"),
    ("exporters", TouchesTheRun, {}, "exports_a_run", "changed the run directory"),
    ("exporters", HalfWritten, {}, "whole_files", "spoilt the older one"),
    ("exporters", SaysNothing, {}, "exports_a_run", "list of sentences"),
    ("catalogues", empty_folder, {}, "in_order", "does not exist"),
    ("studies", study_with_a_mistake, {}, "in_order", "does not exist"),
    ("jobs", Overwrites, {}, "carried_out", "nothing was raised"),
    ("commands", no_example, {}, "explains_itself", "no example"),
    ("commands", breaks, {"arguments": ["x"]}, "does_its_example", "oops"),
    ("network_importers", None, {}, "in_order", ""),
]


@pytest.mark.parametrize(
    ("kind", "target", "attributes", "test", "words"),
    WRONG,
    ids=[f"{kind}-{getattr(target, '__name__', '')}-{test}" for kind, target, _, test, _ in WRONG],
)
def test_a_mistake_is_found(
    kind: str,
    target: Any,
    attributes: dict[str, Any],
    test: str,
    words: str,
    failures: Callable[..., dict[str, str]],
) -> None:
    suite = suite_of(kind, target, **attributes)
    if target is None:
        del sys.modules["wrong_plugin"].target  # type: ignore[attr-defined]
    found = failures(suite, test)
    assert found, f"no test called *{test}* failed"
    (message,) = found.values()
    assert words in message


@pytest.mark.parametrize(
    ("kind", "target", "attributes"),
    [
        ("morphology_loaders", Reader, GOOD_LINES),
        ("cell_templates", Ball, {}),
        ("feature_extractors", Peak, {}),
        ("objectives", Aim, {}),
        ("optimizers", sampler(), {}),
        ("exporters", Text, {}),
    ],
)
def test_without_the_mistake_nothing_is_found(
    kind: str, target: Any, attributes: dict[str, Any], failures: Callable[..., dict[str, str]]
) -> None:
    assert failures(suite_of(kind, target, **attributes)) == {}


def test_every_suite_can_fail() -> None:
    assert {kind for kind, *_ in WRONG} == set(KINDS) == set(SUITES)
