// @ts-check
/** The create form: ideas, drafts, lyric tools, summaries that follow what is typed. */
import { all, make, memory, one, toast } from "./core.js";
import { state, toggle } from "./player.js";
import { syllables } from "./syllables.js";

const ideas = [
  "A warm folk song for the end of summer, fingerpicked guitar, 84 bpm",
  "Bright synth pop with a bass line that keeps moving, 120 bpm, A minor",
  "A small jazz group late in the evening: saxophone, piano, double bass, brushes",
  "Slow strings and piano, like rain on a window, D minor",
  "Driving rock with two guitars and a chorus to shout along to, 144 bpm",
  "Calm electronic music for working, soft pads, 90 bpm, no surprises",
  "A waltz for a village feast, accordion and violin, 3/4, G major",
  "Festive latin percussion, trumpets and piano, 105 bpm",
  "A lullaby on music box and harp, 60 bpm, C major",
  "Dusty blues with slide guitar and harmonica, 80 bpm, E",
];
const parts = ["[Verse]", "[Chorus]", "[Bridge]", "[Intro]", "[Outro]", "[Instrumental]", "[Rap]", "[Spoken]"];
const draftKey = "draft-create";
/** Set while the page is asked for anew because another engine was chosen. */
const engineKey = "create-engine";

/** @param {HTMLElement} main */
export function start(main) {
  const form = /** @type {HTMLFormElement | null} */ (one("#create", main));
  if (!form) return;
  offerIdeas(form);
  keepDraft(form);
  lyricTools(form);
  voiceSamples(form);
  engineFacts(form);
  for (const group of all("details.group", form)) summarise(group);
  const opened = form.querySelector("details:not([open]) [aria-invalid]");
  opened?.closest("details")?.setAttribute("open", "");
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    const pressed = /** @type {SubmitEvent} */ (event).submitter;
    const main = one(".button-main", form);
    if (pressed?.getAttribute("name") === "switch" || !main) return;
    memory.set(draftKey, null);
    setTimeout(() => main.setAttribute("disabled", ""));
    addEventListener("pageshow", () => main.removeAttribute("disabled"), { once: true });
  });
}

/** @param {HTMLFormElement} form */
function offerIdeas(form) {
  const line = one("#idea", form);
  const box = /** @type {HTMLTextAreaElement | null} */ (form.elements.namedItem("caption"));
  if (!line || !box) return;
  line.hidden = false;
  let next = Math.floor(Math.random() * ideas.length);
  one("#idea-button", line)?.addEventListener("click", () => {
    box.focus();
    box.select();
    // The one way of typing for the reader that keeps the browser's own undo.
    if (!document.execCommand("insertText", false, ideas[next])) box.value = ideas[next];
    next = (next + 1) % ideas.length;
  });
}

/** Keeps what is typed through a crash or a closed tab, and offers it back; never fills it in unasked. @param {HTMLFormElement} form */
function keepDraft(form) {
  const texts = () => ["caption", "lyrics"].map((name) => form.elements.namedItem(name)).filter((box) => box instanceof HTMLTextAreaElement);
  const draft = memory.get(draftKey);
  const isEmpty = texts().every((box) => !box.value.trim());
  if (draft && isEmpty && !form.hasAttribute("data-refused")) {
    const offer = make("p", { class: "note" }, make("span", {}, `A draft from ${draft.when} was not sent. `));
    offer.append(
      make("button", { class: "link", type: "button", onclick: () => {
        for (const box of texts()) box.value = draft.texts[box.name] ?? "";
        offer.remove();
        texts()[0]?.focus();
      } }, "Restore it"),
      make("button", { class: "link", type: "button", onclick: () => { memory.set(draftKey, null); offer.remove(); } }, "Forget it"));
    one(".field-lead", form)?.before(offer);
  }
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const kept = Object.fromEntries(texts().map((box) => [box.name, box.value]));
      const when = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      memory.set(draftKey, Object.values(kept).some((text) => text.trim()) ? { texts: kept, when } : null);
    }, 400);
  });
}

/** Buttons that put in the parts of a song, and how many syllables each line has. @param {HTMLFormElement} form */
function lyricTools(form) {
  const box = form.elements.namedItem("lyrics");
  if (!(box instanceof HTMLTextAreaElement)) return;
  const count = make("span", { class: "quiet", role: "status" });
  const tools = make("div", { class: "lyric-tools" });
  for (const part of parts) {
    tools.append(make("button", { class: "tool", type: "button", onclick: () => {
      box.focus();
      const before = box.value.slice(0, box.selectionStart);
      const gap = !before.trim() ? "" : before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
      const text = `${gap}${part}\n`;
      if (!document.execCommand("insertText", false, text)) box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    } }, part));
  }
  tools.append(count);
  box.before(tools);
  const sheet = make("div", { class: "syllables" });
  box.after(sheet);
  const tell = () => {
    const here = box.value.slice(0, box.selectionStart).split("\n").length - 1;
    /** @type {{name: string, counts: Node[]}[]} */
    const found = [];
    let [sung, all] = [0, 0];
    box.value.split("\n").forEach((line, index) => {
      const part = /^\s*\[(.*)\]\s*$/.exec(line)?.[1];
      if (part !== undefined) return found.push({ name: part, counts: [] });
      const beats = line.trim() ? syllables(line) : 0;
      if (!beats) return;
      if (!found.length) found.push({ name: "Lines", counts: [] });
      found[found.length - 1].counts.push(make(index === here ? "b" : "span", {}, String(beats)));
      sung += 1;
      all += beats;
    });
    count.textContent = sung ? `${sung} line${sung === 1 ? "" : "s"}` : "";
    const rows = found.filter((part) => part.counts.length).map(({ name, counts }) => {
      const numbers = make("span", { class: "mono" });
      for (const number of counts) numbers.append(...(numbers.childNodes.length ? [" "] : []), number);
      return make("p", {}, make("bdi", {}, name), " ", numbers);
    });
    sheet.replaceChildren(...(all ? [make("p", {}, `Syllables of each line, estimated from the spelling; ${all} in all`), ...rows] : []));
  };
  for (const name of ["input", "keyup", "click"]) box.addEventListener(name, tell);
  tell();
}

