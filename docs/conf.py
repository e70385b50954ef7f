"""Sphinx configuration; warnings fail the build."""

project = "Bouton"
author = "The Bouton developers"
project_copyright = "2026, the Bouton developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
autodoc_typehints = "none"  # docstrings name shapes and units; types would need links to everywhere
default_role = "code"  # our docstrings write `name`
napoleon_use_ivar = True
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Bouton"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # types of attributes lead to pages that we do not have
