// @ts-check
/** An upload's page: it asks again while somebody listens, and chords go to where they sound. */
import { all, make, one, spoken } from "./core.js";
import { refresh } from "./nav.js";
import * as player from "./player.js";

/** @param {HTMLElement} main */
export function start(main) {
  if (one("[data-listening]", main)) setTimeout(() => { if (main.isConnected) refresh(); }, 2000);
  const button = one("[data-follow]", main);
  const chords = all("[data-chords] [data-at]", main);
  if (!button || !chords.length) return;
  const spans = chords.map((element) => ({ element, at: Number(element.dataset.at), to: Number(element.dataset.to) }));
  for (const { element, at } of spans) {
    const go = make("button", {
      class: "chord-go", type: "button", "aria-label": `${element.textContent?.trim()}, at ${spoken(at)}`,
      onclick: () => player.seek(at, button),
    }, ...element.childNodes);
    element.replaceChildren(go);
  }
  const mark = () => {
    if (!main.isConnected) return removeEventListener("player", mark);
    const { source, time } = player.state();
    const isLoaded = source === player.sourceOf(button);
    for (const { element, at, to } of spans) element.classList.toggle("is-now", isLoaded && time >= at && time < to);
  };
  addEventListener("player", mark);
}
