// @ts-check
/** Small tools that every module uses. Nothing here builds HTML from strings. */

/** @type {(selector: string, root?: ParentNode) => HTMLElement | null} */
export const one = (selector, root = document) => root.querySelector(selector);
/** @type {(selector: string, root?: ParentNode) => HTMLElement[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)].map((node) => /** @type {HTMLElement} */ (node));

/** Where the static files are: the folder of this module's folder. */
export const assets = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/**
 * Makes an element; `on…` properties are listeners, the others attributes.
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string)} children
 */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** Seconds as "1:32". @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Seconds as they are read aloud: "1 minute 3 seconds". @param {number} seconds */
export function spoken(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  const words = [];
  if (minutes) words.push(`${minutes} minute${minutes === 1 ? "" : "s"}`);
  if (rest || !minutes) words.push(`${rest} second${rest === 1 ? "" : "s"}`);
  return words.join(" ");
}

/** 2 as "2nd". @param {number} number */
export function ordinal(number) {
  const tens = number % 100;
  const ending = tens > 10 && tens < 14 ? "th" : ["th", "st", "nd", "rd"][number % 10] ?? "th";
  return number + ending;
}

/** Says something to a screen reader, politely. @param {string} text */
export function announce(text) {
  const region = one("#announcer");
  if (region) region.textContent = text;
}

/**
 * A short message at the foot of the window, said aloud too.
 * @param {string} text
 * @param {{label: string, href: string}} [link]
 */
export function toast(text, link) {
  const box = make("div", { class: "toast" }, make("span", { dir: "auto" }, text));
  if (link) box.append(make("a", { href: link.href }, link.label));
  one("#toasts")?.append(box);
  announce(text);
  setTimeout(() => box.remove(), 8000);
}

/** Storage that may be switched off. @type {{get(key: string): any, set(key: string, value: any): void}} */
export const memory = {
  get(key) {
    try { return JSON.parse(localStorage.getItem(key) ?? "null"); } catch { return null; }
  },
  set(key, value) {
    try {
      if (value == null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch { /* full or forbidden: the page works without it */ }
  },
};

/** Copies the text of an element; where the browser forbids that, selects it. @param {HTMLElement} source */
async function copy(source) {
  const text = source.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    getSelection()?.selectAllChildren(source);
    toast("Selected: press Ctrl+C to copy.");
  }
}

/** Dates in the reader's own time zone, in the server's words. @param {HTMLElement} main */
function localTimes(main) {
  const now = new Date();
  const days = (/** @type {Date} */ date) => Math.floor((date.getTime() - date.getTimezoneOffset() * 60000) / 86400000);
  for (const element of all("time[datetime]", main)) {
    const date = new Date(element.getAttribute("datetime") ?? "");
    if (Number.isNaN(date.getTime())) continue;
    const clock = `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
    const age = days(now) - days(date);
    const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: date.getFullYear() === now.getFullYear() ? undefined : "numeric" });
    element.textContent = age === 0 ? `today, ${clock}` : age === 1 ? `yesterday, ${clock}` : day;
    element.title = date.toLocaleString();
  }
}

/** @param {HTMLElement} main */
export function start(main) {
  localTimes(main);
  for (const button of all("[data-copy]", main)) {
    const source = one("#" + button.dataset.copy);
    if (!source) continue;
    button.hidden = false;
    button.addEventListener("click", () => copy(source));
  }
  one("#problems", main)?.focus();
}
