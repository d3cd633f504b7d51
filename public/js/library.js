// @ts-check
/** The library: a filter works as soon as it is chosen. */
import { all, one } from "./core.js";

/** @param {HTMLElement} main */
export function start(main) {
  const form = /** @type {HTMLFormElement | null} */ (one(".filters", main));
  if (!form) return;
  for (const choice of all("select", form)) choice.addEventListener("change", () => form.requestSubmit());
}
