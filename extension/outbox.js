// What waits for livewatch: bounded, sent in batches, tried again until it was taken.
import { Attempts } from "./attempts.js";
import { POST, retryAfter } from "./post.js";
import { headersFor } from "./signing.js";

const MOST_CHARACTERS = 32 * 2 ** 20;
const BATCH_LINES = 500;
const BATCH_CHARACTERS = 2 * 2 ** 20;
const ATTEMPT_MS = 30_000;

export class Outbox {
  #attempts = new Attempts(() => this.waiting || this.#lost.size, () => this.#attempt());
  #waiting = []; // { page, text, time }
  #characters = 0;
  #lost = new Map(); // by page: { from, until }
  #batch = null; // the one in work: it keeps its id and its bytes in every attempt
  #size = BATCH_LINES;

  constructor({ settings, isOn, count }) {
    this.settings = settings;
    this.isOn = isOn;
    this.count = count;
  }

  get waiting() {
    return this.#waiting.length + (this.#batch?.lines.length ?? 0);
  }

  add(page, lines) {
    for (const line of lines) {
      const text = JSON.stringify(line);
      if (this.#characters + text.length > MOST_CHARACTERS) {
        this.miss(page, line.time, line.until ?? line.time, 1);
      } else {
        this.#waiting.push({ page, text });
        this.#characters += text.length;
      }
    }
    this.#attempts.run();
  }

  // What was captured and cannot be sent is told as a gap: nothing is dropped in silence.
  miss(page, from, until, count) {
    const known = this.#lost.get(page.url);
    this.#lost.set(page.url, {
      page,
      from: Math.min(known?.from ?? from, from),
      until: Math.max(known?.until ?? until, until),
    });
    this.count({ dropped: count });
  }

  // A page was switched off: nothing of it is sent any more.
  forget(url) {
    const before = this.waiting;
    this.#waiting = this.#waiting.filter((one) => one.page.url !== url);
    this.#characters = this.#waiting.reduce((sum, one) => sum + one.text.length, 0);
    this.#lost.delete(url);
    if (this.#batch?.lines.some((one) => one.page.url === url)) {
      this.#waiting.unshift(...this.#batch.lines.filter((one) => one.page.url !== url));
      this.#batch.abort.abort();
      this.#batch = null;
    }
    this.count({ dropped: before - this.waiting });
  }

  // The settings changed, or somebody asks: does not wait any longer.
  wake() {
    this.#attempts.wake();
    this.#attempts.run();
  }

  #next() {
    const lines = [];
    for (const { page, from, until } of this.#lost.values()) {
      const gap = { type: "gap", time: from, until, url: page.url, room: page.room || undefined };
      if (page.room) lines.push({ page, text: JSON.stringify(gap) });
    }
    this.#lost.clear();
    let characters = 0;
    while (this.#waiting.length && lines.length < this.#size && characters < BATCH_CHARACTERS) {
      const one = this.#waiting.shift();
      characters += one.text.length;
      this.#characters -= one.text.length;
      lines.push(one);
    }
    const body = new TextEncoder().encode(lines.map((one) => one.text).join("\n"));
    return { id: `msg_${crypto.randomUUID()}`, lines, body, abort: new AbortController() };
  }

  // One attempt; how long to wait before the next, ms.
  async #attempt() {
    this.#batch ??= this.#next();
    const batch = this.#batch;
    if (!batch.lines.length) {
      this.#batch = null;
      return 0;
    }
    let answer;
    try {
      const { address, secret } = await this.settings();
      const headers = secret ? await headersFor(secret, batch.id, batch.body) : {};
      if (batch !== this.#batch) return 0;
      answer = await fetch(address, {
        ...POST,
        body: batch.body,
        headers: { "Content-Type": "application/x-ndjson", ...headers },
        signal: AbortSignal.any([batch.abort.signal, AbortSignal.timeout(ATTEMPT_MS)]),
      });
    } catch (error) {
      return batch === this.#batch ? this.#later("unreachable") : 0;
    }
    if (batch !== this.#batch) return 0;
    if (answer.status === 202) {
      const said = await answer.json().catch(() => ({}));
      this.count({ sent: batch.lines.length, events: said.accepted ?? 0, rejected: said.rejected_total ?? said.rejected?.length ?? 0 });
      this.count({ problem: "" });
      this.#batch = null;
      this.#attempts.settled();
      return 0;
    }
    if (answer.status === 413 && batch.lines.length > 1) {
      this.#size = Math.max(1, Math.floor(batch.lines.length / 2));
      for (const one of batch.lines) this.#characters += one.text.length;
      this.#waiting.unshift(...batch.lines);
      this.#batch = null;
      return 0;
    }
    if (answer.status === 413) {
      const { page, text } = batch.lines[0];
      const { time, until } = JSON.parse(text);
      this.#batch = null;
      this.miss(page, time, until ?? time, 1);
      return 0;
    }
    const busy = answer.status === 408 || answer.status === 429 || answer.status >= 500;
    return this.#later(busy ? "busy" : "refused", retryAfter(answer.headers.get("Retry-After")));
  }

  #later(problem, askedMs = 0) {
    this.count({ problem, retries: 1 });
    return this.#attempts.failed(askedMs);
  }
}
