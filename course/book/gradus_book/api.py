"""The crate's documentation beside the course: a copy that fits, and links to it."""

import html
import re
import shutil
from pathlib import Path

from docutils import nodes

CRATE = "gradus"
# The pages of the source are left out: a third of all bytes, and whoever wants to read it has it beside the notebooks.
# A page longer than this loses its lists of implementations: those of dfdx's traits for every shape fill megabytes.
LONG_PAGE = 16_000
# What a reader never sees: hints for search engines and old browsers, an early request for the letters, and the names of
# the standard library's pages, which the links to them say as well.
UNSEEN = re.compile(r'<a class="src[^>]*>Source</a>|<script>if\(window\.location\.protocol!=="file:"\).*?</script>|<!--\[if lte IE 11\]>.*?<!\[endif\]-->|(?<=")(?<=\.html") title="[a-z]+ (?:std|core|alloc)::[^"]*"', re.DOTALL)
FRONT = f'''<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{CRATE}</title>
<meta http-equiv="refresh" content="0; url={CRATE}/index.html"></head>
<body><a href="{CRATE}/index.html">The documentation of {CRATE}</a></body></html>
'''
ITEM = re.compile(r'<a href="([^"]+)">([\w:]+)</a>')
NAME = re.compile(r"^(?:gradus::)?((?:\w+::)*\w+)(?:<.*>)?(?:\(\))?$")
CELL = re.compile(r'(<div class="cell_input.*?</pre>)', re.DOTALL)
TOKEN = re.compile(r'<span class="(n|nc|nf|k|kt)">(\w+)</span>')
DEFINED = re.compile(r"\b(?:fn|struct|enum|trait|type|const|static|mod)\s+(\w+)")


def cut(page, name):
    """Takes out a list with its heading, and the lines of the table of contents that lead there."""
    start = page.find(f'<h2 id="{name}"')
    if start < 0:
        return page
    ends = [page.find(mark, start + 1) for mark in ("<h2 id=", "</section></div></main>", "<script src=")]
    end = min(end for end in ends if end > 0)
    page = page[:start] + page[end:]
    return re.sub(rf'<h3><a href="#{name}">.*?</h3>(?:<ul.*?</ul>)?', "", page, flags=re.DOTALL)


def shorter(page):
    """Without what the compiler adds to every type, and without what nobody reads to its end."""
    for name in ("synthetic-implementations", "blanket-implementations"):
        page = cut(page, name)
    if len(page) > LONG_PAGE:
        for name in ("trait-implementations", "foreign-impls", "implementors"):
            page = cut(page, name)
    page = UNSEEN.sub("", page)
    # Lists for pages that are not there: of the standard library's and of dfdx's traits and types.
    page = re.sub(r'<script src="[./]*type\.impl/[^>]*></script>', "", page)
    return re.sub(rf'<script src="[./]*trait\.impl/(?!{CRATE}/)[^>]*></script>', "", page)


def copy(source, target):
    """Copies what `cargo doc` has made. Links to parts that were cut out lead to the top of their page."""
    if target.exists():
        shutil.rmtree(target)
    skip = shutil.ignore_patterns("type.impl", "src", "src-files.js", "*.lock")
    shutil.copytree(source, target, ignore=skip)
    implementations = target / "trait.impl"
    for other in implementations.iterdir() if implementations.is_dir() else []:
        if other.name != CRATE:
            shutil.rmtree(other)
    pages = {path: shorter(path.read_text(encoding="utf-8")) for path in target.rglob("*.html")}
    ids = {path: set(re.findall(r'\bid="([^"]+)"', page)) for path, page in pages.items()}
    for path, page in pages.items():
        path.write_text(whole(page, path, ids), encoding="utf-8")
    (target / "index.html").write_text(FRONT, encoding="utf-8")


