// The convolution laboratory: asks the crate for maps and single places, and draws them.
import { address, sharp, start } from "./lab.js";

const PRESETS = {
  "edge, left to right": [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  "edge, top to bottom": [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  "all edges": [0, 1, 0, 1, -4, 1, 0, 1, 0],
  blur: new Array(9).fill(0.111),
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  "as it is": [0, 0, 0, 0, 1, 0, 0, 0, 0],
};
const OWN = "my own";
const CELL = 12;
const find = (id) => document.getElementById(id);
const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
const short = (number) => (Math.abs(number) < 0.0005 ? "0" : number.toFixed(3).replace(/0+$/, "").replace(/\.$/, "").replace("-", "−"));

const state = address.read({
  picture: "house", filter: PRESETS["edge, left to right"].join(","), stride: 1, padding: 0, dilation: 1, relu: "no", pooling: "none", row: 9, column: 2,
});
let lab, pixels, side, map;

const weights = () => state.filter.split(",").map(Number);

/** Sets up the controls and what they do. */
function controls() {
  for (const name of [...Object.keys(PRESETS), OWN]) find("preset").append(new Option(name));
  for (const name of ["stride", "padding", "dilation", "relu", "pooling"]) {
    find(name).value = state[name];
    find(name).addEventListener("change", () => {
      state[name] = typeof state[name] === "number" ? Number(find(name).value) : find(name).value;
      slide();
    });
  }
  find("preset").addEventListener("change", () => {
    const chosen = PRESETS[find("preset").value];
    if (chosen) setFilter(chosen);
  });
  find("size").addEventListener("change", () => setFilter(resized(weights(), Number(find("size").value))));
  find("picture").value = state.picture;
  find("picture").addEventListener("change", choosePicture);
  find("file").addEventListener("change", ownPicture);
  const canvas = find("map");
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point);
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    show(state.row + step[0], state.column + step[1]);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", slide);
}

/** The same filter with zeros around it, or its middle. */
function resized(old, size) {
  const before = Math.round(Math.sqrt(old.length));
  const shift = (size - before) / 2;
  return Array.from({ length: size * size }, (_, i) => {
    const [row, column] = [Math.floor(i / size) - shift, (i % size) - shift];
    const inside = row >= 0 && row < before && column >= 0 && column < before;
    return inside ? old[row * before + column] : 0;
  });
}

function setFilter(values) {
  state.filter = values.join(",");
  table();
  slide();
}

/** One field for each weight. */
function table() {
  const values = weights();
  const size = Math.round(Math.sqrt(values.length));
  find("size").value = size;
  find("preset").value = Object.keys(PRESETS).find((name) => PRESETS[name].join(",") === state.filter) ?? OWN;
  find("filter").style.gridTemplateColumns = `repeat(${size}, auto)`;
  find("filter").replaceChildren(
    ...values.map((value, i) => {
      const field = Object.assign(document.createElement("input"), { type: "number", step: "any", value });
      field.ariaLabel = `Weight in row ${Math.floor(i / size) + 1}, column ${(i % size) + 1}`;
      field.addEventListener("input", () => {
        if (field.value === "" || !Number.isFinite(Number(field.value))) return;
        const changed = weights();
        changed[i] = Number(field.value);
        state.filter = changed.join(",");
        find("preset").value = OWN;
        slide();
      });
      return field;
    }),
  );
}

function choosePicture() {
  if (find("picture").value === "own") return find("file").click();
  state.picture = find("picture").value;
  bundled();
  slide();
}

function bundled() {
  const drawn = lab.ask("picture", { name: state.picture });
  [pixels, side] = [drawn.numbers, drawn.values.side];
}

/** A picture from the reader's disk, as 48 × 48 grey pixels. It stays in this page. */
async function ownPicture() {
  const [file] = find("file").files;
  if (!file) return;
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} is not a picture that this browser can read: try a PNG or a JPEG`);
  }
  const size = 48;
  const scratch = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const pen = scratch.getContext("2d");
  const part = Math.min(picture.width, picture.height);
  pen.drawImage(picture, (picture.width - part) / 2, (picture.height - part) / 2, part, part, 0, 0, size, size);
  const { data } = pen.getImageData(0, 0, size, size);
  [pixels, side] = [new Float32Array(size * size), size];
  for (let i = 0; i < pixels.length; i++) pixels[i] = (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255;
  find("notice").hidden = true;
  slide();
}

/** Asks for the map and draws everything. */
function slide() {
  const args = { ...state, side, filter: weights(), relu: state.relu === "yes" };
  const { values, numbers } = lab.ask("slide", args, pixels);
  find("notice").hidden = true;
  const count = values.height * values.width;
  map = { height: values.height, width: values.width, numbers: numbers.subarray(0, count) };
  const [height, width] = values.pooled;
  find("pooled-panel").hidden = height === 0;
  if (height > 0) paint(find("pooled"), height, width, numbers.subarray(count), shade(numbers.subarray(0, count)));
  find("sides").textContent = `${side} × ${side}`;
  find("map-sides").textContent = `${map.height} × ${map.width}`;
  find("pooled-sides").textContent = `${height} × ${width}`;
  find("most").textContent = short(largest(map.numbers));
  show(state.row, state.column);
}

/** Looks at one place of the map. */
function show(row, column) {
  state.row = Math.max(0, Math.min(map.height - 1, row));
  state.column = Math.max(0, Math.min(map.width - 1, column));
  address.write(state);
  const { values, numbers } = lab.ask("place", { row: state.row, column: state.column });
  const frame = paint(find("input"), side, side, pixels, (value) => `rgb(${grey(value)}, ${grey(value)}, ${grey(value)})`);
  frame.strokeStyle = colour("--mark");
  frame.lineWidth = 2;
  for (let i = 0; i < numbers.length; i += 5) frame.strokeRect(numbers[i + 1] * CELL + 1, numbers[i] * CELL + 1, CELL - 2, CELL - 2);
  const mark = paint(find("map"), map.height, map.width, map.numbers, shade(map.numbers));
  mark.strokeStyle = colour("--mark");
  mark.lineWidth = 3;
  mark.strokeRect(state.column * CELL, state.row * CELL, CELL, CELL);
  find("row").textContent = state.row + 1;
  find("column").textContent = state.column + 1;
  products(numbers);
  const cut = values.shown !== values.sum ? `, and ReLU makes 0 of it` : "";
  find("sum").textContent = `The sum of the ${numbers.length / 5} products is ${short(values.sum)}${cut}.`;
}

function products(numbers) {
  const size = Math.round(Math.sqrt(numbers.length / 5));
  const rows = Array.from({ length: size }, (_, row) => {
    const line = document.createElement("tr");
    for (let column = 0; column < size; column++) {
      const [r, c, pixel, weight, product] = numbers.subarray(5 * (row * size + column), 5 * (row * size + column) + 5);
      const cell = document.createElement("td");
      cell.className = r < 0 || c < 0 || r >= side || c >= side ? "outside" : "";
      cell.textContent = `${short(pixel)} · ${short(weight)} = ${short(product)}`;
      line.append(cell);
    }
    return line;
  });
  find("products").replaceChildren(...rows);
}

function point(event) {
  const box = find("map").getBoundingClientRect();
  show(Math.floor(((event.clientY - box.top) / box.height) * map.height), Math.floor(((event.clientX - box.left) / box.width) * map.width));
}

/** Draws numbers as squares. */
function paint(canvas, height, width, numbers, tint) {
  const pen = sharp(canvas, width * CELL, height * CELL);
  for (let i = 0; i < height * width; i++) {
    pen.fillStyle = tint(numbers[i]);
    pen.fillRect((i % width) * CELL, Math.floor(i / width) * CELL, CELL, CELL);
  }
  return pen;
}

const grey = (value) => Math.round(255 * Math.max(0, Math.min(1, value)));
const largest = (numbers) => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);

/** Blue below 0, orange above, the stronger the larger; 0 is the ground. */
function shade(numbers) {
  const most = largest(numbers) || 1;
  const [ground, low, high] = ["--ground", "--low", "--high"].map((name) => parts(colour(name)));
  return (value) => {
    const share = Math.min(1, Math.abs(value) / most);
    const end = value < 0 ? low : high;
    return `rgb(${ground.map((part, i) => Math.round(part + (end[i] - part) * share)).join(", ")})`;
  };
}

const parts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

start(async (laboratory) => {
  lab = laboratory;
  lab.open("convolution");
  controls();
  table();
  bundled();
  slide();
});
