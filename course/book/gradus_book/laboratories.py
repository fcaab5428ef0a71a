"""The laboratories: pages of their own that run the crate, listed on a page and shown in the chapters that they belong to.

Each says by itself what it is: its title, its description, and the numbers of its chapters in `<meta name="chapters">`.
"""

import html.parser
import shutil


class About(html.parser.HTMLParser):
    """What a laboratory's page says of itself."""

    def __init__(self, path):
        super().__init__()
        self.file, self.title, self.meta, self.in_title = path.name, "", {}, False
        self.feed(path.read_text(encoding="utf-8"))
        self.chapters = self.meta.get("chapters", "").split()
        for name in ("description", "chapters"):
            if not self.meta.get(name):
                raise SystemExit(f'{path} has no <meta name="{name}">')

    def handle_starttag(self, tag, pairs):
        given = dict(pairs)
        self.in_title = tag == "title"
        if tag == "meta" and given.get("name"):
            self.meta[given["name"]] = given.get("content") or ""

    def handle_data(self, text):
        if self.in_title:
            self.title += text
            self.in_title = False

    @property
    def name(self):
        return self.title.partition(" · ")[0].strip()

    def frame(self):
        """The laboratory within a chapter, folded away until somebody wants it."""
        address = f"labs/{self.file}"
        return (
            f'<details class="laboratory"><summary>Laboratory: {self.name}</summary>'
            f'<p>{self.meta["description"]} <a href="{address}">On a page of its own</a></p>'
            f'<iframe src="{address}" title="{self.name}" loading="lazy"></iframe></details>'
        )

    def line(self):
        return f'- <a href="labs/{self.file}">{self.name}</a>: {self.meta["description"]}'


def read(folder):
    """The laboratories in `folder`; none where there is no such folder."""
    return [About(path) for path in sorted(folder.glob("*.html"))] if folder else []


def copy(folder, extra):
    """Puts all that the laboratories need beside the pages."""
    if folder:
        shutil.copytree(folder, extra / "labs", dirs_exist_ok=True)


def listed(laboratories):
    """A section of the first page."""
    if not laboratories:
        return ""
    lines = "\n".join(one.line() for one in laboratories)
    return f"## Laboratories\n\nPages to play with. What computes in them is the crate itself, in your browser.\n\n{lines}\n"
