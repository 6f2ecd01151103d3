// The feed: what changes is written into the rows where they stand, what is new is counted in the
// bar and shown on request. Rows never move by themselves.
import { bind } from "./keys.js";
import { element, page } from "./html.js";
import { heldBack, takeBack } from "./sending.js";
import { follow } from "./stream.js";
import { lookAtWatch, writeCounts } from "./times.js";

const LEVELS = ["lead", "watch", "info"];
const feed = document.getElementById("feed");
let bar = document.getElementById("livebar");
let seq = Number(bar.dataset.seq);
let known = seq;
let waiting = new Map();
let paused = 0;
let lostSince = 0;
let busy = false;
let filling = false;
let ticking = 0;

// What is new ---------------------------------------------------------------------------------

const clock = (at) => new Date(at).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function draw() {
  const words = bar.dataset;
  const count = waiting.size;
  bar.dataset.state = lostSince ? "lost" : paused ? "paused" : count ? "new" : "idle";
  const told = document.getElementById("live-count");
  const text = count ? fill(count === 1 ? words.wordsOne : words.wordsMany, { n: count }) : "";
  if (told.textContent !== text && !paused) told.textContent = text;
  for (const level of LEVELS) {
    const number = [...waiting.values()].filter((entry) => entry === level).length;
    const shown = bar.querySelector(`.live-levels [data-level="${level}"]`);
    shown.hidden = number === 0;
    shown.querySelector("[data-count]").textContent = number;
  }
  if (paused) document.getElementById("live-waiting").textContent = fill(words.wordsWaiting, { time: clock(paused), n: count });
  clearInterval(ticking);
  if (lostSince) {
    const tell = () => {
      document.getElementById("live-lost-for").textContent = fill(words.wordsLost, { n: Math.max(1, Math.round((Date.now() - lostSince) / 1000)) });
    };
    tell();
    ticking = setInterval(tell, 1000);
  }
}

function write(item) {
  const row = feed.querySelector(`.row[data-id="${CSS.escape(item.id)}"]`);
  if (!row) return;
  const now = element(item.html);
  row.dataset.level = item.level;
  row.dataset.status = item.status;
  for (const part of now.querySelectorAll("[data-part]")) {
    const here = row.querySelector(`[data-part="${part.dataset.part}"]`);
    if (here.innerHTML === part.innerHTML) continue;
    // The title keeps the keyboard's focus.
    const focused = here.contains(document.activeElement);
    here.replaceChildren(...part.childNodes);
    if (focused) here.querySelector("a")?.focus({ preventScroll: true });
  }
}

// What rooms and matters come to is of the whole filter, not of the rows that stand here.
function head(summary, html) {
  if (summary) summary.replaceChildren(...element(`<div>${html}</div>`).childNodes);
}
function writeHeads(found) {
  for (const { key, html } of found.groups) head(feed.querySelector(`.group[data-group="${CSS.escape(key)}"] > summary`), html);
  for (const { room, matter, html } of found.matters) {
    const place = room ? `.group[data-group="${CSS.escape(room)}"] ` : "";
    head(feed.querySelector(`${place}details[data-matter="${CSS.escape(matter)}"] > summary`), html);
  }
}

async function refresh() {
  if (busy) return;
  busy = true;
  try {
    while (known > seq) {
      const asked = seq;
      const answer = await fetch(`${bar.dataset.fresh}${bar.dataset.fresh.includes("?") ? "&" : "?"}seq=${seq}&number=${bar.dataset.number}`);
      if (!answer.ok) break;
      const found = await answer.json();
      if (asked !== seq) continue; // the list was renewed meanwhile
      for (const item of found.items) {
        if (item.new && item.matches) waiting.set(item.id, item.level);
        else if (item.new) waiting.delete(item.id);
        else if (!paused) write(item);
      }
      if (!paused) writeHeads(found);
      writeCounts(found.counts);
      seq = found.more || found.seq > seq ? found.seq : known;
      draw();
    }
  } catch {
    // The stream says when the server is back, and asks again.
  } finally {
    busy = false;
  }
  if (waiting.size && !paused) {
    if (bar.dataset.auto === "true") {
      filling = true;
      await show();
      lookAtWatch();
    } else if (filling && hasRoom()) {
      // Folded rows are not put under others one by one.
      await (feed.querySelector(".matter") ? show() : append());
    }
  }
}

// A list that began empty goes on filling downwards while there is blank paper below it: nothing
// that stands there moves.
const hasRoom = () => document.documentElement.scrollHeight <= window.innerHeight;

