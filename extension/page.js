// In the page's own world: copies what the page receives, and changes nothing of it.
// Only messages that come in are looked at; what the page sends is left alone.
(() => {
  if (window.__livewatch) return;
  Object.defineProperty(window, "__livewatch", { value: true });

  const LONGEST = 4 * 2 ** 20; // of one message or answer, bytes
  // Answers that say what is shown in the room; everything else, logins and orders among it, is not copied.
  const KNOWN = new RegExp(
    '"(?:comment_infos|commentList|promotions|timestampList|liveInfo|msgList|appMsgList' +
      '|room_cart|room_view_stats|continuationContents|replayChatItemAction)"\\s*:' +
      '|"@type"\\s*:\\s*(?:\\[[^\\]]{0,200})?"(?:https?://schema\\.org/)?Product"',
  );
  let on = true;
  document.addEventListener("livewatch-stop", () => { on = false; });

  // Without the query, which may hold the person's own login.
  function address(url) {
    try {
      const { origin, pathname, protocol, host } = new URL(url, location.href);
      return origin === "null" ? `${protocol}//${host}${pathname}` : origin + pathname;
    } catch {
      return "";
    }
  }

  function tell(line) {
    const detail = JSON.stringify({ time: Date.now(), ...line });
    document.dispatchEvent(new CustomEvent("livewatch-line", { detail }));
  }

  function base64(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768) {
      text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    }
    return btoa(text);
  }

  function lost(url, reason) {
    tell({ type: "gap", until: Date.now(), url, reason });
  }

  async function frame(data, socketUrl) {
    if (!on) return;
    const url = address(socketUrl);
    if (typeof data === "string") {
      if (data.length > LONGEST) lost(url, "a frame was too long");
      else tell({ type: "receive", opcode: 1, data, url });
      return;
    }
    const time = Date.now(); // before anything is waited for
    const buffer = data instanceof Blob ? await data.arrayBuffer() : data;
    const bytes = ArrayBuffer.isView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : new Uint8Array(buffer);
    if (bytes.length > LONGEST) lost(url, "a frame was too long");
    else tell({ time, type: "receive", opcode: 2, data: base64(bytes), url });
  }

  function answer(text, url) {
    if (on && text.length <= LONGEST && KNOWN.test(text)) {
      tell({ type: "answer", opcode: 1, data: text, url: address(url) });
    }
  }

  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget);
      socket.addEventListener("message", (event) => { frame(event.data, socket.url).catch(() => {}); });
      return socket;
    },
  });

  const isJson = (type) => /json|javascript|text\/plain/.test(type || "");
  window.fetch = new Proxy(window.fetch, {
    apply(target, self, args) {
      const answered = Reflect.apply(target, self, args);
      answered.then((response) => {
        if (on && isJson(response.headers.get("content-type"))) {
          response.clone().text().then((text) => answer(text, response.url), () => {});
        }
      }, () => {});
      return answered;
    },
  });

  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (...args) {
    this.addEventListener("load", () => {
      try {
        if (!on || !isJson(this.getResponseHeader("content-type"))) return;
        if (this.responseType === "json") answer(JSON.stringify(this.response), this.responseURL);
        else if (["", "text"].includes(this.responseType)) answer(this.responseText, this.responseURL);
      } catch { /* an answer of another kind */ }
    });
    return send.apply(this, args);
  };

  // Goods that the page itself marks up, in JSON-LD or as microdata.
  const told = new Set();
  function product(text) {
    if (told.has(text)) return;
    if (told.size > 1_000) told.clear();
    told.add(text);
    answer(text, location.href);
  }
  // Microdata as the JSON-LD that says the same; the budget bounds what a page can make us do.
  function item(scope, budget) {
    const thing = { "@type": (scope.getAttribute("itemtype") ?? "").trim().split(/\s+/)[0] };
    for (const element of scope.querySelectorAll("[itemprop]")) {
      if (element.parentElement.closest("[itemscope]") !== scope || --budget.left < 0) continue;
      const value = element.hasAttribute("itemscope")
        ? item(element, budget)
        : element.getAttribute("content") ?? element.getAttribute("href") ?? element.textContent.trim();
      for (const name of element.getAttribute("itemprop").split(/\s+/)) (thing[name] ??= []).push(value);
    }
    return thing;
  }
  function look() {
    if (!on) return;
    for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
      product(script.textContent);
    }
    for (const scope of document.querySelectorAll('[itemtype*="schema.org/Product"]:not([itemprop])')) {
      product(JSON.stringify(item(scope, { left: 1_000 })));
    }
  }
  document.addEventListener("DOMContentLoaded", look);
  window.addEventListener("load", look);
  setInterval(look, 5_000);
})();
