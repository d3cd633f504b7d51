// @ts-check
/** The notation follows the player: a line moves through the bars, and a press on a bar, or Enter, plays from there. */
import { all, one, spoken } from "./core.js";
import * as player from "./player.js";

/** @typedef {{drawing: HTMLElement, from: number, to: number, left: number, right: number}} Bar */

/** @param {HTMLElement} main */
export function start(main) {
  const box = one("[data-notation]", main);
  const button = one("[data-follow]", main);
  if (!box || !button) return;
  const bars = all("[data-bar]", box).map((drawing) => ({
    drawing, from: Number(drawing.dataset.from), to: Number(drawing.dataset.to), left: Number(drawing.dataset.left), right: Number(drawing.dataset.right),
  }));
  if (!bars.length) return;
  clefs(box, bars);
  press(box, button, bars);
  follow(box, button, bars);
}

/** Clefs and key in front of every line but the first, which has its own. @param {HTMLElement} box @param {Bar[]} bars */
function clefs(box, bars) {
  const heads = all(".engraving-head", box.parentElement ?? box);
  if (!heads.length) return;
  const room = Math.max(...heads.map((head) => Number(head.getAttribute("width"))));
  box.style.paddingInlineStart = `calc(1.25rem + ${room}px)`;
  const draw = () => {
    for (const drawn of all(".line-head", box)) drawn.remove();
    let top = bars[0].drawing.getBoundingClientRect().top;
    for (const { drawing } of bars) {
      const here = drawing.getBoundingClientRect().top;
      if (here - top < 2) continue;
      top = here;
      const head = heads.find(({ id }) => id === drawing.dataset.head)?.cloneNode(true);
      if (!(head instanceof SVGElement)) continue;
      head.removeAttribute("id");
      head.removeAttribute("hidden");
      head.setAttribute("class", "line-head");
      head.setAttribute("x", `-${head.getAttribute("width")}`);
      drawing.prepend(head);
    }
  };
  let width = 0;
  new ResizeObserver(() => {
    if (box.clientWidth !== width) draw();
    width = box.clientWidth;
  }).observe(box);
}

/** One bar takes the tab; arrows walk from bar to bar. @param {HTMLElement} box @param {HTMLElement} button @param {Bar[]} bars */
function press(box, button, bars) {
  let current = 0;
  bars.forEach(({ drawing, from }, index) => {
    drawing.setAttribute("role", "button");
    drawing.setAttribute("tabindex", index ? "-1" : "0");
    drawing.setAttribute("aria-label", `${drawing.getAttribute("aria-label")}. Play from ${spoken(from)}`);
  });
  const indexOf = (/** @type {Event} */ event) =>
    bars.findIndex(({ drawing }) => event.target instanceof Element && event.target.closest("[data-bar]") === drawing);
  const move = (/** @type {number} */ next) => {
    bars[current].drawing.setAttribute("tabindex", "-1");
    current = Math.min(Math.max(next, 0), bars.length - 1);
    bars[current].drawing.setAttribute("tabindex", "0");
  };
  box.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index < 0) return;
    move(index);
    const { drawing, from, to, left, right } = bars[index];
    const area = drawing.getBoundingClientRect();
    const share = event instanceof MouseEvent && event.detail ? (((event.clientX - area.left) / area.width) * 100 - left) / (right - left) : 0;
    player.seek(from + Math.min(Math.max(share, 0), 0.999) * (to - from), button);
  });
  box.addEventListener("keydown", (event) => {
    const index = indexOf(event);
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1, Home: 0, End: bars.length - 1 }[event.key];
    if (next !== undefined) {
      move(next);
      bars[current].drawing.focus();
    } else if (event.key === "Enter" || event.key === " ") player.seek(bars[index].from, button);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** @param {HTMLElement} box @param {HTMLElement} button @param {Bar[]} bars */
function follow(box, button, bars) {
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
  cursor.setAttribute("class", "cursor");
  cursor.setAttribute("y1", "18");
  cursor.setAttribute("y2", "100%");
  /** @type {Bar | undefined} */
  let shown;
  const show = () => {
    if (!box.isConnected) return removeEventListener("player", show);
    const { source, time, plays } = player.state();
    const bar = source === player.sourceOf(button) && (plays || time > 0)
      ? bars.find(({ from, to }) => time >= from && time < to) : undefined;
    if (bar !== shown) {
      shown?.drawing.classList.remove("is-now");
      shown = bar;
      cursor.remove();
      bar?.drawing.append(cursor);
      bar?.drawing.classList.add("is-now");
      if (bar && plays) keepInSight(box, bar.drawing);
    }
    if (!bar) return;
    const x = `${bar.left + ((time - bar.from) / (bar.to - bar.from)) * (bar.right - bar.left)}%`;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
  };
  addEventListener("player", show);
  show();
}

/** Scrolls only the notation's own box, never the page. @param {HTMLElement} box @param {HTMLElement} drawing */
function keepInSight(box, drawing) {
  const area = box.getBoundingClientRect();
  const place = drawing.getBoundingClientRect();
  if (place.top < area.top || place.bottom > area.bottom) box.scrollTop += place.top - area.top - 8;
}