async function append() {
  const answer = await fetch(bar.dataset.first);
  if (!answer.ok) return;
  const now = page(await answer.text());
  const fresh = now.getElementById("livebar").dataset;
  for (const row of now.querySelectorAll(".row")) {
    if (feed.querySelector(`.row[data-id="${CSS.escape(row.dataset.id)}"]`)) continue;
    const group = row.closest(".group");
    const last = feed.querySelector("#rows > .group:last-child");
    if (group && last?.dataset.group === group.dataset.group) {
      last.querySelector(".rows").append(row);
    } else if (group && !feed.querySelector(`.group[data-group="${CSS.escape(group.dataset.group)}"]`)) {
      feed.querySelector("#rows").append(group);
    } else {
      waiting.set(row.dataset.id, row.dataset.level);
      continue;
    }
    tint(row);
    waiting.delete(row.dataset.id);
  }
  for (const group of now.querySelectorAll(".group")) {
    const here = feed.querySelector(`.group[data-group="${CSS.escape(group.dataset.group)}"] > summary`);
    if (here !== group.firstElementChild) here?.replaceChildren(...group.querySelector("summary").childNodes);
  }
  renew(now, ".views", ".topbar nav", "#place");
  Object.assign(bar.dataset, { seq: fresh.seq, number: fresh.number });
  seq = Number(fresh.seq);
  draw();
}

function renew(now, ...places) {
  for (const place of places) document.querySelector(place).replaceChildren(...now.querySelector(place).childNodes);
}

function tint(row) {
  row.classList.add("fresh");
  setTimeout(() => row.classList.remove("fresh"), 2000);
}

const key = (details) => [details.closest(".group")?.dataset.group, details.dataset.matter].join(" ");

async function show() {
  const asked = [...waiting.keys()];
  const before = new Set([...feed.querySelectorAll(".row")].map((row) => row.dataset.id));
  const answer = await fetch(bar.dataset.first);
  if (!answer.ok) return;
  const now = page(await answer.text());
  const closed = new Set([...feed.querySelectorAll(".group:not([open])")].map((group) => group.dataset.group));
  const unfolded = new Set([...feed.querySelectorAll("details[data-matter][open]")].map(key));
  const chosen = new Set([...feed.querySelectorAll(".pick input:checked")].map((input) => input.value));
  feed.replaceChildren(...now.getElementById("feed").childNodes);
  renew(now, ".topbar nav", "#place");
  if (location.search.includes("cursor=")) history.replaceState(null, "", bar.dataset.first);
  bar = document.getElementById("livebar");
  seq = Number(bar.dataset.seq);
  waiting = new Map();
  for (const group of feed.querySelectorAll(".group")) if (closed.has(group.dataset.group)) group.open = false;
  for (const details of feed.querySelectorAll("details[data-matter]")) details.open = unfolded.has(key(details));
  for (const input of feed.querySelectorAll(".pick input")) input.checked = chosen.has(input.value);
  for (const row of feed.querySelectorAll(".row")) {
    if (before.size && !before.has(row.dataset.id)) tint(row);
  }
  wire();
  draw();
  countChosen();
  elsewhere(asked.filter((id) => !feed.querySelector(`.row[data-id="${CSS.escape(id)}"]`)).length);
  const first = visible().find((row) => row.classList.contains("fresh")) ?? visible()[0];
  if (first) mark(first);
  if (known > seq) refresh();
}

// In another order than by their novelty, new alerts may stand on a later page.
function elsewhere(count) {
  const told = document.getElementById("elsewhere");
  told.hidden = count === 0 || !bar.dataset.byNewest;
  if (told.hidden) return;
  const link = document.createElement("a");
  link.href = bar.dataset.byNewest;
  link.textContent = bar.dataset.wordsByNewest;
  told.replaceChildren(`${fill(bar.dataset.wordsElsewhere, { n: count })} `, link);
}

function pause(on) {
  paused = on ? Date.now() : 0;
  draw();
  if (!on) show();
}

function wire() {
  document.getElementById("live-show").addEventListener("click", (event) => { event.preventDefault(); show(); });
  document.getElementById("live-pause").addEventListener("click", () => pause(true));
  document.getElementById("live-resume").addEventListener("click", () => pause(false));
  document.getElementById("live-reconnect").addEventListener("click", () => stream.reconnect());
}

function countChosen() {
  const told = document.getElementById("bulk-count");
  if (told) told.textContent = fill(told.dataset.words, { n: feed.querySelectorAll(".pick input:checked").length });
}

addEventListener("submit", (event) => {
  if (event.target === document.getElementById("bulk") && lostSince) heldBack(event, bar.dataset.wordsFailed);
});

// The keyboard --------------------------------------------------------------------------------

let current = null;
const visible = () => [...feed.querySelectorAll(".row")].filter((row) => !row.closest("details:not([open])"));

function mark(row) {
  feed.querySelector(".row.current")?.classList.remove("current");
  current = row.dataset.id;
  row.classList.add("current");
}
const marked = () => feed.querySelector(`.row[data-id="${CSS.escape(current ?? "")}"]`) ?? visible()[0];

