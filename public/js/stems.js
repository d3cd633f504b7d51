// @ts-check
/**
 * Stems on the job page: asked for and followed while they are made, then mixed in the browser.
 *
 * The song's own recording stays the clock: it plays on unheard, and the stems follow it, cut into pieces of a few
 * seconds that one fetch brings for all stems (StemPack.swift). So they are in step to the sample, and a long song takes
 * no more memory than a short one.
 */
import { all, announce, make, one } from "./core.js";
import { refresh } from "./nav.js";
import * as player from "./player.js";

/** @typedef {{name: string, level: number, mute: boolean, solo: boolean}} Fader */

/** How each song's stems were set, for as long as the tab lives. @type {Map<string, Fader[]>} */
const settings = new Map();
const lowest = -40;

/** @param {HTMLElement} main */
export function start(main) {
  const box = one("[data-stems]", main);
  const button = one("[data-follow]", main);
  if (!box || !button) return;
  const state = box.dataset.stems ?? "";
  if (state === "queued" || state === "making") follow(box, main.querySelector("article")?.dataset.job ?? "");
  else if (state === "ready" && "AudioContext" in window) desk(box, button);
}

/** Asks how far they are until they are there. @param {HTMLElement} box @param {string} job */
async function follow(box, job) {
  const sentence = one("#stems-sentence", box);
  while (box.isConnected) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    if (document.hidden || !box.isConnected) continue;
    try {
      const answer = await fetch(`/api/v1/music/jobs/${job}/stems`);
      const { variations } = await answer.json();
      const set = variations.find((/** @type {any} */ each) => String(each.variation) === box.dataset.set);
      if (!set || set.status === "COMPLETED" || set.status === "FAILED") {
        announce(set?.status === "COMPLETED" ? "The stems are ready." : "The stems could not be made.");
        await refresh();
        return;
      }
      const isMaking = set.status === "PROCESSING";
      if (isMaking && box.dataset.stems === "queued") {
        box.dataset.stems = "making";
        sentence?.firstChild?.replaceWith("The stems are being made, ");
      }
      const bar = /** @type {HTMLProgressElement | null} */ (one("progress", box));
      if (bar) bar.value = set.progress;
      const percent = one("[data-stem-percent]", box);
      if (percent) percent.textContent = String(set.progress);
    } catch { /* asked again in a moment */ }
  }
}

/** A level for people. @param {number} level */
const decibels = (level) => level <= lowest ? "off" : `${level > 0 ? "+" : level < 0 ? "−" : ""}${Math.abs(level)} dB`;

/** The controls of each stem. @param {HTMLElement} box @param {HTMLElement} button */
function desk(box, button) {
  const rows = all("[data-stem]", box);
  const reset = one("[data-reset]", box);
  const key = `${button.dataset.song} ${box.dataset.set}`;
  /** @type {Fader[]} */
  const faders = settings.get(key) ?? rows.map((row) => ({ name: row.dataset.stem ?? "", level: 0, mute: false, solo: false }));
  settings.set(key, faders);
  const mixer = new Mixer(box, button, faders);
  /** @type {(() => void)[]} */
  const shows = [];
  const change = () => {
    const isSolo = faders.some((fader) => fader.solo);
    rows.forEach((row, index) => row.classList.toggle("is-silent", gainOf(faders[index], isSolo) === 0));
    for (const show of shows) show();
    if (reset) reset.hidden = !mixer.isWanted;
    mixer.update();
  };

  rows.forEach((row, index) => {
    const fader = faders[index];
    const press = (/** @type {"mute" | "solo"} */ what) => {
      fader[what] = !fader[what];
      change();
    };
    const mute = make("button", { class: "tool", type: "button", "aria-label": `Mute ${fader.name}`, title: "Mute (M)", onclick: () => press("mute") }, "M");
    const solo = make("button", { class: "tool", type: "button", "aria-label": `Solo ${fader.name}`, title: "Solo (S)", onclick: () => press("solo") }, "S");
    const slider = /** @type {HTMLInputElement} */ (make("input", { type: "range", min: lowest, max: 6, step: 1, "aria-label": `Level of ${fader.name}` }));
    const level = make("output", { class: "mono" });
    slider.addEventListener("input", () => {
      fader.level = Number(slider.value);
      change();
    });
    slider.addEventListener("dblclick", () => {
      fader.level = 0;
      change();
    });
    shows.push(() => {
      mute.setAttribute("aria-pressed", String(fader.mute));
      solo.setAttribute("aria-pressed", String(fader.solo));
      slider.value = String(fader.level);
      slider.setAttribute("aria-valuetext", decibels(fader.level));
      level.textContent = decibels(fader.level);
    });
    const controls = make("div", { class: "stem-controls", role: "group", "aria-label": fader.name }, mute, solo, slider, level);
    // Before the page's own shortcuts: M mutes this stem, not the player.
    controls.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const what = { m: "mute", s: "solo" }[event.key.toLowerCase()];
      if (!what) return;
      press(/** @type {"mute" | "solo"} */ (what));
      event.preventDefault();
    });
    one("noscript", row)?.remove();
    row.insertBefore(controls, one(".download", row));
  });
  reset?.addEventListener("click", () => {
    for (const fader of faders) Object.assign(fader, { level: 0, mute: false, solo: false });
    change();
  });
  change();
}

