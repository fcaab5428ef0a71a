"""Builds the site from the notebooks. `cargo course book` calls it in the environment that it has made.

Usage: build.py ROOT WORK HTML KATEX [--api FOLDER] [--labs FOLDER] [--address URL]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from gradus_book import api, cards, lighter, theme
from gradus_book.stage import Stage

HERE = Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("root", "work", "html", "katex"):
        parser.add_argument(name, type=lambda path: Path(path).resolve())
    for name in ("--api", "--labs"):
        parser.add_argument(name, type=lambda path: Path(path).resolve())
    parser.add_argument("--address", default="")
    return parser.parse_args()


def main():
    given = arguments()
    extra = given.work / "extra"
    stage = Stage(given.root, given.work / "source", extra, given.labs)
    stage.all()
    cards.make(given.root, extra, stage.chapters)
    places = {name: str(getattr(given, name) or "") for name in ("root", "api", "katex", "address")}
    places.update(extra=str(extra), chapters=stage.chapters)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-c", HERE, "-d", given.work / "read", "-W", "--keep-going", "-q", "-j", "auto"]
    print("Sphinx", flush=True)
    done = subprocess.run([*command, stage.source, given.html], env={**os.environ, "GRADUS_BOOK": json.dumps(places)})
    if done.returncode != 0:
        sys.exit(done.returncode)
    theme.keep_used(given.html)
    theme.name_controls(given.html)
    theme.lighten(given.html)
    lighter.pages(given.html)
    static = given.html / "_static"
    for path in [*static.rglob("*.map"), *static.glob("*.html"), given.html / ".buildinfo"]:
        path.unlink(missing_ok=True)
    shutil.rmtree(static / "locales", ignore_errors=True)
    shutil.rmtree(given.html / "_sources", ignore_errors=True)
    if given.api:
        print("the crate's documentation", flush=True)
        api.copy(given.api, given.html / "api")
        lighter.letters(given.html / "api" / "static.files")
    # GitHub Pages would leave out folders that begin with an underscore.
    (given.html / ".nojekyll").touch()
    files = [path for path in given.html.rglob("*") if path.is_file()]
    apart = {"api", "labs"}
    pages = sum(path.suffix == ".html" and not apart & {*path.relative_to(given.html).parts} for path in files)
    print(f"{pages} pages, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")


main()
