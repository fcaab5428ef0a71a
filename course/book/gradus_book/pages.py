"""What every page has: a description, a picture for previews, the way into one's own JupyterLab, folds."""

import html
import json
import re

import imagesize
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.transforms import Transform
from pygments.lexers.rust import RustLexer
from pygments.token import Comment

LAB = "http://127.0.0.1:8888/lab/tree/notebooks/{}"


class Evcxr(RustLexer):
    """Rust as a cell holds it: a line that begins with a colon is a command to the kernel."""

    name, aliases, filenames = "Rust in a notebook", ["evcxr"], []
    tokens = {**RustLexer.tokens, "root": [(r"^:\w+.*$", Comment.Preproc), *RustLexer.tokens["root"]]}


def first_words(doctree):
    """The first paragraph, as the page's description."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split()).removeprefix("Aim. ")
        if len(text) > 40:
            return shorten(text)
    return "Deep learning, step by step, in Rust notebooks."


def shorten(text, most=200):
    """Whole sentences as long as they fit, else whole words."""
    if len(text) <= most:
        return text
    sentences = re.findall(r".+?[.!?](?= |$)", text)
    short = ""
    for sentence in sentences:
        if len(short) + len(sentence) > most:
            break
        short += sentence
    return short.strip() or text[: most - 1].rsplit(" ", 1)[0] + "…"


def previews(app, pagename, templatename, context, doctree):
    """Description and picture, as search engines and link previews read them."""
    said = first_words(doctree) if doctree else "Search the chapters, exercises and solutions of the course."
    title = re.sub(r"<[^>]*>", "", context.get("title", "")) or "Gradus"
    card = f"cards/{pagename.rsplit('/', 1)[-1]}.png"
    if not (app.config.gradus_extra / card).is_file():
        card = "cards/index.png"
    address = app.config.gradus_address
    place = (address.rstrip("/") + "/") if address else "../" * pagename.count("/")
    tags = [("name", "description", said), ("property", "og:title", f"{html.unescape(title)}"), ("property", "og:description", said)]
    tags += [("property", "og:type", "website"), ("property", "og:site_name", "Gradus"), ("property", "og:image", place + card)]
    tags += [("property", "og:image:alt", f"A figure of: {html.unescape(title)}"), ("name", "twitter:card", "summary_large_image")]
    if address:
        tags.append(("property", "og:url", f"{place}{pagename}.html"))
    lines = [f'<meta {kind}="{name}" content="{html.escape(value)}" />' for kind, name, value in tags]
    kept = re.sub(r'<meta (?:property="og:|name="(?:twitter:|description))[^>]*>\s*', "", context.get("metatags", ""))
    context["metatags"] = kept + "\n".join(lines)


class OwnLab(Transform):
    """Below the first paragraph of a notebook: how to run it."""

    default_priority = 900

    def apply(self):
        settings = self.document.settings
        docname = settings.env.docname
        file = f"{docname}.ipynb"
        if not (settings.env.app.config.gradus_root / "notebooks" / file).is_file():
            return
        number = docname.rsplit("/", 1)[-1].split("_")[0]
        if docname.startswith("exercises/"):
            file = "work/" + docname.removeprefix("exercises/") + ".ipynb"
        text = (
            '<details class="own-lab"><summary>Open in your own JupyterLab</summary>'
            f'<p>In the folder of the course, type <code>cargo course lab</code>. Then <a href="{LAB.format(file)}">'
            f"open <code>notebooks/{file}</code></a>, in the window that comes up or by this link (it expects JupyterLab "
            "at its usual port, 8888).</p>"
            + (f"<p>Without a browser: <code>cargo course {self.command(docname)} {number}</code>.</p>" if self.command(docname) else "")
            + "</details>"
        )
        section = next(iter(self.document.findall(nodes.section)), None)
        at = next((i for i, child in enumerate(section.children) if isinstance(child, nodes.paragraph)), 0)
        section.insert(at + 1, nodes.raw("", text, format="html"))

    @staticmethod
    def command(docname):
        return {"exercises": "check", "solutions": ""}.get(docname.split("/")[0], "run")


class Folds(Transform):
    """Solutions are folded away, task by task."""

    default_priority = 910

    def apply(self):
        docname = self.document.settings.env.docname
        if not docname.startswith("solutions/") or docname.endswith("/index"):
            return
        top = next(iter(self.document.findall(nodes.section)))
        for section in [child for child in top.children if isinstance(child, nodes.section)]:
            title = section.next_node(nodes.title)
            what = html.escape(title.astext())
            opening = f'<details class="solution"><summary>Show the solution<span class="visually-hidden">: {what}</span></summary>'
            rest = section.children[1:]
            section.children = section.children[:1]
            section += [nodes.raw("", opening, format="html"), *rest, nodes.raw("", "</details>", format="html")]


class Chapters(Directive):
    """The list of chapters, each with a picture and the beginning of its aim."""

    def run(self):
        config = self.state.document.settings.env.app.config
        entries = "".join(self.entry(config, name) for name in config.gradus_chapters)
        return [nodes.raw("", f'<ul class="chapters">{entries}</ul>', format="html")]

    def entry(self, config, name):
        notebook = json.loads((config.gradus_root / "notebooks" / name).read_text(encoding="utf-8"))
        title, _, text = "".join(notebook["cells"][0]["source"]).partition("\n")
        aim = text.strip().split("\n\n")[0].replace("**Aim.**", "")
        plain = re.sub(r"[*`$]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", aim))
        stem = name.removesuffix(".ipynb")
        return (
            f'<li><a href="{stem}.html"><img loading="lazy" src="cards/small/{stem}.png" alt="" width="320" height="144" />'
            f"<strong>{html.escape(title.lstrip('# '))}</strong></a>"
            f"<p>{html.escape(shorten(' '.join(plain.split()), 150))}</p></li>"
        )


def api_link(role, rawtext, text, lineno, inliner, options=None, content=None):
    """A link into the crate's documentation: {api}`words <gradus/index.html>`."""
    words, _, place = text.rstrip(">").partition(" <")
    link = nodes.reference(rawtext, words, refuri=f"api/{place}")
    link["internal"] = True
    return [link], []


