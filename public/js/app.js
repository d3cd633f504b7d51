// @ts-check
/** What every page loads; the modules of one page come when that page does. */
import { start as startCore } from "./core.js";
import { onPage } from "./nav.js";
import "./live.js";
import "./player.js";
import "./keys.js";

onPage(startCore);
onPage(async (main) => {
  switch (main.dataset.page) {
    case "create": (await import("./create.js")).start(main); break;
    case "change":
    case "use": (await import("./change.js")).start(main); break;
    case "uploads": (await import("./uploads.js")).start(main); break;
    case "upload": {
      const waveform = await import("./waveform.js");
      waveform.start(main);
      waveform.startSections(main);
      if (main.querySelector("[data-karaoke]")) (await import("./lyrics.js")).start(main);
      (await import("./upload.js")).start(main);
      break;
    }
    case "shared":
      if (main.querySelector("[data-karaoke]")) (await import("./lyrics.js")).start(main);
      break;
    case "library": (await import("./library.js")).start(main); break;
    case "job": {
      const waveform = await import("./waveform.js");
      waveform.start(main);
      waveform.startSections(main);
      if (main.querySelector("[data-karaoke]")) (await import("./lyrics.js")).start(main);
      if (main.querySelector("[data-notation]")) (await import("./notation.js")).start(main);
      if (main.querySelector("[data-stems]:not([data-stems=none])")) (await import("./stems.js")).start(main);
      break;
    }
  }
});