def whole(page, path, ids):
    """No link into a part that is gone."""
    from urllib.parse import unquote

    def mend(match):
        file, part = match[1], match[2]
        target = (path.parent / file).resolve() if file else path
        known = ids.get(target)
        if known is None or part in known or unquote(part) in known:
            return match[0]
        return f'href="{file or "#"}"'

    return re.sub(r'href="((?!\w+:)[^"#]*)#([^"]+)"', mend, page)


class Index:
    """Where the documentation of a name is."""

    def __init__(self, docs):
        self.docs, self.places, self.pages = docs, {}, {}
        for href, name in ITEM.findall((docs / CRATE / "all.html").read_text(encoding="utf-8")):
            for depth in range(name.count("::") + 1):
                self.places.setdefault("::".join(name.split("::")[depth:]), []).append((name, href))

    def find(self, text):
        """The address below `api/` and what it is; None for what the crate does not have, or has more than once."""
        match = NAME.match(text)
        if not match:
            return None
        name = match[1]
        item = self.item(name)
        if item or "::" not in name:
            return item
        holder, member = name.rsplit("::", 1)
        item = self.item(holder)
        page = item and self.page(item[0])
        for kind in ("method", "tymethod", "variant", "associatedconstant"):
            if page and f'id="{kind}.{member}"' in page:
                return f"{item[0]}#{kind}.{member}", f"{item[1]}::{member}"
        return None

    def item(self, name):
        places = self.places.get(name, [])
        own = [place for place in places if not place[0].startswith("prelude::")] or places
        if len({href for _, href in own}) != 1 or len(name) < 3:
            return None
        return f"{CRATE}/{own[0][1]}", f"{CRATE}::{own[0][0]}"

    def page(self, href):
        if href not in self.pages:
            self.pages[href] = (self.docs / href).read_text(encoding="utf-8")
        return self.pages[href]


def index_of(app):
    if not hasattr(app, "gradus_index"):
        docs = app.config.gradus_api
        app.gradus_index = Index(Path(docs)) if docs else None
    return app.gradus_index


def link_names(app, doctree, docname):
    """The first time that the prose of a page names something of the crate, it leads to its documentation."""
    index, seen = index_of(app), set()
    if index is None:
        return
    defined = set(DEFINED.findall("\n".join(cell.astext() for cell in doctree.findall(nodes.literal_block))))
    for literal in list(doctree.findall(nodes.literal)):
        text = literal.astext()
        place = index.find(text)
        if place is None or place in seen or text in defined or has_link(literal) or not worth(text):
            continue
        seen.add(place)
        link = nodes.reference("", "", refuri="../" * docname.count("/") + "api/" + place[0], reftitle=place[1], classes=["api"])
        link["internal"] = True
        literal.replace_self(link)
        link += literal


def worth(text):
    """A lower-case word in code marks may be a variable: only names with a capital or a path are the crate's for sure."""
    return "::" in text or text[0].isupper() or text.endswith("()") or "_" in text


def has_link(node):
    while node is not None:
        if isinstance(node, (nodes.reference, nodes.title)):
            return True
        node = node.parent
    return False


def link_cells(app, pagename, templatename, context, doctree):
    """The same in cells: the first use of each type and function of the crate in a page."""
    index = index_of(app)
    if index is None or not doctree or "body" not in context:
        return
    cells = [cell.astext() for cell in doctree.findall(nodes.literal_block)]
    defined, seen = set(DEFINED.findall("\n".join(cells))), set()
    up = "../" * pagename.count("/") + "api/"

    def token(match):
        name = match[2]
        if name in seen or name in defined or not (name[0].isupper() or "_" in name):
            return match[0]
        place = index.item(name)
        if place is None:
            return match[0]
        seen.add(name)
        return f'<a class="api" href="{up}{place[0]}" title="{html.escape(place[1])}">{match[0]}</a>'

    context["body"] = CELL.sub(lambda cell: TOKEN.sub(token, cell[1]), context["body"])


def setup(app):
    app.add_config_value("gradus_api", None, "")
    app.connect("doctree-resolved", link_names)
    app.connect("html-page-context", link_cells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
