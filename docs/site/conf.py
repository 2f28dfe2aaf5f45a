"""Configuration of the site: `nox -s docs` builds the guides in docs/ and the reference into build/site."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests.support.public_api
sys.path.insert(0, str(Path(__file__).parent))

from rivet_client import __version__

project = "rivet-client"
author = copyright = "The rivet-client maintainers"
version = release = __version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "rivet_docs",
]
exclude_patterns = ["README.md", "site"]
smartquotes_action = "D"  # no curly quotes: many texts are about code

# --- Guides ----------------------------------------------------------------------------------------------------------

myst_heading_anchors = 6
myst_links_external_new_tab = False
suppress_warnings = ["misc.highlighting_failure"]  # `…` in code that stands for more of it

# --- Reference -------------------------------------------------------------------------------------------------------

default_role = "name"  # of rivet_docs.names
add_module_names = False
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
autodoc_type_aliases = {"ActorValue": "rivet_client.values.ActorValue"}
autodoc_default_options = {"members": True}
napoleon_numpy_docstring = False
napoleon_attr_annotations = True
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

# --- Looks -----------------------------------------------------------------------------------------------------------

linkcheck_ignore = [r"(\.\./)*source/"]  # pages of rivet_docs.sources, which `tests/site` checks
html_theme = "furo"
html_title = f"rivet-client {version}"
html_short_title = "rivet-client"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_logo = "static/logo.svg"
html_favicon = "static/logo.svg"
html_search_scorer = str(Path(__file__).parent / "scorer.js")
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "navigation_with_keys": True,
    "sidebar_hide_name": False,
}
pygments_style = "default"
pygments_dark_style = "github-dark"
copybutton_only_copy_prompt_lines = False
