// Attempts one after another while something waits to be sent; after a failure a while lies between them.
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

export class Attempts {
  #isLeft;
  #attempt; // one attempt; how long to wait before the next, ms
  #running = false;
  #failures = 0;
  #wake = null;

  constructor(isLeft, attempt) {
    this.#isLeft = isLeft;
    this.#attempt = attempt;
  }

  get failing() {
    return this.#failures > 0;
  }

  // One is done with: the next failure is the first one.
  settled() {
    this.#failures = 0;
  }

  // It was not taken: how long to wait before the next attempt, ms.
  failed(askedMs = 0) {
    const limit = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures++, 10));
    return Math.max(askedMs, Math.random() * limit, 50);
  }

  // Does not wait any longer.
  wake() {
    this.#wake?.();
  }

  async run() {
    if (this.#running) return;
    this.#running = true;
    // A waiting worker without calls is ended by the browser after 30 s.
    const alive = setInterval(() => chrome.runtime.getPlatformInfo(), 20_000);
    try {
      while (this.#isLeft()) {
        const wait = await this.#attempt();
        if (wait) {
          await new Promise((done) => {
            this.#wake = done;
            setTimeout(done, wait);
          });
        }
      }
    } finally {
      clearInterval(alive);
      this.#running = false;
    }
  }
}
