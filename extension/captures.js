// Screenshots on their way to livewatch: each a form with fields and then the file, signed like everything else.
import { Attempts } from "./attempts.js";
import { POST, retryAfter } from "./post.js";
import { headersFor } from "./signing.js";

const ATTEMPT_MS = 60_000;
const MOST = 8;

// What was on the page cannot be photographed again: a picture is kept until livewatch has taken it, or has
// said that it never will.
export class Captures {
  #attempts = new Attempts(() => this.#waiting.length, () => this.#attempt());
  #waiting = []; // { image, url, room, at, tell }
  last = {}; // what the latest attempt came to: { sha256 } or { problem }

  constructor(settings) {
    this.settings = settings;
  }

  get waiting() {
    return this.#waiting.length;
  }

  // Takes a picture on; what the first attempt came to.
  async supply(picture) {
    if (this.#waiting.length >= MOST) return { problem: "full" };
    const told = new Promise((tell) => this.#waiting.push({ ...picture, tell }));
    // Behind others that wait, it waits, too.
    if (this.#attempts.failing) return this.last;
    this.#attempts.run();
    return told;
  }

  // The settings changed: does not wait any longer.
  wake() {
    this.#attempts.wake();
  }

  // One attempt; how long to wait before the next, ms.
  async #attempt() {
    const [picture] = this.#waiting;
    const { askedMs = 0, ...came } = await send(await this.settings(), picture);
    this.last = came;
    if (came.sha256 || came.problem === "unfit") {
      this.#attempts.settled();
      this.#waiting.shift();
      picture.tell(came);
      return 0;
    }
    for (const one of this.#waiting) one.tell(came);
    return this.#attempts.failed(askedMs);
  }
}

// What became of it: { sha256 } of a capture that was taken, or { problem }.
async function send({ address, secret }, { image, url, room, at }) {
  // https://HOST/api/v1/events/NAME takes lines, …/captures/NAME screenshots.
  const target = address.replace("/api/v1/events/", "/api/v1/captures/");
  if (!address || target === address) return { problem: "settings" };
  const form = new FormData();
  for (const [name, value] of Object.entries({ at, sent: Date.now(), url, room })) {
    if (value) form.append(name, String(value));
  }
  form.append("file", await (await fetch(image)).blob(), "screenshot.png");
  // As bytes, since these are what is signed.
  const packed = new Response(form);
  const type = packed.headers.get("Content-Type");
  const body = new Uint8Array(await packed.arrayBuffer());
  try {
    const signed = secret ? await headersFor(secret, `msg_${crypto.randomUUID()}`, body) : {};
    const answer = await fetch(target, {
      ...POST,
      body,
      headers: { "Content-Type": type, ...signed },
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
    if (answer.ok) return { sha256: (await answer.json()).sha256 };
    const askedMs = retryAfter(answer.headers.get("Retry-After"));
    if ([408, 429].includes(answer.status) || answer.status >= 500) return { problem: "busy", askedMs };
    if ([413, 415, 422].includes(answer.status)) return { problem: "unfit" };
    return { problem: answer.status === 404 ? "captures" : "refused", askedMs };
  } catch {
    return { problem: "unreachable" };
  }
}
