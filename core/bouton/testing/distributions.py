"""Distributions on disk, made without pip: to see how plug-ins, good and bad, are found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bouton.plugins.specs import ENTRY_POINT_GROUP

_CACHE = "BOUTON_CACHE_DIR"


def write_distribution(
    folder: Path,
    name: str,
    *,
    entry_points: Mapping[str, str],
    modules: Mapping[str, str] | None = None,
    version: str = "1.0",
) -> Path:
    """Write modules and the metadata that make a folder on `sys.path` a place of plug-ins.

    Args:
        folder: Folder that tests put on the path, see `environment`.
        name: Name of the distribution.
        entry_points: Name of each plug-in and its module.
        modules: Module name -> its source; dots make packages.
        version: Version of the distribution.

    Returns:
        The metadata folder, `<name>-<version>.dist-info`.
    """
    for module, source in (modules or {}).items():
        _write_module(folder, module, source)
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (metadata / "METADATA").write_text(text, encoding="utf-8")
    lines = [f"{plugin} = {module}" for plugin, module in entry_points.items()]
    points = "\n".join([f"[{ENTRY_POINT_GROUP}]", *lines, ""])
    (metadata / "entry_points.txt").write_text(points, encoding="utf-8")
    return metadata


def _write_module(folder: Path, module: str, source: str) -> None:
    *packages, last = module.split(".")
    place = folder
    for package in packages:
        place = place / package
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").touch()
    place.mkdir(parents=True, exist_ok=True)
    is_package = (place / last).is_dir()
    file = place / last / "__init__.py" if is_package else place / f"{last}.py"
    file.write_text(source, encoding="utf-8")


def environment(*folders: Path, **variables: str) -> dict[str, str]:
    """Return an environment for a subprocess in which the folders come first on the path.

    Variables of Bouton that the surrounding environment may have are left out, but for the folder
    of compiled mechanisms.
    """
    ours = [name for name in os.environ if name.startswith("BOUTON_") and name != _CACHE]
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    path = [*(str(folder) for folder in folders), kept.get("PYTHONPATH", "")]
    return {**kept, "PYTHONPATH": os.pathsep.join(part for part in path if part), **variables}
