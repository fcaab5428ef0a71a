// Drives the diffusion laboratory as a person would: asks for a digit, waits, looks back, takes it into noise.
import { strict as assert } from "node:assert";

const text = (page, id) => page.locator(`#${id}`).textContent();
const done = (page) => page.waitForFunction(() => /^Done/.test(document.getElementById("told").textContent), { timeout: 60_000 });

/** The mean brightness of a canvas along its rim and within, 0 to 255. */
const brightness = (page, id) =>
  page.locator(`#${id}`).evaluate((canvas) => {
    const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let [rim, rims, inner, inners] = [0, 0, 0, 0];
    for (let i = 0; i < width * height; i++) {
      const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
      if (Math.min(x, y, 1 - x, 1 - y) < 0.08) [rim, rims] = [rim + data[4 * i], rims + 1];
      else if (Math.abs(x - 0.5) < 0.25 && Math.abs(y - 0.5) < 0.3) [inner, inners] = [inner + data[4 * i], inners + 1];
    }
    return { rim: rim / rims, inner: inner / inners };
  });

export async function check(page, origin) {
  await page.waitForSelector("body[data-ready]");
  await done(page);
  // A digit: dark at the rim, strokes within.
  const digit = await brightness(page, "now");
  assert.ok(digit.rim < 25 && digit.inner > 30, `no digit: ${JSON.stringify(digit)}`);
  assert.equal(await page.locator("#film button").count(), 21);
  const took = await text(page, "told");
  // The first picture is noise, as bright at the rim as within.
  await page.locator("#film button").first().click();
  const noise = await brightness(page, "now");
  assert.ok(Math.abs(noise.rim - noise.inner) < 25 && noise.rim > 90, `no noise: ${JSON.stringify(noise)}`);
  // Back into noise by the slider, with the keys.
  await page.locator("#back").focus();
  await page.keyboard.press("End");
  assert.equal(await text(page, "back-step"), "99");
  assert.equal(await text(page, "b"), "1.00");
  const drowned = await brightness(page, "noised");
  assert.ok(Math.abs(drowned.rim - drowned.inner) < 25, `still a digit: ${JSON.stringify(drowned)}`);
  // Another seed, fewer leaps; the address leads to the same.
  await page.selectOption("#leaps", "5");
  await done(page);
  await page.click("#next");
  await done(page);
  assert.equal(await page.locator("#film button").count(), 6);
  const shown = await page.locator("#now").evaluate((canvas) => canvas.toDataURL());
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.waitForSelector("body[data-ready]");
  await done(other);
  assert.equal(await other.locator("#now").evaluate((canvas) => canvas.toDataURL()), shown);
  await other.close();
  // A set-up that cannot be: told in words.
  const odd = await page.context().newPage();
  await odd.goto(`${origin}/labs/diffusion.html#class=12`);
  await odd.waitForFunction(() => /classes are 0 to 9/.test(document.getElementById("notice").textContent));
  await odd.close();
  // An emptied file of weights: told in words.
  const poor = await page.context().newPage();
  await poor.route("**/*.safetensors", (route) => route.fulfill({ status: 200, body: Buffer.alloc(0) }));
  await poor.goto(`${origin}/labs/diffusion.html`);
  await poor.waitForFunction(() => /safetensors file/.test(document.getElementById("notice").textContent));
  await poor.close();
  return took;
}
