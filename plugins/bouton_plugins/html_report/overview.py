"""What was run, how it ended, and where it came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import yaml

from bouton.report.tables import number
from bouton.results import Results
from bouton.results.reasons import cause
from bouton_plugins.html_report.blocks import (
    Block,
    Code,
    Column,
    Facts,
    Mark,
    Section,
    Table,
    Text,
)

_LONGEST_STUDY = 100_000
_WORDS = {
    "run": "protocols on one cell",
    "fit": "a fit",
    "explore": "an exploration of good models",
    "network": "a simulated network",
    "measure": "measurements of cells",
    "drive": "a driven motor pool",
    "experiment": "an experiment",
}
_VERDICTS = {"ok": "good", "stopped": "none", "failed": "bad"}


def status_mark(results: Results) -> Mark:
    """Return how the run ended."""
    statuses = {record["status"] for record in results.evaluation_records}
    if results.status == "finished" and statuses == {"failed"}:
        return Mark("bad", "finished, nothing succeeded")
    verdict = {"finished": "good", "failed": "bad"}.get(results.status, "none")
    return Mark(verdict, results.status)  # type: ignore[arg-type]


def title_of(results: Results) -> str:
    """Return the name of the study, or of the directory if it has none."""
    return str(results.study.get("name") or results.path.name)


def job_of(results: Results) -> str:
    """Return what kind of run it is, in words."""
    return _WORDS.get(results.kind, f"a run of {results.kind}")


def overview(results: Results) -> Section:
    """Return the first section: what was run and how it ended."""
    description = str(results.study.get("description") or "")
    blocks: list[Block] = [Text(description)] if description else []
    blocks.append(Facts(list(_facts(results))))
    if results.manifest.reason:
        ended = "was interrupted" if results.status == "interrupted" else results.status
        blocks.append(Text(f"The run {ended}: {results.manifest.reason}", "warning"))
    elif results.status == "interrupted":
        blocks.append(Text("The process that wrote this run ended without a word.", "warning"))
    if len(results.evaluation_records) == 1 and results.evaluation_records[0]["status"] == "failed":
        reason = results.evaluation_records[0]["reason"]
        blocks.append(Text(f"The simulation failed: {_shortened(reason)}", "warning"))
    blocks += [Text(notice, "warning") for notice in results.notices]
    return Section("Overview", blocks)


def provenance(results: Results) -> Section:
    """Return the last section: the study, versions, plug-ins, mechanisms, time spent."""
    told = results.provenance
    keys = ("command", "python", "platform", "machine", "cpu", "cpu_count", "study_sha256")
    names = {"study_sha256": "study (SHA-256)", "cpu_count": "CPU cores", "cpu": "CPU"}
    rows = [(names.get(key, key), _said(told[key])) for key in keys if told.get(key)]
    blocks: list[Block] = [Facts([("run id", results.manifest.run_id), *rows])]
    blocks += _versions(told)
    blocks += _timings(results)
    text = yaml.safe_dump(dict(results.study), sort_keys=False, allow_unicode=True, width=100)
    if len(text) > _LONGEST_STUDY:
        text = text[:_LONGEST_STUDY] + "\n... (cut; study.json holds all of it)\n"
    blocks.append(Code("The study as it was run", text))
    return Section("Study and provenance", blocks)


def failures(results: Results) -> Section | None:
    """Return what failed or was stopped, by reason; None if nothing was."""
    records = [r for r in results.evaluation_records if r["status"] != "ok" or r["reason"]]
    if not records:
        return None
    counted = Counter((r["status"], cause(r["reason"])) for r in records)
    first: dict[tuple[str, str], Mapping[str, Any]] = {}
    for record in records:
        first.setdefault((record["status"], cause(record["reason"])), record)
    rows = [
        (
            Mark(_VERDICTS.get(status, "none"), status),  # type: ignore[arg-type]
            str(count),
            str(first[status, why]["index"]),
            _shortened(first[status, why]["reason"]) or "(no reason was noted)",
        )
        for (status, why), count in counted.most_common(40)
    ]
    columns = (
        Column("status"),
        Column("evaluations", is_number=True),
        Column("first", is_number=True),
        Column("reason of the first"),
    )
    total = len(results.evaluation_records)
    caption = f"{len(records)} of {total} evaluations failed, were stopped or have a remark."
    more = len(counted) - len(rows)
    note = "Stopped: a cut-off of the study was exceeded, so later protocols were not run."
    shown = f" {more} rarer reasons are not shown." if more > 0 else ""
    return Section("Failures and remarks", [Table(columns, rows, caption, note + shown)])


def _facts(results: Results) -> Iterator[tuple[str, str]]:
    told, manifest = results.provenance, results.manifest
    yield "job", job_of(results)
    yield "begun", _moment(manifest.created)
    if manifest.status != "running":  # of a run that was killed nobody knows when
        yield "ended", _moment(manifest.updated)
    if told.get("seed") is not None:
        yield "seed", str(told["seed"])
    counts = Counter(record["status"] for record in results.evaluation_records)
    if len(results.evaluations) > 1 or counts.get("failed"):
        shares = ", ".join(f"{count} {status}" for status, count in counts.most_common())
        yield "evaluations", f"{len(results.evaluations)} ({shares})"
    versions = told.get("versions", {})
    for key, name in (("bouton", "Bouton"), ("neuron", "NEURON")):
        if versions.get(key):
            yield name, str(versions[key])


def _moment(stamp: str) -> str:
    return stamp.replace("T", " ").replace("+0000", " UTC")


def _versions(told: Mapping[str, Any]) -> Iterator[Block]:
    versions = told.get("versions") or {}
    if versions:
        rows = [(str(name), str(version)) for name, version in versions.items()]
        heads = (Column("package"), Column("version"))
        yield Table(heads, rows, "Versions of packages", is_folded=True)
    plugins = told.get("plugins") or ()
    if plugins and all(isinstance(row, Mapping) for row in plugins):
        keys = list(plugins[0])
        table = [tuple(_said(row.get(key, "")) for key in keys) for row in plugins]
        yield Table(
            [Column(key) for key in keys],
            table,
            f"The {len(table)} plug-ins that were installed",
            is_folded=True,
        )
    catalogues = told.get("catalogues") or {}
    if catalogues:
        pairs = [(str(name), str(digest)) for name, digest in catalogues.items()]
        columns = (Column("catalogue"), Column("hash of its content"))
        yield Table(columns, pairs, "Catalogues of mechanisms that were compiled", is_folded=True)


def _timings(results: Results) -> Iterator[Block]:
    names = results.names("timings")
    if not names:
        return
    spent = results.array("timings")
    rows = [
        (name, number(float(np.nansum(column))), number(float(np.nanmean(column))))
        for name, column in zip(names, spent.T, strict=True)
        if np.isfinite(column).any()
    ]
    columns = (Column("stage"), Column("sum", "s", True), Column("mean", "s", True))
    yield Table(columns, rows, "CPU time by stage, over all evaluations", is_folded=True)


def _shortened(reason: str) -> str:
    return reason if len(reason) <= 400 else reason[:400] + " ..."


def _said(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return str(value)
