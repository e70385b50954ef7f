"""A registry with a few small plug-ins of its own, so that tests depend on nobody else's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import attrs
import pytest
from attrs import field, frozen, validators

from bouton.contracts import Optimizer, ProtocolSource, Recorder, Stimulus
from bouton.errors import StudyError
from bouton.files import load_study
from bouton.model.locations import At, Location
from bouton.model.protocol import PointDrive, Protocol, Signal
from bouton.model.scores import Feature
from bouton.model.study import Study
from bouton.plugins.discovery import Discovery
from bouton.plugins.entry import Entry
from bouton.plugins.offers import Offer
from bouton.plugins.records import PluginRecord
from bouton.plugins.registries import Registries

if TYPE_CHECKING:
    from bouton.contracts import Executor


@frozen
class Hoc:
    scale_um: float = 1.0

    def load(self, path: Path) -> Any:
        raise NotImplementedError


@frozen
class Ball:
    version: int = 2

    @property
    def parameters(self) -> Sequence[Any]:
        return ()


@frozen
class Step:
    amplitude_nA: float
    delay_ms: float = field(default=0.0, validator=validators.ge(0.0))
    duration_ms: float = field(default=100.0, validator=validators.gt(0.0))
    location: Location = At("soma", 0.5)

    def drives(self) -> Iterable[PointDrive]:
        yield PointDrive("IClamp", self.location, {"amp": self.amplitude_nA})


@frozen
class Voltage:
    location: Location = At("soma", 0.5)
    name: str = "soma"

    def signals(self) -> Iterable[Signal]:
        yield Signal(self.name, "v", self.location)


@frozen
class Bap:
    recording_distances_um: tuple[float, ...] = ()
    n_pulses: int = 1
    is_quiet: bool = False
    mode: Literal["fast", "exact"] = "exact"

    def protocol(self, values: Mapping[str, Any]) -> Protocol:
        raise NotImplementedError


@frozen
class Targets:
    file: Path | None = None
    weights: Mapping[str, float] = field(factory=dict)
    window_ms: tuple[float, float] = (0.0, 1.0)

    def __attrs_post_init__(self) -> None:
        if self.window_ms[0] >= self.window_ms[1]:
            raise ValueError("window_ms must have its start before its end")


@frozen
class Rate:
    threshold_mV: float = -20.0

    def extract(self, responses: Mapping[str, Any]) -> Iterable[Feature]:
        raise NotImplementedError


@frozen
class Evolve:
    offspring: int = field(default=10, validator=validators.ge(2))
    name: str = ""


@frozen
class Walk:
    step: float = 0.1


@frozen
class Near:
    radius_um: float


@frozen
class Far:
    radius_um: float
    beyond_um: float


@frozen
class Fit:
    optimizer: Optimizer = Evolve()
    generations: int = 1
    seed: int | None = None
    rates: Any = None
    seeds_from: Annotated[Path, "a table"] | None = None
    region: Near | Far | None = None
    extra: tuple[Any, ...] = field(default=(), metadata={"plugin": "stimuli"})
    folder: Path | None = field(default=None, metadata={"path": "folder"})
    later: Path | None = field(default=None, metadata={"path": "any"})
    executor: Executor | None = None
    pairs: Mapping[str, tuple[int, ...]] = field(factory=dict)
    upper: float = float("inf")
    where: At | None = None


@frozen
class Broken:
    needed: int

    def __attrs_post_init__(self) -> None:
        raise KeyError("surprise")


class NoAttrs:
    pass


KINDS: dict[str, dict[str, type]] = {
    "morphology_loaders": {"hoc": Hoc, "swc": Hoc},
    "cell_templates": {"ball": Ball, "broken": Broken, "no-attrs": NoAttrs},
    "protocols": {"hay-bap": Bap, "hay-bac": Bap},
    "feature_extractors": {"rate": Rate},
    "objectives": {"hay-objectives": Targets},
    "optimizers": {"ibea": Evolve, "walk": Walk},
    "recorders": {"voltage": Voltage},
    "stimuli": {"step": Step},
    "jobs": {"fit": Fit},
}


def _offers() -> tuple[Offer, ...]:
    found = []
    for kind, classes in KINDS.items():
        for name, cls in classes.items():
            target = f"{__name__}:{cls.__name__}"
            shorthand = "name" if cls is Evolve else ""
            found.append(Offer(kind, Entry(name, target, shorthand=shorthand), "tests"))
    found.append(Offer("optimizers", Entry("gone", "bouton_not_there:X"), "tests"))
    return tuple(found)


@pytest.fixture(scope="session")
def registry() -> Registries:
    record = PluginRecord("tests", entries=_offers())
    return Registries(lambda: Discovery((record,)))


@pytest.fixture(scope="session")
def parts() -> ModuleType:
    """This module, for its classes."""
    return sys.modules[__name__]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a morphology and tables of values."""
    (tmp_path / "89_C2.hoc").write_text("create soma\n")
    (tmp_path / "models.csv").write_text(
        'model,ephys.none.soma.g_pas,zone\nfirst,3e-5,"[1, 2]"\nsecond,4e-5,"[3]"\n'
    )
    (tmp_path / "model.json").write_text(
        '{"parameters": {"ephys.none.soma.g_pas": 1e-5, "scale": 2},\n'
        ' "fixed_parameters": {"BAC.stim.dist": 294.8, "scale": 3}}\n'
    )
    return tmp_path


Loader = Callable[..., Study]


@pytest.fixture
def load(folder: Path, registry: Registries) -> Loader:
    """Write a text as a study file and load it."""

    def loading(text: str | bytes, *overrides: str, name: str = "study.yaml") -> Study:
        path = folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load_study(path, overrides=overrides, registry=registry)

    return loading


Problems = Callable[..., list[Any]]


@pytest.fixture
def problems(load: Loader) -> Problems:
    """Write a text as a study file and return what is wrong with it."""

    def finding(text: str | bytes, *overrides: str, name: str = "study.yaml") -> list[Any]:
        with pytest.raises(StudyError) as caught:
            load(text, *overrides, name=name)
        assert str(caught.value).startswith(f"{len(caught.value.problems)} problem")
        return list(caught.value.problems)

    return finding


__all__ = ["ProtocolSource", "Recorder", "Stimulus", "attrs"]
