// Drives the convolution laboratory as a person would: chooses, types, points, and moves with the keys.
import { strict as assert } from "node:assert";

const text = (page, id) => page.locator(`#${id}`).textContent();

export async function check(page, origin) {
  await page.waitForSelector("body[data-ready]");
  assert.equal(await text(page, "map-sides"), "26 × 26");
  // A filter of one weight that is 1 gives the picture itself: the sum is the pixel.
  await page.selectOption("#preset", "as it is");
  await page.selectOption("#padding", "1");
  assert.equal(await text(page, "map-sides"), "28 × 28");
  const box = await page.locator("#map").boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
  assert.match(await text(page, "sum"), /The sum of the 9 products is 0\.5\./);
  assert.equal(await text(page, "row"), "15");
  // A weight typed in: 2 in the middle doubles it.
  await page.locator("#filter input").nth(4).fill("2");
  assert.match(await text(page, "sum"), /products is 1\./);
  assert.equal(await page.locator("#preset").inputValue(), "my own");
  await page.locator("#map").focus();
  for (const key of ["ArrowUp", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
  assert.equal(`${await text(page, "row")}, ${await text(page, "column")}`, "14, 13");
  await page.selectOption("#pooling", "max");
  await page.selectOption("#stride", "2");
  assert.equal(await text(page, "pooled-sides"), "7 × 7");
  // The address leads to the same set-up.
  const [there, sum] = [page.url(), await text(page, "sum")];
  const other = await page.context().newPage();
  await other.goto(there);
  await other.waitForSelector("body[data-ready]");
  assert.equal(await text(other, "sum"), sum);
  // One that cannot be computed is told in words, and nothing breaks.
  await other.goto(`${origin}/labs/convolution.html#filter=1,2,3`);
  await other.reload();
  await other.waitForFunction(() => /square of 1 to 7 weights/.test(document.getElementById("notice").textContent));
  await other.goto(`${origin}/labs/convolution.html#dilation=3&stride=9&filter=1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0`);
  await other.reload();
  await other.waitForSelector("body[data-ready]");
  // A file that is no picture.
  await other.setInputFiles("#file", { name: "thesis.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await other.waitForFunction(() => /thesis.txt is not a picture/.test(document.getElementById("notice").textContent));
  await other.close();
  // Without the module: a message where the reader looks.
  const poor = await page.context().newPage();
  await poor.route("**/*.wasm", (route) => route.fulfill({ status: 200, body: Buffer.alloc(0) }));
  await poor.goto(`${origin}/labs/convolution.html`);
  await poor.waitForFunction(() => document.getElementById("notice").textContent !== "Loading the crate …");
  await poor.close();
  const wait = await page.evaluate(async () => {
    const began = performance.now();
    for (let i = 0; i < 20; i++) document.getElementById("stride").dispatchEvent(new Event("change"));
    return (performance.now() - began) / 20;
  });
  return `${wait.toFixed(1)} ms for a map of 14 x 14 with its pictures`;
}
