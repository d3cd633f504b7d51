// @ts-check
/** The job page's waveform: a canvas over the server's drawing, to look at, click, drag, zoom and steer by keys. */
import { all, clock, make, one, spoken } from "./core.js";
import * as player from "./player.js";

/** @param {HTMLElement} main */
export async function start(main) {
  const box = one("[data-wave]", main);
  const button = one("[data-follow]", main);
  if (!box || !button) return;
  const peaks = await fetchPeaks(box.dataset.peaks ?? "");
  if (box.isConnected) new Waveform(box, button, peaks);
}

/** Stored peaks: an audiowaveform file, version 2, of 8 bits; a (min, max) pair of bytes a bucket. @param {string} address */
async function fetchPeaks(address) {
  try {
    const answer = await fetch(address);
    const bytes = await answer.arrayBuffer();
    const view = new DataView(bytes);
    if (!answer.ok || view.getInt32(0, true) !== 2 || view.getUint32(4, true) !== 1) return null;
    return new Int8Array(bytes, 24, 2 * view.getUint32(16, true));
  } catch {
    return null;
  }
}

class Waveform {
  /** @param {HTMLElement} box @param {HTMLElement} button @param {Int8Array | null} peaks */
  constructor(box, button, peaks) {
    this.box = box;
    this.button = button;
    this.peaks = peaks;
    this.length = Number(box.dataset.seconds) || 0;
    /** The part on screen, in seconds. */
    this.from = 0;
    this.to = this.length;
    /** @type {number | null} */
    this.pointer = null;
    this.now = one("[data-now]", box.closest(".player") ?? document);
    const times = (/** @type {string | undefined} */ text) => (text ?? "").split(" ").filter(Boolean).map(Number);
    this.beats = times(box.dataset.beats);
    this.downbeats = times(box.dataset.downbeats);
    this.bands = bandsOf(box.closest("main") ?? document);
    this.context = null;
    if (peaks) {
      const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { "aria-hidden": "true" }));
      this.canvas = canvas;
      this.context = canvas.getContext("2d");
      one(".wave-shape", box)?.replaceWith(canvas);
      new ResizeObserver(() => this.resize()).observe(box);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.colours());
    }
    this.slider();
    this.colours();
    const update = () => {
      if (box.isConnected) this.draw();
      else removeEventListener("player", update);
    };
    addEventListener("player", update);
    this.draw();
  }

  get isLoaded() { return player.state().source === player.sourceOf(this.button); }
  get time() { return this.isLoaded ? player.state().time : 0; }

  slider() {
    const { box } = this;
    for (const [name, value] of Object.entries({
      role: "slider", tabindex: "0", "aria-label": "Position in the song", "aria-valuemin": "0", "aria-valuemax": String(Math.round(this.length)),
      "aria-orientation": "horizontal",
    })) box.setAttribute(name, value);

    let dragging = false;
    const at = (/** @type {PointerEvent} */ event) => {
      const area = box.getBoundingClientRect();
      return this.from + ((event.clientX - area.left) / area.width) * (this.to - this.from);
    };
    box.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      dragging = true;
      box.setPointerCapture(event.pointerId);
      player.seek(at(event), this.button);
    });
    box.addEventListener("pointermove", (event) => {
      this.pointer = at(event);
      if (dragging) player.seek(this.pointer, this.button);
      this.draw();
    });
    box.addEventListener("pointerup", () => { dragging = false; });
    box.addEventListener("pointercancel", () => { dragging = false; });
    box.addEventListener("pointerleave", () => { this.pointer = null; this.draw(); });
    box.addEventListener("wheel", (event) => {
      if (!event.ctrlKey || !this.canvas) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.25 : 0.8, this.pointer ?? this.time);
    }, { passive: false });
    box.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -10, PageUp: 10 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step) player.seek(this.time + step, this.button);
    else if (event.key === "Home") player.seek(0, this.button);
    else if (event.key === "End") player.seek(this.length, this.button);
    else if (event.key === "+" || event.key === "=") this.zoom(1.5, this.time);
    else if (event.key === "-") this.zoom(1 / 1.5, this.time);
    else if (event.key === "0") this.zoom(0, 0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} factor 0 shows the whole song @param {number} centre in seconds */
  zoom(factor, centre) {
    const span = factor ? Math.min(Math.max((this.to - this.from) / factor, Math.min(4, this.length)), this.length) : this.length;
    const share = (centre - this.from) / (this.to - this.from) || 0;
    this.from = Math.min(Math.max(centre - share * span, 0), this.length - span);
    this.to = this.from + span;
    this.draw();
  }

  colours() {
    const style = getComputedStyle(document.documentElement);
    this.played = style.getPropertyValue("--accent").trim();
    this.rest = style.getPropertyValue("--edge").trim();
    this.ground = style.getPropertyValue("--well").trim();
    this.text = style.getPropertyValue("--text").trim();
    this.font = `${11 * (devicePixelRatio || 1)}px ${style.getPropertyValue("--mono")}`;
    for (const band of this.bands) band.colour = getComputedStyle(band.element).getPropertyValue("--hue").trim();
    this.draw();
  }

  resize() {
    if (!this.canvas) return;
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.round(this.box.clientWidth * scale);
    this.canvas.height = Math.round(this.box.clientHeight * scale);
    this.draw();
  }

  /** @param {number} seconds */
  x(seconds) { return ((seconds - this.from) / (this.to - this.from)) * (this.canvas?.width ?? 0); }

  /** A section's colour, as high as its energy; stronger where it sounds. @param {number} time */
  drawBands(time) {
    const { context, canvas } = this;
    if (!context || !canvas) return;
    for (const { from, to, energy, colour, element } of this.bands) {
      const sounds = this.isLoaded && time >= from && time < to;
      const top = canvas.height * (Number.isNaN(energy) ? 0.5 : 0.88 * (1 - energy));
      const left = this.x(from);
      context.globalAlpha = sounds ? 0.42 : 0.2;
      context.fillStyle = colour;
      context.fillRect(left, top, this.x(to) - left, canvas.height - top);
      if (element.classList.contains("is-held")) {
        context.globalAlpha = 1;
        context.fillRect(left, 0, 2 * devicePixelRatio, canvas.height);
        context.fillRect(this.x(to) - 2 * devicePixelRatio, 0, 2 * devicePixelRatio, canvas.height);
      }
    }
    context.globalAlpha = 1;
  }

  /** Where bars begin, and the beats between them once they stand far enough apart. */
  drawGrid() {
    const { context, canvas } = this;
    if (!context || !canvas) return;
    const lines = (/** @type {number[]} */ times, /** @type {number} */ strength) => {
      if (times.length < 2 || canvas.width / (this.to - this.from) * (times[1] - times[0]) < 5 * devicePixelRatio) return;
      context.globalAlpha = strength;
      for (const time of times) {
        if (time >= this.from && time <= this.to) context.fillRect(this.x(time), 0, devicePixelRatio, canvas.height);
      }
    };
    context.fillStyle = this.text ?? "";
    lines(this.beats, 0.16);
    lines(this.downbeats, 0.38);
    context.globalAlpha = 1;
  }

  /** The names of sections that have room for them. */
  drawNames() {
    const { context, canvas } = this;
    if (!context || !canvas) return;
    const scale = devicePixelRatio || 1;
    context.font = this.font ?? "";
    context.textBaseline = "top";
    for (const { name, from, to } of this.bands) {
      const left = Math.max(this.x(from), 0);
      const size = context.measureText(name).width;
      if (size + 12 * scale > Math.min(this.x(to), canvas.width) - left) continue;
      context.globalAlpha = 0.82;
      context.fillStyle = this.ground ?? "";
      context.fillRect(left + 2 * scale, 2 * scale, size + 8 * scale, 15 * scale);
      context.globalAlpha = 1;
      context.fillStyle = this.text ?? "";
      context.fillText(name, left + 6 * scale, 4 * scale);
    }
  }

  draw() {
    const time = this.time;
    this.box.setAttribute("aria-valuenow", String(Math.round(time)));
    this.box.setAttribute("aria-valuetext", `${spoken(time)} of ${spoken(this.length)}`);
    if (this.now) this.now.textContent = clock(this.pointer ?? time);
    const { context, canvas, peaks } = this;
    if (!context || !canvas || !peaks || !this.length) return;
    const { width, height } = canvas;
    const scale = devicePixelRatio || 1;
    const gap = 4 * scale;
    const bars = Math.floor(width / gap);
    const buckets = peaks.length / 2;
    context.clearRect(0, 0, width, height);
    this.drawBands(time);
    this.drawGrid();
    context.lineWidth = 2.2 * scale;
    context.lineCap = "round";
    for (const isPlayed of [true, false]) {
      context.beginPath();
      context.strokeStyle = (isPlayed ? this.played : this.rest) ?? "";
      for (let bar = 0; bar < bars; bar++) {
        const at = this.from + (bar / bars) * (this.to - this.from);
        if (at < time !== isPlayed) continue;
        const first = Math.floor((at / this.length) * buckets);
        const last = Math.max(first + 1, Math.floor(((at + (this.to - this.from) / bars) / this.length) * buckets));
        let low = 0, high = 0;
        for (let bucket = first; bucket < last && bucket < buckets; bucket++) {
          low = Math.min(low, peaks[2 * bucket]);
          high = Math.max(high, peaks[2 * bucket + 1]);
        }
        const reach = (height / 2 - 2 * scale) / 127;
        const x = (bar + 0.5) * gap;
        context.moveTo(x, height / 2 - Math.max(high * reach, scale));
        context.lineTo(x, height / 2 - Math.min(low * reach, -scale));
      }
      context.stroke();
    }
    this.drawNames();
    if (this.pointer != null) {
      context.fillStyle = this.text ?? "";
      context.fillRect(((this.pointer - this.from) / (this.to - this.from)) * width, 0, scale, height);
    }
  }
}

