// Sets formulas: reads a JSON list of [formula, whether it stands on a line of its own], writes a JSON list of HTML.
// The first argument is the folder of KaTeX.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const katex = createRequire(import.meta.url)(process.argv[2]);
const formulas = JSON.parse(readFileSync(0, "utf8"));
const set = ([formula, display]) => {
  try {
    return { html: katex.renderToString(formula, { displayMode: display, throwOnError: true, strict: "ignore" }) };
  } catch (error) {
    return { error: String(error.message) };
  }
};
const answer = Buffer.from(JSON.stringify(formulas.map(set)));
for (let at = 0; at < answer.length; ) at += writeSync(1, answer, at);
