// @ts-check
/** Karaoke: the line and the word that sound are marked, a press on a line goes to it, and the words fill the screen. */
import { all, clock, make, one, spoken } from "./core.js";
import * as player from "./player.js";

/** @typedef {{element: HTMLElement, at: number, to: number, words: {element: HTMLElement, at: number}[]}} Line */

/** @param {HTMLElement} main */
export function start(main) {
  const section = one("[data-karaoke]", main);
  const button = one("[data-follow]", main);
  if (!section || !button) return;
  const lines = all(".lyric[data-at]", section).map((element) => lineOf(element, button));
  if (!lines.length) return;
  const view = fullScreen(section, button);
  /** @type {Line | undefined} */
  let marked;
  const mark = () => {
    if (!main.isConnected) return removeEventListener("player", mark);
    const { source, time, plays } = player.state();
    const shows = source === player.sourceOf(button) && (plays || time > 0);
    const now = shows ? lines.findLast((line) => line.at <= time) : undefined;
    if (now !== marked) {
      if (marked) unmark(marked);
      now?.element.classList.add("is-now");
      now?.element.setAttribute("aria-current", "true");
      marked = now;
      if (now) view.show(now.element);
    }
    if (!now) return;
    const word = time < now.to ? now.words.findLastIndex((word) => word.at <= time) : now.words.length;
    now.words.forEach(({ element }, index) => {
      element.classList.toggle("is-sung", index < word);
      element.classList.toggle("is-now", index === word);
    });
  };
  addEventListener("player", mark);
  mark();
}

/** A line with a button for its time and a span for each of its words. @param {HTMLElement} element @param {HTMLElement} button @returns {Line} */
function lineOf(element, button) {
  const at = Number(element.dataset.at);
  const go = () => player.seek(at, button);
  one(".lyric-time", element)?.replaceWith(
    make("button", { class: "lyric-seek", type: "button", "aria-label": `Play from ${spoken(at)}`, onclick: go }, clock(at)));
  const box = one(".lyric-text", element);
  // Whoever selects words to copy them doesn't want to go there.
  box?.addEventListener("click", () => { if (getSelection()?.isCollapsed !== false) go(); });
  /** @type {Line["words"]} */
  const words = [];
  const text = box?.textContent ?? "";
  const starts = (element.dataset.words ?? "").split(" ").filter(Boolean).map((pair) => pair.split(":").map(Number));
  if (box && starts.length && starts[0][0] === 0) {
    box.replaceChildren(...starts.flatMap(([from, time], index) => {
      const piece = text.slice(from, starts[index + 1]?.[0] ?? text.length);
      const word = piece.trimEnd();
      const span = make("span", { class: "word" }, word);
      words.push({ element: span, at: time });
      return [span, piece.slice(word.length)];
    }));
  }
  return { element, at, to: Number(element.dataset.to ?? at), words };
}

/** @param {Line} line */
function unmark(line) {
  line.element.classList.remove("is-now");
  line.element.removeAttribute("aria-current");
  for (const { element } of line.words) element.classList.remove("is-sung", "is-now");
}

/**
 * A button that lets the words fill the screen. There they follow the song until the reader scrolls.
 * @param {HTMLElement} section @param {HTMLElement} button
 */
function fullScreen(section, button) {
  let follows = true;
  /** @type {HTMLElement | undefined} */
  let shown;
  const isFull = () => document.fullscreenElement === section;
  const scroll = () => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (isFull() && follows) shown?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  };
  const show = (/** @type {HTMLElement} */ line) => {
    shown = line;
    scroll();
  };
  const tools = one(".lyrics-tools", section);
  if (!tools || !document.fullscreenEnabled) return { show };
  const play = /** @type {HTMLElement} */ (button.cloneNode(true));
  play.classList.remove("key-large");
  play.removeAttribute("data-follow");
  const follow = make("button", { class: "tool", type: "button", hidden: true, onclick: () => { follows = true; follow.hidden = true; scroll(); } }, "Follow");
  const toggle = make("button", { class: "tool", type: "button", onclick: () => {
    if (isFull()) document.exitFullscreen();
    else section.requestFullscreen().catch(() => {});
  } }, "Full screen");
  const stop = () => {
    if (!isFull()) return;
    follows = false;
    follow.hidden = false;
  };
  for (const name of ["wheel", "touchmove"]) section.addEventListener(name, stop, { passive: true });
  section.addEventListener("keydown", (event) => {
    if (["PageUp", "PageDown", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) stop();
  });
  section.addEventListener("fullscreenchange", () => {
    toggle.textContent = isFull() ? "Leave full screen" : "Full screen";
    follows = true;
    follow.hidden = true;
    scroll();
  });
  tools.append(play, follow, toggle);
  return { show };
}
