// @ts-check
/** Choosing a range of the song on its waveform: by dragging, with the keyboard, or by section. */
import { all, clock, make, one } from "./core.js";
import * as player from "./player.js";

/** @param {HTMLElement} main */
export function start(main) {
  const form = /** @type {HTMLFormElement | null} */ (one("#change, #use", main));
  const range = one("[data-range]", main);
  if (form && range) startRange(form, range);
}

/** @param {HTMLFormElement} form @param {HTMLElement} range */
function startRange(form, range) {
  const seconds = Number(range.dataset.seconds);
  const wave = one(".wave", range);
  const from = form.elements.namedItem(range.dataset.first ?? "repainting_start");
  const to = form.elements.namedItem(range.dataset.last ?? "repainting_end");
  if (!wave || !(seconds > 0) || !(from instanceof HTMLInputElement) || !(to instanceof HTMLInputElement)) return;

  const clamp = (/** @type {number} */ value) => Math.min(Math.max(value, 0), seconds);
  const values = () => {
    const start = clamp(Number(from.value) || 0);
    const end = to.value === "" || Number(to.value) < 0 ? seconds : clamp(Number(to.value));
    return { start, end: Math.max(start, end) };
  };
  /** @param {number} start @param {number} end */
  const set = (start, end) => {
    from.value = String(Math.round(Math.min(start, end) * 100) / 100);
    to.value = String(Math.round(Math.max(start, end) * 100) / 100);
    draw();
  };

  const shade = make("div", { class: "range-shade" });
  const handle = (/** @type {string} */ label, /** @type {"start" | "end"} */ edge) =>
    make("div", {
      class: `range-handle range-${edge}`, role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": "0",
      "aria-valuemax": String(seconds), onkeydown: (/** @type {KeyboardEvent} */ event) => nudge(event, edge),
    });
  const handles = { start: handle("From", "start"), end: handle("Until", "end") };
  wave.append(shade, handles.start, handles.end);

  function draw() {
    const { start, end } = values();
    shade.style.insetInlineStart = `${(start / seconds) * 100}%`;
    shade.style.inlineSize = `${((end - start) / seconds) * 100}%`;
    for (const [edge, value] of /** @type {["start" | "end", number][]} */ ([["start", start], ["end", end]])) {
      handles[edge].style.insetInlineStart = `${(value / seconds) * 100}%`;
      handles[edge].setAttribute("aria-valuenow", value.toFixed(2));
      handles[edge].setAttribute("aria-valuetext", `${clock(value)}, ${value.toFixed(1)} seconds`);
    }
  }

  /** @param {KeyboardEvent} event @param {"start" | "end"} edge */
  function nudge(event, edge) {
    const steps = { ArrowLeft: -0.5, ArrowDown: -0.5, ArrowRight: 0.5, ArrowUp: 0.5, PageUp: 5, PageDown: -5, Home: -seconds, End: seconds };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step === undefined) return;
    event.preventDefault();
    const { start, end } = values();
    if (edge === "start") set(Math.min(clamp(start + step), end), end);
    else set(start, Math.max(clamp(end + step), start));
  }

  /** The edge that does not move while dragging. @type {number | null} */
  let anchor = null;
  const at = (/** @type {PointerEvent} */ event) => {
    const box = wave.getBoundingClientRect();
    return clamp(((event.clientX - box.left) / box.width) * seconds);
  };
  wave.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { start, end } = values();
    const place = at(event);
    const near = seconds * 0.015;
    anchor = Math.abs(place - start) < near ? end : Math.abs(place - end) < near ? start : place;
    wave.setPointerCapture(event.pointerId);
    set(anchor, place);
  });
  wave.addEventListener("pointermove", (event) => { if (anchor !== null) set(anchor, at(event)); });
  for (const end of ["pointerup", "pointercancel"]) wave.addEventListener(end, () => { anchor = null; });

  for (const link of all("[data-from]", range)) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      set(Number(link.dataset.from), Number(link.dataset.to));
    });
  }
  // What plays is the chosen part, again and again.
  const preview = one("[data-preview]", range);
  const hear = () => {
    if (!preview) return;
    const { start, end } = values();
    player.repeat(preview, start > 0 || end < seconds ? { from: start, to: end } : null);
  };
  preview?.addEventListener("click", (event) => {
    hear();
    if (player.state().source === player.sourceOf(preview)) return;
    event.preventDefault();
    event.stopPropagation();
    player.seek(values().start, preview);
  });
  wave.addEventListener("pointerup", hear);
  from.addEventListener("input", draw);
  to.addEventListener("input", draw);
  draw();
}
