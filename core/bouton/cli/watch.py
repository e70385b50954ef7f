"""`bouton watch`: a run shown while another process works on it, from its journal alone."""

from __future__ import annotations

import json
import math
import time
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bouton.cli.options import format_option
from bouton.cli.progress import duration

if TYPE_CHECKING:
    from rich.console import Console, Group

    from bouton.results.journal import Record
    from bouton.results.manifest import Manifest

_TERMINAL_S, _PLAIN_S = 1.0, 10.0
_RATE_OVER_S = 60.0
_REASONS = 5


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Show how it stands and leave.")
@format_option("For people, or a JSON object per line for scripts.")
@click.option(
    "--interval",
    "interval_s",
    type=click.FloatRange(min=0.05),
    help="Seconds between looks; 1 on a terminal and 10 elsewhere if not given.",
)
@click.pass_context
def command(
    ctx: click.Context, directory: Path, once: bool, form: str, interval_s: float | None
) -> None:
    """Show the run in DIRECTORY while another process works on it.

    Only its files are read: nothing is written and no lock is taken. It ends when the run ends,
    with exit code 1 if the run did not finish. Ctrl-C ends the watching, never the run.

    \b
    Examples:
      bouton watch runs/fit
      bouton watch runs/fit --once --format json
    """
    from rich.console import Console

    console = Console()
    watch = Watch(directory)
    interval = interval_s or (_TERMINAL_S if console.is_terminal else _PLAIN_S)
    watch.look()
    if once:
        _print(console, watch, form)
        return
    with suppress(KeyboardInterrupt):
        if form == "table" and console.is_terminal:
            _live(console, watch, interval)
        else:
            _lines(console, watch, form, interval)
        ctx.exit(0 if watch.status == "finished" else 1)
    click.echo("no longer watching; the run itself is not touched", err=True)


