// The one door through which markup enters a page: it was written and escaped by our own server.
const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("livewatch", { createHTML: (markup) => markup })
  : { createHTML: (markup) => markup };

/** The element that a piece of the server's markup describes. */
export function element(markup) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(markup.trim());
  return template.content.firstElementChild;
}

/** A whole page of the server, not shown. */
export function page(markup) {
  return new DOMParser().parseFromString(policy.createHTML(markup), "text/html");
}