/** The factor of a stem. @param {Fader} fader @param {boolean} isSolo whether any stem is solo */
function gainOf(fader, isSolo) {
  if (fader.mute || (isSolo && !fader.solo) || fader.level <= lowest) return 0;
  return 10 ** (fader.level / 20);
}

/** @type {AudioContext | null} */
let context = null;

/** Plays the stems in step with the song's recording while they are set otherwise than it. */
class Mixer {
  /** @param {HTMLElement} box @param {HTMLElement} button @param {Fader[]} faders */
  constructor(box, button, faders) {
    this.box = box;
    this.button = button;
    this.faders = faders;
    this.audio = /** @type {HTMLAudioElement} */ (one("#audio"));
    /** @type {GainNode[]} */
    this.gains = [];
    /** @type {AudioBufferSourceNode[]} */
    this.sources = [];
    /** The pack's table. @type {{stems: number, segments: number, seconds: number, rate: number, offsets: number[]} | null} */
    this.table = null;
    /** Decoded pieces by segment. @type {Map<number, Promise<AudioBuffer[]>>} */
    this.pieces = new Map();
    /** Counts the beginnings, so that what was begun before is dropped. */
    this.turn = 0;
    this.isHeard = false;
    this.timer = 0;
    const events = ["play", "pause", "seeking", "ended", "emptied", "ratechange", "waiting", "playing"];
    const follow = () => this.follow();
    for (const name of events) this.audio.addEventListener(name, follow);
    this.audio.addEventListener("volumechange", () => this.level());
    const leave = () => {
      if (box.isConnected) return;
      for (const name of events) this.audio.removeEventListener(name, follow);
      removeEventListener("player", leave);
      this.silence();
    };
    addEventListener("player", leave);
  }

  /** Whether the stems are set otherwise than the song. */
  get isWanted() { return this.faders.some((fader) => fader.mute || fader.solo || fader.level !== 0); }

  /** Whether the recording that plays is this song. */
  get isMine() { return player.state().source === player.sourceOf(this.button); }

  /** The controls have changed. */
  update() {
    this.level();
    if (this.isWanted && this.isMine && !this.audio.paused) {
      if (!this.timer) this.begin();
    } else if (!this.isWanted) this.silence();
  }

  level() {
    if (!context) return;
    const isSolo = this.faders.some((fader) => fader.solo);
    this.gains.forEach((gain, index) => {
      const target = this.audio.muted ? 0 : gainOf(this.faders[index], isSolo);
      gain.gain.setTargetAtTime(target, /** @type {AudioContext} */ (context).currentTime, 0.012);
    });
  }

  /** The recording has started, stopped or moved. */
  follow() {
    const isRunning = this.isWanted && this.isMine && !this.audio.paused && !this.audio.seeking && this.audio.readyState > 2;
    if (isRunning) this.begin();
    else if (!this.isWanted || !this.isMine) this.silence();
    else this.halt();
  }

