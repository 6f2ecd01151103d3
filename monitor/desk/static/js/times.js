// What tells the time has to stay true: the clock, “19 秒前”, and the state of the watch.
import { page } from "./html.js";

const WATCH_MS = 15_000;
const AGO_MS = 10_000;

const dateline = document.getElementById("dateline");
// The server's clock, not that of this machine.
const offset = Date.parse(dateline.dateTime) - Date.now();
const weekdays = dateline.dataset.weekdays.split(",");
const ago = JSON.parse(dateline.dataset.ago);
const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Asia/Shanghai", hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});

setInterval(() => {
  const now = new Date(Date.now() + offset);
  const found = Object.fromEntries(parts.formatToParts(now).map((part) => [part.type, part.value]));
  const day = new Date(`${found.year}-${found.month}-${found.day}T00:00:00Z`).getUTCDay();
  dateline.textContent = `${found.year}-${found.month}-${found.day} ${weekdays[(day + 6) % 7]} ${found.hour}:${found.minute}:${found.second}`;
}, 1000);

function words(at) {
  const seconds = Math.floor((Date.now() + offset - at) / 1000);
  if (seconds < -60) return "";
  if (seconds < 2) return ago.now;
  const [name, unit] = seconds < 60 ? ["seconds", 1] : seconds < 3600 ? ["minutes", 60] : seconds < 86_400 ? ["hours", 3600] : ["days", 86_400];
  return ago[name].replace("{n}", Math.floor(seconds / unit));
}

setInterval(() => {
  for (const place of document.querySelectorAll(".row .when")) {
    const text = words(Date.parse(place.querySelector("time").dateTime));
    const small = place.querySelector("small");
    if (small.textContent !== text) small.textContent = text;
  }
}, AGO_MS);

/** Writes the numbers of the navigation and of the views where they stand. */
export function writeCounts(counts) {
  for (const place of document.querySelectorAll(".number[data-number]")) place.textContent = counts[place.dataset.number] ?? place.textContent;
}

const watch = document.getElementById("watch");
/** Asks how the watch is and what the navigation counts. */
export async function lookAtWatch() {
  if (document.hidden || !watch) return;
  try {
    const answer = await fetch("/watch");
    // The session has ended: the page that is asked for anew is the one to sign in.
    if (answer.status === 401) location.reload();
    if (!answer.ok) return;
    const found = await answer.json();
    watch.replaceChildren(...page(found.html).body.childNodes);
    writeCounts(found.counts);
  } catch {
    watch.textContent = watch.dataset.lost;
  }
}
setInterval(lookAtWatch, WATCH_MS);
addEventListener("visibilitychange", lookAtWatch);
