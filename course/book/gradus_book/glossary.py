"""The glossary: a page made of the table in the chapter that has one, and links to it from each chapter."""

import json
import re

from docutils import nodes

ROW = re.compile(r"^\| *([^|]+?) *\| *([^|]+?) *\| *([^|]+?) *\|$", re.MULTILINE)
HEADING = re.compile(r"^## .*\bGlossary\b", re.MULTILINE)
# Words of everyday English are linked from the chapter on that gives them their meaning, the others everywhere.
EVERYDAY = set("batch bias class device feature kernel label layer model network padding rank scores seed shape state token weight".split())
# Where a word is not prose, or already leads somewhere.
CLOSED = (nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)
PROSE = (nodes.paragraph,)


def rows(notebooks, chapters):
    """Word, meaning and chapters, from the first chapter with such a table."""
    for name in chapters:
        cells = json.loads((notebooks / name).read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and HEADING.search(text):
                return name, [row for row in ROW.findall(text) if row[0] != "word" and not set(row[0]) <= set("-: ")]
    raise SystemExit("error: no chapter has a section `Glossary` with a table of words")


def page(notebooks, chapters):
    source, words = rows(notebooks, chapters)
    files = {name.split("_")[0]: name for name in chapters}
    lines = ["# Glossary", "", f"The words of the course, from [its first chapter](./{source}).", "", "```{glossary}"]
    for word, meaning, where in words:
        links = [f"[{each}](./{files[each]})" if each in files else each for each in re.split(r", *", where)]
        told = "chapter" if len(links) == 1 else "chapters"
        lines += [*re.split(r", *", word), f"  {meaning[0].upper()}{meaning[1:]}. *See {told} {' and '.join(links)}.*", ""]
    return "\n".join([*lines, "```", ""])


class Terms:
    """The words of the glossary, where they are explained and from which chapter on."""

    def __init__(self, app):
        notebooks = app.config.gradus_root / "notebooks"
        _, words = rows(notebooks, app.config.gradus_chapters)
        ids = {name: label for name, _, kind, _, label, _ in app.env.get_domain("std").get_objects() if kind == "term"}
        self.found = []
        for word, meaning, where in words:
            for term in re.split(r", *", word):
                pattern = re.compile(rf"\b{re.escape(term)}(?:s|es)?\b", re.IGNORECASE)
                first = re.split(r", *", where)[0] if term in EVERYDAY else ""
                self.found.append((pattern, ids[term], f"{term}: {meaning}", first))


def link_first_uses(app, doctree, docname):
    """The first use of each word in a chapter leads to the glossary."""
    if f"{docname}.ipynb" not in app.config.gradus_chapters:
        return
    terms = app.env.gradus_terms = getattr(app.env, "gradus_terms", None) or Terms(app)
    number = docname.split("_")[0]
    # Longer words first: `learning rate` before `rate`, `test set` before `set`.
    open_terms = [term for term in sorted(terms.found, key=lambda term: -len(term[0].pattern)) if term[3] <= number]
    target = app.builder.get_relative_uri(docname, "glossary")
    for text in list(doctree.findall(nodes.Text)):
        if in_prose(text):
            replace(text, open_terms, target)


def in_prose(text):
    above, prose = text.parent, False
    while above is not None and not isinstance(above, nodes.document):
        if isinstance(above, CLOSED) or "cell_output" in above.get("classes", []):
            return False
        prose = prose or isinstance(above, PROSE)
        above = above.parent
    return prose


def replace(text, terms, target):
    """Cuts a text at the terms in it; those that were found are taken out of the list."""
    string, pieces = text.astext(), []
    hits = []
    for term in list(terms):
        match = term[0].search(string)
        if match and not any(match.start() < end and start < match.end() for start, end, _ in hits):
            hits.append((match.start(), match.end(), term))
            terms.remove(term)
    at = 0
    for start, end, (_, label, said, _) in sorted(hits, key=lambda hit: hit[0]):
        link = nodes.reference("", string[start:end], refuri=f"{target}#{label}", reftitle=said, classes=["term"])
        link["internal"] = True
        pieces += [nodes.Text(string[at:start]), link]
        at = end
    if pieces:
        text.parent.replace(text, [*pieces, nodes.Text(string[at:])])


def setup(app):
    app.connect("doctree-resolved", link_first_uses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