  /** Plays from where the recording is. */
  async begin() {
    this.halt();
    const turn = this.turn;
    try {
      const table = await this.read();
      context ??= new AudioContext({ sampleRate: table.rate, latencyHint: "playback" });
      if (context.state !== "running") await context.resume();
      if (!this.gains.length) {
        this.gains = this.faders.map(() => {
          const gain = /** @type {AudioContext} */ (context).createGain();
          gain.connect(/** @type {AudioContext} */ (context).destination);
          return gain;
        });
      }
      this.level();
      await this.piece(Math.floor(this.audio.currentTime / table.seconds));
      if (turn !== this.turn) return;
      /** When the song's first sample would have sounded, on the context's clock. */
      const lead = 0.03;
      const origin = context.currentTime + lead - (this.audio.currentTime + lead);
      let next = Math.floor((context.currentTime - origin) / table.seconds);
      const schedule = async () => {
        while (turn === this.turn && context && next < table.segments && next * table.seconds < context.currentTime - origin + 2.5 * table.seconds) {
          const segment = next++;
          const buffers = await this.piece(segment);
          if (turn !== this.turn) return;
          this.place(buffers, origin + segment * table.seconds);
        }
      };
      await schedule();
      if (turn !== this.turn) return;
      this.hear(true);
      this.timer = window.setInterval(() => {
        if (!context) return;
        // The two clocks of one sound card hardly part; a stalled download does part them.
        if (Math.abs(context.currentTime - origin - this.audio.currentTime) > 0.25) this.begin();
        else schedule().catch(() => this.fail());
      }, 500);
    } catch {
      if (turn === this.turn) this.fail();
    }
  }

  /** Starts a piece of every stem at one moment; what of it is past is left out. @param {AudioBuffer[]} buffers @param {number} when */
  place(buffers, when) {
    if (!context) return;
    const late = Math.max(0, context.currentTime + 0.02 - when);
    buffers.forEach((buffer, index) => {
      if (!context || late >= buffer.duration) return;
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.gains[index]);
      source.start(when + late, late);
      source.onended = () => { this.sources = this.sources.filter((each) => each !== source); };
      this.sources.push(source);
    });
  }

  /** Reads the table at the head of the pack. */
  async read() {
    if (this.table) return this.table;
    const head = new DataView(await this.bytes(0, 24));
    if (head.getUint32(0) !== 0x43535031) throw new Error("not a pack");
    const [stems, segments, frames, rate] = [4, 8, 12, 16].map((at) => head.getUint32(at, true));
    const sizes = new DataView(await this.bytes(24, 24 + 4 * stems * segments));
    const offsets = [24 + 4 * stems * segments];
    for (let index = 0; index < stems * segments; index++) offsets.push(offsets[index] + sizes.getUint32(4 * index, true));
    this.table = { stems, segments, seconds: frames / rate, rate, offsets };
    return this.table;
  }

  /** A range of the pack's bytes. @param {number} from @param {number} to */
  async bytes(from, to) {
    const answer = await fetch(this.box.dataset.pack ?? "", { headers: { Range: `bytes=${from}-${to - 1}` } });
    if (answer.status !== 206) throw new Error(String(answer.status));
    return answer.arrayBuffer();
  }

  /** One segment of every stem, decoded; the last few are kept. @param {number} segment @returns {Promise<AudioBuffer[]>} */
  piece(segment) {
    const known = this.pieces.get(segment);
    if (known) return known;
    const load = async () => {
      const { stems, offsets } = /** @type {NonNullable<typeof this.table>} */ (this.table);
      const first = segment * stems;
      const bytes = await this.bytes(offsets[first], offsets[first + stems]);
      return Promise.all(Array.from({ length: stems }, (_, stem) =>
        /** @type {AudioContext} */ (context).decodeAudioData(bytes.slice(offsets[first + stem] - offsets[first], offsets[first + stem + 1] - offsets[first]))));
    };
    const piece = load();
    piece.catch(() => this.pieces.delete(segment));
    this.pieces.set(segment, piece);
    if (this.pieces.size > 5) this.pieces.delete(/** @type {number} */ (this.pieces.keys().next().value));
    return piece;
  }

  /** Which is heard, the stems or the recording. @param {boolean} isHeard */
  hear(isHeard) {
    this.isHeard = isHeard;
    this.audio.volume = isHeard ? 0 : 1;
    this.box.dataset.heard = isHeard ? "stems" : "song";
  }

  /** Stops the stems where they are. */
  halt() {
    this.turn++;
    clearInterval(this.timer);
    this.timer = 0;
    for (const source of this.sources) source.stop();
    this.sources = [];
  }

  /** Back to the recording. */
  silence() {
    this.halt();
    if (this.isHeard) this.hear(false);
  }

  fail() {
    this.silence();
    announce("The stems can't be played.");
  }
}
