"""Figures and numbers of compiled networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bouton_plugins.reconstruction import compile_network, read_tissue
from bouton_plugins.reconstruction.reading import from_document
from bouton_plugins.reconstruction.statistics import degrees, summary


def test_degrees_count_partners_not_contacts(layer: dict[str, Any], tmp_path: Path) -> None:
    layer["connectivity"]["touch"]["rule"]["distance_um"] = 12.0
    compile_network(from_document(layer), tmp_path / "network.h5")
    tissue = read_tissue(tmp_path / "network.h5")
    one = tissue.connection("touch")
    assert len(one) > one.pairs
    into, out = degrees(tissue, one)
    pairs = set(zip(one.source.tolist(), one.target.tolist(), strict=True))
    assert into.sum() == out.sum() == len(pairs)
    assert into.tolist() == [sum(t == cell for _, t in pairs) for cell in range(40)]
    (shown,) = summary(tissue)["connections"]
    assert (shown["count"], shown["pairs"]) == (len(one), len(pairs))
    assert shown["self_contacts"] == 0


def test_figures(layer: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="figures need Matplotlib")
    from bouton_plugins.reconstruction.figures import tissue_figure, write_figures

    layer["cell_types"]["points"] = {"amount": {"count": 3}}
    layer["placement"]["cells"]["cell_types"].append("points")
    layer["connectivity"]["plain"] = {
        "pre": {"cell_types": ["points"]},
        "post": {"cell_types": ["cells"]},
        "rule": {"use": "all-to-all"},
    }
    compile_network(from_document(layer), tmp_path / "network.h5")
    tissue = read_tissue(tmp_path / "network.h5")
    made = write_figures(tissue, tmp_path / "figures")
    assert [path.name for path in made] == [
        "tissue.png",
        "connectivity.png",
        "degrees.png",
        "distances.png",
    ]
    assert all(path.stat().st_size > 5_000 for path in made)
    axes = tissue_figure(tissue).axes[0]
    lines = np.concatenate(
        [np.concatenate(c._segments3d) for c in axes.collections if hasattr(c, "_segments3d")]
    )
    cells = tissue.population("cells")
    # Branches start at their cells: the farthest point is no farther than a branch is long.
    apart = np.linalg.norm(lines[:, None] - cells.positions[None], axis=2).min(axis=1)
    assert apart.max() < 75.0


def test_a_lone_contact_is_seen(layer: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="figures need Matplotlib")
    from bouton_plugins.reconstruction.figures import distance_figure

    layer["cell_types"]["cells"]["amount"]["count"] = 1
    layer["connectivity"]["touch"]["rule"] = {"use": "all-to-all", "allow_self": True}
    compile_network(from_document(layer), tmp_path / "network.h5")
    tissue = read_tissue(tmp_path / "network.h5")
    assert len(tissue.connection("touch")) == 1
    (axes,) = distance_figure(tissue).axes
    (bar,) = [one for one in axes.patches if one.get_height() > 0]
    left, right = axes.get_xlim()
    assert bar.get_x() + bar.get_width() <= right
    assert bar.get_width() > (right - left) / 60
