// Opens a copy of a chapter (default: 01_tensors) without its outputs in JupyterLab, runs all cells and waits until a
// plot is seen. Leaves a picture of the page in .gradus/browser.png.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const chapter = process.argv[2] ?? "01_tensors";
const copy = "browser-test.ipynb";
const minutes = 60_000;

/** The chapter without outputs: a plot that is seen later was drawn now. */
function writeCopy() {
  const notebooks = join(root, "notebooks");
  const name = readdirSync(notebooks).find((file) => file === `${chapter}.ipynb`);
  if (!name) throw new Error(`there is no chapter ${chapter} in ${notebooks}`);
  const notebook = JSON.parse(readFileSync(join(notebooks, name), "utf8"));
  for (const cell of notebook.cells) if (cell.cell_type === "code") cell.outputs = [];
  writeFileSync(join(notebooks, copy), JSON.stringify(notebook));
}

/** Starts JupyterLab; gives the process and its address. */
async function startLab() {
  const program = process.env.GRADUS_COURSE;
  const [command, first] = program ? [program, []] : ["cargo", ["course"]];
  const lab = spawn(command, [...first, "lab", "--no-browser"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: lab.stdout })) {
    console.log(line);
    const address = line.match(/JupyterLab: (http\S+)/);
    if (address) return { lab, address: new URL(address[1]) };
  }
  throw new Error("JupyterLab did not start");
}

/** JupyterLab shows "Idle" before there is a kernel; its server knows better. */
async function kernelIsIdle(page, address) {
  for (let seconds = 0; seconds < 120; seconds++) {
    const sessions = await (await page.request.get(`${address.origin}/api/sessions${address.search}`)).json();
    if (sessions.some(({ kernel }) => kernel.execution_state === "idle" && kernel.connections > 0)) return;
    await page.waitForTimeout(1000);
  }
  throw new Error("the kernel does not start");
}

async function runAllCells(page, address) {
  await page.goto(`${address.origin}/lab/tree/notebooks/${copy}${address.search}`);
  await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor({ timeout: 2 * minutes });
  await kernelIsIdle(page, address);
  const plots = page.locator(".jp-OutputArea-output img, .jp-OutputArea-output svg");
  if ((await plots.count()) > 0) throw new Error("there is a plot before a cell has run");
  const questions = await page.locator(".jp-Dialog, .Toastify__toast").allInnerTexts();
  if (questions.length > 0) throw new Error(`JupyterLab asks: ${questions.join(" | ")}`);
  await page.getByRole("menuitem", { name: "Run", exact: true }).click();
  await page.getByRole("menuitem", { name: "Run All Cells", exact: true }).click();
  await plots.first().waitFor({ timeout: (process.env.PLOT_SECONDS ?? 600) * 1000 });
  await plots.first().scrollIntoViewIfNeeded();
  const box = await plots.first().boundingBox();
  if (!box || box.width < 50 || box.height < 50) throw new Error(`the plot is too small: ${JSON.stringify(box)}`);
  return box;
}

const flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking";
writeCopy();
let started, browser;
try {
  started = await startLab();
  const args = [...flags.split(" "), "--disable-component-update", "--disable-sync"];
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args });
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  const picture = join(root, ".gradus", "browser.png");
  mkdirSync(dirname(picture), { recursive: true });
  try {
    const box = await runAllCells(page, started.address);
    console.log(`a plot of ${Math.round(box.width)} x ${Math.round(box.height)} pixels is seen`);
  } finally {
    await page.screenshot({ path: picture });
    console.log(`the page: ${picture}`);
  }
} finally {
  await browser?.close();
  started?.lab.kill("SIGTERM");
  rmSync(join(root, "notebooks", copy), { force: true });
}
