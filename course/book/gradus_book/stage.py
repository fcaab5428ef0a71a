"""Lays out what Sphinx reads: copies of the notebooks, with their stored outputs, and the pages made from them.

Nothing here knows which chapters there are: a file `NN_topic.ipynb` is a chapter, and its exercises and solutions are
the files of the same name in the two folders.
"""

import base64
import json
import re
import shutil
from hashlib import sha256
from pathlib import Path

from . import glossary, laboratories

CHAPTER = re.compile(r"(\d\d|[A-Z])_\w+\.ipynb")
LINK = re.compile(r"(!?)\[([^\]\n]+)\]\(([^)\s]+)\)")
FILM = re.compile(r'<img src="data:image/(gif|png);base64,([^"]+)"')
FOLDERS = {"exercises": "Exercises", "solutions": "Solutions"}


def anchor(title):
    """What JupyterLab calls a heading; the notebooks' links use it, and so does the site."""
    return title.strip().replace(" ", "-")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def text_of(cell):
    return "".join(cell["source"])


def markdown(text):
    return {"cell_type": "markdown", "id": sha256(text.encode()).hexdigest()[:8], "metadata": {}, "source": text}


def write(path, text):
    """Leaves an unchanged file alone, so that Sphinx need not read it again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = text if isinstance(text, bytes) else text.encode()
    if not path.is_file() or path.read_bytes() != new:
        path.write_bytes(new)


class Stage:
    """A folder of sources in the making."""

    def __init__(self, root, source, extra, labs=None):
        self.root, self.source, self.extra = root, source, extra
        self.laboratories = laboratories.read(labs)
        laboratories.copy(labs, extra)
        self.notebooks = root / "notebooks"
        self.chapters = sorted(path.name for path in self.notebooks.glob("*.ipynb") if CHAPTER.fullmatch(path.name))
        self.made = set()

    def all(self):
        for name in self.chapters:
            for folder in ("", *FOLDERS):
                path = self.notebooks / folder / name
                if path.is_file():
                    self.notebook(path, folder)
        self.page("glossary.md", glossary.page(self.notebooks, self.chapters))
        for folder in FOLDERS:
            self.page(f"{folder}/index.md", self.list_of(folder))
        for page in Path(__file__).parent.parent.glob("*.md"):
            listed = laboratories.listed(self.laboratories)
            text = page.read_text(encoding="utf-8").replace("@chapters@", self.tree())
            self.page(page.name, text.replace("@laboratories@", listed))
        self.remove_the_rest()

    def page(self, name, text):
        write(self.source / name, text)
        self.made.add(self.source / name)

    def remove_the_rest(self):
        """What an earlier run laid out and this one did not."""
        for path in self.source.rglob("*"):
            if path.is_file() and path not in self.made:
                path.unlink()

    def tree(self):
        return "\n".join(name.removesuffix(".ipynb") for name in self.chapters)

    def list_of(self, folder):
        there = [name for name in self.chapters if (self.notebooks / folder / name).is_file()]
        about = {
            "exercises": "As they are handed out. `cargo course lab` lays out copies of your own, and every task checks itself.",
            "solutions": "One way to do each exercise, folded away until you ask for it.",
        }[folder]
        links = "\n".join(f"- [](./{name})" for name in there)
        return f"---\norphan: true\n---\n\n# {FOLDERS[folder]}\n\n{about}\n\n{links}\n"

    def notebook(self, path, folder):
        notebook = read(path)
        name = path.name
        notebook["metadata"].setdefault("language_info", {})["pygments_lexer"] = "evcxr"
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = LINK.sub(lambda match: self.link(match, path), text_of(cell))
            elif cell["cell_type"] == "code":
                self.outputs(cell, folder)
        if folder == "exercises" and (self.notebooks / "solutions" / name).is_file():
            self.link_solutions(notebook, name)
        if not folder:
            frames = [one.frame() for one in self.laboratories if name.partition("_")[0] in one.chapters]
            notebook["cells"][1:1] = [markdown(frame) for frame in frames]
        notebook["cells"].append(markdown(self.children(name, folder)))
        staged = self.source / folder / name
        write(staged, json.dumps(notebook))
        self.made.add(staged)

    def children(self, name, folder):
        """A chapter is followed by its exercises, these by their solutions."""
        child = {"": "exercises", "exercises": "solutions"}.get(folder)
        if child is None or not (self.notebooks / child / name).is_file():
            return ""
        stem = name.removesuffix(".ipynb")
        return f"```{{toctree}}\n:hidden:\n\n/{child}/{stem}\n```\n"

    def link_solutions(self, notebook, name):
        """A link to its solution behind every task, before the next one begins."""
        solved = [text_of(cell) for cell in read(self.notebooks / "solutions" / name)["cells"]]
        headings = re.findall(r"^## +((\w+\.\d+) .*)$", "\n\n".join(solved), re.MULTILINE)
        anchors = {number: anchor(title) for title, number in headings}
        cells, task = [], None
        for cell in [*notebook["cells"], None]:
            heading = cell and re.match(r"## +(\w+\.\d+) ", text_of(cell)) if cell else None
            if (cell is None or heading) and task in anchors:
                cells.append(markdown(f"[Solution of {task}](../solutions/{name}#{anchors[task]})"))
            if cell is not None:
                task = heading[1] if heading else task
                cells.append(cell)
        notebook["cells"] = cells

    def link(self, match, path):
        """Links that lead out of the site: into the reader's own work, to a folder, to a file of the project."""
        mark, words, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        file, _, part = target.partition("#")
        absolute = (path.parent / file).resolve()
        inside = absolute.relative_to(self.root)
        if inside.parts[:2] == ("notebooks", "work"):
            return f"`{words}`"
        if absolute.is_dir() and absolute.parent == self.notebooks:
            return f"{mark}[{words}]({target.rstrip('/')}/index.md)"
        if absolute.suffix == ".ipynb" or not absolute.is_file():
            return match[0]
        copy = Path("files") / absolute.name
        (self.extra / copy.parent).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(absolute, self.extra / copy)
        up = "../" * (len(path.parent.relative_to(self.notebooks).parts))
        return f'<a href="{up}{copy.as_posix()}">{words}</a>'

    def outputs(self, cell, folder):
        """Pictures get their description; films become files of their own, beside a still of theirs."""
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            said = " ".join("".join(data.get("text/plain", "")).split())
            html = "".join(data.get("text/html", ""))
            film = FILM.match(html)
            if film:
                data["text/html"] = self.film(html, film, "".join(data.get("image/png", "")), folder)
                data.pop("image/png", None)
            elif any(kind.startswith("image/") for kind in data) and said:
                cell["metadata"]["mystnb"] = {"image": {"alt": said.replace("[", "(").replace("]", ")")}}
            elif "<table" in html:
                data["text/html"] = f'<div class="table-scroll" tabindex="0" role="region" aria-label="Table">{html}</div>'

    def film(self, html, film, still, folder):
        up = "../" if folder else ""
        name = self.picture(base64.b64decode(film[2]), film[1])
        rest = html[film.end() :]
        tag = f'<img loading="lazy" src="{up}{name}"{rest}'
        if not still:
            return f'<figure class="film">{tag}</figure>'
        quiet = self.picture(base64.b64decode(still), "png")
        return (
            f'<figure class="film" data-still="{up}{quiet}"><picture>'
            f'<source media="(prefers-reduced-motion: reduce)" srcset="{up}{quiet}">{tag}</picture></figure>'
        )

    def picture(self, content, kind):
        name = f"films/{sha256(content).hexdigest()[:16]}.{kind}"
        write(self.extra / name, content)
        return name
