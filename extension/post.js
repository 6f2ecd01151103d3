// How the extension sends anything: to the address of the settings alone, and with nothing of the browser's.
export const POST = {
  method: "POST",
  credentials: "omit",
  redirect: "error",
  cache: "no-store",
  referrerPolicy: "no-referrer",
};
