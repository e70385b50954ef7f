"""Sphinx configuration; warnings fail the build."""

project = "Bouton"
author = "The Bouton developers"
project_copyright = "2026, the Bouton developers"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Bouton"
nitpicky = True