/** Shows another engine's settings when it is chosen, and what memory the length takes. @param {HTMLFormElement} form */
function engineFacts(form) {
  const choice = form.elements.namedItem("engine");
  const button = /** @type {HTMLButtonElement | null} */ (one("#engine-use", form));
  if (!(choice instanceof HTMLSelectElement) || !button) return;
  button.hidden = true;
  if (memory.get(engineKey)) choice.focus({ preventScroll: true });
  memory.set(engineKey, null);
  choice.addEventListener("change", () => {
    memory.set(engineKey, true);
    form.requestSubmit(button);
  });
  const line = one("#engine-facts", form);
  if (!line) return;
  const points = (line.dataset.points ?? "").split(" ").map((point) => point.split(":").map(Number));
  const tell = () => {
    const chosen = /** @type {RadioNodeList} */ (form.elements.namedItem("length")).value;
    const typed = /** @type {HTMLInputElement} */ (form.elements.namedItem("length_custom")).value;
    const seconds = Number(chosen === "custom" ? typed : chosen) || Number(line.dataset.usual);
    // The need grows ever faster with the length: a line between two points says too much, never too little.
    const next = points.findIndex(([at]) => at >= seconds);
    const right = next < 0 ? points.length - 1 : next;
    const [[from, low], [to, high]] = [points[Math.max(0, right - 1)], points[right]];
    const bytes = to > from ? low + ((high - low) * Math.min(Math.max(seconds - from, 0), to - from)) / (to - from) : low;
    const need = one("[data-need]", line);
    const gibibytes = bytes / 2 ** 30;
    if (need) need.textContent = gibibytes < 0.95 ? `${Math.max(1, Math.floor(bytes / 2 ** 20))} MiB` : `${gibibytes.toFixed(1)} GiB`;
    const warning = one("[data-too-large]", line);
    if (warning) warning.hidden = !line.dataset.free || bytes <= Number(line.dataset.free);
  };
  form.addEventListener("input", tell);
  tell();
}

/** Plays a voice's sample instead of going to it; one that isn't sung yet is waited for. @param {HTMLFormElement} form */
function voiceSamples(form) {
  /** @type {HTMLElement | null} */
  let current = null;
  let audio = new Audio();
  const stop = () => {
    audio.pause();
    current?.removeAttribute("aria-busy");
    current?.removeAttribute("aria-current");
    current = null;
  };
  for (const link of /** @type {HTMLAnchorElement[]} */ (all("#voices a", form))) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const wasThis = current === link;
      stop();
      if (wasThis) return;
      current = link;
      link.setAttribute("aria-busy", "true");
      try {
        let answer = await fetch(link.href);
        for (let tries = 0; answer.status === 202 && current === link; tries += 1) {
          if (tries === 2) toast("The voice is being sung for you; it starts in a moment.");
          await new Promise((resolve) => setTimeout(resolve, 1000));
          if (link.isConnected) answer = await fetch(link.href); else stop();
        }
        if (current !== link) return;
        if (!answer.ok) throw new Error();
        if (state().plays) toggle();
        audio = new Audio(URL.createObjectURL(await answer.blob()));
        audio.addEventListener("ended", () => { if (current === link) stop(); });
        await audio.play();
        link.removeAttribute("aria-busy");
        link.setAttribute("aria-current", "true");
      } catch {
        if (current !== link) return;
        stop();
        toast("This voice can’t be heard now.");
      }
    });
  }
}

/** A closed group says which of its fields differ from what they start with. @param {HTMLElement} group */
function summarise(group) {
  const line = one("[data-summary]", group);
  if (!line) return;
  const original = line.textContent;
  group.addEventListener("input", () => {
    const changed = all("input, select, textarea", group).flatMap((control) => {
      const label = one(`label[for="${control.id}"]`, group)?.textContent ?? "";
      if (control instanceof HTMLInputElement && control.type === "checkbox") {
        return control.checked === control.defaultChecked ? [] : [`${label} ${control.checked ? "on" : "off"}`];
      }
      if (control instanceof HTMLSelectElement) {
        const chosen = control.selectedOptions[0];
        return chosen?.defaultSelected ? [] : [`${label} ${chosen?.label}`];
      }
      const box = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (control);
      if (box.value === box.defaultValue) return [];
      return [`${label} ${box.value.length > 24 ? box.value.slice(0, 24) + "…" : box.value || "empty"}`];
    });
    line.textContent = changed.length ? changed.join(", ") : original;
  });
}