class Watch:
    """What is known of a run by looking at its directory again and again.

    Attributes:
        directory: The run directory.
        status: `running`, `finished`, `failed`, `interrupted`, or `dead` if the process that
            wrote it is gone without a word.
        manifest: What `run.json` says.
    """

    def __init__(self, directory: Path) -> None:
        from bouton.results.tail import Tail

        self.directory = directory
        self.status = ""
        self.manifest: Manifest | None = None
        self._tail = Tail(directory)
        self._forget()

    def _forget(self) -> None:
        self._restarts = self._tail.restarts
        self._start: Mapping[str, Any] = {}
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._generation = -1
        self._sizes: dict[int, int] = {}
        self._best: dict[str, dict[str, Any]] = {}
        self._looks: deque[tuple[float, int]] = deque()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.status != "running"

    def look(self) -> bool:
        """Take in what is new; return whether anything is.

        Raises:
            ResultsError: If it is no run directory, or a file cannot be read.
        """
        from bouton.results.manifest import read_manifest

        before = (self.status, self._counts.total(), self._generation)
        # The end is read before the journal, so that nothing that came before it is missed.
        self.manifest = read_manifest(self.directory)
        self.status, self._owner = self._state(self.manifest)
        records = self._tail.read(self.manifest.run_id)
        if self._tail.restarts != self._restarts:
            self._forget()
        for record in records:
            self._take(record)
        now = time.monotonic()
        self._looks.append((now, self._counts.total()))
        while now - self._looks[0][0] > _RATE_OVER_S and len(self._looks) > 2:
            self._looks.popleft()
        return before != (self.status, self._counts.total(), self._generation)

    def _state(self, manifest: Manifest) -> tuple[str, str]:
        """Return how the run stands, and who works on it."""
        from bouton.results.lock import owner_of
        from bouton.results.manifest import read_manifest

        if manifest.status != "running":
            return manifest.status, ""
        owner = owner_of(self.directory)
        if owner is not None:
            return "running", str(owner)
        # It may have ended between the two looks.
        self.manifest = read_manifest(self.directory)
        is_dead = self.manifest.status == "running" and owner_of(self.directory) is None
        return ("dead" if is_dead else self.manifest.status), ""

    def _take(self, record: Record) -> None:
        from bouton.results.reasons import cause

        kind = record["kind"]
        if kind == "start":
            self._start = record
        elif kind == "generation":
            self._generation = max(self._generation, int(record["generation"]))
            self._sizes[int(record["generation"])] = int(record["evaluations"])
        elif kind == "evaluation":
            self._counts[record["status"]] += 1
            if record["reason"] and record["status"] != "ok":
                self._reasons[cause(record["reason"])] += 1
            if record["status"] != "failed":
                self._improve(record)

    def _improve(self, record: Record) -> None:
        told = {"index": record["index"], "generation": record["generation"]}
        for name, value in record["combined"].items():
            known = self._best.get(name, {"value": math.inf})["value"]
            if value < known:
                self._best[name] = {"value": value, **told}

    def document(self) -> dict[str, Any]:
        """Return how the run stands, JSON-ready."""
        from bouton.results.exact_json import strict

        manifest = self.manifest
        planned, rate = self._planned(), self._rate()
        done = self._counts.total()
        left = (planned - done) / rate if planned and rate else None
        found: dict[str, Any] = strict(
            {
                "directory": str(self.directory),
                "kind": manifest.kind if manifest else "",
                "status": self.status,
                "reason": manifest.reason if manifest else "",
                "owner": self._owner,
                "advice": self._advice(),
                "evaluations": done,
                "planned": planned,
                "failed": self._counts["failed"],
                "stopped": self._counts["stopped"],
                "generation": self._generation + 1,
                "rate_per_s": rate,
                "left_s": left,
                "best": self._best,
                "reasons": dict(self._reasons.most_common(_REASONS)),
                "damaged_lines": self._tail.damaged,
            }
        )
        return found

    def _advice(self) -> str:
        from bouton.results.manifest import RESUMABLE

        kind = self.manifest.kind if self.manifest else ""
        if self.status in ("dead", "interrupted", "failed") and kind in RESUMABLE:
            return f"bouton resume {self.directory}"
        return ""

    def _planned(self) -> int | None:
        """Return about how many evaluations the study asks for, None if that is unknown."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            kind = self.manifest.kind if self.manifest else ""
            section = json.loads((self.directory / "study.json").read_text("utf-8"))[kind]
            if self._start.get("schedule") == "steady-state":
                planned = int(section["evaluations"])
            else:
                rounds = int(section["generations"] if kind == "fit" else section["steps"] + 1)
                planned = round(rounds * sum(self._sizes.values()) / max(len(self._sizes), 1))
            # A resumed run may have been told to do more than its study says.
            return planned if planned >= self._counts.total() and planned else None
        return None

    def _rate(self) -> float | None:
        """Return evaluations per second: lately, or else since the process began, if it did all."""
        if self.is_over:
            return None
        (since, before), (now, done) = self._looks[0], self._looks[-1]
        if done > before:
            return (done - before) / (now - since)
        with suppress(OSError, ValueError, AttributeError, KeyError):
            manifest = self.manifest
            lock = json.loads((self.directory / "run.lock").read_text("utf-8"))
            began = datetime.fromisoformat(manifest.created) if manifest else None
            held = datetime.fromisoformat(lock["since"])
            if began is not None and abs((held - began).total_seconds()) < 10.0:
                spent = self._tail.path.stat().st_mtime - began.timestamp()
                return done / spent if done and spent > 0 else None
        return None

    def line(self) -> str:
        """Return everything that matters in one line."""
        told = self.document()
        of = f"/{told['planned']}" if told["planned"] else ""
        parts = [f"{told['kind']} {self.status}"]
        parts += [f"generation {told['generation']}"] if told["generation"] else []
        parts += [f"{told['evaluations']}{of} evaluations", f"{told['failed']} failed"]
        parts += [f"{told['stopped']} stopped early"] if told["stopped"] else []
        if not self.is_over:
            parts += [f"{told['rate_per_s']:.2f}/s"] if told["rate_per_s"] else []
            parts += [f"{duration(told['left_s'])} left"] if told["left_s"] else []
        best = [f"{name} {one['value']:.3g}" for name, one in told["best"].items()]
        parts += [f"best {', '.join(best)}"] if best else []
        return "; ".join(parts)

    def words(self) -> str:
        """Return who works on it, or how it ended and what to do."""
        told = self.document()
        if self.status == "running":
            return f"written by {told['owner']}"
        ended = {
            "dead": "the process that wrote it is gone, and did not say why",
            "finished": "finished",
        }.get(self.status, f"{self.status}: {told['reason'] or 'no reason was noted'}")
        return f"{ended}; go on with: {told['advice']}" if told["advice"] else ended

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        told = self.document()
        best = Table(box=None, header_style="dim")
        for heading in ("objective", "best", "evaluation", "generation"):
            # However narrow the terminal, no value is cut.
            best.add_column(heading, overflow="fold", no_wrap=heading == "best")
        for name, one in told["best"].items():
            best.add_row(
                Text(name), f"{one['value']:.4g}", str(one["index"]), str(one["generation"])
            )
        reasons = Table("times", "failed or stopped because", box=None, header_style="dim")
        for reason, count in told["reasons"].items():
            reasons.add_row(str(count), Text(reason))
        head, _, _ = self.line().partition("; best ")
        parts: list[Any] = [Text(head), Text(self.words(), style="dim")]
        parts += [best] if told["best"] else []
        parts += [reasons] if told["reasons"] else []
        if told["damaged_lines"]:
            text = f"{told['damaged_lines']} damaged lines; see: bouton results verify"
            parts.append(Text(f"{text} {self.directory}", style="red"))
        return Group(*parts)


def _print(console: Console, watch: Watch, form: str) -> None:
    if form == "json":
        click.echo(json.dumps(watch.document(), allow_nan=False))
    else:
        console.print(watch)


def _live(console: Console, watch: Watch, interval_s: float) -> None:
    from rich.live import Live

    with Live(watch, console=console, auto_refresh=False) as live:
        while not watch.is_over:
            time.sleep(interval_s)
            watch.look()
            live.refresh()


def _lines(console: Console, watch: Watch, form: str, interval_s: float) -> None:
    """Print a line whenever something is new; the last one says how it ended."""
    is_new = True
    while True:
        if is_new:
            text = json.dumps(watch.document()) if form == "json" else watch.line()
            click.echo(text)
        if watch.is_over:
            break
        time.sleep(interval_s)
        is_new = watch.look()
    if form == "table":
        console.print(watch.words(), highlight=False, soft_wrap=True, markup=False)
