// Holds the laboratories in WebAssembly against the same program compiled for this machine: the same messages, the same numbers to
// rounding. (A whole chain of leaps is not held against the other: near the end of the schedule a guess is divided by a signal of a
// few hundredths, and so is its rounding. It is there for the time it takes.) Usage: native.mjs FOLDER PROGRAM, the folder of the laboratories' pages and the program of the package `gradus-labs`.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, program] = process.argv.slice(2).map((path) => resolve(path));
const { Laboratory, pack, unpack } = await import(pathToFileURL(join(folder, "lab.js")));
const CLOSE = 1e-5;

const ramp = (n) => Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 1000) / 1000);
const bytes = (numbers) => new Uint8Array(numbers.buffer);
const filter = Array.from(ramp(25), (weight) => weight - 0.5);
const slide = (stride, dilation) => ({ side: 28, filter, stride, padding: 1, dilation, relu: true, pooling: "mean" });
const wish = (leaps, guidance) => ({ class: 3, seed: 11, leaps, guidance });
const leaps = (n) => Array.from({ length: n }, () => [{ ask: "leap" }]);
const messages = [
  [{ open: "convolution" }],
  [{ ask: "slide", args: slide(1, 1) }, bytes(ramp(784))],
  [{ ask: "slide", args: slide(2, 3) }, bytes(ramp(784))],
  [{ open: "diffusion" }, new Uint8Array(readFileSync(join(folder, "digits_unet.safetensors")))],
  ...[10, 40, 60].map((step) => [{ ask: "believed", args: { step, class: step / 10 } }, bytes(ramp(784))]),
  [{ ask: "begin", args: wish(20, 4) }],
  ...leaps(20),
].map(([text, rest]) => pack(text, rest));

/** How many messages ask for something by itself. */
const ALONE = 8;

function natively() {
  const framed = messages.flatMap((message) => [Buffer.from(Uint32Array.of(message.length).buffer), message]);
  const began = performance.now();
  const { stdout, status, stderr } = spawnSync(program, { input: Buffer.concat(framed), env: { ...process.env, RAYON_NUM_THREADS: "1" }, maxBuffer: 1e8 });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  const took = performance.now() - began;
  const answers = [];
  for (let at = 0; at < stdout.length; ) {
    const length = stdout.readUInt32LE(at);
    answers.push(new Uint8Array(stdout.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return { answers: answers.map(unpack), took };
}

async function inWebAssembly() {
  const lab = await Laboratory.load(readFileSync(join(folder, "gradus_labs.wasm")));
  const began = performance.now();
  const answers = messages.map((message) => {
    const { values, bytes: rest } = read(message);
    return "open" in values ? lab.open(values.open, {}, rest) : lab.ask(values.ask, values.args, rest);
  });
  return { answers, took: performance.now() - began };
}

/** A message taken apart again. */
function read(message) {
  const length = new DataView(message.buffer).getUint32(0, true);
  return { values: JSON.parse(new TextDecoder().decode(message.subarray(4, 4 + length))), bytes: message.slice(4 + length) };
}

let [compared, worst] = [0, 0];
const ratios = [];
for (let round = 0; round < 3; round++) {
  const [native, web] = [natively(), await inWebAssembly()];
  ratios.push(web.took / native.took);
  if (native.answers.length !== messages.length) throw new Error(`${native.answers.length} answers to ${messages.length} messages`);
  native.answers.forEach(({ values, numbers }, i) => {
    const other = web.answers[i];
    if (JSON.stringify(values) !== JSON.stringify(other.values)) throw new Error(`message ${i}: ${JSON.stringify(values)} and ${JSON.stringify(other.values)}`);
    if (numbers.length !== other.numbers.length) throw new Error(`message ${i}: ${numbers.length} and ${other.numbers.length} numbers`);
    if (i >= ALONE) return;
    numbers.forEach((number, k) => (worst = Math.max(worst, Math.abs(number - other.numbers[k]))));
    compared += numbers.length;
  });
}
if (!(compared > 8000) || !(worst <= CLOSE)) throw new Error(`${compared} numbers, at most ${worst} apart; expected up to ${CLOSE}`);
ratios.sort((a, b) => a - b);
console.log(`${compared} numbers of WebAssembly are the program's to ${worst.toExponential(1)}; it takes ${ratios[1].toFixed(1)} times as long`);
