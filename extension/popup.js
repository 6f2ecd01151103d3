import { parseSecret } from "./signing.js";

const text = (name) => chrome.i18n.getMessage(name);
const find = (id) => document.getElementById(id);
const ask = (message) => chrome.runtime.sendMessage(message);
const FIGURES = ["captured", "sent", "events", "waiting", "rejected", "dropped", "retries"];

document.documentElement.lang = chrome.i18n.getUILanguage();
for (const element of document.querySelectorAll("[data-text]")) {
  element.textContent = text(element.dataset.text);
}

const asked = new URLSearchParams(location.search).get("tab");
const tab = asked
  ? await chrome.tabs.get(Number(asked))
  : (await chrome.tabs.query({ active: true, currentWindow: true }))[0];
const url = /^https?:/.test(tab?.url ?? "") ? tab.url : null;
let on = false;
let address = "";
let photographing = false;
let unsent = null; // why the latest picture never came to be sent

function complain(name) {
  find("problem").hidden = !name;
  find("problem").textContent = name ? text(`problem_${name}`) : "";
}

// What became of the latest picture, and how many wait to be sent again.
function tell({ waiting, last }) {
  const taken = last.sha256 ? `${text("capture_taken")} ${last.sha256.slice(0, 16)}` : "";
  const problem = last.problem ? text(`problem_${last.problem}`) : "";
  const more = waiting ? `${text("captures_waiting")} ${waiting}` : "";
  find("captured-as").textContent = [taken || problem, more].filter(Boolean).join(" · ");
}

async function show() {
  const state = await ask({ kind: "state", url });
  on = Boolean(state.page);
  address = state.address;
  document.body.classList.toggle("on", on);
  find("state").textContent = text(on ? "is_on" : "is_off");
  find("switch").textContent = text(on ? "switch_off" : "switch_on");
  find("switch").disabled = !url || (!on && !address);
  find("room").disabled = on;
  find("capture").disabled = !url || !address;
  if (on) find("room").value = state.page.room;
  for (const name of FIGURES) find(name).textContent = String(state.counts[name]);
  if (!photographing) tell(unsent ? { ...state.pictures, last: unsent } : state.pictures);
  complain(state.counts.problem || (url ? "" : "page") || (address ? "" : "settings"));
  return state;
}

const first = await show();
find("page").textContent = url ? new URL(url).host + new URL(url).pathname : "";
if (!on && url) find("room").value = new URL(url).pathname.match(/\d{3,}(?=\/?$)/)?.[0] ?? "";
find("address").value = first.address;
if (first.hasSecret) find("secret").placeholder = text("secret_kept");

find("switch").addEventListener("click", async () => {
  if (on) {
    await ask({ kind: "off", url, tab: tab.id });
  } else {
    const { protocol, hostname } = new URL(url);
    // Asked for now, for this site alone.
    if (!(await chrome.permissions.request({ origins: [`${protocol}//${hostname}/*`] }))) return;
    await ask({ kind: "on", url, room: find("room").value, tab: tab.id });
  }
  await show();
});

// One picture of what the officer sees, by his own click: nothing is photographed by itself.
find("capture").addEventListener("click", async () => {
  photographing = true;
  find("captured-as").textContent = "";
  const at = Date.now();
  let came;
  try {
    const image = await chrome.tabs.captureVisibleTab(tab.windowId, { format: "png" });
    came = await ask({ kind: "capture", image, url, room: find("room").value, at });
  } catch {
    came = { problem: "picture" };
  }
  unsent = ["picture", "full"].includes(came?.problem) ? came : null;
  photographing = false;
  await show();
});

find("settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = find("secret").value;
  const wanted = new URL(find("address").value);
  const own = ["127.0.0.1", "localhost", "[::1]"].includes(wanted.hostname);
  if (wanted.protocol !== "https:" && !own) return complain("plain");
  try {
    if (given) parseSecret(given);
  } catch {
    return complain("secret");
  }
  const origins = [`${wanted.protocol}//${wanted.hostname}/*`];
  if (!(await chrome.permissions.request({ origins }))) return;
  await ask({ kind: "save", address: wanted.href, secret: given || undefined });
  find("secret").value = "";
  await show();
});

// From now on it is here that the form is sent, and nothing is written over what is filled in.
find("settings").firstElementChild.disabled = false;
setInterval(show, 1_000);
