// Between the page and the extension: gathers lines, hands them on, and stops when told to.
(() => {
  const EVERY_MS = 500;
  const MOST_LINES = 2_000;
  const MOST_CHARACTERS = 8 * 2 ** 20;
  let lines = [];
  let characters = 0;
  let lost = null; // { from, until, count } of what found no room
  let timer = null;
  let stopped = false;

  function stop() {
    stopped = true;
    lines = [];
    document.dispatchEvent(new CustomEvent("livewatch-stop"));
  }

  function take(event) {
    if (stopped || typeof event.detail !== "string") return;
    const length = event.detail.length;
    if (lines.length >= MOST_LINES || characters + length > MOST_CHARACTERS) {
      const now = Date.now();
      lost = { from: lost?.from ?? now, until: now, count: (lost?.count ?? 0) + 1 };
      return;
    }
    lines.push(event.detail);
    characters += length;
    timer ??= setTimeout(hand, EVERY_MS);
  }

  async function hand() {
    const handed = lines;
    const missing = lost;
    lines = [];
    characters = 0;
    lost = null;
    try {
      const answer = await chrome.runtime.sendMessage({ kind: "lines", lines: handed, lost: missing });
      if (!answer?.on) stop();
    } catch {
      stop(); // the extension was reloaded or taken out
    }
    timer = lines.length && !stopped ? setTimeout(hand, EVERY_MS) : null;
  }

  document.addEventListener("livewatch-line", take);
  chrome.runtime.onMessage.addListener((message) => { if (message?.kind === "stop") stop(); });
})();
