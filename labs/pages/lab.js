// What every laboratory's page needs: the crate in WebAssembly behind `ask`, and a few helpers.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The text and the bytes of a message as one piece: its text's length, the text, the bytes. */
export function pack(text, bytes = new Uint8Array()) {
  const json = encoder.encode(JSON.stringify(text));
  const message = new Uint8Array(4 + json.length + bytes.length);
  new DataView(message.buffer).setUint32(0, json.length, true);
  message.set(json, 4);
  message.set(bytes, 4 + json.length);
  return message;
}

/** A reply taken apart: its values, and the numbers behind them. An error that the crate tells is thrown. */
export function unpack(message) {
  const length = new DataView(message.buffer, message.byteOffset).getUint32(0, true);
  const text = JSON.parse(decoder.decode(message.subarray(4, 4 + length)));
  if (text.error !== undefined) throw new Error(text.error);
  return { values: text.values, numbers: new Float32Array(message.slice(4 + length).buffer) };
}

/** A laboratory: a WebAssembly module, and one `Lab` of the crate within it. */
export class Laboratory {
  constructor(instance) {
    this.functions = instance.exports;
    this.over = null;
  }

  /** Loads the module from its bytes, or from an address. */
  static async load(module) {
    if (typeof WebAssembly !== "object") {
      throw new Error("this browser runs no WebAssembly: switch it on, or read the chapter and run its notebook instead");
    }
    const bytes = typeof module === "string" ? await fetched(module) : module;
    const compiled = await WebAssembly.compile(bytes);
    return new Laboratory(await WebAssembly.instantiate(compiled, unused(compiled)));
  }

  /** Opens the laboratory `name`. */
  open(name, args = {}, bytes = undefined) {
    return this.#send({ open: name, args }, bytes);
  }

  /** Asks it something. `bytes` may be a Float32Array. */
  ask(name, args = {}, bytes = undefined) {
    return this.#send({ ask: name, args }, bytes);
  }

  #send(text, bytes = new Uint8Array()) {
    if (this.over) throw new Error(this.over);
    if (!(bytes instanceof Uint8Array)) bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const message = pack(text, bytes);
    try {
      const at = this.functions.room(message.length);
      new Uint8Array(this.functions.memory.buffer, at, message.length).set(message);
      return unpack(this.#framed(this.functions.call()));
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      const words = decoder.decode(this.#framed(this.functions.last_words()));
      this.over = `the laboratory has stopped (${words || error.message}): load the page again`;
      throw new Error(this.over);
    }
  }

  #framed(at) {
    const memory = this.functions.memory.buffer;
    const length = new DataView(memory).getUint32(at, true);
    return new Uint8Array(memory.slice(at + 4, at + 4 + length));
  }
}

/** What the module asks for: a library within it could draw on a canvas by itself, and is never asked to. */
function unused(compiled) {
  const imports = {};
  for (const { module, name } of WebAssembly.Module.imports(compiled)) {
    (imports[module] ??= {})[name] = () => {
      throw new Error(`${name} is not part of a laboratory`);
    };
  }
  return imports;
}

/** The bytes behind an address. */
export async function fetched(address) {
  let response;
  try {
    response = await fetch(address);
  } catch {
    throw new Error(`${address} cannot be fetched: a page opened as a file may not, any web server may (python3 -m http.server)`);
  }
  if (!response.ok) throw new Error(`${address} cannot be fetched: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Starts a page: loads the crate, runs `begin(laboratory)`, and shows what went wrong where the reader looks. */
export async function start(begin) {
  const notice = document.getElementById("notice");
  const tell = (error) => {
    notice.textContent = error.message;
    notice.hidden = false;
  };
  window.addEventListener("error", (event) => tell(event.error ?? event));
  window.addEventListener("unhandledrejection", (event) => tell(event.reason));
  try {
    const laboratory = await Laboratory.load("gradus_labs.wasm");
    notice.hidden = true;
    await begin(laboratory);
    document.body.dataset.ready = "yes";
  } catch (error) {
    tell(error);
  }
}

/** The state of the page in its address, so that a link leads to the same set-up. */
export const address = {
  read(defaults) {
    const state = { ...defaults };
    for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
      if (key in defaults) state[key] = typeof defaults[key] === "number" ? Number(value) : value;
    }
    return state;
  },
  write(state) {
    history.replaceState(null, "", `#${new URLSearchParams(state)}`);
  },
};

/** A canvas that is sharp on every screen: its context in CSS pixels. */
export function sharp(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.aspectRatio = `${width} / ${height}`;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

/** Runs `step` once a picture until it gives false; gives a function that stops it. */
export function everyFrame(step) {
  let on = true;
  const frame = () => {
    if (!on) return;
    if (step() === false) on = false;
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  return () => (on = false);
}
