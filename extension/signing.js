// Standard Webhooks: HMAC-SHA256 over id.timestamp.body, the secret written whsec_ and base64.
export function parseSecret(text) {
  const bytes = Uint8Array.from(atob(text.trim().replace(/^whsec_/, "")), (c) => c.charCodeAt(0));
  if (bytes.length < 24 || bytes.length > 64) throw new Error("24–64");
  return bytes;
}

export async function headersFor(secret, id, body) {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", parseSecret(secret), algorithm, false, ["sign"]);
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${btoa(String.fromCharCode(...mac))}`,
  };
}
