// @ts-check
/**
 * Live jobs: one event stream for all tabs of the browser, else polling; without scripts the page
 * refreshes itself.
 */
import { all, announce, assets, one, ordinal, toast } from "./core.js";
import { onPage, refresh } from "./nav.js";

const unfinished = new Set(["PENDING", "PROCESSING"]);
const channel = "BroadcastChannel" in window ? new BroadcastChannel("cantiga-jobs") : null;
/** What the stream has said of each job. @type {Map<number, any>} */
const jobs = new Map();
let isLeader = false;
let pollPause = 2000;
let pollTimer = 0;
let refreshTimer = 0;
let saidAt = 0;
let saidStage = "";

/** The parts of the page that show a job. @param {number} id */
const views = (id) => all(`[data-job="${id}"]`);

/** The server knows how every state looks: ask it, at most once a second. */
function renew() {
  if (!refreshTimer) refreshTimer = window.setTimeout(async () => { await refresh(); refreshTimer = 0; }, 250);
}

/** @param {Element | null} element @param {string | number} text */
function write(element, text) {
  if (element && element.textContent !== String(text)) element.textContent = String(text);
}

function count() {
  const open = [...jobs.values()].filter((job) => unfinished.has(job.status)).length;
  const badge = one("#queue-count");
  if (badge) {
    badge.hidden = !open;
    badge.textContent = String(open);
    badge.setAttribute("aria-label", `${open} in progress`);
  }
  one("#favicon")?.setAttribute("href", `${assets}/${open ? "favicon-busy" : "favicon"}.svg`);
}

/** @type {Record<string, (data: any) => void>} */
const handlers = {
  snapshot({ jobs: list }) {
    jobs.clear();
    for (const job of list) jobs.set(job.id, job);
    count();
    for (const view of all("[data-job]")) {
      const isOpen = view.dataset.state === "pending" || view.dataset.state === "processing";
      const job = jobs.get(Number(view.dataset.job));
      if (isOpen && (!job || job.status !== view.dataset.state?.toUpperCase())) renew();
    }
    const shown = one("#active");
    if (shown && list.some((/** @type {any} */ job) => unfinished.has(job.status) && !views(job.id).length)) renew();
  },

  queue({ job, position, ahead }) {
    note(job, { status: "PENDING", queue_position: position });
    const place = `${ordinal(position)} in the queue`;
    for (const view of views(job)) {
      if (view.dataset.state !== "pending") renew();
      write(one("[data-position], [data-detail]", view), place);
      if (typeof ahead === "number") write(one("[data-ahead]", view), ahead ? `${ahead} ${ahead === 1 ? "song is" : "songs are"} before it.` : "It is next.");
    }
  },

  progress({ job, stage, stage_title: title, done, total, variation, percent }) {
    note(job, { status: "PROCESSING" });
    if (!stage) return;
    const steps = total > 1 ? `${title}, ${done} of ${total}` : title;
    for (const view of views(job)) {
      if (view.dataset.state !== "processing") return renew();
      const batch = Number(view.dataset.batch);
      const sentence = batch > 1 ? `Variation ${variation + 1} of ${batch}: ${steps}` : steps;
      write(one("[data-sentence], [data-detail]", view), sentence);
      write(one("[data-percent]", view), percent);
      const bar = /** @type {HTMLProgressElement | null} */ (one("progress", view));
      if (!bar) return renew();
      bar.value = percent;
      stages(view, stage, total > 1 ? `${done} of ${total}` : "");
      if (view.matches("article")) {
        document.title = document.title.replace(/^\d+ %/, `${percent} %`);
        if (stage !== saidStage || Date.now() - saidAt > 30000) announce(`${title}, ${percent} percent`);
        else continue;
        saidStage = stage;
        saidAt = Date.now();
      }
    }
  },

  completed: ({ object }) => finish(object, "COMPLETED", "is ready."),
  failed: ({ object }) => finish(object, "FAILED", "could not be made."),
  cancelled: ({ object }) => finish(object, "FAILED", "was cancelled."),
  removed({ job }) {
    jobs.delete(job);
    count();
  },
};

/** @param {number} id @param {object} facts */
function note(id, facts) {
  const isNew = !jobs.has(id);
  jobs.set(id, { id, ...jobs.get(id), ...facts });
  count();
  if (isNew && one("#active") && !views(id).length) renew();
}

/** @param {HTMLElement} view @param {string} current @param {string} steps */
function stages(view, current, steps) {
  const rows = all("[data-stage]", view);
  const at = rows.findIndex((row) => row.dataset.stage === current);
  if (at < 0) return;
  rows.forEach((row, index) => {
    const standing = index < at ? "done" : index === at ? "current" : "waiting";
    row.className = `stage stage-${standing}`;
    row.toggleAttribute("aria-current", index === at);
    if (index === at) row.setAttribute("aria-current", "step");
    one("use", row)?.setAttribute("href", `${assets}/icons.svg#${index < at ? "check" : "lamp"}`);
    write(one("[data-steps]", row), index === at ? steps : "");
  });
}

/** @param {any} job @param {string} status @param {string} words */
function finish(job, status, words) {
  const { id, display_name: name } = job;
  note(id, { status });
  if (views(id).length) renew();
  if (one(`article[data-job="${id}"]`)) announce(`${name} ${words}`);
  else toast(`${name} ${words}`, { label: "Open", href: `/jobs/${id}` });
}

/** @param {string} kind @param {any} data */
function receive(kind, data) {
  handlers[kind]?.(data);
  if (isLeader) channel?.postMessage({ kind, data });
}

/** Holds the stream until the tab goes. */
function lead() {
  isLeader = true;
  return new Promise((resolve) => {
    const stream = new EventSource("/api/v1/events");
    for (const kind of Object.keys(handlers)) {
      stream.addEventListener(kind, (event) => {
        pollPause = 2000;
        receive(kind, JSON.parse(event.data));
      });
    }
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      isLeader = false;
      resolve(undefined);
      poll();
    };
  });
}

/** Asks for the page again while something on it is unfinished: after 2 s, later every 10 s. */
function poll() {
  clearTimeout(pollTimer);
  pollTimer = window.setTimeout(async () => {
    if (one("[data-state=pending], [data-state=processing]") && !document.hidden) await refresh();
    pollPause = Math.min(pollPause * 1.5, 10000);
    poll();
  }, pollPause);
}

// Nobody who isn't signed in is told of jobs, though a shared song's page has the player.
if (!one(".desk-bare")) {
  if (channel) {
    channel.onmessage = ({ data: message }) => {
      if (message === "hello") {
        if (isLeader) channel.postMessage({ kind: "snapshot", data: { jobs: [...jobs.values()] } });
      } else if (!isLeader) handlers[message.kind]?.(message.data);
    };
    channel.postMessage("hello");
  }
  if (!("EventSource" in window)) poll();
  else if (navigator.locks && channel) navigator.locks.request("cantiga-jobs", lead);
  else lead();
  onPage(count);
}
