"""Small things of the theme.

It brings two thousand icons in a program of 1.5 MB; the pages use a handful. This keeps those."""

import re

ICON = re.compile(r'"?([a-z0-9-]+)"?:(\[\d+,\d+,\[[^\]]*\],"[0-9a-f]+",(?:"[^"]*"|\[[^\]]*\])\]),?')


def used(outdir):
    """Every icon that a page or a program of the theme may ask for."""
    names = set()
    for path in [*outdir.glob("*.html"), *outdir.glob("exercises/*.html"), *(outdir / "_static").rglob("*.js")]:
        if path.name != "fontawesome.js":
            names.update(re.findall(r"\bfa-([a-z0-9-]+)", path.read_text(encoding="utf-8", errors="ignore")))
    return names


def name_controls(outdir):
    """What a screen reader says: the search field has a second name that differs from what is seen, the small arrows in
    the list of contents have none."""
    for path in [path for path in outdir.rglob("*.html") if "api" not in path.relative_to(outdir).parts]:
        text = path.read_text(encoding="utf-8")
        named = re.sub(r'(<button[^>]*search-button-field[^>]*?)\s+aria-label="Search"', r"\1", text)
        named = named.replace("<details><summary><span", '<details><summary aria-label="Show what belongs to it"><span')
        named = named.replace("<details open=\"open\"><summary><span", '<details open="open"><summary aria-label="Hide what belongs to it"><span')
        path.write_text(named, encoding="utf-8")


def lighten(outdir):
    """The styles of icons as letters, which are pictures here, and on the first page, which has no cells, those of cells."""
    for path in (outdir / "_static" / "styles").glob("*.css"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'\.fa-[a-z0-9-]+(?:,\.fa-[a-z0-9-]+)*\{--fa:"[^"]*"\}', "", text), encoding="utf-8")
    first = outdir / "index.html"
    text = first.read_text(encoding="utf-8")
    first.write_text(re.sub(r'<link [^>]*_static/mystnb[^>]*>', "", text), encoding="utf-8")


def keep_used(outdir):
    path = outdir / "_static" / "scripts" / "fontawesome.js"
    if not path.is_file():
        return
    text, names = path.read_text(encoding="utf-8"), used(outdir)

    def kept(match):
        also = re.findall(r'"([a-z0-9-]+)"', match[2].split("]")[0])
        return match[0] if match[1] in names or names.intersection(also) else ""

    path.write_text(re.sub(r",\}", "}", ICON.sub(kept, text)), encoding="utf-8")
