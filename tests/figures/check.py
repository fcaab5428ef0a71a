"""Every figure of a notebook must be seen in the HTML that nbconvert and myst-nb make of it.

Usage: check.py [notebook ...]; without arguments, all chapters.
"""

import base64
import html.parser
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
# In the order in which a page prefers them when a cell shows several.
KINDS = ["image/svg+xml", "image/png", "image/gif", "image/jpeg"]


def figures(notebook):
    """The kinds of the figures in a notebook, in their order."""
    cells = json.loads(notebook.read_text())["cells"]
    data = (output.get("data", {}) for cell in cells for output in cell.get("outputs", []))
    shown = ([kind for kind in KINDS if kind in each] for each in data)
    return [kinds[0] for kinds in shown if kinds]


class Images(html.parser.HTMLParser):
    """Collects the bytes of every picture of a page, whether inline, embedded or in a file beside it."""

    def __init__(self, page):
        super().__init__()
        self.page, self.found = page, []
        self.feed(page.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "svg" and "width" in attributes:
            self.found.append(b"<svg")
        if tag in ("img", "object"):
            source = attributes.get("src") or attributes.get("data") or ""
            if source.startswith("data:"):
                head, body = source[5:].split(",", 1)
                self.found.append(base64.b64decode(body) if head.endswith(";base64") else body.encode())
            elif source and "://" not in source:
                file = self.page.parent / urllib.parse.unquote(source)
                self.found.append(file.read_bytes() if file.is_file() else b"")


def is_picture(content):
    starts = (b"\x89PNG", b"GIF8", b"\xff\xd8\xff")
    return content.startswith(starts) or b"<svg" in content or b"%3Csvg" in content


def nbconvert(notebook, folder):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", folder, notebook]
    subprocess.run(command, check=True, capture_output=True)
    return folder / f"{notebook.stem}.html"


def myst_nb(notebook, folder):
    source = folder / "source"
    source.mkdir()
    shutil.copy(notebook, source / "index.ipynb")
    settings = "extensions = ['myst_nb']\nnb_execution_mode = 'off'\nhtml_theme = 'basic'\n"
    (source / "conf.py").write_text(settings)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", source, folder / "html"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "html" / "index.html"


def check(notebook):
    expected = figures(notebook)
    failures = 0
    for convert in (nbconvert, myst_nb):
        with tempfile.TemporaryDirectory() as folder:
            page = convert(notebook, pathlib.Path(folder))
            found = sum(is_picture(content) for content in Images(page).found)
        passed = found >= len(expected)
        failures += not passed
        word = "passed" if passed else "FAILED"
        print(f"{word} {notebook.name}, {convert.__name__}: {found} pictures for {len(expected)} figures")
    return len(expected), failures


def main():
    notebooks = [pathlib.Path(name) for name in sys.argv[1:]] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    results = [check(notebook.resolve()) for notebook in notebooks]
    if not any(count for count, _ in results):
        sys.exit("FAILED: no notebook holds a figure, so this proves nothing")
    sys.exit(any(failures for _, failures in results))


main()
