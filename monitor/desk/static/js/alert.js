// The alert page: keys, whose acts are forms that also work without this file, and what changes of
// the alert while somebody reads it.
import { bind } from "./keys.js";
import { page } from "./html.js";
import { follow } from "./stream.js";

const own = document.body.dataset.alert;
const live = document.getElementById("live");
const closing = () => document.querySelector(".closing");

// Where it cannot be seen whole, the curve is seen at its end: there stands the alert.
function showEnds() {
  for (const box of document.querySelectorAll(".curve .scroll")) box.scrollLeft = box.scrollWidth;
}

function openClosing() {
  if (!closing()) return;
  closing().open = true;
  document.getElementById("reason").focus();
}

bind("u", () => location.assign(document.body.dataset.back));
bind("a", () => document.getElementById("acknowledge")?.click());
bind("e", openClosing);
showEnds();
if (location.hash === "#to-close") openClosing();

// What changes --------------------------------------------------------------------------------

let seq = Number(document.body.dataset.seq);
let busy = false;
let again = false;

function tell(state, words) {
  live.dataset.state = state;
  live.textContent = words;
}

// Somebody who is about to close the alert keeps what was chosen and written.
function isFilledIn() {
  const form = document.getElementById("handle-form");
  if (!form) return false;
  const changed = [...form.querySelectorAll("select, textarea")].some((field) => field.value !== "");
  return changed || form.contains(document.activeElement);
}

function replace(selector, now, kept) {
  const here = document.querySelector(selector);
  const fresh = now.querySelector(selector);
  if (!here || !fresh) return;
  for (const id of kept) {
    // Sections with work of their own under way stay as they are.
    const section = here.querySelector(`[aria-labelledby="${id}"]`);
    const theirs = fresh.querySelector(`[aria-labelledby="${id}"]`);
    if (section && theirs) theirs.replaceWith(section);
  }
  const open = [...here.querySelectorAll("details")].map((box) => box.open);
  const boxes = [...fresh.querySelectorAll("details")];
  if (open.length === boxes.length) boxes.forEach((box, place) => { box.open ||= open[place]; });
  here.replaceWith(fresh);
}

async function renew() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    do {
      again = false;
      const answer = await fetch(`${location.pathname}${location.search}`);
      if (!answer.ok) break;
      const now = page(await answer.text());
      const reached = Number(now.body.dataset.seq);
      if (now.body.dataset.alert !== own || reached <= seq) continue;
      seq = reached;
      replace(".alert-head", now, []);
      replace(".alert-main", now, ["sealing"]);
      replace(".alert-side", now, isFilledIn() ? ["handling"] : []);
      showEnds();
      tell("changed", live.dataset.wordsChanged.replace("{time}", now.getElementById("dateline").textContent.split(" ").pop()));
    } while (again);
  } catch {
    // The stream says when the server is back, and asks again.
  } finally {
    busy = false;
  }
}

if (live) {
  follow(Number(document.body.dataset.newest), {
    changed(_, id) {
      if (id === undefined || id === own) renew();
    },
    lost() { tell("lost", live.dataset.wordsLost); },
    back() {
      tell("", "");
      renew();
    },
  });
}
