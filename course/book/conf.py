"""How Sphinx makes the site. `build.py` hands over the places in the environment."""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
given = json.loads(os.environ["GRADUS_BOOK"])

project = "Gradus"
author = "the authors of Gradus"
html_title = "Gradus"
language = "en"
extensions = ["myst_nb", *(f"gradus_book.{name}" for name in ("mathematics", "glossary", "api", "pages"))]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = []
templates_path = [str(HERE / "templates")]

# The stored outputs are shown; nothing is run.
nb_execution_mode = "off"
nb_merge_streams = True
# What the compiler says is coloured as in a terminal.
nb_render_error_lexer = "myst-ansi"
myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3
myst_heading_slug_func = "gradus_book.stage.anchor"
myst_links_external_new_tab = False
suppress_warnings = ["mystnb.unknown_mime_type"]

gradus_root = Path(given["root"])
gradus_extra = Path(given["extra"])
gradus_api = Path(given["api"]) if given["api"] else None
gradus_katex = Path(given["katex"])
gradus_address = given["address"]
gradus_chapters = given["chapters"]

html_theme = "sphinx_book_theme"
html_math_renderer = "katex"
html_static_path = [str(HERE / "static")]
html_extra_path = [given["extra"]]
html_css_files = ["book.css"]
html_js_files = [("film.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_last_updated_fmt = None
html_theme_options = {
    "logo": {"text": "Gradus", "alt_text": "Gradus: the first page"},
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navigation_with_keys": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
