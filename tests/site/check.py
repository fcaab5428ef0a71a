"""Reads a finished site as a visitor's browser would and says what is wrong with it.

Usage: check.py FOLDER [ADDRESS]; ADDRESS is where the site will be, if it was made for one.
"""

import html.parser
import json
import pathlib
import re
import sys
import urllib.parse

TOTAL_MB, FIRST_PAGE_MB = 40, 1
# Elements whose address the browser fetches by itself, and the attributes that hold it.
FETCHED = {
    "img": ("src", "srcset"),
    "script": ("src",),
    "link": ("href",),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
    "input": ("src",),
}
# Links of `<link>` that are only named, not fetched.
NAMED = {"canonical", "alternate", "next", "prev", "author", "index", "search", "help"}
IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
ROOT = pathlib.Path(__file__).resolve().parents[2]


class Page(html.parser.HTMLParser):
    """The ids of a page, where it leads and what it fetches."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.fetched, self.meta, self.style = set(), [], [], {}, False
        self.pictures_without_words = 0
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        given = dict(pairs)
        self.ids.update(given[name] for name in ("id", "name") if given.get(name) and tag != "meta")
        if tag == "meta":
            self.meta[given.get("property") or given.get("name")] = given.get("content")
        if tag == "a" and given.get("href") is not None:
            self.links.append(given["href"])
        if tag == "img" and given.get("alt") is None:
            self.pictures_without_words += 1
        named = tag == "link" and NAMED & set((given.get("rel") or "").split())
        for name in FETCHED.get(tag, ()):
            if given.get(name):
                parts = [part.split()[0] for part in given[name].split(",")] if name == "srcset" else [given[name]]
                (self.links if named else self.fetched).extend(parts)
        if given.get("style"):
            self.fetched += in_style(given["style"])
        self.style = tag == "style"

    def handle_endtag(self, tag):
        self.style = False

    def handle_data(self, text):
        if self.style:
            self.fetched += in_style(text)


def in_style(text):
    return [first or second for first, second in IN_STYLE.findall(text)]


class Site:
    def __init__(self, folder, address):
        self.folder, self.address, self.wrong = folder, address, []
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        self.files = {path.relative_to(folder).as_posix() for path in files}
        self.bytes = sum(path.stat().st_size for path in files)
        self.pages = {name: Page((folder / name).read_text(encoding="utf-8")) for name in sorted(self.files) if name.endswith(".html")}
        self.own = [name for name in self.pages if not name.startswith(("api/", "labs/"))]
        self.count = {"inside": 0, "outside": 0}

    def say(self, page, what):
        self.wrong.append(f"{page}: {what}")

    def inside(self, page, target):
        """The file and the part of it that an address inside the site means; None for one outside."""
        if self.address and target.startswith(self.address):
            target = "/" + target[len(self.address) :].lstrip("/")
        parts = urllib.parse.urlsplit(target)
        if parts.scheme or parts.netloc:
            return None
        path = urllib.parse.unquote(parts.path)
        base = "" if path.startswith("/") else page
        file = base if not path else str(pathlib.PurePosixPath("/", base).parent.joinpath(path.lstrip("/")))
        steps = []
        for step in file.strip("/").split("/"):
            steps = steps[:-1] if step == ".." else [*steps, step]
        file = "/".join(steps)
        if path.endswith("/") or f"{file}/index.html" in self.files:
            file = f"{file}/index.html".lstrip("/")
        return file, urllib.parse.unquote(parts.fragment)

    def link(self, page, target):
        place = self.inside(page, target)
        if place is None:
            self.count["outside"] += 1
            self.outside(page, target)
            return
        self.count["inside"] += 1
        file, part = place
        if file not in self.files:
            self.say(page, f"leads to {target}, which is not there")
        elif part and file in self.pages and part not in self.pages[file].ids:
            raw = urllib.parse.urlsplit(target).fragment
            if raw not in self.pages[file].ids and not self.by_program(file):
                self.say(page, f"leads to {target}: the page has no such part")

    @staticmethod
    def by_program(file):
        """Settings and help of the crate's documentation are filled by its program."""
        return file in ("api/settings.html", "api/help.html")

    def outside(self, page, target):
        parts = urllib.parse.urlsplit(target)
        if parts.scheme == "mailto":
            good = "@" in parts.path
        elif parts.scheme == "javascript":
            good = self.by_program(page)
        elif parts.hostname == "127.0.0.1":
            # The reader's own JupyterLab: the notebook has to be in the project, or in the reader's own work.
            notebook = urllib.parse.unquote(parts.path).removeprefix("/lab/tree/")
            original = notebook.replace("notebooks/work/", "notebooks/exercises/")
            good = parts.scheme == "http" and (ROOT / original).is_file()
        else:
            host = parts.hostname or ""
            good = parts.scheme in ("https", "http") and re.fullmatch(r"([\w-]+\.)+[a-z]{2,}", host) and not re.search(r"[\s<>\"]", target)
        if not good:
            self.say(page, f"leads to {target!r}, which is no address")

    def fetch(self, page, target):
        if target.startswith("data:") or target.startswith("#"):
            return
        place = self.inside(page, target)
        if place is None:
            self.say(page, f"fetches {target} from another host")
        elif place[0] not in self.files:
            self.say(page, f"fetches {target}, which is not there")

    def check(self):
        for name, page in self.pages.items():
            for target in page.links:
                self.link(name, target)
            for target in page.fetched:
                self.fetch(name, target)
        for name in sorted(self.files):
            if name.endswith(".css"):
                for target in in_style((self.folder / name).read_text(encoding="utf-8", errors="replace")):
                    self.fetch(name, target)
        for name in self.own:
            self.preview(name, self.pages[name])
        self.covers_the_course()
        self.sizes()

    def preview(self, name, page):
        said = page.meta.get("description") or ""
        if not 20 <= len(said) <= 300:
            self.say(name, f"its description has {len(said)} letters")
        for kind in ("og:title", "og:description", "og:image"):
            if not page.meta.get(kind):
                self.say(name, f"has no {kind}")
        picture = self.inside(name, page.meta.get("og:image") or "missing")
        if picture is None or picture[0] not in self.files:
            self.say(name, f"its preview picture {page.meta.get('og:image')} is not there")
        if page.pictures_without_words:
            self.say(name, f"{page.pictures_without_words} pictures without a description")

    def in_laboratories(self):
        """The numbers of the chapters that a laboratory belongs to."""
        labs = [page for name, page in self.pages.items() if name.startswith("labs/")]
        return {number for page in labs for number in (page.meta.get("chapters") or "").split()}

    def covers_the_course(self):
        """Every notebook has its page, with a link to JupyterLab, and every solution its fold."""
        for path in sorted((ROOT / "notebooks").glob("**/[0-9A-Z]*_*.ipynb")):
            place = path.relative_to(ROOT / "notebooks")
            if place.parent.as_posix() not in (".", "exercises", "solutions"):
                continue
            name = place.with_suffix(".html").as_posix()
            if name not in self.pages:
                self.say(name, "is missing")
                continue
            text = (self.folder / name).read_text(encoding="utf-8")
            needed = {'class="own-lab"': "no way into one's own JupyterLab"}
            if place.parent.name == "solutions":
                needed['<details class="solution">'] = "no fold"
            if not place.parent.name:
                if place.name.partition("_")[0] in self.in_laboratories():
                    needed['class="laboratory"'] = "no laboratory"
                needed['class="term'] = "no word of the glossary"
                needed["/api/" if "/" in name else 'href="api/'] = "no link to the crate's documentation"
            for mark, what in needed.items():
                if mark not in text:
                    self.say(name, what)
            self.outputs(path, name, text)

    def outputs(self, path, name, text):
        """As many pictures as the notebook has stored."""
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
        stored = sum(any(kind.startswith("image/") for kind in each) for each in data)
        article = text[text.find("<article") : text.find("</article>")]
        shown = len(re.findall(r"<img ", article))
        if shown < stored:
            self.say(name, f"shows {shown} pictures of {stored}")

    def sizes(self):
        if self.bytes > TOTAL_MB * 1e6:
            self.say("all", f"{self.bytes / 1e6:.1f} MB, more than {TOTAL_MB}")


def main():
    site = Site(pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
    site.check()
    for line in site.wrong[:60]:
        print(f"FAILED {line}")
    if len(site.wrong) > 60:
        print(f"and {len(site.wrong) - 60} more")
    print(
        f"{len(site.own)} pages of the course, {len(site.pages) - len(site.own)} of the crate; {site.count['inside']} links inside, "
        f"{site.count['outside']} outside, {len(site.wrong)} wrong; {site.bytes / 1e6:.1f} MB"
    )
    sys.exit(bool(site.wrong) or len(site.own) < 10)


main()
