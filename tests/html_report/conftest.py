"""Runs of every kind, small and real or written by the real writer, and a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bouton.model.scores import Evaluation, Feature, Scores, Target
from bouton.results import RunDirectory
from bouton.results.records import evaluation_record, start_record
from bouton_plugins.html_report.writing import write_report

HERE = Path(__file__).parent
NAMES = ("first", "second", "third")
SIZE = 10_000
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--window-size=1200,900",
)

pytest.importorskip("plotly", reason="HTML reports need the extra bouton[html]")


def bouton(*arguments: str | Path) -> None:
    """Run a command in a process of its own: NEURON keeps what it once had."""
    subprocess.run([sys.executable, "-m", "bouton", *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)  # fmt: skip


@pytest.fixture(scope="session")
def ball_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated cell with traces, spikes, scores and a movie."""
    out = tmp_path_factory.mktemp("ball") / "run"
    bouton("run", HERE / "ball.yaml", "--out", out, "--no-figures")
    return out


@pytest.fixture(scope="session")
def network_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated network with spikes and recorded potentials."""
    out = tmp_path_factory.mktemp("network") / "run"
    study = HERE.parent / "networks" / "small.yaml"
    bouton("network", "simulate", study, "--out", out, "--no-figures")
    return out


@pytest.fixture(scope="session")
def explore_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random walk of a cheap cell."""
    out = tmp_path_factory.mktemp("explore") / "run"
    study = HERE.parent / "jobs" / "cheap.yaml"
    values = ("--set", "explore.limit=20", "--set", "explore.workers=1")
    bouton("explore", study, "--out", out, "--steps", "12", "--no-figures", *values)
    return out


def write_fit(out: Path, count: int, **document: Any) -> Path:
    """Write a fit of `count` evaluations, some failed and some stopped, in generations of 100."""
    rng = np.random.default_rng(1)
    lower, upper = np.zeros(6), np.array([1.0, 10.0, 1e-3, 5.0, 1.0, 2.0])
    start = start_record(
        [Target(f"{name}_score", 10.0, 2.0, "mV") for name in NAMES],
        names=[f"soma.p{i}" for i in range(6)],
        lower=lower.tolist(),
        upper=upper.tolist(),
        scales=["linear"] * 6,
        objectives=list(NAMES),
        seed=1,
        schedule="generational",
    )
    study = {"name": "large fit", "fit": {"generations": count // 100}, **document}
    with RunDirectory.create(out, "fit", study, {"seed": 1, "versions": {"bouton": "0.1"}}) as made:
        made.append([start])
        for generation in range(-(-count // 100)):
            first = 100 * generation
            batch = [
                evaluation_record(_candidate(rng, lower, upper, generation, i), i, generation)
                for i in range(first, min(first + 100, count))
            ]
            summary = {"kind": "generation", "generation": generation, "evaluations": len(batch)}
            made.append([*batch, {**summary, "failed": 0, "best": {}}])
    return out


def _candidate(
    rng: np.random.Generator, lower: Any, upper: Any, generation: int, index: int
) -> Evaluation:
    values = rng.uniform(lower, upper)
    parameters = {f"soma.p{i}": float(value) for i, value in enumerate(values)}
    if index % 97 == 5:
        return Evaluation(parameters, status="failed", reason=f"left the range at {index} ms")
    scores = rng.gamma(2.0, 8.0 / (1 + generation), size=3)
    features = {f"{n}_score": Feature(f"{n}_score", float(10 + 2 * s), "mV")
                for n, s in zip(NAMES, scores, strict=True)}  # fmt: skip
    combined = dict(zip(NAMES, scores.tolist(), strict=True))
    judged = {f"{name}_score": float(score) for name, score in combined.items()}
    is_stopped = index % 31 == 3
    return Evaluation(
        parameters,
        Scores(features, judged),
        combined,
        "stopped" if is_stopped else "ok",
        f"step: first is {scores[0]:.3g}, cut-off 20" if is_stopped else "",
        {"run": 0.5},
    )


@pytest.fixture(scope="session")
def large_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The largest run of the suite: a fit of 10,000 evaluations."""
    return write_fit(tmp_path_factory.mktemp("large") / "run", SIZE)


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Return the report of a run, made once."""
    made: dict[Path, Path] = {}
    folder = tmp_path_factory.mktemp("reports")

    def of(run: Path) -> Path:
        if run not in made:
            made[run] = write_report(run, folder / f"{len(made)}.html")
        return made[run]

    return of


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium; tests skip where there is none."""
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no browser: install Debian's packages chromium and chromium-driver")
    reason = "selenium is not installed"
    webdriver = pytest.importorskip("selenium.webdriver", reason=reason)
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = program
    profile = tmp_path_factory.mktemp("profile")
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service(driver, env={**os.environ, "HOME": str(profile)})
    opened = webdriver.Chrome(options=options, service=service)
    opened.set_script_timeout(60)
    yield opened
    opened.quit()
