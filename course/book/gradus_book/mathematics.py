"""Formulas are set by KaTeX while the site is built: a page brings styles and letters, no program."""

import json
import re
import shutil
import subprocess

from docutils import nodes

SET = {}


def set_all(app, builder):
    """Every formula of every page, in one go."""
    formulas = set()
    for name in app.env.found_docs:
        for node in app.env.get_doctree(name).findall(lambda node: isinstance(node, (nodes.math, nodes.math_block))):
            formulas.add((node.astext(), isinstance(node, nodes.math_block)))
    formulas = sorted(formulas)
    program = [app.config.gradus_node, app.confdir / "katex.mjs", app.config.gradus_katex]
    done = subprocess.run(program, input=json.dumps(formulas), capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        raise SystemExit(f"error: KaTeX does not run:\n{done.stderr}")
    answers = json.loads(done.stdout)
    wrong = [(formula, answer["error"]) for (formula, _), answer in zip(formulas, answers) if "error" in answer]
    if wrong:
        raise SystemExit("error: formulas that cannot be set:\n" + "\n".join(f"{said}: {what}" for what, said in wrong))
    SET.update({key: answer["html"] for key, answer in zip(formulas, answers)})


def inline(self, node):
    self.body.append(SET[node.astext(), False])
    raise nodes.SkipNode


def block(self, node):
    self.body.append(f'<div class="math-block" tabindex="0" role="group" aria-label="Formula">{SET[node.astext(), True]}</div>\n')
    raise nodes.SkipNode


def bring_letters(app, error):
    """KaTeX's style and its letters, in the format that every browser reads."""
    if error:
        return
    dist = app.config.gradus_katex / "dist"
    target = app.outdir / "_static" / "katex"
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    style = (dist / "katex.min.css").read_text()
    shorter = style
    for kind in ("woff", "ttf"):
        shorter = re.sub(rf',url\([^)]*\.{kind}\) format\("[a-z]+"\)', "", shorter)
    (target / "katex.min.css").write_text(shorter)
    for font in (dist / "fonts").glob("*.woff2"):
        shutil.copyfile(font, target / "fonts" / font.name)


def use_style(app, pagename, templatename, context, doctree):
    if doctree and next(iter(doctree.findall(lambda node: isinstance(node, (nodes.math, nodes.math_block)))), None):
        app.add_css_file("katex/katex.min.css")


def setup(app):
    app.add_config_value("gradus_node", "node", "")
    app.add_config_value("gradus_katex", None, "")
    app.add_html_math_renderer("katex", (inline, None), (block, None))
    app.connect("write-started", set_all)
    app.connect("html-page-context", use_style)
    app.connect("build-finished", bring_letters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
