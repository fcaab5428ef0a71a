// Reads the site as visitors do: on a phone, a tablet and a desk, in light and in dark, with the network cut off.
// Usage: browse.mjs FOLDER [PART]; with PART, only pages with that in their name are read at every width. Pictures of what was seen: .gradus/book/seen.
import { createServer } from "node:http";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const site = resolve(process.argv[2]);
const seen = join(root, ".gradus/book/seen");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [390, 820, 1440];
const FIRST_PAGE = 1e6;
const kinds = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
let sent = 0;
const wrong = [];
const say = (text) => wrong.push(text) && console.log(`FAILED ${text}`);

/** The site behind an address, as any static server gives it. */
function serve() {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://site").pathname));
    try {
      const body = readFileSync(join(site, path.endsWith("/") ? `${path}index.html` : path));
      sent += body.length;
      response.writeHead(200, { "content-type": kinds[extname(path) || ".html"] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server)));
}

/** All pages of the course. */
function pages() {
  const html = (folder) => readdirSync(join(site, folder)).filter((name) => name.endsWith(".html")).map((name) => join(folder, name));
  return [...html("."), ...html("exercises"), ...html("solutions")].sort();
}

/** A page in a window of its own; what it asks another host for is refused and told. */
async function open(browser, origin, name, width, scheme) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const told = `${name} at ${width} pixels, ${scheme}`;
  await page.route("**/*", (route) => {
    const address = route.request().url();
    if (address.startsWith(origin) || address.startsWith("data:")) return route.continue();
    say(`${told}: asks ${address}`);
    return route.abort();
  });
  page.on("response", (response) => {
    if (response.status() >= 400) say(`${told}: ${response.status()} for ${response.url()}`);
  });
  page.on("pageerror", (error) => say(`${told}: ${error.message}`));
  await go(page, origin, name);
  return { page, context, told };
}

async function go(page, origin, name) {
  await page.goto(`${origin}/${name}`, { waitUntil: "load" });
  await page.waitForFunction(() => document.fonts.status === "loaded");
}

/** What sticks out of the window, with how far. */
function sticksOut() {
  const width = document.documentElement.clientWidth;
  const scrolls = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - width;
  if (scrolls <= 0) return null;
  const inner = (element) => element.closest("pre, .table-scroll, .math-block, .katex-mathml");
  const far = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > width + 1 && !inner(one));
  const named = far.slice(0, 3).map((one) => `<${one.tagName.toLowerCase()} class="${one.className}"> ${one.textContent.trim().slice(0, 40)}`);
  return `${scrolls} pixels: ${named.join("; ")}`;
}

async function widths(browser, origin, names) {
  const { page, context } = await open(browser, origin, names[0], WIDTHS[0], "light");
  for (const name of names) {
    await go(page, origin, name);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const out = await page.evaluate(sticksOut);
      if (out) say(`${name} at ${width} pixels: scrolls sideways by ${out}`);
    }
  }
  await context.close();
}

async function accessible(browser, origin, name, scheme) {
  const { page, context, told } = await open(browser, origin, name, 1440, scheme);
  const dark = await page.evaluate(() => document.documentElement.dataset.theme);
  if (dark !== scheme) say(`${told}: the page is ${dark}`);
  const count = await offends(page, told);
  await picture(page, name, `${scheme}`);
  await context.close();
  return count;
}

/** What makes a page hard to use without eyes or a mouse, counted; the serious things are faults. */
async function offends(page, told) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, impact, nodes } of violations) {
    const what = `${told}: ${id} (${impact}), ${nodes.length} times, first ${nodes[0].html.slice(0, 160)}`;
    if (["serious", "critical"].includes(impact)) say(what);
    else console.log(`note   ${what}`);
  }
  return violations.length;
}

/** A figure has its own ground in the dark: opaque, and neither dimmed nor turned around. */
async function figuresInTheDark(browser, origin, name) {
  const { page, context, told } = await open(browser, origin, name, 1440, "dark");
  const bad = await page.$$eval(".cell_output img, figure.film img", (images) =>
    images.map((image) => getComputedStyle(image)).filter((style) => style.backgroundColor !== "rgb(255, 255, 255)" || style.filter !== "none").length,
  );
  const all = await page.locator(".cell_output img, figure.film img").count();
  if (all === 0) say(`${told}: has no figure, so this proves nothing`);
  if (bad > 0) say(`${told}: ${bad} of ${all} figures are dimmed or have no ground`);
  await context.close();
}

async function formulas(browser, origin, name) {
  const { page, context, told } = await open(browser, origin, name, 1440, "light");
  const set = await page.locator(".katex").count();
  const letters = await page.evaluate(() => [...document.fonts].filter((font) => font.family.includes("KaTeX") && font.status === "loaded").length);
  if (set === 0 || letters === 0) say(`${told}: ${set} formulas, ${letters} founts of letters`);
  if ((await page.locator(".katex-error").count()) > 0) say(`${told}: a formula is not set`);
  await context.close();
}

