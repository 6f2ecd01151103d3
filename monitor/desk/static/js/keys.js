// Single keys, off in fields, and switched off for good by who does not want them (WCAG 2.1.4).

const STORED = "livewatch-keys";
const bound = new Map();

export const enabled = () => localStorage.getItem(STORED) !== "off";

/** Binds a key to an act for this page. */
export function bind(key, act) {
  bound.set(key, act);
}

const dialog = document.getElementById("keys");
const box = document.getElementById("keys-on");
const hints = document.querySelectorAll("[data-keys-only]");

function show() {
  for (const hint of hints) hint.hidden = false;
  document.documentElement.dataset.keys = enabled() ? "on" : "off";
  box.checked = enabled();
}

box.addEventListener("change", () => {
  localStorage.setItem(STORED, box.checked ? "on" : "off");
  show();
});
for (const button of document.querySelectorAll("[data-open-keys]")) {
  button.addEventListener("click", () => dialog.showModal());
}
bind("?", () => dialog.showModal());

const isField = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!enabled() || dialog.open || isField(event.target)) return;
  const act = bound.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (!act) return;
  event.preventDefault();
  act();
});

// The clock of the top bar: it tells the time, so it goes; nothing else moves by itself.
const dateline = document.getElementById("dateline");
if (dateline) {
  const offset = Date.parse(dateline.dateTime) - Date.now();
  const weekdays = dateline.dataset.weekdays.split(",");
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
}

show();
