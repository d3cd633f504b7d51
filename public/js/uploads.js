// @ts-check
/** The list of uploads: the button says that a file is on its way, and takes no second one. */
import { announce, one } from "./core.js";

/** @param {HTMLElement} main */
export function start(main) {
  const form = one("#upload", main);
  const button = /** @type {HTMLButtonElement | null} */ (form && one("button", form));
  form?.addEventListener("submit", () => {
    if (!button) return;
    // After the form's own submission has begun.
    setTimeout(() => { button.disabled = true; });
    button.lastChild?.replaceWith("Uploading…");
    announce("Uploading");
  });
}
