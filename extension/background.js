// Which pages are switched on, what they told, and what became of it.
import { Outbox } from "./outbox.js";
import { Captures } from "./captures.js";

const ZERO = { captured: 0, sent: 0, events: 0, rejected: 0, dropped: 0, retries: 0, problem: "" };
const session = chrome.storage.session;
const local = chrome.storage.local;
// Content scripts have no business with the secret.
local.setAccessLevel({ accessLevel: "TRUSTED_CONTEXTS" });

// Pages are on until the browser ends: nobody is watched because of a switch of last week.
let pages = session.get({ pages: {} }).then((found) => found.pages);
let counts = session.get({ counts: ZERO }).then((found) => ({ ...ZERO, ...found.counts }));

async function count(changes) {
  const now = await counts;
  for (const [name, value] of Object.entries(changes)) {
    if (name === "problem") now.problem = value;
    else now[name] += value;
  }
  await session.set({ counts: now });
  await badge();
}

const settings = () => local.get({ address: "", secret: "" });
const outbox = new Outbox({ settings, count });
const captures = new Captures(settings);

function pageOf(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function matchOf(url) {
  const { protocol, hostname, pathname } = new URL(url);
  return `${protocol}//${hostname}${pathname}`; // a pattern has no port; lines are checked against the whole address
}

async function badge() {
  const on = Object.keys(await pages).length;
  await chrome.action.setBadgeText({ text: on ? "ON" : "" });
  await chrome.action.setBadgeBackgroundColor({ color: (await counts).problem ? "#b42318" : "#067647" });
}

async function register() {
  const matches = [...new Set(Object.keys(await pages).map(matchOf))].flatMap((one) => [one, `${one}?*`]);
  const known = await chrome.scripting.getRegisteredContentScripts();
  if (known.length) await chrome.scripting.unregisterContentScripts();
  if (!matches.length) return;
  const common = { matches, runAt: "document_start", persistAcrossSessions: false };
  await chrome.scripting.registerContentScripts([
    { ...common, id: "bridge", js: ["bridge.js"], world: "ISOLATED" },
    { ...common, id: "page", js: ["page.js"], world: "MAIN" },
  ]);
}

async function switchOn({ url, room, tab }) {
  (await pages)[pageOf(url)] = { url: pageOf(url), room: room.trim() };
  await session.set({ pages: await pages });
  await register();
  await badge();
  // A socket that is open already cannot be listened to.
  if (tab !== undefined) await chrome.tabs.reload(tab);
}

async function switchOff({ url, tab }) {
  delete (await pages)[pageOf(url)];
  await session.set({ pages: await pages });
  outbox.forget(pageOf(url));
  await register();
  await badge();
  if (tab !== undefined) await chrome.tabs.sendMessage(tab, { kind: "stop" }).catch(() => {});
}

// What a page says is not trusted: only the members of a line are taken, and the room is the officer's.
function lineOf(text, page) {
  try {
    const { time, until, type, opcode, data, url, reason } = JSON.parse(text);
    if (!Number.isFinite(time) || !["receive", "answer", "gap"].includes(type)) return null;
    return { time, until, type, opcode, data, url, reason, room: page.room || undefined };
  } catch {
    return null;
  }
}

async function take({ lines, lost }, sender) {
  const page = sender.url && (await pages)[pageOf(sender.url)];
  if (!page) return { on: false };
  const read = lines.map((text) => lineOf(text, page)).filter((line) => line !== null);
  await count({ captured: read.length });
  if (lost) outbox.miss(page, lost.from, lost.until, lost.count);
  outbox.add(page, read);
  return { on: true };
}

async function state({ url }) {
  const { address, secret } = await settings();
  return {
    page: (url && (await pages)[pageOf(url)]) || null,
    counts: { ...(await counts), waiting: outbox.waiting },
    pictures: { waiting: captures.waiting, last: captures.last },
    address,
    hasSecret: Boolean(secret),
  };
}

async function save({ address, secret }) {
  await local.set({ address, ...(secret === undefined ? {} : { secret }) });
  outbox.wake();
  captures.wake();
}

// A screenshot that the officer takes of the page before him: sent at once, told whether it was taken, and kept
// until it is.
async function capture({ image, url, room, at }) {
  return captures.supply({ image, url: pageOf(url), room: room.trim(), at });
}

const ASKED = { on: switchOn, off: switchOff, state, save, capture };

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  const ours = sender.url?.startsWith(chrome.runtime.getURL(""));
  // A page that was taken over can only send lines, and only of itself.
  const work = message.kind === "lines" ? take(message, sender) : ours && ASKED[message.kind]?.(message);
  if (!work) return false;
  work.then((done) => answer(done ?? {}), (error) => answer({ error: String(error) }));
  return true;
});
