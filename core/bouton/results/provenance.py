"""Where a run came from: everything needed to say why two runs differ."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from bouton.plugins.specs import ENTRY_POINT_GROUP
from bouton.results.exact_json import encode

_PACKAGES = ("bouton", "neuron", "numpy", "tables", "nevergrad", "attrs", "pluggy")


def provenance(
    study_document: Mapping[str, Any],
    *,
    study_sha256: str = "",
    seed: int | None = None,
    catalogues: Mapping[str, str] | None = None,
    packages: Iterable[str] = (),
) -> dict[str, Any]:
    """Return what made a run, JSON-ready; imports neither NEURON nor any plug-in.

    Args:
        study_document: The complete study, with the paths of this machine.
        study_sha256: Hash of the study that is the same wherever its files lie
            (`bouton.files.study_hash`).
        seed: Seed of the run.
        catalogues: Content hash of every catalogue that was compiled, by name.
        packages: Further distributions whose versions matter, such as `efel`.
    """
    return {
        "study_sha256": study_sha256,
        "document_sha256": document_digest(study_document),
        "seed": seed,
        "versions": versions((*_PACKAGES, *packages)),
        "plugins": plugins(),
        "catalogues": dict(catalogues or {}),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": cpu(),
        "cpu_count": os.cpu_count(),
        "command": command_line(),
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def document_digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document; the order of its keys does not matter."""
    ordered = json.dumps(json.loads(encode(document)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(ordered.encode("ascii")).hexdigest()


def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Return the installed version of each distribution, without importing it."""
    found = {}
    for name in distributions:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def plugins() -> list[dict[str, str]]:
    """Return name, distribution and version of every installed plug-in, sorted."""
    rows = {
        (
            point.name,
            point.dist.name if point.dist else "",
            point.dist.version if point.dist else "",
        )
        for point in metadata.entry_points(group=ENTRY_POINT_GROUP)
    }
    return [
        {"name": name, "distribution": distribution, "version": version}
        for name, distribution, version in sorted(rows)
    ]


def cpu() -> str:
    """Return the processor's model name, or the best the platform knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def command_line() -> list[str]:
    """Return the command with the program's folder left out."""
    return [Path(sys.argv[0]).name, *sys.argv[1:]] if sys.argv else []
