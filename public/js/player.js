// @ts-check
/** The player bar: one `<audio>` that never moves, so music outlives the page it was started from. */
import { all, announce, assets, clock, memory, one, spoken } from "./core.js";
import { onPage } from "./nav.js";

const audio = /** @type {HTMLAudioElement | null} */ (one("#audio"));
const seekBar = /** @type {HTMLInputElement | null} */ (one("#bar-seek"));

/** @typedef {{source: string, title: string, song: string}} Track */
/** @type {Track | null} */
let track = null;

/** What plays one after the other: the playlist that the track was started from. @type {Track[]} */
let queue = [];

/** @param {HTMLElement} button */
function queueOf(button) {
  const list = button.closest("[data-queue]");
  return list ? all("[data-play]", list).map(trackOf) : [];
}

const playsVorbis = !!audio?.canPlayType('audio/ogg; codecs="vorbis"');

/** The recording behind a play button: Vorbis seeks exactly, MP3 plays everywhere. @param {HTMLElement} button */
export const sourceOf = (button) => (playsVorbis ? button.dataset.play : button.dataset.fallback ?? button.dataset.play) ?? "";

/** @param {HTMLElement} button @returns {Track} */
const trackOf = (button) => ({ source: sourceOf(button), title: button.dataset.title ?? "", song: button.dataset.song ?? "/" });

/** What plays, or would: its address, time and length. */
export const state = () => ({
  source: track?.source ?? "", time: audio?.currentTime ?? 0, length: audio?.duration || 0, plays: !!audio && !audio.paused,
});

/** @param {Track} next @param {number} [time] @param {boolean} [plays] */
export function load(next, time = 0, plays = true) {
  if (!audio) return;
  track = next;
  audio.src = next.source;
  if (time) audio.currentTime = time;
  const bar = one("#bar");
  if (bar) bar.hidden = false;
  document.documentElement.classList.add("has-bar");
  const title = one("#bar-title");
  if (title) title.textContent = next.title;
  one("#bar-song")?.setAttribute("href", next.song);
  if ("mediaSession" in navigator) {
    navigator.mediaSession.metadata = new MediaMetadata({
      title: next.title, artist: one(".brand span")?.textContent ?? "", artwork: [{ src: assets + "/favicon.svg", type: "image/svg+xml" }],
    });
  }
  if (plays) play();
  show();
}

function play() {
  audio?.play().catch((error) => {
    if (error.name === "NotSupportedError") announce("This recording can't be played.");
  });
}

export function toggle() {
  if (!audio) return;
  if (!track) {
    const first = one("[data-play][data-follow]") ?? one("[data-play]");
    if (first) load(trackOf(first));
  } else if (audio.paused) play();
  else audio.pause();
}

/** Another variation of what plays goes on from the same moment, to be compared. @param {HTMLElement} button */
const positionFor = (button) => (audio && track && button.dataset.song === track.song ? audio.currentTime : 0);

/** @param {number} time @param {HTMLElement | null} [button] the song to seek in, when it isn't loaded yet */
export function seek(time, button) {
  if (!audio) return;
  if (button && sourceOf(button) !== track?.source) load(trackOf(button), time);
  else if (track) audio.currentTime = Math.min(Math.max(time, 0), audio.duration || time);
}

/** A stretch of a recording that plays again and again. @type {{source: string, from: number, to: number} | null} */
let stretch = null;

/** Repeats a stretch of what a button plays; null lets it go on. @param {HTMLElement} button @param {{from: number, to: number} | null} part */
export function repeat(button, part) {
  stretch = part && { source: sourceOf(button), ...part };
}

/** Back to the stretch's beginning at its end. */
function turnBack() {
  if (!audio || audio.paused || !stretch || stretch.source !== track?.source) return;
  // A moment after it, not far beyond: whoever seeks elsewhere wants to hear that.
  if (audio.currentTime >= stretch.to - 0.02 && audio.currentTime < stretch.to + 1) audio.currentTime = stretch.from;
}