function move(step) {
  const rows = visible();
  if (!rows.length) return;
  const place = rows.indexOf(marked());
  const focused = feed.contains(document.activeElement) && document.activeElement.classList.contains("row-title");
  // The first key only takes up the row that is marked.
  const next = rows[Math.max(0, Math.min(rows.length - 1, focused ? place + step : Math.max(place, 0)))];
  mark(next);
  next.querySelector(".row-title").focus();
  next.scrollIntoView({ block: "nearest" });
}

function foldMatter() {
  const row = marked();
  const details = row?.closest("details[data-matter]") ?? row?.nextElementSibling?.querySelector("details[data-matter]");
  if (!details) return;
  details.open = !details.open;
  const first = details.open ? details.querySelector(".row") : details.closest("li").previousElementSibling;
  if (!first) return;
  mark(first);
  first.querySelector(".row-title").focus();
}

const openRow = () => marked()?.querySelector(".row-title").click();

async function acknowledge() {
  const row = marked();
  if (!row || row.dataset.status !== "new") return;
  const who = document.querySelector("#bulk [name=who]")?.value.trim();
  let answer;
  try {
    answer = await fetch(`/api/v1/alerts/${encodeURIComponent(row.dataset.id)}/acknowledge`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(who ? { who } : { who: bar.dataset.nameless }),
    });
  } catch {
    answer = { ok: false };
  }
  // A key that did nothing says so where it was meant.
  const told = row.querySelector("[data-part=handling]");
  told?.querySelector(".error-words")?.remove();
  if (!answer.ok && told) {
    const words = document.createElement("small");
    words.className = "error-words";
    words.setAttribute("role", "alert");
    words.textContent = bar.dataset.wordsFailed;
    told.append(words);
  }
  if (answer.ok) {
    // The change also comes by the stream; asking at once answers the key.
    known = Math.max(known, (await answer.json()).seq);
    refresh();
  }
}

bind("j", () => move(1));
bind("k", () => move(-1));
bind("o", openRow);
bind("f", foldMatter);
bind("x", () => {
  const box = marked()?.querySelector(".pick input");
  if (box) box.click();
});
// What the reader may not do has no form, and no key.
const mayHandle = () => document.getElementById("bulk") !== null;
// With rows chosen the keys are about these, as the bar above them is, and not about the marked one.
const inBar = (place) => feed.querySelector(".pick input:checked") && document.querySelector(`#bulk ${place}`);
bind("a", () => {
  const button = inBar('[value="acknowledged"]');
  if (button) button.click();
  else if (mayHandle()) acknowledge();
});
bind("e", () => {
  const reason = inBar('[name="reason"]');
  if (reason) return reason.focus();
  const link = mayHandle() && marked()?.querySelector(".row-title");
  if (link) location.assign(`${link.href}#to-close`);
});
bind("n", () => { if (waiting.size) show(); });
bind("p", () => pause(!paused));
bind("/", () => {
  const add = feed.querySelector(".chip:has([data-search]) details, .chip-add");
  if (!add) return;
  add.open = true;
  add.querySelector("[data-search]").focus();
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = feed.querySelector(".chips details[open], .feed-options details[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".chips details[open], .feed-options details[open], .menu-small[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
feed.addEventListener("change", (event) => {
  if (event.target.closest(".pick")) countChosen();
});
feed.addEventListener("focusin", (event) => {
  const row = event.target.closest(".row");
  if (row) mark(row);
});

// Who comes back from an alert stands at its row or, where that is gone, at the next that is still there.
const LEFT = "livewatch-rows-left";
addEventListener("pagehide", () => sessionStorage.setItem(LEFT, JSON.stringify(visible().map((row) => row.dataset.id))));

function comeBack() {
  const read = sessionStorage.getItem("livewatch-alert-read");
  sessionStorage.removeItem("livewatch-alert-read");
  if (!read) return false;
  const left = JSON.parse(sessionStorage.getItem(LEFT) ?? "[]");
  const ids = left.includes(read) ? left.slice(left.indexOf(read)) : [read];
  const row = ids.map((id) => feed.querySelector(`.row[data-id="${CSS.escape(id)}"]`)).find(Boolean);
  if (!row) return false;
  for (let box = row.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  mark(row);
  row.scrollIntoView({ block: "nearest" });
  return true;
}

wire();
draw();
if (!comeBack() && visible()[0]) mark(visible()[0]);
const stream = follow(seq, {
  changed(number) {
    known = number;
    lostSince = 0;
    takeBack();
    draw();
    refresh();
  },
  lost(since) { lostSince = since; draw(); },
  back() { lostSince = 0; takeBack(); draw(); },
});
