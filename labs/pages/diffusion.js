// The diffusion laboratory: asks the crate for one leap after the other and shows them.
import { address, everyFrame, fetched, sharp, start } from "./lab.js";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const find = (id) => document.getElementById(id);
const state = address.read({ class: 7, leaps: 20, guidance: 2, seed: 4 });
let lab, stop, frames;

function controls() {
  for (let digit = 0; digit < 10; digit++) find("class").append(new Option(digit));
  find("class").append(new Option("any", 10));
  for (const name of Object.keys(state)) {
    find(name).value = state[name];
    find(name).addEventListener("change", () => {
      state[name] = Number(find(name).value);
      draw();
    });
  }
  find("draw").addEventListener("click", draw);
  find("next").addEventListener("click", () => {
    state.seed = (state.seed + 1) % 1_000_000;
    find("seed").value = state.seed;
    draw();
  });
  find("back").addEventListener("input", back);
}

/** Draws a digit, one leap in each picture of the screen, so that one sees it come. */
function draw() {
  stop?.();
  address.write(state);
  find("notice").hidden = true;
  find("film").replaceChildren();
  const { values, numbers } = lab.ask("begin", state);
  frames = [];
  keep(values.step, numbers, numbers);
  const began = performance.now();
  stop = everyFrame(() => {
    const { values: at, numbers: both } = lab.ask("leap");
    keep(at.step, both.subarray(0, PIXELS), both.subarray(PIXELS));
    if (!at.done) return true;
    const each = (performance.now() - began) / values.leaps;
    find("told").textContent = `Done: ${values.leaps} leaps, ${each.toFixed(0)} ms each in this browser.`;
    back();
    return false;
  });
  find("told").textContent = "Drawing …";
}

/** Puts a state into the film and shows it. */
function keep(step, now, guess) {
  const frame = { step, now: now.slice(), guess: guess.slice() };
  const small = document.createElement("canvas");
  paint(small, frame.now, 2);
  const button = document.createElement("button");
  button.append(small);
  button.ariaLabel = `The picture at step ${step}`;
  button.addEventListener("click", () => look(frame, button));
  const item = document.createElement("li");
  item.append(button);
  find("film").append(item);
  frames.push(frame);
  look(frame, button);
}

function look(frame, button) {
  for (const other of find("film").querySelectorAll("button")) other.ariaPressed = other === button;
  find("step").textContent = frame.step;
  paint(find("now"), frame.now, 10);
  paint(find("guess"), frame.guess, 10);
}

/** The finished digit with noise again. */
function back() {
  const last = frames?.at(-1);
  if (!last || last.step > 0) return;
  const step = Number(find("back").value);
  const { values, numbers } = lab.ask("noised", { step, seed: state.seed }, last.now);
  find("back-step").textContent = step;
  find("a").textContent = values.signal.toFixed(2);
  find("b").textContent = values.noise.toFixed(2);
  paint(find("noised"), numbers, 10);
  paint(find("believed"), lab.ask("believed", { step, class: state.class }, numbers).numbers, 10);
}

/** Numbers from -1, black, to 1, white; what lies beyond is cut for the eye only. */
function paint(canvas, numbers, size) {
  const pen = sharp(canvas, SIDE * size, SIDE * size);
  for (let i = 0; i < PIXELS; i++) {
    const grey = Math.round(127.5 * (1 + Math.max(-1, Math.min(1, numbers[i]))));
    pen.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
    pen.fillRect((i % SIDE) * size, Math.floor(i / SIDE) * size, size, size);
  }
}

start(async (laboratory) => {
  lab = laboratory;
  lab.open("diffusion", {}, await fetched("digits_unet.safetensors"));
  controls();
  draw();
});
