// One stream of changes for all tabs of this browser. A browser keeps six connections to a host;
// a stream per tab would leave none for the seventh. The tab that holds the lock has the stream,
// the others hear it through a channel; when it is closed, the next one in line takes over.

import { lookAtWatch } from "./times.js";

const CHANNEL = "livewatch-alerts";
const LOCK = "livewatch-alerts-stream";
const RETRY_MS = 2000;

/**
 * Follows changes of alerts.
 *
 * @param {number} seq the change that the page knows
 * @param {{changed: (seq: number, id?: string) => void, lost: (since: number) => void, back: () => void}} told
 *   `id` is the alert that changed; without one, any may have
 * @returns {{reconnect: () => void}}
 */
export function follow(seq, told) {
  const channel = new BroadcastChannel(CHANNEL);
  let newest = seq;
  let leading = false;
  let source = null;
  let retry = 0;
  let lostSince = 0;

  const reached = (number, id) => {
    newest = Math.max(newest, number);
    told.changed(newest, id);
  };
  const lost = () => {
    if (lostSince === 0) {
      lostSince = Date.now();
      told.lost(lostSince);
      if (leading) channel.postMessage({ kind: "lost", since: lostSince });
    }
  };
  const back = () => {
    if (lostSince !== 0) {
      lostSince = 0;
      told.back();
    }
    if (leading) channel.postMessage({ kind: "back", seq: newest });
  };

  const open = () => {
    clearTimeout(retry);
    source?.close();
    source = new EventSource(`/api/v1/alerts/stream?fields=brief&last=${newest}`);
    const hear = (event) => {
      const number = Number(event.lastEventId);
      back();
      // Another store has numbers of its own: nothing on this page holds there.
      if (event.type === "resync" && number < newest) { location.reload(); return; }
      const id = event.type === "alert" ? JSON.parse(event.data).id : undefined;
      reached(number, id);
      channel.postMessage({ kind: "seq", seq: number, id });
    };
    for (const name of ["alert", "hello", "resync"]) source.addEventListener(name, hear);
    source.addEventListener("error", () => {
      lost();
      // The browser tries again by itself, unless the answer was no stream at all.
      if (source.readyState === EventSource.CLOSED) {
        retry = setTimeout(open, RETRY_MS);
        lookAtWatch(); // was it the end of the session?
      }
    });
  };

  channel.addEventListener("message", ({ data }) => {
    if (data.kind === "ask" && leading) {
      channel.postMessage(lostSince ? { kind: "lost", since: lostSince } : { kind: "seq", seq: newest });
    } else if (data.kind === "reconnect" && leading) {
      open();
    } else if (leading) {
      return;
    } else if (data.kind === "seq") {
      reached(data.seq, data.id);
    } else if (data.kind === "lost" && lostSince === 0) {
      lostSince = data.since;
      told.lost(data.since);
    } else if (data.kind === "back") {
      back();
      reached(data.seq);
    }
  });
  // Whoever leads now may know of changes that are newer than this page.
  channel.postMessage({ kind: "ask" });

  const lead = () => {
    leading = true;
    document.documentElement.dataset.stream = "leader";
    open();
    return new Promise(() => {});
  };
  if (navigator.locks) {
    navigator.locks.request(LOCK, lead);
  } else {
    lead();
  }
  // A page in the back/forward cache would keep lock and connection.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  return {
    reconnect() {
      if (leading) open();
      else channel.postMessage({ kind: "reconnect" });
    },
  };
}