/** @param {ParentNode} root */
const bandsOf = (root) => all("[data-section]", root).map((element) => ({
  element, name: element.dataset.section ?? "", from: Number(element.dataset.from), to: Number(element.dataset.to),
  energy: Number(element.dataset.energy ?? NaN), colour: "",
}));

/** Sections as buttons that go there, the one that sounds marked, and repeated on request. @param {HTMLElement} main */
export function startSections(main) {
  const button = one("[data-follow]", main);
  const loop = one("[data-loop]", main);
  const bands = bandsOf(main);
  if (!button || !loop || !bands.length) return;
  let isLooping = false;
  /** @type {typeof bands[0] | undefined} */
  let held;
  const hold = (/** @type {typeof bands[0] | undefined} */ band) => {
    held = band;
    player.repeat(button, band ?? null);
    for (const each of bands) each.element.classList.toggle("is-held", each === band);
  };
  for (const band of bands) {
    const { element, name, from } = band;
    const go = make("button", {
      class: "section-go", type: "button",
      "aria-label": `${name}, from ${spoken(from)}` + (Number.isNaN(band.energy) ? "" : `, energy ${Math.round(band.energy * 100)} percent`),
      onclick: () => {
        if (isLooping) hold(band);
        player.seek(from, button);
      },
    }, ...element.childNodes);
    element.replaceChildren(go);
  }
  const at = () => {
    const { source, time } = player.state();
    return source === player.sourceOf(button) ? bands.find((band) => time >= band.from && time < band.to) : undefined;
  };
  loop.hidden = false;
  loop.addEventListener("click", () => {
    isLooping = !isLooping;
    loop.setAttribute("aria-pressed", String(isLooping));
    hold(isLooping ? at() ?? bands[0] : undefined);
    dispatchEvent(new CustomEvent("player"));
  });
  const mark = () => {
    if (!main.isConnected) {
      if (held) player.repeat(button, null);
      return removeEventListener("player", mark);
    }
    const { source, time, plays } = player.state();
    const now = source === player.sourceOf(button) && (plays || time > 0) ? at() : undefined;
    for (const band of bands) {
      band.element.classList.toggle("is-now", band === now);
      one("button", band.element)?.toggleAttribute("aria-current", band === now);
      if (band === now) one("button", band.element)?.setAttribute("aria-current", "true");
    }
  };
  addEventListener("player", mark);
  mark();
}