def describe_unnamed(app, doctree, docname):
    """Tables scroll by themselves, so that the page does not."""
    for table in list(doctree.findall(nodes.table)):
        before = nodes.raw("", '<div class="table-scroll" tabindex="0" role="region" aria-label="Table">', format="html")
        table.parent.replace(table, [before, table, nodes.raw("", "</div>", format="html")])


def size_pictures(app, pagename, templatename, context, doctree):
    """A picture is fetched when the reader comes near it, and keeps its place until then."""

    def sized(match):
        path = app.builder.imgpath and places.get(match[2])
        width, height = imagesize.get(path) if path else (-1, -1)
        size = f' width="{width}" height="{height}"' if width > 0 and 'width="' not in match[0] else ""
        return f'{match[1]} loading="lazy"{size} src="{app.builder.imgpath}/{match[2]}"'

    if "body" in context:
        places = {name: app.srcdir / path for path, name in app.builder.images.items()}
        context["body"] = re.sub(rf'(<img(?: alt="[^"]*")?) src="{app.builder.imgpath}/([^"]+)"', sized, context["body"])


def setup(app):
    for name in ("gradus_root", "gradus_extra", "gradus_address", "gradus_chapters"):
        app.add_config_value(name, None, "")
    app.add_lexer("evcxr", Evcxr)
    app.add_directive("gradus-chapters", Chapters)
    app.add_role("api", api_link)
    app.add_transform(OwnLab)
    app.add_transform(Folds)
    app.connect("doctree-resolved", describe_unnamed)
    app.connect("html-page-context", size_pictures)
    app.connect("html-page-context", previews, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
