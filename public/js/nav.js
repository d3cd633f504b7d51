// @ts-check
/** Follows links by swapping `<main>`, so that music plays on. Any doubt: an ordinary page load. */
import { all, announce, one } from "./core.js";

/** @type {((main: HTMLElement) => void)[]} */
const starters = [];
let asked = 0;

/** Runs `start` on the present page and on every one that replaces it. @param {(main: HTMLElement) => void} start */
export function onPage(start) {
  starters.push(start);
  const main = one("#main");
  if (main) start(main);
}

/** @param {string} address @returns {Promise<{page: Document, address: string}>} */
function fetchPage(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.timeout = 15000;
    request.onload = () => {
      const page = request.responseXML;
      if (request.status === 200 && page?.querySelector("#main")) resolve({ page, address: request.responseURL });
      else reject(new Error(String(request.status)));
    };
    request.onerror = request.ontimeout = () => reject(new Error("network"));
    request.send();
  });
}

/** Whether the page was made by the same release, for the same reader, as the one on screen. @param {Document} page */
function fits(page) {
  const sheet = (/** @type {Document} */ root) => root.querySelector("link[rel=stylesheet]")?.getAttribute("href");
  return sheet(page) === sheet(document) && [".desk-bare", "#bar"].every((part) => !page.querySelector(part) === !one(part));
}

/** @param {Document} page */
function swap(page) {
  const main = /** @type {HTMLElement} */ (document.adoptNode(page.querySelector("#main")));
  // Parsed for a document without scripts, these are live elements: a second player, a refresh.
  for (const plain of main.querySelectorAll("noscript")) plain.remove();
  one("#main")?.replaceWith(main);
  document.title = page.title;
  const token = page.querySelector("meta[name=csrf]")?.getAttribute("content");
  if (token) one("meta[name=csrf]")?.setAttribute("content", token);
  const links = all(".nav a");
  page.querySelectorAll(".nav a").forEach((link, index) => {
    if (link.hasAttribute("aria-current")) links[index]?.setAttribute("aria-current", "page");
    else links[index]?.removeAttribute("aria-current");
  });
  for (const start of starters) start(main);
  return main;
}

/** Goes to a page of ours. @param {string} address @param {{push?: boolean}} [options] */
export async function visit(address, { push = true } = {}) {
  const turn = ++asked;
  const here = new URL(location.href);
  try {
    const result = await fetchPage(address);
    if (turn !== asked) return;
    if (!fits(result.page)) throw new Error("another release");
    if (push) {
      history.replaceState({ ...history.state, top: scrollY }, "");
      history.pushState({}, "", result.address);
    }
    const main = swap(result.page);
    const there = new URL(location.href);
    const stays = here.pathname === there.pathname && here.search !== there.search;
    if (!push) scrollTo(0, history.state?.top ?? 0);
    else if (!stays) scrollTo(0, 0);
    announce(document.title);
    if (stays) return;
    const heading = one("h1", main) ?? main;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  } catch {
    location.assign(address);
  }
}

/** Shows the present page anew, where the reader is. */
export async function refresh() {
  const turn = ++asked;
  const address = location.href;
  try {
    const result = await fetchPage(address);
    if (turn !== asked || !fits(result.page)) return false;
    const open = all("details[open]").map((group) => group.id).filter(Boolean);
    const focused = document.activeElement?.id;
    const main = swap(result.page);
    for (const id of open) one("#" + CSS.escape(id), main)?.setAttribute("open", "");
    if (focused && document.activeElement === document.body) one("#" + CSS.escape(focused), main)?.focus({ preventScroll: true });
    return true;
  } catch {
    return false;
  }
}

/** Our own pages; files and the API are not. @param {URL} url */
const isPage = (url) => url.origin === location.origin && /^\/($|jobs\/\d+$|library$|uploads(\/[\w-]+)?$|help$|account$)/.test(url.pathname);

addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (!isPage(url) || (url.hash && url.pathname === location.pathname)) return;
  event.preventDefault();
  visit(link.href);
});

addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method !== "get") return;
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) url.searchParams.set(name, String(value));
  if (!isPage(url)) return;
  event.preventDefault();
  visit(url.href);
});

addEventListener("popstate", () => visit(location.href, { push: false }));