/** @param {number} seconds */
export const seekBy = (seconds) => seek((audio?.currentTime ?? 0) + seconds);

export function mute() {
  if (audio) audio.muted = !audio.muted;
}

/** Brings every control in line with the audio. */
function show() {
  if (!audio) return;
  const plays = !audio.paused;
  for (const button of all("[data-play], #bar-play")) {
    const isThis = button.id === "bar-play" || sourceOf(button) === track?.source;
    button.classList.toggle("is-playing", isThis && plays);
    const name = button.dataset.title ?? "";
    button.setAttribute("aria-label", `${isThis && plays ? "Pause" : "Play"} ${name}`.trim());
  }
  one("#bar-mute")?.setAttribute("aria-pressed", String(audio.muted));
  tick();
}

function tick() {
  if (!audio) return;
  const { currentTime: time, duration } = audio;
  const now = one("#bar-now");
  if (now) now.textContent = clock(time);
  const length = one("#bar-length");
  if (length) length.textContent = clock(duration);
  if (seekBar && duration) {
    const share = time / duration;
    seekBar.value = String(Math.round(share * 1000));
    seekBar.style.setProperty("--played", `${share * 100}%`);
    seekBar.setAttribute("aria-valuetext", `${spoken(time)} of ${spoken(duration)}`);
    if ("mediaSession" in navigator && Number.isFinite(duration)) {
      navigator.mediaSession.setPositionState?.({ duration, position: Math.min(time, duration), playbackRate: audio.playbackRate });
    }
  }
  dispatchEvent(new CustomEvent("player"));
}

/** Smooth while it plays; the browser's own time updates come four times a second. */
function run() {
  turnBack();
  dispatchEvent(new CustomEvent("player"));
  if (audio && !audio.paused && !document.hidden) requestAnimationFrame(run);
}

if (audio) {
  for (const name of ["play", "pause", "ended", "volumechange", "loadedmetadata"]) audio.addEventListener(name, show);
  audio.addEventListener("timeupdate", turnBack);
  audio.addEventListener("timeupdate", tick);
  audio.addEventListener("play", run);
  audio.addEventListener("error", () => { if (track) announce("This recording can't be played."); });
  seekBar?.addEventListener("input", () => seek((Number(seekBar.value) / 1000) * (audio.duration || 0)));
  one("#bar-play")?.addEventListener("click", toggle);
  one("#bar-mute")?.addEventListener("click", mute);

  addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-play]") : null;
    if (!(button instanceof HTMLElement) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (sourceOf(button) === track?.source) toggle();
    else {
      queue = queueOf(button);
      load(trackOf(button), positionFor(button));
    }
  }, { capture: true });
  audio.addEventListener("ended", () => {
    const place = queue.findIndex(({ source }) => source === track?.source);
    if (place >= 0 && place + 1 < queue.length) load(queue[place + 1]);
  });

  addEventListener("pagehide", () => {
    memory.set("playing", track && { ...track, time: audio.currentTime });
  });
  const last = memory.get("playing");
  if (last?.source && last.time > 0) load(last, last.time, false);
  memory.set("playing", null);

  if ("mediaSession" in navigator) {
    /** @type {[MediaSessionAction, (details: MediaSessionActionDetails) => void][]} */
    const actions = [
      ["play", toggle], ["pause", toggle], ["seekbackward", () => seekBy(-10)], ["seekforward", () => seekBy(10)],
      ["seekto", (details) => seek(details.seekTime ?? 0)],
    ];
    for (const [name, run] of actions) navigator.mediaSession.setActionHandler(name, run);
  }

  let shown = location.href;
  onPage((main) => {
    const follow = one("[data-follow]", main);
    // The page of another variation of what plays; not the same page anew, where another one may have been chosen to play.
    if (follow && track && location.href !== shown && follow.dataset.song === track.song && sourceOf(follow) !== track.source) {
      load(trackOf(follow), positionFor(follow), !audio.paused);
    }
    shown = location.href;
    show();
  });
}
