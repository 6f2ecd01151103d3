// The alert page: keys, whose acts are forms that also work without this file, and what changes of
// the alert while somebody reads it.
import { bind } from "./keys.js";
import { page } from "./html.js";
import { heldBack, takeBack } from "./sending.js";
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

// The list marks the row that the reader comes back from.
sessionStorage.setItem("livewatch-alert-read", own);

// A draft lasts as long as the tab does, over a lost connection too, until the alert shows that it arrived.
const handling = () => document.getElementById("handle-form");
const DRAFT = `livewatch-draft ${own} ${handling()?.dataset.who}`;
const drafted = () => [...document.querySelectorAll(".closing :is(select, textarea)")];
const bare = (text) => text.replace(/\s+/g, " ").trim();

function keepDraft(sent) {
  const draft = Object.fromEntries(drafted().map((field) => [field.name, field.value]));
  if (draft.reason || draft.note) sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft, sent }));
  else sessionStorage.removeItem(DRAFT);
}

function takeUpDraft() {
  const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
  if (!draft) return;
  const state = document.getElementById("state");
  const arrived = state.dataset.status === "closed" && bare(state.querySelector(".hint")?.textContent ?? "") === bare(draft.note);
  if (draft.sent && arrived) return sessionStorage.removeItem(DRAFT);
  for (const field of drafted()) field.value ||= draft[field.name];
  if (closing()) closing().open = true;
}

let lost = false;

addEventListener("input", (event) => { if (drafted().includes(event.target)) keepDraft(false); });
addEventListener("submit", (event) => {
  if (event.target !== handling()) return;
  if (lost && heldBack(event, live.dataset.wordsNotSent)) return;
  if (event.submitter?.value === "closed") {
    keepDraft(true);
  } else {
    // Only closing takes along what was written for it.
    for (const field of drafted()) field.disabled = true;
  }
});
if (handling()) takeUpDraft();

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

// Somebody who has begun to fill in a form keeps what was chosen and written.
const isFilledIn = (form) => form.contains(document.activeElement)
  || [...form.querySelectorAll("input")].some((field) => field.value !== field.defaultValue)
  || [...form.querySelectorAll("textarea")].some((field) => field.value !== "")
  || [...form.querySelectorAll("select")].some((field) => field.value !== (field.querySelector("[selected]") ?? field.options[0]).value);

// Sections with work of their own under way stay as they are.
const stays = (section) => section.matches('[aria-labelledby="sealing"]') || [...section.querySelectorAll("form")].some(isFilledIn);

const details = (nodes) => nodes.flatMap((node) => [...node.querySelectorAll("details")]);

// A form that stays is told what became of the alert: its fields are the reader's, the rest is renewed.
function restate(section, theirs) {
  if (!section.querySelector("#handle-form")) return;
  section.querySelector("#state").replaceWith(theirs.querySelector("#state"));
  const form = section.querySelector("#handle-form");
  const [taken, take] = [section, theirs].map((part) => part.querySelector("#acknowledge"));
  if (take && !taken) form.prepend(take);
  else if (!take) taken?.remove();
  const ours = form.querySelector(".closing");
  const act = form.querySelector("#close, #reopen");
  const fresh = theirs.querySelector(ours ? "#close, #reopen" : ".closing, #reopen");
  if (act.id === fresh.id) return;
  form.querySelector("#unsent")?.remove();
  const unsent = theirs.querySelector("#unsent");
  act.replaceWith(fresh);
  if (unsent) {
    fresh.before(unsent);
    unsent.hidden = false;
  }
}

function replace(selector, now) {
  const here = document.querySelector(selector);
  const fresh = now.querySelector(selector);
  if (!here || !fresh) return;
  const kept = new Map();
  for (const section of here.children) {
    const theirs = fresh.querySelector(`:scope > [aria-labelledby="${section.getAttribute("aria-labelledby")}"]`);
    if (theirs && stays(section)) kept.set(theirs, section);
  }
  const staying = [...kept.values()];
  const open = details([...here.children].filter((part) => !staying.includes(part))).map((box) => box.open);
  const boxes = details([...fresh.children].filter((part) => !kept.has(part)));
  if (open.length === boxes.length) boxes.forEach((box, place) => { box.open ||= open[place]; });
  // What stays is not moved: taken out of the document, be it for a moment, a field loses focus, caret and
  // what an input method composes in it, and the letters that follow would be keys of this page.
  for (const node of [...here.childNodes]) if (!staying.includes(node)) node.remove();
  for (const node of [...fresh.childNodes]) {
    if (kept.has(node)) restate(staying.shift(), node);
    else if (staying.length) staying[0].before(node);
    else here.append(node);
  }
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
      for (const part of [".alert-head", ".alert-main", ".alert-side"]) replace(part, now);
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
    lost() {
      lost = true;
      tell("lost", live.dataset.wordsLost);
    },
    back() {
      lost = false;
      takeBack();
      tell("", "");
      renew();
    },
  });
}
