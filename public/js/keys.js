// @ts-check
/** Shortcuts. Single letters rest while something is typed. */
import { make, memory, one } from "./core.js";
import { visit } from "./nav.js";
import * as player from "./player.js";

/** @type {[string, string][]} */
const list = [
  ["Space or K", "play or pause"], ["J, L", "ten seconds back, on"], ["M", "mute"], ["1 to 8", "variation"], ["/", "search"],
  ["G then C, L, Q", "create, library, queue"], ["Ctrl+Enter", "generate"], ["?", "this list"],
];
let afterG = 0;

function help() {
  const rows = list.map(([keys, words]) => make("li", {}, make("kbd", {}, keys), " ", words));
  const off = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", id: "keys-off" }));
  off.checked = memory.get("keys-off") === true;
  off.addEventListener("change", () => memory.set("keys-off", off.checked || null));
  const dialog = /** @type {HTMLDialogElement} */ (make(
    "dialog", { "aria-labelledby": "keys-title" }, make("h2", { id: "keys-title" }, "Shortcuts"), make("ul", { class: "shortcuts" }, ...rows),
    make("p", { class: "field-tick" }, off, make("label", { for: "keys-off" }, "Switch off shortcuts of a single letter")),
    make("form", { method: "dialog" }, make("button", { class: "button" }, "Close"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !one("#bar") || one("dialog[open]")) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest("input:not([type=radio], [type=checkbox], [type=range]), textarea, select")) return;
  const key = event.key.toLowerCase();
  if (key === "?") help();
  else if (memory.get("keys-off") === true) return;
  else if (key === " ") {
    if (target.closest("a, button, summary, input, [role=slider]") && !target.closest("[role=slider]")) return;
    player.toggle();
  } else if (Date.now() - afterG < 1200 && "clq".includes(key)) {
    visit({ c: "/", l: "/library", q: "/library?status=active" }[key] ?? "/");
    afterG = 0;
  } else if (key === "g") afterG = Date.now();
  else if (key === "k") player.toggle();
  else if (key === "j") player.seekBy(-10);
  else if (key === "l") player.seekBy(10);
  else if (key === "m") player.mute();
  else if (key === "/") {
    const box = one("#q");
    if (box) box.focus();
    else visit("/library");
  } else if (/^[1-8]$/.test(key)) one(`[data-variation="${key}"]:not(.is-playing)`)?.click();
  else return;
  event.preventDefault();
});