async function finds(browser, origin) {
  const { page, context, told } = await open(browser, origin, "search.html?q=momentum", 1440, "light");
  const first = page.locator("#search-results li a").first();
  await first.waitFor({ timeout: 20_000 }).catch(() => say(`${told}: the search for "momentum" finds nothing`));
  await context.close();
}

async function film(browser, origin, name) {
  const { page, context, told } = await open(browser, origin, name, 1440, "light");
  const image = page.locator("figure.film img").first();
  await image.scrollIntoViewIfNeeded();
  const shown = () => image.evaluate((one) => one.decode().then(() => one.currentSrc));
  const still = await shown();
  await page.locator("figure.film button").first().click();
  const moving = await shown();
  if (!still.endsWith(".png") || !moving.endsWith(".gif")) say(`${told}: a film shows ${still} at rest and ${moving} when played`);
  await context.close();
}

async function fold(browser, origin, name) {
  const { page, context, told } = await open(browser, origin, name, 390, "light");
  const code = page.locator("details.solution pre").first();
  if (await code.isVisible()) say(`${told}: a solution lies open`);
  await page.locator("details.solution > summary").first().click();
  if (!(await code.isVisible())) say(`${told}: a solution does not open`);
  await context.close();
}

/** What a visitor's first page costs, with all its pictures, before any compression. */
async function firstPage(browser, origin) {
  sent = 0;
  const { page, context } = await open(browser, origin, "index.html", 1440, "light");
  for (let step = 0; step < 12; step++) await page.mouse.wheel(0, 600).then(() => page.waitForTimeout(100));
  console.log(`the first page: ${(sent / 1e6).toFixed(2)} MB`);
  if (sent > FIRST_PAGE || sent < 1e5) say(`the first page has ${sent} bytes; expected up to ${FIRST_PAGE}`);
  await context.close();
}

/** The laboratories: each fits every window, offends nobody's screen reader, and does what its script in ../labs asks. */
async function laboratories(browser, origin) {
  const folder = join(site, "labs");
  if (!existsSync(folder)) return console.log("NOTICE: this site has no laboratories, so they were not driven");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".html"))) {
    const name = `labs/${file}`;
    for (const scheme of ["light", "dark"]) {
      const { page, context, told } = await open(browser, origin, name, 1440, scheme);
      await page.waitForSelector("body[data-ready]").catch(() => say(`${told}: is not ready`));
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const out = await page.evaluate(sticksOut);
        if (out) say(`${name} at ${width} pixels: scrolls sideways by ${out}`);
      }
      await page.setViewportSize({ width: 1440, height: 900 });
      await offends(page, told);
      await picture(page, name, scheme);
      await context.close();
    }
    const { page, context, told } = await open(browser, origin, name, 1440, "light");
    const { check } = await import(join(root, "tests/labs", file.replace(".html", ".mjs")));
    await check(page, origin).then((said) => console.log(`${name}: ${said}`), (error) => say(`${told}: ${error.message}`));
    await context.close();
  }
}

async function picture(page, name, kind) {
  mkdirSync(seen, { recursive: true });
  await page.screenshot({ path: join(seen, `${name.replace("/", "-").replace(".html", "")}-${kind}.png`) });
}

const flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync";
const server = await serve();
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args: flags.split(" ") });
try {
  const all = pages();
  const chapters = all.filter((name) => /^(\d\d|[A-Z])_/.test(name));
  const [solution] = all.filter((name) => name.startsWith("solutions/") && !name.endsWith("index.html"));
  const read = all.filter((name) => name.includes(process.argv[3] ?? ""));
  await widths(browser, origin, read);
  console.log(`${read.length} pages at ${WIDTHS.join(", ")} pixels`);
  const looked = ["index.html", chapters[1], chapters.at(-1), solution.replace("solutions", "exercises"), "glossary.html"];
  for (const name of looked) for (const scheme of ["light", "dark"]) await accessible(browser, origin, name, scheme);
  console.log(`axe on ${looked.join(", ")}, light and dark`);
  await firstPage(browser, origin);
  for (const name of [chapters[1], chapters.at(-1)]) await figuresInTheDark(browser, origin, name);
  await formulas(browser, origin, chapters[1]);
  await film(browser, origin, chapters[1]);
  await fold(browser, origin, solution);
  await finds(browser, origin);
  await laboratories(browser, origin);
} finally {
  await browser.close();
  server.close();
}
console.log(`${wrong.length} wrong`);
process.exit(wrong.length > 0 ? 1 : 0);
