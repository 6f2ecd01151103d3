// How the extension sends anything: to the address of the settings alone, and with nothing of the browser's.
export const POST = {
  method: "POST",
  credentials: "omit",
  redirect: "error",
  cache: "no-store",
  referrerPolicy: "no-referrer",
};

const LONGEST_ASKED_MS = 600_000;

// How long an answer asks to wait, ms; 0: it does not ask.
export function retryAfter(text) {
  if (!text) return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_ASKED_MS) : 0;
}
