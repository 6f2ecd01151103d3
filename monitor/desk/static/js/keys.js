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

show();
